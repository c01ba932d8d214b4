"""Reading from services that are slow, wrong or hostile."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nusterile.errors import InputError, NusterileError, ProductError
from nusterile.files import web
from nusterile.files.web import Web, is_address

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def service_of() -> Iterator[Callable[[Callable[[str], Answer | None]], str]]:
    """Start a service that answers as a function says, and return its address."""
    started: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[str], Answer | None]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = answer(self.path)
                if found is None:  # the connection breaks off
                    self.close_connection = True
                    return
                status, headers, body = found
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_PAUSES", (0.01, 0.01, 0.01))


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(NusterileError) as error:
        work()
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("place", ["http://x", "HTTPS://x/y", "http://"])
def test_addresses(place):
    assert is_address(place)


@pytest.mark.parametrize("place", ["x.nc", "http:/x", "ftp://x", "file:///x", "a http://x", ""])
def test_what_is_none(place):
    assert not is_address(place)


@pytest.mark.parametrize(
    "address",
    ["http://", "http:///x", "http://[::1", "http://x:y/", "http://x:99999/", "http://a\x00b/"],
)
def test_addresses_that_lead_nowhere(address):
    with pytest.raises(InputError, match=r"is no address .*it looks like http://host:8642"):
        Web(address)


def test_nobody_answers():
    said = refusal(lambda: Web("http://127.0.0.1:1").get("http://127.0.0.1:1/", 10))
    assert said.startswith("http://127.0.0.1:1: does not answer (")
    assert said.endswith("is the service running there?")


def test_what_passes_is_tried_again(service_of):
    answers: list[Answer | None] = [(200, {}, b"1"), (503, {}, b""), None, (429, {}, b"")]
    answers += [(200, {}, b"2")]
    address = service_of(lambda path: answers.pop(0))
    reading = Web(address)
    assert reading.get(address, 10) == (b"1", address)
    assert reading.get(address, 10) == (b"2", address)
    assert answers == []


def test_what_does_not_pass_is_not(service_of):
    asked: list[str] = []

    def answer(path: str) -> Answer:
        asked.append(path)
        return 404, {}, json.dumps({"error": "no \x1b[31m such\nthing"}).encode()

    address = service_of(answer)
    said = refusal(lambda: Web(address).get(f"{address}/x", 1000))
    assert said == rf"{address}: the service answers 404: no \x1b[31m such thing"
    assert asked == ["/x"]


def test_a_service_that_stays_away_is_given_up(service_of):
    address = service_of(lambda path: (503, {}, b""))
    assert "answers 503" in refusal(lambda: Web(address).get(address, 10))


@pytest.mark.parametrize("status", [410, 412])
def test_what_has_changed(service_of, status):
    address = service_of(lambda path: (status, {}, b""))
    said = refusal(lambda: Web(address).get(address, 10))
    assert said == f"{address}: has changed at the service; open the new one"


def test_no_more_than_was_asked_for(service_of):
    bomb = gzip.compress(b"0" * 10_000_000)
    answers = {"/long": ({}, b"0" * 101), "/bomb": ({"Content-Encoding": "gzip"}, bomb)}
    address = service_of(lambda path: (200, *answers[path]))
    for path in answers:
        said = refusal(lambda path=path: Web(address).get(address + path, 100))
        assert said == f"{address}: the service answers more than was asked for"


def test_what_is_packed_wrong(service_of):
    address = service_of(lambda path: (200, {"Content-Encoding": "gzip"}, b"none"))
    assert "does not answer" in refusal(lambda: Web(address).get(address, 100))


def test_redirections_stay_at_the_service(service_of):
    other = service_of(lambda path: (200, {}, b"elsewhere"))
    places = {"/a": "b", "/b": "/c/d", "/out": other, "/file": "file:///etc/passwd", "/round": ""}

    def answer(path: str) -> Answer:
        if path in places:
            return 307, {"Location": places[path]}, b""
        return 200, {}, path.encode()

    address = service_of(answer)
    assert Web(address).get(f"{address}/a", 10) == (b"/c/d", f"{address}/c/d")
    for path in ("/out", "/file"):
        said = refusal(lambda path=path: Web(address).get(address + path, 10))
        assert "leads to another service" in said
    assert "answers 307" in refusal(lambda: Web(address).get(f"{address}/round", 10))


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"1", b"[" * 100_000, b"\xff"])
def test_what_is_no_document(service_of, content):
    address = service_of(lambda path: (200, {}, content))
    with pytest.raises(ProductError, match="does not answer as a product service"):
        Web(address).document(address)
