"""Curves whose unit is probably another one: far from every other bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import numpy as np

from nusterile.bounds.curve import Bound, Finding
from nusterile.files.positions import line_of_key
from nusterile.files.settings import parse_toml
from nusterile.vocabulary import KEV, MEV, BoundQuantity

__all__ = ["unit_findings"]

#: Factor beyond all other bounds from which on a unit is doubted.
_FAR = 100.0
#: Units of mass that somebody may use, in MeV.
_MASS_UNITS = {"eV": 1e-6, KEV: 1e-3, MEV: 1.0, "GeV": 1e3, "TeV": 1e6}


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
    if not rest:
        return ()
    toml = folder / "bound.toml"
    text = bound.input_texts[f"bounds/{bound.name}/bound.toml"].removeprefix("\ufeff")
    values = parse_toml(text, str(toml))
    doubts = {
        "mass_unit": _masses(bound, rest, str(values["mass_unit"])),
        "quantity": _moments(bound, rest, str(values["quantity"])),
    }
    return tuple(
        Finding(toml, line_of_key(text, (key,)) or 1, doubt)
        for key, found in doubts.items()
        for doubt in found
    )


def _masses(bound: Bound, others: list[Bound], unit: str) -> Iterator[str]:
    """A curve that begins far above where all others do, or ends far below."""
    begin, end = bound.mass_range
    begins, ends = np.array([other.mass_range for other in others]).T
    if begin >= _FAR * begins.max():
        where = f"masses from {begin:g} MeV on, while other bounds begin at {begins.max():g} MeV"
    elif end <= ends.min() / _FAR:
        where = f"masses up to {end:g} MeV only, while other bounds end at {ends.min():g} MeV"
    else:
        return
    typical = np.log(np.median(begins))
    sizes = {name: begin * size / _MASS_UNITS[unit] for name, size in _MASS_UNITS.items()}
    likely = min(sizes, key=lambda name: abs(np.log(sizes[name]) - typical))
    yield f"{where}; in {likely} they would begin at {sizes[likely]:.3g} MeV: check mass_unit"


def _moments(bound: Bound, others: list[Bound], quantity: str) -> Iterator[str]:
    """An upper limit that is typically far above, or far below, the others at its masses."""
    mass, mu = bound.points.T
    limits = [other.limit(mass).values for other in others if other.kind == "upper_limit"]
    known = np.any(np.isfinite(limits), axis=0) if limits else np.zeros(mass.size, dtype=bool)
    if bound.kind != "upper_limit" or not known.any():
        return
    factor = float(np.median(mu[known] / np.nanmedian(np.array(limits)[:, known], axis=0)))
    if 1 / _FAR < factor < _FAR:
        return
    side = f"{factor:.2g} times above" if factor > 1 else f"{1 / factor:.2g} times below"
    moment, coupling = get_args(BoundQuantity)
    likely = coupling if factor > 1 else moment
    remedy = f", and quantity, which may be '{likely}'" if likely != quantity else ""
    yield (
        f"moments are typically {side} those of other bounds at the same masses; check their "
        f"unit{remedy}"
    )
