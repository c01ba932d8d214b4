"""The workspace file: a whole view as TOML, to be kept, shared and compared line by line.

It names files relative to its own folder, holds settings only and runs nothing.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import tomli_w
from pydantic import AfterValidator, BaseModel, Field, create_model, field_validator

from nusterile.errors import InputError
from nusterile.files.places import Place
from nusterile.files.settings import StrictModel, parse_toml, validate_model
from nusterile.files.text import plain_text, read_text, visible_text
from nusterile.files.web import is_address
from nusterile.files.writing import write_file
from nusterile.vocabulary import M_4, MU
from nusterile_gui.state.overlays import color_of
from nusterile_gui.state.own_curves import OwnCurve
from nusterile_gui.state.pins import MOST_PINS, Pin
from nusterile_gui.state.settings import Opened, Session
from nusterile_gui.state.view_state import ViewState

__all__ = ["Workspace", "read_workspace", "workspace_of"]

_VERSION = 1
#: Fields of the view that stand outside its table: products by name, notes as a text.
_APART = frozenset({"layers", "overlays", "active", "ratio", "pins", "bounds", "notes"})
#: Powers of ten that the axes of the plane reach.
_LARGEST = 320.0


def _increasing(ranges: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(ranges) not in (0, 2):
        raise ValueError("expected two pairs of numbers, or none for the whole grid")
    for low, high in ranges:
        if not -_LARGEST <= low < high <= _LARGEST:
            raise ValueError(f"expected increasing powers of ten; it holds {low:g} and {high:g}")
    return ranges


def _distinct(curves: tuple[OwnCurve, ...]) -> tuple[OwnCurve, ...]:
    names = [curve.name for curve in curves]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two curves are called '{name}'; give each its own name")
    return curves


def _point(second: tuple[float, ...]) -> tuple[float, ...]:
    if second and not (len(second) == 2 and second[0] >= 0 and second[1] > 0):
        raise ValueError("expected a mass not below 0 and a moment above 0, or none")
    return second


def _kind(name: str, hint: Any) -> Any:
    if hint == frozenset[str]:
        return tuple[str, ...]
    if name == "ranges":
        return Annotated[hint, AfterValidator(_increasing)]
    if name == "own_curves":
        return Annotated[hint, AfterValidator(_distinct)]
    if name == "second":
        return Annotated[hint, AfterValidator(_point)]
    if name in (M_4, MU):
        return Annotated[float, Field(ge=0)]
    return hint


def _view_model() -> type[BaseModel]:
    """A model with the fields of the view, so that a new one belongs to it by itself."""
    hints, fresh = get_type_hints(ViewState), ViewState()
    entries: dict[str, Any] = {}
    for name in (entry.name for entry in fields(ViewState)):
        if name not in _APART:
            default = getattr(fresh, name)
            entries[name] = (_kind(name, hints[name]), _plain(default))
    made: type[BaseModel] = create_model("View", __base__=StrictModel, **entries)
    return made


def _plain(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value


if TYPE_CHECKING:
    _View = StrictModel
else:
    _View = _view_model()


class _Product(StrictModel):
    """A product: its file, relative to the workspace, or its address; and how it is shown."""

    path: Annotated[str, Field(min_length=1)]
    name: str
    visible: bool = True
    color: Annotated[int, Field(ge=0, le=9999)] = 0


class _PinnedSpectrum(StrictModel):
    """A pinned spectrum: the name of its product, and which one it is."""

    product: str
    selection: str
    flavor: str
    experiment: str
    m_4: Annotated[float, Field(ge=0)]
    mu: Annotated[float, Field(gt=0)]
    fitted: bool = False
    color: Annotated[int, Field(ge=0, lt=MOST_PINS)] = 0


class Workspace(StrictModel):
    """A view and the files that it shows.

    Attributes
    ----------
    workspace : int
        Version of the form of the file.
    active : str
        Name of the active product; empty for none.
    ratio : tuple of str
        Names of the two products whose limits are divided; empty for none.
    theme : str
        Name of the colours; empty for those in use.
    notes : str
        What the user wrote down.
    bound_folders : tuple of str
        Folders of the user's bounds, relative to the workspace.
    docks : str
        Where the panels are, as Qt writes it, in base64.
    products : tuple of _Product
        The products, in order.
    pins : tuple of _PinnedSpectrum
        The pinned spectra, in order.
    view : BaseModel
        The other fields of `ViewState`.
    """

    workspace: int
    active: str = ""
    ratio: tuple[str, ...] = ()
    theme: str = ""
    notes: str = ""
    bound_folders: tuple[str, ...] = ()
    docks: str = ""
    products: tuple[_Product, ...] = ()
    pins: tuple[_PinnedSpectrum, ...] = ()
    view: _View = _View()

    @field_validator("products")
    @classmethod
    def _distinct(cls, products: tuple[_Product, ...]) -> tuple[_Product, ...]:
        names = [product.name for product in products]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two products are called '{name}'; give each its own name")
        return products

    @field_validator("docks")
    @classmethod
    def _encoded(cls, docks: str) -> str:
        try:
            base64.b64decode(docks, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("expected base64, as the app writes it; or leave it out") from None
        return docks

    def session(self, folder: Path) -> Session:
        """Return the products as they were open together.

        Parameters
        ----------
        folder : Path
            Where the workspace file is.
        """
        numbers = {product.name: k for k, product in enumerate(self.products)}
        ratio = [numbers[name] for name in self.ratio if name in numbers]
        return Session(
            products=[
                Opened(
                    p.path if is_address(p.path) else str(_absolute(p.path, folder)),
                    *(p.name, p.visible, p.color),
                )
                for p in self.products
            ],
            active=numbers.get(self.active, -1),
            ratio=ratio if len(ratio) == 2 else [],
            ranges=[list(ends) for ends in self.changes()["ranges"]],
            second=list(self.changes()["second"]),
            pins=[
                Pin(numbers[pin.product], **pin.model_dump(exclude={"product"}))
                for pin in self.pins
                if pin.product in numbers
            ],
        )

    def folders(self, folder: Path) -> list[Path]:
        """Return the folders of bounds, where the workspace file is in `folder`."""
        return [_absolute(name, folder) for name in self.bound_folders]

    def changes(self) -> dict[str, Any]:
        """Return the fields of the view and the notes, for `ViewModel.update`."""
        hints, values = get_type_hints(ViewState), dict(self.view)
        return {
            name: frozenset(value) if hints[name] == frozenset[str] else value
            for name, value in values.items()
        } | {"notes": self.notes}

    def layout(self) -> bytes:
        """Return where the panels are, as Qt writes it."""
        return base64.b64decode(self.docks)

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all; InputError where that is not possible."""
        values = self.model_dump(mode="json")
        write_file(path, tomli_w.dumps(values, multiline_strings=True))


def workspace_of(
    state: ViewState,
    folder: Path,
    *,
    places: Mapping[int, Place],
    bound_folders: Iterable[Path] = (),
    theme: str = "",
    docks: bytes = b"",
) -> Workspace:
    """Describe a view.

    Parameters
    ----------
    state : ViewState
        The view.
    folder : Path
        Where the workspace file will be.
    places : mapping of int to Path or str
        Files or addresses of the products by key; products without one are left out.
    bound_folders : iterable of Path
        The user's folders of bounds.
    theme : str
        Name of the colours.
    docks : bytes
        Where the panels are, as Qt writes it.
    """
    products = [product for product in state.products if product.key in places]
    # Names may come from files, where they may hold what nobody sees.
    names = {product.key: plain_text(product.name) for product in products}
    view = {
        entry.name: _plain(getattr(state, entry.name))
        for entry in fields(ViewState)
        if entry.name not in _APART
    }
    return Workspace(
        workspace=_VERSION,
        active=names.get(state.active, ""),
        ratio=tuple(names[key] for key in state.ratio if key in names),
        theme=theme,
        notes=visible_text(state.notes),
        bound_folders=tuple(_relative(path, folder) for path in bound_folders),
        docks=base64.b64encode(docks).decode(),
        products=tuple(
            _Product(
                path=_relative(places[product.key], folder),
                name=names[product.key],
                visible=product.visible,
                color=color_of(product),
            )
            for product in products
        ),
        pins=tuple(
            _PinnedSpectrum(
                product=names[pin.layer],
                **{name: value for name, value in asdict(pin).items() if name != "layer"},
            )
            for pin in state.pins
            if pin.layer in names
        ),
        view=_View(**view),
    )


def read_workspace(path: Path) -> Workspace:
    """Read and check a workspace file.

    Raises
    ------
    InputError
        If it cannot be read or says what no workspace says: where, and what would be right.
    """
    text = read_text(path, "workspace")[0]
    values = parse_toml(text, str(path))
    version = values.get("workspace")
    if isinstance(version, int) and version > _VERSION:
        raise InputError(
            f"{path}: is a workspace of version {version}; this nusterile reads version "
            f"{_VERSION}, update it"
        )
    if type(version) is not int or version != _VERSION:
        raise InputError(f"{path}: is no workspace of nusterile; expected workspace = {_VERSION}")
    return validate_model(Workspace, values, str(path), text)


def _relative(path: Place, folder: Path) -> str:
    if isinstance(path, str):
        return path
    try:
        found = os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    except ValueError:  # another drive
        found = os.path.realpath(path)
    return Path(found).as_posix()


def _absolute(name: str, folder: Path) -> Path:
    return Path(os.path.normpath(Path(os.path.realpath(folder)) / name))
