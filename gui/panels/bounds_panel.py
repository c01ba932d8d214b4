"""The tree of external bounds with a filter, and a word about ticked ones that are out of sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from nusterile_gui.panels.bounds_tree import BoundsTree

__all__ = ["BoundsPanel"]


class BoundsPanel(QWidget):
    """A filter, the tree and a note.

    Parameters
    ----------
    tree : BoundsTree
        The tree.
    """

    def __init__(self, tree: BoundsTree) -> None:
        super().__init__()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter bounds")
        self.filter.setAccessibleName("Filter bounds")
        self.filter.setToolTip("Show only bounds whose name or reference holds this text")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(tree.show_matching)
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.note.setContentsMargins(6, 2, 6, 4)
        self.note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.filter)
        layout.addWidget(tree, 1)
        layout.addWidget(self.note)
        # Named, not a proxy of the focus: Tab would go past the filter.
        self.setProperty("first", tree.objectName())

    def say_out_of_sight(self, labels: Sequence[str]) -> None:
        """Name ticked bounds that lie outside the view of the plane."""
        self.note.setText(f"Outside the view: {', '.join(labels)}")
        self.note.setVisible(bool(labels))
