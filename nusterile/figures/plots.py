"""Pictures of a product in a notebook or a script: ``ds.nusterile.plot``.

They are the figures of `catalogue`, handed to pyplot, so that a notebook shows them under the
cell that draws them and whatever is added to their axes is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.figures.catalogue import draw
from nusterile.product.schema import with_all_axes
from nusterile.results import Results
from nusterile.vocabulary import EXPERIMENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ProductPlots"]


class ProductPlots:
    """Pictures of a product or a part of one.

    Each takes the options of the figure of its name, see the gallery, and returns matplotlib
    axes. Needs matplotlib (``pip install 'nusterile[export]'``); no window and no Qt.

    Parameters
    ----------
    dataset : Dataset
        A product, or a part of one that keeps its axes of masses and moments.

    Examples
    --------
    >>> import matplotlib, nusterile
    >>> matplotlib.use("agg")
    >>> mu = {"low": 1e-12, "high": 1e-8, "points": 9}
    >>> grids = {"m_4": {"values": [0.01, 0.1, 1.0]}, "mu": mu}
    >>> one = {"experiments": ["xenonnt_sr0"], "flavors": ["effective"], "grids": grids}
    >>> product = nusterile.Analysis().with_changes(**one).build()
    >>> axes = product.nusterile.plot.limits()
    >>> axes.get_xlabel()
    '$m_4$ [MeV]'
    >>> matplotlib.pyplot.close(axes.figure)
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def limits(
        self,
        *,
        by: str = EXPERIMENT,
        cl: float = 0.9,
        dof: int | None = 1,
        flavor: str | None = None,
        selection: str | None = None,
        expected: bool = False,
        width: str = "double",
    ) -> Axes | NDArray[Any]:
        """Draw upper limits against the sterile mass.

        Parameters
        ----------
        by : {'experiment', 'flavor', 'both'}
            What the curves of a panel are.
        cl : float
            Confidence level, one that the product holds.
        dof : {1, 2}, optional
            Degrees of freedom; a panel for each that the product holds for None.
        flavor, selection : str, optional
            What the curves by experiment, and by flavour, have in common; the effective moment
            and the combination by default.
        expected : bool
            Asimov limits, computed from the product's configuration.
        width : {'single', 'double'}
            8.6 or 17.8 cm.

        Returns
        -------
        Axes, or array of Axes
            The panel, or the panels where there are several.

        Raises
        ------
        InputError
            If a value cannot be used, or the product does not hold it.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> product = nusterile.open("products/limits.nc")
        >>> axes = product.nusterile.plot.limits(by="flavor", dof=None)
        >>> axes.shape  # one and two degrees of freedom
        (2,)
        >>> matplotlib.pyplot.close("all")
        """
        return self._drawn(
            "limits",
            width=width,
            expected=expected,
            by=by,
            cl=cl,
            dof=dof,
            flavor=flavor,
            selection=selection,
        )

    def plane(
        self,
        *,
        flavor: str | None = None,
        selection: str | None = None,
        cl: float = 0.9,
        dof: int = 1,
        bounds: Sequence[str | Path] = (),
        show: Sequence[str] | None = None,
        width: str = "double",
    ) -> Axes | NDArray[Any]:
        """Draw what is excluded in the plane of mass and moment, among external bounds.

        Parameters
        ----------
        flavor : str, optional
            Flavour; the effective moment by default.
        selection : str, optional
            Experiment or combination; the combination by default.
        cl : float
            Confidence level of the selection's limit, one that the product holds.
        dof : {1, 2}
            Degrees of freedom of it.
        bounds : sequence of str or Path
            Folders with further bounds.
        show : sequence of str, optional
            Names of the bounds to draw; all by default.
        width : {'single', 'double'}
            8.6 or 17.8 cm.

        Returns
        -------
        Axes
            The panel.

        Raises
        ------
        InputError
            If a value cannot be used, or the product does not hold it.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> product = nusterile.open("products/limits.nc")
        >>> axes = product.nusterile.plot.plane(flavor="mu", show=["nomad_mu"])
        >>> axes.get_yscale()
        'log'
        >>> matplotlib.pyplot.close("all")
        """
        results = self._results()
        chosen = results.main_flavor if flavor is None else flavor
        return self._drawn(
            "plane",
            results,
            width=width,
            flavor=chosen,
            selection=selection,
            cl=cl,
            dof=dof,
            bounds=bounds,
            show=show,
        )

    def profile(
        self,
        *,
        m_4: Sequence[float] | None = None,
        flavor: str | None = None,
        selection: str | None = None,
        width: str = "double",
    ) -> Axes | NDArray[Any]:
        """Draw Δχ² against the moment, by experiment and by flavour.

        Parameters
        ----------
        m_4 : sequence of float, optional
            Sterile masses, MeV, at most five; the nearest of the product are shown.
        flavor, selection : str, optional
            What the curves by experiment, and by flavour, have in common.
        width : {'single', 'double'}
            8.6 or 17.8 cm.

        Returns
        -------
        array of Axes
            The panels by experiment for each mass, then those by flavour.

        Raises
        ------
        InputError
            If a value cannot be used, or the product holds no scan of χ².

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> grids = {"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 61}}
        >>> analysis = nusterile.Analysis().of_experiment("xenonnt_sr0").with_changes(grids=grids)
        >>> axes = analysis.build().nusterile.plot.profile()
        >>> axes.shape
        (2,)
        >>> matplotlib.pyplot.close("all")
        """
        return self._drawn("profile", width=width, m_4=m_4, flavor=flavor, selection=selection)

    def spectrum(
        self,
        selection: str | None = None,
        *,
        flavor: str | None = None,
        m_4: float = 0.1,
        mu: float = 2e-11,
        width: str = "double",
    ) -> Axes | NDArray[Any]:
        """Draw data, backgrounds and dipole events, with residuals below.

        Computed from the product's configuration, at exactly this mass and moment.

        Parameters
        ----------
        selection : str, optional
            Experiments to show, whose fit gives the pulls; the combination by default.
        flavor : str, optional
            Flavour; the effective moment by default.
        m_4 : float
            Sterile mass, MeV.
        mu : float
            Moment, Bohr magnetons.
        width : {'single', 'double'}
            8.6 or 17.8 cm; one experiment below another in a single column.

        Returns
        -------
        array of Axes
            Events and residuals of the experiments.

        Raises
        ------
        InputError
            If a value cannot be used, or the tables are no longer those of the product.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> product = nusterile.open("products/limits.nc")
        >>> axes = product.nusterile.plot.spectrum("xenonnt_sr0", m_4=0.1, mu=5e-11)
        >>> axes.shape  # events and residuals
        (2,)
        >>> matplotlib.pyplot.close("all")
        """
        return self._drawn(
            "spectrum", width=width, selection=selection, flavor=flavor, m_4=m_4, mu=mu
        )

    def bands(
        self,
        *,
        flavor: str | None = None,
        selection: str | None = None,
        cl: float | None = None,
        width: str = "single",
    ) -> Axes | NDArray[Any]:
        """Draw median and bands of the limits of toys without a signal, and the observed limit.

        Parameters
        ----------
        flavor, selection : str, optional
            What is shown; the effective moment and the combination by default.
        cl : float, optional
            Confidence level; the lowest of the product by default.
        width : {'single', 'double'}
            8.6 or 17.8 cm.

        Returns
        -------
        Axes

        Raises
        ------
        InputError
            If a value cannot be used, or the product does not hold it.
        ProductError
            If it is none of ``nusterile toys expected``.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> analysis = nusterile.Analysis().of_experiment("xenonnt_sr0")
        >>> few = {"flavor": "effective", "toys": 64, "m_4": [0.1, 0.3]}
        >>> axes = analysis.toys("expected", **few).nusterile.plot.bands()
        >>> axes.get_yscale()
        'log'
        >>> matplotlib.pyplot.close("all")
        """
        return self._drawn("bands", width=width, flavor=flavor, selection=selection, cl=cl)

    def coverage(
        self,
        *,
        flavor: str | None = None,
        selection: str | None = None,
        cl: float | None = None,
        width: str = "double",
    ) -> Axes | NDArray[Any]:
        """Draw how often limits and intervals hold the true moment.

        Parameters
        ----------
        flavor, selection : str, optional
            What is shown; the effective moment and the combination by default.
        cl : float, optional
            Confidence level; the lowest of the product by default.
        width : {'single', 'double'}
            8.6 or 17.8 cm.

        Returns
        -------
        array of Axes
            Upper limit and interval.

        Raises
        ------
        InputError
            If a value cannot be used, or the product does not hold it.
        ProductError
            If it is none of ``nusterile toys coverage``.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> analysis = nusterile.Analysis().of_experiment("xenonnt_sr0")
        >>> few = {"flavor": "effective", "toys": 64, "m_4": 0.1, "mu": [0.0, 2e-11]}
        >>> axes = analysis.toys("coverage", **few).nusterile.plot.coverage()
        >>> axes.shape
        (2,)
        >>> matplotlib.pyplot.close("all")
        """
        return self._drawn("coverage", width=width, flavor=flavor, selection=selection, cl=cl)

    def unified(
        self,
        *,
        flavor: str | None = None,
        selection: str | None = None,
        cl: float | None = None,
        dof: int | None = None,
        width: str = "double",
    ) -> Axes | NDArray[Any]:
        """Draw unified intervals against the mass, and the critical Δχ² against the moment.

        Parameters
        ----------
        flavor, selection : str, optional
            What is shown; the effective moment and the combination by default.
        cl : float, optional
            Confidence level; the lowest of the product by default.
        dof : {1, 2}, optional
            Degrees of freedom; the first of the product by default.
        width : {'single', 'double'}
            8.6 or 17.8 cm.

        Returns
        -------
        array of Axes
            Intervals and critical values.

        Raises
        ------
        InputError
            If a value cannot be used, or the product does not hold it.
        ProductError
            If it is none of ``nusterile toys unified``.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> analysis = nusterile.Analysis().of_experiment("xenonnt_sr0")
        >>> grid = {"m_4": [0.1, 0.3], "mu": [0.0, 1e-11, 1e-10, 1e-9]}
        >>> few = {"flavor": "effective", "toys": 64, **grid}
        >>> axes = analysis.toys("unified", **few).nusterile.plot.unified()
        >>> axes.shape
        (2,)
        >>> matplotlib.pyplot.close("all")
        """
        return self._drawn(
            "unified", width=width, flavor=flavor, selection=selection, cl=cl, dof=dof
        )

    def significance(
        self, *, selection: str | None = None, width: str = "single"
    ) -> Axes | NDArray[Any]:
        """Draw the preference for a moment against the mass, one line a flavour.

        Parameters
        ----------
        selection : str, optional
            What is shown; the combination by default.
        width : {'single', 'double'}
            8.6 or 17.8 cm.

        Returns
        -------
        Axes

        Raises
        ------
        InputError
            If a value cannot be used, or the product does not hold it.
        ProductError
            If it is none of ``nusterile toys significance``.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> analysis = nusterile.Analysis().of_experiment("xenonnt_sr0")
        >>> few = {"flavor": "effective", "toys": 64}
        >>> axes = analysis.toys("significance", **few).nusterile.plot.significance()
        >>> axes.get_xscale()
        'log'
        >>> matplotlib.pyplot.close("all")
        """
        return self._drawn("significance", width=width, selection=selection)

    def _results(self) -> Results:
        return Results(with_all_axes(self._dataset))

    def _drawn(
        self, name: str, results: Results | None = None, **options: Any
    ) -> Axes | NDArray[Any]:
        figure = draw(name, results or self._results(), **options).figure
        _hand_to_pyplot(figure)
        axes = np.array(figure.axes, dtype=object)
        only: Axes = axes[0]
        return only if axes.size == 1 else axes


def _hand_to_pyplot(figure: Figure) -> None:
    """Make a figure the current one of pyplot, which shows it as it shows its own."""
    from matplotlib import pyplot

    from nusterile.figures.style import styled

    with styled():  # ticks are made when they are first needed, and keep the style of then
        figure.draw_without_rendering()

    def drawn(**_: Any) -> Figure:
        return figure

    pyplot.figure(FigureClass=drawn)  # type: ignore[arg-type]  # any callable will do
