"""Whether what a product holds twice is the same: its numbers and what they were made from.

The schema says how a product is built; this says that nobody changed a part of it. A part of a
product (some of its masses, one selection) holds what it holds of the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

from nusterile.arrays import Floats
from nusterile.errors import NusterileError, ProductError
from nusterile.files.text import plain_text
from nusterile.model.configuration import Configuration
from nusterile.model.predictions import Predictions
from nusterile.model.stored_inputs import RESPONSE_FOLDER
from nusterile.product.kind import Kind, difference
from nusterile.product.kinds import kind_of
from nusterile.product.labels import expected_only_of
from nusterile.product.provenance import from_attribute
from nusterile.product.stored import (
    INPUT_TEXTS,
    stored_configuration,
    stored_input_hashes,
    stored_texts,
)
from nusterile.vocabulary import (
    BACKGROUND,
    BIN,
    BIN_HIGH,
    BIN_LOW,
    CL,
    COMPONENT,
    COUNTS,
    EXPECTED_ONLY,
    EXPERIMENT,
    EXPOSURE,
    FLAVOR,
    M_4,
    MU,
    PULL,
    RATE_SM,
    SELECTION,
)

__all__ = ["check_consistency"]

#: Relative rounding of grids between machines.
_ROUNDING = 1e-9


def check_consistency(dataset: xr.Dataset, source: str) -> None:
    """Compare what a product stores twice.

    Names, grids, labels, widths, data and checksums with the configuration and the inputs that
    it carries; numbers with each other, as its kind has it (limits with the scan).

    Parameters
    ----------
    dataset : Dataset
        A product that keeps the contract, see `validate_dataset`.
    source : str
        Its name, for messages.

    Raises
    ------
    ProductError
        At the first difference: where it is, what was expected, what was found.
    """
    kind = kind_of(dataset, source)
    try:
        configuration = stored_configuration(dataset)
        if INPUT_TEXTS in dataset.attrs:
            _check_texts(stored_texts(dataset), stored_input_hashes(dataset), source)
        _check_grids(dataset, configuration, kind, source)
        predictions = _predictions(dataset, configuration)
    except ProductError as error:
        raise ProductError(_beginning_with(source, str(error))) from None
    except NusterileError as error:
        raise ProductError(f"{source}: {error}") from None
    if predictions is not None:
        _require_known(EXPERIMENT, dataset, [e.name for e in predictions.experiments], source)
        _require_known(SELECTION, dataset, predictions.selections, source)
        if INPUT_TEXTS in dataset.attrs:  # or the experiments may have changed since
            _check_parts(dataset, predictions, source)
            _check_labels(dataset, predictions, source)
            _check_data(dataset, predictions, source)
    kind.compare(dataset, configuration, source)


def _beginning_with(source: str, message: str) -> str:
    return message if message.startswith(source) else f"{source}: {message}"


def _predictions(dataset: xr.Dataset, configuration: Configuration) -> Predictions | None:
    """Experiments and selections; None where a product without its inputs has lost them."""
    if INPUT_TEXTS in dataset.attrs:
        attributes = dataset.attrs
        return _stored_predictions(str(attributes["config"]), str(attributes[INPUT_TEXTS]))
    try:
        return Predictions(configuration)
    except NusterileError:
        return None


@lru_cache(maxsize=4)
def _stored_predictions(config: str, texts: str) -> Predictions:
    """Experiments and selections of a product that carries its inputs.

    Products that are read one after another are often of the same analysis.
    """
    stored = xr.Dataset(attrs={"config": config, INPUT_TEXTS: texts})
    return Predictions(stored_configuration(stored))


def _check_texts(texts: Mapping[str, str], hashes: Mapping[str, str], source: str) -> None:
    kinds = ("experiments/", f"{RESPONSE_FOLDER}/")
    for name in sorted(name for name in {*texts, *hashes} if name.startswith(kinds)):
        if name not in texts or name not in hashes:
            where = INPUT_TEXTS if name not in texts else "input_hashes"
            raise difference(source, f"attribute {where}", f"an entry {name}", "none")
        digest = hashlib.sha256(texts[name].encode(errors="surrogatepass")).hexdigest()
        if hashes[name] != digest:
            found = f"{digest} (of the text in {INPUT_TEXTS})"
            raise difference(source, f"input {name}", f"SHA-256 {hashes[name]}", found)


def _check_grids(
    dataset: xr.Dataset, configuration: Configuration, kind: Kind, source: str
) -> None:
    grids = {
        M_4: configuration.grids.m_4.array(),
        MU: configuration.grids.mu.array(),
        CL: np.array(configuration.grids.cl),
    }
    for name in kind.grids:
        if name in dataset.coords:
            values, grid = dataset[name].values, grids[name]
            nearest = grid[np.abs(values[:, None] - grid).argmin(axis=1)]
            other = ~np.isclose(values, nearest, rtol=_ROUNDING, atol=0)
            if other.any():
                raise difference(
                    source,
                    f"variable {name}",
                    "values of the grid of the configuration",
                    f"{values[other][0]:g}",
                )
    _require_known(FLAVOR, dataset, configuration.flavors, source)


def _check_parts(dataset: xr.Dataset, predictions: Predictions, source: str) -> None:
    components = [c.name for e in predictions.experiments for c in e.components]
    _require_known(COMPONENT, dataset, components, source)
    _require_known(PULL, dataset, predictions.pull_names(), source)


def _require_known(name: str, dataset: xr.Dataset, known: Iterable[str], source: str) -> None:
    if name not in dataset.coords:
        return
    names = list(known)
    for value in map(str, dataset[name].values):
        if value not in names:
            expected = f"names of the configuration ({', '.join(dict.fromkeys(names))})"
            raise difference(source, f"variable {name}", expected, f"'{plain_text(value)[:60]}'")


def _check_labels(dataset: xr.Dataset, predictions: Predictions, source: str) -> None:
    components = {c.name: c.label or c.name for e in predictions.experiments for c in e.components}
    widths = {n: float(w) if np.isfinite(w) else None for n, w in predictions.pull_widths().items()}
    for name, without_data in (
        (EXPERIMENT, predictions.expected_only),
        (SELECTION, predictions.expected_selections),
    ):
        here = set(map(str, dataset[name].values)) if name in dataset.coords else set()
        listed = set(expected_only_of(dataset, name))
        if listed & here != set(without_data) & here:
            raise difference(
                source,
                f"variable {name}, {EXPECTED_ONLY}",
                f"those without data ({', '.join(without_data) or 'none'})",
                ", ".join(sorted(map(plain_text, listed))) or "none",
            )
    stored: dict[tuple[str, str], Mapping[str, Any]] = {
        (EXPERIMENT, "labels"): {e.name: e.label for e in predictions.experiments},
        (COMPONENT, "labels"): components,
        (PULL, "sigma"): widths,
    }
    for (name, attribute), expected in stored.items():
        if name in dataset.coords and attribute in dataset[name].attrs:
            _check_mapping(
                dataset[name].attrs[attribute], expected, f"variable {name}, {attribute}", source
            )


def _check_mapping(text: Any, expected: Mapping[str, Any], where: str, source: str) -> None:
    try:
        found = from_attribute(text)
    except (TypeError, ValueError, RecursionError):
        found = None
    if found != dict(expected):
        raise difference(source, where, "those of the experiments", "something else")


def _check_data(dataset: xr.Dataset, predictions: Predictions, source: str) -> None:
    """Bins, events and exposures are those of the experiments."""
    if EXPERIMENT not in dataset.coords or BIN not in dataset.coords:
        return
    experiments = {e.name: e for e in predictions.experiments}
    places = dataset[BIN].values
    for row, name in enumerate(map(str, dataset[EXPERIMENT].values)):
        experiment = experiments[name]
        expected: dict[str, Floats] = {
            BIN_LOW: _at(places, experiment.bin_edges[:-1]),
            BIN_HIGH: _at(places, experiment.bin_edges[1:]),
            EXPOSURE: np.array(experiment.exposure),
        }
        if experiment.counts is not None:
            expected[COUNTS] = _at(places, experiment.counts)
        elif COUNTS in dataset:
            _check_asimov(dataset.isel({EXPERIMENT: row}), source)
        for variable, values in expected.items():
            if variable in dataset and not np.array_equal(
                dataset[variable].values[row], values, equal_nan=True
            ):
                raise difference(
                    source, f"variable {variable} of {name}", "what its inputs say", "other numbers"
                )


def _check_asimov(part: xr.Dataset, source: str) -> None:
    """Counts of an experiment without data are Standard Model and background."""
    scale = part[EXPOSURE] * (part[BIN_HIGH] - part[BIN_LOW])
    expected = (part[RATE_SM] + part[BACKGROUND].sum(COMPONENT)) * scale
    if not np.allclose(part[COUNTS], expected, rtol=_ROUNDING, atol=0, equal_nan=True):
        raise difference(
            source,
            f"variable {COUNTS} of {part[EXPERIMENT].item()}",
            "Standard Model and background, as there are no data",
            "other numbers",
        )


def _at(places: Floats, values: Floats) -> Floats:
    """Values of the bins at some places, NaN beyond the last."""
    inside = np.isin(places, np.arange(values.size))
    found = np.full(places.size, np.nan)
    found[inside] = values[places[inside].astype(int)]
    return found
