"""A product in the forms that others use: CSV, limits only, HEPData, BibTeX.

>>> from nusterile.exports import FORMATS
>>> list(FORMATS)
['csv', 'netcdf-limits', 'hepdata', 'bibtex']
"""

from nusterile.exports.formats import FORMATS, export
from nusterile.exports.limits_csv import read_limits_csv
from nusterile.exports.limits_netcdf import limits_product

__all__ = ["FORMATS", "export", "limits_product", "read_limits_csv"]
