"""A command of nusterile in a process of its own, with progress, that can be ended at once."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

__all__ = ["CommandProcess"]

_PROGRESS = re.compile(r"progress (\d\.\d+) (.*)")
#: How long an ended process may take to go, milliseconds.
_PATIENCE = 3000


class CommandProcess(QObject):
    """Runs one command after another; nothing is heard of one that was cancelled.

    Parameters
    ----------
    parent : QObject
        Owner.

    Signals
    -------
    progressed : float, str
        Share done, what is being done.
    finished : ()
        The command has done its work.
    failed : str
        It has not, and why.
    """

    progressed = Signal(float, str)
    finished = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._said = ""

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self._process is not None

    def start(self, arguments: Sequence[str]) -> None:
        """Run ``nusterile`` with arguments, in place of what runs."""
        self.cancel()
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("NUSTERILE_PROGRESS", "lines")
        environment.insert("PYTHONIOENCODING", "utf-8")
        process.setProcessEnvironment(environment)
        process.setStandardOutputFile(QProcess.nullDevice())
        process.setReadChannel(QProcess.ProcessChannel.StandardError)
        process.readyReadStandardError.connect(self._on_line)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process, self._said = process, ""
        # Without the current folder among the places of modules.
        process.start(sys.executable, ["-P", "-m", "nusterile", *arguments])

    def cancel(self) -> None:
        """End the command that runs."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(_PATIENCE)
            process.deleteLater()

    def _on_line(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            self._hear(process.readLine().toStdString().rstrip())
            process = self._process  # who listens may have cancelled it

    def _hear(self, line: str) -> None:
        match = _PROGRESS.fullmatch(line)
        if match is not None:
            self.progressed.emit(float(match[1]), match[2])
        elif line:
            self._said = line.removeprefix("nusterile: ")

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_line()
        process = self._process
        if process is None:
            return
        self._hear(process.readAll().toStdString().strip())
        self._process = None
        process.deleteLater()
        if status == QProcess.ExitStatus.NormalExit and code == 0:
            self.finished.emit()
        else:
            self.failed.emit(self._said or f"the command ended with status {code}")

    def _on_error(self, error: QProcess.ProcessError) -> None:
        process = self._process
        # Of an end by a signal `finished` tells as well.
        if process is not None and error == QProcess.ProcessError.FailedToStart:
            self._process = None
            process.deleteLater()
            self.failed.emit(process.errorString())
