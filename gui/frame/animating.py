"""The animation as the window knows it: its controls, and its export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, Qt
from PySide6.QtGui import QImageWriter
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar

from nusterile.errors import Cancelled, NusterileError
from nusterile.vocabulary import M_4
from nusterile_gui.frame.comparing import Offer
from nusterile_gui.frame.recording import Recording
from nusterile_gui.look.dialogs import ask_target, complain
from nusterile_gui.panels.animation_bar import AnimationBar
from nusterile_gui.sharing.animation import require_pillow, write_animation
from nusterile_gui.state.files import Files
from nusterile_gui.state.history import History
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.player import Player
from nusterile_gui.state.settings import Memory
from nusterile_gui.state.signals import ViewSignals
from nusterile_gui.work.work import Task

__all__ = ["Animating"]

#: Panels that follow the cursor.
_MOVING = ("moment", "mass", "spectrum", "pulls", "cursors")
#: Quality at which a picture is hardly larger than at the best one, and made in half the time.
_QUICK = 80


class Animating(QObject):
    """Plays the cursor along the grid, and writes what is seen meanwhile into a file.

    Parameters
    ----------
    window : QMainWindow
        What is recorded; gets the controls as a bar below its panels.
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    history : History
        Takes what is played for one step.
    files : Files
        Writes beside the window.
    memory : Memory
        Knows the folder that was used last.
    docks : mapping of str to QDockWidget
        The panels.
    say : callable
        Takes a line about what was done.
    """

    def __init__(
        self,
        window: QMainWindow,
        model: ViewModel,
        signals: ViewSignals,
        history: History,
        files: Files,
        memory: Memory,
        docks: Mapping[str, QDockWidget],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window, self._model, self._history = window, model, history
        self._files, self._memory, self._docks, self._say = files, memory, docks, say
        plane = window.centralWidget()
        assert plane is not None
        self._plane = plane
        self.player = Player(model, signals, history, self)
        self.controls = AnimationBar(self.player)
        self.controls.export_asked.connect(self.ask_to_export)
        self.controls.close_asked.connect(self.hide)
        self.bar = QToolBar("Animation", window)
        self.bar.setObjectName("bar-animation")
        self.bar.setMovable(False)
        self.bar.addWidget(self.controls)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.bar)
        self.bar.hide()
        self.recording: Recording | None = None
        self._before: tuple[float, float] | None = None
        self._writing = 0
        files.worker.progressed.connect(self._on_progress)

    def offers(self) -> list[Offer]:
        """Everything that can be done."""
        return [
            ("play", "Pl&ay or stop the animation", self.toggle, "M"),
            ("animation", "Animation &controls", self.show_or_hide, "Shift+M"),
            ("export-animation", "&Export animation…", self.ask_to_export, "Ctrl+Alt+M"),
        ]

    def toggle(self) -> None:
        """Play with the controls in sight, or stop."""
        if self.player.places().size < 2:
            self._say("there is nothing to play: open a product with Δχ² first")
            return
        self.bar.show()
        self.player.toggle()

    def show_or_hide(self) -> None:
        """Show the controls, with the focus, or hide them."""
        if self.bar.isVisible():
            self.hide()
        else:
            self.bar.show()
            self.controls.play.setFocus()

    def hide(self) -> None:
        """Stop, and hide the controls."""
        self.player.stop()
        self.bar.hide()

    def close(self) -> None:
        """Stop everything, for good."""
        self.player.stop()
        if self.recording is not None:
            self.recording.reject()

    def ask_to_export(self) -> None:
        """Ask for a file and write the animation."""
        if self.recording is not None:
            return
        if self.player.places().size < 2:
            self._say("there is nothing to export: open a product with Δχ² first")
            return
        try:
            require_pillow()
        except NusterileError as error:
            complain(self._window, "The animation was not written", str(error))
            return
        self.player.stop()
        name = f"over_{'mass' if self.player.axis == M_4 else 'moment'}.gif"
        proposed = self._memory.folder() / name
        ask_target(self._window, "Export animation", proposed, "GIF (*.gif)", self._record)

    def part(self) -> QRect:
        """The part of the window that is recorded: the plane and the panels that follow it."""
        part = self._plane.geometry()
        for name in _MOVING:
            dock = self._docks[name]
            behind = dock.visibleRegion().isEmpty()
            if dock.isVisible() and not dock.isFloating() and not behind:
                part = part.united(dock.geometry())
        return part

    def _record(self, path: Path) -> None:
        self._memory.save_folder(path.parent)
        places = [float(place) for place in self.player.places()]
        if len(places) < 2 or self.recording is not None:
            return
        state, part = self._model.state, self.part()
        self._before = (state.m_4, state.mu)
        self._history.begin()
        self.recording = Recording(
            self._window, places, self.player.move, partial(self._picture, part)
        )
        self.recording.recorded.connect(partial(self._write, path))
        self.recording.rejected.connect(self._on_cancelled)
        self.recording.start()

    def _picture(self, part: QRect) -> bytes:
        """The part of the window as it is now, a pixel a pixel of a screen that is not scaled."""
        shown = self._window.grab(part).toImage()
        if shown.size() != part.size():
            shown = shown.scaled(part.size(), mode=Qt.TransformationMode.SmoothTransformation)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QImageWriter(buffer, QByteArray(b"PNG"))
        writer.setQuality(_QUICK)
        writer.write(shown)
        return bytes(buffer.data().data())

    def _restore(self) -> None:
        """Put the cursor where it was: an export is nothing to undo."""
        if self._before is not None:
            m_4, mu = self._before
            self._before = None
            self._model.update(m_4=m_4, mu=mu)
            self._history.end()

    def _write(self, path: Path, frames: list[bytes]) -> None:
        self._restore()
        rate, loop = self.player.rate, self.player.loop

        def write(task: Task) -> None:
            def progress(number: int) -> None:
                if task.cancelled():
                    raise Cancelled
                task.progress(number / len(frames), "writing the file")

            write_animation(path, frames, rate, loop=loop, progress=progress)

        self._writing = self._files.write_watched("the animation", path, write, self._on_done)

    def _on_progress(self, number: int, share: float, what: str) -> None:
        if number == self._writing and self.recording is not None:
            self.recording.show_writing(share, what)

    def _on_cancelled(self) -> None:
        self._restore()
        self._files.worker.cancel(self._writing)
        self._on_done()

    def _on_done(self) -> None:
        recording, self.recording, self._writing = self.recording, None, 0
        if recording is not None:
            recording.done(1)
            recording.deleteLater()
