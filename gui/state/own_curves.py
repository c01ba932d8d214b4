"""Curves of one's own: points that were pasted or dropped, kept with the view as bounds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError, model_validator

from nusterile.bounds.curve import Bound, BoundFlavor, Kind
from nusterile.bounds.digitised import DigitisedCurve, add_bound, bound_texts
from nusterile.bounds.folder import read_bound
from nusterile.bounds.units import MASS_UNITS, MOMENT_UNITS
from nusterile.errors import InputError
from nusterile.files.folder import TextFolder
from nusterile.files.settings import NAME_PATTERN, OneLine, StrictModel, validate_model
from nusterile.vocabulary import CL, FLAVOR, MEV, MU, BoundMassUnit, BoundQuantity

__all__ = [
    "MOST_POINTS",
    "OwnCurve",
    "as_given",
    "given_units",
    "in_units",
    "is_own",
    "name_for",
    "own_curve",
    "remembered_curves",
]

#: How the keys of one's own curves begin, which no name of a bound from a folder does.
_OWN = "own:"
#: Most points of a curve, far more than anybody digitises.
MOST_POINTS = 10_000
_NO_SOURCE = "no source given"
_MASS_UNIT: BoundMassUnit = "MeV"
_QUANTITY: BoundQuantity = MU
#: Units of mass and moment that need no conversion.
_USUAL_UNITS = (MEV, next(iter(MOMENT_UNITS)))


class OwnCurve(StrictModel):
    """A curve of one's own, in MeV and Bohr magnetons.

    It is what a bound's folder says, so that it can become one: whatever cannot be used there
    is refused here.

    Attributes
    ----------
    name : str
        Name of its folder; letters, digits and underscores, a letter first.
    label : str
        Text for people.
    flavor, cl, kind : str, float, str
        As those of a `Bound`.
    points : tuple of (float, float)
        Mass (MeV) and moment (Bohr magnetons) of each point.
    source : str
        Where it is from; empty for nothing said.
    converted : str
        What was converted on the way here; empty for nothing.
    """

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    label: Annotated[OneLine, Field(min_length=1)]
    flavor: BoundFlavor
    cl: Annotated[float, Field(gt=0, lt=1)]
    kind: Kind = "upper_limit"
    points: Annotated[tuple[tuple[float, float], ...], Field(max_length=MOST_POINTS)]
    source: OneLine = ""
    converted: OneLine = ""

    @model_validator(mode="after")
    def _usable(self) -> OwnCurve:
        try:
            _ = self.bound
        except InputError as error:
            raise ValueError(str(error)) from None
        return self

    @property
    def key(self) -> str:
        """Name of the curve among the bounds of a view."""
        return f"{_OWN}{self.name}"

    @cached_property
    def bound(self) -> Bound:
        """The curve as a bound, named by its key."""
        found = read_bound(TextFolder(Path(self.name), self.texts()))
        # In a view a bound from a folder may have the same name.
        return Bound(**{**vars(found), "name": self.key})

    def texts(self) -> dict[str, str]:
        """Texts of its folder, by the names of their files."""
        return bound_texts(*self._parts())

    def save(self, folder: Path) -> None:
        """Write its folder, whole or not at all.

        Raises
        ------
        InputError
            If the folder is there or cannot be written.
        """
        add_bound(*self._parts(), folder)

    def _parts(self) -> tuple[DigitisedCurve, dict[str, Any], tuple[str, ...]]:
        masses = [mass for mass, _ in self.points]
        settings: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            FLAVOR: self.flavor,
            CL: self.cl,
            "kind": self.kind,
            "mass_unit": _MASS_UNIT,
            "quantity": _QUANTITY,
            "outline": any(np.diff(masses) <= 0),
        }
        if self.converted:
            settings["converted"] = self.converted
        rows = tuple((repr(mass), repr(mu)) for mass, mu in self.points)
        return DigitisedCurve(rows), settings, (self.source or _NO_SOURCE,)


def own_curve(**values: Any) -> OwnCurve:
    """Make a curve of one's own.

    Parameters
    ----------
    **values
        Fields of `OwnCurve`.

    Raises
    ------
    InputError
        If they make no usable bound; the message says why.
    """
    return validate_model(OwnCurve, values, "this curve")


def in_units(
    curve: DigitisedCurve, mass_unit: str, moment_unit: str
) -> tuple[tuple[tuple[float, float], ...], str]:
    """Convert the points of a curve into MeV and Bohr magnetons.

    Parameters
    ----------
    curve : DigitisedCurve
        The points.
    mass_unit, moment_unit : str
        Their units, of `MASS_UNITS` and `MOMENT_UNITS`.

    Returns
    -------
    points : tuple of (float, float)
        Masses and moments, rounded to the fifteen digits that a number surely has.
    converted : str
        What was converted; empty for nothing.
    """
    sizes = np.array([MASS_UNITS[mass_unit], MOMENT_UNITS[moment_unit]])
    points = tuple(
        (float(f"{mass:.15g}"), float(f"{mu:.15g}")) for mass, mu in (curve.values * sizes).tolist()
    )
    return points, _converted(mass_unit, moment_unit)


def given_units(curve: OwnCurve) -> tuple[str, str]:
    """Units of mass and moment in which a curve was given, as far as it says so.

    Returns
    -------
    mass_unit, moment_unit : str
        Of `MASS_UNITS` and `MOMENT_UNITS`; MeV and Bohr magnetons where that is not said.
    """
    known = product(MASS_UNITS, MOMENT_UNITS)
    return next((units for units in known if _converted(*units) == curve.converted), _USUAL_UNITS)


def as_given(curve: OwnCurve) -> DigitisedCurve:
    """Points of a curve in the units in which it was given; `in_units` takes them back."""
    mass_unit, moment_unit = given_units(curve)
    sizes = np.array([MASS_UNITS[mass_unit], MOMENT_UNITS[moment_unit]])
    values = (np.array(curve.points) / sizes).tolist()
    return DigitisedCurve(tuple((repr(mass), repr(moment)) for mass, moment in values))


def _converted(*units: str) -> str:
    """What is said of points in units of mass and moment; nothing of the usual ones."""
    return ", ".join(
        f"{what} given {'as' if unit.startswith('d ') else 'in'} {unit}"
        for what, unit, usual in zip(("masses", "moments"), units, _USUAL_UNITS, strict=True)
        if unit != usual
    )


def is_own(name: str) -> bool:
    """Whether a name among the bounds of a view is that of a curve of one's own."""
    return name.startswith(_OWN)


def name_for(label: str, taken: Container[str]) -> str:
    """Name of a curve, made of its label, that none of the others has.

    Examples
    --------
    >>> name_for("My curve (2024)", {"My_curve_2024"})
    'My_curve_2024_2'
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    stem = re.sub(r"\W+", "_", plain).strip("_")[:40]
    if not stem[:1].isalpha():
        stem = f"curve_{stem}".rstrip("_")
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name


def remembered_curves(texts: Iterable[str]) -> tuple[OwnCurve, ...]:
    """Curves from texts as JSON; without those that cannot be read or repeat a name."""
    found: dict[str, OwnCurve] = {}
    for text in texts:
        try:
            curve = OwnCurve.model_validate_json(text)
        except ValidationError:
            continue
        found.setdefault(curve.name, curve)
    return tuple(found.values())
