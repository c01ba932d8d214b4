"""A monkey at the window: thousands of random actions, seeded, and nothing may be left behind."""

import gc
import random
import shutil
import threading
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QMessageBox
from window_hand import SMALL, mouse, settle

import nusterile

ACTIONS = 2000
_TEXTS = ("100 keV", "0.3", "1e-9", "2e-11 mu_B", "", "x", "-1", "1e999", "nan", "3 parsec")


class Monkey:
    def __init__(self, window, products, folder, seed):
        self.window = window
        self.products = products
        self.folder = folder
        self.random = random.Random(seed)
        self.copies = []

    def act(self):
        actions = (
            [self.point] * 8
            + [self.drag] * 5
            + [self.key] * 4
            + [self.toggle] * 5
            + [self.choose] * 4
            + [self.type] * 3
            + [self.bound] * 3
            + [self.answer] * 6
            + [self.menu] * 4
            + [self.open, self.close, self.resize, self.theme, self.layer]
            + [
                self.compute,
                self.cancel,
                self.export,
                self.spoil,
                self.delete,
                self.panel,
                self.ratio,
                self.curve,
                self.note,
            ]
        )
        self.random.choice(actions)()
        self.trim()

    def trim(self):
        """Never more than four layers, or the monkey only measures memory."""
        model = self.window.model
        for layer in model.state.layers[:-4]:
            model.remove(layer.key)

    def plot(self):
        w = self.window
        return self.random.choice(
            [w.plane, w.moment_profile, w.mass_profile, w.spectrum.events, w.pulls, w.ratio]
        )

    def place(self, plot):
        size = plot.viewport().size()
        x = self.random.uniform(-20, size.width() + 20)
        return QPointF(x, self.random.uniform(-20, size.height() + 20))

    def point(self):
        plot = self.plot()
        place = self.place(plot)
        mouse(plot, QEvent.Type.MouseButtonPress, place)
        mouse(plot, QEvent.Type.MouseButtonRelease, place)

    def drag(self):
        plot = self.plot()
        mouse(plot, QEvent.Type.MouseButtonPress, self.place(plot))
        for _ in range(3):
            mouse(plot, QEvent.Type.MouseMove, self.place(plot))
        mouse(plot, QEvent.Type.MouseButtonRelease, self.place(plot))

    def key(self):
        keys = (
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_Escape,
        )
        held = self.random.choice(
            (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.ShiftModifier,
                Qt.KeyboardModifier.ControlModifier,
            )
        )
        QTest.keyClick(self.window.plane, self.random.choice(keys), held)

    def toggle(self):
        panel = self.window.view_panel
        widget = self.random.choice([panel.layers, panel.selections, panel.flavors])
        if widget.count():
            item = widget.item(self.random.randrange(widget.count()))
            on = item.checkState() == Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def choose(self):
        panel, spectrum = self.window.view_panel, self.window.spectrum
        combo = self.random.choice(
            [panel.selection, panel.flavor, panel.dof, spectrum.experiment, spectrum.quantity]
        )
        if combo.count():
            index = self.random.randrange(combo.count())
            combo.setCurrentIndex(index)
            combo.activated.emit(index)
        panel.cl.setValue(self.random.choice([90.0, 95.0, 99.0, self.random.uniform(10, 99.99)]))

    def type(self):
        read_out = self.window.read_out
        field = self.random.choice([read_out.m_4, read_out.mu])
        field.selectAll()
        QTest.keyClicks(field, self.random.choice(_TEXTS))
        QTest.keyClick(field, Qt.Key.Key_Return)

    def bound(self):
        leaves = self.window.bounds_tree._leaves()
        if leaves:
            item = self.random.choice(leaves)
            on = item.checkState(0) == Qt.CheckState.Checked
            item.setCheckState(0, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def answer(self):
        """Answer whatever dialog or menu is open, either way."""
        for menu in self.window.findChildren(QMenu):
            if menu.isVisible():
                menu.close()
        for box in self.window.findChildren(QMessageBox):
            if box.isVisible():
                buttons = box.buttons()
                self.random.choice(buttons).click()
        for dialog in self.window.findChildren(QDialog):
            if isinstance(dialog, QFileDialog) and dialog.isVisible():
                dialog.setDirectory(str(self.folder))
                dialog.selectFile(f"out{self.random.randrange(5)}.{dialog.defaultSuffix() or 'nc'}")
                dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
                # Qt itself complains, in a loop of its own, about a file to open that is not there.
                there = all(Path(name).is_file() for name in dialog.selectedFiles())
                if dialog.acceptMode() == QFileDialog.AcceptMode.AcceptOpen and not there:
                    dialog.reject()
                else:
                    self.random.choice([dialog.accept, dialog.reject, dialog.reject])()
            elif dialog.isVisible() and not isinstance(dialog, QMessageBox):
                dialog.reject()
        if self.window.notice.isVisible():
            self.random.choice([self.window.notice.button, self.window.notice.dismiss]).click()

    def menu(self):
        names = [
            name for name in self.window.menus.actions if name not in ("quit", "about", "figure")
        ]
        names = [name for name in names if not name.startswith("figure")]
        action = self.window.menus.actions[self.random.choice(names)]
        if action.isEnabled():
            action.trigger()

    def open(self):
        path = self.folder / f"copy{self.random.randrange(6)}.nc"
        if self.random.random() < 0.7 and not path.is_dir():
            shutil.copy(self.random.choice(self.products), path)
        self.window.open_anything([path])

    def close(self):
        if self.window.model.layer is not None:
            self.window.close_layer(self.window.model.state.active)

    def resize(self):
        self.window.resize(self.random.randint(300, 1900), self.random.randint(200, 1200))

    def theme(self):
        self.window.menus.actions[self.random.choice(["light", "dark"])].trigger()

    def layer(self):
        layers = self.window.model.state.layers
        if layers:
            self.window.model.update(active=self.random.choice(layers).key)

    def compute(self):
        grids = {
            "m_4": {"low": 0.01, "high": 1, "points": 3},
            "mu": {"low": 1e-12, "high": 1e-8, "points": 5},
        }
        values = {**SMALL, "grids": grids, "experiments": ["xenonnt_sr0"]}
        self.window.what_if.compute(nusterile.Configuration.from_values(values), "random")

    def cancel(self):
        self.window.what_if.cancel.click()

    def slide(self):
        sliders = self.window.live.panel.sliders
        if sliders is not None:
            several = self.random.choice(list(sliders.sliders.values()))
            one = self.random.choice(several).slider
            one.setValue(self.random.randint(one.minimum(), one.maximum()))

    def export(self):
        self.window.menus.actions["copy"].trigger()

    def spoil(self):
        path = self.folder / f"copy{self.random.randrange(6)}.nc"
        path.write_bytes(self.random.randbytes(self.random.choice([0, 10, 5000])))

    def delete(self):
        (self.folder / f"copy{self.random.randrange(6)}.nc").unlink(missing_ok=True)

    def panel(self):
        self.random.choice(list(self.window.docks.values())).toggleViewAction().trigger()

    def ratio(self):
        layers = self.window.model.state.layers
        if len(layers) > 1:
            pair = self.random.sample(layers, 2)
            self.window.model.update(ratio=tuple(layer.key for layer in pair))

    def curve(self):
        """Paste anything, and take what can be taken."""
        text = self.random.choice(["1 2e-11\n2 3e-11", "0.1 5\n3 7\n1 9", "x", "1,2,3", ""])
        QGuiApplication.clipboard().setText(text)
        self.window.menus.actions["paste"].trigger()
        if self.window.own_curves.dialog is not None:
            self.window.own_curves.dialog.ok.click()

    def note(self):
        """Write a note anywhere, change one, or let it go."""
        index = self.random.randrange(-1, len(self.window.model.state.annotations))
        if index < 0:
            self.window.menus.actions[self.random.choice(["note", "arrow"])].trigger()
        else:
            self.window.annotating.change(index)
        dialog = self.window.annotating.dialog
        if dialog is not None:
            dialog.text.setPlainText(self.random.choice(["", "two\nlines", "$^", "x" * 400]))
            dialog.fields[self.random.randrange(4)].setText(self.random.choice(_TEXTS))
            dialog.buttons.buttons()[self.random.randrange(len(dialog.buttons.buttons()))].click()


def calm(window, monkey):
    """Answer every dialog, close every layer and forget what was written and can be undone.

    Closed products are kept for Undo, up to a size; that is no leak.
    """
    for _ in range(50):
        monkey.answer()
        settle(window, 60)
        for layer in window.model.state.layers:
            window.model.remove(layer.key)
        if not any(d.isVisible() for d in window.findChildren(QDialog)):
            break
    window.model.update(own_curves=(), annotations=(), pins=(), overlays=())
    window.history.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


@pytest.mark.parametrize("seed", [1])
def test_thousands_of_random_actions(make_window, product, other_product, tmp_path, seed):
    window = make_window(product)
    monkey = Monkey(window, [product, other_product], tmp_path, seed)
    for _ in range(ACTIONS // 4):
        monkey.act()
        QCoreApplication.processEvents()
    before = calm(window, monkey)
    windows, threads = len(QApplication.topLevelWidgets()), threading.active_count()
    window.files.open([product])
    for _ in range(ACTIONS - ACTIONS // 4):
        monkey.act()
        QCoreApplication.processEvents()
    after = calm(window, monkey)
    print(f"memory growth over {ACTIONS - ACTIONS // 4} actions: {after - before:.1f} MB")
    assert after - before < 50
    assert threading.active_count() <= threads
    assert len(QApplication.topLevelWidgets()) <= windows + 2
    assert window.isVisible()


def test_twenty_thousand_void_calls(window):
    """Some versions of PySide6 lose a reference to None at each, and abort in the end."""
    widget = window.read_out.delta
    for k in range(20_000):
        widget.setText(str(k))
    assert widget.text() == "19999"


def test_shortcuts_are_unique(window):
    keys = [a.shortcut().toString() for a in window.menus.actions.values()]
    keys = [key for key in keys if key]
    assert len(keys) == len(set(keys))
    assert all(QKeySequence(key).count() == 1 for key in keys)
