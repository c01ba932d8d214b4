"""What an experiment expects: Standard Model, dipole and background in each bin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.experiments.backgrounds import background_rates
from nusterile.experiments.detector import Detector
from nusterile.experiments.experiment import Experiment
from nusterile.physics.rates import RecoilRates

__all__ = ["Expectation"]


@dataclass(frozen=True)
class Expectation:
    """Predictions for one experiment, in events of its exposure.

    Attributes
    ----------
    experiment : Experiment
        The data.
    detector : Detector
        Its response.
    rates : RecoilRates
        Rates before the detector.
    source_rates : tuple of RecoilRates
        Those of each solar source, where its pull is its own.
    standard_model : ndarray, shape (n_bin,)
        Solar neutrinos, Standard Model.
    background : ndarray, shape (n_component, n_bin)
        Background without solar neutrinos.
    """

    experiment: Experiment
    detector: Detector
    rates: RecoilRates
    source_rates: tuple[RecoilRates, ...]
    standard_model: NDArray[np.float64]
    background: NDArray[np.float64]

    @property
    def counts(self) -> NDArray[np.float64]:
        """Events that a fit takes: observed, or Standard Model and background without data."""
        if self.experiment.counts is None:
            return np.asarray(self.standard_model + self.background.sum(axis=0))
        return self.experiment.counts

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        rates: RecoilRates,
        refinement: int = 1,
        source_rates: Sequence[RecoilRates] = (),
    ) -> Expectation:
        """Compute the parts that do not depend on m_4 and μ.

        Parameters
        ----------
        experiment : Experiment
            The data.
        rates : RecoilRates
            Rates before the detector.
        refinement : int
            Refinement of the quadrature, for checks.
        source_rates : sequence of RecoilRates
            Rates of each solar source, where its pull is its own.
        """
        detector = Detector(experiment, refinement)
        per_bin, total = detector.fold(rates.standard_model, rates.edges(0.0))
        background = background_rates(experiment, detector, per_bin, float(total))
        return cls(
            experiment=experiment,
            detector=detector,
            rates=rates,
            source_rates=tuple(source_rates),
            standard_model=per_bin * experiment.exposure,
            background=background * experiment.exposure,
        )

    def dipole(self, m_4: ArrayLike) -> NDArray[np.float64]:
        """Dipole events for the reference moment of 1e-11 Bohr magnetons.

        Parameters
        ----------
        m_4 : array_like
            Sterile masses, MeV, shape (n_m,).

        Returns
        -------
        ndarray, shape (4, n_m, n_bin)
            Flavours in the order of `nusterile.vocabulary.FLAVORS`.
        """
        return self._dipole(self.rates, m_4)

    @cached_property
    def standard_model_by_source(self) -> NDArray[np.float64]:
        """Standard Model events of each solar source, shape (n_source, n_bin)."""
        folded = [
            self.detector.fold(rates.standard_model, rates.edges(0.0))[0]
            for rates in self.source_rates
        ]
        return np.stack(folded) * self.experiment.exposure

    def dipole_by_source(self, m_4: ArrayLike) -> NDArray[np.float64]:
        """Dipole events of each solar source, shape (4, n_m, n_source, n_bin); see `dipole`."""
        return np.stack([self._dipole(rates, m_4) for rates in self.source_rates], axis=2)

    def _dipole(self, rates: RecoilRates, m_4: ArrayLike) -> NDArray[np.float64]:
        masses = np.atleast_1d(np.asarray(m_4, dtype=float))
        folded = [
            self.detector.fold(
                lambda T, m=mass: rates.dipole(T, m)[:, 0],  # type: ignore[misc]
                rates.edges(mass),
            )[0]
            for mass in masses
        ]
        return np.stack(folded, axis=1) * self.experiment.exposure
