"""External bounds as a tree with check boxes, grouped by flavour and kind."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from nusterile.bounds.curve import Bound
from nusterile.vocabulary import FLAVOR_SYMBOLS
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.bound_lines import SWATCH, bound_line, swatch
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["FLAVOR_TEXTS", "BoundsTree", "describe"]

#: Whose moment a bound is for, as text for people.
FLAVOR_TEXTS = {
    "all": "every flavour",
    **FLAVOR_SYMBOLS,
}
_KINDS = {"upper_limit": "upper limits", "region": "excluded regions", "line": "lines"}
_ROLE = Qt.ItemDataRole.UserRole
_MASSLESS = "massless"


def describe(bound: Bound) -> str:
    """Label, level, reference and notes of a bound, as plain text of a few lines."""
    lines = [f"{bound.label}, {100 * bound.cl:g} % CL"]
    lines += [reference.text for reference in bound.references]
    if bound.converted:
        lines.append(f"Converted: {bound.converted}")
    if bound.notes:
        lines.append(bound.notes)
    return "\n".join(lines)


#: Of a level of the tree, pixels: names need the width.
_INDENTATION = 14


class BoundsTree(QTreeWidget):
    """Which external bounds are drawn.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__()
        self.setObjectName("bounds")
        self.setHeaderHidden(True)
        self.setIndentation(_INDENTATION)
        # Long names are scrolled to, not cut.
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setColumnCount(1)
        self._model = model
        self._filling = False
        self._theme: Theme | None = None
        self._wanted = ""
        self.setIconSize(SWATCH)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.itemChanged.connect(self._on_item)
        signals.changed.connect(self._on_changed)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._show_swatches()

    def show_matching(self, text: str) -> None:
        """Show only leaves whose text or tooltip holds a text, and the groups they are in."""
        self._wanted = text.strip().casefold()
        self._hide(self.invisibleRootItem())

    def _hide(self, parent: QTreeWidgetItem) -> bool:
        """Hide what is not wanted; whether all of it was."""
        hidden = []
        for item in _children(parent):
            if item.childCount():
                gone = self._hide(item)
            else:
                said = f"{item.text(0)}\n{item.toolTip(0)}".casefold()
                gone = self._wanted not in said
            item.setHidden(gone)
            hidden.append(gone)
        return all(hidden)

    def item_of(self, name: str) -> QTreeWidgetItem | None:
        """Item of a bound, or of ``massless``."""
        return next((item for item in self._leaves() if item.data(0, _ROLE) == name), None)

    def own_chosen(self) -> str:
        """Key of the curve of one's own that is chosen; of the only one without a choice.

        Empty for none.
        """
        item, curves = self.currentItem(), self._model.state.own_curves
        name = item.data(0, _ROLE) if item is not None else ""
        if name in [curve.key for curve in curves]:
            return str(name)
        return curves[0].key if len(curves) == 1 else ""

    def _leaves(self) -> list[QTreeWidgetItem]:
        pending = _children(self.invisibleRootItem())
        leaves = []
        while pending:
            item = pending.pop()
            inner = _children(item)
            pending += inner
            if not inner:
                leaves.append(item)
        return leaves

    def _on_changed(self, changed: Changed) -> None:
        if changed & {"bounds", "own_curves"}:
            self._fill()
        if changed & {"bounds", "own_curves", "shown_bounds", "massless"}:
            self._show_checks()

    def _fill(self) -> None:
        self._filling = True
        current = self.currentItem()
        chosen = "" if current is None else current.data(0, _ROLE)
        self.clear()
        state = self._model.state
        bounds = state.bounds
        if state.own_curves:
            own = _group("your own")
            self.addTopLevelItem(own)
            for curve in state.own_curves:
                own.addChild(_leaf(curve.label, curve.key, describe(curve.bound)))
        for flavor, flavor_text in FLAVOR_TEXTS.items():
            group: QTreeWidgetItem | None = None
            for kind, kind_text in _KINDS.items():
                members = [b for b in bounds.values() if b.flavor == flavor and b.kind == kind]
                if not members:
                    continue
                if group is None:
                    group = _group(flavor_text)
                    self.addTopLevelItem(group)
                branch = _group(kind_text)
                group.addChild(branch)
                for bound in members:
                    branch.addChild(_leaf(bound.label, bound.name, describe(bound)))
        marks = _leaf(
            "massless final state",
            _MASSLESS,
            "Published limits for m₄ → 0, as marks at the left edge",
        )
        self.addTopLevelItem(marks)
        self.expandAll()
        if chosen and (item := self.item_of(chosen)) is not None:
            self.setCurrentItem(item)
        self._filling = False
        self._hide(self.invisibleRootItem())
        self._show_swatches()

    def _show_swatches(self) -> None:
        """Show the line of each bound beside its name: the legend of the plane."""
        if self._theme is None:
            return
        self._filling = True
        bounds = self._model.state.known_bounds
        for item in self._leaves():
            name = item.data(0, _ROLE)
            if name in bounds:
                item.setIcon(0, swatch(*bound_line(self._theme, bounds, name)))
        self._filling = False

    def _show_checks(self) -> None:
        state = self._model.state
        self._filling = True
        for item in self._leaves():
            name = item.data(0, _ROLE)
            on = state.massless if name == _MASSLESS else name in state.shown_bounds
            item.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._filling = False

    def _on_item(self, _item: QTreeWidgetItem, _column: int) -> None:
        if self._filling:
            return
        state = self._model.state
        before = state.shown_bounds | ({_MASSLESS} if state.massless else set())
        # A group ticks all of its members, but nobody means those that the filter hides.
        on = {
            name
            for item in self._leaves()
            for name in [item.data(0, _ROLE)]
            if (name in before if item.isHidden() else item.checkState(0) == Qt.CheckState.Checked)
        }
        self._model.update(massless=_MASSLESS in on, shown_bounds=frozenset(on - {_MASSLESS}))
        self._show_checks()


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(row) for row in range(item.childCount()))
    return [child for child in found if child is not None]


def _group(text: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([text])
    item.setFlags(
        Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsAutoTristate
    )
    return item


def _leaf(text: str, name: str, tip: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([text])
    item.setData(0, _ROLE, name)
    item.setToolTip(0, plain_tip(tip))
    item.setFlags(
        Qt.ItemFlag.ItemIsEnabled
        | Qt.ItemFlag.ItemIsSelectable
        | Qt.ItemFlag.ItemIsUserCheckable
        | Qt.ItemFlag.ItemNeverHasChildren
    )
    item.setCheckState(0, Qt.CheckState.Unchecked)
    return item
