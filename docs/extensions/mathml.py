"""Formulas as MathML, which every browser draws by itself: no script, no network, no pictures.

What the converter does not know is a warning, and so ends the build.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

_CONVERTER = LatexToMathML(annotation=True, fancy_error=False)
_LOGGER = logging.getLogger(__name__)


def mathml(latex: str, *, display: bool) -> str:
    """Convert a formula.

    Parameters
    ----------
    latex : str
        What stands between the dollars.
    display : bool
        Whether it stands by itself rather than in a line of text.

    Returns
    -------
    str
        A ``math`` element.

    Raises
    ------
    LatexError
        If something in it is not known.
    """
    return _CONVERTER.convert_with_local_state(latex, displaystyle=display)


def _written(self: HTML5Translator, node: nodes.Element, *, display: bool) -> str:
    try:
        return mathml(node.astext(), display=display)
    except LatexError as error:
        _LOGGER.warning("%s: %s", node.astext(), error, location=node)
        return f"<code>{self.encode(node.astext())}</code>"


def _in_line(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(_written(self, node, display=False))
    raise nodes.SkipNode


def _by_itself(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(f'<div class="formula">{_written(self, node, display=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer, which ``html_math_renderer`` names."""
    app.add_html_math_renderer("mathml", (_in_line, None), (_by_itself, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
