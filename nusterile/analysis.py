"""The analysis as one object: from a configuration to labelled results."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from nusterile.arguments import (
    Names,
    chosen_names,
    degrees_of,
    energies_of,
    levels_of,
    masses_of,
    moments_of,
    require_memory,
    require_name,
    single,
)
from nusterile.config import Configuration
from nusterile.constants import MU_REFERENCE
from nusterile.errors import InputError, SettingError
from nusterile.expectation import Expectation
from nusterile.experiment import Experiment
from nusterile.flux_moments import FluxMoments
from nusterile.labels import ATTRIBUTES
from nusterile.likelihood import Likelihood
from nusterile.limits import FAILED, OK, OUTSIDE, threshold, upper_limits
from nusterile.rates import FLAVORS, RecoilRates
from nusterile.solar import solar_sources
from nusterile.survival import Oscillation
from nusterile.toml_models import place_of_key

if TYPE_CHECKING:
    from nusterile.scan import CancelledFunction, ProgressFunction

__all__ = ["Analysis"]


class Analysis:
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

    def __init__(self, configuration: Configuration | None = None) -> None:
        if not isinstance(configuration, Configuration | None):
            raise InputError(
                f"Analysis takes a Configuration, not {type(configuration).__name__}; "
                "for a file, use Analysis.from_toml(path) or Analysis.from_product(path)"
            )
        self.configuration = configuration or Configuration()
        self.experiments: tuple[Experiment, ...] = self.configuration.load_experiments()
        #: Experiments of each selection.
        self.selections = self.configuration.selection_members(
            tuple(e.name for e in self.experiments)
        )

    @classmethod
    def from_toml(cls, path: str | Path) -> Analysis:
        """Make the analysis of a configuration file."""
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

        Raises
        ------
        InputError
            If an input table is gone or no longer the one the product was made from.
        """
        from nusterile.product import open_product, stored_configuration, stored_input_hashes

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

    @cached_property
    def recoil_rates(self) -> RecoilRates:
        """Rates before any detector."""
        settings = self.configuration
        oscillation = Oscillation(**settings.oscillation.model_dump())
        return RecoilRates(
            FluxMoments(solar_sources(settings.solar.model), oscillation),
            oscillation,
            settings.cross_section.couplings,
            settings.cross_section.sin2_theta_w,
        )

    @cached_property
    def expectations(self) -> dict[str, Expectation]:
        """Predictions of each experiment."""
        return {e.name: Expectation.of(e, self.recoil_rates) for e in self.experiments}

    def doubts(self) -> tuple[str, ...]:
        """List what in the inputs is probably a mistake, one line each.

        Tables that end too early, wrong units, data that the backgrounds do not resemble;
        see `nusterile.doubts`.
        """
        from nusterile.doubts import doubts_about

        return doubts_about(self)

    def likelihood(self, selection: str) -> Likelihood:
        """Return the χ² of a selection."""
        return Likelihood.of(
            [self.expectations[name] for name in self._members(selection)],
            self.configuration.solar.sigma,
        )

    def dipole_events(self, selection: str, m_4: ArrayLike) -> NDArray[np.float64]:
        """Dipole events at 1e-11 μ_B, shape (4, n_m, n_bin), bins as in `likelihood`."""
        return np.concatenate(
            [self.expectations[name].dipole(m_4) for name in self._members(selection)],
            axis=-1,
        )

    def input_hashes(self) -> dict[str, str]:
        """SHA-256 of every table used."""
        from nusterile import rates, solar

        hashes = {**solar.input_hashes(), **rates.input_hashes()}
        for experiment in self.experiments:
            hashes |= experiment.input_hashes
        return dict(sorted(hashes.items()))

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
        """
        flavors = self._flavors(flavor)
        masses = masses_of(m_4)
        energies = energies_of(energy)
        moment = single("mu", moments_of(mu))
        require_memory(
            len(FLAVORS) * masses.size * energies.size * 8 * 8, masses.size * energies.size
        )
        dipole = self.recoil_rates.dipole(energies, masses)[_indices(flavors)]
        unit = "1/(t yr keV)"
        return xr.Dataset(
            {
                "sm": (
                    "energy",
                    self.recoil_rates.standard_model(energies),
                    {"units": unit, "long_name": "Standard Model recoil rate"},
                ),
                "dipole": (
                    ("flavor", "m_4", "energy"),
                    dipole * (moment / MU_REFERENCE) ** 2,
                    {"units": unit, "long_name": f"dipole recoil rate for mu = {moment:g} mu_B"},
                ),
            },
            coords={
                "flavor": list(flavors),
                "m_4": ("m_4", masses, ATTRIBUTES["m_4"]),
                "energy": ("energy", energies, ATTRIBUTES["energy"]),
            },
        )

    def spectrum(self, experiment: str, flavor: str, m_4: float, mu: float) -> xr.Dataset:
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

        Returns
        -------
        Dataset
            ``energy_low``, ``energy_high`` (keV), ``counts``, ``sm``, ``dipole``,
            ``background`` (component, bin) and ``total`` in events, nominal pulls.
        """
        require_name("experiment", experiment, self.expectations)
        expectation = self.expectations[experiment]
        index = _indices(self._flavors(flavor))[0]
        mass, moment = single("m_4", masses_of(m_4)), single("mu", moments_of(mu))
        dipole = expectation.dipole(mass)[index, 0] * (moment / MU_REFERENCE) ** 2
        data = expectation.experiment
        total = expectation.standard_model + dipole + expectation.background.sum(axis=0)
        keV, events = {"units": "keV"}, {"units": "1"}
        return xr.Dataset(
            {
                "energy_low": ("bin", data.bin_edges[:-1], {**keV, "long_name": "lower bin edge"}),
                "energy_high": ("bin", data.bin_edges[1:], {**keV, "long_name": "upper bin edge"}),
                "counts": ("bin", data.counts, {**events, "long_name": "observed events"}),
                "sm": (
                    "bin",
                    expectation.standard_model,
                    {**events, "long_name": "expected solar neutrino events, Standard Model"},
                ),
                "dipole": ("bin", dipole, {**events, "long_name": "expected dipole events"}),
                "background": (
                    ("component", "bin"),
                    expectation.background,
                    {**events, "long_name": "expected background events"},
                ),
                "total": ("bin", total, {**events, "long_name": "expected events"}),
            },
            coords={
                "bin": np.arange(data.counts.size),
                "component": [c.name for c in data.components],
            },
            attrs={"experiment": experiment, "flavor": flavor, "m_4": mass, "mu": moment},
        )

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
        shape = (len(selections), len(flavors), masses.size, moments.size)
        chi2 = np.empty(shape)
        pulls = np.full((*shape, len(names)), np.nan)
        for s, name in enumerate(selections):
            likelihood = self.likelihood(name)
            columns = [names.index(pull) for pull in likelihood.pull_names]
            dipole = self.dipole_events(name, masses)
            for f, index in enumerate(_indices(flavors)):
                chi2[s, f], pulls[s, f][..., columns] = profile_plane(
                    likelihood, dipole[index], moments
                )
        return xr.Dataset(
            {
                "chi2": (("selection", "flavor", "m_4", "mu"), chi2, ATTRIBUTES["chi2"]),
                "pulls": (("selection", "flavor", "m_4", "mu", "pull"), pulls, ATTRIBUTES["pulls"]),
            },
            coords={
                "selection": list(selections),
                "flavor": list(flavors),
                "m_4": ("m_4", masses, ATTRIBUTES["m_4"]),
                "mu": ("mu", moments, ATTRIBUTES["mu"]),
                "pull": names,
            },
        )

    def limits(
        self,
        selection: Names | None = None,
        flavor: Names | None = None,
        m_4: ArrayLike | None = None,
        cl: ArrayLike | None = None,
        dof: ArrayLike = (1, 2),
        *,
        expected: bool = False,
    ) -> xr.Dataset:
        """Upper limits on the moment, root-found.

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
            ``limit`` and ``limit_status`` (selection, flavor, m_4, cl, dof), ``chi2_min``
            and ``mu_best`` (selection, flavor, m_4). A limit that does not exist is NaN.
        """
        selections, flavors = self._selections(selection), self._flavors(flavor)
        grid = self.configuration.grids.m_4
        degrees = degrees_of(dof)
        levels = levels_of(self.configuration.grids.cl if cl is None else cl)
        n_m = grid.size if m_4 is None else np.size(m_4)
        largest = max(n_m, grid.size) if 2 in degrees else n_m
        bins = sum(e.counts.size for e in self.experiments)
        require_memory(largest * len(FLAVORS) * bins * 8 * 3, largest)
        masses = grid.array() if m_4 is None else masses_of(m_4)
        shape = (len(selections), len(flavors), masses.size)
        chi2_min, mu_best = np.empty(shape), np.empty(shape)
        limit = np.empty((*shape, levels.size, degrees.size))
        status = np.empty(limit.shape, dtype="<U7")
        for s, name in enumerate(selections):
            likelihood = self.likelihood(name)
            if expected:
                likelihood = likelihood.asimov()
            dipole = self.dipole_events(name, masses)
            on_grid = (
                dipole
                if m_4 is None or 2 not in degrees
                else self.dipole_events(name, grid.array())
            )
            for f, index in enumerate(_indices(flavors)):
                found = limits_of_masses(
                    likelihood,
                    dipole[index],
                    levels,
                    degrees,
                    None if on_grid is dipole else on_grid[index],
                )
                chi2_min[s, f], mu_best[s, f], limit[s, f], status[s, f] = found
        status = mark_outside(status, limit, self.configuration.grids.mu.ends)
        return xr.Dataset(
            {
                "limit": (("selection", "flavor", "m_4", "cl", "dof"), limit, ATTRIBUTES["limit"]),
                "limit_status": (
                    ("selection", "flavor", "m_4", "cl", "dof"),
                    status.astype(object),
                    ATTRIBUTES["limit_status"],
                ),
                "chi2_min": (("selection", "flavor", "m_4"), chi2_min, ATTRIBUTES["chi2_min"]),
                "mu_best": (("selection", "flavor", "m_4"), mu_best, ATTRIBUTES["mu_best"]),
            },
            coords={
                "selection": list(selections),
                "flavor": list(flavors),
                "m_4": ("m_4", masses, ATTRIBUTES["m_4"]),
                "cl": ("cl", levels, ATTRIBUTES["cl"]),
                "dof": ("dof", degrees, ATTRIBUTES["dof"]),
            },
        )

    def build(
        self,
        path: str | Path | None = None,
        *,
        progress: ProgressFunction | None = None,
        cancelled: CancelledFunction | None = None,
    ) -> xr.Dataset:
        """Compute the whole product and, where a path is given, write it.

        Parameters
        ----------
        path : str or Path, optional
            File to write.
        progress : callable, optional
            Called with the share done (0 to 1) and what is being done.
        cancelled : callable, optional
            Asked now and then; where it returns True, `Cancelled` is raised.

        Returns
        -------
        Dataset
        """
        from nusterile.product import check_target, write_product
        from nusterile.scan import compute_product

        if path is not None:
            check_target(Path(path))
        dataset = compute_product(self, progress=progress, cancelled=cancelled)
        if path is not None:
            write_product(dataset, Path(path))
        return dataset

    def pull_names(self) -> list[str]:
        """Names of all pulls: ``solar``, then ``<experiment>:<component>``."""
        return ["solar", *(f"{e.name}:{c.name}" for e in self.experiments for c in e.components)]

    def pull_widths(self) -> dict[str, float]:
        """Relative width of each pull by name; infinite where free."""
        widths = {
            f"{e.name}:{c.name}": float(c.width) for e in self.experiments for c in e.components
        }
        return {"solar": self.configuration.solar.sigma, **widths}

    def _members(self, selection: str) -> tuple[str, ...]:
        require_name("selection", selection, self.selections)
        return self.selections[selection]

    def _flavors(self, flavor: Names | None) -> tuple[str, ...]:
        return chosen_names("flavor", flavor, self.configuration.flavors)

    def _selections(self, selection: Names | None) -> tuple[str, ...]:
        return chosen_names("selection", selection, self.selections)


def profile_plane(
    likelihood: Likelihood, dipole: NDArray[np.float64], moments: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """χ² and pulls on a plane of masses and moments.

    Parameters
    ----------
    likelihood : Likelihood
        The χ².
    dipole : ndarray, shape (n_m, n_bin)
        Dipole events at 1e-11 μ_B.
    moments : ndarray, shape (n_mu,)
        Moments, Bohr magnetons.

    Returns
    -------
    chi2 : ndarray, shape (n_m, n_mu)
    pulls : ndarray, shape (n_m, n_mu, n_pull)
    """
    rows = np.repeat(np.arange(len(dipole)), moments.size)
    strength = np.tile((moments / MU_REFERENCE) ** 2, len(dipole))
    chi2, pulls = likelihood.profile(dipole, rows, strength)
    shape = (len(dipole), moments.size)
    return chi2.reshape(shape), pulls.reshape(*shape, -1)


def limits_of_masses(
    likelihood: Likelihood,
    dipole: NDArray[np.float64],
    levels: NDArray[np.float64],
    degrees: NDArray[np.int64],
    grid_dipole: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    """Best fit and limits at some masses.

    Parameters
    ----------
    likelihood : Likelihood
        The χ².
    dipole : ndarray, shape (n_m, n_bin)
        Dipole events at 1e-11 μ_B.
    levels : ndarray, shape (n_cl,)
        Confidence levels.
    degrees : ndarray, shape (n_dof,)
        Degrees of freedom.
    grid_dipole : ndarray, shape (n_grid, n_bin), optional
        Dipole events on the configured masses, for the minimum over the whole plane;
        `dipole` itself by default.

    Returns
    -------
    chi2_min, mu_best : ndarray, shape (n_m,)
    limit, status : ndarray, shape (n_m, n_cl, n_dof)
    """
    best = likelihood.best_fit(dipole)
    plane = best.chi2 if grid_dipole is None else likelihood.best_fit(grid_dipole).chi2
    lowest = np.nanmin(plane) if np.isfinite(plane).any() else np.nan
    base = np.stack([np.where(d == 1, best.chi2, lowest) for d in degrees], axis=-1)
    level = base[:, None, :] + threshold(levels[:, None], degrees)
    found = upper_limits(likelihood, dipole, best, level.reshape(len(dipole), -1))
    return (
        best.chi2,
        MU_REFERENCE * np.sqrt(best.strength),
        MU_REFERENCE * np.sqrt(found.strength).reshape(level.shape),
        found.status.reshape(level.shape),
    )


def mark_outside(
    status: NDArray[np.str_], limit: NDArray[np.float64], ends: Sequence[float]
) -> NDArray[np.str_]:
    """Replace ``ok`` by ``outside`` where the limit lies beyond the ends of the grid of moments."""
    with np.errstate(invalid="ignore"):
        beyond = (status == OK) & ((limit < ends[0]) | (limit > ends[-1]))
    status = np.where(beyond, OUTSIDE, status)
    return np.where((status == OK) & np.isnan(limit), FAILED, status)


def _indices(flavors: Sequence[str]) -> list[int]:
    return [FLAVORS.index(flavor) for flavor in flavors]
