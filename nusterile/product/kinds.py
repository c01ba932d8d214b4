"""Every kind of products: what the attribute ``content`` of a file may say.

Another kind is added so: spell its new names in `vocabulary` (dimensions, `ATTRIBUTES`, how to
call it); make a module with a `Kind` beside `limits_kind`; import it here and name it in `KINDS`.
Validation, files, `nusterile info` and `nusterile validate` then know it.
"""

from __future__ import annotations

import xarray as xr

from nusterile.errors import ProductError
from nusterile.product.kind import Kind, difference, shown
from nusterile.product.limits_kind import LIMITS
from nusterile.product.projection_kind import PROJECTION
from nusterile.product.scan_kind import SCAN
from nusterile.product.toy_kinds import TOY_KINDS
from nusterile.vocabulary import CONTENT, LIMITS_CONTENT, SCAN_CONTENT

__all__ = ["KINDS", "content_of", "kind_of", "require_content"]

#: The kinds by name.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (SCAN, LIMITS, PROJECTION, *TOY_KINDS)}


def content_of(dataset: xr.Dataset) -> str:
    """Return what kind a dataset says it is of; one that does not say it is a scan.

    Examples
    --------
    >>> content_of(xr.Dataset(attrs={"content": "limits"})), content_of(xr.Dataset())
    ('limits', 'scan')
    """
    content = dataset.attrs.get(CONTENT, SCAN_CONTENT)
    return content if isinstance(content, str) else shown(content)


def kind_of(dataset: xr.Dataset, source: str) -> Kind:
    """Return the kind of a product.

    Raises
    ------
    ProductError
        If it says to be of a kind that is not known.
    """
    content = content_of(dataset)
    if content not in KINDS:
        found = shown(dataset.attrs[CONTENT])
        raise difference(source, f"attribute {CONTENT}", _either(tuple(KINDS)), found)
    return KINDS[content]


def require_content(dataset: xr.Dataset, source: str, *contents: str) -> None:
    """Raise ProductError for a product of another kind than is needed.

    Parameters
    ----------
    dataset : Dataset
        A product.
    source : str
        Its name, for messages.
    *contents : str
        Names of kinds that will do; those with limits on a grid of masses by default.
    """
    wanted = contents or (SCAN_CONTENT, LIMITS_CONTENT)
    content = content_of(dataset)
    if content in wanted:
        return
    what = f", {KINDS[content].what}" if content in KINDS else ""
    raise ProductError(
        f"{source}: is a product of the kind {content}{what}; this needs one of the kind "
        f"{_either(wanted)}"
    )


def _either(names: tuple[str, ...]) -> str:
    return " or ".join([", ".join(names[:-1])] * (len(names) > 1) + [names[-1]])
