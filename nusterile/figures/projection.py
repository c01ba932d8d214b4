"""Figure ``projection``: the limit that an experiment expects against its exposure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from nusterile.arguments import single
from nusterile.arrays import Floats
from nusterile.figures.drawing import Drawing
from nusterile.figures.placement import Label, place_labels
from nusterile.figures.style import (
    FLAVOR_NAMES,
    FLAVOR_TITLES,
    GREY,
    MASS_LINES,
    MOMENT_LABEL,
    darker,
    literal,
    number,
    panel_letters,
    panels,
    written,
)
from nusterile.product.rows import projection_listing
from nusterile.results import Results
from nusterile.vocabulary import CL, EXPECTED, EXPERIMENT, EXPOSURE, FLAVOR, TONNE_YEARS

__all__ = ["draw"]

_HEIGHT = {"single": 7.0, "double": 9.0}
_LABEL_SIZE = 7.5
#: Powers of the exposure t with which limits fall: with background, and without any.
_POWERS = {r"$t^{-1/4}$": -0.25, r"$t^{-1/2}$": -0.5}
#: Where these guides begin below the lowest curve, and how far they go, in decades.
_BELOW, _DECADES = 0.55, 1.0
#: White space above the highest curve and below all that is drawn, as factors.
_ABOVE, _BENEATH = 2.0, 0.75


def draw(
    results: Results,
    *,
    width: str = "single",
    experiment: str | None = None,
    flavor: str | None = None,
    m_4: Sequence[float] | None = None,
    cl: float | None = None,
) -> Drawing:
    """Draw expected limits against the exposure, one line a mass.

    Parameters
    ----------
    results : Results
        A projection as a product, or an analysis; of any other product, its configuration.
    width : {'single', 'double'}
        Print width.
    experiment : str, optional
        Experiment, see `Analysis.projection`.
    flavor : str, optional
        Flavour.
    m_4 : sequence of float, optional
        Masses, MeV; of a product, the nearest that it holds.
    cl : float, optional
        Confidence level; 0.9 or the lowest of a product.

    Returns
    -------
    Drawing
        Data columns: experiment, flavor, m_4, cl, exposure, limit, status, kind.
    """
    flavor = flavor or results.main_flavor
    results.require(flavor=flavor)
    projection = results.projection(experiment, flavor, m_4, cl)
    level = single(CL, projection.cl.values)
    curves = projection.limit.squeeze([EXPERIMENT, FLAVOR, CL], drop=True)
    figure, axes = panels(width, 1, 1, _HEIGHT.get(width, 0.0))
    ax = axes[0, 0]
    exposures = projection.exposure.values
    ax.set(xscale="log", yscale="log", xlim=(exposures[0], exposures[-1]))
    ax.set(xlabel=f"Exposure $t$ [{TONNE_YEARS}]", ylabel=MOMENT_LABEL)
    labels = []
    for index, (mass, limit) in enumerate(zip(curves.m_4.values, curves.values, strict=True)):
        line = MASS_LINES[index % len(MASS_LINES)]
        ax.plot(exposures, limit, gid=f"m_4={mass:g}", **line.drawn)
        points = np.stack([exposures, limit], axis=1)
        labels.append(Label(f"$m_4 = {number(float(mass))}$ MeV", darker(line.color), points))
    guides = _guides(ax, exposures, curves.values)
    labels += [Label(text, GREY, ends[-1:], beside=True) for text, ends in guides.items()]
    nominal = results.analysis.projected_exposure(str(projection.experiment.item()))
    inside = exposures[0] < nominal < exposures[-1]
    if inside:
        ends = np.array([[nominal, nominal], ax.get_ylim()]).T
        ax.plot(*ends.T, color=GREY, linewidth=0.6, linestyle=(0, (1, 1.5)), gid=EXPOSURE)
        labels.append(Label(f"{nominal:g} {TONNE_YEARS}", GREY, ends))
    place_labels(ax, labels, list(guides.values()), _LABEL_SIZE)
    label = results.experiment_label(str(projection.experiment.item()))
    title = f"{literal(label)}, {FLAVOR_TITLES[flavor]}, {EXPECTED}, {100 * level:g} % CL"
    panel_letters([ax], [title])
    caption = _caption(projection, label, flavor, level, nominal if inside else None)
    # that of the one experiment, which may be none of the configuration at hand
    origin = (f"configuration: sha256 {projection.attrs['config_hash']}",)
    return Drawing("projection", figure, caption, projection_listing(projection), origin)


def _guides(ax: Axes, exposures: Floats, limits: Floats) -> dict[str, Floats]:
    """Draw what the limit would do with and without background, and set the range of moments."""
    found = limits[np.isfinite(limits)]
    low, high = (found.min(), found.max()) if found.size else (1e-12, 1e-11)
    first = limits[:, 0][np.isfinite(limits[:, 0])]
    start = _BELOW * (first.min() if first.size else low)
    reach = np.geomspace(exposures[0], min(exposures[0] * 10**_DECADES, exposures[-1]), 30)
    reach *= (exposures[-1] / exposures[0]) ** 0.04
    guides = {text: start * (reach / reach[0]) ** power for text, power in _POWERS.items()}
    for text, values in guides.items():
        ax.plot(reach, values, color=GREY, linewidth=0.7, linestyle=(0, (3, 1.5)), gid=text)
    lowest = min(low, *(values.min() for values in guides.values()))
    ax.set_ylim(_BENEATH * lowest, _ABOVE * high)
    return {text: np.stack([reach, values], axis=1) for text, values in guides.items()}


def _caption(
    projection: xr.Dataset, label: str, flavor: str, level: float, nominal: float | None
) -> str:
    masses = ", ".join(written(float(mass)) for mass in projection.m_4.values)
    at = "" if nominal is None else f" Dotted: the exposure described, {nominal:g} {TONNE_YEARS}."
    return (
        f"Expected upper limits of {label} on the transition magnetic moment μ, "
        f"{FLAVOR_NAMES[flavor]}, against the exposure t at {100 * level:g} % CL, one degree of "
        f"freedom, for m_4 = {masses} MeV: Asimov limits, from counts as expected without a "
        "signal. Solar neutrinos and backgrounds grow with the exposure, the widths of their "
        "constraints stay. Dashed guides: μ falls as t^(-1/2) without background, as t^(-1/4) "
        f"where the fluctuations of a background limit it, and less where its constraints do.{at}"
    )
