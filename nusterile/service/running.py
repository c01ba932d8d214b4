"""Running the service: a server on one address, until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from nusterile.errors import InputError
from nusterile.files.writing import reason_of
from nusterile.service.app import Options, make_app
from nusterile.service.catalogue import Catalogue
from nusterile.service.folders import require_folders
from nusterile.service.guards import is_loopback
from nusterile.service.inspection import inspect
from nusterile.service.workers import Workers

__all__ = ["Service"]

#: What this machine is called by itself.
_OWN_NAMES = ("localhost", "127.0.0.1", "::1")
#: Connections at a time, bytes of a request's head, seconds that a silent connection is kept.
_CONNECTIONS = 1000
_HEAD = 16 * 1024
SILENCE = 30
#: Seconds that answers in progress have to end.
_FAREWELL = 5
#: Seconds between two looks for processes without work.
_REST = 15.0


class Service:
    """A catalogue of folders behind an address.

    Parameters
    ----------
    folders : sequence of Path
        Folders of products.
    host : str
        Address to listen on.
    port : int
        Port; 0 for any that is free.
    options : Options, optional
        How it is run.

    Raises
    ------
    InputError
        If a folder is missing, or the address cannot be had.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        host: str = "127.0.0.1",
        port: int = 8642,
        options: Options | None = None,
    ) -> None:
        options = options or Options()
        if is_loopback(host):  # only this machine's names lead here, and those of a proxy
            options = replace(options, names=(*_OWN_NAMES, host, *options.names))
        self.options = options
        self.workers = Workers()
        self.catalogue = Catalogue(
            require_folders(folders), lambda found: self.workers.run(inspect, found)
        )
        self._socket = _listening(host, port)
        self.port = int(self._socket.getsockname()[1])
        self.host = host
        app = make_app(self.catalogue, self.workers, self.options)
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_PatientProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=_CONNECTIONS,
                h11_max_incomplete_event_size=_HEAD,
                timeout_keep_alive=SILENCE,
                timeout_graceful_shutdown=_FAREWELL,
            )
        )

    @property
    def address(self) -> str:
        """Address of the catalogue."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Serve until `stop`, Ctrl-C or SIGTERM.

        Parameters
        ----------
        started : callable
            Called once requests are answered.
        """
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        # a reader that goes away amid an answer is none of our errors
        self._server.started_call = started
        self.catalogue.start()
        resting = threading.Event()
        threading.Thread(target=self._rest, args=(resting,), name="rest", daemon=True).start()
        try:
            with _ending(self._server):
                asyncio.run(self._server.serve([self._socket]))
        finally:
            resting.set()
            self.catalogue.stop()
            self.workers.close()
            self._socket.close()

    def stop(self) -> None:
        """End serving; from any thread."""
        self._server.should_exit = True

    def _rest(self, over: threading.Event) -> None:
        while not over.wait(_REST):
            self.workers.rest()


class _Server(uvicorn.Server):
    """A server that leaves signals to us and says when it has begun."""

    started_call: Callable[[], None] = staticmethod(lambda: None)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.started_call()


class _PatientProtocol(H11Protocol):
    """One connection, which is closed where no whole request comes for some time.

    The server itself ends silent connections only after an answer, and not those over which a
    request comes in drops.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._expect_request()

    def _expect_request(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self.loop.call_later(SILENCE, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


@contextlib.contextmanager
def _ending(server: uvicorn.Server) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end serving, the second one at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, server.handle_exit)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
        except BaseException:
            listening.close()
            raise
    except (OSError, UnicodeError, OverflowError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise InputError(
            f"{host}, port {port}: cannot be listened on ({reason}); name another --host or --port"
        ) from None
    return listening
