"""The response of xenon: steps, free electrons, tables; for either part of the rate."""

from __future__ import annotations

import numpy as np
import pytest

import nusterile
from nusterile import Analysis, Configuration
from nusterile.errors import InputError, ProductError
from nusterile.experiments.detector import Detector
from nusterile.model.predictions import Predictions
from nusterile.product.consistency import check_consistency
from nusterile.references import analysis_references

NAME = "xenonnt_sr0"
MASSES = [0.0, 0.3]
GRIDS = {"m_4": {"values": MASSES}, "mu": {"values": [1e-12, 1e-11, 1e-10]}, "cl": [0.9]}
ONES = "energy_keV,ratio\n0.1,1\n7,1\n40,1\n"
BENT = "# made up\nenergy_keV,ratio\n0.5,0.6\n6.3,1.2\n25.7,0.4\n"


def configuration(**atom) -> Configuration:
    changes = {"experiments": (NAME,), "grids": GRIDS}
    return Configuration().with_changes(**changes, **({"atom": atom} if atom else {}))


@pytest.fixture
def table(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "mine.csv"
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize("applies_to", ["standard_model", "dipole", "both"])
def test_ones_are_steps_to_the_bit(table, applies_to):
    ones = configuration(response=table(ONES), applies_to=applies_to)
    found, expected = Analysis(ones).build(), Analysis(configuration()).build()
    for name in expected.variables:
        np.testing.assert_array_equal(found[name].values, expected[name].values)


@pytest.mark.parametrize("applies_to", ["standard_model", "dipole", "both"])
def test_events_against_another_quadrature(table, applies_to, measured):
    """Relative 1e-7: the rates of the steps times the table, folded with four times the cells."""
    found = Predictions(configuration(response=table(BENT), applies_to=applies_to)).expectations
    steps = Predictions(configuration()).expectations[NAME]

    finer = Detector(steps.experiment, refinement=4)

    def folded(rate, edges):
        nodes, ratios = [0.5, 6.3, 25.7], [0.6, 1.2, 0.4]
        return (
            steps.experiment.exposure
            * finer.fold(lambda T: rate(T) * np.interp(T, nodes, ratios), np.append(edges, nodes))[
                0
            ]
        )

    rates = steps.rates
    for part, here, own in (
        ("standard_model", found[NAME].standard_model, steps.standard_model),
        ("dipole", found[NAME].dipole(0.3)[0, 0], steps.dipole(0.3)[0, 0]),
    ):
        if applies_to in (part, "both"):
            rate = (
                rates.standard_model
                if part == "standard_model"
                else lambda T: rates.dipole(T, 0.3)[0, 0]
            )
            expected = folded(rate, rates.edges(0.3 if part == "dipole" else 0.0))
            np.testing.assert_allclose(here, expected, rtol=1e-7)
            measured("events_atom", np.max(abs(here / expected - 1)))
        else:
            np.testing.assert_allclose(here, own, rtol=1e-11)  # cells end at the bends


def test_free_electrons():
    """54 of them at 1.5 keV, where the steps free 44 (all but K and L shells)."""
    free, steps = (
        Predictions(c).recoil_rates for c in (configuration(response="free"), configuration())
    )
    np.testing.assert_allclose(free.standard_model([1.5]) / steps.standard_model([1.5]), 54 / 44)
    np.testing.assert_allclose(free.dipole([1.5], 0.1) / steps.dipole([1.5], 0.1), 54 / 44)
    np.testing.assert_array_equal(free.standard_model([35.0]), steps.standard_model([35.0]))


def test_shipped_table():
    """0.89, 0.81 and 0.69 of the steps at 3, 10 and 28 keV, of the Standard Model part alone."""
    rrpa = Predictions(configuration(response="rrpa", applies_to="standard_model")).recoil_rates
    steps = Predictions(configuration()).recoil_rates
    energies = [3.0, 10.0, 28.0]
    ratio = rrpa.standard_model(energies) / steps.standard_model(energies)
    np.testing.assert_allclose(ratio, [0.89, 0.81, 0.69], atol=0.006)
    np.testing.assert_array_equal(rrpa.dipole(energies, 0.1), steps.dipole(energies, 0.1))


def test_a_product_carries_the_table(table, tmp_path):
    path = table(BENT)
    analysis = Analysis(configuration(response=path, applies_to="dipole"))
    analysis.build(tmp_path / "a.nc")
    (tmp_path / "mine.csv").unlink()
    read = nusterile.open(tmp_path / "a.nc")
    assert str(tmp_path) not in read.attrs["config"]
    again = Analysis.from_product(read)
    limits = again.limits(NAME, None, MASSES, 0.9).limit
    np.testing.assert_array_equal(limits, read.limit.sel(selection=[NAME]).transpose(*limits.dims))
    (tmp_path / "b").mkdir()
    again.configuration.save(tmp_path / "b" / "a.toml")
    assert (tmp_path / "b" / "atom" / "response" / "mine.csv").read_text() == BENT
    third = Configuration.from_toml(tmp_path / "b" / "a.toml")
    assert third.hash() == analysis.configuration.hash()
    assert Predictions(third).input_hashes() == analysis.input_hashes()


def test_a_changed_table_in_a_product_is_noticed(table, tmp_path):
    analysis = Analysis(configuration(response=table(BENT), applies_to="both"))
    product = analysis.build()
    texts = product.attrs["input_texts"].replace("6.3,1.2", "6.3,1.3")
    assert texts != product.attrs["input_texts"]
    with pytest.raises(ProductError, match=r"atom/response/mine\.csv"):
        check_consistency(product.assign_attrs(input_texts=texts), "a.nc")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; expected a header line energy_keV,ratio"),
        ("energy_keV,ratio\n1,1\n2,\n3,1\n", "line 3: column 'ratio' holds ''"),
        ("energy_keV,ratio\n1,1\n2,nan\n", "line 3: column 'ratio' holds 'nan'"),
        (
            "energy_keV,ratio\n1,1\n2,-0.5\n",
            "line 3: column 'ratio' holds -0.5; expected a number not",
        ),
        (
            "energy_keV,ratio\n-1,1\n2,1\n",
            "line 2: column 'energy_keV' holds -1; expected a number",
        ),
        ("energy_keV,ratio\n2,1\n1,1\n", "line 3: column 'energy_keV' does not increase"),
        ("energy_keV,ratio\n2,1\n2,1\n", "line 3: column 'energy_keV' does not increase"),
        ("T,ratio\n2,1\n3,1\n", "the header has T, ratio; expected energy_keV, ratio"),
    ],
)
def test_tables_that_cannot_be_used(table, text, message):
    with pytest.raises(InputError) as caught:
        Analysis(configuration(response=table(text), applies_to="both")).limits(NAME, "e", 0.1, 0.9)
    assert "mine.csv" in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("atom", "message"),
    [
        ({"response": "steep"}, "'steep' is no response; expected steps, free, rrpa or a CSV file"),
        ({"response": "rrpa"}, "applies_to is missing"),
        ({"response": "mine.csv"}, "applies_to is missing"),
        (
            {"response": "rrpa", "applies_to": "all"},
            "expected 'standard_model', 'dipole' or 'both'",
        ),
    ],
)
def test_settings_that_cannot_be_used(atom, message):
    with pytest.raises(InputError, match=f"^configuration: atom.*{message}"):
        Configuration.from_values({"atom": atom})


def test_a_missing_file_is_named():
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        Analysis(configuration(response="/nowhere.csv", applies_to="both")).limits(NAME, "e", 0.1)


def test_a_file_beside_the_configuration(tmp_path):
    (tmp_path / "mine.csv").write_text(ONES)
    (tmp_path / "a.toml").write_text('[atom]\nresponse = "mine.csv"\napplies_to = "both"\n')
    read = Configuration.from_toml(tmp_path / "a.toml")
    assert read.atom.response == str(tmp_path / "mine.csv")
    assert read.response_text() == ("mine.csv", ONES)


def test_a_table_that_ends_in_the_fit_range_is_doubted(table):
    short = Analysis(configuration(response=table(BENT), applies_to="dipole"))
    assert any("0.5 to 25.7 keV" in doubt for doubt in short.doubts())
    whole = Analysis(configuration(response=table(ONES), applies_to="dipole"))
    assert whole.doubts() == ()


def test_references_follow():
    with_table = analysis_references(configuration(response="rrpa", applies_to="standard_model"))
    assert "1610.04177" in {entry.arxiv for entry in with_table}
    assert "1610.04177" not in {entry.arxiv for entry in analysis_references(configuration())}
