"""Limits on active-to-sterile neutrino magnetic moments from xenon detectors.

>>> import nusterile
>>> analysis = nusterile.Analysis()
>>> table = analysis.limits(selection="xenonnt_sr0", flavor="effective", m_4=[0.1])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nusterile.version import __version__

__all__ = ["Analysis", "Configuration", "__version__", "open"]

if TYPE_CHECKING:
    from nusterile.accessor import open_product as open
    from nusterile.analysis import Analysis
    from nusterile.model.configuration import Configuration

_LAZY = {
    # from where the accessor is: what an analysis builds has it
    "Analysis": ("nusterile.accessor", "Analysis"),
    "Configuration": ("nusterile.model.configuration", "Configuration"),
    "open": ("nusterile.accessor", "open_product"),
}


def __getattr__(name: str) -> Any:
    """Import the heavy parts only when they are asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'nusterile' has no attribute '{name}'")
    module, attribute = _LAZY[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
