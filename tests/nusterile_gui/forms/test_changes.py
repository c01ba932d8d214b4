"""Names of products after what was changed."""

import pytest

from nusterile_gui.forms.changes import changes_in_words

BEFORE = {
    "flavors": ["effective", "e"],
    "solar": {"model": "gs98", "sigma": 0.12},
    "selections": {"combined": ["one", "two"]},
    "grids": {"m_4": {"low": 0.001, "high": 4.0, "points": 13}},
    "overrides": {"one": {"components": {"xe127": {"enabled": True}}}},
}
TITLES = {"one": "Experiment One", "xe127": "127Xe"}


def changed(*path, value):
    after = dict(BEFORE)
    here = after
    for name in path[:-1]:
        here[name] = dict(here.get(name) or {})
        here = here[name]
    here[path[-1]] = value
    return after


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("solar", "sigma"), 0.2, "σ of solar pull = 0.2"),
        (("solar", "sigma"), None, "σ of solar pull as published"),
        (("solar", "model"), "agss09met", "solar model = agss09met"),
        (("flavors",), ["e"], "flavors = νe"),
        (("grids", "m_4", "points"), 20, "m₄ points = 20"),
        (("selections",), {}, "other selections"),
        (("overrides", "one", "fit_range"), [1.0, 20.0], "Experiment One fit range = 1, 20 keV"),
        (
            ("overrides", "one", "components", "xe127", "enabled"),
            False,
            "Experiment One 127Xe off",
        ),
        (
            ("overrides", "one", "components", "xe127", "relative_sigma"),
            0.5,
            "Experiment One 127Xe relative width = 0.5",
        ),
    ],
)
def test_one_change_in_words(path, value, words):
    assert changes_in_words(BEFORE, changed(*path, value=value), TITLES) == words


def test_nothing_is_no_word_and_many_are_counted():
    assert changes_in_words(BEFORE, BEFORE, TITLES) == ""
    after = changed("solar", value={"model": "a", "sigma": 1, "other": 2, "rest": 3})
    assert changes_in_words(BEFORE, after, TITLES).endswith(" and 1 more")
