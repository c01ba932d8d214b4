"""Figure ``bands``: limits expected without a signal, median and bands, and the observed one."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nusterile.figures.captions import TOY_SENTENCES
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    BLACK,
    DASHED,
    FLAVOR_NAMES,
    FLAVOR_TITLES,
    MASS_LABEL,
    MOMENT_LABEL,
    SKY,
    YELLOW,
    literal,
    mass_axis,
    panel_letters,
    panels,
)
from nusterile.product.toy_rows import toy_listing
from nusterile.results import Results
from nusterile.vocabulary import (
    CL,
    EXPECTED_CONTENT,
    EXPECTED_HIGH,
    EXPECTED_LIMIT,
    EXPECTED_LOW,
    LIMIT,
    N_TOYS,
    QUANTILE,
    QUANTILES,
)

__all__ = ["draw"]

_HEIGHT = {"single": 6.5, "double": 8.5}
#: Of the moments shown, highest over lowest.
_LEAST_SPAN = 20.0
_MEDIAN = QUANTILES.index(0.5)


def draw(
    results: Results,
    *,
    width: str = "single",
    flavor: str | None = None,
    selection: str | None = None,
    cl: float | None = None,
) -> Drawing:
    """Draw quantiles of the limits of toys without a signal, and the limit of the data.

    Parameters
    ----------
    results : Results
        A product of the kind ``expected``.
    width : {'single', 'double'}
        Print width.
    flavor, selection : str, optional
        Flavour and selection.
    cl : float, optional
        Confidence level; the lowest of the product by default.

    Returns
    -------
    Drawing
        Data columns: selection, flavor, m_4, cl, quantile, limit, limit_low, limit_high.
    """
    product = results.toys(EXPECTED_CONTENT)
    flavor, selection = flavor or results.main_flavor, selection or results.main_selection
    results.require(flavor=flavor, selection=selection)
    level = results.stored_level(cl)
    part = product.sel(flavor=[flavor], selection=[selection]).isel(cl=[level])
    bands = part[EXPECTED_LIMIT].squeeze(drop=True).values.reshape(-1, len(QUANTILES))
    masses, found = part.m_4.values, float(part[CL].values[0])
    observed = results.analysis.limits(selection, flavor, masses, found, 1)[LIMIT].values.ravel()
    figure, axes = panels(width, 1, 1, _HEIGHT.get(width, 0.0))
    ax = axes[0, 0]
    positive = masses > 0
    shown, bands = masses[positive], bands[positive]
    for low, high, color, name in ((0, 4, YELLOW, "2σ"), (1, 3, SKY, "1σ")):
        ax.fill_between(
            shown,
            bands[:, low],
            bands[:, high],
            color=color,
            linewidth=0,
            label=f"expected, {name}",
        )
    ax.plot(shown, bands[:, _MEDIAN], color=BLACK, linestyle=DASHED, label="expected, median")
    ax.plot(shown, observed[positive], color=BLACK, linewidth=1.6, label="observed")
    ax.set(yscale="log", xlabel=MASS_LABEL, ylabel=MOMENT_LABEL)
    mass_axis(ax, masses)
    # More than a decade, so that powers of ten are labels enough.
    low, high = ax.get_ylim()
    ax.set_ylim(low, max(high, _LEAST_SPAN * low))
    ax.legend(loc="upper left", reverse=True)
    label = results.label(selection)
    panel_letters([ax], [f"{literal(label)}, {FLAVOR_TITLES[flavor]}, {100 * found:g} % CL"])
    caption = (
        f"Upper limits of {label} on the transition magnetic moment μ, {FLAVOR_NAMES[flavor]}, at "
        f"{100 * found:g} % CL, one degree of freedom. Dashed: median of "
        f"{int(part[N_TOYS].values.min()):,} toys without a signal, {_error(part)}; "
        "blue and yellow: 68 and 95 % of them. Line: the data. " + TOY_SENTENCES
    )
    return Drawing("bands", figure, caption, toy_listing(part), results.origin)


def _error(part: xr.Dataset) -> str:
    """How well the median is known, in words."""
    half = (part[EXPECTED_HIGH] - part[EXPECTED_LOW]) / 2 / part[EXPECTED_LIMIT]
    worst = float(np.nanmax(half.isel({QUANTILE: _MEDIAN}).values, initial=0.0))
    return f"known to {100 * worst:.2g} %"
