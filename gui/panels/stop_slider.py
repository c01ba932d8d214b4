"""A slider over values that are given one by one, with a mark at the one it starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from nusterile_gui.look.texts import plain_tip

__all__ = ["MarkedSlider", "StopSlider"]

#: Height of the mark below the groove, pixels.
_MARK = 5.0
#: Part of the stops that Page Up and Page Down pass.
_PAGES = 8


class MarkedSlider(QSlider):
    """A horizontal slider with a mark; a wheel that passes over it does not move it.

    Parameters
    ----------
    stops : int
        How many values there are.
    mark : int
        The marked one.
    """

    def __init__(self, stops: int, mark: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._mark = mark
        self.setRange(0, stops - 1)
        self.setPageStep(max(1, stops // _PAGES))
        self.setValue(mark)
        self.setMinimumWidth(60)

    def sizeHint(self) -> QSize:
        """Room for the mark below the groove."""
        return super().sizeHint() + QSize(0, round(_MARK))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the list unless the slider has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the slider and its mark."""
        super().paintEvent(event)
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style, slider = self.style(), QStyle.ComplexControl.CC_Slider
        groove: QRect = style.subControlRect(
            slider, option, QStyle.SubControl.SC_SliderGroove, self
        )
        handle: QRect = style.subControlRect(
            slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        room = groove.width() - handle.width()
        offset = style.sliderPositionFromValue(self.minimum(), self.maximum(), self._mark, room)
        x = groove.x() + handle.width() / 2 + offset
        bottom = float(self.height())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().highlight())
        corners = ((x, bottom - _MARK), (x - 0.8 * _MARK, bottom), (x + 0.8 * _MARK, bottom))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        painter.end()


class StopSlider(QWidget):
    """A named slider with its value, and a button that takes it back to its mark.

    Parameters
    ----------
    name : str
        What it moves, where it stands.
    title : str
        The same for who does not see where it stands.
    stops : sequence of float
        Its values, increasing.
    nominal : float
        The one of them that is marked.
    words : callable
        Says a value with its unit.

    Signals
    -------
    moved : ()
        The value changed.
    """

    moved = Signal()

    def __init__(
        self,
        name: str,
        title: str,
        stops: Sequence[float],
        nominal: float,
        words: Callable[[float], str],
    ) -> None:
        super().__init__()
        self._stops, self._words = tuple(stops), words
        self._nominal = self._stops.index(nominal)
        self.name = QLabel()
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name = name
        self.shown = QLabel()
        self.shown.setTextFormat(Qt.TextFormat.PlainText)
        self.shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider = MarkedSlider(len(self._stops), self._nominal)
        self.slider.setAccessibleName(title)
        self.slider.setToolTip(
            plain_tip(f"{title}\nas configured: {words(nominal)} (the mark)\nArrows: one step")
        )
        self.reset = QToolButton()
        self.reset.setText("↺")
        self.reset.setAccessibleName(f"{title}: as configured")
        self.reset.setToolTip(plain_tip(f"{title}: back to {words(nominal)}"))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 1, 0, 1)
        layout.setHorizontalSpacing(4)
        layout.setVerticalSpacing(0)
        layout.addWidget(self.name, 0, 0)
        layout.addWidget(self.shown, 0, 1, 1, 2)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        layout.addWidget(self.reset, 1, 2)
        layout.setColumnStretch(0, 1)
        self.slider.valueChanged.connect(self._on_moved)
        self.reset.clicked.connect(lambda: self.slider.setValue(self._nominal))
        self._show()

    @property
    def value(self) -> float:
        """The value at which it stands."""
        return self._stops[self.slider.value()]

    @property
    def changed(self) -> bool:
        """Whether that is another than the marked one."""
        return self.slider.value() != self._nominal

    def take(self, value: float) -> None:
        """Stand at a value; at the nearest stop where it is none."""
        nearest = min(range(len(self._stops)), key=lambda k: abs(self._stops[k] - value))
        self.slider.setValue(self._stops.index(value) if value in self._stops else nearest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten a name that has no room."""
        super().resizeEvent(event)
        self._show_name()

    def _on_moved(self) -> None:
        self._show()
        self.moved.emit()

    def _show(self) -> None:
        self.shown.setText(self._words(self.value))
        font = self.shown.font()
        font.setBold(self.changed)
        self.shown.setFont(font)
        self.reset.setEnabled(self.changed)
        self._show_name()

    def _show_name(self) -> None:
        room = self.width() - self.shown.sizeHint().width() - 8
        text = self.name.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        self.name.setText(text)
        self.name.setToolTip("" if text == self._name else plain_tip(self._name))
