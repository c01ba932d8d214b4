"""The service as an ASGI application: what is at which address."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TextIO

import xarray as xr
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest
from pydantic import BeforeValidator
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp

from nusterile.errors import NusterileError
from nusterile.service.answers import Body, Refusal, answer, file_answer
from nusterile.service.catalogue import Catalogue
from nusterile.service.documents import catalogue_document, figures_of, has_limits, product_document
from nusterile.service.guards import Guard, Limits
from nusterile.service.inspection import Entry
from nusterile.service.limits import limit_rows
from nusterile.service.making import limits_part, picture, zarr_store
from nusterile.service.pages import Pages, address_of, wants_page
from nusterile.service.shelf import Shelf
from nusterile.service.workers import WorkError, Workers
from nusterile.version import __version__

__all__ = ["Options", "make_app"]

#: Bytes of everything that is kept ready.
_ROOM = 400 * 2**20


@dataclass(frozen=True)
class Options:
    """How a service is run.

    Attributes
    ----------
    prefix : str
        Path under which a proxy serves everything.
    names : tuple of str
        Names of machines that a request may ask for; any where there are none.
    limits : Limits
        What a request may take.
    room : int
        Bytes of what is kept ready in memory.
    log : TextIO, optional
        Where the access log goes.
    """

    prefix: str = ""
    names: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    room: int = _ROOM
    log: TextIO | None = None


def _given(values: Any) -> Any:
    """Leave out what is named without a value, as forms send it."""
    return [value for value in values if value != ""] if isinstance(values, list) else values


Names = Annotated[list[str], BeforeValidator(_given), Query()]
Numbers = Annotated[list[float], BeforeValidator(_given), Query()]
Degrees = Annotated[list[int], BeforeValidator(_given), Query()]
Form = Annotated[Literal["json", "csv"], Query()]


def make_app(catalogue: Catalogue, workers: Workers, options: Options | None = None) -> ASGIApp:
    """Make the application that serves a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        Started and stopped by whoever made it, as the workers are.
    workers : Workers
        Read the files and draw.
    options : Options, optional
        How it is run.
    """
    options = options or Options()
    registry = CollectorRegistry()
    service = _Service(catalogue, workers, Shelf(options.room), registry)
    app = FastAPI(
        title="nusterile",
        version=__version__,
        summary="Products of nusterile: catalogue, files, zarr, limits and pictures.",
        docs_url=None,  # its page takes scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    service.add_to(app)
    return Guard(app, options.limits, registry, options.log, options.prefix, options.names)


class _Service:
    """The routes over one catalogue."""

    def __init__(
        self, catalogue: Catalogue, workers: Workers, shelf: Shelf, registry: CollectorRegistry
    ) -> None:
        self._catalogue = catalogue
        self._workers = workers
        self._shelf = shelf
        self._registry = registry
        self._pages = Pages()
        # Pictures, of which a page wants many at once, leave one of two processes to the rest.
        self._reading = ThreadPoolExecutor(2, "read")
        self._drawing = ThreadPoolExecutor(1, "draw")
        products = Gauge("nusterile_products", "Files by state.", ["state"], registry=registry)
        products.labels("ready").set_function(lambda: len(catalogue.contents.products))
        products.labels("broken").set_function(lambda: len(catalogue.contents.broken))
        products.labels("reading").set_function(lambda: len(catalogue.contents.reading))
        Gauge("nusterile_kept_bytes", "Bytes that are kept ready.", registry=registry).set_function(
            lambda: shelf.filled
        )
        ProcessCollector(registry=registry)  # memory and time of this process

    def add_to(self, app: FastAPI) -> None:
        """Add the routes and what answers errors."""
        plain = {"response_class": Response}
        errors: dict[int | str, dict[str, Any]] = {
            status: {"description": text}
            for status, text in {
                400: "a value cannot be used; the answer says why",
                404: "no such product",
                405: "only GET and HEAD are answered",
                410: "a former product",
                412: "the content has changed",
                414: "too long an address",
                422: "a value is none of its kind",
                429: "too many requests",
                503: "takes too long now",
            }.items()
        }
        for path, endpoint in (
            ("/", self.home),
            ("/products", self.products),
            ("/products/{id}", self.product),
            ("/products/{id}/file", self.file),
            ("/products/{id}/zarr", self.zarr),
            ("/products/{id}/zarr/{key:path}", self.chunk),
            ("/products/{id}/limits", self.limits),
            ("/products/{id}/figures/{name}", self.figure),
            ("/health", self.health),
            ("/metrics", self.metrics),
            ("/static/{name}", self.static),
        ):
            app.add_api_route(path, endpoint, methods=["GET"], responses=errors, **plain)  # type: ignore[arg-type]
        handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
            Refusal: self._answer_refusal,
            NusterileError: self._answer_input,
            WorkError: self._answer_work,
            FileNotFoundError: self._answer_change,
            RequestValidationError: self._answer_values,
            HTTPException: self._answer_http,
        }
        for kind, handler in handlers.items():
            app.add_exception_handler(kind, handler)

    async def home(
        self,
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        sort: Annotated[str, Query(max_length=20)] = "name",
    ) -> Response:
        """A page for people: every product, or those that have all words of a query."""
        contents = self._catalogue.contents
        address = address_of(request)
        body = await self._shelf.get(
            ("home", contents.revision, address, q, sort),
            lambda: Body.of(self._pages.home(contents, address, q, sort), "text/html"),
            _size,
        )
        return answer(request, body, f"home-{contents.revision}-{self._pages.version}")

    async def products(self, request: Request) -> Response:
        """The catalogue: products, and broken files with their reasons."""
        contents = self._catalogue.contents
        tag = f"products-{contents.revision}"
        body = await self._shelf.get(tag, lambda: Body.of_json(catalogue_document(contents)), _size)
        return answer(request, body, f"{tag}-{self._pages.version}")

    async def product(self, request: Request, id: str) -> Response:
        """One product: a page, or JSON for those who do not ask for a page."""
        entry = self._catalogue.contents.get(id)
        if entry is None:
            return self._newest(id, id_from="", request=request)
        if not wants_page(request.headers.get("accept", "")):
            return answer(request, Body.of_json(product_document(entry)), entry.sha256)
        limits = await self._limits(entry) if has_limits(entry) else None
        address = address_of(request)
        body = await self._shelf.get(
            ("page", entry.id, address),
            lambda: Body.of(self._pages.product(entry, limits, address), "text/html"),
            _size,
        )
        return answer(request, body, f"page-{entry.sha256}-{self._pages.version}")

    async def file(self, request: Request, id: str) -> Response:
        """The netCDF file itself, or a range of it; its ETag is its SHA-256."""
        entry = self._catalogue.contents.get(id)
        if entry is None:
            return self._newest(id, id_from="../", request=request, rest="/file")
        return file_answer(request, entry.found, entry.sha256)

    async def zarr(self, request: Request, id: str) -> Response:
        """Where zarr readers start; people are sent to the page."""
        if self._catalogue.contents.get(id) is None:
            return self._newest(id, id_from="../", request=request)
        return RedirectResponse(f"../{id}", 303)

    async def chunk(self, request: Request, id: str, key: str) -> Response:
        """One key of the zarr store: ``xr.open_dataset(address of zarr, engine="zarr")``."""
        entry = self._catalogue.contents.get(id)
        if entry is None:
            self._require_complete()
            # Not 404, which zarr takes for a chunk of fill values.
            raise Refusal(410, f"no product has this id now; take one from /products: {id}")
        store = await self._shelf.get(
            ("zarr", entry.sha256),
            lambda: _bodies(self._workers.run(zarr_store, entry.found, entry.sha256)),
            lambda bodies: sum(body.size for body in bodies.values()),
            self._reading,
        )
        if key not in store:
            raise Refusal(404, "the store has no such key")
        return answer(request, store[key], entry.sha256, lasting=True)

    async def limits(
        self,
        request: Request,
        id: str,
        selection: Names = [],  # noqa: B006 - FastAPI copies it
        flavor: Names = [],  # noqa: B006
        m4: Numbers = [],  # noqa: B006
        cl: Numbers = [],  # noqa: B006
        dof: Degrees = [],  # noqa: B006
        format: Form = "json",
    ) -> Response:
        """Limits as the command line prints them: at 0.9 and 1 dof, at all masses by default."""
        entry = self._catalogue.contents.get(id)
        if entry is None:
            return self._newest(id, id_from="../", request=request, rest="/limits")
        limits = await self._limits(entry)
        asked = str((selection, flavor, m4, cl, dof))
        rows = await self._shelf.get(
            ("rows", entry.sha256, asked, format),
            lambda: Body.of(
                limit_rows(limits, selection, flavor, m4, cl, dof).render(format) + "\n",
                "application/json" if format == "json" else "text/csv",
            ),
            _size,
        )
        return answer(request, rows, entry.sha256, lasting=True)

    async def figure(self, request: Request, id: str, name: str) -> Response:
        """A figure of the limits as SVG."""
        entry = self._catalogue.contents.get(id)
        if entry is None:
            return self._newest(id, id_from="../../", request=request, rest=f"/figures/{name}")
        figures = figures_of(entry)
        if name not in figures:
            known = ", ".join(figures) or "none"
            raise Refusal(404, f"no such figure of this product; there are: {known}")
        drawn, options = figures[name]
        limits = self._shelf.peek(("limits", entry.sha256))
        arguments = (entry.found, entry.sha256, drawn, options, limits)
        body = await self._shelf.get(
            ("figure", entry.sha256, name),
            lambda: Body.of(self._workers.run(picture, *arguments), "image/svg+xml"),
            _size,
            self._drawing,
        )
        policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # as matplotlib writes
        headers = {"Content-Security-Policy": policy}
        return answer(request, body, entry.sha256, lasting=True, headers=headers)

    async def health(self, request: Request) -> Response:
        """Whether the service works, for machines."""
        contents = self._catalogue.contents
        document = {
            "status": "ok",
            "nusterile_version": __version__,
            "complete": contents.complete and not contents.reading,
            "products": len(contents.products),
            "broken": len(contents.broken),
            "reading": len(contents.reading),
        }
        headers = {"Cache-Control": "no-store"}
        body = Body.of_json(document)
        return Response(body.content, media_type=body.media_type, headers=headers)

    async def metrics(self, request: Request) -> Response:
        """Counts and times in the text form of Prometheus."""
        text = generate_latest(self._registry)
        return Response(
            text,
            media_type="text/plain; version=0.0.4; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )

    async def static(self, request: Request, name: str) -> Response:
        """Style and script of the pages."""
        body = self._pages.files.get(name)
        if body is None:
            raise Refusal(404, "no such file")
        return answer(request, body, f"{name}-{self._pages.version}")

    async def _limits(self, entry: Entry) -> xr.Dataset:
        if not has_limits(entry):
            raise Refusal(404, f"a product of kind {entry.content} holds no limits")
        return await self._shelf.get(
            ("limits", entry.sha256),
            lambda: self._workers.run(limits_part, entry.found, entry.sha256),
            lambda part: int(part.nbytes) + 10_000,
            self._reading,
        )

    def _newest(self, id: str, *, id_from: str, request: Request, rest: str = "") -> Response:
        """Send one who names a product without its hash to the present one."""
        contents = self._catalogue.contents
        newest, broken = contents.newest(id), contents.get_broken(id)
        if broken is not None:
            raise Refusal(404, f"{broken.found.name} is broken: {broken.reason}")
        if newest is None:
            self._require_complete()
            former = re.fullmatch(r"(.+)-[0-9a-f]{12}", id)
            if former and contents.newest(former[1]) is not None:
                raise Refusal(410, "the file has changed; its new address is in /products")
            raise Refusal(404, "no such product; /products lists what is there")
        query = f"?{request.url.query}" if request.url.query else ""
        address = f"{id_from}{newest.id}{rest}{query}"
        return RedirectResponse(address, 307, headers={"Cache-Control": "no-cache"})

    def _require_complete(self) -> None:
        """Let readers wait who come before the folders were looked at, after a new start."""
        if not self._catalogue.contents.complete:
            raise Refusal(503, "the folders are being looked at; try again in a moment")

    async def _refused(self, request: Request, status: int, reason: str) -> Response:
        headers = {"Retry-After": "1"} if status == 503 else None
        if wants_page(request.headers.get("accept", "")):
            path = request.url.path.removeprefix(request.scope.get("root_path", ""))
            page = self._pages.refusal(status, reason, max(path.count("/") - 1, 0))
            return Response(page, status, headers, media_type="text/html")
        return Response(Body.of_json({"error": reason}).content, status, headers, media_type=_JSON)

    async def _answer_refusal(self, request: Request, error: Refusal) -> Response:
        return await self._refused(request, error.status, error.reason)

    async def _answer_input(self, request: Request, error: NusterileError) -> Response:
        return await self._refused(request, 400, str(error))

    async def _answer_work(self, request: Request, error: WorkError) -> Response:
        return await self._refused(request, 503, f"this product cannot be read now: {error}")

    async def _answer_change(self, request: Request, error: FileNotFoundError) -> Response:
        return await self._refused(request, 412, "the file has changed; look at /products again")

    async def _answer_values(self, request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name = str(first["loc"][1]) if len(first["loc"]) > 1 else "the address"
        return await self._refused(request, 422, f"{name}: {first['msg']}")

    async def _answer_http(self, request: Request, error: HTTPException) -> Response:
        return await self._refused(request, error.status_code, "there is nothing at this address")


_JSON = "application/json"


def _size(body: Body) -> int:
    return body.size + 500


def _bodies(store: dict[str, bytes]) -> dict[str, Body]:
    """Keys of a store as answers; chunks are compressed already."""
    return {
        key: Body.of(
            value,
            _JSON if key.endswith(".json") else "application/octet-stream",
            pack=key.endswith(".json"),
        )
        for key, value in store.items()
    }
