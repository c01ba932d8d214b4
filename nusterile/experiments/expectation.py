"""What an experiment expects: Standard Model, dipole and background in each bin."""

from __future__ import annotations

from dataclasses import dataclass

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
    standard_model : ndarray, shape (n_bin,)
        Solar neutrinos, Standard Model.
    background : ndarray, shape (n_component, n_bin)
        Background without solar neutrinos.
    """

    experiment: Experiment
    detector: Detector
    rates: RecoilRates
    standard_model: NDArray[np.float64]
    background: NDArray[np.float64]

    @property
    def counts(self) -> NDArray[np.float64]:
        """Events that a fit takes: observed, or Standard Model and background without data."""
        if self.experiment.counts is None:
            return np.asarray(self.standard_model + self.background.sum(axis=0))
        return self.experiment.counts

    @classmethod
    def of(cls, experiment: Experiment, rates: RecoilRates, refinement: int = 1) -> Expectation:
        """Compute the parts that do not depend on m_4 and μ.

        Parameters
        ----------
        experiment : Experiment
            The data.
        rates : RecoilRates
            Rates before the detector.
        refinement : int
            Refinement of the quadrature, for checks.
        """
        detector = Detector(experiment, refinement)
        per_bin, total = detector.fold(rates.standard_model, rates.edges(0.0))
        background = background_rates(experiment, detector, per_bin, float(total))
        return cls(
            experiment=experiment,
            detector=detector,
            rates=rates,
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
        masses = np.atleast_1d(np.asarray(m_4, dtype=float))
        folded = [
            self.detector.fold(
                lambda T, m=mass: self.rates.dipole(T, m)[:, 0],  # type: ignore[misc]
                self.rates.edges(mass),
            )[0]
            for mass in masses
        ]
        return np.stack(folded, axis=1) * self.experiment.exposure
