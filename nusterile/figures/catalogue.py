"""The figures by name, and the one way to draw them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from nusterile.errors import InputError, nearest_name, require_package
from nusterile.results import Results

if TYPE_CHECKING:
    import xarray as xr

    from nusterile.analysis import Analysis
    from nusterile.figures.drawing import Drawing

__all__ = ["FIGURES", "TOY_FIGURES", "draw", "options_of"]

#: What each figure shows; the module of the same name draws it.
FIGURES = {
    "kinematics": "least neutrino energy for a recoil, by sterile mass",
    "spectrum": "data, backgrounds, Standard Model and dipole events, with residuals",
    "profile": "chi-square profiles by experiment and by flavour",
    "limits": "limits against the sterile mass, by experiment and by flavour",
    "plane": "excluded masses and moments by flavour, with external bounds",
    "survival": "survival probability of solar neutrinos by source",
    "flux": "solar spectra with the thresholds of sterile masses",
    "impact": "what an upper limit depends on, one change at a time",
    "projection": "limit that an experiment expects against its exposure, by sterile mass",
}
#: Those of one kind of products each, of studies with toys.
TOY_FIGURES = {
    "bands": "limits expected without a signal: median and bands of toys, and the observed one",
    "coverage": "how often limits and intervals of toys hold the true moment",
    "unified": "unified intervals against the sterile mass, and their critical chi-square",
    "significance": "preference for a moment against the sterile mass, and what it is worth",
}


def options_of(name: str) -> tuple[str, ...]:
    """Return the options that a figure takes.

    Parameters
    ----------
    name : str
        Name of the figure.

    Raises
    ------
    InputError
        If there is no such figure.

    Examples
    --------
    >>> options_of("limits")
    ('width', 'by', 'cl', 'dof', 'flavor', 'selection', 'expected')
    """
    return tuple(inspect.signature(_function(name)).parameters)[1:]


def draw(name: str, origin: Results | Analysis | xr.Dataset, **options: Any) -> Drawing:
    """Draw a figure.

    Parameters
    ----------
    name : str
        One of `FIGURES` or `TOY_FIGURES`.
    origin : Analysis, Dataset or Results
        Where the numbers come from: an analysis, a product, or either as `Results`, which
        keeps what several figures share.
    **options
        What the figure takes, see `options_of`: ``width`` (``single``, ``double``) and,
        by figure, ``flavor``, ``selection``, ``m_4``, ``mu``, ``cl``, ``dof``.

    Returns
    -------
    Drawing

    Raises
    ------
    InputError
        If the name or an option is unknown, or a value cannot be used.

    Examples
    --------
    >>> import nusterile
    >>> product = nusterile.open("products/limits.nc")
    >>> drawing = draw("limits", product, by="flavor", dof=1, width="single")
    >>> drawing.caption.split(" at ")[0]
    'Upper limits on the transition magnetic moment μ against the sterile mass m_4'
    >>> len(drawing.data.rows) == product.m_4.size * product.flavor.size
    True
    """
    from nusterile.figures.style import styled

    taken = options_of(name)
    for option in options:
        if option not in taken:
            raise InputError(
                f"figure {name} takes no option '{option}'{nearest_name(option, taken)}"
            )
    with styled():
        drawing: Drawing = _function(name)(Results.of(origin), **options)
    return drawing


def _function(name: str) -> Callable[..., Drawing]:
    known = (*FIGURES, *TOY_FIGURES)
    if name not in known:
        raise InputError(f"unknown figure '{name}'{nearest_name(name, known)}")
    require_package("matplotlib", "export", "figures")
    function: Callable[..., Drawing] = import_module(f"nusterile.figures.{name}").draw
    return function
