"""Compute the tables of the documentation: ``python docs/measured/measure.py [TABLE ...]``."""

from __future__ import annotations

import sys

from measured_tables import path_of, write
from projection_tables import TABLES as OF_PROJECTIONS
from statement_tables import TABLES as OF_STATEMENTS
from toys_tables import TABLES as OF_TOYS
from validation_tables import TABLES as OF_VALIDATION

TABLES = OF_VALIDATION | OF_STATEMENTS | OF_PROJECTIONS | OF_TOYS


def main(names: list[str]) -> None:
    """Compute and write the tables that are named, all of them where none is."""
    for name in names or TABLES:
        write(path_of(name), TABLES[name]())
        print(f"docs/measured/{name}.csv")


if __name__ == "__main__":
    main(sys.argv[1:])
