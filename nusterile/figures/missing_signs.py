"""Signs that no font of the figures has: where a box stands for one, in words."""

from __future__ import annotations

from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text

from nusterile.figures.style import FONTS

__all__ = ["missing_signs", "texts_with_missing_signs"]

#: Letters of a text that are quoted.
_QUOTED = 40


def missing_signs(text: str) -> str:
    """Return the signs of a text that no font of the figures has, each once.

    Examples
    --------
    >>> missing_signs("μ₄ of ν_μ"), missing_signs("launch 🚀 or 🐢 or 🚀")
    ('', '🚀🐢')
    """
    return "".join(dict.fromkeys(c for c in text if not (c.isspace() or _is_drawn(c))))


def texts_with_missing_signs(figure: Figure) -> tuple[str, ...]:
    """Say of each text of a figure which of its signs are drawn as boxes, one line each."""
    found = []
    for artist in figure.findobj(Text):
        assert isinstance(artist, Text)
        text = artist.get_text()
        if artist.get_visible() and (missing := missing_signs(text)):
            what = "note" if artist.get_gid() == "note" else "text"
            found.append(_in_words(missing, what, " ".join(text.replace(r"\$", "$").split())))
    return tuple(dict.fromkeys(found))


def _in_words(missing: str, what: str, text: str) -> str:
    signs = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in missing)
    shown = text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"
    boxes = "a box stands for it" if len(missing) == 1 else "boxes stand for them"
    return f"no font of the figure has {signs} of the {what} '{shown}'; {boxes}"


@cache
def _is_drawn(sign: str) -> bool:
    fonts = (get_font(findfont(FontProperties(family=[name]))) for name in FONTS)
    return any(font.get_char_index(ord(sign)) for font in fonts)
