"""Figure ``flux``: the solar spectra and what it takes to make a sterile mass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.arguments import LARGEST_MASS, finite_values
from nusterile.figures.drawing import Drawing
from nusterile.figures.placement import Label, place_labels
from nusterile.figures.style import GREY, SOURCE_LINES, Margins, darker, nuclide, panels
from nusterile.files.listing import Cell, Listing
from nusterile.physics.constants import ELECTRON_MASS
from nusterile.physics.kinematics import threshold_energy
from nusterile.physics.solar import solar_sources
from nusterile.results import Results
from nusterile.vocabulary import M_4, MEV

__all__ = ["draw"]

_HEIGHT = {"single": 6.4, "double": 8.4}
_ENERGIES, _FLUXES = (0.05, 30.0), (1.0, 1e13)
_LABEL_SIZE = 7.5
_MODELS = {"gs98": "B16-GS98", "agss09met": "B16-AGSS09met"}


def draw(
    results: Results, *, width: str = "single", m_4: Sequence[float] = (0.1, 0.3, 1.0, 3.0)
) -> Drawing:
    """Draw the solar neutrino spectra with the thresholds of several sterile masses.

    Parameters
    ----------
    results : Results
        A product or an analysis.
    width : {'single', 'double'}
        Print width.
    m_4 : sequence of float
        Sterile masses, MeV.

    Returns
    -------
    Drawing
        Data columns: curve, kind (spectrum, line, threshold), m_4, neutrino_energy, flux;
        the flux of a spectrum per MeV, that of a line in 1/(cm² s).
    """
    masses = finite_values(M_4, m_4, MEV, largest=LARGEST_MASS, positive=True)
    model = results.configuration.solar.model
    figure, axes = panels(width, 1, 1, _HEIGHT.get(width, 0.0), margins=Margins(top=1.1))
    ax = axes[0, 0]
    ax.tick_params(which="both", top=False)
    ax.set(xscale="log", yscale="log", xlim=_ENERGIES, ylim=_FLUXES)
    ax.set(xlabel=r"Neutrino energy $E$ [MeV]", ylabel=r"Flux [cm$^{-2}$ s$^{-1}$ MeV$^{-1}$]")
    labels: list[Label] = []
    obstacles = []
    rows: list[list[Cell]] = []
    for each in solar_sources(model):
        line = SOURCE_LINES[each.name]
        color = darker(line.color)
        if each.spectrum is not None:
            energy = each.spectrum.energy
            ax.plot(energy, each.spectrum.density, gid=each.name, **line.drawn)
            points = np.stack([energy, each.spectrum.density], axis=1)
            labels.append(Label(nuclide(each.name), color, points))
            rows += [[each.name, "spectrum", None, *point] for point in points.tolist()]
        for emission in each.lines:
            stem = np.array([[emission.energy, _FLUXES[0]], [emission.energy, emission.flux]])
            ax.plot(*stem.T, marker="", gid=each.name, **line.drawn)
            ax.plot(*stem[1], marker="o", color=line.color, markersize=2.5)
            labels.append(Label(nuclide(each.name), color, stem[1:]))
            obstacles.append(stem)
            rows.append([each.name, "line", None, emission.energy, emission.flux])
    for mass in masses:
        threshold = float(threshold_energy(mass))
        ax.axvline(threshold, color=GREY, linewidth=0.6, linestyle=(0, (1, 1.5)), gid="threshold")
        obstacles.append(np.array([[threshold, _FLUXES[0]], [threshold, _FLUXES[1]]]))
        rows.append(["threshold", "threshold", float(mass), threshold, None])
    top = ax.secondary_xaxis("top", functions=(_heaviest, threshold_energy))
    top.set_xticks(masses, [f"{mass:g}" for mass in masses])
    top.set_xticks([], minor=True)
    top.set_xlabel("Threshold of $m_4$ [MeV]")
    place_labels(ax, labels, obstacles, _LABEL_SIZE)
    listing = Listing.of(
        ["curve", "kind", M_4, "neutrino_energy", "flux"],
        rows,
        {M_4: MEV, "neutrino_energy": MEV, "flux": "1/(cm2 s MeV), lines 1/(cm2 s)"},
    )
    caption = (
        f"Solar neutrino fluxes at the Earth, solar model {_MODELS[model]}; lines (pep, 7Be) in "
        "cm⁻² s⁻¹. Dotted: energy from which on neutrinos can make a sterile state of mass m_4 "
        "(upper axis), m_4 + m_4²/(2 m_e)."
    )
    return Drawing("flux", figure, caption, listing, results.origin)


def _heaviest(neutrino_energy: ArrayLike) -> NDArray[np.float64]:
    """Mass whose threshold an energy is, MeV."""
    energy = np.maximum(np.asarray(neutrino_energy, dtype=float), 0.0)
    return np.asarray(np.sqrt(ELECTRON_MASS * (ELECTRON_MASS + 2 * energy)) - ELECTRON_MASS)
