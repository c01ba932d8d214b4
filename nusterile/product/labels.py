"""Labels for people of a product's experiments, components and selections."""

from __future__ import annotations

import xarray as xr

from nusterile.files.text import plain_text
from nusterile.product.provenance import from_attribute
from nusterile.product.stored import stored_configuration
from nusterile.vocabulary import (
    COMPONENT,
    EXPECTED_ONLY,
    EXPERIMENT,
    SELECTION,
    selection_labels,
)

__all__ = [
    "expected_only_of",
    "labels_of_components",
    "labels_of_experiments",
    "labels_of_selections",
]


def labels_of_experiments(product: xr.Dataset) -> dict[str, str]:
    """Label of each experiment.

    Parameters
    ----------
    product : Dataset
        A product, or one that holds limits only.

    Returns
    -------
    dict of str to str
        As stored; a product that is silent takes them from the experiments' folders.

    Raises
    ------
    ProductError
        If nothing is stored and the configuration cannot be read.
    InputError
        If the configuration names an experiment that is no longer there.
    """
    stored = _stored(product, EXPERIMENT)
    if stored:
        return stored
    experiments = stored_configuration(product).load_experiments()
    return {experiment.name: experiment.label for experiment in experiments}


def labels_of_components(product: xr.Dataset) -> dict[str, str]:
    """Label of each background component, as stored; empty where the product is silent."""
    return _stored(product, COMPONENT)


def labels_of_selections(product: xr.Dataset) -> dict[str, str]:
    """Label of each selection, in the words of figures and tables.

    Parameters
    ----------
    product : Dataset
        A product, or one that holds limits only.

    Returns
    -------
    dict of str to str
        As stored; otherwise made of the experiments by `vocabulary.selection_labels`.

    Raises
    ------
    ProductError, InputError
        As `labels_of_experiments`.
    """
    stored = _stored(product, SELECTION)
    if stored:
        return stored
    experiments = labels_of_experiments(product)
    without_data = expected_only_of(product, EXPERIMENT)
    configuration = stored_configuration(product)
    members = configuration.selection_members(tuple(experiments), without_data)
    return selection_labels(members, experiments, without_data)


def expected_only_of(product: xr.Dataset, coordinate: str) -> tuple[str, ...]:
    """Return the experiments, or the selections, that a product says have no data."""
    if coordinate not in product.coords:
        return ()
    try:
        names = from_attribute(product[coordinate].attrs.get(EXPECTED_ONLY, "[]"))
    except (TypeError, ValueError, RecursionError):
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _stored(product: xr.Dataset, coordinate: str) -> dict[str, str]:
    """Labels beside a coordinate; empty where there are none, or no mapping of texts."""
    if coordinate not in product.coords:
        return {}
    try:
        labels = from_attribute(product[coordinate].attrs.get("labels", "{}"))
    except (TypeError, ValueError, RecursionError):
        return {}
    return (
        {str(k): plain_text(str(v)) for k, v in labels.items()} if isinstance(labels, dict) else {}
    )
