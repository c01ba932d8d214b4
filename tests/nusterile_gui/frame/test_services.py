"""Products of a service by a hand: listed, searched, opened, cancelled, and all that goes wrong."""

import hashlib
import json
import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from services import served, until
from window_hand import boxes, drag, pixel, save_dialog, settle

import nusterile
from nusterile.cli import main
from nusterile.files import web
from nusterile_gui.frame.service_dialog import ServiceDialog
from nusterile_gui.frame.window import Window
from nusterile_gui.sharing.numbers import command_lines
from nusterile_gui.sharing.script import view_script
from nusterile_gui.state.openable import first_products
from nusterile_gui.state.settings import Memory

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(web, "_PAUSES", (0.01, 0.02))


@pytest.fixture(scope="module")
def shop(product, other_product, tmp_path_factory):
    """A service of two products and a broken file; nothing of it may be changed."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(product, folder / "small.nc")
    shutil.copy(other_product, folder / "other.nc")
    (folder / "damaged.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(300))
    with served(folder) as service:
        yield service


@contextmanager
def answering(answer):
    """A service that answers as a function of handler and path says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self, self.path)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def say(handler, content, status=200, size=None):
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content) if size is None else size))
    handler.end_headers()
    handler.wfile.write(content)


def wait(reached):
    def looked():
        QApplication.processEvents()
        return reached()

    until(looked)


def dialog_of(window):
    window.menus.actions["service"].trigger()
    (dialog,) = [d for d in window.findChildren(ServiceDialog) if d.isVisible()]
    return dialog


def quiet(dialog):
    wait(lambda: not dialog.cancel.isVisibleTo(dialog))


def list_at(dialog, address):
    field = dialog.address.lineEdit()
    field.selectAll()
    QTest.keyClicks(field, address)
    QTest.keyClick(field, Qt.Key.Key_Return)
    quiet(dialog)


def rows(dialog):
    items = [dialog.table.topLevelItem(k) for k in range(dialog.table.topLevelItemCount())]
    return {item.text(0): item for item in items if not item.isHidden()}


def opened(window, name):
    wait(lambda: any(layer.name == name for layer in window.model.state.layers))
    settle(window)
    return next(layer for layer in window.model.state.layers if layer.name == name)


def wrong(dialog):
    assert dialog.message.property("wrong")
    assert "\n" not in dialog.message.text()
    return dialog.message.text()


def test_a_product_is_found_and_opened_by_keys_and_behaves_as_any_other(make_window, shop, product):
    window = make_window()
    dialog = dialog_of(window)
    list_at(dialog, shop.address.removeprefix("http://"))
    assert dialog.message.text() == "2 products, 1 broken"
    found = rows(dialog)
    assert list(found)[:2] == ["other", "small"]
    damaged = found[list(found)[2]]
    assert "xenonnt_sr0" in found["small"].text(3)
    assert found["small"].text(2) == "scan"
    assert found["small"].text(4).endswith(" MB")
    assert damaged.isDisabled()
    assert damaged.isFirstColumnSpanned()
    assert damaged.text(0).startswith("damaged.nc   broken: is damaged or cut short")
    assert QApplication.focusWidget() is dialog.search
    QTest.keyClicks(dialog.search, "SMALL scan")
    assert list(rows(dialog)) == ["small"]
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    layer = opened(window, "small")
    assert not [d for d in window.findChildren(ServiceDialog) if d.isVisible()]
    assert layer.place.startswith(f"{shop.address}/products/small-")
    assert layer.dataset.identical(nusterile.open(product))
    before = window.model.state.m_4
    drag(window.plane, pixel(window.plane, -2, -10.5), pixel(window.plane, -1, -10))
    assert window.model.state.m_4 != before
    assert window.pulls.isVisible()
    assert repr(layer.place) in view_script(window.model)
    assert layer.place in command_lines(window.model)
    window.close_layer(layer.key)  # nothing is asked: it can be had again
    assert window.model.find(layer.key) is None


def test_it_can_be_saved_and_is_a_file_then(window, shop, tmp_path):
    window.open_anything([f"{shop.address}/products/other"])
    layer = opened(window, "other")
    save_dialog(window, "save", tmp_path / "mine.nc")
    assert window.model.find(layer.key).place == tmp_path / "mine.nc"
    xr_values = nusterile.open(tmp_path / "mine.nc").chi2.values
    assert np.array_equal(xr_values, layer.dataset.chi2.values)


def test_remembered_in_recent_files_session_and_services(make_window, shop):
    window = make_window()
    dialog = dialog_of(window)
    list_at(dialog, shop.address)
    QTest.keyClick(dialog.search, Qt.Key.Key_Down)
    assert dialog.table.selectedItems()[0].text(0) == "small"
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    address = opened(window, "small").place
    assert Memory().services() == [shop.address]
    recent = window.menus.recent.actions()[0]
    assert address in recent.toolTip()
    window.close_layer(window.model.state.active)
    recent.trigger()
    opened(window, "small")
    window.model.change(window.model.state.active, name="of the group", color=3)
    window.save_memory()
    window.close()
    assert first_products([]) == [address]
    again = Window(first_products([]), resume=True)
    settle(again)
    wait(lambda: again.model.state.layers and again.model.state.layers[0].color == 3)
    assert again.model.state.layers[0].name == "of the group"
    dialog = dialog_of(again)  # lists the one used last without a word
    quiet(dialog)
    assert "small" in rows(dialog)
    again.close_now()


def test_a_workspace_names_the_address(make_window, shop, tmp_path):
    window = make_window()
    window.open_anything([f"{shop.address}/products/small"])
    opened(window, "small")
    save_dialog(window, "workspace", tmp_path / "far.nusterile")
    assert f'path = "{shop.address}/products/small"' in (tmp_path / "far.nusterile").read_text()
    other = make_window()
    other.open_anything([tmp_path / "far.nusterile"])
    assert opened(other, "small").address == f"{shop.address}/products/small"
    assert not boxes(other)


def test_a_service_of_a_session_that_is_away_is_said_and_the_rest_shown(make_window, product):
    window = make_window(f"{NOBODY}/products/x", product)
    settle(window)
    assert [layer.name for layer in window.model.state.layers] == ["small"]
    (box,) = boxes(window)
    assert box.text() == "x was not opened"
    assert "does not answer" in box.informativeText()


def test_wrong_addresses_and_nonsense_are_said_in_the_dialog(window):
    dialog = dialog_of(window)
    for address, said in (
        ("", "Type the address of a service"),
        (NOBODY, "does not answer"),
        (f"{NOBODY}/products/x", "does not answer"),
        ("http://", "is no address"),
        ("ftp://x", "is no address"),
        ("http://[::1", "is no address"),
    ):
        list_at(dialog, address)
        assert said in wrong(dialog), address
    contents = [b"", b"<html>", b"[]", b"{}"]
    contents += [
        json.dumps({"products": [], "broken": [], "reading": [], **wrong_part}).encode()
        for wrong_part in (
            *({"products": 1}, {"products": [{}]}, {"products": [one_entry(bytes=-1)]}),
            *({"products": [one_entry(id=5)]}, {"broken": [{"file": "x"}]}, {"reading": [7]}),
        )
    ]
    with answering(lambda handler, path: say(handler, contents[0])) as address:
        while contents:
            list_at(dialog, address)
            assert "does not answer as a product service" in wrong(dialog), contents[0]
            assert not rows(dialog)
            del contents[0]
    assert dialog.isVisible()
    assert Memory().services() == []
    assert not boxes(window)


def one_entry(sha256="0" * 64, **changed):
    return {
        **{"id": "x-1", "name": "<b>x</b>\n", "title": "t" * 5000, "content": "\x1b[31m"},
        **{"sizes": {}, "names": {"experiment": [1, None]}, "bytes": 5, "modified": "nonsense"},
        **{"sha256": sha256, "status": "ready", "links": {"file": "x-1/file", "zarr": "x"}},
        **changed,
    }


def serving_one(file, entry=None):
    """Answers a catalogue with one product, and its file as a function says."""
    entry = one_entry() if entry is None else entry
    catalogue = {"products": [entry], "broken": [], "reading": ["new.nc"], "complete": False}

    def answer(handler, path):
        if path.endswith("/file"):
            file(handler)
        else:
            say(handler, json.dumps(catalogue if path == "/products" else entry).encode())

    return answering(answer)


def test_hostile_text_in_a_catalogue(window):
    with serving_one(lambda handler: None) as address:
        dialog = dialog_of(window)
        list_at(dialog, address)
        name, coming = rows(dialog)
        assert name.startswith("<b>x</b>")
        assert name.isprintable()
        assert coming == "new.nc   is being read"
        assert rows(dialog)[coming].isDisabled()
        assert "&lt;b&gt;" in rows(dialog)[name].toolTip(0)
        assert "still being read" in dialog.message.text()


@pytest.mark.parametrize(
    ("content", "named", "said"),
    [
        (b"CDF\x01", "0" * 64, "the service sent another file than it names"),
        (b"nonsense", None, "is no netCDF file"),
        (b"\x89HDF\r\n\x1a\n", None, "is damaged or cut short"),
    ],
)
def test_a_file_that_is_none(window, content, named, said):
    entry = one_entry(named or hashlib.sha256(content).hexdigest())
    with serving_one(lambda handler: say(handler, content), entry) as address:
        dialog = dialog_of(window)
        list_at(dialog, address)
        QTest.keyClick(dialog.search, Qt.Key.Key_Return)
        quiet(dialog)
        assert said in wrong(dialog)
        assert len(window.model.state.layers) == 1


def test_the_service_goes_away_in_the_middle(window):
    with serving_one(lambda handler: say(handler, b"\x89HDF", size=10**6)) as address:
        dialog = dialog_of(window)
        list_at(dialog, address)
        dialog.table.itemActivated.emit(dialog.table.currentItem(), 0)
        quiet(dialog)
        assert "does not answer" in wrong(dialog)
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)  # now nobody is there
    quiet(dialog)
    assert "does not answer" in wrong(dialog)
    assert dialog.isVisible()


@pytest.mark.parametrize("how", ["button", "escape"])
def test_cancel_while_the_service_is_silent(window, product, how):
    """Bytes come, then none: Cancel does not wait, and other files open meanwhile."""
    go_on = threading.Event()

    def hang(handler):
        say(handler, bytes(600_000), size=10**6)
        go_on.wait(30)

    with serving_one(hang) as address:
        dialog = dialog_of(window)
        list_at(dialog, address)
        QTest.keyClick(dialog.search, Qt.Key.Key_Return)
        wait(lambda: dialog.bar.maximum() == 1000 and dialog.bar.value() > 0)
        assert dialog.message.text().endswith(" of 1.0 MB")
        assert not dialog.open_button.isEnabled()
        if how == "button":
            QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
        else:
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert dialog.message.text() == "cancelled"
        assert dialog.isVisible()
        window.files.open([product])
        settle(window, 20)
        assert len(window.model.state.layers) == 2
        go_on.set()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()


def test_closing_ends_a_listing_that_hangs(window):
    go_on = threading.Event()
    with answering(lambda handler, path: go_on.wait(30)) as address:
        dialog = dialog_of(window)
        field = dialog.address.lineEdit()
        QTest.keyClicks(field, address)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert dialog.cancel.isVisible()
        window.services.close()
        assert not dialog.isVisible()
        assert not [t for t in threading.enumerate() if t.name == "nusterile-service"]
        go_on.set()


def test_a_file_that_changes_between_browsing_and_opening(window, product, other_product, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    shutil.copy(product, folder / "one.nc")
    with served(folder) as service:
        dialog = dialog_of(window)
        list_at(dialog, service.address)
        before = service.catalogue.contents
        (folder / "new.nc").write_bytes(other_product.read_bytes())
        (folder / "new.nc").replace(folder / "one.nc")
        until(lambda: service.catalogue.contents not in (before,) and service_has(service, 1))
        QTest.keyClick(dialog.search, Qt.Key.Key_Return)
        quiet(dialog)
        assert "has changed at the service; open the new one" in wrong(dialog)
        QTest.mouseClick(dialog.list, Qt.MouseButton.LeftButton)
        quiet(dialog)
        QTest.keyClick(dialog.search, Qt.Key.Key_Return)
        assert opened(window, "one").dataset.sizes["m_4"] == 4


def service_has(service, number):
    contents = service.catalogue.contents
    return contents.complete and not contents.reading and len(contents.products) == number


def test_it_stands_among_the_actions(window):
    action = window.menus.actions["service"]
    assert action.shortcut().toString() == "Ctrl+Shift+O"
    assert action.toolTip() == "Open from a service (Ctrl+Shift+O)"
    assert any(entry.text == "File: Open from a service" for entry in window.menus.entries())


def test_the_address_of_a_service_shows_its_catalogue(window, shop):
    window.open_anything([shop.address])
    (dialog,) = [d for d in window.findChildren(ServiceDialog) if d.isVisible()]
    quiet(dialog)
    assert len(rows(dialog)) == 3


def test_addresses_on_the_command_line(monkeypatch):
    given = []
    monkeypatch.setattr("nusterile_gui.app.open_window", given.extend)
    monkeypatch.setattr("nusterile_gui.app.run", lambda window: 0)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    words = ["http://here//products/one", "http://here", "one.nc"]
    with pytest.raises(SystemExit) as end:
        main(["gui", *words])
    assert end.value.code == 0
    assert given == [*words[:2], Path("one.nc")]
    assert first_products(given) == [words[0], Path("one.nc")]


def test_a_link_that_is_dropped(make_window, shop):
    window = make_window()
    data = QMimeData()
    link = f"{shop.address}/products/other"
    data.setUrls([QUrl(link), QUrl("ftp://here/x.nc"), QUrl("mailto:someone@example.org")])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, button, keys))
    assert opened(window, "other").place == link
    assert not boxes(window)
