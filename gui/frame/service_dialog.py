"""A dialog that shows what a service offers, and opens one of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nusterile.files.places import Place
from nusterile.service.listing import read_catalogue, service_root
from nusterile_gui.frame.offers import Offer, offers_of
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.state.files import Files
from nusterile_gui.state.openable import names_product
from nusterile_gui.state.settings import Memory
from nusterile_gui.work.waiting import given_up_when_cancelled
from nusterile_gui.work.work import Task, Worker

__all__ = ["ServiceDialog"]

_COLUMNS = ("Product", "Title", "Content", "Experiments", "Size", "Modified (UTC)")
_TITLE, _EXPERIMENTS, _SIZE = (_COLUMNS.index(name) for name in ("Title", "Experiments", "Size"))
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_EXAMPLE = "http://127.0.0.1:8642"


class ServiceDialog(QDialog):
    """Address, catalogue, search; opening with progress and Cancel.

    What goes wrong is said in it, in one line, and it stays open.

    Parameters
    ----------
    parent : QWidget
        Owner.
    files : Files
        Opens what is chosen.
    memory : Memory
        Knows the services of before.
    """

    def __init__(
        self,
        parent: QWidget,
        files: Files,
        memory: Memory,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("service")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open from a service")
        self._files = files
        self._memory = memory
        self._worker = Worker("nusterile-service", self)
        self._listing = 0
        self._opening = 0
        self._asked = ""
        self._make()
        self.resize(min(940, parent.width() - 30), min(540, parent.height() - 60))
        self._worker.finished.connect(self._on_listed)
        self._worker.failed.connect(self._on_not_listed)
        files.worker.progressed.connect(self._on_progress)
        files.opened.connect(self._on_opened)
        self._rest("")

    def _make(self) -> None:
        self.address = QComboBox()
        self.address.setEditable(True)
        self.address.setAccessibleName("address of the service")
        self.address.setToolTip("Address of a service, or of one product")
        self.address.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.address.addItems(self._memory.services())
        field = self.address.lineEdit()
        assert field is not None
        field.setPlaceholderText(_EXAMPLE)
        self.list = QPushButton("Show catalogue")
        self.search = QLineEdit()
        self.search.setPlaceholderText("search: name, title, content, experiment …")
        self.search.setAccessibleName("search the catalogue")
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.table = _table()
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(260)
        self.cancel = QPushButton("Cancel")
        self.close_button = QPushButton("Close")
        self.open_button = QPushButton("Open")
        first, last = QHBoxLayout(), QHBoxLayout()
        label = QLabel("&Service")
        label.setBuddy(self.address)
        first.addWidget(label)
        first.addWidget(self.address, 1)
        first.addWidget(self.list)
        last.addWidget(self.message, 1)
        for widget in (self.bar, self.cancel, self.close_button, self.open_button):
            last.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.addLayout(first)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addLayout(last)
        for button in (self.list, self.cancel, self.close_button, self.open_button):
            # Enter means what the field that has the focus is for.
            button.setAutoDefault(False)
        field.returnPressed.connect(self.go)
        self.address.activated.connect(lambda _: self.go())
        self.list.clicked.connect(self.go)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self.open_chosen)
        self.table.itemActivated.connect(lambda _: self.open_chosen())
        self.table.itemSelectionChanged.connect(self._enable)
        self.open_button.clicked.connect(self.open_chosen)
        self.cancel.clicked.connect(self.stop)
        self.close_button.clicked.connect(self.reject)

    # -- what a hand does -----------------------------------------------------------

    def browse(self, address: str) -> None:
        """Show the catalogue of a service; without an address that of the one used last."""
        if address:
            self.address.setEditText(address)
        if self.address.currentText().strip():
            self.go()
        else:
            self.address.setFocus()

    def go(self) -> None:
        """Show the catalogue at the address, or open the product that it names."""
        address = self.address.currentText().strip()
        if not address:
            self._complain(f"Type the address of a service, such as {_EXAMPLE}.")
            return
        if "://" not in address:
            address = f"http://{address}"
        self.address.setEditText(address)
        self.stop()
        if names_product(address):
            self._open(address)
            return
        self.table.clear()
        self._asked = address

        def read(task: Task) -> tuple[str, dict[str, Any]]:
            return address, given_up_when_cancelled(task, lambda: read_catalogue(address))

        self._listing = self._worker.submit(read)
        self._wait("asking the service …")

    def open_chosen(self) -> None:
        """Open the product of the chosen row."""
        offer = self._chosen()
        if offer is not None and not self._opening:
            self._open(offer.address)

    def stop(self) -> None:
        """Cancel what is read; nothing of it is shown."""
        if self._listing:
            self._worker.cancel(self._listing)
        if self._opening:
            self._files.worker.cancel(self._opening)
        if self._listing or self._opening:
            self._rest("cancelled")

    def reject(self) -> None:
        """Cancel what is read; close where nothing is."""
        if self._listing or self._opening:
            self.stop()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Close, and end what is still waited for."""
        self.stop()
        self._worker.close()
        super().done(result)

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        """Let the arrow keys choose a row while letters are typed."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in _MOVES
        ):
            QApplication.sendEvent(self.table, event)
            return True
        return super().eventFilter(field, event)

    # -- the catalogue --------------------------------------------------------------

    def _on_listed(self, number: int, result: object) -> None:
        if number != self._listing or not isinstance(result, tuple):
            return
        address, document = result
        self._memory.remember_service(service_root(address))
        self._fill_addresses(address)
        offers = offers_of(document, address)
        self.table.addTopLevelItems([_Row(offer) for offer in offers])
        self._span()
        self._rest(_summary(document))
        self._filter()
        self.search.setFocus()

    def _on_not_listed(self, number: int, message: str) -> None:
        if number == self._listing:
            self._complain(message)

    def _fill_addresses(self, address: str) -> None:
        with QSignalBlocker(self.address):
            self.address.clear()
            self.address.addItems(self._memory.services())
            self.address.setEditText(address)

    def _span(self) -> None:
        """Give the columns what they need, and title and experiments what is left."""
        for row in self._rows():
            row.setFirstColumnSpanned(not row.offer.address)
        left = self.table.viewport().width()
        for column in range(len(_COLUMNS)):
            if column not in (_TITLE, _EXPERIMENTS):
                self.table.resizeColumnToContents(column)
                left -= self.table.columnWidth(column)
        wanted = self.table.sizeHintForColumn(_EXPERIMENTS) + 12
        self.table.setColumnWidth(_EXPERIMENTS, max(120, min(wanted, left // 2)))

    def _filter(self) -> None:
        """Hide the rows that are not looked for, and choose the first that can be opened."""
        query = self.search.text()
        for row in self._rows():
            row.setHidden(not row.offer.holds(query))
        chosen = self.table.currentItem()
        usable = [row for row in self._rows() if not row.isHidden() and row.offer.address]
        if chosen not in usable:
            self.table.clearSelection()
            if usable:
                self.table.setCurrentItem(usable[0])
        self._enable()

    def _rows(self) -> list[_Row]:
        items = (self.table.topLevelItem(k) for k in range(self.table.topLevelItemCount()))
        return [item for item in items if isinstance(item, _Row)]

    def _chosen(self) -> Offer | None:
        for item in self.table.selectedItems():
            if isinstance(item, _Row) and item.offer.address and not item.isHidden():
                return item.offer
        return None

    # -- opening --------------------------------------------------------------------

    def _open(self, address: str) -> None:
        self._asked = address
        self._opening = self._files.fetch(address, self._complain)
        self._wait("waiting")

    def _on_progress(self, number: int, share: float, what: str) -> None:
        if number == self._opening:
            self.message.setText(what)
            self.bar.setRange(0, 1000 if share else 0)
            self.bar.setValue(round(1000 * share))

    def _on_opened(self, place: Place) -> None:
        if self._opening and place == self._asked:
            self._memory.remember_service(service_root(self._asked))
            self._opening = 0
            self.accept()

    # -- states ---------------------------------------------------------------------

    def _wait(self, what: str) -> None:
        self._say(what, wrong=False)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.cancel.show()
        self._enable()

    def _rest(self, text: str, *, wrong: bool = False) -> None:
        # The focus must not go with the button.
        if self.cancel.hasFocus():
            self.search.setFocus()
        self._listing = self._opening = 0
        self.bar.hide()
        self.cancel.hide()
        self._say(text, wrong=wrong)
        self._enable()

    def _complain(self, message: str) -> None:
        self._rest(message, wrong=True)

    def _say(self, text: str, *, wrong: bool) -> None:
        self.message.setText(text)
        self.message.setProperty("wrong", wrong)
        self.message.style().polish(self.message)

    def _enable(self) -> None:
        self.open_button.setEnabled(self._chosen() is not None and not self._opening)


class _Row(QTreeWidgetItem):
    """A row of the table; one that cannot be opened is grey."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(list(offer.texts()))
        self.offer = offer
        self.setTextAlignment(_SIZE, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tip = "\n".join(filter(None, (offer.name, offer.about, offer.experiments, offer.address)))
        for column in range(len(_COLUMNS)):
            self.setToolTip(column, plain_tip(tip))
        if not offer.address:
            self.setDisabled(True)
            grey = QApplication.palette().color(
                QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text
            )
            self.setForeground(0, grey)

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        tree = self.treeWidget()
        if tree is None or not isinstance(other, _Row):
            return super().__lt__(other)
        column = tree.sortColumn()
        if bool(self.offer.address) != bool(other.offer.address):
            # What cannot be opened comes last in either order.
            rising = tree.header().sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            return bool(self.offer.address) == rising
        if column == _SIZE:
            return self.offer.size < other.offer.size
        return self.text(column).casefold() < other.text(column).casefold()


def _table() -> QTreeWidget:
    table = QTreeWidget()
    table.setObjectName("catalogue")
    table.setAccessibleName("catalogue")
    table.setHeaderLabels(list(_COLUMNS))
    table.setRootIsDecorated(False)
    table.setUniformRowHeights(True)
    table.setAllColumnsShowFocus(True)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTextElideMode(Qt.TextElideMode.ElideRight)
    header = table.header()
    header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    table.setSortingEnabled(True)
    header.setStretchLastSection(False)
    header.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
    return table


def _summary(document: dict[str, Any]) -> str:
    """How much there is, as the service says."""
    products, broken, reading = (len(document[name]) for name in ("products", "broken", "reading"))
    words = [f"{products} product{'s' if products != 1 else ''}"]
    if broken:
        words.append(f"{broken} broken")
    if reading or not document.get("complete", True):
        words.append("some are still being read: show the catalogue again for them")
    return ", ".join(words)
