"""The service under load, in a process of its own: many readers, many requests, many products.

Readers are on this machine, and the load ends by itself. With SERVICE_SECONDS fewer or more.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

import nusterile
from nusterile.analysis import Analysis
from nusterile.exports import limits_product
from nusterile.product.files import write_product

READERS = 50
SECONDS = float(os.environ.get("SERVICE_SECONDS", "60"))
REQUESTS = 10_000
PRODUCTS = 200


@contextmanager
def serving(folder: Path) -> Iterator[tuple[psutil.Process, int]]:
    """The service of a folder, and its port."""
    command = [sys.executable, "-m", "nusterile", "serve", str(folder), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            port = int(re.findall(r":(\d+) ", process.stderr.readline())[0])
            yield psutil.Process(process.pid), port
        finally:
            process.terminate()
            process.wait(60)


def document(port: int, path: str) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return json.load(answer)


def wait_until_complete(port: int) -> float:
    started = time.monotonic()
    while not document(port, "/health")["complete"]:
        assert time.monotonic() - started < 600
        time.sleep(0.05)
    return time.monotonic() - started


def memory(process: psutil.Process) -> float:
    """GB of the service and of the processes that work for it."""
    return sum(each.memory_info().rss for each in [process, *process.children()]) / 1e9


async def read(port: int, path: str, streams: tuple) -> tuple[int, bytes]:
    """One request over an open connection."""
    reader, writer = streams
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    size = int(re.findall(rb"content-length: (\d+)", head)[0])
    return int(head[9:12]), await reader.readexactly(size)


async def load(port: int, paths: list[str], until: float, most: int) -> list[float]:
    """Times of all requests of the readers, each as fast as it is answered."""
    times: list[float] = []

    async def one(number: int) -> None:
        chance = np.random.default_rng(number)
        streams = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < until and len(times) < most:
            started = time.perf_counter()
            status, _ = await read(port, paths[chance.integers(len(paths))], streams)
            assert status == 200
            times.append(time.perf_counter() - started)
        streams[1].close()

    await asyncio.gather(*map(one, range(READERS)))
    return times


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("service") / "reference.nc"
    Analysis().build(path)
    return path


def test_fifty_readers(product, figure):
    with serving(product.parent) as (_, port):
        wait_until_complete(port)
        id = document(port, "/products")["products"][0]["id"]
        chunks = [f"/products/{id}/zarr/chi2/c/{s}/{f}/0/0" for s in range(9) for f in range(4)]
        asyncio.run(load(port, chunks, time.monotonic() + 60, READERS))  # the store is made
        times = asyncio.run(load(port, chunks, time.monotonic() + SECONDS, sys.maxsize))
        median, slow = np.percentile(times, [50, 95])
        what = f"{READERS} readers of one slice after another for {SECONDS:g} s"
        figure("service.read", f"{what}: slices read, without an error", f"{len(times):,}")
        figure("service.median", f"{what}: median of a slice", f"{1e3 * median:.0f} ms")
        slowest = f"{1e3 * slow:.0f} ms"
        figure("service.slow", f"{what}: 95 % of the slices within", slowest, bar="100 ms")
        assert slow < 0.1

        address = f"http://127.0.0.1:{port}/products/{id}"
        started = time.perf_counter()
        remote = nusterile.open(address).sel(selection="combined", flavor="e")
        remote.nusterile.limit().load()
        opened = time.perf_counter() - started
        figure("service.open", "`nusterile.open(address)` and one limit curve", f"{opened:.2f} s")


def test_memory_is_flat(product, figure):
    with serving(product.parent) as (process, port):
        wait_until_complete(port)
        id = document(port, "/products")["products"][0]["id"]
        base = f"/products/{id}"
        paths = [f"{base}/zarr/{name}" for name in ("zarr.json", "rate/c/0/0/0/0/0", "mu/c/0")]
        paths += ["/", "/products", base, f"{base}/figures/limits.svg", "/health", "/metrics"]
        paths += [f"{base}/limits?flavor={name}&cl=0.9" for name in ("e", "mu", "tau")]
        found = []
        for _ in range(4):
            asyncio.run(load(port, paths, time.monotonic() + 600, REQUESTS))
            found.append(memory(process))
        words = ", ".join(dict.fromkeys(f"{each:.3f}" for each in found))
        what = f"memory after each of four times {REQUESTS:,} requests"
        figure("service.memory", what, f"{words} GB", bar="1 GB, flat")
        assert max(found) < 1
        assert found[-1] < 1.05 * found[1]


def test_two_hundred_products(product, tmp_path, figure):
    limits = limits_product(nusterile.open(product))
    for number in range(PRODUCTS):
        write_product(limits.assign_attrs(title=f"number {number}"), tmp_path / f"{number}.nc")
    with serving(tmp_path) as (process, port):
        scanned = wait_until_complete(port)
        processor = sum(
            sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)]
        )
        started = time.perf_counter()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            page.read(1)
            first = time.perf_counter() - started
        what = f"{PRODUCTS} products of limits"
        figure("service.scan", f"{what}, looked at within", f"{scanned:.1f} s", bar="10 s")
        figure("service.scan_processor", f"{what}, processor time of that", f"{processor:.1f} s")
        figure(
            "service.first_byte",
            f"{what}, first byte of their page after",
            f"{1e3 * first:.0f} ms",
            bar="200 ms",
        )
        assert document(port, "/health")["products"] == PRODUCTS
        assert first < 0.2
