"""What stands before the service holds against what is sent to it."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest
from prometheus_client import CollectorRegistry
from services import PATIENCE, served, until

from nusterile.service import running
from nusterile.service.app import Options
from nusterile.service.guards import Guard, Limits, Rates
from nusterile.service.running import Service


async def slow(scope, receive, send):
    """Takes a second to answer; with the path /half, begins at once."""
    start = {"type": "http.response.start", "status": 200, "headers": []}
    if scope["path"] == "/half":
        await send(start)
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
    await asyncio.sleep(1)
    await send(start)
    await send({"type": "http.response.body", "body": b"b"})


async def quick(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def wrong(scope, receive, send):
    raise RuntimeError("secret /root/path")


def ask(
    app: object,
    *paths: str,
    client: str = "192.0.2.1",
    log: StringIO | None = None,
    **limits: float,
) -> list[httpx.Response]:
    """Send requests from an address through a guard."""

    async def all_of_them() -> list[httpx.Response]:
        guard = Guard(app, Limits(**limits), CollectorRegistry(), log)  # type: ignore[arg-type]
        transport = httpx.ASGITransport(guard, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as asking:
            return [await asking.get(path) for path in paths]

    return asyncio.run(all_of_them())


class TestLimits:
    """Size, rate and time."""

    def test_rate_of_one_client(self):
        answers = ask(quick, *["/"] * 30, rate=10)
        statuses = [answer.status_code for answer in answers]
        assert statuses[:20] == [200] * 20
        assert 429 in statuses[20:]
        refused = answers[statuses.index(429)]
        assert refused.headers["retry-after"] == "1"

    @pytest.mark.parametrize(("client", "rate"), [("127.0.0.1", 10), ("::1", 10), ("8.8.8.8", 0)])
    def test_no_rate_for_this_machine_or_where_none_is_set(self, client, rate):
        answers = ask(quick, *["/"] * 50, client=client, rate=rate)
        assert {answer.status_code for answer in answers} == {200}

    def test_each_client_has_its_own_bucket_which_fills_again(self):
        rates = Rates(2)
        assert [rates.takes("a", 0.0) for _ in range(6)] == [True] * 4 + [False] * 2
        assert rates.takes("b", 0.0)
        assert rates.takes("a", 0.5)
        assert not rates.takes("a", 0.5)
        assert [rates.takes("a", 100.0) for _ in range(5)] == [True] * 4 + [False]

    def test_memory_of_clients_is_bounded(self):
        rates = Rates(2)
        for number in range(30_000):
            rates.takes(str(number), number / 1e6)
        assert len(rates._buckets) <= 10_000

    def test_time(self):
        started = time.monotonic()
        (answer,) = ask(slow, "/", time=0.1)
        assert answer.status_code == 503
        assert time.monotonic() - started < 0.9

    def test_time_of_an_answer_that_has_begun(self):
        started = time.monotonic()
        with pytest.raises(AssertionError):  # of httpx: the answer has no end
            ask(slow, "/half", time=0.1)
        assert time.monotonic() - started < 0.9

    def test_files_have_more_time(self):
        (answer,) = ask(slow, "/products/x/file", time=0.1, file_time=5)
        assert answer.status_code == 200

    def test_errors_of_the_service_tell_readers_nothing(self, caplog):
        (answer,) = ask(wrong, "/")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "secret" in caplog.text

    def test_long_addresses(self, web):
        assert web.get("/" + "a" * 5000).status_code == 414
        assert web.get("/?" + "a" * 5000).status_code == 414

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"])
    def test_other_methods(self, web, method):
        answer = web.request(method, "/products")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"

    def test_requests_with_content(self, web):
        assert web.request("GET", "/products", content=b"x").status_code == 413
        assert web.request("GET", "/products", content=iter([b"x"])).status_code == 413


class TestNames:
    """A page of another site, whose name was made to lead to this machine, reads nothing."""

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:8642", "LOCALHOST:1"])
    def test_of_this_machine(self, web, host):
        assert web.get("/products", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.x"])
    def test_of_others(self, web, host):
        answer = web.get("/products", headers={"Host": host})
        assert answer.status_code == 421
        assert "products" not in answer.text

    def test_of_a_proxy(self, tmp_path):
        with served(tmp_path, options=Options(names=("group.example",))) as service:
            for host, status in (("group.example", 200), ("localhost", 200), ("other", 421)):
                answer = httpx.get(f"{service.address}/health", headers={"Host": host})
                assert answer.status_code == status


class TestLog:
    """One line of JSON for each request."""

    def test_what_stands_in_it(self, shop, web):
        before = len(shop.options.log.getvalue())
        web.get("/products/nothing?a=%1b[31m&b=\u2028")
        until(lambda: len(shop.options.log.getvalue()) > before)  # after the answer
        (line,) = shop.options.log.getvalue()[before:].splitlines()
        fields = json.loads(line)
        assert fields["status"] == 404
        assert fields["client"] == "127.0.0.1"
        assert fields["path"].startswith("/products/nothing?a=")
        assert {"time", "method", "bytes", "seconds"} <= set(fields)

    def test_nothing_in_it_acts(self):
        log = StringIO()
        ask(quick, "/%1b[31m%0a{%22status%22:200}", "/\u202e", log=log)
        lines = log.getvalue().splitlines()
        assert len(lines) == 2
        assert log.getvalue().isascii()
        assert "\x1b" not in log.getvalue()


def test_headers_of_every_answer(web, ids):
    for path in ("/", "/products", "/nothing", f"/products/{ids['scan']}/file", "/static/pages.js"):
        headers = web.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def exchange(service: Service, *sent: bytes, pause: float = 0.0) -> bytes:
    """Send bytes over one connection; return everything that comes back."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as connection:
        try:
            for part in sent:
                connection.sendall(part)
                time.sleep(pause)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while block := connection.recv(65536):
                answer += block
        except (ConnectionResetError, BrokenPipeError):
            pass
        return answer


def drip(connection: socket.socket) -> None:
    """Send one byte after another, as long as the other side takes them."""
    for _ in range(80):
        connection.sendall(b"G")
        time.sleep(0.05)


class TestBytes:
    """What is hardly HTTP."""

    @pytest.mark.parametrize(
        "sent",
        [
            b"\r\n\r\n",
            b"\0" * 100,
            b"GET\r\n\r\n",
            b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: y\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
            b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /products/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET http://other/products HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ],
    )
    def test_is_refused_or_ignored(self, shop, sent):
        answer = exchange(shop, sent)
        assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))

    def test_a_request_that_does_not_end_is_given_up(self, monkeypatch, tmp_path):
        monkeypatch.setattr(running, "SILENCE", 0.3)
        with served(tmp_path) as service:
            for first in (b"", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"):
                with socket.create_connection(("127.0.0.1", service.port), PATIENCE) as slow_one:
                    slow_one.sendall(first)
                    started = time.monotonic()
                    with pytest.raises((ConnectionResetError, BrokenPipeError)):
                        drip(slow_one)
                    assert time.monotonic() - started < 4


SECRET = b"nobody reads this"


@pytest.fixture(scope="module")
def guarded(
    small_limits: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, str]]:
    """A service and its folder, with secrets beside it."""
    base = tmp_path_factory.mktemp("guarded")
    folder = base / "inside"
    folder.mkdir()
    shutil.copy(small_limits, folder / "limits.nc")
    for name in ("secret", "secret.nc", "inside-too"):
        (base / name).write_bytes(SECRET)
    (folder / "out.nc").symlink_to(base / "secret.nc")
    (folder / "etc").symlink_to("/etc")
    with served(folder) as service:
        yield service, str(folder)


class TestOutside:
    """No byte from outside the folders."""

    def test_links_out_are_listed_and_serve_nothing(self, guarded):
        service, folder = guarded
        document = httpx.get(f"{service.address}/products").json()
        (broken,) = document["broken"]
        assert broken["reason"] == "is a link that leads out of the folders that are served"
        assert broken["sha256"] == ""
        assert folder not in json.dumps(document)
        answer = httpx.get(f"{service.address}/products/{broken['id']}/file")
        assert answer.status_code == 404

    def test_thousands_of_addresses(self, guarded, pytestconfig):
        """Addresses made of what attacks are made of: 4xx, never 5xx, never a secret."""
        service, folder = guarded
        number = max(pytestconfig.getoption("--fuzz"), 1000)
        chance = random.Random(pytestconfig.getoption("--fuzz-seed"))
        id = service.catalogue.contents.products[0].id
        parts = ["..", ".", "%2e%2e", "%252e%252e", "..%2f", "..%5c", "\\..", "/", "//", "%00", "~"]
        parts += ["etc", "passwd", "secret", "secret.nc", "inside", "out.nc", "limits.nc", folder]
        parts += ["products", id, "file", "zarr", "limits", "figures", "static", "zarr.json", "c"]
        parts += ["pages.js", "limits.svg", "limit", "%c0%ae", "%ff", "\u202e", "{{7*7}}", "$(id)"]
        parts += [";", "a" * 300, "-1", "1e999", "NaN", "<script>", "%0d%0aX: y", "'", '"', " "]
        ranges = ["bytes=0-", "bytes=-1", "bytes=9-1", "bytes=" + "0-1," * 200, "x", "bytes=1e9-"]
        names = ["Range", "If-Range", "If-Match", "If-None-Match", "Accept", "Host"]
        names += ["X-Forwarded-For", "X-Forwarded-Proto", "Accept-Encoding", "Cookie"]
        values = [*ranges, "*", '"', "text/html", "gzip;q=x", "", "a" * 2000, id, "//evil", "https"]
        known = {"/", "/health", "/metrics", "/openapi.json"}
        with httpx.Client(base_url=service.address, timeout=PATIENCE) as client:
            for _ in range(number):
                path = "/" + "/".join(chance.choices(parts, k=chance.randint(1, 6)))
                if chance.random() < 0.5:
                    path = f"/products/{id}{path}"
                if chance.random() < 0.3:
                    keys = ["selection", "flavor", "cl", "dof", "m4", "format", "q", "sort", "%00"]
                    path += f"?{chance.choice(keys)}={quote(chance.choice(parts), safe='%')}"
                headers = [
                    (name, value)
                    for name, value in zip(
                        chance.sample(names, 2), chance.sample(values, 2), strict=True
                    )
                    if chance.random() < 0.5
                ]
                # as it is: the client would resolve steps up by itself
                target = quote(path, safe="/%?=&\\;~{}$()'").encode()
                answer = client.get("/", headers=headers, extensions={"target": target})
                said = (path, headers, answer.status_code)
                assert answer.status_code < 500, said
                assert SECRET not in answer.content, said
                assert b"root:" not in answer.content, said
                assert folder.encode() not in answer.content or folder in unquote(path), said
                if answer.status_code == 200 and path.partition("?")[0] not in known:
                    assert "products" in path or "static" in path, said
                if any(part in ("..", "%2e%2e", "\\..") for part in path.split("/")):
                    assert answer.status_code in (404, 421), said
        assert client.is_closed
        assert httpx.get(f"{service.address}/health").json()["status"] == "ok"

    def test_with_as_much_as_an_attacker_knows(self, guarded):
        service, folder = guarded
        outside = Path(folder).parent / "secret.nc"
        for name in (str(outside), f"../{outside.name}", f"..%2f{outside.name}", "%2fetc%2fpasswd"):
            for path in (f"/products/{name}/file", f"/static/{name}", f"/products/{name}"):
                answer = exchange(
                    service,
                    f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(),
                )
                assert answer.startswith(b"HTTP/1.1 4"), path
                assert SECRET not in answer


def test_the_service_never_writes(shop: Service, web: httpx.Client, ids: dict[str, str]):
    """Nothing in its folders changes, whatever is read."""
    (folder,) = shop.catalogue._folders

    def state() -> dict[str, tuple[int, int]]:
        paths = [folder, *folder.rglob("*")]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}

    before = state()
    readers: list[Callable[[], object]] = [
        lambda: web.get("/"),
        lambda: web.get(f"/products/{ids['scan']}/file"),
        lambda: web.get(f"/products/{ids['scan']}/zarr/zarr.json"),
        lambda: web.get(f"/products/{ids['scan']}/figures/limits.svg"),
    ]
    for read in readers:
        read()
    assert state() == before


def test_options_have_defaults():
    assert Options().limits.rate > 0
