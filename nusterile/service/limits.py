"""Limits of a product as rows, as the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nusterile.arguments import chosen_names, levels_of
from nusterile.files.listing import Listing
from nusterile.product.rows import limit_listing
from nusterile.results import Results
from nusterile.vocabulary import CL, FLAVOR, SELECTION

__all__ = ["limit_rows"]

#: What the command line takes where nothing is named.
_LEVELS = (0.9,)
_DEGREES = (1,)


def limit_rows(
    limits: xr.Dataset,
    selection: Sequence[str] = (),
    flavor: Sequence[str] = (),
    m_4: Sequence[float] = (),
    cl: Sequence[float] = (),
    dof: Sequence[int] = (),
) -> Listing:
    """Return stored limits as rows.

    Parameters
    ----------
    limits : Dataset
        A product, or its limits.
    selection, flavor : sequence of str
        Names; all by default.
    m_4 : sequence of float
        Masses, MeV, of which the nearest of the grid are taken; all of it by default.
    cl, dof : sequence of float and of int
        Stored levels and degrees of freedom; 0.9 and 1 by default.

    Raises
    ------
    InputError
        If a name is unknown, or a mass, a level or a number of degrees is not stored.
    """
    results = Results(limits)
    selections = chosen_names(SELECTION, dict.fromkeys(selection) or None, results.selections)
    flavors = chosen_names(FLAVOR, dict.fromkeys(flavor) or None, results.flavors)
    masses = m_4 or limits.m_4.values
    levels = np.unique(levels_of(list(cl or _LEVELS)))
    found = xr.concat(
        [results.limits_at(masses, float(level), list(dof or _DEGREES)) for level in levels],
        CL,
        coords="minimal",
        compat="override",
        join="exact",
        combine_attrs="override",
    )
    return limit_listing(found.sel(selection=list(selections), flavor=list(flavors)))
