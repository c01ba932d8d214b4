"""What docs/validation.md shows, computed from the configuration that comes along.

Each function makes the rows of one table; `TABLES` names them, ``measure.py`` writes them.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr
from measured_tables import FOLDER, KEY

from nusterile import Analysis, Configuration
from nusterile.bounds.comparison import compare
from nusterile.bounds.registry import load_bounds, massless_marks
from nusterile.experiments.experiment import builtin_experiments
from nusterile.vocabulary import EXCLUDED, OPEN, OUTSIDE
from nusterile_data import ROOT

__all__ = ["TABLES", "Rows"]

Rows = list[dict[str, str]]

#: MeV, and the headings of their columns.
MASSES = (0.0, 0.1, 0.3, 1.0)
HEADS = ("m₄ = 0", "0.1 MeV", "0.3 MeV", "1 MeV")
XENONNT = "xenonnt_sr0"
LZ = ("lz_ws2022", "lz_ws2024")
#: The candidate events of Run1, in the place of its electron recoils.
CANDIDATES = ("pandax4t_run0", "pandax4t_run1_wimp")

#: Selections of the default analysis, and what tables call them.
LABELS = {
    "xenonnt_sr0": "XENONnT",
    "pandax4t_run0": "PandaX-4T Run0",
    "pandax4t_run1": "PandaX-4T Run1",
    "pandax4t": "PandaX-4T",
    "combined": "combined",
    "lz_ws2022": "LZ WS2022",
    "lz_ws2024": "LZ WS2024",
    "lz": "LZ",
    "xenon": "every experiment",
}


def percent(ratio: float, digits: int = 0) -> str:
    """Write a ratio as the change that it is."""
    return f"{100 * (ratio - 1):+.{digits}f} %"


def changed(**changes: object) -> Analysis:
    """Return the default analysis with other settings."""
    return Analysis(Configuration().with_changes(**changes))


@cache
def default() -> Analysis:
    """Return the analysis that comes along."""
    return Analysis()


@cache
def with_candidates() -> Analysis:
    """Return the analysis with the candidate events of Run1."""
    pairs = {"pandax4t": list(CANDIDATES), "combined": [XENONNT, *CANDIDATES]}
    alone = {name: [name] for name in CANDIDATES}
    return changed(experiments=[XENONNT, *CANDIDATES], selections={**alone, **pairs})


def limits(
    analysis: Analysis,
    selection: str,
    masses: Sequence[float] = MASSES,
    *,
    flavor: str = "effective",
    dof: int = 1,
    expected: bool = False,
) -> np.ndarray:
    """Return limits at 90 % CL, μ_B, one for each mass."""
    found = analysis.limits(selection, flavor, masses, cl=0.9, dof=dof, expected=expected)
    return found["limit"].values.ravel()


@cache
def usual(selection: str) -> np.ndarray:
    """Return the limits of the default analysis at the usual masses."""
    return limits(default(), selection)


def row_of(key: str, what: str, word: str, values: Sequence[str]) -> dict[str, str]:
    """Return a row with a column for each of the usual masses."""
    return {KEY: key, word: what, **dict(zip(HEADS, values, strict=True))}


def with_file(name: str, file: str, change: Callable[[str], str], folder: Path) -> str:
    """Copy the folder of an experiment and change one of its files."""
    copy = folder / name
    if not copy.exists():
        shutil.copytree(ROOT / "experiments" / name, copy)
    path = copy / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return str(copy)


def _published(value: str, arxiv: str, doi: str) -> str:
    return f"{value} (arXiv:{arxiv}, doi:{doi})"


def literature() -> Rows:
    """Limits for a massless final state beside published ones."""
    marks = massless_marks().set_index(mark="mark")
    light = [0.0]

    # The paper draws its limits for PandaX-4T and states none.
    paper = _published("O(1e-11)", "2511.00701", "10.48550/arXiv.2511.00701")

    def row(
        key: str, what: str, limit: float, mark: str = "", remark: str = "", published: str = ""
    ) -> dict[str, str]:
        difference = ""
        if mark:
            one = marks.sel(mark=mark)
            published = _published(f"{one.item():.1e}", one["arxiv"].item(), one["doi"].item())
            difference = percent(limit / one.item())
        return {
            KEY: key,
            "quantity": what,
            "here [μ_B]": f"{limit:.2e}",
            "published [μ_B]": published,
            "difference": difference,
            "remark": remark,
        }

    def here(selection: str) -> float:
        return float(usual(selection)[0])

    free = limits(changed(experiments=[XENONNT], atom={"response": "free"}), XENONNT, light)[0]
    asimov = limits(default(), XENONNT, light, expected=True)[0]
    return [
        row("xenonnt", "XENONnT", here(XENONNT), "xenonnt_collab"),
        row("free", "the same with all 54 electrons free", free, "xenonnt_collab"),
        row(
            "expected",
            "XENONnT, expected (Asimov)",
            asimov,
            remark="the data fluctuate down at 1 to 2 keV",
        ),
        row(
            "lz_ws2022", "LZ WS2022", here("lz_ws2022"), "lz_recast", "from the first results of LZ"
        ),
        row("lz_ws2024", "LZ WS2024", here("lz_ws2024")),
        row("lz", "both runs of LZ", here("lz")),
        row("pandax4t_run0", "PandaX-4T Run0", here("pandax4t_run0"), published=paper),
        row("pandax4t_run1", "PandaX-4T Run1", here("pandax4t_run1"), published=paper),
        row("pandax4t", "both runs of PandaX-4T", here("pandax4t"), published=paper),
        row("combined", "combined (XENONnT, PandaX-4T)", here("combined")),
        row("xenon", "every experiment (`xenon`)", here("xenon")),
    ]


def selections() -> Rows:
    """Limits of every selection at the usual masses."""
    return [
        row_of(name, label, "selection", [f"{limit:.2e}" for limit in usual(name)])
        for name, label in LABELS.items()
    ]


def flavors() -> Rows:
    """Limits of XENONnT on the moment of one flavour."""
    return [
        row_of(
            flavor,
            flavor,
            "flavour",
            [f"{v:.2e}" for v in limits(default(), XENONNT, flavor=flavor)],
        )
        for flavor in default().configuration.flavors
    ]


def xenonnt() -> Rows:
    """Limits of XENONnT with other settings than the default ones."""

    def width(**component: object) -> dict[str, object]:
        return {"overrides": {XENONNT: {"components": {"b0": component}}}}

    settings: dict[str, tuple[str, dict[str, object]]] = {
        "default": ("default", {}),
        "background_3": ("width of the background 3 %", width(relative_sigma=0.03)),
        "background_free": ("background free", width(free=True)),
        "solar_fixed": ("solar pull fixed", {"solar": {"sigma": 0.0}}),
        "solar_12": ("solar pull of 12 %", {"solar": {"sigma": 0.12}}),
        "agss09met": ("solar model AGSS09met", {"solar": {"model": "agss09met"}}),
        "radiative": ("radiative couplings", {"cross_section": {"couplings": "radiative"}}),
        "from_2_keV": ("fit from 2 keV", {"overrides": {XENONNT: {"fit_range": [2.0, 30.0]}}}),
    }
    return [
        row_of(
            key,
            what,
            "variation",
            [f"{v:.3e}" for v in limits(changed(experiments=[XENONNT], **settings), XENONNT)],
        )
        for key, (what, settings) in settings.items()
    ]


def efficiency_end() -> Rows:
    """What it changes to hold the efficiency of XENONnT constant to the end of its last bin."""

    def held(text: str) -> str:
        last = text.rstrip().rsplit(",", 1)[1]
        return f"{text.rstrip()}\n30.0,{last}\n"

    with tempfile.TemporaryDirectory() as folder:
        own = with_file(XENONNT, "efficiency.csv", held, Path(folder))
        found = limits(changed(experiments=[], experiment_folders=[own]), XENONNT)
    ratios = found / usual(XENONNT)
    what = "efficiency of XENONnT held constant to 30 keV"
    return [row_of("held", what, "change", [percent(ratio, 1) for ratio in ratios])]


def standard_model() -> Rows:
    """χ² of the Standard Model against the number of bins."""
    rows = []
    shipped = Analysis(Configuration.from_values({"experiments": list(builtin_experiments())}))
    for experiment in shipped.experiments:
        if experiment.name not in shipped.expected_only:
            found = shipped.limits(experiment.name, "effective", [0.0], cl=0.9, dof=1)
            rows.append(
                {
                    KEY: experiment.name,
                    "experiment": f"{experiment.label} (`{experiment.name}`)",
                    "χ²": f"{found['chi2_sm'].item():.1f}",
                    "bins": f"{experiment.n_bins}",
                }
            )
    return rows


def _causes() -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / "causes.toml").read_text(encoding="utf-8"))


def _for_every_flavor() -> set[str]:
    bounds, marks = load_bounds(), massless_marks()
    return {name for name, bound in bounds.items() if bound.flavor == "all"} | {
        str(mark.mark.item()) for mark in marks if mark.flavor.item() == "all"
    }


def published() -> Rows:
    """Limits beside every published one that can be compared, with the cause of the difference.

    Massless final states are compared at m₄ = 0, curves at 1.5 and 2 MeV.
    """
    ours = default().limits("xenon", m_4=[0.0, 1.5, 2.0], cl=[0.9, 0.95], dof=[1])["limit"]
    found = compare(ours, load_bounds(), massless_marks()).to_dataframe()
    found = found[(found["cl"] == found["bound_cl"]) & (found["kind"] != "region")]
    # A bound for every flavour is compared with the common moment only.
    every = found["bound"].isin(_for_every_flavor())
    found = found[~every | (found["flavor"] == "effective")]
    causes = _causes()["differ"]
    order = {name: k for k, name in enumerate(default().configuration.flavors)}
    found = found.assign(
        curve=found["kind"] != "massless", place=[order[flavor] for flavor in found["flavor"]]
    )
    return [
        {
            KEY: f"{row.bound}:{row.flavor}:{row.m_4:g}",
            "published": f"`{row.bound}`",
            "flavour": row.flavor,
            "CL": f"{100 * row.bound_cl:g} %",
            "m₄ [MeV]": f"{row.m_4:g}",
            "ours [μ_B]": f"{row.limit:.3g}",
            "published [μ_B]": f"{row.bound_low:.3g}",
            "ratio": f"{row.ratio:.3g}",
            "cause of the difference": causes[row.bound],
        }
        for row in found.sort_values(["curve", "place", "bound", "m_4"]).itertuples()
    ]


def not_compared() -> Rows:
    """Bounds that no limit here can be compared with, and why."""
    bounds = load_bounds()
    return [
        {
            KEY: name,
            "published": f"`{name}`",
            "begins at [MeV]": f"{bounds[name].mass_range[0]:.3g}",
            "why it is not compared": why,
        }
        for name, why in _causes()["not_compared"].items()
    ]


def run1() -> Rows:
    """Limits with the candidate events of Run1 and with its electron recoils."""
    labels = {
        "pandax4t_run1": ("PandaX-4T Run1", "pandax4t_run1_wimp"),
        "pandax4t": ("PandaX-4T", "pandax4t"),
        "combined": ("combined", "combined"),
    }
    rows = []
    for name, (label, earlier) in labels.items():
        before = limits(with_candidates(), earlier)
        cells = [
            f"{b:.2e} → {n:.2e} ({percent(n / b)})"
            for b, n in zip(before, usual(name), strict=True)
        ]
        rows.append(row_of(name, label, "selection", cells))
    return rows


def run1_width() -> Rows:
    """Limits of Run1 with other widths of its background than the one that is assumed."""
    rows = []
    for width in (0.02, 0.05, 0.5):
        components = {"total": {"relative_sigma": width}}
        analysis = changed(
            experiments=["pandax4t_run1"],
            overrides={"pandax4t_run1": {"components": components}},
        )
        found = [f"{limit:.2e}" for limit in limits(analysis, "pandax4t_run1")]
        rows.append(row_of(f"{100 * width:g}", f"{100 * width:g} %", "width", found))
    return rows


def _lz_variants(folder: Path) -> Iterator[tuple[str, str, dict[str, object]]]:
    def kept(text: str) -> str:
        """Keep the highest efficiency above the energy where it is reached."""
        lines = text.splitlines()
        first = next(k for k, line in enumerate(lines) if line.startswith("energy_keV")) + 1
        values = np.array([[float(cell) for cell in line.split(",")] for line in lines[first:]])
        highest = int(values[:, 1].argmax())
        top = [f"{energy},{values[highest, 1]}" for energy in (values[highest, 0], 1e3)]
        return "\n".join([*lines[: first + highest], *top, ""])

    def reconstructed(text: str) -> str:
        head, rest = text.split("[efficiency]")
        return head + "[efficiency]" + rest.replace('"true"', '"reconstructed"', 1)

    def overrides(**each: object) -> dict[str, object]:
        return {"experiments": list(LZ), "overrides": dict.fromkeys(LZ, each)}

    def own(name: str, file: str, change: Callable[[str], str]) -> dict[str, object]:
        place = folder / name
        place.mkdir()
        folders = [with_file(run, file, change, place) for run in LZ]
        return {"experiments": [], "experiment_folders": folders}

    def width(relative_sigma: float) -> dict[str, object]:
        return overrides(components={"total": {"relative_sigma": relative_sigma}})

    def range_of(run: str, high: float) -> dict[str, object]:
        return {run: {"fit_range": [1.0, high]}}

    yield "default", "default", {"experiments": list(LZ)}
    yield (
        "reconstructed",
        "efficiency of reconstructed energy",
        own("reconstructed", "experiment.toml", reconstructed),
    )
    yield (
        "kept",
        "efficiency of true energy, its highest value kept above",
        own("kept", "efficiency.csv", kept),
    )
    for a in (0.25, 0.40):
        yield f"resolution_{a}", f"resolution {a:.2f} √T keV", overrides(resolution=[a, 0.0])
    for share in (0.02, 0.5):
        words = f"{100 * share:g} %"
        yield f"width_{100 * share:g}", f"width of the background {words}", width(share)
    yield (
        "to_20",
        "WS2024 fitted up to 20 keV, too",
        {"experiments": list(LZ), "overrides": range_of("lz_ws2024", 20.0)},
    )
    both = {**range_of("lz_ws2022", 15.0), **range_of("lz_ws2024", 15.0)}
    yield "to_15", "both fitted up to 15 keV", {"experiments": list(LZ), "overrides": both}


def lz() -> Rows:
    """Limits of LZ with other assumptions than the default ones."""
    selections = {"lz_ws2022": ["lz_ws2022"], "lz_ws2024": ["lz_ws2024"], "lz": list(LZ)}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for key, what, settings in _lz_variants(Path(folder)):
            analysis = changed(selections=selections, **settings)
            alone = [limits(analysis, run, [0.0])[0] for run in LZ]
            both = limits(analysis, "lz")
            values = [f"{limit:.2e}" for limit in (*alone, *both)]
            heads = ["WS2022, m₄ = 0", "WS2024, m₄ = 0", *(f"both, {head}" for head in HEADS)]
            rows.append({KEY: key, "assumption": what, **dict(zip(heads, values, strict=True))})
            if key == "default":
                reference = both
            if key == "kept":
                ratios = [percent(ratio) for ratio in both / reference]
                weaker = dict(zip(heads, ["", "", *ratios], strict=True))
                rows.append({KEY: "kept_change", "assumption": "the same, change", **weaker})
    return rows


def solar_pulls() -> Rows:
    """Limits of XENONnT with one solar pull and with one of each source."""
    by_source = {"pulls": "by_source"}
    settings: dict[str, tuple[str, dict[str, object]]] = {
        "common": ("`common`, 7 % (the paper's)", {}),
        "by_source": ("`by_source`", by_source),
        "correlated": ("`by_source`, correlated", {**by_source, "correlated": True}),
    }
    found = {
        key: limits(changed(experiments=[XENONNT], solar=solar), XENONNT)
        for key, (_, solar) in settings.items()
    }
    rows = [
        row_of(key, what, "solar pulls", [f"{limit:.3e}" for limit in found[key]])
        for key, (what, _) in settings.items()
    ]
    ratios = [percent(ratio, 1) for ratio in found["by_source"] / found["common"]]
    return [*rows, row_of("change", "`by_source` against `common`", "solar pulls", ratios)]


def boron_alone() -> Rows:
    """What the pull of ⁸B alone changes against fixed fluxes."""
    fixed = dict.fromkeys(("pp", "pep", "hep", "7Be", "13N", "15O", "17F"), 0.0)
    alone = {"pulls": "by_source", "source_sigma": fixed}
    found = limits(changed(experiments=[XENONNT], solar=alone), XENONNT)
    against = limits(changed(experiments=[XENONNT], solar={"sigma": 0.0}), XENONNT)
    ratios = [percent(ratio, 1) for ratio in found / against]
    return [row_of("8B", "pull of ⁸B alone, against fixed fluxes", "change", ratios)]


def atom() -> Rows:
    """What another response of the atom changes for XENONnT."""
    rows = [
        row_of(
            "steps",
            "`steps` (the paper's)",
            "response",
            [f"{limit:.3e}" for limit in usual(XENONNT)],
        )
    ]
    for key, what, settings in (
        (
            "rrpa_standard_model",
            "`rrpa`, Standard Model part",
            {"response": "rrpa", "applies_to": "standard_model"},
        ),
        ("rrpa_dipole", "`rrpa`, dipole part", {"response": "rrpa", "applies_to": "dipole"}),
        ("free", "`free`, both parts", {"response": "free"}),
    ):
        found = limits(changed(experiments=[XENONNT], atom=settings), XENONNT)
        ratios = [percent(ratio, 1) for ratio in found / usual(XENONNT)]
        rows.append(row_of(key, what, "response", ratios))
    return rows


#: Those with the candidate events of Run1, whose planes are shown as well.
_CANDIDATE_PLANES = {
    "pandax4t_run1_wimp": "candidate events of Run1 (`pandax4t_run1_wimp`)",
    "pandax4t": "PandaX-4T with the candidate events",
    "combined": "combined with the candidate events",
}


@cache
def _planes() -> list[tuple[str, str, xr.Dataset]]:
    """Return key, label and limits at 90 % CL on the grid of masses, effective moment."""
    planes = [(name, label, default(), name) for name, label in LABELS.items()]
    planes += [
        (f"candidates_{name}", label, with_candidates(), name)
        for name, label in _CANDIDATE_PLANES.items()
    ]
    return [
        (key, label, analysis.limits(name, "effective", cl=0.9).squeeze(drop=True))
        for key, label, analysis, name in planes
    ]


def best_points() -> Rows:
    """Best points of the (m₄, μ) plane, and by how much they fit better than no moment."""
    rows = []
    for key, label, found in _planes():
        best = found.isel(m_4=int(found["chi2_min"].values.argmin()))
        better = best["chi2_sm"] - best["chi2_min"]
        rows.append(
            {
                KEY: key,
                "selection": label,
                "m₄ [MeV]": f"{best['m_4'].item():.2f}",
                "μ [μ_B]": f"{best['mu_best'].item():.1e}",
                "Δχ² of the Standard Model": f"{better.item():.1f}",
            }
        )
    return rows


def no_limit() -> Rows:
    """At how many masses no moment is the limit, and at how many one beyond the grid is."""
    rows = []
    for key, label, found in _planes():
        one, two = (found["limit_status"].sel(dof=dof).values for dof in (1, 2))
        without, beyond = np.isin(two, [OPEN, EXCLUDED]), two == OUTSIDE
        masses = found["m_4"].values
        rows.append(
            {
                KEY: key,
                "selection": label,
                "no limit, one degree of freedom": f"{int((one == OPEN).sum())}",
                "from [MeV]": f"{masses[one == OPEN][0]:.2f}",
                "no limit, two degrees of freedom": f"{int(without.sum())}",
                "beyond the grid": f"{int(beyond.sum())}",
                "the first at [MeV]": f"{masses[beyond][0]:.2f}" if beyond.any() else "",
                "masses": f"{masses.size}",
            }
        )
    return rows


def odd() -> Rows:
    """Where a limit with two degrees of freedom is stronger than that with one."""
    one, two = (limits(default(), "pandax4t_run0", [0.0], dof=dof)[0] for dof in (1, 2))
    return [
        {KEY: "run0", "one degree of freedom": f"{one:.1e}", "two degrees of freedom": f"{two:.1e}"}
    ]


TABLES: dict[str, Callable[[], Rows]] = {
    function.__name__: function
    for function in (
        literature,
        selections,
        flavors,
        xenonnt,
        efficiency_end,
        standard_model,
        published,
        not_compared,
        run1,
        run1_width,
        lz,
        solar_pulls,
        boron_alone,
        atom,
        best_points,
        no_limit,
        odd,
    )
}
