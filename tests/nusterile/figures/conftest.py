"""A small product for figures, the lines of an axes by their names, and every drawn text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import nusterile.accessor  # noqa: F401 - ds.nusterile
from nusterile.analysis import Analysis
from nusterile.exports import limits_product
from nusterile.figures import draw
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import styled
from nusterile.model.configuration import Configuration
from nusterile.results import Results

GRIDS = {
    "m_4": {"low": 1e-3, "high": 4.0, "points": 31},
    "mu": {"low": 1e-12, "high": 1e-6, "points": 61},
}


@pytest.fixture(scope="session")
def coarse_product() -> xr.Dataset:
    """The default analysis on coarse grids."""
    return Analysis(Configuration.from_values({"grids": GRIDS})).build()


@pytest.fixture(scope="session")
def results(coarse_product: xr.Dataset) -> Results:
    """The coarse product as the results of a figure."""
    return Results(coarse_product)


@pytest.fixture(scope="session")
def gappy() -> Results:
    """The candidate events of PandaX-4T, with masses that have no limit for two degrees."""
    names = ["xenonnt_sr0", "pandax4t_run0", "pandax4t_run1_wimp"]
    return Results(
        Analysis(Configuration.from_values({"experiments": names, "grids": GRIDS})).build()
    )


@pytest.fixture(scope="session")
def limits_source(coarse_product: xr.Dataset) -> Results:
    """A product that holds limits only."""
    return Results(limits_product(coarse_product))


@pytest.fixture(scope="session")
def computed() -> Results:
    """The default analysis without a product."""
    return Results(Analysis())


@pytest.fixture(scope="session")
def drawn(results: Results) -> Callable[..., Drawing]:
    """Draw a figure of the coarse product; the same one once only."""

    kept: dict[object, Drawing] = {}

    def of(name: str, **options: object) -> Drawing:
        given = {"width": "double", **options}
        key = (name, *sorted(given.items()))
        if key not in kept:
            kept[key] = draw(name, results, **given)
        return kept[key]

    return of


def _line(ax: Axes, gid: str) -> np.ndarray:
    found = [line for line in ax.get_lines() if line.get_gid() == gid]
    assert len(found) == 1, f"{len(found)} lines are named {gid}"
    return np.stack(found[0].get_data(), axis=1)


@pytest.fixture
def line() -> Callable[[Axes, str], np.ndarray]:
    """Return the points, shape (n, 2), of the line with a name."""
    return _line


@contextmanager
def _recorded(texts: list[Text]) -> Iterator[None]:
    draw = Text.draw

    def record(self: Text, *args: object, **kwargs: object) -> None:
        draw(self, *args, **kwargs)
        if self.get_visible() and self.get_text().strip():
            texts.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", record)
        yield


@pytest.fixture
def drawn_texts() -> Callable[[Figure], list[tuple[str, np.ndarray]]]:
    """Return every text that a figure really draws, with its box in pixels."""

    def collect(figure: Figure) -> list[tuple[str, np.ndarray]]:
        texts: list[Text] = []
        with styled(), _recorded(texts):
            figure.canvas.draw()
            renderer = figure.canvas.get_renderer()
            return [
                (text.get_text(), text.get_window_extent(renderer).extents)
                for text in dict.fromkeys(texts)
            ]

    return collect
