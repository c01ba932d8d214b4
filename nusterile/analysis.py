"""The analysis as one object: from a configuration to labelled results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from nusterile.arguments import (
    Names,
    chosen_names,
    degrees_of,
    energies_of,
    exposures_of,
    levels_of,
    masses_of,
    moments_of,
    require_memory,
    single,
)
from nusterile.errors import InputError, SettingError
from nusterile.files.settings import place_of_key
from nusterile.model.configuration import Configuration
from nusterile.model.doubts import doubts_about
from nusterile.model.fits import Chi2Scan, LimitScan, SelectionFit
from nusterile.model.impact import impact
from nusterile.model.predictions import Predictions, flavor_rows
from nusterile.model.toys.defaults import DEFAULT_TOYS, request_of
from nusterile.model.toys.request import StudyName, TruthName
from nusterile.model.variations import Variations
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import (
    ATTRIBUTES,
    CL,
    DEGREES,
    DOF,
    EXPERIMENT,
    FLAVOR,
    FLAVORS,
    M_4,
    MU,
    MU_REFERENCE,
    PER_TONNE_YEAR_KEV,
    PROJECTED,
    PROJECTED_EXPOSURES,
    PROJECTED_MASSES,
    PULL,
    SELECTION,
    axis_attributes,
    limit_attributes,
    main_flavor,
    main_selection,
)

if TYPE_CHECKING:
    from nusterile.product.scan import CancelledFunction, ProgressFunction

__all__ = ["Analysis"]


class Analysis(Predictions):
    """Rates, spectra, χ² and limits of one configuration.

    Parameters
    ----------
    configuration : Configuration, optional
        The default analysis if not given.

    Examples
    --------
    >>> analysis = Analysis()
    >>> result = analysis.limits(selection="xenonnt_sr0", flavor="effective", m_4=[0.0])
    >>> bool(5e-12 < result.limit.sel(cl=0.9, dof=1).item() < 1e-11)
    True
    """

    @classmethod
    def from_toml(cls, path: str | Path) -> Analysis:
        """Make the analysis of a configuration file.

        Parameters
        ----------
        path : str or Path
            TOML file; folders in it are relative to it.

        Returns
        -------
        Analysis

        Raises
        ------
        InputError
            Naming file, line and key, and what would be right.

        Examples
        --------
        >>> Analysis.from_toml("docs/example/analysis.toml").selections["combined"]
        ('xenonnt_sr0', 'toy_detector')
        """
        configuration, text = Configuration.from_toml_with_text(path)
        try:
            return cls(configuration)
        except SettingError as error:
            place = place_of_key(text, error.keys, str(path))
            raise InputError(f"{place}: {error}") from None

    @classmethod
    def from_product(cls, product: str | Path | xr.Dataset) -> Analysis:
        """Make the analysis whose configuration a product stores.

        Parameters
        ----------
        product : str, Path or Dataset
            The product.

        Returns
        -------
        Analysis

        Raises
        ------
        InputError
            If an input table is gone or no longer the one the product was made from.

        Examples
        --------
        >>> Analysis.from_product("products/limits.nc").configuration == Analysis().configuration
        True
        """
        # Here and in `build`, since one limit needs no product nor what it cites.
        from nusterile.product.files import open_product
        from nusterile.product.stored import stored_configuration, stored_input_hashes

        dataset = product if isinstance(product, xr.Dataset) else open_product(product)
        analysis = cls(stored_configuration(dataset))
        now = analysis.input_hashes()
        for name, digest in stored_input_hashes(dataset).items():
            if now.get(name) != digest:
                raise InputError(
                    f"input table {name} is not the one this product was made from; "
                    "build the product again"
                )
        return analysis

    def with_changes(self, **changes: Any) -> Analysis:
        """Return the analysis of the same configuration with other values.

        Parameters
        ----------
        **changes : object
            Values by key, as `Configuration.with_changes` takes them.

        Raises
        ------
        InputError
            Naming the key, what it holds and what would be right.

        Examples
        --------
        >>> Analysis().with_changes(solar={"model": "agss09met"}).configuration.solar.model
        'agss09met'
        """
        return type(self)(self.configuration.with_changes(**changes))

    def doubts(self, m_4: ArrayLike = ()) -> tuple[str, ...]:
        """List what in the inputs is probably a mistake, one line each.

        Tables that end too early, wrong units, data that the backgrounds do not resemble;
        see ``nusterile.model.doubts``.

        Parameters
        ----------
        m_4 : array_like
            Sterile masses (MeV) to be asked for, which are doubted as well.

        Returns
        -------
        tuple of str
            None where nothing is doubtful.

        Examples
        --------
        >>> Analysis().with_changes(experiments=["xenonnt_sr0"]).doubts()
        ()
        """
        return doubts_about(self, m_4)

    def rates(
        self,
        flavor: Names | None = None,
        m_4: ArrayLike = 0.0,
        energy: ArrayLike = (1.0,),
        mu: float = MU_REFERENCE,
    ) -> xr.Dataset:
        """Recoil rate before any detector.

        Parameters
        ----------
        flavor : str or iterable of str, optional
            Flavours; those of the configuration by default.
        m_4 : array_like
            Sterile masses, MeV.
        energy : array_like
            Recoil energies, keV.
        mu : float
            Transition moment, Bohr magnetons.

        Returns
        -------
        Dataset
            ``sm`` (energy) and ``dipole`` (flavor, m_4, energy), 1/(t yr keV).

        Raises
        ------
        InputError
            If a name is unknown or a number cannot be used.

        Examples
        --------
        >>> rates = Analysis().rates("e", m_4=0.1, energy=[1.0, 2.0], mu=2e-11)
        >>> rates.dipole.dims, rates.dipole.attrs["units"]
        (('flavor', 'm_4', 'energy'), '1/(t yr keV)')
        >>> bool(rates.dipole[0, 0, 0] > rates.dipole[0, 0, 1] > 0)  # falls like 1/T
        True
        """
        flavors = self._flavors(flavor)
        masses = masses_of(m_4)
        energies = energies_of(energy)
        moment = single(MU, moments_of(mu))
        require_memory(
            len(FLAVORS) * masses.size * energies.size * 8 * 8, masses.size * energies.size
        )
        dipole = self.recoil_rates.dipole(energies, masses)[flavor_rows(flavors)]
        strength = self.recoil_rates.interaction.strength(moment)
        unit = {"units": PER_TONNE_YEAR_KEV}
        return xr.Dataset(
            {
                "sm": (
                    "energy",
                    self.recoil_rates.standard_model(energies),
                    {**unit, "long_name": "Standard Model recoil rate"},
                ),
                "dipole": (
                    (FLAVOR, M_4, "energy"),
                    dipole * strength,
                    {**unit, "long_name": f"dipole recoil rate for mu = {moment:g} mu_B"},
                ),
            },
            coords={
                FLAVOR: list(flavors),
                M_4: (M_4, masses, ATTRIBUTES[M_4]),
                "energy": ("energy", energies, ATTRIBUTES["energy"]),
            },
        )

    def spectrum(
        self,
        experiment: str,
        flavor: str,
        m_4: float,
        mu: float,
        selection: str | None = None,
    ) -> xr.Dataset:
        """Expected events of one experiment, bin by bin.

        Parameters
        ----------
        experiment : str
            Name of the experiment.
        flavor : str
            Flavour.
        m_4 : float
            Sterile mass, MeV.
        mu : float
            Transition moment, Bohr magnetons.
        selection : str, optional
            Apply the best-fit pulls of this selection; nominal pulls without.

        Returns
        -------
        Dataset
            ``counts``, ``sm``, ``dipole``, ``background`` (component, bin), ``total`` in
            events and ``chi2`` (what each bin adds to it, without the pulls' penalty);
            ``bin_low`` and ``bin_high`` in keV.

        Raises
        ------
        InputError
            If a name is unknown, or the selection does not hold the experiment.

        Examples
        --------
        >>> spectrum = Analysis().spectrum("xenonnt_sr0", "effective", 0.1, 1e-11, "combined")
        >>> spectrum.background.dims, int(spectrum.counts.sum())
        (('component', 'bin'), 433)
        """
        mass, moment = single(M_4, masses_of(m_4)), single(MU, moments_of(mu))
        events = self.binned_spectrum(experiment, flavor, mass, moment, selection)
        point = {EXPERIMENT: experiment, FLAVOR: flavor, M_4: mass, MU: moment}
        return events.labelled(point if selection is None else {**point, SELECTION: selection})

    def chi2(
        self,
        selection: Names | None = None,
        flavor: Names | None = None,
        m_4: ArrayLike | None = None,
        mu: ArrayLike | None = None,
    ) -> xr.Dataset:
        """Profiled χ² and pulls.

        Parameters
        ----------
        selection, flavor : str or iterable of str, optional
            Selections and flavours; all of the configuration by default.
        m_4, mu : array_like, optional
            Masses (MeV) and moments (Bohr magnetons); the configured grids by default.

        Returns
        -------
        Dataset
            ``chi2`` (selection, flavor, m_4, mu) and ``pulls`` (..., pull), in units of
            their σ (relative shift where free), NaN for pulls that the selection lacks.

        Raises
        ------
        InputError
            If a name is unknown or a number cannot be used.

        Examples
        --------
        >>> found = Analysis().chi2("xenonnt_sr0", "e", m_4=[0.1], mu=[1e-12, 1e-10])
        >>> found.chi2.shape, bool(found.chi2[0, 0, 0, 0] < found.chi2[0, 0, 0, 1])
        ((1, 1, 1, 2), True)
        """
        selections, flavors = self._selections(selection), self._flavors(flavor)
        grids = self.configuration.grids
        n_m = grids.m_4.size if m_4 is None else np.size(m_4)
        n_mu = grids.mu.size if mu is None else np.size(mu)
        names = self.pull_names()
        points = len(selections) * len(flavors) * n_m * n_mu
        require_memory(points * 8 * (1 + 2 * len(names)), points)
        masses = grids.m_4.array() if m_4 is None else masses_of(m_4)
        moments = grids.mu.array() if mu is None else moments_of(mu)
        scan = Chi2Scan.empty((len(selections), len(flavors), masses.size, moments.size), names)
        rows, strength = flavor_rows(flavors), self.recoil_rates.interaction.strength(moments)
        for index, name in enumerate(selections):
            fit = SelectionFit(name, self.likelihood(name), self.dipole_events(name, masses)[rows])
            for _, work in scan.tasks(index, fit, strength):
                work()
        return xr.Dataset(
            {
                name: (dims, values, ATTRIBUTES[name])
                for name, (dims, values) in scan.variables().items()
            },
            coords={
                SELECTION: list(selections),
                FLAVOR: list(flavors),
                M_4: (M_4, masses, ATTRIBUTES[M_4]),
                MU: (MU, moments, ATTRIBUTES[MU]),
                PULL: names,
            },
        )

    def limits(
        self,
        selection: Names | None = None,
        flavor: Names | None = None,
        m_4: ArrayLike | None = None,
        cl: ArrayLike | None = None,
        dof: ArrayLike = DEGREES,
        *,
        expected: bool = False,
    ) -> xr.Dataset:
        """Limits on the moment, root-found.

        Parameters
        ----------
        selection, flavor : str or iterable of str, optional
            Selections and flavours; all of the configuration by default.
        m_4 : array_like, optional
            Sterile masses, MeV; the configured grid by default.
        cl : array_like, optional
            Confidence levels; those of the configuration by default.
        dof : array_like
            1: against the minimum at that mass; 2: against the minimum over all masses
            of the configured grid, whatever `m_4` is.
        expected : bool
            Asimov limit: counts replaced by Standard Model plus background.

        Returns
        -------
        Dataset
            ``limit``, ``limit_low`` (both ends of what is allowed) and ``limit_status``
            (selection, flavor, m_4, cl, dof), ``chi2_min`` and ``mu_best`` (selection, flavor,
            m_4), ``chi2_sm`` (selection) and ``delta_chi2_sm`` (selection, flavor, m_4). A limit
            that does not exist is NaN. The attribute ``kind`` of ``limit`` is ``observed``,
            and then ``expected_limit`` stands beside it, or ``expected``; the attribute
            ``expected_only`` of the selections names those without data among others.

        Raises
        ------
        InputError
            If a name is unknown or a number cannot be used.

        Examples
        --------
        >>> found = Analysis().limits("xenonnt_sr0", "effective", m_4=[0.0, 0.1], cl=0.9, dof=1)
        >>> [f"{limit:.2e}" for limit in found.limit.values.ravel()]
        ['7.44e-12', '8.99e-12']
        """
        selections, flavors = self._selections(selection), self._flavors(flavor)
        grid = self.configuration.grids.m_4
        degrees = degrees_of(dof)
        levels = levels_of(self.configuration.grids.cl if cl is None else cl)
        n_m = grid.size if m_4 is None else np.size(m_4)
        largest = max(n_m, grid.size) if 2 in degrees else n_m
        bins = sum(e.n_bins for e in self.experiments)
        require_memory(largest * len(FLAVORS) * bins * 8 * 3, largest)
        masses = grid.array() if m_4 is None else masses_of(m_4)
        scan = LimitScan.empty(
            (len(selections), len(flavors), masses.size),
            levels.size,
            degrees.size,
            expected=not expected,
        )
        rows, critical = flavor_rows(flavors), threshold(levels[:, None], degrees)
        signal = self.recoil_rates.interaction
        for index, name in enumerate(selections):
            likelihood = self.likelihood(name)
            dipole = self.dipole_events(name, masses)[rows]
            on_grid = None
            if m_4 is not None and 2 in degrees:
                on_grid = self.dipole_events(name, grid.array())[rows]
            fit = SelectionFit(
                name, likelihood.asimov() if expected else likelihood, dipole, on_grid
            )
            for _, work in scan.tasks(index, fit, signal, critical, degrees):
                work()
        without_data = [name for name in selections if name in self.expected_selections]
        expected = expected or len(without_data) == len(selections)
        dataset = xr.Dataset(
            {
                name: (dims, values, limit_attributes(name, expected=expected))
                for name, (dims, values) in scan.variables(self.configuration.grids.mu.ends).items()
            },
            coords={
                SELECTION: list(selections),
                FLAVOR: list(flavors),
                M_4: (M_4, masses, ATTRIBUTES[M_4]),
                CL: (CL, levels, ATTRIBUTES[CL]),
                DOF: (DOF, degrees, ATTRIBUTES[DOF]),
            },
        )
        if without_data:
            dataset[SELECTION].attrs |= axis_attributes(SELECTION, without_data)
        return dataset

    def impact(
        self,
        selection: str | None = None,
        flavor: str | None = None,
        m_4: float = 0.0,
        cl: float = 0.9,
        *,
        progress: ProgressFunction | None = None,
        cancelled: CancelledFunction | None = None,
    ) -> xr.Dataset:
        """What an upper limit depends on: the same limit with one thing changed at a time.

        Solar model, couplings, solar pulls by source, the response of the electrons, fit ranges
        by one bin at either end, each pull fixed and twice as wide, each experiment left out.

        Parameters
        ----------
        selection, flavor : str, optional
            Which limit; the combination and the effective moment by default.
        m_4 : float
            Sterile mass, MeV.
        cl : float
            Confidence level. One degree of freedom.
        progress : callable, optional
            Called with the share done (0 to 1) and what is being done.
        cancelled : callable, optional
            Asked before every change whether to stop.

        Returns
        -------
        Dataset
            ``limit``, ``limit_status`` and ``ratio`` (switch), the ratio to the limit as
            configured, which comes first; then the largest change first. The coordinates
            ``subject`` and ``change`` say in words what was changed to what.

        Raises
        ------
        InputError
            If a name is unknown or a number cannot be used.
        Cancelled
            If `cancelled` returned True.

        Examples
        --------
        >>> found = Analysis().impact("xenonnt_sr0", "effective", 0.1)
        >>> int(found.ratio[0]), found.subject.values[1]
        (1, 'XENONnT SR0: lower end of the fit range')
        """
        selection = main_selection(tuple(self.selections)) if selection is None else selection
        flavor = main_flavor(self.configuration.flavors) if flavor is None else flavor
        (selection,), (flavor,) = self._selections(selection), self._flavors(flavor)
        mass, level = single(M_4, masses_of(m_4)), single(CL, levels_of(cl))
        return impact(
            self,
            selection,
            flavor,
            mass,
            level,
            report=progress or (lambda _share, _what: None),
            stop=cancelled or (lambda: False),
        )

    def variations(self, m_4: ArrayLike | None = None) -> Variations:
        """Limits with other pull widths, exposures and fit ranges, in milliseconds.

        Parameters
        ----------
        m_4 : array_like, optional
            Sterile masses, MeV; the configured grid by default.

        Returns
        -------
        Variations
            Computes its events once, when the first limit is asked for.

        Raises
        ------
        InputError
            If a mass cannot be used.

        Examples
        --------
        >>> varied = Analysis().variations([0.1])
        >>> tight, loose = (
        ...     varied.limits("xenonnt_sr0", "e", widths={"solar": width}).limit.item()
        ...     for width in (0.01, 0.3)
        ... )
        >>> tight < loose
        True
        """
        masses = self.configuration.grids.m_4.array() if m_4 is None else masses_of(m_4)
        return Variations(self, masses)

    def projection(
        self,
        experiment: str | None = None,
        exposure: ArrayLike = PROJECTED_EXPOSURES,
        flavor: Names | None = None,
        m_4: ArrayLike = PROJECTED_MASSES,
        cl: ArrayLike = 0.9,
        *,
        path: str | Path | None = None,
    ) -> xr.Dataset:
        """Limits that an experiment expects, against its exposure.

        Counts are Standard Model plus background, which grow with the exposure; the widths of
        the constraints stay. The limits are those for the mass fixed, one degree of freedom.

        Parameters
        ----------
        experiment : str, optional
            An experiment of the configuration or one that comes with nusterile. By default the
            one without data, and ``xlzd`` where the configuration has none.
        exposure : array_like
            Exposures, t yr, at least two and increasing; 1 to 1000 by default.
        flavor : str or iterable of str, optional
            Flavours; all of the configuration by default.
        m_4 : array_like
            Sterile masses, MeV; each once, in increasing order.
        cl : array_like
            Confidence levels, likewise.
        path : str or Path, optional
            File to write.

        Returns
        -------
        Dataset
            ``limit`` and ``limit_status`` (experiment, flavor, m_4, cl, exposure): a product of
            the kind ``projection``.

        Raises
        ------
        InputError
            If a name is unknown, a number cannot be used, or several experiments without data
            are there and none is named.

        Examples
        --------
        >>> found = Analysis().projection("xlzd", [10, 1000], "effective", 0.0).limit.squeeze()
        >>> bool(0.2 < found[1] / found[0] < 0.4)
        True
        """
        from nusterile.product.files import check_target, write_product
        from nusterile.product.projection import compute_projection

        exposures, masses = exposures_of(exposure), np.unique(masses_of(m_4))
        levels, flavors = np.unique(levels_of(cl)), tuple(dict.fromkeys(self._flavors(flavor)))
        if path is not None:
            check_target(Path(path))
        one = self.of_experiment(experiment)
        events = one.experiments[0].n_bins * 8 * 3
        points = levels.size * exposures.size
        # a limit, and its status as fixed text and as an object
        require_memory(masses.size * len(FLAVORS) * (events + points * 44), masses.size * points)
        dataset = compute_projection(one, exposures, flavors, masses, levels)
        if path is not None:
            write_product(dataset, Path(path), keep=True)
        return dataset

    def projected_exposure(self, experiment: str) -> float:
        """Exposure that the description of an experiment states, t yr.

        Parameters
        ----------
        experiment : str
            An experiment of the configuration or one that comes with nusterile.

        Returns
        -------
        float

        Raises
        ------
        InputError
            If there is no experiment of that name.

        Examples
        --------
        >>> Analysis().projected_exposure("xlzd")
        300.0
        """
        return self.of_experiment(experiment).experiments[0].exposure

    def of_experiment(self, experiment: str | None = None) -> Analysis:
        """Return the analysis of one experiment alone.

        Parameters
        ----------
        experiment : str, optional
            An experiment of the configuration or one that comes with nusterile. By default the
            one without data, and ``xlzd`` where the configuration has none.

        Returns
        -------
        Analysis

        Raises
        ------
        InputError
            If there is none of that name, or several without data and none is named.

        Examples
        --------
        >>> list(Analysis().of_experiment("lz_ws2024").selections)
        ['lz_ws2024']
        """
        if experiment is None:
            if len(self.expected_only) > 1:
                raise InputError(
                    f"experiment: {', '.join(self.expected_only)} have no data; name one of them"
                )
            experiment = self.expected_only[0] if self.expected_only else PROJECTED
        return type(self)(self.configuration.of_experiment(experiment))

    def toys(
        self,
        study: StudyName,
        *,
        selection: Names | None = None,
        flavor: Names | None = None,
        m_4: ArrayLike | None = None,
        mu: ArrayLike | None = None,
        cl: ArrayLike = 0.9,
        dof: ArrayLike | None = None,
        toys: int = DEFAULT_TOYS,
        seed: int = 0,
        truth: TruthName | None = None,
        precision: float | None = None,
        scheduler: str = "threads",
        path: str | Path | None = None,
        progress: ProgressFunction | None = None,
        cancelled: CancelledFunction | None = None,
    ) -> xr.Dataset:
        """Ask toy experiments what a limit means.

        N_i ~ Poisson(truth), and the centre of each Gaussian constraint ~ Normal(the truth's
        pull, σ), drawn again while it would put a scale below 0.

        Parameters
        ----------
        study : {"expected", "coverage", "unified", "cls", "significance"}
            Quantiles of the limits without a signal; shares of limits and intervals that hold
            the truth; critical Δχ² and intervals of Feldman and Cousins; CL_s limits; local and
            global significance.
        selection, flavor : str or iterable of str, optional
            Selections and flavours. By default all of ``expected``, and of the others the
            combination and the effective moment.
        m_4 : array_like, optional
            Sterile masses, MeV. By default of ``expected`` and ``significance`` the configured
            grid, of the others 0, 0.01, 0.1, 0.3 and 1.
        mu : array_like, optional
            Moments of ``coverage``, ``unified`` and ``cls``, Bohr magnetons; by default from a
            quarter of the lowest limit to 2.5 times the highest.
        cl : array_like
            Confidence levels.
        dof : array_like, optional
            Degrees of freedom of ``unified``; 1 by default. With 2, Δχ² is that against the
            minimum over all masses of the configured grid, of toys and data.
        toys : int
            Toys of each truth.
        seed : int
            Which random numbers; the same ones give the same results, bit by bit, wherever and
            in whatever order the toys are computed.
        truth : {"profiled", "nominal"}, optional
            Nuisance parameters of the truths of ``coverage``, ``unified`` and ``cls``: as the
            data want them at each point (the default), or nominal. Those of the other studies
            are nominal.
        precision : float, optional
            Double the toys of each truth until the Monte Carlo error of its answers is below
            this: relative for ``expected`` (the median) and ``unified`` (critical Δχ²), absolute
            for the shares and p-values of the others.
        scheduler : str
            ``threads`` or ``processes`` of this machine, or the address of a dask scheduler.
        path : str or Path, optional
            File to write. What has been computed is kept beside it until then, so that a run
            that was killed goes on where it stopped.
        progress : callable, optional
            Called with the share done (0 to 1) and what is being done.
        cancelled : callable, optional
            Asked now and then; where it returns True, `Cancelled` is raised.

        Returns
        -------
        Dataset
            A product of the kind that has the name of the study.

        Raises
        ------
        InputError
            If a value cannot be used, there are several solar pulls, or the scheduler cannot be
            reached.
        Cancelled
            If `cancelled` returned True.

        Examples
        --------
        >>> found = Analysis().toys(
        ...     "coverage", selection="xenonnt_sr0", m_4=0.1, mu=[0, 2e-11], toys=400
        ... )
        >>> held = found.coverage.sel(statement="upper_limit").squeeze()
        >>> bool((held > 0.9).all())
        True
        """
        from nusterile.model.toys.runner import runner_of
        from nusterile.product.files import check_target, write_product
        from nusterile.product.toys import compute_toys

        request = request_of(
            self,
            study,
            selection=selection,
            flavor=flavor,
            m_4=m_4,
            mu=mu,
            cl=cl,
            dof=dof,
            toys=toys,
            seed=seed,
            truth=truth,
            precision=precision,
        )
        target = None if path is None else Path(path)
        if target is not None:
            check_target(target)
        identity = request.identity() | {"configuration": self.configuration.hash()}
        with runner_of(scheduler, target, identity, progress, cancelled) as run:
            dataset = compute_toys(self, request, run)
            if target is not None:
                write_product(dataset, target, keep=True)
        return dataset

    def build(
        self,
        path: str | Path | None = None,
        *,
        scheduler: str | None = None,
        progress: ProgressFunction | None = None,
        cancelled: CancelledFunction | None = None,
    ) -> xr.Dataset:
        """Compute the whole product and, where a path is given, write it.

        Parameters
        ----------
        path : str or Path, optional
            File to write.
        scheduler : str, optional
            For grids beyond memory: compute block by block, with ``threads`` or ``processes`` of
            this machine or at the address of a dask scheduler, ``tcp://host:port``, and write the
            file part by part. A run that was killed goes on where it stopped. By default all is
            computed in memory.
        progress : callable, optional
            Called with the share done (0 to 1) and what is being done.
        cancelled : callable, optional
            Asked now and then; where it returns True, `Cancelled` is raised.

        Returns
        -------
        Dataset
            In memory; with a scheduler, values are read from the file when they are used.

        Raises
        ------
        InputError, ProductError
            If the file cannot be written; or the grids need too much memory; or the scheduler
            cannot be used, or there is one and no path.
        Cancelled
            If `cancelled` returned True.

        Examples
        --------
        >>> grids = {"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 4}}
        >>> small = Analysis().with_changes(experiments=["xenonnt_sr0"], grids=grids)
        >>> product = small.build()
        >>> product.chi2.dims
        ('selection', 'flavor', 'm_4', 'mu')
        """
        from nusterile.product.files import check_target, write_product
        from nusterile.product.scan import compute_product

        if path is not None:
            check_target(Path(path))
        if scheduler is not None:
            if path is None:
                raise InputError("a product that is computed block by block needs a file: path")
            from nusterile.product.large import build_large

            return build_large(
                self, Path(path), scheduler=scheduler, progress=progress, cancelled=cancelled
            )
        dataset = compute_product(self, progress=progress, cancelled=cancelled)
        if path is not None:
            write_product(dataset, Path(path), keep=True)
        return dataset

    def _flavors(self, flavor: Names | None) -> tuple[str, ...]:
        return chosen_names(FLAVOR, flavor, self.configuration.flavors)

    def _selections(self, selection: Names | None) -> tuple[str, ...]:
        return chosen_names(SELECTION, selection, self.selections)
