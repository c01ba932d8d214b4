"""What a product says about its origin: references, versions, checksums."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from nusterile.model.configuration import Configuration
from nusterile.references import analysis_references

__all__ = ["from_attribute", "git_commit", "reference_dois", "to_attribute"]


def reference_dois(configuration: Configuration) -> str:
    """DOIs of everything behind an analysis, separated by ``; ``."""
    return "; ".join(
        f"doi:{entry.doi}" for entry in analysis_references(configuration) if entry.doi
    )


def git_commit() -> str | None:
    """Commit of the checkout that nusterile runs from; None for an installed package."""
    folder = Path(__file__).resolve().parents[2]
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
