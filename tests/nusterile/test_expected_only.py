"""An experiment without data: what says that its limits are expected, and what shows no data."""

from __future__ import annotations

import csv
import json
import tarfile

import numpy as np
import pytest
import xarray as xr
import yaml
from experiment_folders import FLAT, only, write_asimov, write_experiment

import nusterile
import nusterile.cli
from nusterile import exports
from nusterile.analysis import Analysis
from nusterile.errors import InputError, ProductError
from nusterile.exports.limits_csv import read_limits_csv
from nusterile.exports.table import LimitTable
from nusterile.figures import draw
from nusterile.model.configuration import Configuration
from nusterile.product.consistency import check_consistency
from nusterile.product.rows import kind_of, kinds_of
from nusterile.results import Results
from nusterile.vocabulary import EXPECTED, OBSERVED

KINDS = {"toy": OBSERVED, "future": EXPECTED}


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Analysis:
    """An experiment with data and one without."""
    folder = tmp_path_factory.mktemp("both")
    write_experiment(folder / "toy")
    write_asimov(folder / "future", components=FLAT)
    path = folder / "analysis.toml"
    path.write_text(only(folder / "toy", folder / "future"))
    return Analysis.from_toml(path)


@pytest.fixture(scope="module")
def file(both, tmp_path_factory):
    path = tmp_path_factory.mktemp("product") / "both.nc"
    both.build(path)
    return path


@pytest.fixture
def stored(file) -> xr.Dataset:
    return nusterile.open(file)


def test_counts_are_standard_model_and_background(both):
    expectation = both.expectations["future"]
    counts = expectation.standard_model + expectation.background.sum(axis=0)
    np.testing.assert_array_equal(both.likelihood("future").counts, counts)
    assert both.likelihood("toy").counts.tolist() == [3, 5, 4, 9]


def test_limits_are_the_asimov_ones(both):
    found = both.limits(m_4=[0.0, 0.1], cl=0.9)
    asimov = both.limits(m_4=[0.0, 0.1], cl=0.9, expected=True)
    future = found.sel(selection="future")
    xr.testing.assert_equal(future.drop_vars("expected_limit"), asimov.sel(selection="future"))
    np.testing.assert_allclose(future.expected_limit, future.limit, rtol=1e-10)
    assert (found.sel(selection="toy").limit != asimov.sel(selection="toy").limit).any()
    np.testing.assert_allclose(found.sel(selection="future").chi2_min, 0, atol=1e-9)
    assert kinds_of(found) == KINDS
    assert kinds_of(asimov) == dict.fromkeys(KINDS, EXPECTED)


@pytest.mark.parametrize(("names", "kind"), [("future", EXPECTED), ("toy", OBSERVED)])
def test_limits_of_one_kind_say_so(both, names, kind):
    found = both.limits(names, m_4=0.1)
    assert found.limit.attrs["kind"] == kind
    assert found.limit.attrs["long_name"].startswith("expected (Asimov)") == (kind == EXPECTED)
    part = both.limits(m_4=0.1).sel(selection=names)
    assert kind_of(part) == kind
    assert kinds_of(part) == {names: kind}


def test_doubts_are_of_data_only(tmp_path):
    """An exposure ten thousand times too large fits no data; without any it is no doubt."""
    components = FLAT.replace("events = 20.0", "events = 200000.0")
    write_experiment(tmp_path / "toy", components=components)
    write_asimov(tmp_path / "future", components=components)
    path = tmp_path / "analysis.toml"
    path.write_text(only(tmp_path / "toy", tmp_path / "future"))
    doubts = Analysis.from_toml(path).doubts()
    assert any(text.startswith("toy: without a dipole the fit") for text in doubts)
    assert not any("the fit has" in text for text in doubts if text.startswith("future"))
    assert any(text.startswith("future: component flat") for text in doubts)


class TestProduct:
    def test_it_says_who_has_no_data(self, stored):
        for axis in ("experiment", "selection"):
            assert stored[axis].attrs["expected_only"] == '["future"]'
        assert kinds_of(stored) == KINDS

    def test_a_product_of_data_says_nothing(self, product):
        assert not any("expected_only" in array.attrs for array in product.coords.values())

    def test_its_summary_calls_nothing_data_that_is_none(self, stored):
        assert stored.attrs["summary"].endswith(
            "upper limits from the data of Toy; as expected, without data, of Toy"
        )

    def test_it_stands_alone(self, stored, both):
        again = stored.nusterile.analysis()
        assert again.expected_only == ("future",)
        assert again.configuration.hash() == both.configuration.hash()
        assert again.input_hashes() == both.input_hashes()

    def test_no_spectrum_has_data(self, stored, both):
        slices = stored.nusterile.slices
        for spectrum in (
            slices.spectrum("future", "e", 0, 0),
            both.binned_spectrum("future", "e", 0.1, 1e-11),
            both.binned_spectrum("future", "e", 0.1, 1e-11, "future"),
        ):
            assert spectrum.expected_only
        assert not slices.spectrum("toy", "e", 0, 0).expected_only
        counts = both.spectrum("future", "e", 0.1, 1e-11).counts
        assert counts.attrs["long_name"] == (
            "expected (Asimov) events without a dipole, in place of data"
        )

    def test_other_counts_are_refused(self, stored):
        counts = stored.counts.copy()
        counts[1, 2] += 1
        with pytest.raises(ProductError, match=r"^a.nc: variable counts of future: expected Stand"):
            check_consistency(stored.assign(counts=counts), "a.nc")

    @pytest.mark.parametrize("axis", ["experiment", "selection"])
    @pytest.mark.parametrize("names", [None, "[]", '["toy"]', '["toy","future"]', "no JSON"])
    def test_another_list_is_refused(self, stored, axis, names):
        if names is None:
            del stored[axis].attrs["expected_only"]
        else:
            stored[axis].attrs["expected_only"] = names
        with pytest.raises(ProductError) as error:
            check_consistency(stored, "a.nc")
        start = f"a.nc: variable {axis}, expected_only: expected those without data (future), found"
        assert str(error.value).startswith(start)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("part", [{"selection": [0]}, {"selection": [1]}, {"experiment": [1]}])
    def test_parts_are_taken(self, stored, part):
        check_consistency(stored.isel(part), "a.nc")


class TestShown:
    def test_labels(self, both, stored):
        for origin in (both, stored):
            results = Results(origin)
            assert [results.label(name) for name in KINDS] == ["Toy", "Toy, expected"]

    def test_table(self, both, stored):
        for origin in (both, stored):
            text = LimitTable.of(origin).render()
            assert text.startswith("Upper limits")
            assert "Expected (Asimov) limits, not from data: Toy, expected." in text
            rows = list(csv.DictReader(LimitTable.of(origin).render("csv").splitlines()))
            assert {row["selection"]: row["kind"] for row in rows} == KINDS
        alone = LimitTable.of(both, selection="future").render()
        assert alone.startswith("Expected (Asimov) upper limits")

    def test_csv_is_read_back(self, stored, tmp_path):
        exports.export(stored, "csv", tmp_path / "a.csv")
        assert kinds_of(read_limits_csv(tmp_path / "a.csv")) == KINDS
        text = (tmp_path / "a.csv").read_text()
        assert "observed, from the data; expected, from counts as expected" in text
        assert "(Asimov data) for future" in text

    def test_small_product(self, stored, tmp_path):
        exports.export(stored, "netcdf-limits", tmp_path / "a.nc")
        assert kinds_of(nusterile.open(tmp_path / "a.nc")) == KINDS

    def test_figure_of_limits(self, both):
        caption = draw("limits", both).caption
        assert "signal where there are no data: Toy, expected." in caption
        assert caption.startswith("Upper limits")

    def test_spectrum_has_no_points(self, both):
        of_data = draw("spectrum", both, selection="toy")
        without = draw("spectrum", both, selection="future")
        assert _points(of_data.figure) == 1
        assert _points(without.figure) == 0
        assert "there are no data" in without.caption
        assert set(without.data.column("counts")) == {None}
        assert None not in of_data.data.column("counts")

        def named(drawing) -> list[str]:
            return [text.get_text() for text in drawing.figure.legends[0].get_texts()]

        assert "data" in named(of_data)
        assert "data" not in named(without)


def _points(figure) -> int:
    """How many panels show points with error bars."""
    return sum(len(ax.containers) for ax in figure.axes)


def test_export_for_hepdata_shows_no_observed_events(stored, tmp_path):
    exports.export(stored, "hepdata", tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        names = [name for name in archive.getnames() if "spectrum" in name.lower()]
        for name in names:
            columns = yaml.safe_load(archive.extractfile(name))["dependent_variables"]
            observed = [c for c in columns if c["header"]["name"] == "Observed events"]
            assert len(observed) == ("toy" in name)
    assert len([name for name in names if name.endswith(".yaml")]) == 2


def test_command_line(both, tmp_path, capsys):
    path = tmp_path / "analysis.toml"
    both.configuration.save(path)

    def rows(*words: str) -> list[dict]:
        nusterile.cli.main([*words, "-c", str(path), "--format", "json"])
        table = json.loads(capsys.readouterr().out)
        return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]

    limits = rows("limits", "--m4", "0.1", "--flavor", "e")
    assert {row["selection"]: row["kind"] for row in limits} == KINDS
    point = ("--m4", "0.1", "--mu", "1e-11")
    assert {row["counts"] for row in rows("spectrum", "--experiment", "future", *point)} == {None}
    assert rows("spectrum", "--experiment", "toy", *point)[0]["counts"] == 3


def test_comparisons_and_the_end_of_a_build_say_so(both, tmp_path, capsys):
    path = tmp_path / "analysis.toml"
    both.configuration.save(path)
    nusterile.cli.main(["bounds", "compare", "-c", str(path), "--flavor", "e", "--m4", "0"])
    assert "note: future: there are no data, the limits are expected" in capsys.readouterr().err
    nusterile.cli.main(["build", "-c", str(path), "-o", str(tmp_path / "a.nc")])
    assert "expected (Asimov) limits, without data: future" in capsys.readouterr().out


class TestExposureOfItsOwn:
    """An exposure in the overrides is what a projection to that exposure says."""

    def test_limits_are_those_of_the_projection(self, tmp_path):
        alone = Analysis(
            Configuration(
                experiments=(), experiment_folders=(str(write_asimov(tmp_path / "future")),)
            )
        )
        changed = alone.with_changes(overrides={"future": {"exposure": 40.0}})
        assert changed.projected_exposure("future") == 40.0
        projected = alone.projection("future", [0.5, 40.0], "mu", [0.0, 0.3]).limit
        limits = changed.limits("future", "mu", [0.0, 0.3], 0.9, 1).limit
        np.testing.assert_allclose(
            limits.values.ravel(), projected.sel(exposure=40.0).values.ravel(), rtol=1e-9
        )

    def test_a_product_keeps_it(self, tmp_path):
        text = only(write_asimov(tmp_path / "future")) + "[overrides.future]\nexposure = 40.0\n"
        (tmp_path / "a.toml").write_text(text)
        product = Analysis.from_toml(tmp_path / "a.toml").build()
        assert product.exposure.item() == 40.0
        again = Analysis.from_product(product)
        assert again.experiments[0].exposure == 40.0
        assert again.configuration.hash() == product.attrs["config_hash"]

    def test_data_refuse_it_with_the_line(self, tmp_path):
        (tmp_path / "a.toml").write_text("[overrides.xenonnt_sr0]\n\nexposure = 40.0\n")
        with pytest.raises(InputError, match=r"a.toml, line 3: overrides.xenonnt_sr0.exposure: "):
            Analysis.from_toml(tmp_path / "a.toml")
