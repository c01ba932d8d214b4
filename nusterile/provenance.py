"""What a product says about its origin: references, versions, checksums."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nusterile
from nusterile.experiment import Experiment, Reference

__all__ = ["METHOD_REFERENCES", "from_attribute", "git_commit", "reference_dois", "to_attribute"]

#: Sources of the formulas and of the solar input, for every product.
METHOD_REFERENCES = (
    Reference(text="M. F. Mustamin, M. Demirci, arXiv:2511.00701", doi="10.48550/arXiv.2511.00701"),
    Reference(
        text="N. Vinyoles et al., Astrophys. J. 835 (2017) 202, arXiv:1611.09867",
        doi="10.3847/1538-4357/835/2/202",
    ),
    Reference(text="NuFIT 6.0, arXiv:2410.05380", doi="10.48550/arXiv.2410.05380"),
    Reference(
        text="V. Brdar et al., JCAP 01 (2021) 039, arXiv:2007.15563",
        doi="10.48550/arXiv.2007.15563",
    ),
    Reference(text="O. G. Miranda et al., arXiv:2109.09545", doi="10.48550/arXiv.2109.09545"),
    Reference(
        text="S. Baker, R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437",
        doi="10.1016/0167-5087(84)90016-4",
    ),
)


def reference_dois(experiments: Iterable[Experiment]) -> str:
    """DOIs of everything behind the experiments and the method, separated by ``; ``."""
    references = [r for e in experiments for r in e.references] + list(METHOD_REFERENCES)
    return "; ".join(dict.fromkeys(f"doi:{r.doi}" for r in references if r.doi))


def git_commit() -> str | None:
    """Commit of the checkout that nusterile runs from; None for an installed package."""
    folder = Path(nusterile.__file__).resolve().parent.parent
    if not (folder / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def to_attribute(value: Any) -> str | int | float:
    """Turn a value into something netCDF keeps unchanged.

    Text and numbers as they are; all else as canonical JSON.

    Examples
    --------
    >>> to_attribute({"b": True, "a": None})
    '{"a":null,"b":true}'
    """
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def from_attribute(value: Any) -> Any:
    """Undo `to_attribute` for a value that was stored as JSON."""
    return json.loads(value)
