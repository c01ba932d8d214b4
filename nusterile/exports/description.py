"""What a file for others says about the numbers in it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nusterile.results import Results
from nusterile.vocabulary import (
    CHI2_MIN,
    CL,
    DOF,
    EXPECTED_LIMIT,
    LIMIT,
    LIMIT_LOW,
    LIMIT_STATUS,
    MU_BEST,
)

__all__ = ["STATISTIC", "described", "limits_of"]

#: How a limit is defined, in words.
STATISTIC = (
    "Poisson likelihood-ratio chi-square (Baker, Cousins 1984), profiled over all nuisance "
    "parameters; the limit is the moment above the best fit where it exceeds its minimum by the "
    "chi-square quantile of cl and dof; dof = 1: minimum at each m_4, dof = 2: minimum over the "
    "whole (m_4, mu) plane"
)


def limits_of(product: xr.Dataset, *, expected: bool = False) -> xr.Dataset:
    """Return the limits of a product with their best fits.

    Parameters
    ----------
    product : Dataset
        A product.
    expected : bool
        Asimov limits instead, computed from the product's configuration.

    Returns
    -------
    Dataset
        ``limit``, ``limit_status``, ``limit_low``, ``expected_limit`` (selection, flavor, m_4,
        cl, dof), ``chi2_min`` and ``mu_best`` (selection, flavor, m_4). A product of schema
        version 1 lacks ``limit_low`` and ``expected_limit``; expected limits lack the latter.

    Raises
    ------
    InputError
        If the tables of expected limits are no longer those the product was made from.
    """
    if expected:
        return Results(product).expected_limits(product.m_4.values, product.cl.values)
    names = (LIMIT, LIMIT_STATUS, LIMIT_LOW, EXPECTED_LIMIT, CHI2_MIN, MU_BEST)
    return product[[name for name in names if name in product]]


def described(product: xr.Dataset) -> dict[str, str]:
    """Return what to know about the limits of a product, each on one line.

    Parameters
    ----------
    product : Dataset
        A product.

    Returns
    -------
    dict of str to str
        Title, statistic, levels, degrees of freedom, version, configuration's hash,
        references and licence.
    """
    attributes = {name: " ".join(str(text).split()) for name, text in product.attrs.items()}
    facts = {
        "title": attributes["title"],
        "statistic": STATISTIC,
        "status": " ".join(product.limit_status.attrs["long_name"].split()),
        CL: _numbers(product.cl.values),
        DOF: _numbers(product.dof.values),
    }
    for name in ("comment", "nusterile_version", "config_hash", "references", "license"):
        facts[name] = attributes.get(name, "")
    return {name: text for name, text in facts.items() if text}


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:g}" for value in values)
