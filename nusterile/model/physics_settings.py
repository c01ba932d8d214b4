"""Settings of the physics, each a section of a configuration; defaults are the paper's choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    NonNegativeFloat,
    PositiveFloat,
    ValidationInfo,
    field_validator,
    model_validator,
)

from nusterile.files.settings import StrictModel
from nusterile.model.grids import OpenFraction
from nusterile.model.stored_inputs import held_response
from nusterile.physics.constants import SIN2_THETA_W

__all__ = [
    "RESPONSES",
    "AtomSettings",
    "CrossSectionSettings",
    "OscillationSettings",
    "SolarSettings",
]

Fraction = Annotated[float, Field(ge=0, le=1)]

#: Words for the response of the atom; any other is a file.
RESPONSES = ("steps", "free", "rrpa")
#: Solar mass splittings, eV², far around the measured one.
_SPLITTING = (1e-6, 1e-3)


class OscillationSettings(StrictModel):
    """Mixing parameters; the splitting in eV²."""

    sin2_theta_12: Fraction = 0.308
    sin2_theta_13: Fraction = 0.02215
    sin2_theta_23: Fraction = 0.470
    delta_m2_21: PositiveFloat = 7.49e-5

    @field_validator("delta_m2_21")
    @classmethod
    def _sensible(cls, splitting: float) -> float:
        low, high = _SPLITTING
        if not low <= splitting <= high:
            raise ValueError(
                f"{splitting:g} eV^2 is no solar splitting; expected {low:g} to {high:g} eV^2, "
                "for instance 7.49e-5"
            )
        return splitting


#: Names of the solar sources.
Source = Literal["pp", "pep", "hep", "7Be", "8B", "13N", "15O", "17F"]


class SolarSettings(StrictModel):
    """Solar model and the pulls on its prediction.

    ``pulls = "common"`` moves all fluxes together with the width ``sigma``; ``"by_source"`` each
    with the width that the solar model states, or ``source_sigma``. With ``correlated`` one pull
    moves all of them, each by its own width.
    """

    model: Literal["gs98", "agss09met"] = "gs98"
    sigma: NonNegativeFloat = 0.07
    pulls: Literal["common", "by_source"] = "common"
    correlated: bool = False
    source_sigma: dict[Source, NonNegativeFloat] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _pulls_that_exist(self) -> Self:
        if self.pulls == "common":
            for name in ("correlated", "source_sigma"):
                if getattr(self, name):
                    raise ValueError(f'{name} takes effect with pulls = "by_source" only')
        return self


class CrossSectionSettings(StrictModel):
    """Standard Model couplings."""

    couplings: Literal["tree", "radiative"] = "tree"
    sin2_theta_w: OpenFraction = SIN2_THETA_W


class AtomSettings(StrictModel):
    """How the electrons of xenon answer to a recoil.

    ``response`` is ``"steps"`` (electrons bound more weakly than the recoil energy are free),
    ``"free"`` (all of them are), ``"rrpa"`` (the table that comes along, of the Standard Model
    part) or a CSV file of one's own: rates over those of the steps. ``applies_to`` says to what
    it applies.
    """

    response: str = "steps"
    applies_to: Literal["standard_model", "dipole", "both"] | None = None

    @field_validator("response")
    @classmethod
    def _known(cls, response: str, info: ValidationInfo) -> str:
        if response in RESPONSES:
            return response
        if not response.lower().endswith(".csv"):
            raise ValueError(
                f"'{response}' is no response; expected {', '.join(RESPONSES)} or a CSV file"
            )
        if held_response(response, info.context or {}) is not None:
            return response
        try:  # a stored configuration must mean the same from everywhere
            return str(Path(response).expanduser().resolve())
        except (OSError, RuntimeError, ValueError) as error:
            raise ValueError(f"not a file ({error})") from None

    @model_validator(mode="after")
    def _applied(self) -> Self:
        if self.response not in ("steps", "free") and self.applies_to is None:
            raise ValueError(
                "applies_to is missing; to what does the table apply: standard_model, dipole or "
                "both?"
            )
        return self
