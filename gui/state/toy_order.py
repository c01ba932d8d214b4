"""What toys are asked for from the app: the words of the command, and how long it takes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import numpy as np

from nusterile.model.toys.request import StudyName
from nusterile.product.slices import Slices

__all__ = ["STUDY_TEXTS", "ToyOrder", "thinned"]

STUDY_TEXTS: dict[StudyName, str] = {
    "expected": "expected limit: median and bands",
    "unified": "unified intervals (Feldman and Cousins)",
    "cls": "CLₛ and power-constrained limits",
    "coverage": "coverage of limits and intervals",
    "significance": "significance, local and global",
}
#: Seconds that a fit of one toy at one mass takes on one of two slow cores, and the start.
_A_FIT = {
    "expected": 1.5e-4,
    "unified": 5e-5,
    "cls": 2.8e-5,
    "coverage": 6e-5,
    "significance": 1.5e-4,
}
_START = 2.5
#: Ratios of the moments that a study takes, as the command chooses them, and their reach about
#: the limits.
_RATIO = {"unified": 1.12, "cls": 1.12, "coverage": 1.6}
_REACH = 10.0


@dataclass(frozen=True)
class ToyOrder:
    """One study.

    Attributes
    ----------
    study : str
        Its name.
    selections, flavors : tuple of str
        Whose limits.
    masses : tuple of float
        Sterile masses, MeV.
    cl : float
        Confidence level.
    dof : int
        Degrees of freedom; of ``unified`` only.
    toys, seed : int
        Number of toys of each truth, and which random numbers.
    """

    study: StudyName
    selections: tuple[str, ...]
    flavors: tuple[str, ...]
    masses: tuple[float, ...]
    cl: float
    dof: int
    toys: int
    seed: int

    @property
    def name(self) -> str:
        """Text for people."""
        return f"{self.study} ({self.toys:,} toys)"

    def arguments(self, settings: str, output: str) -> list[str]:
        """Words of the command after ``nusterile``, with its two files."""
        words = ["toys", self.study, "--config", settings]
        for option, values in (
            ("--selection", self.selections),
            ("--flavor", self.flavors),
            ("--m4", [repr(mass) for mass in self.masses]),
        ):
            for value in values:
                words += [option, value]
        words += ["--cl", repr(self.cl), "--toys", str(self.toys), "--seed", str(self.seed)]
        if self.study == "unified":
            words += ["--dof", str(self.dof)]
        return [*words, "-o", output]

    def command(self) -> str:
        """The command line that gives the same."""
        words = self.arguments("settings.toml", f"{self.study}.nc")
        return " ".join(map(shlex.quote, ["nusterile", *words]))

    def seconds(self, slices: Slices) -> float:
        """How long it takes, roughly, on a slow machine.

        Parameters
        ----------
        slices : Slices
            Of a product with the limits, about which the moments are chosen.
        """
        fits = len(self.selections) * len(self.flavors) * len(self.masses) * self.toys
        if self.study in _RATIO:
            fits *= self._moments(slices)
        if self.study == "cls":
            fits *= 2  # with the moment and without
        return _START + fits * _A_FIT[self.study]

    def _moments(self, slices: Slices) -> int:
        at = [slices.nearest(mass, 1.0)[0] for mass in self.masses]
        limits = np.concatenate(
            [
                slices.limit(selection, flavor, self.cl, self.dof)[0][at]
                for selection in self.selections
                for flavor in self.flavors
            ]
        )
        found = limits[np.isfinite(limits)]
        reach = _REACH * (found.max() / found.min() if found.size else 1.0)
        return int(np.ceil(np.log(reach) / np.log(_RATIO[self.study]))) + 2


def thinned(masses: tuple[float, ...], wanted: int) -> tuple[float, ...]:
    """Take so many masses, spread evenly over a grid, both ends among them.

    Examples
    --------
    >>> thinned((0.0, 0.1, 0.2, 0.3, 0.4), 3)
    (0.0, 0.2, 0.4)
    """
    places = np.unique(np.linspace(0, len(masses) - 1, min(wanted, len(masses))).round())
    return tuple(masses[int(place)] for place in places)
