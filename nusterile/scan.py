"""Computing the whole product: every selection, flavour, mass and moment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import nusterile
from nusterile.analysis import Analysis, limits_of_masses, mark_outside, profile_plane
from nusterile.arguments import require_memory
from nusterile.constants import MU_REFERENCE
from nusterile.errors import Cancelled
from nusterile.labels import ATTRIBUTES
from nusterile.provenance import git_commit, reference_dois, to_attribute
from nusterile.rates import FLAVORS
from nusterile.schema import SCHEMA_VERSION

__all__ = ["compute_product"]

ProgressFunction = Callable[[float, str], None]
CancelledFunction = Callable[[], bool]

#: Masses of one unit of work: some 20 ms, the time a cancellation takes to be noticed.
_BLOCK = 11


def compute_product(
    analysis: Analysis,
    *,
    progress: ProgressFunction | None = None,
    cancelled: CancelledFunction | None = None,
) -> xr.Dataset:
    """Compute everything that a product holds.

    Parameters
    ----------
    analysis : Analysis
        What to compute.
    progress : callable, optional
        Called with the share done (0 to 1) and what is being done.
    cancelled : callable, optional
        Asked between the units of work.

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
    _require_product_memory(analysis)
    masses = analysis.configuration.grids.m_4.array()
    moments = analysis.configuration.grids.mu.array()

    dipole: dict[str, NDArray[np.float64]] = {}
    for done, (name, expectation) in enumerate(analysis.expectations.items()):
        report(0.15 * done / len(analysis.experiments), f"rates of {name}")
        blocks = []
        for start in range(0, masses.size, _BLOCK):
            if stop():
                raise Cancelled("cancelled")
            blocks.append(expectation.dipole(masses[start : start + _BLOCK]))
        dipole[name] = np.concatenate(blocks, axis=1)

    coordinates = _coordinates(analysis, masses, moments)
    variables = _rate_variables(analysis, dipole, moments)
    variables |= _fit_variables(analysis, dipole, masses, moments, report, stop)
    dataset = xr.Dataset(
        {name: (dims, values, ATTRIBUTES[name]) for name, (dims, values) in variables.items()},
        coords=coordinates,
        attrs=_global_attributes(analysis),
    )
    dataset.experiment.attrs["labels"] = to_attribute(
        {e.name: e.label for e in analysis.experiments}
    )
    dataset.component.attrs["labels"] = to_attribute(
        {c.name: c.label or c.name for e in analysis.experiments for c in e.components}
    )
    dataset["pull"].attrs["sigma"] = to_attribute(
        {name: float(w) if np.isfinite(w) else None for name, w in analysis.pull_widths().items()}
    )
    report(1.0, "computed")
    return dataset


Variables = dict[str, tuple[tuple[str, ...], NDArray[Any]]]


def _require_product_memory(analysis: Analysis) -> None:
    configuration = analysis.configuration
    n_m, n_mu = configuration.grids.m_4.size, configuration.grids.mu.size
    bins = max(e.counts.size for e in analysis.experiments)
    n_flavor = len(configuration.flavors)
    rate = len(analysis.experiments) * bins * 4
    scan = len(analysis.selections) * (8 + 4 * len(analysis.pull_names()))
    # in events of every flavour, and as the padded rate
    dipole = len(analysis.experiments) * bins * (len(FLAVORS) + n_flavor) * n_m * 8
    require_memory(n_flavor * n_m * n_mu * (rate + scan) + dipole, n_m * n_mu)


def _coordinates(
    analysis: Analysis, masses: NDArray[np.float64], moments: NDArray[np.float64]
) -> dict[str, Any]:
    bins = max(e.counts.size for e in analysis.experiments)
    low = _padded(analysis, bins, lambda e: e.bin_edges[:-1])
    high = _padded(analysis, bins, lambda e: e.bin_edges[1:])
    values: dict[str, Any] = {
        "experiment": np.array([e.name for e in analysis.experiments], dtype=object),
        "selection": np.array(list(analysis.selections), dtype=object),
        "flavor": np.array(analysis.configuration.flavors, dtype=object),
        "m_4": masses,
        "mu": moments,
        "bin": np.arange(bins, dtype=float),
        "component": np.array(_component_names(analysis), dtype=object),
        "pull": np.array(analysis.pull_names(), dtype=object),
        "cl": np.array(analysis.configuration.grids.cl),
        "dof": np.array([1.0, 2.0]),
    }
    coordinates: dict[str, Any] = {
        name: (name, value, ATTRIBUTES[name]) for name, value in values.items()
    }
    for name, edges in (("bin_low", low), ("bin_high", high)):
        coordinates[name] = (("experiment", "bin"), edges, ATTRIBUTES[name])
    return coordinates


def _component_names(analysis: Analysis) -> list[str]:
    return list(dict.fromkeys(c.name for e in analysis.experiments for c in e.components))


def _padded(
    analysis: Analysis, bins: int, values: Callable[[Any], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Rows of the experiments side by side, NaN where one has fewer bins."""
    padded = np.full((len(analysis.experiments), bins), np.nan)
    for row, experiment in enumerate(analysis.experiments):
        content = values(experiment)
        padded[row, : content.size] = content
    return padded


def _rate_variables(
    analysis: Analysis, dipole: dict[str, NDArray[np.float64]], moments: NDArray[np.float64]
) -> Variables:
    experiments = analysis.experiments
    bins = max(e.counts.size for e in experiments)
    flavors = [FLAVORS.index(f) for f in analysis.configuration.flavors]
    n_m = next(iter(dipole.values())).shape[1]
    components = _component_names(analysis)
    rate_dipole = np.full((len(experiments), len(flavors), n_m, bins), np.nan)
    background = np.full((len(experiments), len(components), bins), np.nan)
    for row, experiment in enumerate(experiments):
        scale = experiment.exposure * experiment.bin_width
        n = experiment.counts.size
        rate_dipole[row, ..., :n] = dipole[experiment.name][flavors] / scale
        for part, component in enumerate(experiment.components):
            background[row, components.index(component.name), :n] = (
                analysis.expectations[experiment.name].background[part] / scale
            )
    rate_sm = _padded(
        analysis,
        bins,
        lambda e: analysis.expectations[e.name].standard_model / (e.exposure * e.bin_width),
    )
    rate = np.empty((len(experiments), len(flavors), n_m, moments.size, bins), dtype=np.float32)
    for row in range(len(experiments)):
        for f in range(len(flavors)):
            rate[row, f] = (
                rate_sm[row]
                + rate_dipole[row, f][:, None] * ((moments / MU_REFERENCE) ** 2)[:, None]
            )
    return {
        "rate": (("experiment", "flavor", "m_4", "mu", "bin"), rate),
        "rate_sm": (("experiment", "bin"), rate_sm),
        "rate_dipole": (("experiment", "flavor", "m_4", "bin"), rate_dipole),
        "background": (("experiment", "component", "bin"), background),
        "counts": (("experiment", "bin"), _padded(analysis, bins, lambda e: e.counts)),
        "exposure": (("experiment",), np.array([e.exposure for e in experiments])),
    }


def _fit_variables(
    analysis: Analysis,
    dipole: dict[str, NDArray[np.float64]],
    masses: NDArray[np.float64],
    moments: NDArray[np.float64],
    report: ProgressFunction,
    stop: CancelledFunction,
) -> Variables:
    """Scan and limits, shared among threads: the compiled fit releases the interpreter."""
    flavors = [FLAVORS.index(f) for f in analysis.configuration.flavors]
    levels = np.array(analysis.configuration.grids.cl)
    degrees = np.array([1, 2])
    names = analysis.pull_names()
    shape = (len(analysis.selections), len(flavors), masses.size)
    chi2 = np.empty((*shape, moments.size))
    pulls = np.full((*shape, moments.size, len(names)), np.nan, dtype=np.float32)
    chi2_min, mu_best = np.empty(shape), np.empty(shape)
    limit = np.empty((*shape, levels.size, degrees.size))
    status = np.empty(limit.shape, dtype="<U7")

    tasks: list[tuple[str, Callable[[], None]]] = []
    for s, (selection, members) in enumerate(analysis.selections.items()):
        likelihood = analysis.likelihood(selection)
        events = np.concatenate([dipole[name] for name in members], axis=-1)
        columns = [names.index(pull) for pull in likelihood.pull_names]
        for f, index in enumerate(flavors):

            def solve(  # the defaults bind this turn of the loop
                s: int = s, f: int = f, likelihood: Any = likelihood, shape: Any = events[index]
            ) -> None:
                found = limits_of_masses(likelihood, shape, levels, degrees)
                chi2_min[s, f], mu_best[s, f], limit[s, f], status[s, f] = found

            tasks.append((f"limits of {selection}", solve))
            for start in range(0, masses.size, _BLOCK):
                block = slice(start, start + _BLOCK)

                def scan(
                    s: int = s,
                    f: int = f,
                    block: slice = block,
                    likelihood: Any = likelihood,
                    shape: Any = events[index],
                    columns: list[int] = columns,
                ) -> None:
                    values, shifts = profile_plane(likelihood, shape[block], moments)
                    chi2[s, f, block] = values
                    pulls[s, f, block][..., columns] = shifts

                tasks.append((f"chi-square of {selection}", scan))
    _run(tasks, report, stop)
    fit = ("selection", "flavor", "m_4")
    return {
        "chi2": ((*fit, "mu"), chi2),
        "pulls": ((*fit, "mu", "pull"), pulls),
        "chi2_min": (fit, chi2_min),
        "mu_best": (fit, mu_best),
        "limit": ((*fit, "cl", "dof"), limit),
        "limit_status": (
            (*fit, "cl", "dof"),
            mark_outside(status, limit, analysis.configuration.grids.mu.ends).astype(object),
        ),
    }


def _run(
    tasks: list[tuple[str, Callable[[], None]]], report: ProgressFunction, stop: CancelledFunction
) -> None:
    """Run tasks on every core; stop soon after a cancellation or an interrupt."""
    # The first call compiles or loads the kernel, which threads must not do at once.
    tasks[0][1]()
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        pending = {pool.submit(task): label for label, task in tasks[1:]}
        total = len(tasks)
        while pending:
            finished, _ = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
            label = ""
            for future in finished:
                label = pending.pop(future)
                future.result()
            if label:
                report(0.15 + 0.85 * (total - len(pending)) / total, label)
            if stop():
                raise Cancelled("cancelled")
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _global_attributes(analysis: Analysis) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    experiments = analysis.experiments
    attributes: dict[str, Any] = {
        "title": "Limits on active-to-sterile neutrino transition magnetic moments",
        "summary": (
            "Electron-recoil rates of solar neutrinos with a transition magnetic moment, "
            "profiled Poisson chi-square and upper limits from the data of "
            + ", ".join(e.label for e in experiments)
        ),
        "comment": " ".join(f"{e.label}: {' '.join(e.caveats.split())}" for e in experiments),
        "Conventions": "CF-1.11, ACDD-1.3",
        "content": "scan",
        "schema_version": SCHEMA_VERSION,
        "nusterile_version": nusterile.__version__,
        "date_created": now,
        "history": f"{now} computed by nusterile {nusterile.__version__}",
        "references": reference_dois(analysis.configuration),
        "license": "MIT",
        "config": analysis.configuration.canonical_json(),
        "config_hash": analysis.configuration.hash(),
        "input_hashes": json.dumps(analysis.input_hashes(), sort_keys=True, separators=(",", ":")),
    }
    commit = git_commit()
    if commit:
        attributes["git_commit"] = commit
    return attributes
