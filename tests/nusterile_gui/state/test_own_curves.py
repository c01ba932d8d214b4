"""Curves of one's own, without a window: units, names, what is refused and what is remembered."""

import pytest

from nusterile.bounds.digitised import parse_digitised
from nusterile.bounds.folder import read_bound
from nusterile.bounds.units import MASS_UNITS, MOMENT_UNITS
from nusterile.errors import InputError
from nusterile_gui.state.own_curves import (
    OwnCurve,
    as_given,
    given_units,
    in_units,
    is_own,
    name_for,
    own_curve,
    remembered_curves,
)

VALUES = {
    "name": "mine",
    "label": "My curve",
    "flavor": "mu",
    "cl": 0.95,
    "points": ((0.1, 3.2e-11), (1.0, 8e-11)),
}


@pytest.mark.parametrize(
    ("mass_unit", "moment_unit", "points", "converted"),
    [
        ("MeV", "μ_B", [(1.0, 3.2), (20.0, 7.1)], ""),
        ("keV", "μ_B", [(1e-3, 3.2), (0.02, 7.1)], "masses given in keV"),
        (
            *("GeV", "10⁻¹¹ μ_B", [(1e3, 3.2e-11), (2e4, 7.1e-11)]),
            "masses given in GeV, moments given in 10⁻¹¹ μ_B",
        ),
        (
            # mu = 2 d / mu_B with mu_B = 296.30 1/GeV
            *("eV", "d in 1/GeV", [(1e-6, 6.4 / 296.30), (2e-5, 14.2 / 296.30)]),
            "masses given in eV, moments given as d in 1/GeV",
        ),
    ],
)
def test_points_are_converted(mass_unit, moment_unit, points, converted):
    curve = parse_digitised("1, 3.2\n20, 7.1", "x")
    found, said = in_units(curve, mass_unit, moment_unit)
    if moment_unit.startswith("d"):
        assert [mu for _, mu in found] == pytest.approx([mu for _, mu in points], rel=1e-4)
    else:
        assert list(found) == points  # as somebody would write them, without tails of digits
    assert said == converted


@pytest.mark.parametrize("mass_unit", MASS_UNITS)
@pytest.mark.parametrize("moment_unit", MOMENT_UNITS)
def test_points_go_back_to_the_units_they_were_given_in(mass_unit, moment_unit):
    rows = "".join(f"{0.37 * 1.7**k:.14g} {7.123456789 / 3**k:.14g}\n" for k in range(1, 40))
    points, converted = in_units(parse_digitised(rows, "x"), mass_unit, moment_unit)
    limit = {**VALUES, "kind": "line", "points": points}
    curve = OwnCurve.model_construct(**limit, converted=converted)
    assert given_units(curve) == (mass_unit, moment_unit)
    given = as_given(curve)
    assert given.values == pytest.approx(parse_digitised(rows, "x").values, rel=1e-13)
    assert in_units(given, mass_unit, moment_unit) == (points, converted)


def test_units_that_are_not_said_are_the_usual_ones():
    assert given_units(own_curve(**VALUES, converted="read off an axis")) == ("MeV", "μ_B")


def test_names_are_made_of_labels():
    assert name_for("Grübler et al. (2024)", set()) == "Grubler_et_al_2024"
    assert name_for("3σ", set()) == "curve_3"
    assert name_for("μ", set()) == "curve"
    assert name_for("a", {"a", "a_2"}) == "a_3"


def test_it_is_a_bound_whose_name_no_folder_has():
    bound = own_curve(**VALUES).bound
    assert is_own(bound.name)
    assert not is_own("mine")
    assert (bound.label, bound.flavor, bound.cl, bound.kind) == (
        *("My curve", "mu"),
        *(0.95, "upper_limit"),
    )
    assert bound.points.tolist() == [[0.1, 3.2e-11], [1.0, 8e-11]]
    assert bound.references[0].text == "no source given"


def test_a_source_becomes_a_reference():
    (reference,) = own_curve(**VALUES, source="arXiv:2401.00001").bound.references
    assert reference.arxiv == "2401.00001"


def test_a_limit_that_turns_back_is_an_outline():
    points = ((1.0, 1e-11), (2.0, 1e-11), (2.0, 5e-11))
    bound = own_curve(**{**VALUES, "points": points}).bound
    assert bound.limit(2.0).item() == pytest.approx(1e-11, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"label": "  "}, "label: "),
        ({"label": "a\u202eb"}, "which nobody sees"),
        ({"name": "my curve"}, "name: "),
        ({"cl": 90.0}, "cl: expected a number below 1"),
        ({"points": ((1.0, 1e-11),)}, "needs at least 2 points"),
        ({"points": ((1.0, 1.0), (2.0, 1.0))}, "below mu = 0.0001; it has 0"),
        ({"kind": "region"}, "a region needs at least 3 points"),
        ({"points": ((1.0, -1e-11), (2.0, 1e-11))}, "masses and couplings are positive"),
        ({"points": tuple((float(k), 1e-11) for k in range(1, 10_002))}, "points: "),
        ({"flavor": "sterile"}, "flavor: "),
    ],
)
def test_what_makes_no_bound_is_refused(change, complaint):
    with pytest.raises(InputError) as error:
        own_curve(**{**VALUES, **change})
    assert complaint in str(error.value)


def test_what_cannot_be_read_is_not_remembered():
    curve = own_curve(**VALUES, source="mine", converted="masses given in keV")
    text = curve.model_dump_json()
    assert remembered_curves([text]) == (curve,)
    broken = ["", "{}", "no json", text.replace('"mine"', '"my curve"'), text.replace("0.1", "-1")]
    assert remembered_curves([*broken, text, text]) == (curve,)


def test_it_becomes_a_folder_of_a_bound(tmp_path):
    curve = own_curve(**VALUES, converted="masses given in keV")
    curve.save(tmp_path / "mine")
    bound = read_bound(tmp_path / "mine")
    assert bound.name == "mine"
    assert bound.points.tolist() == curve.bound.points.tolist()
    assert bound.converted == "masses given in keV"
    with pytest.raises(InputError, match="is already there and is kept"):
        curve.save(tmp_path / "mine")
