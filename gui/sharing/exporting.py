"""Everything that leaves the app: products, settings, limits, figures, references, scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from nusterile.errors import NusterileError, ProductError
from nusterile.files.writing import write_file
from nusterile.model.configuration import Configuration
from nusterile.product.files import write_product
from nusterile.statistics.intervals import level_index
from nusterile.vocabulary import CL, DOF, EXPERIMENT, FLAVOR, M_4, MU, SELECTION
from nusterile_gui.look.dialogs import ask_target, complain, show_text
from nusterile_gui.look.texts import file_name
from nusterile_gui.panels.plane import Plane
from nusterile_gui.sharing.details import product_text
from nusterile_gui.sharing.script import view_script
from nusterile_gui.state.files import Files
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.overlays import AnyProduct
from nusterile_gui.state.settings import Memory
from nusterile_gui.work.reading import stamp_of

if TYPE_CHECKING:
    import xarray as xr

    from nusterile.analysis import Analysis
    from nusterile.figures.drawing import Drawing
    from nusterile.figures.view import View

__all__ = ["Exporting"]

_LIMIT_FORMS = ("Table (*.csv)", "Product with limits only (*.nc)", "HEPData (*.tar.gz)")


class Exporting:
    """Saves and exports of the view.

    Parameters
    ----------
    parent : QWidget
        Owner of the dialogs.
    model : ViewModel
        The state.
    files : Files
        Writes beside the window.
    memory : Memory
        Knows the folder that was used last.
    plane : Plane
        What the figure of the view shows.
    bound_folders : callable
        Gives the user's folders of bounds.
    say : callable
        Takes a line about what was done.
    """

    def __init__(
        self,
        parent: QWidget,
        model: ViewModel,
        files: Files,
        memory: Memory,
        plane: Plane,
        *,
        bound_folders: Callable[[], Sequence[Path]],
        say: Callable[[str], None],
    ) -> None:
        self._parent = parent
        self._model = model
        self._files = files
        self._memory = memory
        self._plane = plane
        self._bound_folders = bound_folders
        self._say = say

    def answer(self, what: str, key: int) -> None:
        """Do something with a product: ``save``, ``settings`` or ``details``."""
        product = self._model.product(key)
        if product is None:
            return
        if what == "save":
            self.save_product(product)
        elif what == "settings":
            try:
                self.save_settings(product.dataset.nusterile.config)
            except NusterileError as error:
                self._complain("This product's settings cannot be used", error)
        else:
            show_text(self._parent, f"Product details: {product.name}", product_text(product))

    def save_product(self, product: AnyProduct) -> None:
        """Ask for a file and write a product of the view."""
        name = product.path.name if product.path else f"{file_name(product.name)}.nc"

        def write(path: Path) -> None:
            self._write(
                "the product", path, lambda: write_product(product.dataset, path), saved(path)
            )

        def saved(path: Path) -> Callable[[], None]:
            return lambda: self._model.change(
                product.key, path=path.absolute(), stamp=stamp_of(path)
            )

        self._ask("Save product", name, "Products (*.nc)", write)

    def save_settings(self, configuration: Configuration) -> None:
        """Ask for a file and write settings as TOML."""
        self._ask(
            "Save settings",
            "settings.toml",
            "Settings (*.toml)",
            lambda path: self._write(
                "the file of settings", path, lambda: configuration.save(path)
            ),
        )

    def export_limits(self) -> None:
        """Ask for a file and export the limits of the active layer: CSV, netCDF or HEPData."""
        layer = self._model.layer
        if layer is None:
            return

        def write(path: Path) -> None:
            self._write("the limits", path, lambda: _export(layer, path))

        name = f"{file_name(layer.name)}_limits.csv"
        self._ask("Export limits", name, ";;".join(_LIMIT_FORMS), write)

    def export_figure(self, figure: str = "view") -> None:
        """Ask for a file and draw a publication figure.

        Parameters
        ----------
        figure : str
            ``view``: the plane as it is shown, with its zoom, layers, bounds and cursor.
            Otherwise the name of a figure of `nusterile.figures`; it takes what it knows
            of the view: fit, flavour, level and cursor.
        """
        layer, state = self._model.layer, self._model.state
        if layer is None:
            return
        options = {
            SELECTION: state.selection,
            FLAVOR: state.flavor,
            EXPERIMENT: state.experiment,
            CL: state.cl,
            DOF: state.dof,
            M_4: (state.m_4,) if figure == "profile" else state.m_4,
            MU: state.mu,
        }

        def drawn(path: Path) -> Callable[[], Sequence[str]]:
            if figure == "view":
                # Collected here: the worker's thread must not touch the plane.
                _require_matplotlib()
                from nusterile_gui.sharing.publication import view_of

                view = view_of(self._model, self._plane)
                if view is None:
                    raise ProductError("every product was closed meanwhile")
                return lambda: _draw_view(view, path)
            return lambda: _draw(layer, figure, options, path)

        def write(path: Path) -> None:
            try:
                draw = drawn(path)
            except NusterileError as error:
                self._complain("The figure was not written", error)
                return
            doubts: list[str] = []

            def say() -> None:
                if doubts:
                    self._say(f"{path.name} written; {'; '.join(doubts)}")

            self._write("the figure", path, lambda: doubts.extend(draw()), say)

        filters = "PDF (*.pdf);;SVG (*.svg);;PNG (*.png)"
        self._ask("Publication figure", f"{figure}.pdf", filters, write)

    def export_bibtex(self) -> None:
        """Ask for a file and write the references of everything shown."""
        try:
            text = self.bibtex()
        except NusterileError as error:
            self._complain("The references could not be collected", error)
            return
        self._ask(
            "BibTeX of everything shown",
            "references.bib",
            "BibTeX (*.bib)",
            lambda path: self._write("the references", path, lambda: write_file(path, text)),
        )

    def bibtex(self) -> str:
        """Return the references of every visible product, drawn bound and mark, as BibTeX."""
        from nusterile.references import (
            analysis_references,
            bibtex,
            bound_references,
            software_entry,
            study_references,
        )

        state = self._model.state
        entries = [software_entry()]
        for layer in state.layers:
            if layer.visible:
                entries += analysis_references(layer.dataset.nusterile.config)
        for overlay in state.overlays:
            if overlay.visible:
                entries += analysis_references(overlay.dataset.nusterile.config)
                entries += study_references(overlay.toys.kind)
        unsourced = {curve.key for curve in state.own_curves if not curve.source}
        shown = [bound for bound in state.drawn_bounds if bound.name not in unsourced]
        entries += bound_references(shown, marks=state.massless)
        return bibtex(entries) + "\n"

    def copy_script(self) -> None:
        """Put a script that makes the view's numbers anew on the clipboard."""
        text = view_script(self._model, self._bound_folders())
        if text:
            QGuiApplication.clipboard().setText(text)
            self._say("A script that makes these numbers is on the clipboard")

    def _ask(self, title: str, name: str, filters: str, chosen: Callable[[Path], None]) -> None:
        def remember(path: Path) -> None:
            self._memory.save_folder(path.parent)
            chosen(path)

        ask_target(self._parent, title, self._memory.folder() / name, filters, remember)

    def _complain(self, what: str, error: NusterileError) -> None:
        complain(self._parent, what, str(error))

    def _write(
        self,
        what: str,
        path: Path,
        function: Callable[[], None],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self._files.write(what, path, function, then)


def _export(layer: Layer, path: Path) -> None:
    """Write limits in the form that the file's suffix names."""
    from nusterile.exports import export

    forms = {".csv": "csv", ".nc": "netcdf-limits", ".gz": "hepdata"}
    if path.suffix not in forms:
        raise ProductError(f"{path}: name a file that ends in .csv, .nc or .tar.gz")
    export(layer.dataset, forms[path.suffix], path)


def _require_matplotlib() -> None:
    try:
        import matplotlib as mpl
    except ImportError:
        raise ProductError("figures need matplotlib: pip install 'nusterile[export]'") from None
    mpl.use("agg")


def _draw(layer: Layer, figure: str, options: dict[str, Any], path: Path) -> Sequence[str]:
    """Draw a figure of a layer into a file; return what is doubtful about it."""
    _require_matplotlib()
    from nusterile.figures import Results, draw, options_of

    known = {name: options[name] for name in options_of(figure) if name in options}
    origin: xr.Dataset | Analysis = layer.dataset
    if CL in known and level_index(layer.slices.levels, known[CL]) is None:
        # The product does not hold this level: its limits are solved for again.
        from nusterile.analysis import Analysis

        origin = Analysis.from_product(layer.dataset)
    return _render(lambda: draw(figure, Results(origin), **known), path)


def _draw_view(view: View, path: Path) -> Sequence[str]:
    """Draw a view of the plane into a file; return what is doubtful about it."""
    from nusterile.figures.style import styled
    from nusterile.figures.view import draw_view

    with styled():
        return _render(lambda: draw_view(view), path)


def _render(draw: Callable[[], Drawing], path: Path) -> Sequence[str]:
    """Write a figure in the format that the file's suffix names; return its doubts."""
    form = path.suffix.lstrip(".").lower()
    if form not in ("pdf", "svg", "png"):
        raise ProductError(f"{path}: name a file that ends in .pdf, .svg or .png")
    drawing = draw()
    write_file(path, drawing.render(form))
    return drawing.doubts()
