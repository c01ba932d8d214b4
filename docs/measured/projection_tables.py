"""What docs/projections.md shows of XLZD: what it is made of, and what the assumptions do.

Each function makes the rows of one table; `TABLES` names them, ``measure.py`` writes them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measured_tables import KEY
from validation_tables import HEADS, XENONNT, Rows, changed, limits, percent, row_of, with_file

from nusterile import Analysis
from nusterile_data import ROOT

__all__ = ["TABLES"]

XLZD = "xlzd"
#: Its backgrounds.
BACKGROUNDS = ("radon", "krypton", "xe136", "xe124")


def _alone(**settings: object) -> Analysis:
    return changed(experiments=[XLZD], **settings)


def xlzd_inputs() -> Rows:
    """What XLZD is made of, and where that is from."""
    (experiment,) = _alone().experiments
    low, high = experiment.bin_edges[[0, -1]]
    (width,) = set(np.round(np.diff(experiment.bin_edges), 9).tolist())
    a, b = experiment.resolution.parameters
    (sigma,) = {component.relative_sigma for component in experiment.components}
    assert sigma is not None
    (efficiency,) = set(experiment.efficiency.tolist())
    rows = {
        "exposure": (
            "exposure",
            f"{experiment.exposure:g} t yr",
            "30 tonnes for ten years, arXiv:2006.03114",
        ),
        "bins": (
            "fit range, bins",
            f"{low:g} to {high:g} keV, {width:g} keV",
            "threshold of arXiv:2006.03114; the upper end is that of XENONnT",
        ),
        "efficiency": (
            "efficiency",
            f"{efficiency:g} from {experiment.efficiency_energy[0]:g} keV on",
            "assumed",
        ),
        "resolution": (
            "resolution",
            f"{a:.3f} √T + {b:g} T keV",
            "that of XENON1T and XENONnT, assumed",
        ),
        "tables": (
            "²²²Rn, ⁸⁵Kr, ¹³⁶Xe",
            "tables of true energy",
            "arXiv:2006.03114, digitised in SNuDD (arXiv:2607.22817)",
        ),
        "xe124": (
            "¹²⁴Xe",
            "table of reconstructed energy, averaged over 0.5 keV",
            "the same; it is smeared already",
        ),
        "widths": ("widths of the backgrounds", f"{100 * sigma:g} % each", "assumed"),
        "sun": (
            "width of the solar neutrinos",
            f"{100 * _alone().configuration.solar.sigma:g} %",
            "the configuration's `solar.sigma`",
        ),
    }
    return [
        {KEY: key, "what": what, "value": value, "from": source}
        for key, (what, value, source) in rows.items()
    ]


def _widths(relative_sigma: float) -> dict[str, object]:
    components = {name: {"relative_sigma": relative_sigma} for name in BACKGROUNDS}
    return {"overrides": {XLZD: {"components": components}}}


def _without(*names: str) -> dict[str, object]:
    return {"overrides": {XLZD: {"components": {name: {"enabled": False} for name in names}}}}


def xlzd() -> Rows:
    """Expected limits of XLZD, and what its assumptions do to them."""
    usual = limits(_alone(), XLZD)
    rows = [row_of("limit", "limit in μ_B", "assumption", [f"{value:.2e}" for value in usual])]

    def add(key: str, what: str, analysis: Analysis) -> None:
        ratios = limits(analysis, XLZD) / usual
        rows.append(row_of(key, what, "assumption", [percent(ratio) for ratio in ratios]))

    add("widths_2", "widths of 2 % in place of 10 %", _alone(**_widths(0.02)))
    add("widths_50", "widths of 50 %", _alone(**_widths(0.5)))
    add("sun_2", "solar neutrinos known to 2 %", _alone(solar={"sigma": 0.02}))
    with tempfile.TemporaryDirectory() as folder:
        other = (ROOT / "experiments" / XENONNT / "efficiency.csv").read_text(encoding="utf-8")
        own = with_file(XLZD, "efficiency.csv", lambda _: other, Path(folder))
        analysis = changed(experiments=[], experiment_folders=[own])
        add("efficiency", "efficiency of XENONnT", analysis)
    add("from_2_keV", "fit range from 2 keV on", _alone(overrides={XLZD: {"fit_range": [2, 30]}}))
    resolution = {"overrides": {XLZD: {"resolution": [0.40, 0.0]}}}
    add("resolution", "resolution 0.40 √T keV", _alone(**resolution))
    add("depleted", "xenon without ¹³⁶Xe", _alone(**_without("xe136")))
    add("sun_alone", "solar neutrinos alone, no background", _alone(**_without(*BACKGROUNDS)))
    assert list(rows[0])[2:] == list(HEADS)
    return rows


#: Every table by its name.
TABLES: dict[str, Callable[[], Rows]] = {table.__name__: table for table in (xlzd_inputs, xlzd)}
