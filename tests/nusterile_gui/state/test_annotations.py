"""Notes in the plane, without a window: what is refused, and what is remembered."""

import pytest
from pydantic import ValidationError

from nusterile_gui.state.annotations import Annotation, moved, remembered_annotations


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"text": ""}, "expected a text or an arrow; it has neither"),
        ({"text": " \n "}, "expected a text or an arrow; it has neither"),
        ({"text": "a\u202eb"}, "it holds a character that nobody sees"),
        ({"text": "x" * 301}, "at most 300"),
        ({"text": "a\n" * 8 + "a"}, "expected 8 lines at most; it has 9"),
        ({"m_4": 0.0}, "greater than 0"),
        ({"mu": -1e-11}, "greater than 0"),
        ({"mu": float("nan")}, "finite number"),
        ({"target": (0.1,)}, "target: expected a mass and a moment"),
        ({"target": (0.1, 0.0)}, "greater than 0"),
    ],
)
def test_what_is_no_note_is_refused(values, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Annotation(**{"text": "a", "m_4": 0.1, "mu": 1e-11, **values})


def test_a_text_of_a_few_lines_is_kept_without_blanks_around():
    assert Annotation(text="\n two  \n\tlines ", m_4=1.0, mu=1e-11).text == "two\nlines"


def test_a_text_or_a_tip_is_moved():
    note = Annotation(text="a", m_4=0.1, mu=1e-11, target=(0.2, 2e-11))
    text, tip = moved(note, 1.0, 1e-10, tip=False), moved(note, 1.0, 1e-10, tip=True)
    assert (text.place, text.target) == ((1.0, 1e-10), note.target)
    assert (tip.place, tip.target) == (note.place, (1.0, 1e-10))


def test_what_cannot_be_read_is_not_remembered():
    notes = (
        Annotation(text="two\nlines", m_4=0.1 + 0.2, mu=1e-11, target=(0.2, 2e-11)),
        Annotation(text="a", m_4=0.1, mu=1e-11),
    )
    texts = [note.model_dump_json() for note in notes]
    broken = ["", "[]", texts[1].replace("0.1", "-0.1")]
    assert remembered_annotations([*broken, *texts]) == notes
