"""Where the letter of a cross-hair stands: beside its crossing, off the texts of the plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from PySide6.QtCore import QPointF, QRectF, QSizeF

__all__ = ["letter_box"]

#: Distance of a letter from the lines and from the upper and lower edge of the view, and how
#: far its outline reaches beyond it, pixels.
_BESIDE, _EDGE, _OUTLINE = 8.0, 3.0, 2.0


def letter_box(
    crossing: QPointF,
    size: QSizeF,
    view: QRectF,
    texts: Iterable[QRectF],
    marks: Sequence[QRectF],
    *,
    above: bool,
) -> QRectF:
    """Box of a letter in one of the four places around a crossing.

    Parameters
    ----------
    crossing : QPointF
        Where the lines of the cross-hair meet, pixels, downwards.
    size : QSizeF
        Size of the letter.
    view : QRectF
        What it has to be in.
    texts : iterable of QRectF
        What it must not cover wherever one of the places is free.
    marks : sequence of QRectF
        What it covers only to keep off a text.
    above : bool
        Whether it stands above the line where nothing speaks against that, else below.
    """
    texts = list(texts)
    down = {True: -_BESIDE - size.height(), False: _BESIDE}
    across = (_BESIDE, -_BESIDE - size.width())
    lowest = view.bottom() - _EDGE - size.height()
    places = []
    for x, y in product(across, (down[above], down[not above])):
        # A cross-hair may be in view with one of its lines only: its letter stays at the edge.
        top = min(max(crossing.y() + y, view.top() + _EDGE), lowest)
        places.append(QRectF(QPointF(crossing.x() + x, top), size))

    def cost(place: QRectF) -> tuple[bool, float, float]:
        inked = place.adjusted(-_OUTLINE, -_OUTLINE, _OUTLINE, _OUTLINE)
        outside = place.left() < view.left() or place.right() > view.right()
        return outside, _covered(inked, texts), _covered(inked, marks)

    return min(places, key=cost)


def _covered(box: QRectF, others: Iterable[QRectF]) -> float:
    """How much of others a box covers, square pixels."""
    shared = [box.intersected(other) for other in others]
    return sum(rectangle.width() * rectangle.height() for rectangle in shared)
