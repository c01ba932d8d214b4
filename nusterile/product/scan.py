"""Computing the whole product: every selection, flavour, mass and moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arguments import require_memory
from nusterile.arrays import Floats
from nusterile.errors import Cancelled
from nusterile.experiments.experiment import Experiment
from nusterile.model.fits import (
    BLOCK,
    Chi2Scan,
    LimitScan,
    SelectionFit,
    Task,
    Variables,
    run_tasks,
)
from nusterile.model.predictions import Predictions, flavor_rows
from nusterile.physics.signal import Signal
from nusterile.product.provenance import git_commit, reference_dois, to_attribute
from nusterile.product.schema_version import SCHEMA_VERSION
from nusterile.product.stored import INPUT_TEXTS
from nusterile.statistics.intervals import threshold
from nusterile.version import __version__
from nusterile.vocabulary import (
    ATTRIBUTES,
    BACKGROUND,
    BIN,
    BIN_HIGH,
    BIN_LOW,
    CL,
    COMPONENT,
    CONTENT,
    COUNTS,
    DEGREES,
    DOF,
    EXPERIMENT,
    EXPOSURE,
    FLAVOR,
    FLAVORS,
    M_4,
    MU,
    PULL,
    RATE,
    RATE_DIPOLE,
    RATE_SM,
    SCAN_CONTENT,
    SELECTION,
    axis_attributes,
)

__all__ = [
    "RATE_AXES",
    "CancelledFunction",
    "Fits",
    "ProgressFunction",
    "bytes_needed",
    "compute_product",
    "fits_of",
    "global_attributes",
    "masses_in_blocks",
    "put_together",
    "rate_variables",
    "rates_at",
]

ProgressFunction = Callable[[float, str], None]
CancelledFunction = Callable[[], bool]

#: Dimensions of the rates at every moment.
RATE_AXES = (EXPERIMENT, FLAVOR, M_4, MU, BIN)

#: Share of the time that the rates take.
_RATES_SHARE = 0.15


def compute_product(
    predictions: Predictions,
    *,
    progress: ProgressFunction | None = None,
    cancelled: CancelledFunction | None = None,
    executor: Executor | None = None,
) -> xr.Dataset:
    """Compute everything that a product holds.

    Parameters
    ----------
    predictions : Predictions
        What to compute.
    progress : callable, optional
        Called with the share done (0 to 1) and what is being done.
    cancelled : callable, optional
        Asked between the units of work.
    executor : Executor, optional
        Runs the fits, in threads of this process; one thread a core by default.

    Returns
    -------
    Dataset
        Variables and attributes as the schema says.

    Raises
    ------
    InputError
        If the grids need too much memory.
    Cancelled
        If `cancelled` returned True.
    """
    report = progress or (lambda _share, _what: None)
    stop = cancelled or (lambda: False)
    grids = predictions.configuration.grids
    require_memory(
        bytes_needed(predictions),
        grids.m_4.size * grids.mu.size,
        "compute block by block: nusterile build --scheduler threads",
    )
    attributes = global_attributes(predictions)  # first, since what it reads may be wrong

    dipole: dict[str, Floats] = {}
    for done, name in enumerate(predictions.expectations):
        report(_RATES_SHARE * done / len(predictions.experiments), f"rates of {name}")
        blocks = []
        for masses in masses_in_blocks(predictions):
            if stop():
                raise Cancelled("cancelled")
            blocks.append(predictions.templates(name, masses))
        dipole[name] = np.concatenate(blocks, axis=1)

    def report_fits(share: float, what: str) -> None:
        report(_RATES_SHARE + (1 - _RATES_SHARE) * share, what)

    rates = rate_variables(predictions, dipole)
    fits = fits_of(predictions, dipole)
    n_m, n_mu = next(iter(dipole.values())).shape[1], fits.strength.size
    shape = (len(fits.selections), len(predictions.configuration.flavors), n_m)
    chi2 = Chi2Scan.empty((*shape, n_mu), predictions.pull_names(), np.float32)
    limits = LimitScan.empty(shape, *fits.critical.shape)
    tasks: list[Task] = []
    for index, fit in enumerate(fits.selections):
        tasks += limits.tasks(index, fit, fits.signal, fits.critical, fits.degrees)
        tasks += chi2.tasks(index, fit, fits.strength, BLOCK)
    run_tasks(tasks, executor, report=report_fits, stop=stop)
    variables: Variables = {RATE: (RATE_AXES, _rates(rates, fits.strength)), **rates}
    variables |= chi2.variables()
    variables |= limits.variables(predictions.configuration.grids.mu.ends)
    dataset = put_together(predictions, variables, attributes)
    report(1.0, "computed")
    return dataset


def masses_in_blocks(predictions: Predictions) -> list[Floats]:
    """Return the masses of the grid in units of work."""
    masses = predictions.configuration.grids.m_4.array()
    return [masses[start : start + BLOCK] for start in range(0, masses.size, BLOCK)]


def put_together(
    predictions: Predictions, variables: Variables, attributes: dict[str, Any]
) -> xr.Dataset:
    """Make a product of its variables.

    Parameters
    ----------
    predictions : Predictions
        What was computed.
    variables : dict
        Dimensions and values of each variable.
    attributes : dict
        See `global_attributes`.
    """
    grids = predictions.configuration.grids
    dataset = xr.Dataset(
        {name: (dims, values, ATTRIBUTES[name]) for name, (dims, values) in variables.items()},
        coords=_coordinates(predictions, grids.m_4.array(), grids.mu.array()),
        attrs=attributes,
    )
    dataset.experiment.attrs["labels"] = to_attribute(
        {e.name: e.label for e in predictions.experiments}
    )
    dataset.component.attrs["labels"] = to_attribute(
        {c.name: c.label or c.name for e in predictions.experiments for c in e.components}
    )
    dataset[PULL].attrs["sigma"] = to_attribute(
        {
            name: float(w) if np.isfinite(w) else None
            for name, w in predictions.pull_widths().items()
        }
    )
    return dataset


def bytes_needed(predictions: Predictions) -> int:
    """Return how much memory the arrays of a product take."""
    configuration = predictions.configuration
    n_m, n_mu = configuration.grids.m_4.size, configuration.grids.mu.size
    bins = max(e.n_bins for e in predictions.experiments)
    n_flavor = len(configuration.flavors)
    rate = len(predictions.experiments) * bins * 4
    scan = len(predictions.selections) * (8 + 4 * len(predictions.pull_names()))
    # in events of every flavour, and as the padded rate
    dipole = len(predictions.experiments) * bins * (len(FLAVORS) + n_flavor) * n_m * 8
    return n_flavor * n_m * n_mu * (rate + scan) + dipole


def _coordinates(predictions: Predictions, masses: Floats, moments: Floats) -> dict[str, Any]:
    bins = max(e.n_bins for e in predictions.experiments)
    low = _padded(predictions, bins, lambda e: e.bin_edges[:-1])
    high = _padded(predictions, bins, lambda e: e.bin_edges[1:])
    values: dict[str, Any] = {
        EXPERIMENT: np.array([e.name for e in predictions.experiments], dtype=object),
        SELECTION: np.array(list(predictions.selections), dtype=object),
        FLAVOR: np.array(predictions.configuration.flavors, dtype=object),
        M_4: masses,
        MU: moments,
        BIN: np.arange(bins, dtype=float),
        COMPONENT: np.array(_component_names(predictions), dtype=object),
        PULL: np.array(predictions.pull_names(), dtype=object),
        CL: np.array(predictions.configuration.grids.cl),
        DOF: np.array(DEGREES, dtype=float),
    }
    coordinates: dict[str, Any] = {
        name: (name, value, ATTRIBUTES[name]) for name, value in values.items()
    }
    for name, without_data in (
        (EXPERIMENT, predictions.expected_only),
        (SELECTION, predictions.expected_selections),
    ):
        coordinates[name] = (name, values[name], axis_attributes(name, without_data))
    for name, edges in ((BIN_LOW, low), (BIN_HIGH, high)):
        coordinates[name] = ((EXPERIMENT, BIN), edges, ATTRIBUTES[name])
    return coordinates


def _component_names(predictions: Predictions) -> list[str]:
    return list(dict.fromkeys(c.name for e in predictions.experiments for c in e.components))


def _padded(predictions: Predictions, bins: int, values: Callable[[Experiment], Floats]) -> Floats:
    """Rows of the experiments side by side, NaN where one has fewer bins."""
    padded = np.full((len(predictions.experiments), bins), np.nan)
    for row, experiment in enumerate(predictions.experiments):
        content = values(experiment)
        padded[row, : content.size] = content
    return padded


def rate_variables(predictions: Predictions, dipole: Mapping[str, Floats]) -> Variables:
    """Return what the rates at every moment consist of, and the data beside them.

    Parameters
    ----------
    predictions : Predictions
        What is computed.
    dipole : mapping
        Dipole events by experiment, see `Predictions.templates`, at the masses of the grid.
    """
    experiments = predictions.experiments
    bins = max(e.n_bins for e in experiments)
    flavors = flavor_rows(predictions.configuration.flavors)
    n_m = next(iter(dipole.values())).shape[1]
    components = _component_names(predictions)
    rate_dipole = np.full((len(experiments), len(flavors), n_m, bins), np.nan)
    background = np.full((len(experiments), len(components), bins), np.nan)
    for row, experiment in enumerate(experiments):
        scale = experiment.exposure * experiment.bin_width
        n = experiment.n_bins
        events = dipole[experiment.name][flavors]
        if events.ndim > rate_dipole.ndim - 1:  # by solar pull
            events = events.sum(axis=-2)
        rate_dipole[row, ..., :n] = events / scale
        for part, component in enumerate(experiment.components):
            background[row, components.index(component.name), :n] = (
                predictions.expectations[experiment.name].background[part] / scale
            )
    rate_sm = _padded(
        predictions,
        bins,
        lambda e: predictions.expectations[e.name].standard_model / (e.exposure * e.bin_width),
    )
    return {
        RATE_SM: ((EXPERIMENT, BIN), rate_sm),
        RATE_DIPOLE: ((EXPERIMENT, FLAVOR, M_4, BIN), rate_dipole),
        BACKGROUND: ((EXPERIMENT, COMPONENT, BIN), background),
        COUNTS: (
            (EXPERIMENT, BIN),
            _padded(predictions, bins, lambda e: predictions.expectations[e.name].counts),
        ),
        EXPOSURE: ((EXPERIMENT,), np.array([e.exposure for e in experiments])),
    }


def _rates(parts: Variables, strength: Floats) -> NDArray[np.float32]:
    """Rates of every experiment and flavour at every mass and moment."""
    rate_sm = np.asarray(parts[RATE_SM][1], dtype=float)
    rate_dipole = np.asarray(parts[RATE_DIPOLE][1], dtype=float)
    n_experiment, n_flavor, n_m, bins = rate_dipole.shape
    rate = np.empty((n_experiment, n_flavor, n_m, strength.size, bins), dtype=np.float32)
    for row in range(n_experiment):
        for f in range(n_flavor):
            rate[row, f] = rates_at(rate_sm[row], rate_dipole[row, f], strength)
    return rate


def rates_at(rate_sm: Floats, rate_dipole: Floats, strength: Floats) -> NDArray[np.float32]:
    """Return rates, shape (n_m, n_mu, n_bin), of their parts: (n_bin,) and (n_m, n_bin)."""
    rates: NDArray[np.float32] = (rate_sm + rate_dipole[:, None] * strength[:, None]).astype(
        np.float32
    )
    return rates


class Fits(NamedTuple):
    """What the fits of every selection need.

    Attributes
    ----------
    selections : tuple of SelectionFit
        χ² and templates of each.
    signal : Signal
        What turns strengths into moments.
    strength : ndarray, shape (n_mu,)
        Strength of each moment.
    critical : ndarray, shape (n_cl, n_dof)
        Δχ² at which a moment is excluded.
    degrees : ndarray, shape (n_dof,)
        Degrees of freedom.
    """

    selections: tuple[SelectionFit, ...]
    signal: Signal
    strength: Floats
    critical: Floats
    degrees: NDArray[np.int64]


def fits_of(predictions: Predictions, dipole: Mapping[str, Floats]) -> Fits:
    """Return what the fits need; `dipole` as in `rate_variables`."""
    grids = predictions.configuration.grids
    rows = flavor_rows(predictions.configuration.flavors)
    degrees = np.array(DEGREES)
    signal = predictions.recoil_rates.interaction
    selections = []
    for selection, members in predictions.selections.items():
        events = np.concatenate([dipole[name] for name in members], axis=-1)[rows]
        selections.append(SelectionFit(selection, predictions.likelihood(selection), events))
    return Fits(
        tuple(selections),
        signal,
        signal.strength(grids.mu.array()),
        threshold(np.array(grids.cl)[:, None], degrees),
        degrees,
    )


def _origin(experiments: Sequence[Experiment]) -> str:
    """Where the limits come from: data, or what is expected without any."""
    observed = ", ".join(e.label for e in experiments if not e.expected_only)
    expected = ", ".join(e.label for e in experiments if e.expected_only)
    parts = [f"from the data of {observed}"] * bool(observed)
    parts += [f"as expected, without data, of {expected}"] * bool(expected)
    return "; ".join(parts)


def global_attributes(predictions: Predictions) -> dict[str, Any]:
    """Attributes of a product of a scan, which those of other kinds share but for some."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    experiments = predictions.experiments
    attributes: dict[str, Any] = {
        "title": "Limits on active-to-sterile neutrino transition magnetic moments",
        "summary": (
            "Electron-recoil rates of solar neutrinos with a transition magnetic moment, "
            f"profiled Poisson chi-square and upper limits {_origin(experiments)}"
        ),
        "comment": " ".join(f"{e.label}: {' '.join(e.caveats.split())}" for e in experiments),
        "Conventions": "CF-1.11, ACDD-1.3",
        CONTENT: SCAN_CONTENT,
        "schema_version": SCHEMA_VERSION,
        "nusterile_version": __version__,
        "date_created": now,
        "history": f"{now} computed by nusterile {__version__}",
        "references": reference_dois(predictions.configuration),
        "license": "MIT",
        "config": predictions.configuration.canonical_json(),
        "config_hash": predictions.configuration.hash(),
        "input_hashes": json.dumps(
            predictions.input_hashes(), sort_keys=True, separators=(",", ":")
        ),
        # in the order of the experiments
        INPUT_TEXTS: json.dumps(predictions.input_texts(), separators=(",", ":")),
    }
    commit = git_commit()
    if commit:
        attributes["git_commit"] = commit
    return attributes
