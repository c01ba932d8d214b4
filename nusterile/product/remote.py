"""Products of a service: opened at their address and read chunk by chunk, or fetched whole."""

from __future__ import annotations

import asyncio
import hashlib
import warnings
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urljoin

import numpy as np
import xarray as xr
from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store
from zarr.core.buffer import Buffer, BufferPrototype

from nusterile.arguments import MEMORY_LIMIT
from nusterile.errors import ProductError, ProductWarning
from nusterile.files.places import place_name
from nusterile.files.text import plain_text
from nusterile.files.web import Watch, Web
from nusterile.product.content import validate_content
from nusterile.product.schema import validate_dataset, with_all_axes
from nusterile.product.texts import with_plain_texts

__all__ = ["fetch_address", "open_address"]

#: Keys that a store lists.
_NONE: tuple[str, ...] = ()


def open_address(address: str) -> xr.Dataset:
    """Open a product of a service.

    Parameters
    ----------
    address : str
        Address of its page or of its zarr store.

    Returns
    -------
    Dataset
        Its names, sizes and attributes are checked; values are read when they are used, always
        of the same product.

    Raises
    ------
    ProductError
        If the service does not answer, has no such product, or what it has does not keep the
        contract.

    Warns
    -----
    ProductWarning
        If another program wrote or changed the file.
    """
    web = Web(address)
    document, found, sha256 = _page(web, address)
    note = plain_text(str(document.get("note", "")))
    store = _ServiceStore(web, _link(web, document, found, "zarr"), sha256)
    try:
        dataset = xr.open_dataset(store, engine="zarr", consolidated=True, zarr_format=3)  # type: ignore[arg-type]  # a store is taken
        loaded = with_plain_texts(_with_fixed_texts(dataset))
    except ProductError:
        raise
    except Exception as error:  # whatever zarr makes of what it does not understand
        reason = plain_text(str(error))[:200] or type(error).__name__
        raise ProductError(f"{web.address}: cannot be read ({reason})") from None
    whole = with_all_axes(loaded)
    whole.encoding |= loaded.encoding
    validate_dataset(whole, web.address, values=False)
    if note:
        warnings.warn(f"{web.address}: {note}", ProductWarning, stacklevel=3)
    return whole


def fetch_address(address: str, watch: Watch | None = None) -> tuple[xr.Dataset, str]:
    """Fetch the whole file of a product of a service into memory.

    Parameters
    ----------
    address : str
        Address of its page or of its zarr store.
    watch : callable, optional
        Told how many bytes of the file are there; an exception that it raises ends the reading.

    Returns
    -------
    dataset : Dataset
        Read and checked as a file is, values and all; `files.doubt_about` tells its origin.
    name : str
        What the service calls it.

    Raises
    ------
    ProductError
        As `open_address`, and if the bytes are not those whose hash the service names.
    """
    web = Web(address)
    document, found, sha256 = _page(web, address)
    link = _link(web, document, found, "file")
    content, _ = web.get(link, MEMORY_LIMIT, _only(sha256), watch)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ProductError(
            f"{web.address}: the service sent another file than it names (SHA-256); open it again"
        )
    name = plain_text(str(document.get("name") or place_name(found)))
    return validate_content(content, web.address), name


def _page(web: Web, address: str) -> tuple[dict[str, Any], str, str]:
    """What a service says of a product, where it said it, and the hash of its file."""
    page = address.partition("#")[0].partition("?")[0].rstrip("/").removesuffix("/zarr")
    document, found = web.document(page)
    sha256 = document.get("sha256")
    if not isinstance(sha256, str):
        raise _none_at(web)
    return document, found, sha256


def _link(web: Web, document: dict[str, Any], found: str, name: str) -> str:
    """Address that a product has for its ``file`` or its ``zarr``."""
    links = document.get("links")
    link = links.get(name) if isinstance(links, dict) else None
    if not isinstance(link, str):
        raise _none_at(web)
    return urljoin(found, link)


def _none_at(web: Web) -> ProductError:
    return ProductError(f"{web.address}: is no product; name one of those that /products lists")


def _only(sha256: str) -> dict[str, str]:
    """Headers without which a changed product would be answered."""
    return {"If-Match": f'"{sha256}"'}


def _with_fixed_texts(dataset: xr.Dataset) -> xr.Dataset:
    """Read the texts, and give them the type that they have out of a file."""
    for name, variable in dataset.variables.items():
        if variable.dtype.kind in "OT":
            texts = np.array(variable.values.astype(object), dtype=str)
            fixed = (variable.dims, texts, variable.attrs)
            if name in dataset.coords:
                dataset = dataset.assign_coords({name: fixed})
            else:
                dataset = dataset.assign({name: fixed})
    return dataset


class _ServiceStore(Store):
    """The zarr store of one product, which never changes.

    Parameters
    ----------
    web : Web
        The service.
    address : str
        Address of the store.
    sha256 : str
        Hash of the product, without which nothing is answered.
    """

    supports_writes = False
    supports_deletes = False
    supports_listing = False

    def __init__(self, web: Web, address: str, sha256: str) -> None:
        super().__init__(read_only=True)
        self._web = web
        self._address = address
        self._headers = _only(sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ServiceStore) and (self._address, self._headers) == (
            other._address,
            other._headers,
        )

    def __str__(self) -> str:
        return self._address

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Read a key."""
        if prototype is None:
            from zarr.core.buffer import default_buffer_prototype

            prototype = default_buffer_prototype()
        content, _ = await asyncio.to_thread(
            self._web.get, f"{self._address}/{key}", MEMORY_LIMIT, self._headers
        )
        return prototype.buffer.from_bytes(content[_slice_of(byte_range, len(content))])

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Read parts of keys."""
        return [await self.get(key, prototype, part) for key, part in key_ranges]

    async def exists(self, key: str) -> bool:
        """Whether there is a key, which only reading it tells."""
        try:
            await self.get(key)
        except ProductError:
            return False
        return True

    async def set(self, key: str, value: Buffer) -> None:
        """Write nothing: a service is read-only."""
        raise ProductError(f"{self._web.address}: a service is read-only")

    async def delete(self, key: str) -> None:
        """Delete nothing: a service is read-only."""
        raise ProductError(f"{self._web.address}: a service is read-only")

    async def list(self) -> AsyncIterator[str]:
        """List nothing; the consolidated metadata names every variable."""
        for key in _NONE:
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """List nothing, as `list`."""
        for key in _NONE:
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List nothing, as `list`."""
        for key in _NONE:
            yield key


def _slice_of(part: ByteRequest | None, size: int) -> slice:
    if part is None:
        return slice(None)
    if isinstance(part, RangeByteRequest):
        return slice(part.start, part.end)
    if isinstance(part, OffsetByteRequest):
        return slice(part.offset, None)
    return slice(max(size - part.suffix, 0), None)
