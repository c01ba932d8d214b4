"""HTTP answers: conditions, ranges and compression, the same for everything that is served."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from nusterile.service.folders import Found, Signature, open_same

__all__ = ["Body", "Refusal", "answer", "file_answer"]

#: What an address with a hash in it answers never changes; the rest is asked for again.
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
#: Bytes of a file that are read at once, and below which nothing is compressed.
_BLOCK = 2**18
_WORTH_PACKING = 1400

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Refusal(Exception):
    """A request that is answered with its status and one line.

    Parameters
    ----------
    status : int
        HTTP status.
    reason : str
        What is wrong, and what would be right.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Body:
    """The content of an answer, also compressed where that is worth it.

    Attributes
    ----------
    content, packed : bytes
        As it is, and as gzip makes it; empty where it is not compressed.
    media_type : str
        What it is.
    """

    content: bytes
    media_type: str
    packed: bytes = b""

    @classmethod
    def of(cls, content: str | bytes, media_type: str, *, pack: bool = True) -> Body:
        """Make a body; the same content always gives the same bytes."""
        raw = content.encode() if isinstance(content, str) else content
        packed = b""
        if pack and len(raw) > _WORTH_PACKING:
            packed = gzip.compress(raw, compresslevel=5, mtime=0)
        return cls(raw, media_type, packed)

    @classmethod
    def of_json(cls, document: Any) -> Body:
        """Write a document as JSON."""
        return cls.of(json.dumps(document, indent=1) + "\n", "application/json")

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.content) + len(self.packed)


def answer(
    request: Request,
    body: Body,
    tag: str,
    *,
    lasting: bool = False,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with a body, or say that the reader has it already.

    Parameters
    ----------
    request : Request
        What was asked.
    body : Body
        The content.
    tag : str
        Names the content: another one is other content.
    lasting : bool
        Whether this address answers the same for ever.
    headers : dict of str to str, optional
        Further headers.

    Raises
    ------
    Refusal
        If the reader wants other content (412).
    """
    etag = f'"{tag}"'
    common = {
        "ETag": etag,
        "Cache-Control": _FOR_EVER if lasting else _ASK_AGAIN,
        "Vary": "Accept, Accept-Encoding",
        **(headers or {}),
    }
    if _is_known(request, etag):
        return Response(status_code=304, headers=common)
    content = body.content
    if body.packed and "gzip" in request.headers.get("accept-encoding", ""):
        content = body.packed
        common["Content-Encoding"] = "gzip"
    return Response(content, media_type=body.media_type, headers=common)


def file_answer(request: Request, found: Found, tag: str) -> Response:
    """Answer with a file or a range of it.

    Parameters
    ----------
    request : Request
        What was asked.
    found : Found
        The file.
    tag : str
        Hash of its bytes.

    Raises
    ------
    Refusal
        If the reader wants other content or the file has changed (412), or the range is none
        of it (416).
    """
    etag, size = f'"{tag}"', found.signature.size
    headers = {"ETag": etag, "Cache-Control": _FOR_EVER, "Accept-Ranges": "bytes"}
    if _is_known(request, etag):
        return Response(status_code=304, headers=headers)
    wanted = _wanted_range(request, etag, size)
    try:
        descriptor = open_same(found)
    except FileNotFoundError:
        raise Refusal(412, "the file has changed; its new address is in /products") from None
    start, stop = wanted or (0, size)
    headers["Content-Length"] = str(stop - start)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", found.name.rpartition("/")[2])
    headers["Content-Disposition"] = f'attachment; filename="{stem}"'
    return StreamingResponse(
        _blocks(descriptor, found.signature, start, stop),
        status_code=206 if wanted else 200,
        media_type="application/x-netcdf",
        headers=headers,
    )


async def _blocks(
    descriptor: int, signature: Signature, start: int, stop: int
) -> AsyncIterator[bytes]:
    """Read a file that is open; ends too early, so that the reader notices, where it changes."""
    try:
        while start < stop:
            block = await asyncio.to_thread(os.pread, descriptor, min(_BLOCK, stop - start), start)
            status = os.fstat(descriptor)
            # A file that was replaced is still there for us; its links and so its times change.
            same = Signature.of(status)._replace(changed=0) == signature._replace(changed=0)
            if not block or not same:
                raise ConnectionAbortedError("the file changes while it is read")
            start += len(block)
            yield block
    finally:
        os.close(descriptor)


def _is_known(request: Request, etag: str) -> bool:
    """Whether the reader has this content; refuses one that wants other content."""
    wanted = request.headers.get("if-match")
    if wanted is not None and not _names(wanted, etag, weak=False):
        raise Refusal(412, "the content is another one now; its address is in /products")
    known = request.headers.get("if-none-match")
    return known is not None and _names(known, etag, weak=True)


def _names(header: str, etag: str, *, weak: bool) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or etag in tags or (weak and f"W/{etag}" in tags)


def _wanted_range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """First and last byte (exclusive) of a range; None where all is to be sent."""
    header = request.headers.get("range", "")
    match = _RANGE.fullmatch(header.strip())
    condition = request.headers.get("if-range", etag)
    if match is None or condition != etag or match[1] == match[2] == "":
        return None  # several ranges, and what is none: readers have to take the whole
    if not match[1]:
        start, stop = max(size - int(match[2]), 0), size
    else:
        start, stop = int(match[1]), min(int(match[2] or size) + 1, size)
        if match[2] and int(match[2]) < int(match[1]):
            return None
    if start >= stop:
        raise Refusal(416, f"the file has {size} bytes")
    return start, stop
