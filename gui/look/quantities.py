"""Reading and writing masses and moments with their units."""

from __future__ import annotations

import math
import re

import numpy as np

__all__ = [
    "MOMENT_UNIT",
    "format_exact",
    "format_mass",
    "format_moment",
    "format_number",
    "format_power",
    "is_everyday",
    "parse_mass",
    "parse_moment",
    "parse_number",
]

#: The Bohr magneton, as fields and axes write it alike: a field has no subscripts.
MOMENT_UNIT = "μ_B"


_MASS_UNITS = {"": 1.0, "mev": 1.0, "ev": 1e-6, "kev": 1e-3, "gev": 1e3}
_MOMENT_UNITS = ("", "mub", "μb", "µb", "bohrmagneton", "bohrmagnetons")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def _split(text: str) -> tuple[float, str]:
    """Number and unit of a text like ``1.2e-11 mu_B`` or ``1.2·10⁻¹¹ μ_B``."""
    plain = re.sub(r"[·×*]\s*10\^?\s*(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹−\-\d])", "e", text.strip())
    plain = plain.translate(_PLAIN).replace(",", ".")
    match = re.fullmatch(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s].*)?", plain)
    if match is None:
        raise ValueError(f"'{text}' is not a number with a unit")
    if not math.isfinite(float(match[1])):
        raise ValueError(f"'{text}' is too large a number")
    return float(match[1]), re.sub(r"[\s_]", "", match[2] or "").lower()


def parse_mass(text: str) -> float:
    """Mass in MeV; eV, keV, MeV and GeV are known, MeV is meant without a unit.

    Examples
    --------
    >>> parse_mass("100 keV")
    0.1
    """
    value, unit = _split(text)
    if unit not in _MASS_UNITS:
        raise ValueError(f"unknown unit of mass '{unit}'; give eV, keV, MeV or GeV")
    if value < 0:
        raise ValueError("a mass is not negative")
    return value * _MASS_UNITS[unit]


def parse_moment(text: str) -> float:
    """Moment in Bohr magnetons; the unit may be left out.

    Examples
    --------
    >>> parse_moment("2e-11 mu_B") == parse_moment("2·10⁻¹¹ μ_B") == 2e-11
    True
    """
    value, unit = _split(text)
    if unit not in _MOMENT_UNITS:
        raise ValueError(f"unknown unit of moment '{unit}'; give Bohr magnetons, {MOMENT_UNIT}")
    if value <= 0:
        raise ValueError("a moment on a logarithmic axis is positive")
    return value


def parse_number(text: str) -> float:
    """Number without a unit, in any notation of powers of ten.

    Examples
    --------
    >>> parse_number("7.5·10⁻⁵") == parse_number("7.5e-5") == 7.5e-5
    True
    """
    value, unit = _split(text)
    if unit:
        raise ValueError(f"'{text}' is not a number")
    return value


def format_number(value: float, digits: int = 4) -> str:
    """Number for people, with a power of ten where it is small or large.

    Examples
    --------
    >>> format_number(1.234e-11), format_number(0.0125), format_number(float("nan"))
    ('1.234·10⁻¹¹', '0.0125', '–')
    >>> format_number(5224.0, 3), format_number(26814.0)
    ('5220', '2.681·10⁴')
    """
    if value != value:
        return "–"
    if not is_everyday(value):
        return format_power(value, digits)
    # Rounded first: with few digits, "g" alone would write another notation of powers.
    return f"{float(f'{value:.{digits}g}'):.{max(digits, 6)}g}"


def is_everyday(value: float) -> bool:
    """Whether a number is written without a power of ten."""
    return value == 0 or 1e-3 <= abs(value) < 1e4


def format_power(value: float, digits: int = 4) -> str:
    """Number with a power of ten, whatever its size.

    Examples
    --------
    >>> format_power(8192.0, 2), format_power(0.0)
    ('8.2·10³', '0')
    """
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return f"{mantissa}·10" + str(int(exponent)).translate(_SUPERSCRIPT)


def format_exact(value: float) -> str:
    """Number with as many digits as are needed to read it back.

    Examples
    --------
    >>> format_exact(7.5e-5), format_exact(0.1026), format_exact(1.0)
    ('7.5·10⁻⁵', '0.1026', '1')
    """
    if not math.isfinite(value):
        return str(value)
    if is_everyday(value):
        return np.format_float_positional(value, trim="-")
    mantissa, _, exponent = np.format_float_scientific(value, trim="-").partition("e")
    return f"{mantissa}·10" + str(int(exponent)).translate(_SUPERSCRIPT)


def format_mass(value: float) -> str:
    """Mass in MeV, or in keV below 0.01 MeV."""
    return (
        f"{format_number(1e3 * value)} keV" if 0 < value < 0.01 else f"{format_number(value)} MeV"
    )


def format_moment(value: float) -> str:
    """Moment in Bohr magnetons."""
    return f"{format_number(value)} {MOMENT_UNIT}"
