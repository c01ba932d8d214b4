"""What a limit depends on: each change is what a changed configuration gives."""

from __future__ import annotations

import numpy as np
import pytest

from nusterile import Analysis
from nusterile.errors import Cancelled, InputError
from nusterile.model.impact import switches
from nusterile.vocabulary import CHANGE, SUBJECT

NAMES = ("xenonnt_sr0", "pandax4t_run0")
POINT = ("combined", "mu", 0.1)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis().with_changes(experiments=NAMES)


@pytest.fixture(scope="module")
def found(analysis):
    return analysis.impact(*POINT, 0.95)


def test_every_switch_is_a_changed_configuration(analysis, found):
    """Relative 1e-8, by a fresh analysis for each of them."""
    limits = {
        (str(subject), str(change)): float(limit)
        for subject, change, limit in zip(
            found[SUBJECT].values, found[CHANGE].values, found.limit.values, strict=True
        )
    }
    nominal = analysis.limits(*POINT, 0.95, 1).limit.item()
    assert limits.pop(("as configured", "")) == pytest.approx(nominal, rel=1e-12)
    checked = 0
    for switch in switches(analysis, "combined"):
        try:
            changed = analysis.with_changes(**switch.changes)
        except InputError:
            assert switch.may_fail
            assert (switch.subject, switch.change) not in limits
            continue
        alone = changed.limits(*POINT, 0.95, 1).limit.item()
        assert limits[switch.subject, switch.change] == pytest.approx(alone, rel=1e-8)
        checked += 1
    assert checked == len(limits) > 20


def test_ranked_by_size(found):
    assert found.subject.values[0] == "as configured"
    sizes = abs(np.log(found.ratio.values[1:]))
    assert np.all(np.diff(sizes) <= 0)
    np.testing.assert_array_equal(found.ratio, found.limit / found.limit[0])


def test_names_what_a_referee_asks_for(found):
    changes = set(zip(found[SUBJECT].values, found[CHANGE].values, strict=True))
    assert {
        ("solar model", "AGSS09met"),
        ("couplings", "with radiative corrections"),
        ("electrons of xenon", "all 54 electrons free"),
        ("electrons of xenon", "RRPA, Standard Model part"),
        ("solar pulls", "one of each flux"),
        ("pull of the solar neutrinos", "fixed"),
        ("pull of the solar neutrinos", "14 %"),
        ("XENONnT SR0: lower end of the fit range", "2 keV"),
        ("XENONnT SR0: upper end of the fit range", "29 keV"),
        ("XENONnT SR0: pull of B0 without solar neutrinos", "fixed"),
        ("XENONnT SR0: pull of B0 without solar neutrinos", "24 %"),
        ("PandaX-4T Run0: pull of tritium", "fixed"),
        ("XENONnT SR0", "left out"),
        ("PandaX-4T Run0", "left out"),
    } <= changes
    # tritium is free already, and XENONnT's counts begin at 1 keV
    assert len([c for c in changes if c[0].endswith("tritium")]) == 1
    assert ("XENONnT SR0: lower end of the fit range", "0 keV") not in changes


def test_one_experiment_cannot_be_left_out(analysis):
    assert "left out" not in analysis.impact("xenonnt_sr0").change.values


def test_a_changed_analysis_offers_the_way_back(analysis):
    other = analysis.with_changes(
        solar={"model": "agss09met", "pulls": "by_source"},
        atom={"response": "free"},
        cross_section={"couplings": "radiative"},
    )
    changes = {(s.subject, s.change) for s in switches(other, "xenonnt_sr0")}
    assert {
        ("solar model", "GS98"),
        ("solar pulls", "one of all fluxes"),
        ("electrons of xenon", "steps"),
        ("couplings", "tree level"),
    } <= changes
    assert ("electrons of xenon", "all 54 electrons free") not in changes
    assert ("solar pulls", "one of each flux") not in changes


def test_cancelled(analysis):
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        analysis.impact("xenonnt_sr0", cancelled=lambda: next(asked))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "unknown selection 'nowhere'"),
        (("combined", "x"), "unknown flavor 'x'"),
        (("combined", "e", -1), "m_4"),
        (("combined", "e", [0.1, 0.2]), "m_4"),
        (("combined", "e", 0.1, 1.5), "cl"),
        (("combined", "e", np.nan), "m_4"),
    ],
)
def test_what_cannot_be_asked(analysis, arguments, message):
    with pytest.raises(InputError, match=message):
        analysis.impact(*arguments)
