"""Limits on active-to-sterile neutrino magnetic moments from xenon detectors.

>>> import nusterile
>>> analysis = nusterile.Analysis()
>>> table = analysis.limits(selection="xenonnt_sr0", flavor="effective", m_4=[0.1])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["Analysis", "Configuration", "__version__", "open"]

if TYPE_CHECKING:
    from nusterile.analysis import Analysis
    from nusterile.config import Configuration
    from nusterile.product import open_product as open

_LAZY = {
    "Analysis": ("nusterile.analysis", "Analysis"),
    "Configuration": ("nusterile.config", "Configuration"),
    "open": ("nusterile.product", "open_product"),
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
