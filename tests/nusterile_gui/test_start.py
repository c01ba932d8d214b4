"""Starting the app: what is imported, and what is said where something is missing."""

import ast
import gc
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from nusterile.cli.gui import _remedy
from nusterile_gui.state.settings import Memory


def run(text):
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False
    )


def test_qt_is_never_imported_by_the_computation():
    done = run(
        "import sys, nusterile, nusterile.product.scan, nusterile.cli\n"
        "import nusterile.product.slices, nusterile_gui\n"
        "print([m for m in sys.modules if m.startswith(('PySide6', 'pyqtgraph'))])"
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["PySide6", "pyqtgraph", "contourpy"])
def test_a_missing_package_is_one_clear_line(package):
    done = run(
        f"import sys; sys.modules[{package!r}] = None\n"
        "from nusterile.cli import main; main(['gui'])"
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'nusterile[gui]'" in done.stderr


def test_a_missing_screen_is_one_clear_line(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = run("from nusterile.cli import main; main(['gui'])")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "needs a screen" in done.stderr


def test_a_missing_system_library_is_named():
    text = _remedy(ImportError("libEGL.so.1: cannot open shared object file: No such file"))
    assert "libEGL.so.1" in text
    assert "apt install libegl1" in text


def test_help_names_the_command():
    done = run("from nusterile.cli import main; main(['gui', '--help'])")
    assert done.returncode == 0
    assert "PRODUCT" in done.stdout


def test_the_first_product_is_read_before_the_panels_are_imported(product, isolated):
    """Its thread imports no package of many modules: two that do so at once trip each other up."""
    done = run(
        "import sys, threading\n"
        "from pathlib import Path\n"
        "import nusterile_gui.app\n"
        "from nusterile_gui.work.reading import ReadAhead\n"
        "assert 'pyqtgraph' not in sys.modules\n"
        f"path = Path({str(product)!r})\n"
        "before = set(sys.modules)\n"
        "ahead = ReadAhead([path, path])\n"
        "(reader,) = [t for t in threading.enumerate() if t.name == 'nusterile-ahead']\n"
        "reader.join()\n"
        "print({name.partition('.')[0] for name in set(sys.modules) - before})\n"
        "print(ahead.read(path).dataset.attrs['content'])"
    )
    packages, content = done.stdout.splitlines()
    assert ast.literal_eval(packages) <= {"encodings", "nusterile_data", "xarray"}
    assert (content, done.stderr) == ("scan", "")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_close_the_app_and_keep_its_memory(product, isolated, number, status):
    """As Ctrl-C in the terminal that it was started from."""
    text = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QTimer\n"
        "from nusterile_gui import app\n"
        f"window = app.open_window([Path({str(product)!r})])\n"
        "def look():\n"
        "    if window.model.layer:\n"
        "        print('running', flush=True)\n"
        "    else:\n"
        "        QTimer.singleShot(50, look)\n"
        "QTimer.singleShot(50, look)\n"
        "sys.exit(app.run(window))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "running\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in said
    assert Memory().recent() == [product]


def test_the_tests_name_a_missing_library_before_qt_does():
    script = Path(__file__).parents[1] / "support" / "system_libraries.py"
    hidden = (
        "import ctypes, runpy, sys\n"
        "real = ctypes.CDLL\n"
        "def load(name, *rest):\n"
        "    if name == 'libEGL.so.1': raise OSError('cannot open shared object file')\n"
        "    return real(name, *rest)\n"
        "ctypes.CDLL = load\n"
        f"runpy.run_path({str(script)!r}, run_name='__main__')"
    )
    done = run(hidden)
    assert done.returncode == 1
    assert done.stderr == (
        "Qt needs the system library libEGL.so.1: apt install libegl1 "
        "(cannot open shared object file)\n"
    )
    assert run(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')").stderr == ""


def test_garbage_is_collected_in_the_event_loop_only(qapp, qtbot):
    """Elsewhere the end of a widget can wait for ever for a lock that Qt holds."""

    class Ring:
        def __init__(self):
            self.itself = self

    assert not gc.isenabled()
    ring = weakref.ref(Ring())
    kept = [[] for _ in range(2000)]
    assert ring() is not None
    qtbot.waitUntil(lambda: ring() is None, timeout=5000)
    assert len(kept) == 2000


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("module", ["nusterile_gui.state.openable", "pyqtgraph", "contourpy"])
def test_signals_while_the_app_starts(product, isolated, module, number, status):
    """What is imported or made may drop the exception of an interrupt; the window would stay."""
    text = (
        "import os, sys, time\n"
        "class Dropping:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            try:\n"
        f"                os.kill(os.getpid(), {int(number)})\n"
        "                time.sleep(0.01)\n"
        "            except BaseException:\n"
        "                pass\n"
        "sys.meta_path.insert(0, Dropping())\n"
        "from nusterile.cli import main\n"
        f"sys.argv = ['nusterile', 'gui', {str(product)!r}]\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        timeout=30,
        # Tests started in the background of a shell inherit that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == status
    (said,) = [line for line in done.stderr.splitlines() if "This plugin" not in line]
    assert said.startswith("nusterile: ")
