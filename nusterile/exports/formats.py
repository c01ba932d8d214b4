"""The forms of export by name, and the one way to write them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from nusterile.arguments import require_name
from nusterile.errors import InputError
from nusterile.product.kinds import content_of, require_content
from nusterile.product.schema import validate_dataset, with_all_axes
from nusterile.vocabulary import TOY_CONTENTS

__all__ = ["FORMATS", "Format", "export"]


class Format(NamedTuple):
    """Module that writes a form, what that is, its file name, and whether it may be expected."""

    module: str
    what: str
    file_name: str
    expected: bool = False

    @property
    def suffix(self) -> str:
        """How names of such files end."""
        return "".join(Path(self.file_name).suffixes)


FORMATS = {
    "csv": Format("limits_csv", "the limits as one tidy table", "limits-table.csv", True),
    "netcdf-limits": Format("limits_netcdf", "a small product with the limits only", "limits.nc"),
    "hepdata": Format("hepdata", "a HEPData submission", "hepdata.tar.gz"),
    "bibtex": Format("references", "what to cite", "references.bib"),
}

#: Forms that studies with toys have, and the modules that write them.
_OF_TOYS = {"csv": "toys_csv", "bibtex": "references"}


def export(product: xr.Dataset, to: str, path: str | Path, *, expected: bool = False) -> None:
    """Write a product in another form.

    Parameters
    ----------
    product : Dataset
        A product or a part of one; checked against the contract first.
    to : str
        One of `FORMATS`.
    path : str or Path
        File to write; an old one is replaced at the end, or stays as it was.
    expected : bool
        Asimov limits instead of the stored ones, computed from the product's configuration.

    Raises
    ------
    InputError
        If the form is unknown or takes no expected limits, the file cannot be written, or
        the tables of expected limits are no longer those the product was made from.
    ProductError
        If the product does not keep the contract, or is of a kind that this form cannot hold.

    Examples
    --------
    >>> import tempfile, nusterile
    >>> from nusterile.exports import read_limits_csv
    >>> product = nusterile.open("products/limits.nc")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(product, "csv", Path(folder) / "limits.csv")
    ...     read_limits_csv(Path(folder) / "limits.csv").limit.equals(product.limit)
    True
    """
    require_name("form of export", to, FORMATS)
    if expected and not FORMATS[to].expected:
        able = ", ".join(name for name, form in FORMATS.items() if form.expected)
        raise InputError(f"form of export '{to}' takes no expected limits; expected {able}")
    whole = with_all_axes(product)
    # Values in chunks may not fit into memory.
    validate_dataset(whole, "the product", values=not whole.chunks)
    module, options = FORMATS[to].module, {"expected": True} if expected else {}
    if content_of(whole) in TOY_CONTENTS and not expected and to in _OF_TOYS:
        module = _OF_TOYS[to]
    else:
        require_content(whole, "the product")
    write = import_module(f"nusterile.exports.{module}").write
    write(whole, Path(path), **options)
