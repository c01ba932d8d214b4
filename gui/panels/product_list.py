"""A list of what is open: each entry drawn or not, renamed in place, with a menu."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu

from nusterile_gui.look.texts import plain_tip
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.overlays import AnyProduct

__all__ = ["ProductList", "key_of"]

_KEY = Qt.ItemDataRole.UserRole


def key_of(item: QListWidgetItem) -> int:
    """Return the key of the product of an entry."""
    return int(item.data(_KEY))


class ProductList(QListWidget):
    """Products with a box to tick, a name that can be changed, and a menu.

    Parameters
    ----------
    model : ViewModel
        The state.
    menu : mapping of str to str
        What can be asked for of a product, and its text.

    Attributes
    ----------
    filling : bool
        Whether entries change because the state did.

    Signals
    -------
    asked : str, int
        Something of the menu, and the key of a product.
    edited
        An entry was changed by hand; what was typed may differ from what its product is called
        now, so the list has to be filled again.
    """

    asked = Signal(str, int)
    edited = Signal()

    def __init__(self, model: ViewModel, menu: Mapping[str, str]) -> None:
        super().__init__()
        self._model = model
        self._menu = menu
        self.filling = False
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.itemChanged.connect(self._on_item_changed)
        self.customContextMenuRequested.connect(self._on_menu)

    def fill(
        self,
        products: Iterable[AnyProduct],
        tips: Mapping[int, str],
        icons: Mapping[int, QIcon] | None = None,
        current: int = 0,
    ) -> None:
        """Show products, with tooltips and icons by key; one of them may be the current one."""
        self.filling = True
        self.clear()
        for product in products:
            item = QListWidgetItem(product.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setData(_KEY, product.key)
            on = product.visible
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            item.setToolTip(plain_tip(tips[product.key]))
            if icons is not None:
                item.setIcon(icons[product.key])
            self.addItem(item)
            if product.key == current:
                self.setCurrentItem(item)
        self.filling = False

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        product = self._model.product(key_of(item))
        if self.filling or product is None:
            return
        name = item.text().strip() or product.name
        taken = {other.name for other in self._model.state.products if other.key != product.key}
        if name in taken:
            name = product.name
        visible = item.checkState() == Qt.CheckState.Checked
        self._model.change(product.key, visible=visible, name=name)
        self.edited.emit()

    def _on_menu(self, place: QPoint) -> None:
        item = self.itemAt(place)
        if item is None:
            return
        key = key_of(item)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, text in self._menu.items():
            action = QAction(text, menu)
            action.triggered.connect(lambda _=False, name=name: self.asked.emit(name, key))
            menu.addAction(action)
        menu.popup(self.mapToGlobal(place))
