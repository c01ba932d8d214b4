"""Figures that pages state beside their tables: thresholds, inputs, the Sun, the default product.

Each function makes the rows of one table; `TABLES` names them, ``measure.py`` writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from measured_tables import KEY
from validation_tables import LABELS, LZ, XENONNT, Rows, changed, default

from nusterile.arguments import MEMORY_LIMIT
from nusterile.bounds.folder import SENTINEL_MU
from nusterile.model.fits import BLOCK
from nusterile.physics.constants import BOHR_MAGNETON
from nusterile.physics.solar import solar_sources
from nusterile.physics.xenon import shipped_response, xenon
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import DISJOINT, EXCLUDED, OK, OPEN, OUTSIDE

__all__ = ["TABLES"]

LEVELS = (0.90, 0.95, 0.99)
#: Selections for which docs/product.md counts what the limits are.
COUNTED = ("pandax4t_run0", "pandax4t", "combined")


def share(value: float) -> str:
    """Write a share in per cent."""
    return f"{100 * value:.2g} %"


def thresholds() -> Rows:
    """Δχ² at which a parameter is excluded, two-sided and one-sided."""
    return [
        {
            KEY: f"{100 * level:g}",
            "confidence level": f"{100 * level:g} %",
            "one degree of freedom": f"{threshold(level, 1):.3f}",
            "two": f"{threshold(level, 2):.3f}",
            "one, one-sided": f"{threshold(2 * level - 1, 1):.3f}",
        }
        for level in LEVELS
    ]


def sun() -> Rows:
    """Sources of the Sun: how well they are known, and what they make in XENONnT."""
    separate = changed(experiments=[XENONNT], solar={"pulls": "by_source"})
    events = separate.expectations[XENONNT].standard_model_by_source.sum(axis=1)
    low = {source.name: source for source in solar_sources("agss09met")}
    return [
        {
            KEY: source.name,
            "source": source.name,
            "flux [1/(cm² s)]": f"{source.flux:.3g}",
            "known to": share(source.relative_sigma),
            "AGSS09met": f"{100 * (low[source.name].flux / source.flux - 1):+.0f} %",
            "of the Standard Model events in XENONnT": share(part),
        }
        for source, part in zip(solar_sources("gs98"), events / events.sum(), strict=True)
    ]


def _values() -> Iterator[tuple[str, str, str]]:
    analysis = default()
    settings = analysis.configuration
    experiments = {one.name: one for one in analysis.experiments}
    yield "electrons", "electrons of a xenon atom", f"{xenon().shell_electrons.sum():g}"
    yield "experiments", "experiments of the default product", f"{len(experiments)}"
    yield "selections", "its selections", f"{len(analysis.selections)}"
    yield "flavors", "its flavours", f"{len(settings.flavors)}"
    yield "masses", "its masses", f"{settings.grids.m_4.size}"
    yield "moments", "its moments", f"{settings.grids.mu.size}"
    yield "solar_sigma", "width of the common solar pull", share(settings.solar.sigma)
    for name in ("pandax4t_run1", *LZ):
        (background,) = experiments[name].components
        assert background.relative_sigma is not None
        yield f"width_{name}", f"width of the background, {name}", share(background.relative_sigma)
    end = experiments[XENONNT].efficiency_energy[-1]
    yield "efficiency_end", "end of the efficiency of XENONnT", f"{end:g} keV"
    response, _ = shipped_response()
    yield "response_end", "end of the atom's table", f"{response['energy_keV'][-1]:.1f} keV"
    yield "magneton", "the Bohr magneton, 1/GeV", f"{1e3 * BOHR_MAGNETON:.2f}"
    yield "coupling", "moment of d = 1e-8 1/GeV, μ_B", f"{2e-8 / (1e3 * BOHR_MAGNETON):.2e}"
    yield "sentinel", "moment that marks where a curve ends, μ_B", f"{SENTINEL_MU:.0e}"
    yield "memory", "memory that a product may take", f"{MEMORY_LIMIT / 2**30:g} GiB"
    yield "block", "masses of a block of a large product", f"{BLOCK}"


def inputs() -> Rows:
    """What comes along, as pages state it."""
    return [{KEY: key, "what": what, "value": value} for key, what, value in _values()]


def _counted(flags: np.ndarray) -> str:
    """Count masses, the last axis, for each flavour, the first: ``110`` or ``110 to 111``."""
    counts = sorted(set(flags.sum(axis=-1).tolist()))
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def statuses() -> Rows:
    """At how many masses limits with two degrees of freedom have which status."""
    found = default().limits(list(COUNTED))
    rows = []
    for name in COUNTED:
        for level in LEVELS:
            one, two = (found.sel(selection=name, cl=level, dof=dof) for dof in (1, 2))
            words = two["limit_status"].values.astype(str)
            counts = {
                word: _counted(words == word) for word in (OK, OUTSIDE, EXCLUDED, DISJOINT, OPEN)
            }
            ends = {
                "lower end above 0": _counted(two["limit_low"].values > 0),
                "the same, one degree of freedom": _counted(one["limit_low"].values > 0),
            }
            rows.append(
                {
                    KEY: f"{name}_{100 * level:g}",
                    "selection": LABELS[name],
                    "level": f"{100 * level:g} %",
                    **{f"`{word}`": count for word, count in counts.items()},
                    **ends,
                }
            )
    return rows


#: Every table by its name.
TABLES: dict[str, Callable[[], Rows]] = {
    table.__name__: table for table in (thresholds, sun, inputs, statuses)
}
