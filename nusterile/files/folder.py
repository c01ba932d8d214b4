"""A folder of text files, on the disk or held in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nusterile.errors import InputError
from nusterile.files.text import LARGEST_TEXT, read_text, require_inside

__all__ = ["TextFolder"]


@dataclass(frozen=True)
class TextFolder:
    """A folder of text files, on the disk or held in memory.

    Attributes
    ----------
    path : Path
        Where it is; for one in memory, what messages call it.
    texts : mapping of str to str, optional
        Texts by the name of their file, of a folder that is held in memory.

    Examples
    --------
    >>> TextFolder(Path("experiments/toy"), {"counts.csv": "counts"}).read("counts.csv")
    ('counts', 'counts')
    """

    path: Path
    texts: Mapping[str, str] | None = None

    def holds(self, name: str) -> bool:
        """Whether there is a file of a name."""
        return (self.path / name).is_file() if self.texts is None else name in self.texts

    def read(self, name: str, kind: str = "text", largest: int = LARGEST_TEXT) -> tuple[str, str]:
        """Read one of its files.

        Parameters
        ----------
        name : str
            Name of the file, relative to the folder.
        kind : str
            What kind of file it should be, for messages.
        largest : int
            Most bytes that it may hold.

        Returns
        -------
        text : str
            What it says, without a byte-order mark.
        whole : str
            All of it, which `texts` of a folder in memory takes.

        Raises
        ------
        InputError
            If it cannot be read, lies outside the folder (also by way of a link), is too large,
            is binary or is not UTF-8.
        """
        if self.texts is None:
            require_inside(self.path / name, self.path)
            text, raw = read_text(self.path / name, kind, largest)
            return text, raw.decode()
        if name not in self.texts:
            raise InputError(f"{self.path / name}: is not among the files that are stored")
        whole = self.texts[name]
        return whole.removeprefix("\ufeff"), whole
