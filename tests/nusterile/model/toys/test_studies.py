"""What the studies find, against what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from scipy.stats import kstest

from nusterile.analysis import Analysis
from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.model.toys.defaults import request_of
from nusterile.model.toys.run import STUDY_CLASSES, Outcome, run_study
from nusterile.model.toys.study import Study
from nusterile.statistics.intervals import threshold
from nusterile.statistics.toys.batches import Batch, Cell, batches_of, fit_batch
from nusterile.statistics.toys.summaries import global_p_of_crossings, upcrossings

ONE = {"selection": "xenonnt_sr0", "flavor": "effective"}


def backwards(cells: tuple[Cell, ...], batches: Sequence[Batch]) -> Iterator[tuple[int, Floats]]:
    """Compute batches in this process, the last one first."""
    for place in range(len(batches) - 1, -1, -1):
        yield place, fit_batch(cells, batches[place])


def study_of(analysis: Analysis, name: str, **options: object) -> tuple[Study, Outcome]:
    request = request_of(analysis, name, **{**ONE, **options})
    study = STUDY_CLASSES[name](analysis, request)
    return study, run_study(study, backwards)


def found_by(analysis: Analysis, name: str, **options: object) -> dict[str, np.ndarray]:
    study, outcome = study_of(analysis, name, **options)
    return {key: values for key, (_, values) in study.variables(outcome.summaries).items()}


def test_the_median_limit_is_the_asimov_limit(analysis):
    """To 3 %, at masses from 0 to 1 MeV, for every flavour."""
    masses = [0.0, 0.1, 0.3, 1.0]
    found = found_by(analysis, "expected", flavor=None, m_4=masses, toys=4000)
    asimov = analysis.limits("xenonnt_sr0", m_4=masses, cl=0.9, dof=1).expected_limit
    medians = found["expected_limit"][0, :, :, 0, 2]
    np.testing.assert_allclose(medians, asimov.values[0, :, :, 0, 0], rtol=0.03)


def test_bands_hold_as_many_limits_as_they_say(analysis):
    """Of other toys, to five times their binomial error."""
    study, outcome = study_of(analysis, "expected", m_4=0.1, toys=4000)
    bands = study.variables(outcome.summaries)["expected_limit"][1][0, 0, 0, 0]
    cell = study.cells[0]._replace(stream=1)
    limits = study.signal.parameter(fit_batch((cell,), Batch(0, 0, 4000)))[:, 0, 0]
    shares = (limits[:, None] < bands).mean(axis=0)
    expected = np.array([0.0228, 0.1587, 0.5, 0.8413, 0.9772])
    error = np.sqrt(2 * expected * (1 - expected) / 4000)
    assert np.all(np.abs(shares - expected) < 5 * error)


def test_coverage_is_that_of_wilks_far_from_the_boundary_and_more_at_it(analysis):
    found = found_by(analysis, "coverage", m_4=0.1, mu=[0.0, 3e-11], cl=[0.9, 0.95], toys=10_000)
    limit, interval = np.moveaxis(found["coverage"][0, 0, 0], -1, 0)
    assert limit[0].tolist() == [1.0, 1.0]  # at μ = 0 nothing lies below
    assert 0.93 < interval[0, 0] < 0.97  # half of the toys are at the boundary
    np.testing.assert_allclose(limit[1], [0.95, 0.975], atol=0.01)
    np.testing.assert_allclose(interval[1], [0.9, 0.95], atol=0.012)
    low, high = found["coverage_low"], found["coverage_high"]
    assert np.all((low <= found["coverage"]) & (found["coverage"] <= high))


def test_critical_values_are_those_of_chi_square_and_of_half_of_it_at_the_boundary(analysis):
    """Chernoff's mixture at μ = 0: the 90 % point of it is the 80 % point of χ² with one."""
    found = found_by(analysis, "unified", m_4=0.1, mu=[0.0, 4e-11], cl=[0.9, 0.95], toys=10_000)
    critical = found["critical_delta_chi2"][0, 0, 0, :, :, 0]
    np.testing.assert_allclose(critical[0], threshold([0.8, 0.9], 1), rtol=0.06)
    np.testing.assert_allclose(critical[1], threshold([0.9, 0.95], 1), rtol=0.05)


def test_a_unified_interval_holds_what_other_toys_accept(analysis):
    """Its end lies where a test with other random numbers turns, to 2 %."""
    study, outcome = study_of(analysis, "unified", m_4=0.1, toys=6000)
    variables = study.variables(outcome.summaries)
    high = variables["interval_high"][1].item()
    assert variables["interval_status"][1].item() == "ok"
    fitted = study._fitted["xenonnt_sr0", "effective"]
    for factor, inside in ((0.97, True), (1.03, False)):
        strength = study.signal.strength(np.array([factor * high]))
        cell = study.cells[0]._replace(
            truth=study._truth(fitted, fitted.dipole[0], float(strength[0])),
            strength=strength,
            stream=12,
        )
        delta = fit_batch((cell,), Batch(0, 0, 20_000))[:, 0]
        observed = fitted.chi2(0, strength)[0] - fitted.best.chi2[0]
        assert bool((delta >= observed).mean() > 0.1) is inside


def test_two_degrees_of_freedom_take_the_minimum_over_all_masses(analysis):
    found = found_by(analysis, "unified", m_4=0.1, mu=[0.0, 3e-11], dof=[1, 2], toys=400)
    critical = found["critical_delta_chi2"][0, 0, 0, :, 0]
    assert np.all(critical[:, 1] > critical[:, 0])


def test_cls_is_above_the_plain_p_value_and_falls(analysis):
    found = found_by(analysis, "cls", m_4=0.1, toys=4000)
    cls = found["cls"][0, 0, 0]
    assert cls[0] > 0.5
    assert cls[-1] < 0.01
    limit, constrained = found["limit"].item(), found["limit_power_constrained"].item()
    wilks = analysis.limits(**ONE, m_4=0.1, cl=0.9, dof=1).limit.item()
    # one-sided 90 % lies below the two-sided 90 %, CL_s above the plain one-sided one
    assert 0.5 * wilks < constrained <= limit < 1.5 * wilks


def test_no_limit_is_told_where_no_moment_is_excluded(analysis):
    found = found_by(analysis, "cls", m_4=0.1, mu=[1e-13, 2e-13], toys=200)
    assert np.isnan(found["limit"]).all()
    assert found["limit_status"].item() == "open"
    assert np.isnan(found["limit_power_constrained"]).all()


@pytest.fixture(scope="module")
def noise(analysis: Analysis) -> tuple[Study, Floats]:
    """The search for a signal at any mass, and q₀ of toys without one."""
    study = STUDY_CLASSES["significance"](analysis, request_of(analysis, "significance", **ONE))
    cells = study.cells
    parts = dict(backwards(cells, batches_of(0, cells[0], 0, 4000)))
    return study, np.concatenate([parts[k] for k in sorted(parts)])


def test_the_global_p_value_of_noise_is_uniform(noise, monkeypatch):
    """Of 400 data sets; a share of them has no preference at all, and p = 1."""
    study, values = noise
    other = fit_batch((study.cells[0]._replace(stream=77),), Batch(0, 0, 400))
    p = []
    for q0 in other:
        monkeypatch.setattr(study, "_q0", [q0])
        p.append(float(study.summary(0, values).everywhere.value))
    p = np.array(p)
    none = (values.max(axis=1) == 0).mean()
    assert (p == 1).mean() == pytest.approx(none, abs=0.04)
    assert kstest(p[p < 1] / (1 - none), "uniform").pvalue > 0.01


def test_upcrossings_bound_the_global_p_value(noise):
    """And are no more than twice as large: the lines of the Sun repeat themselves in mass."""
    _, values = noise
    crossings = upcrossings(values, 0.5).mean()
    for q0 in (4.0, 6.0, 8.0):
        counted = (values.max(axis=1) >= q0).mean()
        estimate = global_p_of_crossings(q0, crossings, 0.5)
        assert counted < estimate < 2.5 * counted


def test_the_data_of_xenonnt_prefer_nothing(analysis):
    study, outcome = study_of(analysis, "significance", toys=400)
    found = {name: values for name, (_, values) in study.variables(outcome.summaries).items()}
    limits = analysis.limits(**ONE, cl=0.9, dof=1)
    np.testing.assert_allclose(
        found["q0"][0, 0], limits.delta_chi2_sm.values[0, 0], rtol=1e-9, atol=1e-9
    )
    assert 0.1 < found["p_global"].item() < 1
    assert found["p_local"].item() < found["p_global"].item()


@pytest.mark.parametrize("name", ["expected", "coverage", "unified", "cls", "significance"])
def test_more_toys_begin_with_the_same_ones(analysis, name):
    """With a precision toys are doubled; the result is that of as many from the start."""
    options = {"m_4": [0.1, 0.3], "toys": 100}
    if name not in ("expected", "significance"):
        options["mu"] = [5e-12, 1e-11, 2e-11]
    study, outcome = study_of(analysis, name, **options, precision=0.02)
    assert len(set(outcome.toys)) > 1 or outcome.toys[0] > 100
    for number, (summary, toys) in enumerate(zip(outcome.summaries, outcome.toys, strict=True)):
        assert study.error(summary) <= 0.02
        again = fit_batch(study.cells, Batch(number, 0, toys))
        expected = study.summary(number, again)
        for one, other in zip(_numbers(summary), _numbers(expected), strict=True):
            assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def _numbers(summary: object) -> list[object]:
    if isinstance(summary, tuple):
        return [number for part in summary for number in _numbers(part)]
    return [summary]


@pytest.mark.parametrize(
    ("study", "options", "words"),
    [
        ("median", {}, "unknown study 'median'"),
        ("coverage", {"toys": 0}, "toys = 0: expected a whole number from 1"),
        ("coverage", {"toys": -5}, "toys = -5: expected a whole number"),
        ("coverage", {"toys": 2.5}, "toys = 2.5: expected a whole number"),
        ("coverage", {"seed": -1}, "seed = -1: expected a whole number from 0"),
        ("coverage", {"precision": 0.0}, "precision = 0: expected a number between 0 and 1"),
        ("coverage", {"truth": "mean"}, "unknown truth 'mean'"),
        ("coverage", {"dof": 2}, "only unified intervals have degrees of freedom"),
        ("expected", {"mu": 1e-11}, "toys of expected are drawn without a moment"),
        ("expected", {"truth": "profiled"}, "drawn with nominal nuisance parameters"),
        ("cls", {"mu": [0.0, 1e-11]}, "CL_s compares moments above 0 with none"),
        ("significance", {"m_4": 0.1}, "among several masses"),
        ("coverage", {"selection": "lux"}, "unknown selection 'lux'"),
        ("coverage", {"mu": [1e-3], "m_4": 0.0, "truth": "nominal"}, "events in one bin"),
    ],
)
def test_bad_requests_are_named(analysis, study, options, words):
    with pytest.raises(InputError, match=words):
        _, _ = study_of(analysis, study, **options)


def test_toys_of_solar_pulls_by_source_are_refused(analysis):
    several = analysis.with_changes(solar={"pulls": "by_source"})
    with pytest.raises(InputError, match="toys take one pull of all solar fluxes"):
        request_of(several, "expected")


def test_too_many_toys_for_the_memory_are_refused_before_they_are_drawn(analysis):
    with pytest.raises(InputError, match=r"need [\d.e+]+ GiB of memory"):
        study_of(analysis, "expected", toys=10**8)
