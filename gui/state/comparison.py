"""What two points of the plane say, side by side: cursors A and B, without Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nusterile.statistics.intervals import excluded_cl
from nusterile.vocabulary import FLAVOR_SYMBOLS, OK, OUTSIDE
from nusterile_gui.look.quantities import MOMENT_UNIT
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel

__all__ = ["Compared", "compared", "compared_fit"]

_NAN = float("nan")


@dataclass(frozen=True)
class Compared:
    """One quantity at both cursors.

    Attributes
    ----------
    name, unit : str
        What it is; no unit for a pure number.
    a, b : float
        Values at A and B, NaN where there is none.
    said : tuple of str
        Why there is no plain value at A and at B; empty where there is one.
    """

    name: str
    unit: str
    a: float
    b: float
    said: tuple[str, str] = ("", "")

    @property
    def difference(self) -> float:
        """B − A; NaN where either has no value."""
        return self.b - self.a

    @property
    def ratio(self) -> float:
        """B / A; NaN where either has no value, or A is 0."""
        return self.b / self.a if self.a != 0 else _NAN


def compared(model: ViewModel) -> list[Compared]:
    """Compare what the fit says at both cursors, each at its nearest grid point.

    Parameters
    ----------
    model : ViewModel
        The state.

    Returns
    -------
    list of Compared
        Empty without cursor B or without a product. A product that holds limits only has no
        Δχ² and no events, and its moments are those of the cursors.
    """
    layer, state, second = model.layer, model.state, model.second_point()
    if layer is None or second is None:
        return []
    slices, points = layer.slices, (model.point(), second)
    (i, j), (k, n) = points
    rows = [Compared("m₄", "MeV", float(slices.masses[i]), float(slices.masses[k]))]
    if slices.has_scan:
        moments = (float(slices.moments[j]), float(slices.moments[n]))
        rows.append(Compared("μ", MOMENT_UNIT, *moments))
        rows += _fits(model, layer, points)
    else:
        rows.append(Compared("μ", MOMENT_UNIT, state.mu, state.second[1]))
    rows += _limits(model, layer, points)
    if slices.has_scan:
        rows += _events(model, layer, points)
    return rows


def compared_fit(model: ViewModel) -> str:
    """Text for people of the fit, level and experiment whose values are compared."""
    layer, state = model.layer, model.state
    if layer is None:
        return ""
    symbol = FLAVOR_SYMBOLS[state.flavor]
    text = (
        f"{layer.selection_label(state.selection)}, {symbol}, {100 * state.cl:.4g} % CL, "
        f"{state.dof} dof; at the nearest grid points"
    )
    if layer.slices.has_scan:
        text += f"; events of {layer.experiment_label(state.experiment)} before the fit"
    return text


def _fits(model: ViewModel, layer: Layer, points: tuple[tuple[int, int], ...]) -> list[Compared]:
    state = model.state
    which = (state.selection, state.flavor)
    deltas = [layer.slices.at(*which, i, j, state.dof) for i, j in points]
    # What rounding leaves at the minimum is nothing.
    deltas = [0.0 if abs(delta) < 1e-9 else delta for delta in deltas]
    shares = [100 * excluded_cl(delta, state.dof) if delta == delta else _NAN for delta in deltas]
    said = tuple("" if delta == delta else "the fit found no minimum" for delta in deltas)
    return [
        Compared("Δχ²", "", deltas[0], deltas[1], (said[0], said[1])),
        Compared("excluded", "% CL", shares[0], shares[1], (said[0], said[1])),
    ]


def _limits(model: ViewModel, layer: Layer, points: tuple[tuple[int, int], ...]) -> list[Compared]:
    state = model.state
    which = (state.selection, state.flavor, state.cl, state.dof)
    limit, status = layer.slices.limit(*which)
    low, expected = layer.slices.lower_end(*which), layer.slices.expected_limit(*which)
    (a, _), (b, _) = points
    said = tuple(_said(float(limit[k]), str(status[k])) for k in (a, b))
    rows = [Compared("limit", MOMENT_UNIT, float(limit[a]), float(limit[b]), (said[0], said[1]))]
    if low[a] > 0 or low[b] > 0:
        rows.append(Compared("lower end", MOMENT_UNIT, float(low[a]), float(low[b])))
    if np.isfinite(expected[[a, b]]).any():
        ends = (float(expected[a]), float(expected[b]))
        rows.append(Compared("expected", MOMENT_UNIT, *ends))
    return rows


def _said(limit: float, status: str) -> str:
    """What a limit is that is no plain one."""
    if limit != limit:
        return f"no limit: {status}"
    words = {OK: "", OUTSIDE: f"{OUTSIDE} the grid"}
    return words.get(status, status)


def _events(model: ViewModel, layer: Layer, points: tuple[tuple[int, int], ...]) -> list[Compared]:
    state = model.state
    first, second = (layer.slices.spectrum(state.experiment, state.flavor, *p) for p in points)
    return [
        Compared("events", "", float(first.total.sum()), float(second.total.sum())),
        Compared("dipole events", "", float(first.dipole.sum()), float(second.dipole.sum())),
    ]
