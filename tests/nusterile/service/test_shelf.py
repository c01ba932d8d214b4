"""What is kept, what goes, and what is made once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from nusterile.service.shelf import Shelf


def test_made_once_for_all_who_ask():
    made: list[int] = []
    allowed = threading.Event()

    def make() -> bytes:
        assert allowed.wait(60)
        made.append(1)
        return b"thing"

    async def run() -> None:
        shelf = Shelf(100)
        asking = [asyncio.create_task(shelf.get("key", make, len)) for _ in range(20)]
        await asyncio.sleep(0.05)
        asking[0].cancel()  # it goes away; the others get it
        allowed.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert found[1:] == [b"thing"] * 19
        assert shelf.peek("key") == b"thing"

    asyncio.run(run())
    assert made == [1]


def test_the_least_used_goes_and_the_room_is_kept():
    async def run() -> None:
        shelf = Shelf(10)
        for key in "abc":
            await shelf.get(key, lambda: b"0123", len)
            await shelf.get("a", lambda: b"other", len)
            assert shelf.filled <= 10
        assert [shelf.peek(key) for key in "abc"] == [b"0123", None, b"0123"]
        await shelf.get("large", lambda: b"0" * 50, len)
        assert shelf.peek("a") is None
        await shelf.get("a", lambda: b"0123", len)
        assert shelf.filled == 4

    asyncio.run(run())


def test_what_cannot_be_made_is_tried_again():
    async def run() -> None:
        shelf = Shelf(10)
        with pytest.raises(ZeroDivisionError):
            await shelf.get("key", lambda: 1 // 0, int)
        assert await shelf.get("key", lambda: 1, int) == 1

    asyncio.run(run())
