"""Results, of which figures and tables are made: a product file, or an analysis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

import nusterile.accessor  # noqa: F401 - registers ds.nusterile
from nusterile.analysis import Analysis
from nusterile.arguments import Names, chosen_names, degrees_of, masses_of, require_name
from nusterile.errors import InputError
from nusterile.model.configuration import Configuration
from nusterile.product.files import open_product
from nusterile.product.kinds import content_of, require_content
from nusterile.product.labels import labels_of_selections
from nusterile.product.stored import stored_configuration
from nusterile.statistics.intervals import level_index
from nusterile.vocabulary import (
    CHI2,
    CHI2_MIN,
    COVERAGE_CONTENT,
    DEGREES,
    EXPECTED_CONTENT,
    EXPECTED_LIMIT,
    EXPERIMENT,
    FLAVOR,
    LIMIT,
    LIMIT_LOW,
    LIMIT_STATUS,
    LIMITS_CONTENT,
    M_4,
    MU_BEST,
    PROJECTED_MASSES,
    PROJECTION_CONTENT,
    SCAN_CONTENT,
    SELECTION,
    SIGNIFICANCE_CONTENT,
    TOY_CONTENTS,
    UNIFIED_CONTENT,
    main_flavor,
    main_selection,
    selection_labels,
)

__all__ = ["Results"]

#: Kinds of products with selections, with degrees of freedom, and all that can be shown.
_WITH_SELECTIONS = (SCAN_CONTENT, LIMITS_CONTENT, *TOY_CONTENTS)
_WITH_DEGREES = (SCAN_CONTENT, LIMITS_CONTENT, UNIFIED_CONTENT)
_CONTENTS = (*_WITH_SELECTIONS, PROJECTION_CONTENT)
_LIMITS_CONTENTS = (SCAN_CONTENT, LIMITS_CONTENT, PROJECTION_CONTENT)
#: The figure of the kinds that have one only.
_FIGURES = {
    PROJECTION_CONTENT: "projection",
    EXPECTED_CONTENT: "bands",
    COVERAGE_CONTENT: "coverage",
    UNIFIED_CONTENT: "unified",
    SIGNIFICANCE_CONTENT: "significance",
}
#: Limits with their ends, and everything about them; products of version 1 hold less.
_ENDS = (LIMIT, LIMIT_STATUS, LIMIT_LOW, EXPECTED_LIMIT)
_LIMITS = (*_ENDS, CHI2_MIN, MU_BEST)
#: Moments of a profile that is computed for a figure.
_PER_DECADE = 40


class Results:
    """A product or an analysis, seen in the same way.

    From a product, limits and Δχ² are those that it stores; what it does not store is
    computed from its configuration.

    Parameters
    ----------
    origin : Dataset or Analysis
        A product or an analysis.

    Raises
    ------
    ProductError
        If the product is of a kind without limits. Of a projection, whatever needs limits on a
        grid of masses raises it.

    Examples
    --------
    >>> results = Results(Analysis())
    >>> results.label("combined")
    'Combination'
    """

    def __init__(self, origin: xr.Dataset | Analysis) -> None:
        self.product = origin if isinstance(origin, xr.Dataset) else None
        if self.product is not None and content_of(self.product) not in _CONTENTS:
            require_content(self.product, "the product", *_LIMITS_CONTENTS)
        self._analysis = origin if isinstance(origin, Analysis) else None
        self._limits: dict[tuple[float, bool], xr.Dataset] = {}

    @classmethod
    def of(cls, origin: Results | xr.Dataset | Analysis) -> Results:
        """Take a product, an analysis, or what is one of them already.

        Parameters
        ----------
        origin : Results, Dataset or Analysis
            What limits come from.

        Returns
        -------
        Results
            The same object where it is one already.

        Raises
        ------
        InputError
            If it is something else.
        ProductError
            If the product is of a kind without limits.

        Examples
        --------
        >>> results = Results.of(Analysis())
        >>> Results.of(results) is results
        True
        """
        if isinstance(origin, Results):
            return origin
        if isinstance(origin, xr.Dataset | Analysis):
            return cls(origin)
        raise InputError(
            f"numbers come from a product (nusterile.open(path)) or an Analysis, not from "
            f"{type(origin).__name__}"
        )

    @classmethod
    def from_file(cls, path: str | Path) -> Results:
        """Read a product file; it has to keep the contract.

        Parameters
        ----------
        path : str or Path
            A file that nusterile has written.

        Returns
        -------
        Results

        Raises
        ------
        ProductError
            If it cannot be read, breaks the contract or is of a kind without limits.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.product.sizes["m_4"]
        121
        """
        product = open_product(path)
        if content_of(product) not in _CONTENTS:
            require_content(product, str(path), *_LIMITS_CONTENTS)
        return cls(product)

    @cached_property
    def analysis(self) -> Analysis:
        """The analysis, made from the product's configuration where there is a product.

        Raises
        ------
        ProductError
            If the product holds no configuration.
        InputError
            If a value of it cannot be used, or a table is no longer the one the product was
            made from.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.analysis.configuration == results.configuration
        True
        """
        if self._analysis is not None:
            return self._analysis
        assert self.product is not None
        return Analysis.from_product(self.product)

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration behind the numbers, of a product the one that it stores.

        Raises
        ------
        ProductError
            If the product holds no configuration.
        InputError
            If a value of it cannot be used.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.configuration.solar.model
        'gs98'
        """
        if self._analysis is not None:
            return self._analysis.configuration
        assert self.product is not None
        return stored_configuration(self.product)

    @property
    def origin(self) -> tuple[str, ...]:
        """Lines that say where the numbers come from.

        One line with the hash of the configuration, of a product the one that it stores.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> (line,) = results.origin
        >>> line[:22], len(line)
        ('configuration: sha256 ', 86)
        """
        stored = "" if self.product is None else self.product.attrs.get("config_hash", "")
        return (f"configuration: sha256 {stored or self.configuration.hash()}",)

    @cached_property
    def selections(self) -> tuple[str, ...]:
        """Names of the selections, in their order.

        Raises
        ------
        ProductError
            For a projection, which has none.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.selections[-1]
        'combined'
        """
        if self.product is not None:
            if content_of(self.product) not in _WITH_SELECTIONS:
                require_content(self.product, "the product")
            return tuple(str(name) for name in self.product.selection.values)
        return tuple(self.analysis.selections)

    @cached_property
    def flavors(self) -> tuple[str, ...]:
        """Names of the flavours of the moment, in their order.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.flavors
        ('effective', 'e', 'mu', 'tau')
        """
        if self.product is not None:
            return tuple(str(name) for name in self.product.flavor.values)
        return self.configuration.flavors

    @cached_property
    def degrees(self) -> tuple[int, ...]:
        """Degrees of freedom of the limits, 1 and 2 of an analysis.

        Raises
        ------
        ProductError
            For a product without limits of its own, such as a projection.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.degrees
        (1, 2)
        """
        if self.product is not None:
            if content_of(self.product) not in _WITH_DEGREES:
                require_content(self.product, "the product")
            return tuple(int(dof) for dof in self.product.dof.values)
        return DEGREES

    @cached_property
    def main_selection(self) -> str:
        """The combination, or the last selection where none has that name.

        Raises
        ------
        ProductError
            For a projection, which has no selections.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.main_selection
        'combined'
        """
        return main_selection(self.selections)

    @cached_property
    def main_flavor(self) -> str:
        """``effective``, or the first flavour where that is not there.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.main_flavor
        'effective'
        """
        return main_flavor(self.flavors)

    @cached_property
    def _labels(self) -> dict[str, str]:
        if self.product is not None:
            return labels_of_selections(self.product)
        experiments = {e.name: e.label for e in self.analysis.experiments}
        return selection_labels(self.analysis.selections, experiments, self.analysis.expected_only)

    def label(self, selection: str) -> str:
        """Return a selection's text for people, its name where nobody tells.

        Parameters
        ----------
        selection : str
            Name of a selection; one that is not there is its own label.

        Returns
        -------
        str

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.label("xenonnt_sr0"), results.label("another")
        ('XENONnT SR0', 'another')
        """
        return self._labels.get(selection, selection)

    def require(self, *, flavor: str | None = None, selection: str | None = None) -> None:
        """Raise an error for a flavour or a selection that is not there.

        Parameters
        ----------
        flavor, selection : str, optional
            Names; None is not looked at.

        Raises
        ------
        InputError
            If one is not there, with the nearest name.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.require(flavor="mu", selection="combined")
        """
        if flavor is not None:
            require_name(FLAVOR, flavor, self.flavors)
        if selection is not None:
            require_name(SELECTION, selection, self.selections)

    def chosen_degrees(self, dof: ArrayLike | None) -> tuple[int, ...]:
        """Return degrees of freedom that are there, all of them for None.

        Parameters
        ----------
        dof : array_like of int, shape (n,) or scalar, optional
            Degrees of freedom, each 1 or 2.

        Returns
        -------
        tuple of int
            In increasing order, each once.

        Raises
        ------
        InputError
            If one is neither 1 nor 2, or a product does not hold it.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.chosen_degrees([2, 1]), results.chosen_degrees(2)
        ((1, 2), (2,))
        """
        if dof is None:
            return self.degrees
        chosen = tuple(np.unique(degrees_of(dof)).tolist())
        for degree in chosen:
            if degree not in self.degrees:
                held = ", ".join(map(str, self.degrees))
                raise InputError(f"dof = {degree}: the product holds {held}")
        return chosen

    def chosen_masses(self, m_4: ArrayLike) -> NDArray[np.float64]:
        """Return masses in increasing order, of a product the nearest of its grid.

        Parameters
        ----------
        m_4 : array_like, shape (n,) or float
            Masses, MeV.

        Returns
        -------
        ndarray, shape (k,)
            Masses, MeV, each once, so that k ≤ n.

        Raises
        ------
        InputError
            If one cannot be used, or is beyond the grid of a product.

        Examples
        --------
        >>> Results(Analysis()).chosen_masses([0.3, 0.1, 0.3]).tolist()
        [0.1, 0.3]
        """
        masses = np.unique(masses_of(m_4))
        if self.product is None:
            return masses
        grid = self.product.m_4.values
        beyond = masses[(masses < grid[0] * (1 - 1e-9)) | (masses > grid[-1] * (1 + 1e-9))]
        if beyond.size:
            raise InputError(
                f"m_4 = {beyond[0]:g} MeV: the masses of the product are {grid[0]:g} to "
                f"{grid[-1]:g} MeV; leave the product out for limits at any mass"
            )
        return np.unique(grid[[int(np.argmin(np.abs(grid - mass))) for mass in masses]])

    def toys(self, study: str) -> xr.Dataset:
        """Return the product of a study with toys.

        Parameters
        ----------
        study : str
            Kind of the study: ``expected``, ``coverage``, ``unified``, ``cls`` or ``significance``.

        Returns
        -------
        Dataset
            The product itself.

        Raises
        ------
        ProductError
            If the product is of another kind.
        InputError
            If there is none.

        Examples
        --------
        >>> few = {"selection": "xenonnt_sr0", "flavor": "effective", "m_4": 0.1, "toys": 64}
        >>> results = Results(Analysis().toys("expected", **few))
        >>> results.toys("expected") is results.product
        True
        """
        if self.product is None:
            raise InputError(
                f"this needs a product of the kind {study}; make one with: nusterile toys {study} "
                "-o FILE.nc"
            )
        require_content(self.product, "the product", study)
        return self.product

    def stored_level(self, cl: float | None) -> int:
        """Return the place of a confidence level in the product, the first for None.

        Parameters
        ----------
        cl : float, optional
            Confidence level, between 0 and 1.

        Returns
        -------
        int
            Index along ``cl``.

        Raises
        ------
        InputError
            If the product does not hold it.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> float(results.product.cl[results.stored_level(0.9)])
        0.9
        """
        assert self.product is not None
        levels = self.product.cl.values
        index = 0 if cl is None else level_index(levels, cl)
        if index is None:
            raise InputError(
                f"cl = {cl:g}: the product holds {', '.join(f'{level:g}' for level in levels)}"
            )
        return index

    def usual_masses(self, masses: Sequence[float]) -> tuple[float, ...]:
        """Return those of some usual masses that are inside the grid, or its middle one.

        Parameters
        ----------
        masses : sequence of float
            Masses, MeV.

        Returns
        -------
        tuple of float
            Masses, MeV; all of them without a product.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.usual_masses([0.1, 1.0, 1e3])
        (0.1, 1.0)
        """
        if self.product is None:
            return tuple(masses)
        grid = self.product.m_4.values
        inside = tuple(m for m in masses if grid[0] * (1 - 1e-9) <= m <= grid[-1] * (1 + 1e-9))
        return inside or (float(grid[grid.size // 2]),)

    def limits(self, cl: float, *, expected: bool = False) -> xr.Dataset:
        """Limits on the masses of the grid.

        Parameters
        ----------
        cl : float
            Confidence level.
        expected : bool
            Asimov limits, which are computed, of a product from its configuration.

        Returns
        -------
        Dataset
            ``limit``, ``limit_status`` (selection, flavor, m_4, dof), ``chi2_min`` and
            ``mu_best`` (selection, flavor, m_4).

        Raises
        ------
        InputError
            If a product does not hold the level, or the tables of expected limits are no
            longer those it was made from.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> found = results.limits(0.9)
        >>> found.limit.dims
        ('selection', 'flavor', 'm_4', 'dof')
        """
        key = (cl, expected)
        if key not in self._limits:
            if self.product is None:
                found = self.analysis.limits(cl=cl, expected=expected).isel(cl=0)
            elif expected:
                found = self.expected_limits(self.product.m_4.values, cl).isel(cl=0)
            else:
                found = self._stored_limits(cl)
            if found.sizes[M_4] < 2 or not np.isfinite(found.limit).any():
                raise InputError(
                    "there is nothing to draw: limits at two masses at least are needed; "
                    f"masses: {found.sizes[M_4]}, limits: {int(np.isfinite(found.limit).sum())}"
                )
            self._limits[key] = found
        return self._limits[key]

    def expected_limits(
        self, m_4: ArrayLike, cl: ArrayLike, dof: ArrayLike | None = None
    ) -> xr.Dataset:
        """Asimov limits of the selections and flavours that are there, computed.

        Parameters
        ----------
        m_4 : array_like, shape (n,)
            Masses, MeV.
        cl : array_like
            Confidence levels.
        dof : array_like, optional
            Degrees of freedom; all that are there by default.

        Returns
        -------
        Dataset
            As `Analysis.limits` gives it.

        Raises
        ------
        InputError
            If a product's tables are no longer those it was made from.

        Examples
        --------
        >>> results = Results(Analysis().with_changes(experiments=["xenonnt_sr0"], flavors=["e"]))
        >>> dict(results.expected_limits([0.1], 0.9, 1).limit.sizes)
        {'selection': 1, 'flavor': 1, 'm_4': 1, 'cl': 1, 'dof': 1}
        """
        return self.analysis.limits(
            selection=self.selections,
            flavor=self.flavors,
            m_4=m_4,
            cl=cl,
            dof=self.chosen_degrees(dof),
            expected=True,
        )

    def _stored_limits(self, cl: float) -> xr.Dataset:
        assert self.product is not None
        require_content(self.product, "the product")
        index = self.stored_level(cl)
        found = self.product[[name for name in _LIMITS if name in self.product]]
        # whole numbers, as an analysis has them
        return found.isel(cl=index).assign_coords(dof=found.dof.astype(int))

    def limits_at(
        self,
        m_4: ArrayLike,
        cl: float,
        dof: ArrayLike | None = None,
        *,
        expected: bool = False,
    ) -> xr.Dataset:
        """Limits at some masses.

        Parameters
        ----------
        m_4 : array_like, shape (n,)
            Masses, MeV. Of a product, the nearest of its grid are taken.
        cl : float
            Confidence level.
        dof : array_like, optional
            Degrees of freedom, each 1 or 2; all that are there by default.
        expected : bool
            Asimov limits, which are computed, of a product from its configuration.

        Returns
        -------
        Dataset
            ``limit``, ``limit_status``, ``limit_low`` and ``expected_limit`` (selection, flavor,
            m_4, dof) with the scalar coordinate ``cl``; a product of schema version 1 lacks the
            last two, and what is expected already lacks the last.

        Raises
        ------
        InputError
            If a mass is beyond the grid of a product, or it does not hold the level or the
            degrees of freedom; or the tables of expected limits are no longer those it was
            made from.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> found = results.limits_at([0.1], 0.9, 1).sel(selection="xenonnt_sr0", flavor="e")
        >>> bool(1e-12 < found.limit.item() < 1e-10)
        True
        """
        masses, degrees = self.chosen_masses(m_4), list(self.chosen_degrees(dof))
        if expected:
            found = self.expected_limits(masses, cl, degrees).isel(cl=0)
        elif self.product is None:
            found = self.analysis.limits(m_4=masses, cl=cl, dof=degrees).isel(cl=0)
        else:
            found = self._stored_limits(cl).sel(dof=degrees, m_4=masses)
        return found[[name for name in _ENDS if name in found]]

    def projection(
        self,
        experiment: str | None = None,
        flavor: Names | None = None,
        m_4: ArrayLike | None = None,
        cl: float | None = None,
    ) -> xr.Dataset:
        """Limits that one experiment expects against its exposure, at one confidence level.

        Parameters
        ----------
        experiment : str, optional
            Experiment, see `Analysis.projection`.
        flavor : str or iterable of str, optional
            Flavours; the main one by default.
        m_4 : array_like, optional
            Masses, MeV, the usual ones by default; of a projection that is stored, the nearest
            of its masses, all by default.
        cl : float, optional
            Confidence level; 0.9 by default, the lowest that is stored.

        Returns
        -------
        Dataset
            As `Analysis.projection` gives it; taken from a product that holds a projection.

        Raises
        ------
        InputError
            If a name or number cannot be used, or a product does not hold it.

        Examples
        --------
        >>> results = Results(Analysis().with_changes(experiments=["xenonnt_sr0"]))
        >>> found = results.projection("xenonnt_sr0", m_4=[0.1])
        >>> found.cl.values.tolist(), found.flavor.values.tolist()
        ([0.9], ['effective'])
        """
        flavors = list(chosen_names(FLAVOR, flavor or self.main_flavor, self.flavors))
        if not self.holds_projection:
            masses = PROJECTED_MASSES if m_4 is None else masses_of(m_4)
            level = 0.9 if cl is None else cl
            return self.analysis.projection(experiment, flavor=flavors, m_4=masses, cl=level)
        assert self.product is not None
        stored = list(map(str, self.product[EXPERIMENT].values))
        if experiment is not None:
            require_name(EXPERIMENT, experiment, stored)
        masses = self.product.m_4.values if m_4 is None else self.chosen_masses(m_4)
        levels = self.product.cl.values
        place = 0 if cl is None else level_index(levels, cl)
        if place is None:
            raise InputError(
                f"cl = {cl:g}: the product holds {', '.join(f'{level:g}' for level in levels)}"
            )
        return self.product.sel(flavor=flavors, m_4=masses).isel(cl=[place])

    @property
    def holds_projection(self) -> bool:
        """Whether a product is there that holds a projection.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.holds_projection
        False
        """
        return self.product is not None and content_of(self.product) == PROJECTION_CONTENT

    @property
    def figure(self) -> str:
        """The command that draws a product of a kind with one figure; empty for others.

        Examples
        --------
        >>> few = {"selection": "xenonnt_sr0", "flavor": "effective", "m_4": 0.1, "toys": 64}
        >>> Results(Analysis().toys("expected", **few)).figure
        'nusterile figure bands'
        """
        content = "" if self.product is None else content_of(self.product)
        return f"nusterile figure {_FIGURES[content]}" if content in _FIGURES else ""

    def experiment_label(self, experiment: str) -> str:
        """Return an experiment's text for people.

        Parameters
        ----------
        experiment : str
            Name of an experiment, of the configuration or of those that come along.

        Returns
        -------
        str

        Raises
        ------
        InputError
            If there is none, or its folder cannot be read.

        Examples
        --------
        >>> results = Results.from_file("products/limits.nc")
        >>> results.experiment_label("xenonnt_sr0")
        'XENONnT SR0'
        """
        (one,) = self.configuration.of_experiment(experiment).load_experiments()
        return one.label

    def delta_chi2(self, m_4: ArrayLike) -> xr.DataArray:
        """Δχ² against the minimum at each mass.

        Parameters
        ----------
        m_4 : array_like, shape (n,)
            Masses, MeV. Of a product, the nearest of its grid are taken.

        Returns
        -------
        DataArray
            (selection, flavor, m_4, mu); the coordinates say at which masses and moments.

        Raises
        ------
        InputError
            If the product holds no scan, or a mass is beyond its grid.

        Examples
        --------
        >>> results = Results(Analysis().with_changes(experiments=["xenonnt_sr0"], flavors=["e"]))
        >>> found = results.delta_chi2([0.1])
        >>> found.dims, bool(found.min() > -1e-6)
        (('selection', 'flavor', 'm_4', 'mu'), True)
        """
        masses = self.chosen_masses(m_4)
        if self.product is not None:
            require_content(self.product, "the product")
            if CHI2 not in self.product:
                raise InputError(
                    "the product holds limits only, no Δχ²; take the full product or none"
                )
            delta: xr.DataArray = self.product.nusterile.delta_chi2()
            return delta.sel(m_4=masses)
        grid = self.configuration.grids.mu.array()
        decades = np.log10(grid[-1] / grid[0])
        moments = np.geomspace(grid[0], grid[-1], int(decades * _PER_DECADE) + 1)
        chi2 = self.analysis.chi2(m_4=masses, mu=moments).chi2
        lowest = self.analysis.limits(m_4=masses, cl=0.9, dof=1).chi2_min
        found: xr.DataArray = chi2 - lowest
        return found
