"""Figure ``survival``: the electron-flavour share of solar neutrinos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nusterile.figures.drawing import Drawing
from nusterile.figures.placement import Label, place_labels
from nusterile.figures.style import GREY, SOURCE_LINES, darker, nuclide, panels
from nusterile.files.listing import Cell, Listing
from nusterile.physics.solar import SolarSource, solar_sources
from nusterile.physics.survival import Oscillation, ProductionZone, survival_probability
from nusterile.results import Results
from nusterile.vocabulary import MEV

__all__ = ["draw"]

_HEIGHT = {"single": 5.6, "double": 7.5}
_ENERGIES = (0.1, 20.0)
_POINTS = 200
#: Labels stand beside this last fraction of a curve, as its denominator.
_LABELLED = 4
_LABEL_SIZE = 7.5


def draw(results: Results, *, width: str = "single") -> Drawing:
    """Draw P_ee at the Earth, averaged over the production zone of each source.

    Parameters
    ----------
    results : Results
        A product or an analysis.
    width : {'single', 'double'}
        Print width.

    Returns
    -------
    Drawing
        Data columns: curve, neutrino_energy, survival.
    """
    oscillation = Oscillation(**results.configuration.oscillation.model_dump())
    figure, axes = panels(width, 1, 1, _HEIGHT.get(width, 0.0))
    ax = axes[0, 0]
    ax.set(xscale="log", xlim=_ENERGIES)
    ax.set(xlabel=r"Neutrino energy $E$ [MeV]", ylabel=r"$P_{ee}$ [1]")
    sources = solar_sources(results.configuration.solar.model)
    labels, rows, curves = [], [], []
    for name, energy, values in _curves(sources, oscillation):
        line = SOURCE_LINES.get(name)
        points = np.stack([energy, values], axis=1)
        rows += [[name, *point] for point in points.tolist()]
        curves.append(points)
        # where curves part, towards the end of each
        end = points[-(len(points) // _LABELLED + 1) :]
        if line is None:
            ax.plot(energy, values, color=GREY, linewidth=0.7, linestyle=(0, (1, 1.5)), gid=name)
            labels.append(Label(name, GREY, end))
            continue
        single = "o" if energy.size <= 2 else None
        style = {**line.drawn, "linestyle": "none"} if single else line.drawn
        ax.plot(energy, values, marker=single, markersize=3, gid=name, **style)
        labels.append(Label(nuclide(name), darker(line.color), end))
    shown = np.array([row[2] for row in rows])
    ax.set_ylim(shown.min() - 0.03, shown.max() + 0.04)
    place_labels(ax, labels, curves, _LABEL_SIZE)
    data: list[list[Cell]] = rows
    listing = Listing.of(
        ["curve", "neutrino_energy", "survival"], data, {"neutrino_energy": MEV, "survival": "1"}
    )
    caption = (
        "Survival probability P_ee of solar neutrinos at the Earth, adiabatic conversion averaged "
        "over the production zone of each source, over the energies of its spectrum (points: "
        "lines). Dotted: without matter, and for neutrinos born at the largest density of the "
        f"zones, without an average. sin²θ_12 = {oscillation.sin2_theta_12:g}, sin²θ_13 = "
        f"{oscillation.sin2_theta_13:g}, Δm²_21 = {oscillation.delta_m2_21:g} eV²."
    )
    return Drawing("survival", figure, caption, listing, results.origin)


def _curves(
    sources: tuple[SolarSource, ...], oscillation: Oscillation
) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """Name, energies and P_ee of each source, of the vacuum and of the centre."""
    everywhere = np.geomspace(*_ENERGIES, _POINTS)
    densest = max(float(each.zone.electron_density.max()) for each in sources)
    zones = {
        "vacuum": (everywhere, ProductionZone(np.ones(1), np.zeros(1))),
        "centre of the Sun": (everywhere, ProductionZone(np.ones(1), np.array([densest]))),
    }
    for each in sources:
        if each.spectrum is None:
            energy = np.array([line.energy for line in each.lines])
        else:
            top = min(each.spectrum.energy[-1], _ENERGIES[1])
            energy = np.geomspace(_ENERGIES[0], top, _POINTS)
        zones[each.name] = (energy, each.zone)
    return [
        (name, energy, survival_probability(energy, zone, oscillation))
        for name, (energy, zone) in zones.items()
    ]
