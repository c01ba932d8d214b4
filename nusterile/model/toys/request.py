"""What a study with toys is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from nusterile.arrays import Floats
from nusterile.errors import InputError, nearest_name
from nusterile.vocabulary import CL, DOF, M_4, MU

__all__ = ["STUDIES", "TRUTHS", "StudyName", "ToyRequest", "TruthName"]

StudyName = Literal["expected", "coverage", "unified", "cls", "significance"]
STUDIES: tuple[StudyName, ...] = get_args(StudyName)
#: How the nuisance parameters of the truth are set: as the data want them at its point, or at
#: nominal. Free components are always as the data want them.
TruthName = Literal["profiled", "nominal"]
TRUTHS: tuple[TruthName, ...] = get_args(TruthName)

#: More would not fit into the counter of a stream, nor into anybody's time.
_MOST_TOYS = 2**40
#: What an attribute of a file holds.
_LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class ToyRequest:
    """A study: which toys, drawn how, and what is wanted of them.

    Attributes
    ----------
    study : {"expected", "coverage", "unified", "cls", "significance"}
        What is asked.
    selections, flavors : tuple of str
        Whose limits.
    masses : ndarray, shape (n_m,)
        Sterile masses, MeV, increasing.
    moments : ndarray, shape (n_mu,)
        Transition moments of the truths or tests, Bohr magnetons, increasing; empty where the
        study has none.
    levels : ndarray, shape (n_cl,)
        Confidence levels, increasing.
    degrees : tuple of int
        Degrees of freedom, 1 or 2 or both; of ``unified`` only.
    toys : int
        Toys of each truth; with a precision, those to begin with.
    seed : int
        Which random numbers, from 0 to 2⁶³ - 1.
    truth : {"profiled", "nominal"}
        How the nuisance parameters of the truth are set.
    precision : float, optional
        Toys are doubled until the Monte Carlo error of every answer is below it.
    """

    study: StudyName
    selections: tuple[str, ...]
    flavors: tuple[str, ...]
    masses: Floats
    moments: Floats
    levels: Floats
    degrees: tuple[int, ...]
    toys: int
    seed: int
    truth: TruthName
    precision: float | None = None

    def __post_init__(self) -> None:
        _require_whole("toys", self.toys, 1, _MOST_TOYS)
        _require_whole("seed", self.seed, 0, _LARGEST_SEED)
        if self.truth not in TRUTHS:
            raise InputError(f"unknown truth '{self.truth}'{nearest_name(str(self.truth), TRUTHS)}")
        if self.precision is not None and not 0 < self.precision < 1:
            raise InputError(
                f"precision = {self.precision:g}: expected a number between 0 and 1, "
                "for instance 0.01"
            )

    def identity(self) -> dict[str, object]:
        """Return everything that the results depend on beside the configuration.

        Plain values by name, in which two requests of the same results agree; the number of
        toys is not among them, since more of them begin with the same ones.
        """
        return {
            "study": self.study,
            "selections": list(self.selections),
            "flavors": list(self.flavors),
            M_4: self.masses.tolist(),
            MU: self.moments.tolist(),
            CL: self.levels.tolist(),
            DOF: list(self.degrees),
            "toys": self.toys,
            "seed": self.seed,
            "truth": self.truth,
            "precision": self.precision,
        }


def _require_whole(name: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InputError(f"{name} = {value}: expected a whole number from {low} to {high}")
