"""The names of the project: dimensions, variables, units, flavours, statuses, labels.

Everything that stands in a product, a table or on an axis is spelled here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Final, Literal, get_args

__all__ = [
    "ACTIVE_FLAVORS",
    "ASIMOV",
    "ATTRIBUTES",
    "BACKGROUND",
    "BIN",
    "BIN_AXES",
    "BIN_HIGH",
    "BIN_LOW",
    "BOHR_MAGNETONS",
    "CHANGE",
    "CHI2",
    "CHI2_MIN",
    "CHI2_SM",
    "CL",
    "CLS",
    "CLS_CONTENT",
    "COMBINED",
    "COMPONENT",
    "CONTENT",
    "COUNTS",
    "COVERAGE",
    "COVERAGE_CONTENT",
    "COVERAGE_HIGH",
    "COVERAGE_LOW",
    "CRITICAL",
    "CRITICAL_HIGH",
    "CRITICAL_LOW",
    "DEFAULT_MASSES",
    "DEGREES",
    "DELTA_CHI2_SM",
    "DIMENSIONS",
    "DISJOINT",
    "DOF",
    "EFFECTIVE",
    "ELECTRON",
    "EXCLUDED",
    "EXPECTED",
    "EXPECTED_CONTENT",
    "EXPECTED_HIGH",
    "EXPECTED_LIMIT",
    "EXPECTED_LOW",
    "EXPECTED_ONLY",
    "EXPERIMENT",
    "EXPOSURE",
    "FAILED",
    "FIT_AXES",
    "FIXED_SOLAR",
    "FLAVOR",
    "FLAVORS",
    "FLAVOR_SYMBOLS",
    "FOUND",
    "HYPOTHESIS",
    "INTERVAL_HIGH",
    "INTERVAL_LOW",
    "INTERVAL_STATUS",
    "KEV",
    "KIND",
    "LIMIT",
    "LIMITS_CONTENT",
    "LIMIT_AXES",
    "LIMIT_LOW",
    "LIMIT_STATUS",
    "MEV",
    "MOMENT_ATTRIBUTES",
    "MU",
    "MUON",
    "MU_BEST",
    "MU_REFERENCE",
    "M_4",
    "NONE_ON_GRID",
    "NO_EXPECTED",
    "NO_EXPECTED_WORDS",
    "N_FAILED",
    "N_TOYS",
    "OBSERVED",
    "OK",
    "OPEN",
    "OUTSIDE",
    "PER_TONNE_YEAR_KEV",
    "POWER_CONSTRAINED",
    "PROJECTED",
    "PROJECTED_EXPOSURES",
    "PROJECTED_MASSES",
    "PROJECTION_AXES",
    "PROJECTION_CONTENT",
    "PULL",
    "PULLS",
    "PURE_NUMBER",
    "P_GLOBAL",
    "P_GLOBAL_HIGH",
    "P_GLOBAL_LOW",
    "P_LOCAL",
    "P_UPCROSSINGS",
    "Q0",
    "QUANTILE",
    "QUANTILES",
    "RATE",
    "RATE_DIPOLE",
    "RATE_SM",
    "RATIO",
    "SCAN_CONTENT",
    "SELECTION",
    "SIGNIFICANCE_CONTENT",
    "SOLAR_PULL",
    "STATEMENT",
    "STATEMENTS",
    "STATUSES",
    "STATUS_WORDS",
    "STORED_MASSES",
    "SUBJECT",
    "SWITCH",
    "TAU",
    "TONNE_YEARS",
    "TOY_CONTENTS",
    "UNIFIED_CONTENT",
    "XENON",
    "Z_GLOBAL",
    "ActiveFlavor",
    "BoundMassUnit",
    "BoundQuantity",
    "Flavor",
    "axis_attributes",
    "limit_attributes",
    "main_flavor",
    "main_selection",
    "pull_name",
    "selection_labels",
    "unit_word",
]

# Dimensions, each with a coordinate of the same name.
EXPERIMENT: Final = "experiment"
SELECTION: Final = "selection"
FLAVOR: Final = "flavor"
M_4: Final = "m_4"
MU: Final = "mu"
BIN: Final = "bin"
COMPONENT: Final = "component"
PULL: Final = "pull"
CL: Final = "cl"
DOF: Final = "dof"
#: A dimension of projections, and of a scan a variable by experiment.
EXPOSURE: Final = "exposure"
#: Dimensions of studies with toys.
QUANTILE: Final = "quantile"
STATEMENT: Final = "statement"
DIMENSIONS: Final = (
    EXPERIMENT,
    SELECTION,
    FLAVOR,
    M_4,
    MU,
    BIN,
    COMPONENT,
    PULL,
    CL,
    DOF,
    EXPOSURE,
    QUANTILE,
    STATEMENT,
)

# Axes that often go together.
FIT_AXES: Final = (SELECTION, FLAVOR, M_4)
LIMIT_AXES: Final = (*FIT_AXES, CL, DOF)
PROJECTION_AXES: Final = (EXPERIMENT, FLAVOR, M_4, CL, EXPOSURE)
BIN_AXES: Final = (EXPERIMENT, BIN)

# Variables of a product and the edges of its bins.
BIN_LOW: Final = "bin_low"
BIN_HIGH: Final = "bin_high"
RATE: Final = "rate"
RATE_SM: Final = "rate_sm"
RATE_DIPOLE: Final = "rate_dipole"
BACKGROUND: Final = "background"
COUNTS: Final = "counts"
CHI2: Final = "chi2"
PULLS: Final = "pulls"
CHI2_MIN: Final = "chi2_min"
MU_BEST: Final = "mu_best"
LIMIT: Final = "limit"
LIMIT_STATUS: Final = "limit_status"
LIMIT_LOW: Final = "limit_low"
EXPECTED_LIMIT: Final = "expected_limit"
CHI2_SM: Final = "chi2_sm"
DELTA_CHI2_SM: Final = "delta_chi2_sm"

#: Attribute that says of which kind a product is, and the kinds.
CONTENT: Final = "content"
SCAN_CONTENT: Final = "scan"
LIMITS_CONTENT: Final = "limits"
PROJECTION_CONTENT: Final = "projection"

# Studies with toys, one kind of products each.
EXPECTED_LOW: Final = "expected_limit_low"
EXPECTED_HIGH: Final = "expected_limit_high"
COVERAGE: Final = "coverage"
COVERAGE_LOW: Final = "coverage_low"
COVERAGE_HIGH: Final = "coverage_high"
CRITICAL: Final = "critical_delta_chi2"
CRITICAL_LOW: Final = "critical_delta_chi2_low"
CRITICAL_HIGH: Final = "critical_delta_chi2_high"
INTERVAL_LOW: Final = "interval_low"
INTERVAL_HIGH: Final = "interval_high"
INTERVAL_STATUS: Final = "interval_status"
CLS: Final = "cls"
POWER_CONSTRAINED: Final = "limit_power_constrained"
HYPOTHESIS: Final = "hypothesis"
Q0: Final = "q0"
P_LOCAL: Final = "p_local"
P_GLOBAL: Final = "p_global"
P_GLOBAL_LOW: Final = "p_global_low"
P_GLOBAL_HIGH: Final = "p_global_high"
Z_GLOBAL: Final = "z_global"
P_UPCROSSINGS: Final = "p_global_upcrossings"
N_TOYS: Final = "n_toys"
N_FAILED: Final = "n_failed"
#: Quantiles of limits that are expected: the median, one and two standard deviations.
QUANTILES: Final = (0.0228, 0.1587, 0.5, 0.8413, 0.9772)
#: What is said of the truth: that it lies below the upper limit, or in the interval.
STATEMENTS: Final = ("upper_limit", "interval")
EXPECTED_CONTENT: Final = "expected"
COVERAGE_CONTENT: Final = "coverage"
UNIFIED_CONTENT: Final = "unified"
CLS_CONTENT: Final = "cls"
SIGNIFICANCE_CONTENT: Final = "significance"
TOY_CONTENTS: Final = (
    EXPECTED_CONTENT,
    COVERAGE_CONTENT,
    UNIFIED_CONTENT,
    CLS_CONTENT,
    SIGNIFICANCE_CONTENT,
)

# What a limit depends on: one change at a time, in words.
SWITCH: Final = "switch"
SUBJECT: Final = "subject"
CHANGE: Final = "change"
RATIO: Final = "ratio"

# Units.
MEV: Final = "MeV"
KEV: Final = "keV"
#: Bohr magnetons as people read them; files of before hold this word as well.
BOHR_MAGNETONS: Final = "bohr_magneton"
TONNE_YEARS: Final = "t yr"
PER_TONNE_YEAR_KEV: Final = "1/(t yr keV)"
PURE_NUMBER: Final = "1"

#: What a variable in Bohr magnetons says in a file. UDUNITS knows no magneton, so the unit is
#: written as a number of J/T (CODATA 2022), in the way that UDUNITS and pint both read.
MOMENT_ATTRIBUTES: Final = {
    "units": "9.2740100657e-24 J/T",
    "units_comment": (
        "1 is one Bohr magneton, mu_B = e hbar/(2 m_e) = 9.2740100657e-24 J/T (CODATA 2022), "
        f"which pint knows as {BOHR_MAGNETONS}"
    ),
}

#: Units of the masses in a file of a bound, and what its couplings are: μ or d in 1/GeV.
BoundMassUnit = Literal["MeV", "GeV", "keV"]
BoundQuantity = Literal["mu", "d"]

#: Reference transition moment of every stored dipole rate, Bohr magnetons.
MU_REFERENCE: Final = 1e-11

Flavor = Literal["effective", "e", "mu", "tau"]
ActiveFlavor = Literal["e", "mu", "tau"]
#: The flavour axis of every product: one common moment, or that of one flavour only.
FLAVORS: Final[tuple[Flavor, ...]] = get_args(Flavor)
ACTIVE_FLAVORS: Final[tuple[ActiveFlavor, ...]] = get_args(ActiveFlavor)
EFFECTIVE: Final = "effective"
ELECTRON: Final = "e"
MUON: Final = "mu"
TAU: Final = "tau"
#: Flavours as a reader of plain text sees them.
FLAVOR_SYMBOLS: Final[dict[str, str]] = dict(
    zip(FLAVORS, (EFFECTIVE, "νe", "νμ", "ντ"), strict=True)
)

# Status of a limit.
#: Found inside the grid of moments.
OK: Final = "ok"
#: Δχ² never reaches the threshold above the best fit.
OPEN: Final = "open"
#: Δχ² lies above the threshold everywhere: no moment at this mass is allowed, not even 0.
EXCLUDED: Final = "excluded"
#: What is allowed is several intervals; the limit is the end of the outermost.
DISJOINT: Final = "disjoint"
#: Found, but beyond the grid of moments.
OUTSIDE: Final = "outside"
#: The minimiser or the root finder gave up.
FAILED: Final = "failed"
STATUSES: Final = (OK, OPEN, OUTSIDE, EXCLUDED, DISJOINT, FAILED)
#: What a status means where a limit is shown.
STATUS_WORDS: Final = {
    OPEN: "no limit, Δχ² never reaches the threshold above the best fit",
    EXCLUDED: "every moment at this mass, 0 among them, is excluded",
    DISJOINT: "several intervals are allowed, the limit is the end of the outermost",
    FAILED: "no limit, the fit did not converge",
}
#: In place of an expected limit that does not exist, and what it means.
NO_EXPECTED: Final = "none"
NO_EXPECTED_WORDS: Final = (
    "no expected limit, the counts expected without a signal exclude no moment"
)
#: Those of a limit that is there.
FOUND: Final = (OK, OUTSIDE, DISJOINT)
#: No crossing in a stored scan, at a level whose limit is not stored.
NONE_ON_GRID: Final = "none on the grid"

#: What a limit says of the counts behind it: they are the data, or (Asimov) what is expected
#: without a signal.
KIND: Final = "kind"
OBSERVED: Final = "observed"
EXPECTED: Final = "expected"
#: What a description says in place of a table of counts: they are Standard Model plus background.
ASIMOV: Final = "asimov"
#: Attribute beside experiments and selections that lists those without data.
EXPECTED_ONLY: Final = "expected_only"

#: Degrees of freedom of a limit: the mass fixed, or free as well.
DEGREES: Final = (1, 2)

#: Sterile masses (MeV) of tables and figures that name none: at any mass, and on a stored grid.
DEFAULT_MASSES: Final = (0.0, 0.01, 0.1, 0.3, 1.0)
STORED_MASSES: Final = (0.001, *DEFAULT_MASSES[1:])

#: Experiment whose future is shown where none is named; masses (MeV), and exposures (t yr), ten
#: a decade.
PROJECTED: Final = "xlzd"
PROJECTED_MASSES: Final = (0.0, 0.1, 0.3, 1.0)
PROJECTED_EXPOSURES: Final = tuple(round(10 ** (step / 10), 12) for step in range(31))

#: The main combination of a configuration, and the one of every experiment that comes along.
COMBINED: Final = "combined"
XENON: Final = "xenon"
#: The pull that scales the solar neutrinos of every experiment.
SOLAR_PULL: Final = "solar"
#: What no solar pull moves, where they are correlated and of different widths.
FIXED_SOLAR: Final = "fixed"

#: Attributes of each coordinate and variable.
ATTRIBUTES: Final[dict[str, dict[str, str]]] = {
    name: {
        **(MOMENT_ATTRIBUTES if units == BOHR_MAGNETONS else {"units": units}),
        "long_name": long_name,
    }
    for name, (units, long_name) in {
        EXPERIMENT: (PURE_NUMBER, "experiment"),
        SELECTION: (PURE_NUMBER, "experiments that a fit takes"),
        FLAVOR: (PURE_NUMBER, "flavour whose moment is not zero; effective: one common moment"),
        COMPONENT: (PURE_NUMBER, "background component"),
        PULL: (PURE_NUMBER, "nuisance parameter of the fit"),
        BIN: (PURE_NUMBER, "bin number"),
        BIN_LOW: (KEV, "lower bin edge, reconstructed energy"),
        BIN_HIGH: (KEV, "upper bin edge, reconstructed energy"),
        "energy": (KEV, "recoil energy"),
        M_4: (MEV, "sterile neutrino mass"),
        MU: (BOHR_MAGNETONS, "transition magnetic moment"),
        CL: (PURE_NUMBER, "confidence level"),
        DOF: (PURE_NUMBER, "degrees of freedom"),
        RATE: (
            PER_TONNE_YEAR_KEV,
            "neutrino rate after the detector, SM + dipole, mean over the bin",
        ),
        RATE_SM: (PER_TONNE_YEAR_KEV, "Standard Model neutrino rate after the detector"),
        RATE_DIPOLE: (PER_TONNE_YEAR_KEV, "dipole rate after the detector for mu = 1e-11 mu_B"),
        BACKGROUND: (PER_TONNE_YEAR_KEV, "expected background without solar neutrinos"),
        COUNTS: (PURE_NUMBER, "observed events"),
        EXPOSURE: (TONNE_YEARS, "exposure"),
        CHI2: (PURE_NUMBER, "chi-square, profiled over all pulls"),
        PULLS: (
            PURE_NUMBER,
            "best-fit pulls in units of their sigma, relative shift where free",
        ),
        CHI2_MIN: (PURE_NUMBER, "minimum of chi-square over mu >= 0"),
        MU_BEST: (BOHR_MAGNETONS, "moment at the minimum of chi-square"),
        LIMIT: (BOHR_MAGNETONS, "upper limit on the transition moment, NaN where none"),
        LIMIT_STATUS: (
            PURE_NUMBER,
            "ok; open: chi-square never reaches the threshold above its minimum; "
            "outside: found beyond the mu grid; excluded: above the threshold at every mu; "
            "disjoint: allowed are several intervals, of which this is the outermost end; failed",
        ),
        LIMIT_LOW: (
            BOHR_MAGNETONS,
            "lower end of the allowed transition moments, 0 where none is excluded from below, "
            "NaN where all are",
        ),
        EXPECTED_LIMIT: (
            BOHR_MAGNETONS,
            "expected (Asimov) upper limit on the transition moment, NaN where none",
        ),
        CHI2_SM: (PURE_NUMBER, "chi-square without a transition moment"),
        DELTA_CHI2_SM: (
            PURE_NUMBER,
            "chi-square without a transition moment above its minimum at each mass",
        ),
        QUANTILE: (PURE_NUMBER, "share of toys with a smaller limit"),
        STATEMENT: (PURE_NUMBER, "what is said of the true moment"),
        EXPECTED_LOW: (BOHR_MAGNETONS, "lower end of the Monte Carlo interval of a quantile"),
        EXPECTED_HIGH: (BOHR_MAGNETONS, "upper end of the Monte Carlo interval of a quantile"),
        COVERAGE: (PURE_NUMBER, "share of toys in which the statement holds"),
        COVERAGE_LOW: (PURE_NUMBER, "lower end of the binomial interval of the share"),
        COVERAGE_HIGH: (PURE_NUMBER, "upper end of the binomial interval of the share"),
        CRITICAL: (PURE_NUMBER, "delta chi-square that a share of toys given by cl stays below"),
        CRITICAL_LOW: (PURE_NUMBER, "lower end of its Monte Carlo interval"),
        CRITICAL_HIGH: (PURE_NUMBER, "upper end of its Monte Carlo interval"),
        INTERVAL_LOW: (BOHR_MAGNETONS, "lower end of the unified interval, 0 where 0 is inside"),
        INTERVAL_HIGH: (BOHR_MAGNETONS, "upper end of the unified interval, NaN where none"),
        INTERVAL_STATUS: (
            PURE_NUMBER,
            "ok; open: no upper end among the moments; excluded: no moment is accepted; "
            "disjoint: several intervals, of which these are the outermost ends; failed",
        ),
        CLS: (PURE_NUMBER, "CL_s of a moment"),
        POWER_CONSTRAINED: (BOHR_MAGNETONS, "power-constrained CL_s+b limit, NaN where none"),
        Q0: (PURE_NUMBER, "chi-square without a transition moment above its minimum at a mass"),
        P_LOCAL: (PURE_NUMBER, "share of toys with a larger q0 at the mass of the largest"),
        P_GLOBAL: (PURE_NUMBER, "share of toys with a larger q0 at any mass"),
        P_GLOBAL_LOW: (PURE_NUMBER, "lower end of the binomial interval of the share"),
        P_GLOBAL_HIGH: (PURE_NUMBER, "upper end of the binomial interval of the share"),
        Z_GLOBAL: (PURE_NUMBER, "standard deviations, one-sided, of the global p-value"),
        P_UPCROSSINGS: (PURE_NUMBER, "global p-value as estimated from up-crossings"),
        N_TOYS: (PURE_NUMBER, "toys"),
        N_FAILED: (PURE_NUMBER, "toys that could not be fitted and are left out"),
    }.items()
}
ATTRIBUTES[LIMIT][KIND] = OBSERVED
ATTRIBUTES[EXPECTED_LIMIT][KIND] = EXPECTED


def unit_word(units: str) -> str:
    """Return a unit of a variable as people read it.

    Examples
    --------
    >>> unit_word(ATTRIBUTES["limit"]["units"]), unit_word("bohr_magneton"), unit_word("MeV")
    ('bohr_magneton', 'bohr_magneton', 'MeV')
    """
    return BOHR_MAGNETONS if units == MOMENT_ATTRIBUTES["units"] else units


def limit_attributes(name: str, *, expected: bool) -> dict[str, str]:
    """Return the attributes of a limit, its status or its best fit.

    Examples
    --------
    >>> limit_attributes("mu_best", expected=True)["long_name"]
    'expected (Asimov): moment at the minimum of chi-square'
    """
    attributes = dict(ATTRIBUTES[name])
    if expected:
        attributes[KIND] = EXPECTED
        attributes["long_name"] = f"expected (Asimov): {attributes['long_name']}"
    return attributes


def axis_attributes(name: str, expected_only: Collection[str]) -> dict[str, str]:
    """Return the attributes of an axis of experiments or selections.

    Examples
    --------
    >>> axis_attributes("selection", ["xlzd"])["expected_only"]
    '["xlzd"]'
    """
    attributes = dict(ATTRIBUTES[name])
    if expected_only:
        attributes[EXPECTED_ONLY] = json.dumps(list(expected_only), separators=(",", ":"))
    return attributes


def pull_name(experiment: str, component: str) -> str:
    """Return the name of the pull of a background component.

    Examples
    --------
    >>> pull_name("xenonnt_sr0", "er")
    'xenonnt_sr0:er'
    """
    return f"{experiment}:{component}"


def main_selection(selections: Sequence[str]) -> str:
    """Return the combination, or the last selection where none has that name.

    Examples
    --------
    >>> main_selection(["combined", "other"]), main_selection(["first", "last"])
    ('combined', 'last')
    """
    return COMBINED if COMBINED in selections else selections[-1]


def main_flavor(flavors: Sequence[str]) -> str:
    """Return ``effective``, or the first flavour where that is not there."""
    return EFFECTIVE if EFFECTIVE in flavors else flavors[0]


def selection_labels(
    members: Mapping[str, Sequence[str]],
    experiments: Mapping[str, str],
    expected_only: Collection[str] = (),
) -> dict[str, str]:
    """Text for people by selection.

    Parameters
    ----------
    members : mapping of str to sequence of str
        Experiments of each selection.
    experiments : mapping of str to str
        Label of each experiment.
    expected_only : collection of str
        Experiments without data, which no selection joins with those that have some.

    Returns
    -------
    dict
        The experiment's label for one experiment; ``Combination`` for `COMBINED`, or where
        there is none for all experiments (once, as `main_selection` has it); otherwise the
        words that all labels start with (``PandaX-4T``), ``All experiments`` (``All data``
        where others have none), or the labels joined. Selections without data say so.

    Examples
    --------
    >>> runs = {"a": "PandaX-4T Run0", "b": "PandaX-4T Run1", "c": "XENONnT SR0"}
    >>> selection_labels({"x": ["c"], "y": ["a", "b"], "z": ["a", "b", "c"]}, runs)
    {'x': 'XENONnT SR0', 'y': 'PandaX-4T', 'z': 'Combination'}
    >>> selection_labels({"y": ["a", "b"], "combined": ["a", "b"]}, {"a": "P Run0", "b": "P Run1"})
    {'y': 'P', 'combined': 'Combination'}
    >>> selection_labels({"all": ["a", "b", "c"], "combined": ["a", "c"]}, runs)
    {'all': 'All experiments', 'combined': 'Combination'}
    >>> selection_labels({"a": ["a"], "b": ["b"]}, {"a": "P", "b": "XLZD"}, ["b"])
    {'a': 'P', 'b': 'XLZD, expected'}
    """
    labels = {}
    with_data = [name for name in experiments if name not in expected_only] or list(experiments)
    whole = [name for name, several in members.items() if set(several) == set(with_data)]
    everything = "All experiments" if len(with_data) == len(experiments) else "All data"
    combination = COMBINED if COMBINED in members or not whole else whole[-1]
    for selection, names in members.items():
        texts = [experiments[name] for name in names]
        if len(texts) == 1:
            labels[selection] = texts[0]
        elif selection == combination:
            labels[selection] = "Combination"
        else:
            words = zip(*(text.split() for text in texts), strict=False)
            common = [word for word, *_ in takewhile(lambda w: len(set(w)) == 1, words)]
            joined = everything if selection in whole else " + ".join(texts)
            labels[selection] = " ".join(common) or joined
        if names and all(name in expected_only for name in names):
            labels[selection] += f", {EXPECTED}"
    return labels
