"""A double click in a file manager opens a workspace with this program."""

import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from configparser import ConfigParser

import pytest

from nusterile_gui.sharing import file_type
from nusterile_gui.sharing.file_type import is_registered, register, unregister


@pytest.fixture
def data(isolated):
    return isolated / "data"


@pytest.fixture(autouse=True)
def no_tools(monkeypatch):
    """Tools of the desktop are called by name, and not run."""
    called = []
    monkeypatch.setattr(file_type, "_run", lambda *words: called.append(words))
    return called


def entry(data):
    read = ConfigParser(interpolation=None)
    read.optionxform = str
    read.read(data / "applications" / "nusterile.desktop", encoding="utf-8")
    return dict(read["Desktop Entry"])


def test_the_desktop_knows_the_suffix_and_the_program(data, no_tools):
    assert not is_registered()
    register()
    assert is_registered()
    root = ET.parse(data / "mime" / "packages" / "nusterile.xml").getroot()
    name = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    kind = root.find("m:mime-type", name)
    assert kind.find("m:glob", name).get("pattern") == "*.nusterile"
    assert entry(data)["MimeType"] == f"{kind.get('type')};"
    assert shlex.split(entry(data)["Exec"]) == [sys.executable, "-m", "nusterile_gui", "%F"]
    assert no_tools == [
        ("update-mime-database", str(data / "mime")),
        ("update-desktop-database", str(data / "applications")),
        ("xdg-mime", "default", "nusterile.desktop", kind.get("type")),
    ]


def test_it_is_taken_back(data):
    register()
    unregister()
    assert not is_registered()
    assert not list(data.rglob("nusterile*"))
    unregister()


def test_another_installation_is_not_this_one(monkeypatch):
    register()
    monkeypatch.setattr(sys, "executable", "/elsewhere/python")
    assert not is_registered()


@pytest.mark.parametrize("place", ["/a b/python", '/q"u$o`te/py', "/back\\slash/py", "/100 %/py"])
def test_any_place_of_the_program_is_quoted(data, monkeypatch, place):
    monkeypatch.setattr(sys, "executable", place)
    register()
    # As the specification has it: first the value, then words as a shell's, then fields.
    value = entry(data)["Exec"].replace("\\\\", "\\")
    words = ["sh", "-c", f"printf '%s\\n' {value}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].replace("%%", "%") == place


def test_the_command_of_the_entry_starts_the_program(data):
    register()
    words = [word for word in shlex.split(entry(data)["Exec"]) if word != "%F"]
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, check=True)
    assert "nusterile gui" in done.stdout


def test_the_action_of_the_window(window, data):
    action = window.menus.actions["double-click"]
    assert not action.isChecked()
    action.trigger()
    assert action.isChecked()
    assert "opens it in nusterile" in window.statusBar().currentMessage()
    action.trigger()
    assert not action.isChecked()
    assert not is_registered()


def test_a_folder_that_cannot_be_written_is_said(window, data, monkeypatch):
    complaints = []
    monkeypatch.setattr(
        window.menus._commands.double_click, "_complain", lambda *words: complaints.append(words)
    )
    data.mkdir(exist_ok=True)
    (data / "mime").write_text("no folder")
    action = window.menus.actions["double-click"]
    action.trigger()
    assert not action.isChecked()
    ((what, why),) = complaints
    assert what == "The desktop was not told what opens workspaces"
    assert str(data / "mime") in why
