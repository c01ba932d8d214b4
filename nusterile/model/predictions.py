"""What a configuration predicts: rates, expected events, likelihoods."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arguments import Names, chosen_names, require_name
from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.experiments.expectation import Expectation
from nusterile.experiments.experiment import Experiment
from nusterile.experiments.spectrum import BinnedSpectrum
from nusterile.model.configuration import Configuration
from nusterile.model.physics_settings import RESPONSES
from nusterile.model.stored_inputs import RESPONSE_FOLDER
from nusterile.physics import solar
from nusterile.physics.flux_moments import FluxMoments
from nusterile.physics.rates import RecoilRates
from nusterile.physics.solar import SolarSource
from nusterile.physics.survival import Oscillation
from nusterile.physics.xenon import (
    Target,
    free_xenon,
    parse_response,
    shipped_response,
    with_response,
    xenon,
)
from nusterile.statistics.likelihood import Likelihood, pull_units
from nusterile.statistics.solar_pulls import SolarPulls
from nusterile.vocabulary import EXPERIMENT, FLAVOR, FLAVORS, SELECTION, pull_name

__all__ = ["FittedSpectra", "Predictions", "flavor_rows"]


def flavor_rows(flavors: Names) -> list[int]:
    """Rows of flavours in arrays that hold all of `FLAVORS`."""
    names = (flavors,) if isinstance(flavors, str) else flavors
    known: tuple[str, ...] = FLAVORS
    return [known.index(flavor) for flavor in names]


class FittedSpectra(NamedTuple):
    """Expected events of the experiments of a selection, with the pulls of one fit.

    Attributes
    ----------
    chi2 : float
        χ² of the fit.
    spectra : dict of str to BinnedSpectrum
        Events by experiment.
    """

    chi2: float
    spectra: dict[str, BinnedSpectrum]


class Predictions:
    """Everything that a configuration predicts, computed when it is asked for.

    Parameters
    ----------
    configuration : Configuration, optional
        The default one if not given.
    like : Predictions, optional
        Those of another configuration of the same experiments: what both have in common is taken
        from there.

    Attributes
    ----------
    configuration : Configuration
        What is computed, and with which physics.
    experiments : tuple of Experiment
        Its experiments, read and checked.
    selections : dict of str to tuple of str
        Experiments of each selection.
    """

    def __init__(
        self, configuration: Configuration | None = None, *, like: Predictions | None = None
    ) -> None:
        if not isinstance(configuration, Configuration | None):
            raise InputError(
                f"{type(self).__name__} takes a Configuration, not "
                f"{type(configuration).__name__}; for a file, use Analysis.from_toml(path) or "
                "Analysis.from_product(path)"
            )
        self.configuration = configuration or Configuration()
        self._expected: dict[str, Expectation] = {}
        known: dict[str, Experiment] = {}
        if like is not None:
            here, there = self.configuration.overrides, like.configuration.overrides
            known = {e.name: e for e in like.experiments if here.get(e.name) == there.get(e.name)}
            if self._physics == like._physics:
                self.recoil_rates = like.recoil_rates
                self._expected = {n: e for n, e in like.expectations.items() if n in known}
        self.experiments: tuple[Experiment, ...] = self.configuration.load_experiments(known)
        self.selections = self.configuration.selection_members(
            tuple(e.name for e in self.experiments), self.expected_only
        )

    @property
    def expected_only(self) -> tuple[str, ...]:
        """Names of the experiments without data.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> Analysis().with_changes(experiments=["xenonnt_sr0", "xlzd"]).expected_only
        ('xlzd',)
        """
        return tuple(e.name for e in self.experiments if e.expected_only)

    @property
    def expected_selections(self) -> tuple[str, ...]:
        """Names of the selections without data, whose limits are expected ones.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> Analysis().of_experiment("xlzd").expected_selections
        ('xlzd',)
        """
        return tuple(n for n, m in self.selections.items() if m[0] in self.expected_only)

    @cached_property
    def recoil_rates(self) -> RecoilRates:
        """Rates before any detector.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.recoil_rates.standard_model([1.0, 5.0]).shape  # keV
        (2,)
        """
        return self._rates_of(self._sources)

    @cached_property
    def source_rates(self) -> tuple[RecoilRates, ...]:
        """The same of each solar source, where its pull is its own.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> len(analysis.source_rates)
        0
        >>> len(analysis.with_changes(solar={"pulls": "by_source"}).source_rates)
        8
        """
        if self.solar_pulls.shares is None:
            return ()
        return tuple(self._rates_of((source,)) for source in self._sources)

    @cached_property
    def solar_pulls(self) -> SolarPulls:
        """How a fit may move the fluxes of the Sun.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.solar_pulls.names, analysis.solar_pulls.sigma.tolist()
        (('solar',), [0.07])
        """
        settings = self.configuration.solar
        if settings.pulls == "common":
            return SolarPulls.common(settings.sigma)
        names = [source.name for source in self._sources]
        own = {str(source): width for source, width in settings.source_sigma.items()}
        widths = [own.get(s.name, s.relative_sigma) for s in self._sources]
        return SolarPulls.by_source(names, widths, correlated=settings.correlated)

    @property
    def _sources(self) -> tuple[SolarSource, ...]:
        return solar.solar_sources(self.configuration.solar.model)

    def _rates_of(self, sources: Sequence[SolarSource]) -> RecoilRates:
        settings = self.configuration
        oscillation = Oscillation(**settings.oscillation.model_dump())
        names = tuple(source.name for source in sources)
        return RecoilRates(
            _flux_moments(settings.solar.model, names, oscillation),
            oscillation,
            settings.cross_section.couplings,
            settings.cross_section.sin2_theta_w,
            target=self._targets[0],
            dipole_target=self._targets[1],
        )

    @cached_property
    def _targets(self) -> tuple[Target, Target]:
        """Xenon as the Standard Model part sees it, and as the dipole part does."""
        settings = self.configuration.atom
        if settings.response == "steps":
            return xenon(), xenon()
        if settings.response == "free":
            changed = free_xenon()
        elif settings.response == "rrpa":
            changed = with_response(*shipped_response())
        else:
            name, text = self.configuration.response_text()
            table = parse_response(text.removeprefix("\ufeff"), Path(settings.response))
            digest = hashlib.sha256(text.encode()).hexdigest()
            changed = with_response(table, {f"{RESPONSE_FOLDER}/{name}": digest})
        return (
            xenon() if settings.applies_to == "dipole" else changed,
            xenon() if settings.applies_to == "standard_model" else changed,
        )

    @cached_property
    def expectations(self) -> dict[str, Expectation]:
        """Predictions of each experiment.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.expectations["xenonnt_sr0"].standard_model.shape  # events by bin
        (29,)
        """
        return {
            e.name: self._expected.get(e.name)
            or Expectation.of(e, self.recoil_rates, source_rates=self.source_rates)
            for e in self.experiments
        }

    @property
    def _physics(self) -> tuple[Any, ...]:
        """All settings that expected events depend on, beside those of the experiment."""
        settings, solar = self.configuration, self.configuration.solar
        sun = (solar.model, solar.pulls, settings.oscillation)
        return sun, settings.cross_section, settings.atom

    def likelihood(self, selection: str) -> Likelihood:
        """Return the χ² of a selection.

        Parameters
        ----------
        selection : str
            A selection of the configuration.

        Returns
        -------
        Likelihood

        Raises
        ------
        InputError
            If a name is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.likelihood("xenonnt_sr0").counts.shape
        (29,)
        """
        return self.likelihood_of(self.members(selection))

    def likelihood_of(self, experiments: Sequence[str]) -> Likelihood:
        """Return the χ² of some experiments together, whether a selection joins them or not.

        Parameters
        ----------
        experiments : sequence of str
            Experiments of the configuration.

        Returns
        -------
        Likelihood

        Raises
        ------
        InputError
            If an experiment is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> Analysis().likelihood_of(["xenonnt_sr0", "lz_ws2024"]).counts.shape
        (47,)
        """
        return Likelihood.of([self._expectation(name) for name in experiments], self.solar_pulls)

    def dipole_events(self, selection: str, m_4: ArrayLike) -> Floats:
        """Dipole events at 1e-11 μ_B, bins as in `likelihood`.

        Parameters
        ----------
        selection : str
            A selection of the configuration.
        m_4 : array_like, shape (n_m,)
            Sterile masses, MeV.

        Returns
        -------
        ndarray
            Shape (4, n_m, n_bin); with several solar pulls (4, n_m, n_sun, n_bin), the events
            that each of them moves.

        Raises
        ------
        InputError
            If a name is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.dipole_events("xenonnt_sr0", [0.0, 0.1]).shape
        (4, 2, 29)
        """
        events = [self.templates(name, m_4) for name in self.members(selection)]
        return np.concatenate(events, axis=-1)

    def templates(self, experiment: str, m_4: ArrayLike) -> Floats:
        """Dipole events of one experiment, shaped as in `dipole_events`.

        Parameters
        ----------
        experiment : str
            An experiment of the configuration.
        m_4 : array_like, shape (n_m,)
            Sterile masses, MeV.

        Returns
        -------
        ndarray
            Shape (4, n_m, n_bin), or (4, n_m, n_sun, n_bin).

        Raises
        ------
        InputError
            If the experiment is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.templates("xenonnt_sr0", 0.1).shape
        (4, 1, 29)
        """
        expectation = self._expectation(experiment)
        if self.solar_pulls.shares is None:
            return expectation.dipole(m_4)
        return self.solar_pulls.split(expectation.dipole_by_source(m_4))

    def binned_spectrum(
        self,
        experiment: str,
        flavor: str,
        m_4: float,
        mu: float,
        selection: str | None = None,
    ) -> BinnedSpectrum:
        """Expected events of one experiment at a point.

        Parameters
        ----------
        experiment, flavor : str
            Experiment and flavour.
        m_4 : float
            Sterile mass, MeV.
        mu : float
            Transition moment, Bohr magnetons.
        selection : str, optional
            Apply the best-fit pulls of this selection; nominal pulls without.

        Returns
        -------
        BinnedSpectrum
            Events of each part, shapes (n_bin,) and (n_component, n_bin).

        Raises
        ------
        InputError
            If a name is unknown, the selection does not hold the experiment, or its fit
            finds no minimum.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> found = analysis.binned_spectrum("xenonnt_sr0", "effective", 0.1, 1e-11)
        >>> found.sm.shape, found.background.shape
        ((29,), (1, 29))
        """
        require_name(EXPERIMENT, experiment, self.expectations)
        if selection is None:
            return self._nominal_spectrum(experiment, flavor, m_4, mu)
        require_held(experiment, selection, self.members(selection))
        return self.fitted_spectra(selection, flavor, m_4, mu).spectra[experiment]

    def fitted_spectra(self, selection: str, flavor: str, m_4: float, mu: float) -> FittedSpectra:
        """Expected events of every experiment of a selection at a point, fitted once.

        Parameters
        ----------
        selection, flavor : str
            Selection, whose pulls are fitted, and flavour.
        m_4 : float
            Sterile mass, MeV.
        mu : float
            Transition moment, Bohr magnetons.

        Returns
        -------
        FittedSpectra
            The profiled χ² and a `BinnedSpectrum` of each experiment.

        Raises
        ------
        InputError
            If a name is unknown, or the fit finds no minimum.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> found = analysis.fitted_spectra("xenonnt_sr0", "effective", 0.1, 1e-11)
        >>> list(found.spectra), bool(found.chi2 > 0)
        (['xenonnt_sr0'], True)
        """
        row = self._row(flavor)
        likelihood = self.likelihood(selection)
        strength = float(self.recoil_rates.interaction.strength(mu))
        # From no dipole on: the fit without one is where the other starts.
        points = np.unique([0.0, strength])
        rows = np.zeros_like(points, dtype=int)
        profile = likelihood.profile(self.dipole_events(selection, m_4)[row], rows, points)
        chi2, pulls = profile.chi2[-1], profile.pulls[-1]
        if not np.isfinite(chi2):
            raise InputError(
                f"the fit of {selection} finds no minimum at m_4 = {m_4:g} MeV, "
                f"mu = {mu:g} bohr_magneton"
            )
        shifts = dict(zip(likelihood.pull_names, pulls * pull_units(likelihood.sigma), strict=True))
        spectra = {}
        for experiment in self.members(selection):
            nominal = self._nominal_spectrum(experiment, flavor, m_4, mu)
            parts = [shifts[pull_name(experiment, name)] for name in nominal.components]
            sun = np.array([shifts[name] for name in self.solar_pulls.names])
            spectra[experiment] = (
                nominal.pulled(float(sun[0]), parts)
                if self.solar_pulls.shares is None
                else self.pulled_by_source(nominal, experiment, flavor, m_4, mu, sun, parts)
            )
        return FittedSpectra(float(chi2), spectra)

    def pulled_by_source(
        self,
        nominal: BinnedSpectrum,
        experiment: str,
        flavor: str,
        m_4: float,
        mu: float,
        sun: Floats,
        background: ArrayLike,
    ) -> BinnedSpectrum:
        """Apply the pulls of a fit to a spectrum, where there are several of the Sun.

        Parameters
        ----------
        nominal : BinnedSpectrum
            Without pulls, of this point.
        experiment, flavor, m_4, mu
            The point, as in `binned_spectrum`.
        sun : ndarray, shape (n_sun,)
            Relative shift by each solar pull.
        background : array_like, shape (n_component,)
            Relative shift of each component.

        Returns
        -------
        BinnedSpectrum
            With the pulls applied.

        Raises
        ------
        InputError
            If experiment or flavour are unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> separate = analysis.with_changes(solar={"pulls": "by_source"})
        >>> point = ("xenonnt_sr0", "effective", 0.1, 1e-11)
        >>> nominal, no_sun = separate.binned_spectrum(*point), [-1.0] * 8
        >>> float(separate.pulled_by_source(nominal, *point, np.array(no_sun), [0.0]).sm.sum())
        0.0
        """
        flux = self.solar_pulls.of_sources(1 + sun)
        expectation = self._expectation(experiment)
        strength = self.recoil_rates.interaction.strength(mu)
        return replace(
            nominal.pulled(0.0, background),
            sm=flux @ expectation.standard_model_by_source,
            dipole=flux @ expectation.dipole_by_source(m_4)[self._row(flavor), 0] * strength,
        )

    def _expectation(self, experiment: str) -> Expectation:
        require_name(EXPERIMENT, experiment, self.expectations)
        return self.expectations[experiment]

    def _nominal_spectrum(
        self, experiment: str, flavor: str, m_4: float, mu: float
    ) -> BinnedSpectrum:
        row = self._row(flavor)
        expectation = self.expectations[experiment]
        data = expectation.experiment
        return BinnedSpectrum(
            low=data.bin_edges[:-1],
            high=data.bin_edges[1:],
            exposure=data.exposure,
            counts=expectation.counts,
            expected_only=data.expected_only,
            sm=expectation.standard_model,
            dipole=expectation.dipole(m_4)[row, 0] * self.recoil_rates.interaction.strength(mu),
            background=expectation.background,
            components=tuple(component.name for component in data.components),
        )

    def _row(self, flavor: str) -> int:
        return flavor_rows(chosen_names(FLAVOR, flavor, self.configuration.flavors))[0]

    def input_hashes(self) -> dict[str, str]:
        """Return the SHA-256 of every table used, by the name of its file.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> len(analysis.input_hashes()["experiments/xenonnt_sr0/counts.csv"])
        64
        """
        hashes = solar.input_hashes()
        for target in self._targets:
            hashes |= target.input_hashes
        for experiment in self.experiments:
            hashes |= experiment.input_hashes
        return dict(sorted(hashes.items()))

    def input_texts(self) -> dict[str, str]:
        """Return the text of every file of the experiments and of the user's bounds and tables.

        Returns
        -------
        dict of str to str
            By the name of the file.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> sorted(analysis.input_texts())[0]
        'experiments/xenonnt_sr0/background.csv'
        """
        texts: dict[str, str] = {}
        if self.configuration.atom.response not in RESPONSES:
            name, text = self.configuration.response_text()
            texts[f"{RESPONSE_FOLDER}/{name}"] = text
        for experiment in self.experiments:
            texts |= experiment.input_texts
        own = self.configuration.own_bounds()
        if own:
            from nusterile.bounds.registry import load_bounds  # which limits alone do without

            for bound in load_bounds(own, builtin=False).values():
                texts |= bound.input_texts
        return texts

    def pull_names(self) -> list[str]:
        """Return the names of all pulls: those of the Sun, then ``<experiment>:<component>``.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.pull_names()
        ['solar', 'xenonnt_sr0:b0']
        """
        return list(self.pull_widths())

    def pull_widths(self) -> dict[str, float]:
        """Return the relative width of each pull by name; infinite where free.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xenonnt_sr0")
        >>> analysis.pull_widths()["solar"]
        0.07
        """
        widths = {
            pull_name(e.name, c.name): float(c.width)
            for e in self.experiments
            for c in e.components
        }
        sun = zip(self.solar_pulls.names, map(float, self.solar_pulls.sigma), strict=True)
        return {**dict(sun), **widths}

    def members(self, selection: str) -> tuple[str, ...]:
        """Return the experiments of a selection.

        Parameters
        ----------
        selection : str
            A selection of the configuration.

        Returns
        -------
        tuple of str

        Raises
        ------
        InputError
            If a name is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> Analysis().members("lz")
        ('lz_ws2022', 'lz_ws2024')
        """
        require_name(SELECTION, selection, self.selections)
        return self.selections[selection]


@lru_cache(maxsize=32)
def _flux_moments(
    model: Literal["gs98", "agss09met"], names: tuple[str, ...], oscillation: Oscillation
) -> FluxMoments:
    """Moments of some sources; one Sun serves many analyses."""
    return FluxMoments(solar.solar_sources(model, names), oscillation)


def require_held(experiment: str, selection: str, members: tuple[str, ...]) -> None:
    """Raise InputError where a selection does not hold an experiment."""
    if experiment not in members:
        raise InputError(
            f"the selection '{selection}' does not hold the experiment '{experiment}', so its fit "
            f"has no pulls for it; it holds {', '.join(members)}"
        )
