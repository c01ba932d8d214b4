"""One publication behind an experiment or a bound."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nusterile.files.settings import OneLine, StrictModel

__all__ = ["BoundReference", "Reference"]

_DOI = r"^(10\.\d{4,9}/\S+)?$"
_ARXIV = r"^(\d{4}\.\d{4,5}|[a-z\-]+/\d{7})?$"


class Reference(StrictModel):
    """A publication: its text and, where there is one, its DOI."""

    text: OneLine
    doi: str = ""


class BoundReference(Reference):
    """A publication: its text and, where there are any, its DOI and arXiv number."""

    doi: Annotated[str, Field(pattern=_DOI)] = ""
    arxiv: Annotated[str, Field(pattern=_ARXIV)] = ""
