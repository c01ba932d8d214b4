"""Whether a double click in a file manager opens workspaces."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction

from nusterile.errors import NusterileError
from nusterile_gui.sharing.file_type import is_registered, register, unregister

__all__ = ["DoubleClick"]


class DoubleClick:
    """An action that is checked while the user's desktop opens workspaces with this program.

    Parameters
    ----------
    say : callable
        Shows a line.
    complain : callable
        Shows what did not work, and why.
    """

    def __init__(self, say: Callable[[str], None], complain: Callable[[str, str], None]) -> None:
        self._say, self._complain = say, complain
        self._action: QAction | None = None

    def show_on(self, action: QAction) -> None:
        """Follow an action, which shows how it is now."""
        self._action = action
        action.setCheckable(True)
        action.setChecked(is_registered())

    def toggle(self) -> None:
        """Tell the desktop, or take it back."""
        wanted = not is_registered()
        try:
            if wanted:
                register()
            else:
                unregister()
        except (OSError, NusterileError) as error:
            self._complain("The desktop was not told what opens workspaces", str(error))
        else:
            now = "opens" if wanted else "no longer opens"
            self._say(f"a double click on a workspace {now} it in nusterile")
        if self._action is not None:
            self._action.setChecked(is_registered())
