"""What the app remembers between sessions."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

__all__ = ["Memory"]

_RECENT = 8
_VERSION = 1


class Memory:
    """Layout, recent files and last view, in the user's settings file.

    Values that cannot be read count as missing: a broken settings file never keeps the
    window from opening.
    """

    def __init__(self) -> None:
        self._settings = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "nusterile", "nusterile"
        )

    def recent(self) -> list[Path]:
        """Files opened last, the latest first."""
        value = self._settings.value("files/recent", [])
        names = [value] if isinstance(value, str) else value or []
        return [Path(name) for name in names if isinstance(name, str) and name]

    def remember(self, path: Path) -> None:
        """Put a file on top of the recent ones."""
        path = path.absolute()
        names = [str(path), *(str(p) for p in self.recent() if p != path)]
        self._settings.setValue("files/recent", names[:_RECENT])

    def forget_recent(self) -> None:
        """Empty the list of recent files."""
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

    def text(self, name: str, default: str = "") -> str:
        """A text of the view."""
        value = self._settings.value(f"view/{name}", default)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: float) -> float:
        """A number of the view."""
        try:
            return float(self._settings.value(f"view/{name}", default))
        except (TypeError, ValueError):
            return default

    def names(self, name: str) -> list[str]:
        """A list of names of the view."""
        value = self._settings.value(f"view/{name}", [])
        if isinstance(value, str):
            return [value] if value else []
        return [str(entry) for entry in value or []]

    def has_view(self) -> bool:
        """Whether a view was kept."""
        return self._settings.contains("view/selection")

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
