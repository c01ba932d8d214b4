"""Starting the app: what is imported, and what is said where something is missing."""

import subprocess
import sys

import pytest

from nusterile.cli.gui import _remedy


def run(text):
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False
    )


def test_qt_is_never_imported_by_the_computation():
    done = run(
        "import sys, nusterile, nusterile.scan, nusterile.cli, nusterile.slices, nusterile_gui\n"
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


def test_a_missing_system_library_is_named():
    text = _remedy(ImportError("libEGL.so.1: cannot open shared object file: No such file"))
    assert "libEGL.so.1" in text
    assert "apt install libegl1" in text


def test_help_names_the_command():
    done = run("from nusterile.cli import main; main(['gui', '--help'])")
    assert done.returncode == 0
    assert "PRODUCT" in done.stdout
