"""What is seen while no product is open: an offer to build the reference one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nusterile_gui.work.work import Task, Worker

__all__ = ["Welcome", "build_reference"]


def build_reference(path: Path, task: Task) -> Path:
    """Compute the product of the default configuration and write it."""
    from nusterile.analysis import Analysis

    task.progress(0.0, "reading the experiments")
    path.parent.mkdir(parents=True, exist_ok=True)
    Analysis().build(path, progress=task.progress, cancelled=task.cancelled)
    return path


class Welcome(QWidget):
    """Offers to build the reference product or to open one.

    Parameters
    ----------
    worker : Worker
        Computes.
    target : Path
        Where the reference product goes.

    Signals
    -------
    open_asked : ()
        The user wants to choose a file.
    built : object
        Path of the product.
    failed : str, str
        What did not work, and why.
    """

    open_asked = Signal()
    built = Signal(object)
    failed = Signal(str, str)

    def __init__(self, worker: Worker, target: Path) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self._worker = worker
        self._target = target
        self.task = 0
        title = QLabel("No product is open")
        title.setObjectName("title")
        text = QLabel(
            "A product holds spectra, χ² and limits over sterile mass and transition moment.\n"
            "The reference product takes a few seconds to build. Files can be dropped here."
        )
        self.build = QPushButton("Build the reference product")
        self.build.setObjectName("build-reference")
        self.open = QPushButton("Open a product…")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("build-cancel")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(420)
        self.message = QLabel(" ")
        for label in (title, text, self.message):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)  # or it would keep the panels around it narrow
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.build, self.open, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        bar = QHBoxLayout()
        bar.addStretch(1)
        bar.addWidget(self.bar, 3)
        bar.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addSpacing(12)
        layout.addLayout(buttons)
        layout.addLayout(bar)
        layout.addWidget(self.message)
        layout.addStretch(3)
        self._rest(" ")
        self.build.clicked.connect(self.start)
        self.open.clicked.connect(self.open_asked)
        self.cancel.clicked.connect(self.stop)
        worker.progressed.connect(self._on_progress)
        worker.finished.connect(self._on_finished)
        worker.failed.connect(self._on_failed)

    def start(self) -> None:
        """Build the reference product."""
        target = self._target
        self.task = self._worker.submit(lambda task: build_reference(target, task))
        self.build.setEnabled(False)
        self.cancel.setVisible(True)
        self.bar.setVisible(True)
        self.bar.setValue(2)
        self.message.setText("starting")

    def stop(self) -> None:
        """Cancel the build; it leaves no file."""
        if self.task:
            self._worker.cancel(self.task)
            self._rest("cancelled")

    def _rest(self, message: str) -> None:
        self.task = 0
        self.build.setEnabled(True)
        self.cancel.setVisible(False)
        self.bar.setVisible(False)
        self.message.setText(message)

    def _on_progress(self, number: int, share: float, what: str) -> None:
        if number == self.task:
            self.bar.setValue(max(2, round(1000 * share)))
            self.message.setText(what)

    def _on_finished(self, number: int, result: object) -> None:
        if number == self.task and isinstance(result, Path):
            self._rest(" ")
            self.built.emit(result)

    def _on_failed(self, number: int, message: str) -> None:
        if number == self.task:
            self._rest(" ")
            self.failed.emit("The reference product was not built", message)
