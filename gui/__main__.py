"""``nusterile-gui`` and ``python -m nusterile_gui``."""

from __future__ import annotations

import sys

from nusterile.cli import main as nusterile_main

__all__ = ["main"]


def main() -> None:
    """Run ``nusterile gui`` with the words of the process."""
    nusterile_main(["gui", *sys.argv[1:]])


if __name__ == "__main__":
    main()
