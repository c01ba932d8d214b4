"""A drawn figure with its caption and its numbers, and how it becomes files."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import nusterile
from nusterile.errors import InputError, nearest_name
from nusterile.figures.missing_signs import texts_with_missing_signs
from nusterile.figures.style import styled
from nusterile.files.listing import Listing
from nusterile.files.replacing import figure_paths, require_replaceable_figure
from nusterile.files.writing import write_file

__all__ = ["FORMATS", "Drawing"]

#: Formats and the metadata keys that would change from run to run.
FORMATS: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None},
    "svg": {"Date": None},
    "png": {"Software": None},
}
_DOTS_PER_INCH = 300.0
_DOTS_ON_SCREEN = 110.0


@dataclass(frozen=True)
class Drawing:
    """A figure, what it says and the numbers it shows.

    Attributes
    ----------
    name : str
        Name of the figure.
    figure : matplotlib.figure.Figure
        The figure itself, attached to no window.
    caption : str
        Caption, plain text.
    data : Listing
        Every number drawn, one row a point.
    origin : tuple of str
        Where the numbers come from, for the head of the CSV.

    Examples
    --------
    >>> from nusterile.figures import draw
    >>> product = nusterile.open("products/limits.nc")
    >>> drawing = draw("limits", product, by="flavor", dof=1)
    >>> drawing.data.columns[:4], drawing.render("png")[1:4]
    (('panel', 'selection', 'flavor', 'm_4'), b'PNG')
    """

    name: str
    figure: Figure
    caption: str
    data: Listing
    origin: tuple[str, ...] = field(default=())

    def render(self, form: str, dpi: float = _DOTS_PER_INCH) -> bytes:
        """Return the figure as the content of a file.

        The same figure gives the same bytes: no dates, no random identifiers.

        Parameters
        ----------
        form : {'pdf', 'svg', 'png'}
            Format; fonts are embedded.
        dpi : float
            Dots per inch of a PNG.

        Returns
        -------
        bytes

        Raises
        ------
        InputError
            If the format is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> from nusterile.figures import draw
        >>> draw("survival", Analysis()).render("svg")[:5]
        b'<?xml'
        """
        if form not in FORMATS:
            raise InputError(f"unknown format '{form}'{nearest_name(form, FORMATS)}")
        buffer = io.BytesIO()
        with styled():
            self.figure.savefig(buffer, format=form, dpi=dpi, metadata=FORMATS[form])
        return buffer.getvalue()

    def doubts(self) -> tuple[str, ...]:
        """List what in the figure is probably not as somebody means it.

        Returns
        -------
        tuple of str
            One line for each text with signs that no font of the figure has, which are drawn
            as boxes.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> from nusterile.figures import draw
        >>> draw("survival", Analysis()).doubts()
        ()
        """
        return texts_with_missing_signs(self.figure)

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return self.render("png", _DOTS_ON_SCREEN)

    def csv(self) -> str:
        """Return the numbers as CSV with a head of comments: origin and units.

        Returns
        -------
        str

        Examples
        --------
        >>> from nusterile import Analysis
        >>> from nusterile.figures import draw
        >>> draw("survival", Analysis()).csv().splitlines()[0].split(", ")[1]
        'figure survival'
        """
        units = ", ".join(f"{name} [{unit}]" for name, unit in self.data.units.items())
        head = [f"nusterile {nusterile.__version__}, figure {self.name}", *self.origin]
        lines = [f"# {line}" for line in [*head, f"units: {units}"]]
        return "\n".join([*lines, self.data.render("csv")]) + "\n"

    def save(
        self, stem: Path, formats: Iterable[str] = ("pdf",), dpi: float = _DOTS_PER_INCH
    ) -> list[Path]:
        """Write the figure, its caption (.txt) and its numbers (.csv).

        Parameters
        ----------
        stem : Path
            Path without suffix.
        formats : iterable of str
            ``pdf``, ``svg``, ``png``.
        dpi : float
            Dots per inch of a PNG.

        Returns
        -------
        list of Path
            The files, the figure first.

        Raises
        ------
        InputError
            If a format is unknown, a file cannot be written, or one stands where the caption
            or the numbers would go and is not of a figure.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from nusterile import Analysis
        >>> from nusterile.figures import draw
        >>> paths = draw("survival", Analysis()).save(Path(mkdtemp()) / "survival", ["pdf"])
        >>> [path.name for path in paths]
        ['survival.pdf', 'survival.txt', 'survival.csv']
        """
        formats = tuple(formats)
        require_replaceable_figure(stem, formats)
        contents: dict[str, str | bytes] = {form: self.render(form, dpi) for form in formats}
        contents |= {"txt": self.caption + "\n", "csv": self.csv()}
        paths = figure_paths(stem, formats)
        for suffix, path in paths.items():
            write_file(path, contents[suffix])
        return list(paths.values())
