"""What stands before the service: limits of size, rate and time, headers, log and metrics."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import unquote

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nusterile.files.text import plain_text

__all__ = ["Guard", "Limits", "Rates", "access_log", "is_loopback"]

_LOG = logging.getLogger("nusterile.service")

#: Nothing of a page runs or loads that does not come from the service itself.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
#: Clients whose rate is remembered; beyond it, those that have been quiet are forgotten.
_CLIENTS = 10_000


@dataclass(frozen=True)
class Limits:
    """What one request, and one client, may take.

    Attributes
    ----------
    address, headers : int
        Bytes of path and query, and of all headers.
    time, file_time : float
        Seconds until an answer has been sent; of a file, which a slow line takes long for.
    rate : float
        Requests per second of one client on another machine in the long run, and in one burst
        twice as many; 0 for no limit.
    """

    address: int = 4096
    headers: int = 16384
    time: float = 60.0
    file_time: float = 1800.0
    rate: float = 500.0


class Rates:
    """A bucket of requests for each client, filled at a constant rate.

    Parameters
    ----------
    rate : float
        Requests per second; the bucket holds those of two.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: dict[str, tuple[float, float]] = {}

    def takes(self, client: str, now: float) -> bool:
        """Whether one more request of a client is within its rate."""
        if not self._rate:
            return True
        left, before = self._buckets.get(client, (2 * self._rate, now))
        left = min(left + (now - before) * self._rate, 2 * self._rate)
        if client not in self._buckets and len(self._buckets) >= _CLIENTS:
            # full buckets are like new ones
            quiet = [c for c, (_, last) in self._buckets.items() if now - last > 2]
            for each in quiet or list(self._buckets)[: _CLIENTS // 10]:
                del self._buckets[each]
        allowed = left >= 1
        self._buckets[client] = left - allowed, now
        return allowed


class Guard:
    """ASGI application around another one.

    Only GET and HEAD pass, without a body. An error of the service becomes a status and a line
    in its log, never a traceback for the reader.

    Parameters
    ----------
    app : ASGIApp
        What is guarded.
    limits : Limits
        What a request may take.
    registry : CollectorRegistry
        Where the metrics go.
    log : TextIO, optional
        Where a line of JSON is written for each request.
    prefix : str
        Path under which a proxy serves everything, such as ``/nusterile``; paths are taken with
        and without it.
    names : sequence of str
        Names of machines that a request may ask for; any where there are none. A page of another
        site whose name was made to lead here can read nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        registry: CollectorRegistry,
        log: TextIO | None = None,
        prefix: str = "",
        names: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._limits = limits
        self._rates = Rates(limits.rate)
        self._log = log
        self._prefix = prefix.rstrip("/")
        self._names = frozenset(name.lower() for name in names)
        self._requests = Counter(
            "nusterile_requests",
            "Requests by route and status.",
            ["route", "status"],
            registry=registry,
        )
        self._bytes = Counter(
            "nusterile_sent_bytes", "Bytes of answers by route.", ["route"], registry=registry
        )
        self._seconds = Histogram(
            "nusterile_request_seconds",
            "Time until an answer was sent, by route.",
            ["route"],
            registry=registry,
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        inner = self._inner(scope)
        sent = _Sent(send)
        try:
            refused = self._refused(scope, inner)
            if not refused and self._prefix and scope["path"] == self._prefix:
                await _redirect(sent, f"{self._prefix.rpartition('/')[2]}/")
            elif refused:
                await _refuse(sent, *refused)
            else:
                async with asyncio.timeout(self._patience(inner["path"])):
                    await self._app(inner, receive, sent)
        except TimeoutError:
            if not sent.status:
                await _refuse(sent, 503, "this takes too long now; try again later")
        except ConnectionAbortedError as error:
            _LOG.warning("%s: %s", plain_text(scope["path"]), error)
        except Exception:
            _LOG.exception("%s: could not be answered", plain_text(scope["path"]))
            if not sent.status:
                await _refuse(sent, 500, "the service could not answer; its log says why")
        finally:
            self._note(scope, inner, sent, time.perf_counter() - started)

    def _inner(self, scope: Scope) -> Scope:
        """The request as the service sees it: GET for HEAD, and below the proxy's prefix."""
        inner = dict(scope)
        if inner["method"] == "HEAD":  # the server leaves the body out
            inner["method"] = "GET"
        if self._prefix:
            inner["root_path"] = self._prefix
            if not (inner["path"] + "/").startswith(self._prefix + "/"):  # the proxy took it away
                inner["path"] = self._prefix + inner["path"]
        return inner

    def _refused(self, scope: Scope, inner: Scope) -> tuple[int, str] | None:
        """Status and reason of a request that is not even looked at."""
        if inner["method"] != "GET":
            return 405, "only GET and HEAD are answered here"
        headers = dict(scope["headers"])
        if headers.get(b"transfer-encoding") or headers.get(b"content-length", b"0") != b"0":
            return 413, "a request has no content here"
        path = scope.get("raw_path") or scope["path"].encode()
        if len(path) + len(scope["query_string"]) > self._limits.address:
            return 414, f"an address has at most {self._limits.address} characters here"
        if sum(len(name) + len(value) for name, value in scope["headers"]) > self._limits.headers:
            return 431, f"the headers have at most {self._limits.headers} bytes here"
        if self._names and _host_of(headers.get(b"host", b"")) not in self._names:
            return 421, "the service is not called so; --name allows the name of a proxy"
        if not _is_plain(inner["path"]):
            return 404, "there is nothing at this address"
        client = _client(scope)
        if not is_loopback(client) and not self._rates.takes(client, time.monotonic()):
            return 429, "too many requests; wait a second"
        return None

    def _patience(self, path: str) -> float:
        return self._limits.file_time if path.endswith("/file") else self._limits.time

    def _note(self, scope: Scope, inner: Scope, sent: _Sent, seconds: float) -> None:
        route = getattr(inner.get("route"), "path", "other") if sent.status != 404 else "other"
        self._requests.labels(route, str(sent.status)).inc()
        self._bytes.labels(route).inc(sent.size)
        self._seconds.labels(route).observe(seconds)
        if self._log is not None:
            query = scope["query_string"].decode("latin-1")
            access_log(
                self._log,
                {
                    "client": _client(scope),
                    "method": scope["method"],
                    "path": scope["path"] + (f"?{query}" if query else ""),
                    "status": sent.status,
                    "bytes": sent.size,
                    "seconds": round(seconds, 6),
                },
            )


class _Sent:
    """Passes an answer on with the headers of every answer, and counts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name.lower() for name, _ in message.get("headers", ())}
            more = [(n.encode(), v.encode()) for n, v in _HEADERS.items() if n.encode() not in own]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"error": reason}).encode() + b"\n"
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == 405:
        headers.append((b"allow", b"GET, HEAD"))
    if status in (429, 503):
        headers.append((b"retry-after", b"1"))
    if status in (413, 414, 431):  # what follows would be taken for the next request
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches, or has, an address.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_of(header: bytes) -> str:
    """Name of a machine in the header of a request, without its port."""
    return re.sub(r":\d*$", "", header.decode("latin-1")).strip("[]").lower()


def _client(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


async def _redirect(send: Send, address: str) -> None:
    headers = [(b"location", address.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _is_plain(path: str) -> bool:
    """Whether a path, decoded once more, has no step up and nothing that acts unseen."""
    for text in (path, unquote(path)):
        if ".." in re.split(r"[/\\]", text) or any(ord(sign) < 32 for sign in text):
            return False
    return True


def access_log(log: TextIO, fields: Mapping[str, Any]) -> None:
    """Write one line of JSON in ASCII, so that no sign of a request acts on a terminal."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}
    try:
        log.write(json.dumps(line) + "\n")
        log.flush()
    except (OSError, ValueError) as error:  # a full disk, a closed pipe: the readers go on
        print(f"nusterile: the access log cannot be written ({error})", file=sys.stderr)
