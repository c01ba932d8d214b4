"""Where Tab goes: to what can be seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

__all__ = ["focus_inside", "focus_on_the_seen"]

_MOST = 1000


def focus_on_the_seen(step: Callable[[], bool]) -> bool:
    """Move the focus on until it is where it can be seen.

    Panels behind the tab of another count as visible to Qt, and would take the focus.

    Parameters
    ----------
    step : callable
        Moves the focus by one widget and returns whether it could.
    """
    for _ in range(_MOST):
        if not step():
            return False
        widget = QApplication.focusWidget()
        if widget is None or not _is_behind(widget):
            break
    return True


def focus_inside(panel: QWidget) -> None:
    """Give the focus to what a panel names as its ``first``, or to what takes it first in it."""
    reason = Qt.FocusReason.ShortcutFocusReason
    named = panel.property("first")
    first = panel.findChild(QWidget, named) if named else None
    if isinstance(first, QWidget):
        first.setFocus(reason)
        return
    takes = Qt.FocusPolicy.TabFocus
    for widget in (panel, *panel.findChildren(QWidget)):
        if widget.focusPolicy() & takes and widget.isEnabled() and widget.isVisibleTo(panel):
            widget.setFocus(reason)
            return
    panel.setFocus(reason)


def _is_behind(widget: QWidget) -> bool:
    """Whether a widget is in a panel of which nothing can be seen."""
    parent: QWidget | None = widget
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    return parent is not None and parent.visibleRegion().isEmpty()
