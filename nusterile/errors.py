"""The exceptions that nusterile raises on purpose.

Each message is one line (or a few) that says what is wrong, where, and what
would be right; the command line prints it without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from importlib.util import find_spec

__all__ = [
    "Cancelled",
    "InputError",
    "NusterileError",
    "ProductError",
    "ProductWarning",
    "SettingError",
    "TooLargeError",
    "nearest_name",
    "require_package",
]


class NusterileError(Exception):
    """Base class of every error that nusterile raises on purpose."""


class InputError(NusterileError, ValueError):
    """A value, table or configuration that cannot be used."""


class SettingError(InputError):
    """A setting of a configuration that cannot be used with its experiments.

    Parameters
    ----------
    keys : tuple of str
        The keys that lead to the setting, from the outermost.
    reason : str
        What is wrong and what would be right.

    Examples
    --------
    >>> print(SettingError(("selections", "both"), "names no experiment"))
    selections.both: names no experiment
    """

    def __init__(self, keys: tuple[str, ...], reason: str) -> None:
        super().__init__(f"{'.'.join(keys)}: {reason}")
        self.keys = keys


class ProductError(NusterileError):
    """A product file that cannot be read, written or trusted."""


class TooLargeError(ProductError):
    """A product that does not fit into memory; it can be read part by part."""


class ProductWarning(UserWarning):
    """A product file that can be read, and whose values nothing vouches for."""


class Cancelled(NusterileError):
    """The caller asked a running computation to stop."""


def nearest_name(wrong: str, valid: Iterable[str]) -> str:
    """Say which valid name was probably meant.

    Parameters
    ----------
    wrong : str
        The name that was given.
    valid : iterable of str
        The names that are allowed.

    Returns
    -------
    str
        ``'; did you mean 'x'?'`` or, where nothing is close, the valid names.

    Examples
    --------
    >>> nearest_name("exposur", ["exposure", "fit_range"])
    "; did you mean 'exposure'?"
    >>> nearest_name("?", ["e", "mu"])
    '; valid: e, mu'
    """
    names = list(valid)
    close = difflib.get_close_matches(wrong, names, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; valid: {', '.join(names)}"


def require_package(name: str, extra: str, purpose: str) -> None:
    """Raise InputError where an optional package is not installed.

    Parameters
    ----------
    name : str
        The package as it is imported.
    extra : str
        The extra of nusterile that brings it.
    purpose : str
        What it is for.
    """
    if find_spec(name) is None:
        raise InputError(
            f"{purpose} need {name}; install it with: pip install 'nusterile[{extra}]'"
        )
