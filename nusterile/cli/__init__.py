"""The command line ``nusterile``.

Nothing heavy is imported before `main` runs, so that Ctrl-C, and SIGTERM from a batch system,
end it properly from the first moment on.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from nusterile.errors import Cancelled, NusterileError, ProductWarning
from nusterile.files.text import plain_text
from nusterile.files.writing import remove_unfinished

__all__ = ["COMMANDS", "INTERRUPT", "Interrupt", "main"]

#: Exit status after wrong input, and what is added to the signal that ended the process.
WRONG_INPUT = 2
BY_SIGNAL = 128

#: Signals that end the process properly, and what is said then.
_SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
#: Time in which further signals change nothing, since the first is being answered, seconds.
_ANSWERING = 2.0

#: Module and function of each command, imported when it is called.
COMMANDS = {
    "build": ("nusterile.cli.products", "build"),
    "limits": ("nusterile.cli.compute", "limits"),
    "spectrum": ("nusterile.cli.compute", "spectrum"),
    "projection": ("nusterile.cli.projection", "projection"),
    "toys": ("nusterile.cli.toys", "toys"),
    "impact": ("nusterile.cli.impact", "impact"),
    "rate": ("nusterile.cli.compute", "rate"),
    "chi2": ("nusterile.cli.compute", "chi2"),
    "info": ("nusterile.cli.products", "info"),
    "validate": ("nusterile.cli.products", "validate"),
    "config": ("nusterile.cli.products", "config"),
    "gui": ("nusterile.cli.gui", "gui"),
    "bounds": ("nusterile.cli.bounds", "bounds"),
    "cite": ("nusterile.cli.cite", "cite"),
    "figure": ("nusterile.cli.figures", "figure"),
    "compare": ("nusterile.cli.compare", "compare"),
    "table": ("nusterile.cli.exports", "table"),
    "export": ("nusterile.cli.exports", "export"),
    "serve": ("nusterile.cli.service", "serve"),
    "catalog": ("nusterile.cli.service", "catalog"),
}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exit with its status where that is not 0.

    Parameters
    ----------
    arguments : list of str, optional
        Words after the program's name; those of the process by default.
    """
    process = arguments is None
    if process and sys.stdout is None:  # or the first file that is opened would take its place
        sys.exit(_complain("standard output is closed; nothing can be written", WRONG_INPUT))
    try:
        if process:
            _prepare_process()
        status = _run(arguments)
        if INTERRUPT.seen:
            raise KeyboardInterrupt
        if process:  # all is done: Python may take its time to end
            _ignore_signals()
    except BaseException as error:
        if not (INTERRUPT.seen or isinstance(error, KeyboardInterrupt)):
            raise
        if process:  # once is enough
            _ignore_signals()
        number = signal.Signals(INTERRUPT.number or signal.SIGINT)
        status = _complain(f"{_SIGNALS[number]}; no file was left half-written", BY_SIGNAL + number)
        if process:
            remove_unfinished()
            # At once: threads may still be computing, and after an interrupt inside an import
            # Python would end by the signal, whatever the status.
            os._exit(status)
    if status:
        sys.exit(status)


class Interrupt:
    """Handler of Ctrl-C and SIGTERM that remembers the first of them.

    Modules that are being imported turn its exception into others or ignore it, and
    finalisers drop it; the process ends as interrupted all the same.

    Attributes
    ----------
    number : int
        The first signal; 0 for none.
    """

    def __init__(self) -> None:
        self.number = 0
        self._raised = -_ANSWERING

    @property
    def seen(self) -> bool:
        """Whether the user or the system wants the process to end."""
        return self.number != 0

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Take the signal; one that follows soon would strike what tidies up."""
        self.number = self.number or number
        now = time.monotonic()
        if now - self._raised >= _ANSWERING:
            self._raised = now
            raise KeyboardInterrupt

    @staticmethod
    def report_dropped(dropped: sys.UnraisableHookArgs) -> None:
        """Report what a finaliser dropped, unless it is Ctrl-C."""
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(dropped)


#: The one of this process.
INTERRUPT = Interrupt()


def _prepare_process() -> None:
    for number in _SIGNALS:  # one that the parent ignores, as nohup does, stays ignored
        if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL):
            signal.signal(number, INTERRUPT)
            sys.unraisablehook = INTERRUPT.report_dropped
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _run(arguments: list[str] | None) -> int:
    """Run the command line; say what went wrong, and return the exit status."""
    import click

    from nusterile.cli.commands import cli

    words = sys.argv[1:] if arguments is None else list(arguments)
    if "_NUSTERILE_COMPLETE" in os.environ:  # a shell asks for completions
        cli.main(words, prog_name="nusterile")
    try:
        # Not cli.main, which has its own mind about interrupts and closed pipes.
        with cli.make_context("nusterile", words) as context, _noting_warnings():
            cli.invoke(context)
        return 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        with suppress(BrokenPipeError):
            click.echo(error.format_message())
        return WRONG_INPUT
    except click.ClickException as error:
        return _complain(error.format_message(), error.exit_code)
    except (click.Abort, Cancelled):
        raise KeyboardInterrupt from None
    except NusterileError as error:
        return _complain(str(error), WRONG_INPUT)
    except MemoryError:
        return _complain("not enough memory; use fewer points", WRONG_INPUT)
    except BrokenPipeError:
        return 0  # the reader went away (a pager, head): nothing is wrong
    except OSError as error:
        where = f"{error.filename}: " if error.filename else "cannot write the output: "
        return _complain(f"{where}{error.strerror or error}", WRONG_INPUT)


@contextmanager
def _noting_warnings() -> Iterator[None]:
    """Write what is doubtful about a product, as one line, to standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ProductWarning)
        show = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *rest: Any) -> None:
            if issubclass(category, ProductWarning):
                with suppress(OSError, AttributeError):
                    print(f"note: {plain_text(str(message))}", file=sys.stderr, flush=True)
            else:
                show(message, category, *rest)

        warnings.showwarning = note  # type: ignore[assignment]  # the rest as it comes
        yield


def _complain(message: str, status: int) -> int:
    """Write one line without control characters to standard error; return the status."""
    with suppress(OSError, AttributeError):
        print(f"nusterile: {plain_text(message)}", file=sys.stderr, flush=True)
    return status
