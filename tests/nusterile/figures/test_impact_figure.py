"""Figure ``impact``: bars as long as the numbers beside them."""

from __future__ import annotations

import pytest
from matplotlib.text import Annotation

from nusterile import Analysis
from nusterile.errors import InputError
from nusterile.figures.catalogue import draw


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis().with_changes(experiments=("xenonnt_sr0", "pandax4t_run0"))


@pytest.mark.parametrize("width", ["single", "double"])
def test_bars_are_the_changes_and_nothing_is_cut_off(analysis, width):
    drawing = draw("impact", analysis, width=width, m_4=[0.1])
    found = analysis.impact(m_4=0.1)
    (ax,) = drawing.figure.axes
    drawn = {(bar.get_gid(), round(bar.get_width(), 9)) for bar in ax.patches}
    names = [*ax.get_yticklabels(), *(t for t in ax.texts if not isinstance(t, Annotation))]
    subjects = [name.get_text() for name in names]
    expected = {
        (str(subject), round(100 * (float(ratio) - 1), 9))
        for subject, ratio in zip(found.subject.values, found.ratio.values, strict=True)
        if str(subject) in {gid for gid, _ in drawn}
    }
    assert drawn == expected
    assert len(subjects) == len({gid for gid, _ in drawn}) >= 8
    assert subjects == list(dict.fromkeys(bar.get_gid() for bar in ax.patches))
    drawing.figure.canvas.draw()
    whole = drawing.figure.bbox
    for text in [*ax.texts, *ax.get_yticklabels(), ax.title]:
        box = text.get_window_extent()
        assert whole.x0 <= box.x0 <= box.x1 <= whole.x1, text.get_text()
    inside = ax.get_window_extent()
    for text in ax.texts:
        box = text.get_window_extent()
        assert inside.x0 < box.x0 < box.x1 < inside.x1, text.get_text()
    assert drawing.data.rows[0][0] == "as configured"
    assert "one thing changed at a time" in drawing.caption


def test_a_mass_without_a_limit_is_refused(analysis):
    with pytest.raises(InputError, match=r"no limit at m_4 = 5 MeV \(open\)"):
        draw("impact", analysis, m_4=[5.0])
