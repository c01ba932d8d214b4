"""Figure ``unified``: intervals of Feldman and Cousins, and the critical Δχ² of toys."""

from __future__ import annotations

import numpy as np

from nusterile.figures.captions import TOY_SENTENCES
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    BLACK,
    BLUE,
    DASHED,
    FLAVOR_NAMES,
    FLAVOR_TITLES,
    GREY,
    MASS_LABEL,
    MASS_LINES,
    MOMENT_LABEL,
    Margins,
    literal,
    number,
    panel_letters,
    panels,
)
from nusterile.product.toy_rows import toy_listing
from nusterile.results import Results
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import (
    CL,
    CRITICAL,
    CRITICAL_HIGH,
    CRITICAL_LOW,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    LIMIT,
    N_TOYS,
    UNIFIED_CONTENT,
)

__all__ = ["draw"]

_HEIGHT = {"single": 5.5, "double": 6.5}
_ZERO = 0.6


def draw(
    results: Results,
    *,
    width: str = "double",
    flavor: str | None = None,
    selection: str | None = None,
    cl: float | None = None,
    dof: int | None = None,
) -> Drawing:
    """Draw unified intervals against the mass, and the critical Δχ² against the moment.

    Parameters
    ----------
    results : Results
        A product of the kind ``unified``.
    width : {'single', 'double'}
        Print width.
    flavor, selection : str, optional
        Flavour and selection.
    cl : float, optional
        Confidence level; the lowest of the product by default.
    dof : {1, 2}, optional
        Degrees of freedom; the first of the product by default.

    Returns
    -------
    Drawing
        Data columns: selection, flavor, m_4, mu, cl, dof, critical_delta_chi2, low, high.
    """
    product = results.toys(UNIFIED_CONTENT)
    flavor, selection = flavor or results.main_flavor, selection or results.main_selection
    results.require(flavor=flavor, selection=selection)
    degree = results.chosen_degrees(dof)[0]
    part = product.sel(flavor=[flavor], selection=[selection], dof=[degree])
    part = part.isel(cl=[results.stored_level(cl)])
    level, masses = float(part[CL].values[0]), part.m_4.values
    wilks = results.analysis.limits(selection, flavor, masses, level, degree)
    figure, grid = panels(
        width,
        1 if width == "double" else 2,
        2 if width == "double" else 1,
        _HEIGHT.get(width, 0.0),
        margins=Margins(left=2.0, between_columns=1.5, between_rows=1.6),
        sharex=False,
        sharey=False,
    )
    left, right = grid.ravel()
    low = part[INTERVAL_LOW].values.ravel()
    high = part[INTERVAL_HIGH].values.ravel()
    bottom = 0.3 * np.nanmin([*high, *wilks[LIMIT].values.ravel()])
    for mass, one, other in zip(masses, low, high, strict=True):
        left.plot([mass, mass], [max(one, bottom), other], color=BLUE, linewidth=2.2)
    left.plot(masses, high, "_", color=BLUE, markersize=9, label="unified")
    left.plot(masses, np.where(low > 0, low, np.nan), "_", color=BLUE, markersize=9)
    left.plot(
        masses, wilks[LIMIT].values.ravel(), "x", color=BLACK, markersize=5, label="Δχ² of Wilks"
    )
    smallest = masses[masses > 0][0] if np.any(masses > 0) else 1.0
    left.set_xscale("symlog", linthresh=smallest, linscale=0.4)
    left.set(yscale="log", xlabel=MASS_LABEL, ylabel=MOMENT_LABEL)
    left.set_ylim(bottom=bottom)
    left.legend(loc="upper left")
    moments = part.mu.values.copy()
    zero = moments[0] == 0 and moments.size > 1
    if zero:
        moments[0] = _ZERO * moments[1]
    for index, mass in enumerate(masses):
        one = part.isel(selection=0, flavor=0, m_4=index, cl=0, dof=0)
        line = MASS_LINES[index % len(MASS_LINES)]
        right.plot(moments, one[CRITICAL].values, label=f"{number(float(mass))} MeV", **line.drawn)
        right.fill_between(
            moments,
            one[CRITICAL_LOW].values,
            one[CRITICAL_HIGH].values,
            color=line.color,
            alpha=0.2,
            linewidth=0,
        )
    right.axhline(float(threshold(level, degree)), color=GREY, linewidth=0.7, linestyle=DASHED)
    right.set(xscale="log", xlabel=MOMENT_LABEL, ylabel=r"Critical $\Delta\chi^2$", ylim=(0, None))
    right.legend(title="$m_4$", loc="lower right", ncols=2)
    label = results.label(selection)
    panel_letters(
        [left, right],
        [
            f"{literal(label)}, {FLAVOR_TITLES[flavor]}",
            f"{100 * level:g} % CL, {degree} dof",
        ],
    )
    caption = (
        f"(a) Unified intervals of {label} on the transition magnetic moment μ, "
        f"{FLAVOR_NAMES[flavor]}, {100 * level:g} % CL, {degree} degree"
        f"{'s' if degree > 1 else ''} of freedom, at single masses, and (crosses) the upper limits "
        "with the threshold of Wilks; intervals that reach the frame hold μ = 0. (b) Δχ² that "
        f"{100 * level:g} % of {int(part[N_TOYS].values.min()):,} toys at each moment stay below, "
        "with the error by their number; grey: the threshold of Wilks."
        + (" The leftmost point is μ = 0. " if zero else " ")
        + TOY_SENTENCES
    )
    return Drawing("unified", figure, caption, toy_listing(part, critical=True), results.origin)
