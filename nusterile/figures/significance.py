"""Figure ``significance``: the preference for a moment at each mass, and what it is worth."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nusterile.figures.captions import TOY_SENTENCES
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    FLAVOR_LINES,
    FLAVOR_NAMES,
    FLAVOR_SYMBOLS,
    MASS_LABEL,
    literal,
    mass_axis,
    panel_letters,
    panels,
)
from nusterile.files.listing import Listing
from nusterile.results import Results
from nusterile.vocabulary import (
    FLAVOR,
    M_4,
    MEV,
    N_TOYS,
    P_GLOBAL,
    P_GLOBAL_HIGH,
    P_LOCAL,
    P_UPCROSSINGS,
    Q0,
    SELECTION,
    SIGNIFICANCE_CONTENT,
    Z_GLOBAL,
)

__all__ = ["draw"]

_HEIGHT = {"single": 5.5, "double": 7.0}


def draw(
    results: Results,
    *,
    width: str = "single",
    selection: str | None = None,
) -> Drawing:
    """Draw q₀ against the mass, one line a flavour.

    Parameters
    ----------
    results : Results
        A product of the kind ``significance``.
    width : {'single', 'double'}
        Print width.
    selection : str, optional
        Selection.

    Returns
    -------
    Drawing
        Data columns: selection, flavor, m_4, q0.
    """
    product = results.toys(SIGNIFICANCE_CONTENT)
    selection = selection or results.main_selection
    results.require(selection=selection)
    part = product.sel(selection=selection)
    figure, axes = panels(width, 1, 1, _HEIGHT.get(width, 0.0))
    ax = axes[0, 0]
    masses = part.m_4.values
    for flavor in map(str, part.flavor.values):
        one = part.sel(flavor=flavor)
        p = _p(float(one[P_GLOBAL]), float(one[P_GLOBAL_HIGH]))
        ax.plot(
            masses,
            one[Q0].values,
            label=f"{FLAVOR_SYMBOLS[flavor]}: global $p$ {p}",
            **FLAVOR_LINES[flavor].drawn,
        )
    ax.set(xlabel=MASS_LABEL, ylabel="$q_0$")
    mass_axis(ax, masses)
    ax.set_ylim(0, 1.35 * max(float(part[Q0].max()), 1.0))
    ax.legend(loc="upper left")
    label = results.label(selection)
    panel_letters([ax], [literal(label)])
    words = "; ".join(_words(part.sel(flavor=flavor), str(flavor)) for flavor in part.flavor.values)
    caption = (
        f"Preference of {label} for a transition magnetic moment at each sterile mass: q₀ is χ² "
        f"without one above its minimum over μ. {words}. Of "
        f"{int(np.min(part[N_TOYS].values)):,} toys without a signal; the estimate of Gross and "
        "Vitells is an upper bound. " + TOY_SENTENCES
    )
    rows = [
        (selection, str(flavor), float(mass), float(value))
        for flavor in part.flavor.values
        for mass, value in zip(masses, part[Q0].sel(flavor=flavor).values, strict=True)
    ]
    listing = Listing.of([SELECTION, FLAVOR, M_4, Q0], rows, {M_4: MEV})
    return Drawing("significance", figure, caption, listing, results.origin)


def _p(p: float, high: float) -> str:
    """A p-value as it is known: none of the toys came so far, or some did."""
    return f"= {p:.2g}" if p > 0 else f"< {high:.2g}"


def _words(one: xr.Dataset, flavor: str) -> str:
    best = int(one[Q0].argmax(M_4))
    p = _p(float(one[P_GLOBAL]), float(one[P_GLOBAL_HIGH]))
    return (
        f"{FLAVOR_NAMES[flavor]}: largest at m_4 = {float(one.m_4[best]):.3g} MeV, q₀ = "
        f"{float(one[Q0][best]):.2f}, local p = {float(one[P_LOCAL]):.2g}, global p {p} "
        f"({float(one[Z_GLOBAL]):.1f}σ), by up-crossings {float(one[P_UPCROSSINGS]):.2g}"
    )
