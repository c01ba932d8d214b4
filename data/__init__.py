"""The input tables of nusterile, each with its source in its header."""

from pathlib import Path

__all__ = ["ROOT"]

#: Folder that holds the tables, in a checkout as in an installed wheel.
ROOT = Path(__file__).resolve().parent
