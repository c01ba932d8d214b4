"""The table of limits: experiments, flavours and masses, as text, Markdown, LaTeX or CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from nusterile.analysis import Analysis
from nusterile.arguments import Names, chosen_names, require_name
from nusterile.exports.markup import markdown_text, piped, tex_escaped, tex_number, tex_row
from nusterile.files.listing import aligned
from nusterile.product.rows import kind_of, kinds_of, limit_listing
from nusterile.results import Results
from nusterile.vocabulary import (
    DEFAULT_MASSES,
    DISJOINT,
    EFFECTIVE,
    ELECTRON,
    EXPECTED,
    EXPECTED_LIMIT,
    FLAVOR,
    FLAVOR_SYMBOLS,
    LIMIT_LOW,
    M_4,
    MUON,
    NO_EXPECTED,
    NO_EXPECTED_WORDS,
    SELECTION,
    STATUS_WORDS,
    STORED_MASSES,
    TAU,
)

__all__ = ["TABLE_FORMATS", "TABLE_SUFFIXES", "LimitTable", "three_digits"]

_TEX_FLAVORS = {
    EFFECTIVE: EFFECTIVE,
    ELECTRON: r"$\nu_e$",
    MUON: r"$\nu_\mu$",
    TAU: r"$\nu_\tau$",
}


@dataclass(frozen=True)
class LimitTable:
    """Limits of some selections, flavours and masses at one confidence level.

    Attributes
    ----------
    limits : Dataset
        ``limit`` and ``limit_status`` (selection, flavor, m_4, dof), scalar ``cl``.
    labels : dict of str to str
        Text for people by selection.
    """

    limits: xr.Dataset
    labels: dict[str, str]

    @classmethod
    def of(
        cls,
        origin: Results | Analysis | xr.Dataset,
        *,
        selection: Names | None = None,
        flavor: Names | None = None,
        m_4: ArrayLike | None = None,
        cl: float = 0.9,
        dof: ArrayLike | None = None,
        expected: bool = False,
    ) -> LimitTable:
        """Make the table of a product or an analysis.

        Parameters
        ----------
        origin : Analysis, Dataset or Results
            A product or an analysis.
        selection, flavor : str or iterable of str, optional
            Selections and flavours; all by default.
        m_4 : array_like, optional
            Masses, MeV; of a product, the nearest of its grid.
        cl : float
            Confidence level.
        dof : array_like, optional
            Degrees of freedom; all that are there by default.
        expected : bool
            Asimov limits, which are computed, of a product from its configuration.

        Raises
        ------
        InputError
            If a name is unknown, or a product does not hold the level, the degrees of freedom
            or a mass.
        """
        results = Results.of(origin)
        selections = list(chosen_names(SELECTION, selection, results.selections))
        flavors = list(chosen_names(FLAVOR, flavor, results.flavors))
        if m_4 is None:
            m_4 = DEFAULT_MASSES if results.product is None else results.usual_masses(STORED_MASSES)
        found = results.limits_at(m_4, cl, dof, expected=expected)
        found = found.sel(selection=selections, flavor=flavors)
        return cls(found, {name: results.label(name) for name in selections})

    @property
    def cl(self) -> float:
        """Confidence level."""
        return float(self.limits.cl)

    def render(self, form: str = "text") -> str:
        """Write the table, without a line end after the last line.

        Parameters
        ----------
        form : {'text', 'markdown', 'latex', 'csv'}
            The first three to three digits, one part for each number of degrees of
            freedom; ``csv`` with full precision, one row a limit.

        Raises
        ------
        InputError
            If the form is unknown.
        """
        require_name("form of table", form, TABLE_FORMATS)
        return TABLE_FORMATS[form](self)

    def parts(
        self, number: Callable[[float], str], flavors: Mapping[str, str]
    ) -> Iterable[tuple[int, list[list[str]]]]:
        """Rows of cells for each number of degrees of freedom.

        Parameters
        ----------
        number : callable
            Writes a limit.
        flavors : mapping of str to str
            Text for each flavour.

        Yields
        ------
        int
            Degrees of freedom.
        list of list of str
            A row a selection and flavour: both, then the limit at each mass, both ends where
            the moment 0 is excluded as well, or its status; below it the expected limits,
            where the limits are observed ones and both are there.
        """
        kinds = kinds_of(self.limits)
        for dof in self.limits.dof.values:
            part = self.limits.sel(dof=dof)
            rows = []
            for selection, flavor in product(part.selection.values, part.flavor.values):
                here = part.sel(selection=selection, flavor=flavor)
                label, moment = self.labels[str(selection)], flavors[str(flavor)]
                rows.append([label, moment, *_cells(here, number)])
                if EXPECTED_LIMIT in part and kinds[str(selection)] != EXPECTED:
                    values = here[EXPECTED_LIMIT].values.tolist()
                    expected = [number(v) if np.isfinite(v) else NO_EXPECTED for v in values]
                    rows.append([label, f"{moment}, {EXPECTED}", *expected])
            yield int(dof), rows

    @property
    def masses(self) -> list[str]:
        """Masses, MeV, as they stand over the columns."""
        return [f"{mass:.3g}" for mass in self.limits.m_4.values]

    def _title(self, dof: int) -> str:
        plural = "degree of freedom" if dof == 1 else "degrees of freedom"
        return f"{100 * self.cl:g} % CL, {dof} {plural}"

    @property
    def _limits(self) -> str:
        """What is listed, at the beginning of a sentence."""
        expected = kind_of(self.limits) == EXPECTED
        return "Expected (Asimov) upper limits" if expected else "Upper limits"

    def _notes(self) -> list[str]:
        status = set(self.limits.limit_status.values.astype(str).ravel())
        notes = [f"{name}: {text}." for name, text in STATUS_WORDS.items() if name in status]
        kinds = kinds_of(self.limits)
        if EXPECTED_LIMIT in self.limits and set(kinds.values()) != {EXPECTED}:
            observed = [name for name, kind in kinds.items() if kind != EXPECTED]
            if bool(self.limits[EXPECTED_LIMIT].sel(selection=observed).isnull().any()):
                notes.append(f"{NO_EXPECTED}: {NO_EXPECTED_WORDS}.")
        if LIMIT_LOW in self.limits and bool((self.limits[LIMIT_LOW] > 0).any()):
            notes.append("Two numbers: both ends of what is allowed; the moment 0 is excluded.")
        without_data = [self.labels[name] for name, kind in kinds.items() if kind == EXPECTED]
        if 0 < len(without_data) < len(kinds):
            notes.append(f"Expected (Asimov) limits, not from data: {'; '.join(without_data)}.")
        return notes


def _cells(part: xr.Dataset, number: Callable[[float], str]) -> Iterator[str]:
    """What is allowed at each mass, or why there is no limit."""
    # Products of schema version 1 do not know the lower ends.
    low = part[LIMIT_LOW].values if LIMIT_LOW in part else np.zeros(part.sizes[M_4])
    for lower, limit, status in zip(low, part.limit.values, part.limit_status.values, strict=True):
        if not np.isfinite(limit):
            yield str(status)
            continue
        ends = [float(lower), float(limit)] if lower > 0 else [float(limit)]
        note = f" ({DISJOINT})" if status == DISJOINT else ""
        yield " to ".join(map(number, ends)) + note


def three_digits(value: float) -> str:
    """Write a limit as tables for people do."""
    return f"{value:.2e}"


def _text(table: LimitTable) -> str:
    header = [SELECTION, FLAVOR, *(f"m_4 = {mass} MeV" for mass in table.masses)]
    blocks = []
    right = [name not in (SELECTION, FLAVOR) for name in header]
    for dof, rows in table.parts(three_digits, FLAVOR_SYMBOLS):
        title = f"{table._limits} on the moment in mu_B, {table._title(dof)}"
        blocks.append(f"{title}\n\n{aligned([header, *rows], right)}")
    return "\n\n".join([*blocks, *table._notes()])


def _markdown(table: LimitTable) -> str:
    header = [SELECTION, FLAVOR, *(f"m₄ = {mass} MeV" for mass in table.masses)]
    blocks = []
    for dof, rows in table.parts(three_digits, FLAVOR_SYMBOLS):
        lines = [f"{table._limits} on the moment [μ_B], {table._title(dof)}", ""]
        lines += [piped(header), "|---|---|" + "---:|" * (len(header) - 2)]
        lines += [piped(markdown_text(cell) for cell in row) for row in rows]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, *table._notes()])


def _latex(table: LimitTable) -> str:
    masses = table.masses
    lines = [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{ll{'c' * len(masses)}}}",
        r"\toprule",
        rf" & & \multicolumn{{{len(masses)}}}{{c}}{{$\mu$ [$\mu_\mathrm{{B}}$] at $m_4$ [MeV]}} \\",
        tex_row(["Experiment", "Flavour", *(f"${tex_number(mass)}$" for mass in masses)]),
    ]

    def number(value: float) -> str:
        return f"${tex_number(three_digits(value))}$"

    for dof, rows in table.parts(number, _TEX_FLAVORS):
        title = f"{table._limits}, {table._title(dof)}"
        lines += [
            r"\midrule",
            rf"\multicolumn{{{len(masses) + 2}}}{{l}}{{{tex_escaped(title)}}} \\",
        ]
        before = ""
        for selection, *cells in rows:
            lines.append(tex_row([tex_escaped(selection) if selection != before else "", *cells]))
            before = selection
    notes = [tex_escaped(note).replace("Δχ²", r"$\Delta\chi^2$") for note in table._notes()]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", *notes])


def _csv(table: LimitTable) -> str:
    return limit_listing(table.limits).render("csv")


#: The forms of a table.
TABLE_FORMATS: dict[str, Callable[[LimitTable], str]] = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
    "csv": _csv,
}
#: How names of their files end.
TABLE_SUFFIXES = {"text": ".txt", "markdown": ".md", "latex": ".tex", "csv": ".csv"}
