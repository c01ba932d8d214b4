"""The numbers of a panel as a table for a spreadsheet, and the commands that give the same."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Callable

import numpy as np
import xarray as xr

from nusterile.files.listing import Cell, Listing
from nusterile.vocabulary import (
    CHANGE,
    CL,
    DOF,
    FLAVOR,
    LIMIT,
    LIMIT_LOW,
    LIMIT_STATUS,
    M_4,
    PULL,
    RATIO,
    SELECTION,
    SUBJECT,
    SWITCH,
)
from nusterile_gui.state.comparison import compared
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.pinning import Beside, spectra_beside
from nusterile_gui.state.pins import spectrum_at
from nusterile_gui.state.studies import shown_studies

__all__ = [
    "command_lines",
    "panel_numbers",
    "panel_tables",
    "settings_command",
    "tab_separated",
]

_MASS, _MOMENT = "m_4 [MeV]", "mu [mu_B]"
_LIMIT, _LOWER_END = "limit [mu_B]", "lower end [mu_B]"


def panel_numbers(model: ViewModel, panel: str) -> Listing:
    """Numbers that a panel shows.

    Parameters
    ----------
    model : ViewModel
        The state.
    panel : str
        ``moment``, ``mass``, ``spectrum``, ``pulls``, ``ratio`` or ``cursors``; the limits that
        are drawn for any other.

    Returns
    -------
    Listing
        One row a point; without rows where nothing is drawn.
    """
    return _PANELS.get(panel, _limits)(model)


def panel_tables(model: ViewModel, panel: str, impact: xr.Dataset | None) -> list[Listing]:
    """Tables of numbers that a panel shows.

    Parameters
    ----------
    model : ViewModel
        The state.
    panel : str
        ``what-if``, or as `panel_numbers` takes it.
    impact : Dataset or None
        What each change did to a limit, as it is in sight, see `Variations.impact`. It stands
        alone in its panel, and follows the limits that are drawn.

    Returns
    -------
    list of Listing
        Those that have rows.
    """
    changes = [] if impact is None else [_changes(model, impact)]
    if panel == "what-if" and changes:
        return changes
    listings = [panel_numbers(model, panel), *([] if panel in _PANELS else changes)]
    return [listing for listing in listings if listing.rows]


def tab_separated(listing: Listing) -> str:
    """Write a listing as spreadsheets take it from the clipboard.

    Text that a spreadsheet would take for a formula begins with ``'``, as in files.
    """
    rows = csv.reader(io.StringIO(listing.render("csv")))
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def command_lines(model: ViewModel) -> str:
    """Commands that give limit, Δχ² and spectrum at the cursor from the data; empty without any."""
    layer, state = model.layer, model.state
    if layer is None:
        return ""
    i, j = model.point()
    m_4, mu = float(layer.slices.masses[i]), float(layer.slices.moments[j])
    fit = f"--selection {state.selection} --flavor {state.flavor} --m4 {m_4!r}"
    lines = [
        settings_command(layer),
        f"nusterile limits -c settings.toml {fit} --cl {state.cl!r} --dof {state.dof}",
    ]
    if layer.slices.has_scan:
        lines += [
            f"nusterile chi2 -c settings.toml {fit} --mu {mu!r}",
            f"nusterile spectrum -c settings.toml --experiment {state.experiment} "
            f"--flavor {state.flavor} --m4 {m_4!r} --mu {mu!r}",
        ]
    return "\n".join(lines) + "\n"


def settings_command(layer: Layer) -> str:
    """Command that writes the settings of a product into ``settings.toml``."""
    if layer.place is not None:
        return f"nusterile config {shlex.quote(str(layer.place))} -o settings.toml"
    settings = layer.dataset.nusterile.config.to_toml()
    return f"cat > settings.toml <<'END'\n{settings}END"


def _limits(model: ViewModel) -> Listing:
    state = model.state
    rows: list[tuple[Cell, ...]] = []
    for layer in state.layers:
        if not layer.visible:
            continue
        for selection, flavor in model.curves(layer):
            which = (selection, flavor, state.cl, state.dof)
            limits, statuses = layer.slices.limit(*which)
            beside = (layer.slices.lower_end(*which), layer.slices.expected_limit(*which))
            values = (layer.slices.masses, limits, statuses.astype(str), *beside)
            rows += [(layer.name, *which, *row) for row in zip(*values, strict=True)]
    rows += _studies(model)
    head = ("product", SELECTION, FLAVOR, CL, DOF, _MASS, _LIMIT, "status")
    columns = (*head, _LOWER_END, "expected [mu_B]")
    return Listing.of(columns, rows)


def _changes(model: ViewModel, impact: xr.Dataset) -> Listing:
    name = "" if model.layer is None else model.layer.name
    fit = [impact[coordinate].item() for coordinate in (SELECTION, FLAVOR, CL, DOF, M_4)]
    rows = [
        (name, *fit, *(one[column].item() for column in _OF_CHANGES))
        for one in (impact.isel({SWITCH: row}) for row in range(impact.sizes[SWITCH]))
    ]
    columns = ("product", SELECTION, FLAVOR, CL, DOF, _MASS, *_OF_CHANGES.values())
    return Listing.of(columns, rows)


def _studies(model: ViewModel) -> list[tuple[Cell, ...]]:
    """Rows of what the visible studies say of the fit: moments, in the column of limits."""
    state = model.state
    fit = (state.selection, state.flavor, state.cl, state.dof)
    bands, curves = shown_studies(state)
    parts = [(f"{curve.overlay.name}: {curve.word}", curve.m_4, curve.mu) for curve in curves]
    for band in bands:
        for end, moments in (("lower end", band.low), ("upper end", band.high)):
            parts.append((f"{band.overlay.name}: {band.word}, {end}", band.m_4, moments))
    nothing = float("nan")
    return [
        (name, *fit, m_4, mu, "", nothing, nothing)
        for name, masses, moments in parts
        for m_4, mu in zip(masses, moments, strict=True)
        if mu == mu
    ]


def _profile(model: ViewModel, along: str) -> Listing:
    state = model.state
    rows = []
    for layer in _scanned(model):
        slices = layer.slices
        drawn = [s for s in slices.selections if s in state.shown_selections]
        curves = [(selection, *model.point(layer)) for selection in drawn]
        second = model.second_point()
        if second is not None and layer.key == state.active:  # as a dashed curve, of the fit
            row = 0 if along == "moment" else 1
            if second[row] != model.point()[row]:
                curves.append((state.selection, *second))
        for selection, i, j in curves:
            if along == "moment":
                values = slices.along_mu(selection, state.flavor, i, state.dof)
                points = [(slices.masses[i], mu) for mu in slices.moments]
            else:
                values = slices.along_m4(selection, state.flavor, j, state.dof)
                points = [(m_4, slices.moments[j]) for m_4 in slices.masses]
            names = (layer.name, selection, state.flavor, state.dof)
            rows += [(*names, *point, value) for point, value in zip(points, values, strict=True)]
    return Listing.of(("product", SELECTION, FLAVOR, DOF, _MASS, _MOMENT, "delta_chi2"), rows)


def _scanned(model: ViewModel) -> list[Layer]:
    """Layers that are drawn and hold Δχ² of the flavour shown."""
    return [
        layer
        for layer in model.state.layers
        if layer.visible and layer.slices.has_scan and model.state.flavor in layer.slices.flavors
    ]


def _spectrum(model: ViewModel) -> Listing:
    layer, state = model.layer, model.state
    if layer is None or not layer.slices.has_scan:
        return Listing.of((), [])
    fit = (state.selection, state.flavor)
    shown = spectrum_at(layer, fit, state.experiment, model.point(), fitted=state.fitted)
    rate = state.quantity == "rate"
    scale = shown.per_rate if rate else np.ones_like(shown.low)
    unit = "1/(t yr keV)" if rate else "events"
    columns = [shown.low, shown.high, shown.counts / scale, shown.sm / scale]
    columns += [shown.dipole / scale, *(shown.background / scale), shown.total / scale]
    names = ["low [keV]", "high [keV]"]
    names += [f"{name} [{unit}]" for name in ("counts", "sm", "dipole", *shown.components, "total")]
    columns.append(shown.contributions)
    beside = spectra_beside(model)
    table = np.full((shown.low.size, len(columns) + len(beside)), np.nan)
    table[:, : len(columns)] = np.stack(columns, axis=1)
    for number, other in enumerate(beside, len(columns)):
        spectrum = other.spectrum
        total = spectrum.total / spectrum.per_rate if rate else spectrum.total
        if np.array_equal(spectrum.low, shown.low) and np.array_equal(spectrum.high, shown.high):
            table[: total.size, number] = total
            continue
        # A pinned spectrum with other bins has rows of its own.
        rows = np.full((total.size, table.shape[1]), np.nan)
        rows[:, 0], rows[:, 1], rows[:, number] = spectrum.low, spectrum.high, total
        table = np.vstack([table, rows])
    names += ["chi2", *(f"total of {_called(other)} [{unit}]" for other in beside)]
    return Listing.of(names, [[float(cell) for cell in row] for row in table])


def _called(other: Beside) -> str:
    return other.label if other.pin is None else f"pin {other.pin.color + 1}: {other.label}"


def _pulls(model: ViewModel) -> Listing:
    layer, state = model.layer, model.state
    if layer is None or not layer.slices.has_scan:
        return Listing.of((), [])
    i, j = model.point()
    pulls = layer.slices.pulls(state.selection, state.flavor, i, j)
    named = zip(layer.slices.pull_names, pulls, strict=True)
    return Listing.of((PULL, "value"), [(name, value) for name, value in named if value == value])


def _ratio(model: ViewModel) -> Listing:
    state = model.state
    pair = [layer for layer in map(model.find, state.ratio) if layer is not None]
    rows = []
    if len(pair) == 2:
        ours, theirs = pair[0].slices, pair[1].slices
        for selection, flavor in model.curves(pair[0]):
            if selection in theirs.selections and flavor in theirs.flavors:
                found = ours.ratio(theirs, selection, flavor, state.cl, state.dof)
                names = (pair[0].name, pair[1].name, selection, flavor, state.cl, state.dof)
                rows += [(*names, m_4, value) for m_4, value in zip(*found, strict=True)]
    columns = ("product", "divided by", SELECTION, FLAVOR, CL, DOF, _MASS, "ratio")
    return Listing.of(columns, rows)


def _cursors(model: ViewModel) -> Listing:
    rows = [
        (row.name, row.unit, row.a, row.b, row.difference, row.ratio, *row.said)
        for row in compared(model)
    ]
    return Listing.of(("quantity", "unit", "A", "B", "B - A", "B / A", "note A", "note B"), rows)


#: What is said of each change, and its heading.
_OF_CHANGES = {
    SUBJECT: SUBJECT,
    CHANGE: CHANGE,
    LIMIT: _LIMIT,
    LIMIT_STATUS: "status",
    LIMIT_LOW: _LOWER_END,
    RATIO: "ratio to the limit as configured",
}
_PANELS: dict[str, Callable[[ViewModel], Listing]] = {
    "moment": lambda model: _profile(model, "moment"),
    "mass": lambda model: _profile(model, "mass"),
    "spectrum": _spectrum,
    "pulls": _pulls,
    "ratio": _ratio,
    "cursors": _cursors,
}
