"""The table of a projection: limits by exposure and mass, as text, Markdown, LaTeX or CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from nusterile.arguments import Names, chosen_names, require_name
from nusterile.exports.markup import markdown_text, piped, tex_escaped, tex_number, tex_row
from nusterile.files.listing import aligned
from nusterile.product.rows import projection_listing
from nusterile.results import Results
from nusterile.vocabulary import CL, EXPOSURE, FLAVOR, FLAVOR_SYMBOLS, TONNE_YEARS

__all__ = ["ProjectionTable"]


@dataclass(frozen=True)
class ProjectionTable:
    """Expected limits of an experiment by exposure and mass, at one confidence level.

    Attributes
    ----------
    projection : Dataset
        As `Analysis.projection` gives it, with one confidence level.
    label : str
        Text for people of the experiment.
    """

    projection: xr.Dataset
    label: str

    @classmethod
    def of(
        cls,
        results: Results,
        *,
        flavor: Names | None = None,
        m_4: ArrayLike | None = None,
        cl: float = 0.9,
    ) -> ProjectionTable:
        """Make the table of a projection that a product holds.

        Parameters
        ----------
        results : Results
            The product.
        flavor : str or iterable of str, optional
            Flavours; all by default.
        m_4 : array_like, optional
            Masses, MeV, the nearest that are stored; all by default.
        cl : float
            Confidence level.

        Raises
        ------
        InputError
            If the product does not hold a flavour, a mass or the level.
        """
        flavors = chosen_names(FLAVOR, flavor, results.flavors)
        projection = results.projection(None, flavors, m_4, cl)
        (name,) = map(str, projection.experiment.values)
        return cls(projection, results.experiment_label(name))

    def render(self, form: str = "text") -> str:
        """Write the table, without a line end after the last line.

        Parameters
        ----------
        form : {'text', 'markdown', 'latex', 'csv'}
            The first three to three digits, one part for each flavour; ``csv`` with full
            precision, one row a limit.

        Raises
        ------
        InputError
            If the form is unknown.
        """
        require_name("form of table", form, _FORMS)
        return _FORMS[form](self)

    @property
    def masses(self) -> list[str]:
        """Masses, MeV, as they stand over the columns."""
        return [f"{mass:.3g}" for mass in self.projection.m_4.values]

    def parts(self) -> Iterable[tuple[str, list[list[str]]]]:
        """Title and rows of cells of each flavour: the exposure, then the limit at each mass."""
        level = 100 * float(self.projection[CL].values[0])
        for flavor in map(str, self.projection.flavor.values):
            part = self.projection.sel(flavor=flavor).isel(experiment=0, cl=0)
            cells = zip(
                part.exposure.values,
                part.limit.transpose(EXPOSURE, ...).values,
                part.limit_status.transpose(EXPOSURE, ...).values,
                strict=True,
            )
            rows = [
                [
                    f"{exposure:.4g}",
                    *(
                        f"{value:.2e}" if np.isfinite(value) else str(status)
                        for value, status in zip(limits, statuses, strict=True)
                    ),
                ]
                for exposure, limits, statuses in cells
            ]
            title = (
                f"Expected (Asimov) upper limits of {self.label} on the moment, "
                f"{FLAVOR_SYMBOLS[flavor]}, {level:g} % CL, 1 degree of freedom"
            )
            yield title, rows


def _text(table: ProjectionTable) -> str:
    header = [f"exposure [{TONNE_YEARS}]", *(f"m_4 = {mass} MeV" for mass in table.masses)]
    blocks = [
        f"{title}, in mu_B\n\n{aligned([header, *rows], [True] * len(header))}"
        for title, rows in table.parts()
    ]
    return "\n\n".join(blocks)


def _markdown(table: ProjectionTable) -> str:
    header = [f"exposure [{TONNE_YEARS}]", *(f"m₄ = {mass} MeV" for mass in table.masses)]
    blocks = []
    for title, rows in table.parts():
        lines = [f"{markdown_text(title)}, in μ_B", "", piped(header), "|" + "---:|" * len(header)]
        blocks.append("\n".join([*lines, *map(piped, rows)]))
    return "\n\n".join(blocks)


def _latex(table: ProjectionTable) -> str:
    masses = table.masses
    lines = [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{r{'c' * len(masses)}}}",
        r"\toprule",
        rf" & \multicolumn{{{len(masses)}}}{{c}}{{$\mu$ [$\mu_\mathrm{{B}}$] at $m_4$ [MeV]}} \\",
        tex_row([f"Exposure [{TONNE_YEARS}]", *(f"${tex_number(mass)}$" for mass in masses)]),
    ]
    for title, rows in table.parts():
        plain = _tex_title(title)
        lines += [r"\midrule", rf"\multicolumn{{{len(masses) + 1}}}{{l}}{{{plain}}} \\"]
        lines += [tex_row([_tex_cell(cell) for cell in row]) for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _tex_title(title: str) -> str:
    text = tex_escaped(title)
    for name, letter in (("νe", "e"), ("νμ", r"\mu"), ("ντ", r"\tau")):
        text = text.replace(f", {name},", rf", $\nu_{letter}$,")
    return text


def _tex_cell(cell: str) -> str:
    """A number in mathematics, a status as it is."""
    return f"${tex_number(cell)}$" if cell[0].isdigit() else tex_escaped(cell)


def _csv(table: ProjectionTable) -> str:
    return projection_listing(table.projection).render("csv")


#: The forms of a table, those of tables of limits.
_FORMS: dict[str, Callable[[ProjectionTable], str]] = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
    "csv": _csv,
}
