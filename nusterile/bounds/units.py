"""Units of the masses and moments of curves: their sizes, a guess, and a doubt about one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

import numpy as np

from nusterile.arrays import Floats
from nusterile.bounds.curve import Bound, Finding, Kind
from nusterile.files.positions import line_of_key
from nusterile.files.settings import parse_toml
from nusterile.physics.constants import BOHR_MAGNETON, KEV_PER_MEV
from nusterile.vocabulary import KEV, MEV, BoundQuantity

__all__ = [
    "MASS_UNITS",
    "MOMENT_UNITS",
    "MU_PER_D",
    "guess_mass_unit",
    "guess_moment_unit",
    "mass_doubt",
    "moment_doubt",
    "unit_findings",
]

#: Factor beyond all other bounds from which on a unit is doubted.
_FAR = 100.0
#: Units of mass, in MeV.
MASS_UNITS: Mapping[str, float] = {
    MEV: 1.0,
    KEV: 1 / KEV_PER_MEV,
    "GeV": 1e3,
    "eV": 1e-6,
    "TeV": 1e6,
}
#: Coupling d in 1/GeV to a moment in Bohr magnetons, μ = 2 d / μ_B.
MU_PER_D = 2e-3 / BOHR_MAGNETON
#: Units of moments, and of couplings d, in Bohr magnetons; the likelier ones first.
MOMENT_UNITS: Mapping[str, float] = {
    "μ_B": 1.0,
    "10⁻¹¹ μ_B": 1e-11,
    "10⁻¹⁰ μ_B": 1e-10,
    "10⁻¹² μ_B": 1e-12,
    "d in 1/GeV": MU_PER_D,
    "d in 1/MeV": MU_PER_D * 1e3,
    "d in 1/TeV": MU_PER_D / 1e3,
}
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def guess_mass_unit(header: str, masses: Floats, others: Iterable[Bound]) -> str:
    """Guess the unit of a column of masses.

    Parameters
    ----------
    header : str
        What stands above the column, as ``m_4 [keV]``; empty for nothing.
    masses : ndarray, shape (n,)
        The column.
    others : iterable of Bound
        Bounds to compare with where the header names no unit.

    Returns
    -------
    str
        One of `MASS_UNITS`: that of the header, else the first without a doubt, else MeV.

    Examples
    --------
    >>> guess_mass_unit("mass_keV", np.array([1.0, 2.0]), [])
    'keV'
    """
    named = re.search(r"(?<![a-z])([kmgt]?ev)(?![a-z])", header.casefold())
    if named:
        return next(unit for unit in MASS_UNITS if unit.casefold() == named[1])
    known = list(others)
    fitting = (unit for unit, size in MASS_UNITS.items() if not mass_doubt(masses * size, known))
    return next(fitting, MEV)


def guess_moment_unit(header: str, values: Floats, masses: Floats, others: Iterable[Bound]) -> str:
    """Guess the unit of a column of moments or couplings.

    Parameters
    ----------
    header : str
        What stands above the column, as ``mu [1e-11 mu_B]`` or ``d [1/GeV]``; empty for nothing.
    values : ndarray, shape (n,)
        The column.
    masses : ndarray, shape (n,)
        Masses, MeV.
    others : iterable of Bound
        Bounds to compare with where the header names no unit.

    Returns
    -------
    str
        One of `MOMENT_UNITS`: that of the header, else the first without a doubt, else μ_B.

    Examples
    --------
    >>> guess_moment_unit("mu [1e-11 mu_B]", np.array([1.0, 2.0]), np.array([0.1, 1.0]), [])
    '10⁻¹¹ μ_B'
    """
    words = re.sub(r"[\s$]", "", header.translate(_SUPERSCRIPTS).casefold())
    inverse = re.search(r"(?:1/|per)([mgt]ev)|([mgt]ev)\^?[{(]?-1", words)
    if inverse:
        energy = inverse[1] or inverse[2]
        return next(unit for unit in MOMENT_UNITS if unit.casefold().endswith(f"1/{energy}"))
    power = re.search(r"(?:1e|10\^?\*{0,2}[{(]?)-(\d+)[)}]?[·*]?\\?(?:mu|μ)_?\{?b", words)
    for unit in MOMENT_UNITS:
        size = unit.translate(_SUPERSCRIPTS)
        if power and size.startswith(f"10-{power[1]} "):
            return unit
    if not power and re.search(r"(?:mu|μ)_?\{?b|bohr", words):
        return "μ_B"
    known = list(others)
    fitting = (
        unit
        for unit, size in MOMENT_UNITS.items()
        if not moment_doubt(np.stack([masses, values * size], axis=1), known)
    )
    return next(fitting, "μ_B")


def unit_findings(bound: Bound, others: Iterable[Bound], folder: Path) -> tuple[Finding, ...]:
    """Say that a curve lies far from all other bounds, and which unit would bring it near.

    Parameters
    ----------
    bound : Bound
        The curve.
    others : iterable of Bound
        Bounds to compare with; the bound itself is left out.
    folder : Path
        Folder of the bound, for the line of its ``bound.toml``.

    Returns
    -------
    tuple of Finding
    """
    rest = [other for other in others if other.name != bound.name]
    toml = folder / "bound.toml"
    text = bound.input_texts[f"bounds/{bound.name}/bound.toml"].removeprefix("\ufeff")
    values = parse_toml(text, str(toml))
    doubts = {}
    if doubt := mass_doubt(bound.points[:, 0], rest, str(values["mass_unit"])):
        doubts["mass_unit"] = f"{doubt}: check mass_unit"
    if doubt := moment_doubt(bound.points, rest, bound.kind):
        moment, coupling = get_args(BoundQuantity)
        likely = coupling if _factor(bound.points, rest) > 1 else moment
        remedy = f", and quantity, which may be '{likely}'" if likely != values["quantity"] else ""
        doubts["quantity"] = f"{doubt}; check their unit{remedy}"
    return tuple(
        Finding(toml, line_of_key(text, (key,)) or 1, doubt) for key, doubt in doubts.items()
    )


def mass_doubt(masses: Floats, others: Iterable[Bound], unit: str = MEV) -> str:
    """Say that masses begin far above where all other bounds do, or end far below.

    Parameters
    ----------
    masses : ndarray, shape (n,)
        Masses, MeV.
    others : iterable of Bound
        Bounds to compare with.
    unit : str
        The unit that they were taken for, one of `MASS_UNITS`.

    Returns
    -------
    str
        The doubt, and the unit that would bring them near; empty for none.
    """
    ranges = [other.mass_range for other in others]
    if not ranges:
        return ""
    begin, end = float(np.min(masses)), float(np.max(masses))
    begins, ends = np.array(ranges).T
    if begin >= _FAR * begins.max():
        where = f"masses from {begin:g} MeV on, while other bounds begin at {begins.max():g} MeV"
    elif end <= ends.min() / _FAR:
        where = f"masses up to {end:g} MeV only, while other bounds end at {ends.min():g} MeV"
    else:
        return ""
    typical = np.log(np.median(begins))
    sizes = {name: begin * size / MASS_UNITS[unit] for name, size in MASS_UNITS.items()}
    likely = min(sizes, key=lambda name: abs(np.log(sizes[name]) - typical))
    return f"{where}; in {likely} they would begin at {sizes[likely]:.3g} MeV"


def moment_doubt(points: Floats, others: Iterable[Bound], kind: Kind = "upper_limit") -> str:
    """Say that an upper limit is typically far above, or far below, the others at its masses.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Masses (MeV) and moments (Bohr magnetons).
    others : iterable of Bound
        Bounds to compare with.
    kind : {'upper_limit', 'region', 'line'}
        Kind of the curve; none but an upper limit is doubted.

    Returns
    -------
    str
        The doubt; empty for none.
    """
    factor = _factor(points, others) if kind == "upper_limit" else np.nan
    if np.isnan(factor) or 1 / _FAR < factor < _FAR:
        return ""
    times = float(f"{max(factor, 1 / factor):.2g}")
    side = f"{times:g} times {'above' if factor > 1 else 'below'}"
    return f"moments are typically {side} those of other bounds at the same masses"


def _factor(points: Floats, others: Iterable[Bound]) -> float:
    """How far above the other upper limits a curve typically is; NaN where there are none."""
    mass, mu = points.T
    limits = [other.limit(mass).values for other in others if other.kind == "upper_limit"]
    known = np.any(np.isfinite(limits), axis=0) if limits else np.zeros(mass.size, dtype=bool)
    if not known.any():
        return np.nan
    return float(np.median(mu[known] / np.nanmedian(np.array(limits)[:, known], axis=0)))
