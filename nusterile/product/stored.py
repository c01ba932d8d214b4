"""What a product stores about its origin: its configuration, its inputs and their checksums."""

from __future__ import annotations

import json
from typing import Any

import xarray as xr

from nusterile.errors import ProductError
from nusterile.files.text import plain_text
from nusterile.model.configuration import Configuration

__all__ = ["INPUT_TEXTS", "stored_configuration", "stored_input_hashes", "stored_texts"]

#: Attribute that holds the files of the experiments and bounds.
INPUT_TEXTS = "input_texts"


def stored_configuration(dataset: xr.Dataset) -> Configuration:
    """Return the configuration that a product was made from.

    Its experiments and bounds are those that the product carries, wherever their folders are.

    Raises
    ------
    ProductError
        If it is missing or is no JSON.
    InputError
        If a value of it cannot be used.
    """
    return Configuration.from_stored(
        _stored_json(dataset, "config"), stored_texts(dataset), "the product's configuration"
    )


def stored_texts(dataset: xr.Dataset) -> dict[str, str]:
    """Text of every file of the experiments and bounds; empty where a product holds none."""
    return _texts(dataset, INPUT_TEXTS) if INPUT_TEXTS in dataset.attrs else {}


def stored_input_hashes(dataset: xr.Dataset) -> dict[str, str]:
    """SHA-256 of every table that a product was made from."""
    return {
        plain_text(name): plain_text(digest)
        for name, digest in _texts(dataset, "input_hashes").items()
    }


def _texts(dataset: xr.Dataset, name: str) -> dict[str, str]:
    return {str(key): str(value) for key, value in _stored_json(dataset, name).items()}


def _stored_json(dataset: xr.Dataset, name: str) -> dict[str, Any]:
    try:
        value = json.loads(dataset.attrs[name])
    except (KeyError, TypeError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProductError(f"the product's attribute {name} is missing or is not JSON")
    return value
