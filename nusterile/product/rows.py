"""The limits of a product or an analysis as rows, one a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

import numpy as np
import xarray as xr

from nusterile.files.listing import Cell, Listing
from nusterile.product.labels import expected_only_of
from nusterile.vocabulary import (
    ATTRIBUTES,
    CHANGE,
    EXPECTED,
    EXPECTED_LIMIT,
    KIND,
    LIMIT,
    LIMIT_AXES,
    LIMIT_LOW,
    LIMIT_STATUS,
    OBSERVED,
    PROJECTION_AXES,
    PURE_NUMBER,
    RATIO,
    SELECTION,
    SUBJECT,
    unit_word,
)

__all__ = [
    "STATUS",
    "impact_listing",
    "kind_of",
    "kinds_of",
    "limit_listing",
    "projection_listing",
]

#: Column of the status beside a limit.
STATUS = "status"
#: Columns that have shorter names than their variables.
_COLUMNS = {LIMIT_STATUS: STATUS, EXPECTED_LIMIT: EXPECTED}


def kinds_of(limits: xr.Dataset) -> dict[str, str]:
    """Return whether limits are ``observed`` or ``expected``, by selection.

    Limits of a selection without data are always expected; silent ones are observed.
    """
    kind = EXPECTED if limits[LIMIT].attrs.get(KIND) == EXPECTED else OBSERVED
    without_data = expected_only_of(limits, SELECTION)
    names = map(str, np.atleast_1d(limits[SELECTION].values))
    return {name: EXPECTED if name in without_data else kind for name in names}


def kind_of(limits: xr.Dataset) -> str:
    """Return ``expected`` where all limits are, ``observed`` otherwise."""
    return EXPECTED if set(kinds_of(limits).values()) == {EXPECTED} else OBSERVED


def projection_listing(projection: xr.Dataset) -> Listing:
    """Write the limits of a projection as rows.

    Parameters
    ----------
    projection : Dataset
        As `Analysis.projection` gives it.

    Returns
    -------
    Listing
        Columns: experiment, flavor, m_4, cl, exposure, limit, status and kind, which is
        ``expected``; the exposure runs fastest.
    """
    return _listing(projection, PROJECTION_AXES, [LIMIT, LIMIT_STATUS], lambda _: EXPECTED)


def impact_listing(found: xr.Dataset) -> Listing:
    """Write what a limit depends on as rows, the largest change first.

    Parameters
    ----------
    found : Dataset
        As `Analysis.impact` gives it.

    Returns
    -------
    Listing
        Columns: subject, change, limit, ratio (to the limit as configured, which comes first) and
        status.
    """
    rows = zip(
        *(found[name].values.tolist() for name in (SUBJECT, CHANGE, LIMIT, RATIO, LIMIT_STATUS)),
        strict=True,
    )
    unit = unit_word(ATTRIBUTES[LIMIT]["units"])
    return Listing.of([SUBJECT, CHANGE, LIMIT, RATIO, STATUS], rows, {LIMIT: unit})


def limit_listing(limits: xr.Dataset, more: Iterable[str] = ()) -> Listing:
    """Write limits as rows.

    Parameters
    ----------
    limits : Dataset
        ``limit`` and ``limit_status`` with (selection, flavor, m_4, cl, dof), any of them a
        scalar coordinate.
    more : iterable of str
        Further variables of the dataset; values are repeated along the axes they have not.

    Returns
    -------
    Listing
        Columns: selection, flavor, m_4, cl, dof, limit, status, the further ones, kind
        (``observed`` or ``expected``) and, of a dataset that holds them, limit_low and expected
        (the Asimov limit); the later an axis, the faster it runs.

    Examples
    --------
    >>> from nusterile.analysis import Analysis
    >>> limits = Analysis().limits("xenonnt_sr0", "effective", m_4=0.1, cl=0.9, dof=1)
    >>> limit_listing(limits).column("status")
    ['ok']
    """
    kinds, place = kinds_of(limits), LIMIT_AXES.index(SELECTION)
    if kind_of(limits) == EXPECTED:
        limits = limits.assign({EXPECTED_LIMIT: limits[LIMIT]})
    behind = [name for name in (LIMIT_LOW, EXPECTED_LIMIT) if name in limits]
    return _listing(
        limits,
        LIMIT_AXES,
        [LIMIT, LIMIT_STATUS, *more],
        lambda point: kinds[str(point[place])],
        behind,
    )


def _listing(
    limits: xr.Dataset,
    axes: tuple[str, ...],
    front: list[str],
    kind_at: Callable[[tuple[Cell, ...]], str],
    behind: Sequence[str] = (),
) -> Listing:
    """Variables as rows under the axes, before and behind the kind that each point has."""
    names = [*front, *behind]
    scalars = [name for name in axes if name not in limits.dims]
    (full,) = xr.broadcast(limits[names].expand_dims(scalars).transpose(*axes, ...))
    points = product(*(full[name].values.tolist() for name in axes))
    values = (full[name].transpose(*axes).values.ravel().tolist() for name in names)
    units = {
        _COLUMNS.get(name, name): unit_word(ATTRIBUTES[name]["units"]) for name in (*axes, *names)
    }
    before, after = ([_COLUMNS.get(name, name) for name in part] for part in (front, behind))
    split = len(front)
    return Listing.of(
        [*axes, *before, KIND, *after],
        [
            (*point, *row[:split], kind_at(point), *row[split:])
            for point, *row in zip(points, *values, strict=True)
        ],
        {name: unit for name, unit in units.items() if unit != PURE_NUMBER},
    )
