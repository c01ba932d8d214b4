"""What the app remembers between sessions."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from nusterile.files.places import Place, place_of
from nusterile.vocabulary import EXPERIMENT, FLAVOR, M_4, MU, SELECTION
from nusterile_gui.state.pins import MOST_PINS, Pin

__all__ = ["Memory", "Opened", "Session", "kept_folder", "reference_path"]

_RECENT = 8
_VERSION = 1


@dataclass(frozen=True)
class Opened:
    """A product that was open.

    Its file or address, its name, whether it was drawn, number of its colour.
    """

    path: str
    name: str
    visible: bool
    color: int


@dataclass(frozen=True)
class Session:
    """Products that were open together.

    Attributes
    ----------
    products : list of Opened
        The products, in order.
    active : int
        Number of the active one; -1 for none of them.
    ratio : list of int
        Numbers of the two whose limits were divided; empty for none.
    ranges : list of list of float
        Ends of the axes of the plane, in its coordinates; empty for the whole grid.
    second : list of float
        Mass and moment of cursor B; empty for none.
    pins : list of Pin
        Pinned spectra, with the number of their product in place of its key.
    """

    products: list[Opened] = field(default_factory=list)
    active: int = -1
    ratio: list[int] = field(default_factory=list)
    ranges: list[list[float]] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)

    def only(self, kept: list[Opened]) -> Session:
        """Return the session without some of its products and what belongs to them."""
        numbers = {
            number: kept.index(product)
            for number, product in enumerate(self.products)
            if product in kept
        }
        ratio = [numbers[k] for k in self.ratio if k in numbers]
        pins = [replace(p, layer=numbers[p.layer]) for p in self.pins if p.layer in numbers]
        active = numbers.get(self.active, -1)
        return replace(self, products=kept, active=active, ratio=ratio, pins=pins)


def reference_path() -> Path:
    """File of the reference product that the app builds."""
    return _own_folder() / "reference.nc"


def kept_folder() -> Path:
    """Folder of products that were kept from one session for the next."""
    return _own_folder() / "kept"


def _own_folder() -> Path:
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(folder) / "nusterile"


def _ranges(values: list[list[float]]) -> list[list[float]]:
    """Ends of the axes; none where they are not two increasing pairs."""
    ranges = [[float(end) for end in ends] for ends in values]
    usable = len(ranges) == 2 and all(
        len(ends) == 2 and math.isfinite(ends[1] - ends[0]) and ends[0] < ends[1] for ends in ranges
    )
    return ranges if usable else []


def _second(values: Any) -> list[float]:
    """Mass and moment of cursor B; none where they are no point of a plane."""
    m_4, mu = map(float, values or (0, 0))
    return [m_4, mu] if 0 <= m_4 < math.inf and 0 < mu < math.inf else []


def _pin(values: dict[str, Any]) -> Pin:
    """A pinned spectrum, as it was kept."""
    m_4, mu = _second([values[M_4], values[MU]])
    return Pin(
        layer=int(values["layer"]),
        selection=str(values[SELECTION]),
        flavor=str(values[FLAVOR]),
        experiment=str(values[EXPERIMENT]),
        m_4=m_4,
        mu=mu,
        fitted=bool(values["fitted"]),
        color=int(values["color"]) % MOST_PINS,
    )


class Memory:
    """Layout, recent files and last view, in the user's settings file.

    Values that cannot be read count as missing: a broken settings file never keeps the
    window from opening.
    """

    def __init__(self) -> None:
        self._settings = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "nusterile", "nusterile"
        )

    def recent(self) -> list[Place]:
        """Files and addresses opened last, the latest first."""
        return [place_of(name) for name in self._texts("files/recent")]

    def remember(self, place: Place) -> None:
        """Put a file or an address on top of the recent ones."""
        place = place.absolute() if isinstance(place, Path) else place
        names = [str(place), *(str(p) for p in self.recent() if p != place)]
        self._settings.setValue("files/recent", names[:_RECENT])

    def services(self) -> list[str]:
        """Addresses of the services whose catalogues were read last, the latest first."""
        return self._texts("services/recent")

    def remember_service(self, address: str) -> None:
        """Put a service on top of the known ones."""
        others = [other for other in self.services() if other != address]
        self._settings.setValue("services/recent", [address, *others][:_RECENT])

    def _texts(self, key: str) -> list[str]:
        value = self._settings.value(key, [])
        names = value if isinstance(value, list) else [value]
        return [name for name in names if isinstance(name, str) and name]

    def save_folder(self, folder: Path) -> None:
        """Keep the folder into which something was written last."""
        self._settings.setValue("folders/written", str(folder.absolute()))

    def folder(self) -> Path:
        """Folder in which a dialog for a file to write begins.

        The one used last, else that of a product opened last, but none that is hidden, as the
        app's own data are; else the current one.
        """
        last = self._settings.value("folders/written", "")
        folders = [Path(last)] if isinstance(last, str) and last else []
        folders += [place.parent for place in self.recent() if isinstance(place, Path)]
        for folder in folders:
            if folder.is_dir() and not any(part.startswith(".") for part in folder.parts):
                return folder
        return Path.cwd()

    def forget_recent(self) -> None:
        """Empty the list of recent files and addresses."""
        self._settings.remove("files")

    def save_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Keep place and size of the window and its docks."""
        self._settings.setValue("window/version", _VERSION)
        self._settings.setValue("window/geometry", geometry)
        self._settings.setValue("window/state", state)

    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Place and size of the window and its docks, None where there are none."""
        if str(self._settings.value("window/version", "")) != str(_VERSION):
            return None
        geometry = self._settings.value("window/geometry")
        state = self._settings.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    def save_view(self, values: dict[str, str | float | bool | list[str]]) -> None:
        """Keep the view: selection, flavour, level, cursor, bounds."""
        for name, value in values.items():
            self._settings.setValue(f"view/{name}", value)

    def save_session(self, session: Session) -> None:
        """Keep which products were open, and how."""
        self._settings.setValue("session/open", json.dumps(asdict(session)))

    def session(self) -> Session:
        """Products that were open last; none where that cannot be read."""
        try:
            values = json.loads(str(self._settings.value("session/open", "")))
            return Session(
                products=[
                    Opened(
                        str(entry["path"]),
                        str(entry["name"]),
                        bool(entry["visible"]),
                        abs(int(entry.get("color", number))),
                    )
                    for number, entry in enumerate(values["products"])
                ],
                active=int(values["active"]),
                ratio=[int(k) for k in values["ratio"]],
                ranges=_ranges(values["ranges"]),
                second=_second(values.get("second", [])),
                pins=[_pin(entry) for entry in values.get("pins", [])],
            )
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            return Session()

    def text(self, name: str, default: str = "") -> str:
        """A text of the view."""
        value = self._settings.value(f"view/{name}", default)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: float) -> float:
        """A number of the view."""
        value = self._settings.value(f"view/{name}", default)
        try:
            return float(value) if isinstance(value, str | float | int) else default
        except ValueError:
            return default

    def names(self, name: str) -> list[str]:
        """A list of names of the view."""
        value = self._settings.value(f"view/{name}", [])
        if isinstance(value, str):
            return [value] if value else []
        return [str(entry) for entry in value] if isinstance(value, list) else []

    def has_view(self) -> bool:
        """Whether a view was kept."""
        return self._settings.contains(f"view/{SELECTION}")

    @property
    def theme(self) -> str:
        """Name of the theme."""
        return self.text("theme", "light")

    def reset(self) -> None:
        """Forget everything."""
        self._settings.clear()

    def sync(self) -> None:
        """Write to disk now."""
        self._settings.sync()
