"""The vocabulary is the one place that spells names."""

from __future__ import annotations

import ast
from pathlib import Path

import cf_units
import pint
import pytest
import scipy.constants
import xarray as xr

import nusterile
import nusterile_gui
from nusterile.product.kinds import KINDS
from nusterile.vocabulary import (
    ACTIVE_FLAVORS,
    ATTRIBUTES,
    DIMENSIONS,
    FLAVOR_SYMBOLS,
    FLAVORS,
    MOMENT_ATTRIBUTES,
    main_flavor,
    main_selection,
    selection_labels,
)

MAGNETON, SI, _ = scipy.constants.physical_constants["Bohr magneton"]

SOURCES = sorted(
    path
    for package in (nusterile, nusterile_gui)
    for path in Path(package.__file__).parent.rglob("*.py")
    if path.name != "vocabulary.py"
)


def spelled(text: str) -> list[str]:
    """Dimension names that stand as literals in a module, with their lines."""
    tree = ast.parse(text)
    return [
        f"line {node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in DIMENSIONS
    ]


def test_a_literal_is_found():
    assert spelled("x = data['m_4']\ny = f'{mu}'\nz = {'cl': 1}") == [
        "line 1: 'm_4'",
        "line 3: 'cl'",
    ]


def test_no_module_spells_a_dimension():
    found = {str(path): spelled(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert len(found) > 100
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_every_name_of_a_product_has_its_attributes():
    coordinates = {name for kind in KINDS.values() for name in kind.coordinates}
    assert {name for kind in KINDS.values() for name in kind.variables} <= set(ATTRIBUTES)
    assert coordinates <= set(ATTRIBUTES)
    assert set(DIMENSIONS) <= coordinates


def test_every_dimension_of_the_contract_is_known():
    assert {dim for kind in KINDS.values() for dim in kind.dimensions} == set(DIMENSIONS)


def test_flavors_are_the_effective_one_and_the_active_ones():
    assert ("effective", *ACTIVE_FLAVORS) == FLAVORS
    assert set(FLAVOR_SYMBOLS) == set(FLAVORS)


def test_the_main_selection_and_flavor():
    assert main_selection(["a", "combined", "b"]) == "combined"
    assert main_selection(["a", "b"]) == "b"
    assert main_flavor(["mu", "effective"]) == "effective"
    assert main_flavor(["mu", "tau"]) == "mu"


def test_labels_without_common_words_are_joined():
    labels = selection_labels({"x": ["a", "b"]}, {"a": "One", "b": "Two", "c": "Three"})
    assert labels == {"x": "One + Two"}


def test_the_combination_has_its_label_beside_a_selection_of_everything():
    experiments = {"a": "One", "b": "Two", "c": "Three"}
    members = {"all": ["a", "b", "c"], "combined": ["a", "b"]}
    assert selection_labels(members, experiments) == {
        "all": "All experiments",
        "combined": "Combination",
    }
    # Where no selection is called so, the last of everything is the combination.
    members = {"x": ["a", "b"], "y": ["a", "b", "c"], "z": ["c", "b", "a"]}
    assert selection_labels(members, experiments) == {
        "x": "One + Two",
        "y": "All experiments",
        "z": "Combination",
    }


def test_units_are_those_of_a_built_product(product: xr.Dataset):
    for name, variable in product.variables.items():
        for key, text in ATTRIBUTES[str(name)].items():
            assert variable.attrs[key] == text, name


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_units_are_understood_by_udunits_and_by_pint(name):
    units = ATTRIBUTES[name]["units"]
    cf_units.Unit(units)
    pint.Quantity(units)


def test_a_stored_moment_of_1_is_one_bohr_magneton():
    units = MOMENT_ATTRIBUTES["units"]
    assert float(units.partition(" ")[0]) == MAGNETON
    assert SI == "J T^-1"
    # UDUNITS has older constants, but none enters here
    assert cf_units.Unit(units).convert(1.0, cf_units.Unit("J T-1")) == pytest.approx(MAGNETON)
    assert pint.Quantity(units).m_as("bohr_magneton") == pytest.approx(1, rel=1e-9)
    for name in ("mu", "mu_best", "limit"):
        assert ATTRIBUTES[name]["units"] == units
        assert units in ATTRIBUTES[name]["units_comment"]
