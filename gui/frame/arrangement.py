"""Where the panels stand: arrangements for exploring, comparing and presenting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QLayout, QMainWindow

from nusterile_gui.look.text_size import text_scale

__all__ = ["ARRANGEMENTS", "EXPLORE", "PRESENT", "Arrangement", "Arranging"]

#: Names of panels that stand behind one another as tabs, the one in front first.
Stack = tuple[str, ...]


@dataclass(frozen=True)
class Arrangement:
    """Places of the panels around the plane; a panel that is not named is hidden.

    Attributes
    ----------
    left, right : tuple of tuple of str
        Stacks of panels beside the plane, from top to bottom.
    bottom : tuple of tuple of str
        Stacks of panels below plane and right side, from left to right; the last one
        stands below the right side and is as wide.
    right_share, bottom_share : float
        Parts of the window's width and height that these sides take.
    right_parts : tuple of float
        Parts of the right side's height that its stacks take.
    """

    left: tuple[Stack, ...] = ()
    right: tuple[Stack, ...] = ()
    bottom: tuple[Stack, ...] = ()
    right_share: float = 0.31
    bottom_share: float = 0.38
    right_parts: tuple[float, ...] = (0.5, 0.5)


EXPLORE, COMPARE, PRESENT = "explore", "compare", "present"
#: Arrangements by name, each in a large window and in a small one.
ARRANGEMENTS: Mapping[str, tuple[Arrangement, Arrangement]] = {
    EXPLORE: (
        Arrangement(
            left=(("view", "bounds", "what-if"),),
            right=(("moment",), ("mass", "ratio")),
            bottom=(("spectrum",), ("pulls", "cursors", "notes")),
        ),
        Arrangement(
            left=(("view", "bounds", "what-if"),),
            right=(("moment", "mass", "ratio"), ("spectrum", "pulls", "cursors", "notes")),
            right_parts=(0.4, 0.6),
        ),
    ),
    COMPARE: (
        Arrangement(
            left=(("view", "bounds", "what-if"),),
            right=(("ratio",), ("mass", "moment"), ("pulls", "spectrum", "cursors", "notes")),
            right_share=0.36,
            right_parts=(0.36, 0.32, 0.32),
        ),
        Arrangement(
            left=(("view", "bounds", "what-if"),),
            right=(("ratio", "mass", "moment"), ("pulls", "spectrum", "cursors", "notes")),
        ),
    ),
    PRESENT: (
        Arrangement(right=(("moment",), ("spectrum",)), right_share=0.36, right_parts=(0.45, 0.55)),
        Arrangement(right=(("moment",), ("spectrum",)), right_share=0.4, right_parts=(0.4, 0.6)),
    ),
}
#: Below these sides of a window, divided by the size of text, too little is left of the
#: plane with panels on three sides.
_SMALL = QSize(1100, 700)
#: Width of the left side: that of its texts, and more in a wide window.
_LEFT, _LEFT_SHARE = 228, 0.14
_LEFT_LARGE = 256
#: Height of what stands above and below all panels, pixels.
_BARS = 50


class Arranging(QObject):
    """Puts panels where an arrangement has them, and keeps their shares of the window.

    As long as no panel was moved by hand a window that becomes small or large takes the
    arrangement for that size. What was moved by hand keeps its place, and its share.

    Parameters
    ----------
    window : QMainWindow
        The window.
    docks : mapping of str to QDockWidget
        Its panels by name.
    """

    def __init__(self, window: QMainWindow, docks: Mapping[str, QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._docks = window, docks
        self.name = EXPLORE
        #: Whether panels were moved by hand since they were arranged.
        self.by_hand = False
        self._placing = False
        self._used: Arrangement | None = None
        self._shares: dict[str, tuple[float, float]] = {}
        self._resized = QTimer(self, singleShot=True, interval=0)
        self._resized.timeout.connect(self._follow)
        self._moved = QTimer(self, singleShot=True, interval=0)
        self._moved.timeout.connect(self._measure)
        self._calm = QTimer(self, singleShot=True, interval=0)
        self._calm.timeout.connect(self._let_go)
        window.installEventFilter(self)
        for dock in docks.values():
            dock.installEventFilter(self)
            dock.toggleViewAction().triggered.connect(self.keep)
            dock.topLevelChanged.connect(self._on_floated)

    def arrange(self, name: str) -> None:
        """Put every panel where an arrangement has it."""
        self.name, self.by_hand = name, False
        self._place(self._wanted())

    def restore(self, state: QByteArray, name: str, *, by_hand: bool) -> None:
        """Put every panel where it was when `state` was saved.

        Parameters
        ----------
        state : QByteArray
            From `QMainWindow.saveState`.
        name : str
            The arrangement that was made last; the first one for any other name.
        by_hand : bool
            Whether panels were moved since.
        """
        self._placing = True
        self._hold()
        restored = self._window.restoreState(state)
        self._placing = False
        if not restored:
            return
        self.name, self.by_hand = name if name in ARRANGEMENTS else EXPLORE, by_hand
        self._used = self._wanted()
        self._moved.start()
        self._resized.start()

    def follow(self) -> None:
        """Give the panels their places for the sizes that window and text have now."""
        self._resized.start()
        self._hold()

    def keep(self) -> None:
        """Take the present places as chosen by hand."""
        self.by_hand = True
        self._moved.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice other sizes of the window, dragged separators and closed panels."""
        kind = event.type()
        if watched is self._window:
            if kind == QEvent.Type.Resize:
                self._resized.start()
            elif kind == QEvent.Type.MouseButtonRelease:  # only separators leave it to the window
                self.keep()
        elif kind == QEvent.Type.Close:
            self.keep()
        return False

    def _on_floated(self, floating: bool) -> None:
        if floating and not self._placing:
            self.keep()

    def _wanted(self) -> Arrangement:
        """The arrangement for the size that the window has."""
        large, small = ARRANGEMENTS[self.name]
        size, scale = self._window.size(), text_scale()
        fits = size.width() >= _SMALL.width() * scale and size.height() >= _SMALL.height() * scale
        return large if fits else small

    def _follow(self) -> None:
        """Give the panels their places and shares in a window of another size."""
        if self._used is None or not self._window.isVisible():
            return
        self._hold()
        wanted = self._wanted()
        if self.by_hand:
            self._share()
        elif wanted is not self._used:
            front = [name for name, dock in self._docks.items() if _in_front(dock)]
            self._place(wanted)
            # The first ones are in front where there is room for one of several.
            for name in reversed(front):
                self._docks[name].raise_()
        else:
            self._size(wanted)

    def _place(self, wanted: Arrangement) -> None:
        docks, window = self._docks, self._window
        self._placing = True
        self._hold()
        for dock in docks.values():
            if dock.isFloating():
                dock.setFloating(False)
            window.removeDockWidget(dock)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        for stacks, area, across in (
            (wanted.left, Qt.DockWidgetArea.LeftDockWidgetArea, vertical),
            (wanted.right, Qt.DockWidgetArea.RightDockWidgetArea, vertical),
            (wanted.bottom, Qt.DockWidgetArea.BottomDockWidgetArea, horizontal),
        ):
            for before, stack in zip((None, *stacks), stacks, strict=False):
                first = docks[stack[0]]
                if before is None:
                    window.addDockWidget(area, first)
                else:
                    window.splitDockWidget(docks[before[0]], first, across)
        for stack in (*wanted.left, *wanted.right, *wanted.bottom):
            for behind, name in pairwise(stack):
                window.tabifyDockWidget(docks[behind], docks[name])
            for name in stack:
                docks[name].show()
            docks[stack[0]].raise_()
        self._put_away(wanted)
        self._placing = False
        self._used = wanted
        self._size(wanted)

    def _put_away(self, wanted: Arrangement) -> None:
        """Hide panels that are not named, as tabs of the left side for when they are shown.

        Without a place of its own a panel that is shown lies upon the plane, and a state that
        was saved brings it back.
        """
        named = {name for stack in (*wanted.left, *wanted.right, *wanted.bottom) for name in stack}
        behind = self._docks[wanted.left[0][0]] if wanted.left else None
        for name, dock in self._docks.items():
            if name in named:
                continue
            if behind is None:
                self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
            else:
                self._window.tabifyDockWidget(behind, dock)
            dock.hide()
            behind = dock

    def _size(self, wanted: Arrangement) -> None:
        """Give every side its share of the window."""
        docks, window = self._docks, self._window
        width, height = window.width(), window.height()
        narrow = _LEFT if wanted in [small for _, small in ARRANGEMENTS.values()] else _LEFT_LARGE
        left = max(round(narrow * text_scale()), round(_LEFT_SHARE * width)) if wanted.left else 0
        right, bottom = round(wanted.right_share * width), round(wanted.bottom_share * height)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        beside = [docks[stacks[0][0]] for stacks in (wanted.left, wanted.right) if stacks]
        sides = [size for size in (left, right) if size]
        window.resizeDocks(beside, sides, horizontal)
        if wanted.bottom:
            window.resizeDocks([docks[wanted.bottom[0][0]]], [bottom], vertical)
            widths = [width - left - right, right]
            window.resizeDocks([docks[stack[0]] for stack in wanted.bottom], widths, horizontal)
        column = [docks[stack[0]] for stack in wanted.right]
        room = height - (bottom if wanted.bottom else 0) - _BARS
        heights = [round(part * room) for part in wanted.right_parts[: len(column)]]
        window.resizeDocks(column, heights, vertical)

    def _hold(self) -> None:
        """Let the window keep its size until all panels have their places.

        On the way there they stand side by side that will be behind one another, or are as
        large as other text wanted them, and the window would grow to hold them.
        """
        self._constrain(QLayout.SizeConstraint.SetNoConstraint)
        self._calm.start()

    def _let_go(self) -> None:
        """Let the window be as large as its panels need it again."""
        self._constrain(QLayout.SizeConstraint.SetDefaultConstraint)

    def _constrain(self, how: QLayout.SizeConstraint) -> None:
        layout = self._window.layout()
        assert layout is not None
        layout.setSizeConstraint(how)

    def _measure(self) -> None:
        """Note the share of the window that each panel has."""
        size = self._window.size()
        self._shares = {
            name: (dock.width() / size.width(), dock.height() / size.height())
            for name, dock in self._docks.items()
            if _in_front(dock) and not dock.isFloating()
        }

    def _share(self) -> None:
        """Give the panels the shares that they were given by hand."""
        if not self._shares:
            return
        docks = [self._docks[name] for name in self._shares]
        width, height = self._window.width(), self._window.height()
        for ends, orientation, k in (
            (width, Qt.Orientation.Horizontal, 0),
            (height, Qt.Orientation.Vertical, 1),
        ):
            sizes = [round(share[k] * ends) for share in self._shares.values()]
            self._window.resizeDocks(docks, sizes, orientation)


def _in_front(dock: QDockWidget) -> bool:
    return dock.isVisible() and not dock.visibleRegion().isEmpty()
