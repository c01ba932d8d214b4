"""Figure ``coverage``: how often limits and intervals hold the truth."""

from __future__ import annotations

import numpy as np

from nusterile.figures.captions import TOY_SENTENCES
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    FLAVOR_NAMES,
    FLAVOR_TITLES,
    GREY,
    MASS_LINES,
    MOMENT_LABEL,
    literal,
    number,
    panel_letters,
    panels,
)
from nusterile.product.toy_rows import toy_listing
from nusterile.results import Results
from nusterile.vocabulary import (
    CL,
    COVERAGE,
    COVERAGE_CONTENT,
    COVERAGE_HIGH,
    COVERAGE_LOW,
    N_TOYS,
    STATEMENTS,
)

__all__ = ["draw"]

_HEIGHT = {"single": 5.0, "double": 6.5}
_TITLES = {"upper_limit": "Upper limit", "interval": "Interval"}
#: Where μ = 0 is put on a logarithmic axis: so far below the smallest other moment.
_ZERO = 0.6


def draw(
    results: Results,
    *,
    width: str = "double",
    flavor: str | None = None,
    selection: str | None = None,
    cl: float | None = None,
) -> Drawing:
    """Draw the coverage against the true moment, one line a mass.

    Parameters
    ----------
    results : Results
        A product of the kind ``coverage``.
    width : {'single', 'double'}
        Print width.
    flavor, selection : str, optional
        Flavour and selection.
    cl : float, optional
        Confidence level; the lowest of the product by default.

    Returns
    -------
    Drawing
        Data columns: selection, flavor, m_4, mu, cl, statement, coverage, coverage_low,
        coverage_high.
    """
    product = results.toys(COVERAGE_CONTENT)
    flavor, selection = flavor or results.main_flavor, selection or results.main_selection
    results.require(flavor=flavor, selection=selection)
    part = product.sel(flavor=[flavor], selection=[selection])
    part = part.isel(cl=[results.stored_level(cl)])
    level = float(part[CL].values[0])
    statements = [name for name in STATEMENTS if name in part.statement.values]
    columns = len(statements) if width == "double" else 1
    figure, grid = panels(width, len(statements) // columns, columns, _HEIGHT.get(width, 0.0))
    axes = list(grid.ravel())
    moments = part.mu.values.copy()
    zero = moments[0] == 0
    if zero and moments.size > 1:
        moments[0] = _ZERO * moments[1]
    for ax, statement in zip(axes, statements, strict=True):
        chosen = part.sel(statement=statement).isel(selection=0, flavor=0, cl=0)
        for index, mass in enumerate(chosen.m_4.values):
            one = chosen.isel(m_4=index)
            line = MASS_LINES[index % len(MASS_LINES)]
            share = one[COVERAGE].values
            errors = np.abs(np.stack([one[COVERAGE_LOW].values, one[COVERAGE_HIGH].values]) - share)
            ax.errorbar(
                moments,
                share,
                yerr=errors,
                marker="o",
                markersize=2.5,
                elinewidth=0.8,
                label=f"{number(float(mass))} MeV",
                **line.drawn,
            )
        ax.axhline(level, color=GREY, linewidth=0.7, linestyle=(0, (3, 1.5)))
        ax.set(xscale="log" if moments.size > 1 else "linear", xlabel=f"True {MOMENT_LABEL}")
        ax.set_ylabel("Coverage")
        ax.label_outer()
        ax.set_ylim(min(level - 0.06, float(part[COVERAGE].min()) - 0.01), 1.005)
    label = results.label(selection)
    axes[0].legend(
        title=f"{literal(label)}, {FLAVOR_TITLES[flavor]}, $m_4$", loc="lower left", ncols=2
    )
    panel_letters(axes, [f"{_TITLES[each]}, {100 * level:g} % CL" for each in statements])
    caption = (
        f"Share of toys in which what {label} would say holds of the true moment, "
        f"{FLAVOR_NAMES[flavor]}: that it lies below the upper limit, and that Δχ² there is not "
        f"above the two-sided threshold of {100 * level:g} % (grey dashes), one degree of freedom; "
        f"{int(part[N_TOYS].values.min()):,} toys a point, errors by their number."
        + (" The first point is μ = 0, put beside the others. " if zero else " ")
        + TOY_SENTENCES
    )
    return Drawing("coverage", figure, caption, toy_listing(part), results.origin)
