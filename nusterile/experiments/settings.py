"""What ``experiment.toml`` and the overrides of a configuration may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    Field,
    NonNegativeFloat,
    PositiveFloat,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from nusterile.arguments import LARGEST_EXPOSURE
from nusterile.files.settings import NAME_PATTERN, FileInFolder, OneLine, StrictModel
from nusterile.publications.reference import Reference
from nusterile.vocabulary import ASIMOV, EXPOSURE

__all__ = [
    "HIGHEST_ENERGY",
    "LARGEST_NUMBER",
    "ComponentOverrides",
    "ComponentSettings",
    "ExperimentFile",
    "ExperimentOverrides",
    "Name",
    "Range",
    "Resolution",
]

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Exposure = Annotated[float, Field(gt=0, le=LARGEST_EXPOSURE)]
Events = Annotated[float, Field(ge=0, le=1e15)]
Weight = Annotated[float, Field(gt=0, le=1e15)]
#: Far above the most energetic solar neutrinos, keV, and any number of events.
HIGHEST_ENERGY = 1e5
LARGEST_NUMBER = 1e15
Energy = Annotated[float, Field(gt=0, le=HIGHEST_ENERGY)]
Range = tuple[float, float]


def _increasing(value: Range | None) -> Range | None:
    if value is not None and not value[0] < value[1]:
        raise ValueError(f"the range {list(value)} is empty; expected [low, high] in keV")
    return value


class Resolution(StrictModel):
    """Gaussian width σ(T) in keV of the reconstructed energy, T in keV.

    ``square_root``: a √T + b T; ``polynomial``: Σ p_k T^k.
    """

    model: Literal["square_root", "polynomial"]
    parameters: tuple[float, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _count(self) -> Self:
        if self.model == "square_root" and len(self.parameters) != 2:
            raise ValueError(
                f"parameters holds {len(self.parameters)} numbers; square_root takes [a, b]"
            )
        return self

    def __call__(self, recoil_energy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate σ(T), keV."""
        if self.model == "square_root":
            a, b = self.parameters
            return a * np.sqrt(recoil_energy) + b * recoil_energy
        powers = recoil_energy[..., None] ** np.arange(len(self.parameters))
        return np.asarray(powers @ np.array(self.parameters), dtype=np.float64)


class ComponentSettings(StrictModel):
    """One background component, as ``experiment.toml`` describes it.

    Attributes
    ----------
    shape : {'table', 'flat', 'beta', 'lines'}
        ``table``: a CSV with ``energy_keV`` and ``rate_per_tonne_year_keV`` or
        ``density``, of true energy linear between the rows, of reconstructed energy at
        the centres of equal bins; ``flat``; ``beta``: an allowed
        spectrum; ``lines``: pairs of energy (keV) and weight.
    energy : {'true', 'reconstructed'}
        Whether the shape is one of true energy (efficiency and smearing still to
        come) or of reconstructed energy (taken as is).
    events : float, optional
        Expected events in the whole region of interest. A table without `events` is an
        absolute rate.
    sigma, relative_sigma : float, optional
        Width of the constraint, in events or relative.
    free : bool
        No constraint.
    includes_solar : bool
        The numbers hold solar neutrinos, whose Standard Model prediction is subtracted.
    """

    name: Name
    label: OneLine = ""
    shape: Literal["table", "flat", "beta", "lines"]
    energy: Literal["true", "reconstructed"]
    events: Events | None = None
    sigma: PositiveFloat | None = None
    relative_sigma: PositiveFloat | None = None
    free: bool = False
    includes_solar: bool = False
    table: FileInFolder | None = None
    range: Range | None = None
    endpoint: Energy | None = None
    daughter_charge: Annotated[float, Field(gt=0, le=120)] | None = None
    lines: Annotated[tuple[tuple[Energy, Weight], ...], Field(min_length=1)] | None = None

    _range = field_validator("range")(_increasing)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        takes = {
            "table": ("table",),
            "flat": ("range",),
            "beta": ("endpoint", "daughter_charge"),
            "lines": ("lines",),
        }
        whole_range = self.shape == "flat" and self.energy == "true"
        for shape, keys in takes.items():
            for key in keys:
                given = getattr(self, key) is not None
                if given and shape != self.shape:
                    raise ValueError(f"the key '{key}' means nothing for shape '{self.shape}'")
                if not given and shape == self.shape and not whole_range:
                    raise ValueError(f"a component of shape '{shape}' needs the key '{key}'")
        if self.energy == "reconstructed" and self.shape in ("beta", "lines"):
            raise ValueError(f"shape '{self.shape}' is one of true energy; set energy = \"true\"")
        if self.events is None and self.shape != "table":
            raise ValueError("the key 'events' is missing (expected events in the whole region)")
        if self.sigma is not None and self.events is None:
            raise ValueError("'sigma' is in events and needs 'events'; use 'relative_sigma'")
        if self.sigma is not None and self.events == 0:
            raise ValueError(
                "'sigma' is in events, and a fit scales the events, of which there are none; give "
                "the events that are expected, or use 'relative_sigma'"
            )
        widths = [self.sigma is not None, self.relative_sigma is not None, self.free]
        if sum(widths) != 1:
            raise ValueError("give exactly one of sigma, relative_sigma and free = true")
        return self

    @property
    def width(self) -> float:
        """Relative width of the constraint; infinite for a free component."""
        if self.free:
            return np.inf
        if self.relative_sigma is not None:
            return self.relative_sigma
        assert self.sigma is not None
        assert self.events is not None
        return self.sigma / self.events


class _Efficiency(StrictModel):
    table: FileInFolder
    energy: Literal["true", "reconstructed"]


class ExperimentFile(StrictModel):
    """The whole of ``experiment.toml``.

    ``counts`` names a table, or is ``asimov``: no data, Standard Model plus background in
    equal bins of ``bin_width`` (keV) from the beginning of the fit range on.
    """

    name: Name
    label: str = ""
    exposure: Exposure
    fit_range: Range
    counts: FileInFolder
    bin_width: Energy | None = None
    caveats: str = ""
    efficiency: _Efficiency
    resolution: Resolution
    components: tuple[ComponentSettings, ...] = ()
    references: tuple[Reference, ...] = Field(min_length=1)

    _range = field_validator("fit_range")(_increasing)

    @model_validator(mode="after")
    def _names(self) -> Self:
        names = [component.name for component in self.components]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise ValueError(f"two components are named '{min(repeated)}'; names must differ")
        return self

    @model_validator(mode="after")
    def _bins(self) -> Self:
        if self.expected_only and self.bin_width is None:
            raise ValueError(
                f'counts = "{ASIMOV}" has no table that says the bins; give bin_width in keV'
            )
        if not self.expected_only and self.bin_width is not None:
            raise ValueError(
                f"the table {self.counts} says the bins; leave bin_width out, or write "
                f'counts = "{ASIMOV}" for an experiment without data'
            )
        return self

    @property
    def expected_only(self) -> bool:
        """Whether there are no data."""
        return self.counts == ASIMOV

    def of_exposure(self, exposure: float) -> Self:
        """Return the same without data of another exposure: events grow with it, widths stay.

        Parameters
        ----------
        exposure : float
            The other exposure, t yr.
        """
        factor = exposure / self.exposure
        grown = tuple(
            component.model_copy(
                update={
                    key: value * factor
                    for key in ("events", "sigma")
                    if (value := getattr(component, key)) is not None
                }
            )
            for component in self.components
        )
        return self.model_copy(update={EXPOSURE: exposure, "components": grown})


class ComponentOverrides(StrictModel):
    """Changes of one background component; a ``relative_sigma`` of 0 holds it where it is."""

    enabled: bool = True
    relative_sigma: NonNegativeFloat | None = None
    free: bool | None = None

    @model_validator(mode="after")
    def _one_constraint(self) -> Self:
        if self.free is True and self.relative_sigma is not None:
            raise ValueError("give relative_sigma or free = true, not both")
        if self.free is False and self.relative_sigma is None:
            raise ValueError("free = false needs relative_sigma, the width of the constraint")
        return self


class ExperimentOverrides(StrictModel):
    """Changes of one experiment; what is not given stays as its folder says.

    An ``exposure`` is for experiments without data, whose events grow with it.
    """

    exposure: Exposure | None = None
    fit_range: Range | None = None
    resolution: tuple[float, ...] | None = None
    components: dict[str, ComponentOverrides] = Field(default_factory=dict)

    _range = field_validator("fit_range")(_increasing)

    @model_serializer(mode="wrap")
    def _serialised(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Without an exposure that changes nothing, so that older products keep their checksum.
        values: dict[str, Any] = plain(self)
        if self.exposure is None:
            values.pop(EXPOSURE, None)
        return values
