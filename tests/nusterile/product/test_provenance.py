"""What a product says about its origin."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nusterile.model.configuration import Configuration
from nusterile.product import provenance
from nusterile.product.provenance import from_attribute, git_commit, reference_dois, to_attribute

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True, database=None, max_examples=100)
@given(st.none() | st.booleans() | st.lists(values) | st.dictionaries(st.text(), values))
def test_what_is_no_text_or_number_comes_back_from_json(value):
    stored = to_attribute(value)
    assert isinstance(stored, str)
    assert from_attribute(stored) == value


@pytest.mark.parametrize("value", ["text", 3, 2.5])
def test_text_and_numbers_stay_as_they_are(value):
    assert to_attribute(value) is value


def test_json_does_not_depend_on_the_order_of_keys():
    assert to_attribute({"b": 1, "a": 2}) == to_attribute({"a": 2, "b": 1}) == '{"a":2,"b":1}'


class TestGitCommit:
    def test_commit_of_the_checkout(self, tmp_path, monkeypatch):
        def git(*words: str) -> str:
            command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
            return subprocess.run(
                [*command, *words], check=True, capture_output=True, text=True
            ).stdout

        git("init", "-q")
        git("commit", "-q", "--allow-empty", "-m", "first")
        package = tmp_path / "nusterile" / "product" / "provenance.py"
        package.parent.mkdir(parents=True)
        monkeypatch.setattr(provenance, "__file__", str(package))
        assert git_commit() == git("rev-parse", "HEAD").strip()

    def test_none_for_an_installed_package(self, tmp_path, monkeypatch):
        monkeypatch.setattr(
            provenance, "__file__", str(tmp_path / "nusterile" / "product" / "x.py")
        )
        assert git_commit() is None

    def test_none_where_git_is_missing(self, tmp_path, monkeypatch):
        (tmp_path / ".git").mkdir()
        monkeypatch.setattr(
            provenance, "__file__", str(tmp_path / "nusterile" / "product" / "x.py")
        )
        monkeypatch.setenv("PATH", str(Path(tmp_path)))
        assert git_commit() is None


class TestReferences:
    def test_every_doi_of_the_experiments_once(self):
        configuration = Configuration()
        found = reference_dois(configuration).split("; ")
        assert len(set(found)) == len(found)
        assert all(reference.startswith("doi:10.") for reference in found)
        for experiment in configuration.load_experiments():
            assert {f"doi:{r.doi}" for r in experiment.references if r.doi} <= set(found)

    def test_paper_of_the_formulas_is_among_them(self):
        assert "2511.00701" in reference_dois(Configuration())

    def test_fewer_experiments_have_fewer_references(self):
        one = Configuration(experiments=("xenonnt_sr0",))
        assert set(reference_dois(one).split("; ")) < set(
            reference_dois(Configuration()).split("; ")
        )
