"""Opening workspaces by a double click in a file manager, on desktops of freedesktop.org.

References
----------
Desktop Entry Specification 1.5 and Shared MIME-info Database 0.21, freedesktop.org.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import quoteattr

from PySide6.QtCore import QStandardPaths

from nusterile.files.writing import make_folder, write_file
from nusterile_gui.state.openable import SUFFIX

__all__ = ["is_possible", "is_registered", "register", "unregister"]

_MIME = "application/x-nusterile-workspace"
_ENTRY = "nusterile.desktop"
_TYPE = "nusterile.xml"
#: Longest that a tool of the desktop may take; it takes a tenth of a second.
_SECONDS = 5


def is_possible() -> bool:
    """Whether this system's desktop takes such files; macOS and Windows have other ways."""
    return sys.platform.startswith("linux")


def is_registered() -> bool:
    """Whether a double click opens workspaces with this installation."""
    try:
        return _entry_path().read_text(encoding="utf-8") == _entry()
    except (OSError, UnicodeDecodeError):
        return False


def register() -> None:
    """Tell the user's desktop what workspaces are, and what opens them.

    Raises
    ------
    OSError
        If its folders cannot be written.
    """
    for path, text in ((_type_path(), _type()), (_entry_path(), _entry())):
        make_folder(path.parent)
        write_file(path, text)
    _update()
    _run("xdg-mime", "default", _ENTRY, _MIME)


def unregister() -> None:
    """Take that back.

    Raises
    ------
    OSError
        If its folders cannot be written.
    """
    _type_path().unlink(missing_ok=True)
    _entry_path().unlink(missing_ok=True)
    _update()


def _data() -> Path:
    place = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(place))


def _entry_path() -> Path:
    return _data() / "applications" / _ENTRY


def _type_path() -> Path:
    return _data() / "mime" / "packages" / _TYPE


def _type() -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">\n'
        f'  <mime-type type="{_MIME}">\n'
        "    <comment>nusterile workspace</comment>\n"
        '    <sub-class-of type="text/plain"/>\n'
        f"    <glob pattern={quoteattr('*' + SUFFIX)}/>\n"
        "  </mime-type>\n"
        "</mime-info>\n"
    )


def _entry() -> str:
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Name=nusterile",
        "Comment=Limits on sterile-neutrino transition moments",
        f"Exec={_quoted(sys.executable)} -m nusterile_gui %F",
        f"TryExec={sys.executable}",
        f"MimeType={_MIME};",
        "Categories=Science;Physics;",
        "Terminal=false",
    ]
    return "\n".join(lines) + "\n"


def _quoted(word: str) -> str:
    """A word of a command as a desktop entry wants it.

    What quotes need is escaped, and each of these backslashes once more, as in any value.
    """
    for sign in '\\"`$':
        word = word.replace(sign, f"\\{sign}")
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'


def _update() -> None:
    _run("update-mime-database", os.fspath(_data() / "mime"))
    _run("update-desktop-database", os.fspath(_data() / "applications"))


def _run(program: str, *arguments: str) -> None:
    """Run a tool of the desktop where there is one; many desktops need none of them."""
    found = shutil.which(program)
    if found is not None:
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run([found, *arguments], capture_output=True, timeout=_SECONDS, check=False)
