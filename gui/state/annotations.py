"""Notes in the plane: a text at a point, with an arrow to another point where it has one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, ValidationError, field_validator, model_validator

from nusterile.files.settings import StrictModel
from nusterile.files.text import hidden_character
from nusterile.vocabulary import M_4, MU

__all__ = ["LONGEST_NOTE", "Annotation", "moved", "remembered_annotations"]

#: Letters of a note, and lines.
LONGEST_NOTE, _MOST_LINES = 300, 8
_Positive = Annotated[float, Field(gt=0)]


class Annotation(StrictModel):
    """A note in the plane.

    Attributes
    ----------
    text : str
        Plain text of a few lines; empty for an arrow alone.
    m_4, mu : float
        Where its middle is: MeV and Bohr magnetons.
    target : tuple of float
        Mass and moment at the tip of its arrow; empty for no arrow.
    """

    text: Annotated[str, Field(max_length=LONGEST_NOTE)]
    m_4: _Positive
    mu: _Positive
    target: tuple[_Positive, ...] = ()

    @field_validator("text")
    @classmethod
    def _few_lines(cls, text: str) -> str:
        if hidden_character(text):
            raise ValueError("it holds a character that nobody sees")
        lines = [" ".join(line.split()) for line in text.strip().split("\n")]
        if len(lines) > _MOST_LINES:
            raise ValueError(f"expected {_MOST_LINES} lines at most; it has {len(lines)}")
        return "\n".join(lines)

    @model_validator(mode="after")
    def _something(self) -> Annotation:
        if len(self.target) not in (0, 2):
            raise ValueError("target: expected a mass and a moment, or none for no arrow")
        if not self.text and not self.target:
            raise ValueError("expected a text or an arrow; it has neither")
        return self

    @property
    def place(self) -> tuple[float, float]:
        """Mass and moment at its middle."""
        return self.m_4, self.mu


def moved(note: Annotation, m_4: float, mu: float, *, tip: bool) -> Annotation:
    """A note with its text, or the tip of its arrow, at another point."""
    changes = {"target": (m_4, mu)} if tip else {M_4: m_4, MU: mu}
    return note.model_copy(update=changes)


def remembered_annotations(texts: Iterable[str]) -> tuple[Annotation, ...]:
    """Notes from texts as JSON; without those that cannot be read."""
    found = []
    for text in texts:
        try:
            found.append(Annotation.model_validate_json(text))
        except ValidationError:
            continue
    return tuple(found)
