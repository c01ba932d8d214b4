"""Text for widgets: tooltips that show it as it is, and the notation of nuclides."""

from __future__ import annotations

import html
import re

__all__ = ["file_name", "nuclides_raised", "plain_tip", "shortened"]

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def file_name(text: str) -> str:
    """Name of a file, without its suffix, made of a text for people.

    Examples
    --------
    >>> file_name("what if: σ = 0.2")
    'what_if__σ___0_2'
    """
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)[:80] or "product"


def plain_tip(text: str) -> str:
    """Tooltip that shows a text from a file as it is, where Qt might take it for markup.

    Examples
    --------
    >>> plain_tip("<b>bold</b>")
    '<qt>&lt;b&gt;bold&lt;/b&gt;</qt>'
    """
    return "<qt>" + html.escape(text).replace("\n", "<br>") + "</qt>"


def shortened(text: str, longest: int = 24) -> str:
    """Leave out the middle of a text that is too long for a label.

    Examples
    --------
    >>> shortened("a product with a very long name", 15)
    'a produ…ng name'
    """
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return text[:head] + "…" + text[len(text) - (longest - 1 - head) :]


def nuclides_raised(text: str) -> str:
    """Raise the mass numbers of nuclides.

    Examples
    --------
    >>> nuclides_raised("124Xe and 7Be, Run0")
    '¹²⁴Xe and ⁷Be, Run0'
    """
    return re.sub(
        r"\b(\d{1,3})([A-Z][a-z]?)\b", lambda m: m[1].translate(_SUPERSCRIPTS) + m[2], text
    )
