"""Taking up the products of the last session as they were shown."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from nusterile.files.places import Place
from nusterile_gui.state.files import Files
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.overlays import color_of
from nusterile_gui.state.settings import Opened, Session

__all__ = ["Resuming", "session_of"]


def session_of(model: ViewModel) -> Session:
    """Products that are open from a file or a service, and how they are shown."""
    state = model.state
    products = [product for product in state.products if product.place is not None]
    numbers = {product.key: k for k, product in enumerate(products)}
    ratio = [numbers[key] for key in state.ratio if key in numbers]
    return Session(
        products=[
            Opened(str(product.place), product.name, product.visible, color_of(product))
            for product in products
        ],
        active=numbers.get(state.active, -1),
        ratio=ratio if len(ratio) == 2 else [],
        ranges=[list(ends) for ends in state.ranges],
        second=list(state.second),
        pins=[replace(p, layer=numbers[p.layer]) for p in state.pins if p.layer in numbers],
    )


class Resuming(QObject):
    """Gives products that are opened at the start the names and roles that they had.

    Parameters
    ----------
    session : Session
        What was open; nothing is done for an empty one.
    model : ViewModel
        The state.
    files : Files
        Opens the products.
    parent : QObject
        Owner.

    Signals
    -------
    missed : list of str
        Names of products that are no longer there.
    finished : ()
        All that could be opened is shown.
    """

    missed = Signal(list)
    finished = Signal()

    def __init__(self, session: Session, model: ViewModel, files: Files, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._model, self._files = session, model, files
        self._keys: dict[int, int] = {}
        if session.products:
            files.opened.connect(self._on_opened)
            files.busy_changed.connect(self._on_busy)

    def _on_opened(self, place: Place) -> None:
        there, products = self._model.state.products, self._session.products
        numbers = [k for k, p in enumerate(products) if p.path == str(place)]
        number = next((k for k in numbers if k not in self._keys), None)
        newest = max((p for p in there if p.place == place), key=lambda p: p.key, default=None)
        if number is None or newest is None:
            return
        self._keys[number] = newest.key
        name, taken = products[number].name, {other.name for other in there}
        changes: dict[str, object] = {
            "visible": products[number].visible,
            "name": newest.name if name in taken else name,
        }
        if isinstance(newest, Layer):
            changes["color"] = products[number].color
        self._model.change(newest.key, **changes)

    def _on_busy(self, busy: bool) -> None:
        if not busy:
            # What was read last is still to be shown.
            QTimer.singleShot(0, self, self._finish)

    def _finish(self) -> None:
        """Show the products together as they were, once all of them are there."""
        session, keys = self._session, self._keys
        if not session.products or self._files.worker.busy:
            return
        self._session, self._keys = Session(), {}
        ratio = tuple(keys[k] for k in session.ratio if k in keys)
        self._model.update(
            active=keys.get(session.active, self._model.state.active),
            ratio=ratio if len(ratio) == 2 else (),
            ranges=tuple((low, high) for low, high in session.ranges) if keys else (),
            second=tuple(session.second) if keys else (),
            pins=tuple(replace(p, layer=keys[p.layer]) for p in session.pins if p.layer in keys),
        )
        gone = [p.name for k, p in enumerate(session.products) if k not in keys]
        if gone:
            self.missed.emit(gone)
        self.finished.emit()
