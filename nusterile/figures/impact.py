"""Figure ``impact``: what an upper limit depends on, the largest change on top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import NullLocator

from nusterile.arguments import masses_of, single
from nusterile.errors import InputError
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    BLUE,
    FLAVOR_NAMES,
    FLAVOR_TITLES,
    GREY,
    VERMILION,
    Margins,
    literal,
    panels,
    written,
)
from nusterile.model.impact import AS_CONFIGURED
from nusterile.product.rows import impact_listing
from nusterile.results import Results
from nusterile.vocabulary import CHANGE, M_4, RATIO, SUBJECT

__all__ = ["draw"]

#: Subjects that are drawn, and the height of each, cm.
_MOST, _ROW = 14, {"single": 0.98, "double": 0.66}
#: Steps in which the axis is widened at most, and pixels between words and frame.
_MOST_STEPS, _GAP = 60, 4.0
#: White space for the names of the subjects and for the changes beside the bars.
_NAMES = {"single": 0.4, "double": 6.4}


def draw(
    results: Results,
    *,
    width: str = "double",
    selection: str | None = None,
    flavor: str | None = None,
    m_4: Sequence[float] | None = None,
    cl: float | None = None,
) -> Drawing:
    """Draw how a limit changes with one thing changed at a time.

    Parameters
    ----------
    results : Results
        An analysis, or a product, whose configuration is taken.
    width : {'single', 'double'}
        Print width.
    selection, flavor : str, optional
        Which limit.
    m_4 : sequence of float, optional
        One sterile mass, MeV; 0 by default.
    cl : float, optional
        Confidence level; 0.9 by default.

    Returns
    -------
    Drawing
        Data columns: subject, change, limit, ratio, status.

    Raises
    ------
    InputError
        If there is no limit as configured, which changes could be compared with.
    """
    mass = 0.0 if m_4 is None else single(M_4, masses_of(m_4))
    level = 0.9 if cl is None else cl
    found = results.analysis.impact(selection, flavor, mass, level)
    if not np.isfinite(found.limit[0]):
        raise InputError(
            f"there is no limit at m_4 = {mass:g} MeV ({found.limit_status[0].item()}), so that "
            "nothing can change it; choose another mass"
        )
    rows = _rows(found)
    figure, axes = panels(
        width,
        1,
        1,
        _ROW.get(width, 0.0) * max(len(rows), 3) + 0.8,
        margins=Margins(left=_NAMES.get(width, 0.0), right=0.4, bottom=1.1, top=0.75),
    )
    ax = axes[0, 0]
    _plot(ax, rows, names_above=width == "single")
    name, moment = str(found.selection.item()), str(found.flavor.item())
    label = results.label(name)
    ax.set_title(
        f"{literal(label)}, {FLAVOR_TITLES[moment]}, $m_4 = {mass:g}$ MeV",
        loc="left",
        fontsize="medium",
    )
    caption = (
        f"Upper limit of {label} on the transition magnetic moment, {FLAVOR_NAMES[moment]}, at "
        f"m₄ = {written(mass)} MeV, {100 * level:g} % CL and one degree of freedom "
        f"({written(float(found.limit[0]))} μ_B as configured), with one thing changed at a time, "
        "in per cent. The largest changes are drawn, those with the largest effect on top; the "
        "table holds all."
    )
    return Drawing("impact", figure, caption, impact_listing(found), results.origin)


def _rows(found: xr.Dataset) -> dict[str, list[tuple[str, float]]]:
    """Changes of each subject, in words, and by how much (%); the largest subjects first."""
    rows: dict[str, list[tuple[str, float]]] = {}
    for subject, change, ratio in zip(
        found[SUBJECT].values, found[CHANGE].values, found[RATIO].values, strict=True
    ):
        if subject != AS_CONFIGURED and np.isfinite(ratio):
            rows.setdefault(str(subject), []).append((str(change), 100 * (float(ratio) - 1)))
    return dict(list(rows.items())[:_MOST])


def _plot(ax: Axes, rows: dict[str, list[tuple[str, float]]], *, names_above: bool) -> None:
    """Draw the bars, with the subjects' names left of the frame or above each bar."""
    ax.axvline(0, color=GREY, linewidth=0.8)
    words: list[Annotation] = []
    thick = 0.4 if names_above else 0.62
    for place, (subject, changes) in enumerate(rows.items()):
        for sign, color in ((-1, BLUE), (1, VERMILION)):
            side = [change for change in changes if np.sign(change[1] or 1) == sign]
            side.sort(key=lambda change: -abs(change[1]))
            # The longest bar lies behind the others of its side.
            for depth, (_, value) in enumerate(side):
                ax.barh(
                    place,
                    value,
                    height=thick * (1 - 0.33 * depth),
                    color=color,
                    alpha=1.0 if depth else 0.55,
                    linewidth=0,
                    gid=subject,
                )
            if side:
                words.append(
                    ax.annotate(
                        "\n".join(f"{literal(c)}: {_signed(value)}" for c, value in side),
                        (side[0][1], place),
                        xytext=(3 * sign, 0),
                        textcoords="offset points",
                        ha="left" if sign > 0 else "right",
                        va="center",
                        fontsize=6.2,
                        linespacing=0.95,
                    )
                )
    ax.set_ylim(len(rows) - 0.5, -0.9 if names_above else -0.5)
    if names_above:
        ax.set_yticks([])
        for place, subject in enumerate(rows):
            ax.text(
                0.015,
                place - 0.28,
                literal(subject),
                transform=ax.get_yaxis_transform(),
                va="bottom",
                fontsize=7.0,
                bbox={"facecolor": "white", "linewidth": 0, "pad": 0.4},
            )
    else:
        ax.set_yticks(range(len(rows)), [literal(subject) for subject in rows])
    ax.tick_params(axis="y", length=0, which="both", labelsize=7.5)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("Change of the upper limit [%]")
    sizes = [value for changes in rows.values() for _, value in changes]
    _make_room(ax, words, min([-0.1, *sizes]), max([0.1, *sizes]))


def _make_room(ax: Axes, words: list[Annotation], low: float, high: float) -> None:
    """Widen the axis until the words beside the bars stand inside it."""
    step = 0.1 * (high - low)
    for _ in range(_MOST_STEPS):
        ax.set_xlim(low, high)
        room = ax.get_window_extent()
        boxes = [word.get_window_extent() for word in words]
        left = any(box.x0 < room.x0 + _GAP for box in boxes)
        right = any(box.x1 > room.x1 - _GAP for box in boxes)
        if not left and not right:
            return
        low, high = low - step * left, high + step * right


def _signed(value: float) -> str:
    """Per cent with a sign, but for nothing at all."""
    text = f"{value:+.1f}".replace("-", "−")
    return "0.0" if text[1:] == "0.0" else text
