"""Figure ``kinematics``: the least neutrino energy that can give a recoil."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nusterile.arguments import masses_of
from nusterile.figures.drawing import Drawing
from nusterile.figures.placement import Label, place_labels
from nusterile.figures.style import (
    GREY,
    MASS_LINES,
    darker,
    nuclide,
    number,
    panels,
    written,
)
from nusterile.files.listing import Cell, Listing
from nusterile.physics.constants import KEV_PER_MEV
from nusterile.physics.kinematics import minimum_neutrino_energy
from nusterile.physics.solar import solar_sources
from nusterile.results import Results
from nusterile.vocabulary import DEFAULT_MASSES, KEV, M_4, MEV

__all__ = ["draw"]

_HEIGHT = {"single": 6.2, "double": 8.0}
_RECOILS, _ENERGIES = (0.03, 3000.0), (0.003, 20.0)
_POINTS = 300
_LABEL_SIZE = 7.5


def draw(
    results: Results,
    *,
    width: str = "single",
    m_4: Sequence[float] = DEFAULT_MASSES,
) -> Drawing:
    """Draw E_min(T) for several sterile masses, with the solar lines.

    Parameters
    ----------
    results : Results
        A product or an analysis; its fit ranges are shaded.
    width : {'single', 'double'}
        Print width.
    m_4 : sequence of float
        Sterile masses, MeV.

    Returns
    -------
    Drawing
        Data columns: curve, m_4, recoil_energy, neutrino_energy.
    """
    masses = masses_of(m_4)
    recoil = np.geomspace(*_RECOILS, _POINTS)
    figure, axes = panels(width, 1, 1, _HEIGHT.get(width, 0.0))
    ax = axes[0, 0]
    ax.set(xscale="log", yscale="log", xlim=_RECOILS, ylim=_ENERGIES)
    ax.set(xlabel="Recoil energy $T$ [keV]", ylabel=r"$E_\mathrm{min}$ [MeV]")
    low, high = _fit_range(results)
    ax.axvspan(low, high, color="#EFEFEF", linewidth=0, zorder=0)
    labels = []
    rows: list[list[Cell]] = []
    for index, mass in enumerate(masses):
        line = MASS_LINES[index % len(MASS_LINES)]
        energy = minimum_neutrino_energy(recoil / KEV_PER_MEV, mass)
        ax.plot(recoil, energy, gid=f"m_4={mass:g}", **line.drawn)
        text = f"$m_4 = {number(mass)}$ MeV"
        labels.append(Label(text, darker(line.color), np.stack([recoil, energy], axis=1)))
        rows += [
            ["E_min", float(mass), float(t), float(e)] for t, e in zip(recoil, energy, strict=True)
        ]
    for name, height in _solar_lines(results):
        ends = np.array([[_RECOILS[0], height], [_RECOILS[1], height]])
        ax.plot(*ends.T, color=GREY, linewidth=0.6, linestyle=(0, (1, 1.5)), gid=name)
        labels.append(Label(f"{nuclide(name)}, {height:g} MeV", GREY, ends))
        rows += [[name, None, float(t), height] for t in _RECOILS]
    place_labels(ax, labels, [], _LABEL_SIZE)
    listing = Listing.of(
        ["curve", M_4, "recoil_energy", "neutrino_energy"],
        rows,
        {M_4: MEV, "recoil_energy": KEV, "neutrino_energy": MEV},
    )
    caption = (
        "Least neutrino energy E_min that gives an electron at rest the recoil energy T when the "
        f"final state has the mass m_4 = {', '.join(written(float(m)) for m in masses)} MeV. "
        "Where a horizontal dotted line (a solar line, pep or 7Be) lies above a curve, that line "
        f"contributes. Shaded: recoil energies of the fits, {low:g} to {high:g} keV."
    )
    return Drawing("kinematics", figure, caption, listing, results.origin)


def _fit_range(results: Results) -> tuple[float, float]:
    edges = [e.bin_edges for e in results.configuration.load_experiments()]
    return float(min(e[0] for e in edges)), float(max(e[-1] for e in edges))


def _solar_lines(results: Results) -> list[tuple[str, float]]:
    sources = solar_sources(results.configuration.solar.model)
    return [(each.name, line.energy) for each in sources for line in each.lines]
