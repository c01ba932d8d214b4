"""Reading from an address on the web: bounded, patient with a service that starts again."""

from __future__ import annotations

import json
import re
import time
import weakref
from collections.abc import Callable
from os import PathLike
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from nusterile.errors import InputError, ProductError, require_package
from nusterile.files.text import plain_text

if TYPE_CHECKING:
    import httpx

__all__ = ["Watch", "Web", "is_address"]

#: Told while an answer comes: bytes that are there, and all of them, 0 where nobody says. An
#: exception that it raises ends the reading.
Watch = Callable[[int, int], None]

#: Seconds for a connection and between two bytes of an answer, and before each further try: a
#: service that is started again is back within seconds.
_TIMES = {"connect": 5.0, "read": 60.0, "write": 10.0, "pool": 60.0}
_PAUSES = (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 5.0, 5.0)
#: What passes by itself.
_PASSING = (429, 502, 503, 504)
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 4
#: Most bytes of a document.
_LARGEST_DOCUMENT = 64 * 2**20


def is_address(place: str | PathLike[str]) -> bool:
    """Whether a place is an address on the web and no file.

    Examples
    --------
    >>> is_address("http://localhost:8642/products/reference"), is_address("reference.nc")
    (True, False)
    """
    return isinstance(place, str) and re.match(r"https?://", place, re.IGNORECASE) is not None


class Web:
    """Connections to one service, shared by threads.

    Parameters
    ----------
    address : str
        An address of the service, for messages; what leads elsewhere is not followed.

    Raises
    ------
    InputError
        If it is no address, or httpx is missing.
    """

    def __init__(self, address: str) -> None:
        require_package("httpx", "serve", "addresses on the web")
        import httpx

        self.address = plain_text(address)
        try:
            self._origin = _origin(address)
            httpx.URL(address)
        except (ValueError, httpx.InvalidURL) as error:
            raise InputError(
                f"{self.address}: is no address ({error}); it looks like "
                "http://host:8642/products/name"
            ) from None
        self._client = httpx.Client(timeout=httpx.Timeout(**_TIMES))
        self._reached = False
        weakref.finalize(self, self._client.close)

    def get(
        self,
        address: str,
        largest: int,
        headers: dict[str, str] | None = None,
        watch: Watch | None = None,
    ) -> tuple[bytes, str]:
        """Read an address.

        Parameters
        ----------
        address : str
            What to read.
        largest : int
            Most bytes that are taken.
        headers : dict of str to str, optional
            Headers of the request.
        watch : callable, optional
            Told how much of the answer is there.

        Returns
        -------
        content : bytes
        address : str
            Where it was, after redirections.

        Raises
        ------
        ProductError
            If the service does not answer, refuses, or answers too much.
        """
        for _ in range(_MOST_REDIRECTS):
            status, content, location = self._read(address, largest, headers or {}, watch)
            if status not in _REDIRECTS:
                break
            address = urljoin(address, location)
            if not self._is_own(address):
                raise ProductError(
                    f"{self.address}: leads to another service, {plain_text(address)[:200]}; "
                    "name that one if you trust it"
                )
        if status == 200:
            return content, address
        reason = _reason(content)
        if status in (410, 412):
            raise ProductError(f"{self.address}: has changed at the service; open the new one")
        raise ProductError(f"{self.address}: the service answers {status}{reason}")

    def document(self, address: str) -> tuple[dict[str, Any], str]:
        """Read JSON; return it and where it was.

        Raises
        ------
        ProductError
            As `get`, and if it is no JSON object.
        """
        headers = {"Accept": "application/json"}
        content, address = self.get(address, _LARGEST_DOCUMENT, headers)
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise ProductError(
                f"{self.address}: does not answer as a product service; name an address that "
                "nusterile serve has"
            )
        return document, address

    def _is_own(self, address: str) -> bool:
        try:
            return _origin(address) == self._origin
        except ValueError:
            return False

    def _read(
        self, address: str, largest: int, headers: dict[str, str], watch: Watch | None
    ) -> tuple[int, bytes, str]:
        """Status, content and location of one answer, tried again where what is wrong passes."""
        import httpx

        for pause in (*_PAUSES, None):
            try:
                with self._client.stream("GET", address, headers=headers) as response:
                    self._reached = True
                    if response.status_code not in _PASSING or pause is None:
                        location = response.headers.get("location", "")
                        content = self._content(response, largest, watch)
                        return response.status_code, content, location
            except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
                raise InputError(f"{self.address}: is no address ({error})") from None
            except httpx.HTTPError as error:
                # one that never answered is not starting again
                if pause is None or not self._reached or isinstance(error, httpx.DecodingError):
                    reason = plain_text(str(error)) or type(error).__name__
                    raise ProductError(
                        f"{self.address}: does not answer ({reason}); is the service running there?"
                    ) from None
            time.sleep(pause or 0.0)
        raise AssertionError("the last try returns or raises")

    def _content(self, response: httpx.Response, largest: int, watch: Watch | None) -> bytes:
        content = bytearray()
        said = response.headers.get("content-length", "")
        expected = int(said) if said.isdecimal() else 0
        for block in response.iter_bytes():
            content += block
            if len(content) > largest:
                raise ProductError(f"{self.address}: the service answers more than was asked for")
            if watch is not None:
                watch(len(content), expected)
        return bytes(content)


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError("http:// or https:// and the name of a machine are needed")
    return parts.scheme.lower(), parts.hostname, parts.port


def _reason(content: bytes) -> str:
    """What a service says is wrong, on one line."""
    try:
        said = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f": {plain_text(str(said))[:300]}"
