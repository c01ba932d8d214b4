"""The forms of export by name, and the one way to write them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from nusterile.arguments import require_name
from nusterile.product.schema import validate_dataset

__all__ = ["FORMATS", "Format", "export"]


class Format(NamedTuple):
    """Module that writes a form, what that is, and its usual file name."""

    module: str
    what: str
    file_name: str

    @property
    def suffix(self) -> str:
        """How names of such files end."""
        return "".join(Path(self.file_name).suffixes)


FORMATS = {
    "csv": Format("limits_csv", "the limits as one tidy table", "limits-table.csv"),
    "netcdf-limits": Format("limits_netcdf", "a small product with the limits only", "limits.nc"),
    "hepdata": Format("hepdata", "a HEPData submission", "hepdata.tar.gz"),
    "bibtex": Format("references", "what to cite", "references.bib"),
}


def export(product: xr.Dataset, to: str, path: str | Path) -> None:
    """Write a product in another form.

    Parameters
    ----------
    product : Dataset
        A product; checked against the contract first.
    to : str
        One of `FORMATS`.
    path : str or Path
        File to write; an old one is replaced at the end, or stays as it was.

    Raises
    ------
    InputError
        If the form is unknown or the file cannot be written.
    ProductError
        If the product does not keep the contract.
    """
    require_name("form of export", to, FORMATS)
    validate_dataset(product, "the product")
    import_module(f"nusterile.exports.{FORMATS[to].module}").write(product, Path(path))
