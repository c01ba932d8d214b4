"""Which code computes: a version, and the sources themselves."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from nusterile.version import __version__

__all__ = ["fingerprint"]


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return the version of this installation and a hash of its sources.

    Two installations with the same one give the same results to the bit.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:16]}"
