"""What a product holds: recomputed from its own parts, and compared with the analysis."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from experiment_folders import EXPERIMENT, only, write_experiment

import nusterile
from nusterile.analysis import Analysis
from nusterile.errors import Cancelled, InputError
from nusterile.model.configuration import Configuration
from nusterile.product.files import validate_product
from nusterile.product.provenance import from_attribute
from nusterile.product.scan import compute_product
from nusterile.statistics.limits import profile_plane

FLAVORS = ["effective", "e", "mu", "tau"]
EXPERIMENTS = ["xenonnt_sr0", "pandax4t_run0", "pandax4t_run1", "lz_ws2022", "lz_ws2024"]
SELECTIONS = [*EXPERIMENTS, "pandax4t", "lz", "xenon", "combined"]


def members_of(analysis: Analysis, selection: str):
    return [e for e in analysis.experiments if e.name in analysis.selections[selection]]


def test_axes(product, small_analysis):
    assert product.experiment.values.tolist() == EXPERIMENTS
    assert product.selection.values.tolist() == SELECTIONS
    assert product.flavor.values.tolist() == FLAVORS
    np.testing.assert_array_equal(product.m_4, small_analysis.configuration.grids.m_4.array())
    np.testing.assert_array_equal(product.mu, small_analysis.configuration.grids.mu.array())
    assert product.cl.values.tolist() == [0.9, 0.95, 0.99]
    assert product.dof.values.tolist() == [1, 2]
    assert product.bin.values.tolist() == list(range(29))
    assert product.pull.values.tolist()[:2] == ["solar", "xenonnt_sr0:b0"]
    assert product.pull.values.tolist() == small_analysis.pull_names()


def test_bins_counts_and_padding(product, small_analysis):
    for experiment in small_analysis.experiments:
        part = product.sel(experiment=experiment.name)
        n = experiment.counts.size
        np.testing.assert_array_equal(part.bin_low[:n], experiment.bin_edges[:-1])
        np.testing.assert_array_equal(part.bin_high[:n], experiment.bin_edges[1:])
        np.testing.assert_array_equal(part.counts[:n], experiment.counts)
        assert part.exposure.item() == experiment.exposure
        for name in ("bin_low", "bin_high", "counts", "rate_sm", "rate", "rate_dipole"):
            assert np.isnan(part[name].isel(bin=slice(n, None))).all(), name
            assert np.isfinite(part[name].isel(bin=slice(0, n))).all(), name
        own = [component.name for component in experiment.components]
        for component in product.component.values:
            background = part.background.sel(component=component).isel(bin=slice(0, n))
            assert np.isfinite(background).all() == (component in own)
    assert sorted(np.isnan(product.counts).sum("bin").values.tolist()) == [0, 0, 6, 10, 11]


def test_rate_is_standard_model_plus_dipole_by_the_square_of_the_moment(product):
    expected = product.rate_sm + product.rate_dipole * (product.mu / 1e-11) ** 2
    np.testing.assert_allclose(
        product.rate, expected.transpose(*product.rate.dims), rtol=1e-6, atol=0
    )


def test_flavors_sum_to_the_effective_moment(product):
    parts = product.rate_dipole.sel(flavor=["e", "mu", "tau"]).sum("flavor", skipna=False)
    whole = product.rate_dipole.sel(flavor="effective", drop=True)
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize(("m", "k"), [(0, 0), (2, 5), (4, 8)])
def test_expected_events_are_those_of_the_spectrum(product, small_analysis, experiment, m, k):
    """(rate + background) · exposure · bin width, as the contract says."""
    for flavor in FLAVORS:
        part = product.sel(experiment=experiment, flavor=flavor).isel(m_4=m, mu=k)
        width = part.bin_high - part.bin_low
        events = (part.rate.astype(float) + part.background.sum("component")) * part.exposure
        spectrum = small_analysis.spectrum(
            experiment, flavor, product.m_4.values[m], product.mu.values[k]
        )
        n = spectrum.counts.size
        np.testing.assert_allclose((events * width)[:n], spectrum.total, rtol=1e-6)
        np.testing.assert_array_equal(part.counts[:n], spectrum.counts)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_chi2_follows_from_the_stored_pulls(product, small_analysis, selection):
    """The formula of the statistic, written once more, at the stored pulls."""
    pulls = product.pulls.sel(selection=selection).astype(float)
    solar_sigma = small_analysis.configuration.solar.sigma
    chi2 = pulls.sel(pull="solar") ** 2
    for experiment in members_of(small_analysis, selection):
        part = product.sel(experiment=experiment.name)
        scale = part.exposure * (part.bin_high - part.bin_low)
        dipole = part.rate_dipole * (product.mu / 1e-11) ** 2
        expected = (1 + solar_sigma * pulls.sel(pull="solar")) * (part.rate_sm + dipole) * scale
        for component in experiment.components:
            pull = pulls.sel(pull=f"{experiment.name}:{component.name}")
            width = 1.0 if component.free else component.width
            background = part.background.sel(component=component.name) * scale
            expected = expected + (1 + width * pull) * background
            if not component.free:
                chi2 = chi2 + pull**2
        counts = part.counts
        logarithm = xr.where(counts > 0, counts * np.log(counts / expected), 0.0)
        chi2 = chi2 + 2 * (expected - counts + logarithm).sum("bin")
    stored = product.chi2.sel(selection=selection)
    chi2 = chi2.transpose(*stored.dims).values
    # At a minimum, rounding of the pulls to float32 counts only squared; but where a huge
    # dipole rate drives 1 + alpha towards 0, float32 no longer resolves it.
    resolved = (1 + solar_sigma * pulls.sel(pull="solar") > 0.01).values
    assert resolved.mean() > 0.6
    np.testing.assert_allclose(chi2[resolved], stored.values[resolved], rtol=1e-7)
    np.testing.assert_allclose(chi2, stored, rtol=1e-5)


def test_pulls_that_a_selection_lacks_are_nan(product, small_analysis):
    for selection in SELECTIONS:
        own = set(small_analysis.likelihood(selection).pull_names)
        for pull in product.pull.values:
            values = product.pulls.sel(selection=selection, pull=pull)
            assert np.isfinite(values).all() == (pull in own)
            assert np.isnan(values).all() == (pull not in own)


def test_scan_is_the_chi2_of_the_analysis(product, small_analysis):
    again = small_analysis.chi2()
    np.testing.assert_allclose(product.chi2, again.chi2, rtol=1e-12)
    np.testing.assert_allclose(product.pulls, again.pulls, rtol=1e-6, atol=1e-6)


def test_limits_are_those_of_the_analysis(product, small_analysis):
    again = small_analysis.limits()
    np.testing.assert_allclose(product.limit, again.limit, rtol=1e-9)
    np.testing.assert_array_equal(product.limit_status, again.limit_status)
    np.testing.assert_allclose(product.chi2_min, again.chi2_min, rtol=1e-12)
    np.testing.assert_allclose(product.mu_best, again.mu_best, rtol=1e-6)


def test_minimum_lies_at_the_best_moment_and_below_the_scan(product, small_analysis):
    assert (product.chi2_min <= product.chi2.min("mu") + 1e-9).all()
    for selection in SELECTIONS:
        for flavor in FLAVORS:
            best = product.sel(selection=selection, flavor=flavor)
            for m in range(product.m_4.size):
                point = best.isel(m_4=m)
                found = small_analysis.chi2(
                    selection, flavor, point.m_4.item(), point.mu_best.item()
                )
                np.testing.assert_allclose(found.chi2.item(), point.chi2_min, atol=1e-9)


def test_limit_lies_where_chi2_crosses_the_threshold(product, small_analysis):
    """With the thresholds of physics texts, at every mass, for one and two degrees."""
    levels = {(0.90, 1): 2.7055, (0.95, 1): 3.8415, (0.99, 1): 6.6349}
    levels |= {(0.90, 2): 4.6052, (0.95, 2): 5.9915, (0.99, 2): 9.2103}
    checked = 0
    for (cl, dof), level in levels.items():
        part = product.sel(cl=cl, dof=dof, selection="combined", flavor="effective")
        base = part.chi2_min if dof == 1 else part.chi2_min.min("m_4") + 0 * part.chi2_min
        for m, status in enumerate(part.limit_status.values):
            limit = part.limit.values[m]
            if status == "open":
                assert np.isnan(limit)
                continue
            assert limit > part.mu_best.values[m]
            found = small_analysis.chi2("combined", "effective", part.m_4.values[m], limit)
            np.testing.assert_allclose(found.chi2.item() - base[m], level, atol=1e-4)
            checked += 1
    assert checked >= 25


def test_status_says_where_a_limit_lies(product):
    status, limit = product.limit_status.values, product.limit.values
    low, high = product.mu.values[[0, -1]]
    inside = (limit >= low) & (limit <= high)
    outside = np.isfinite(limit) & ~inside
    assert set(np.unique(status[inside])) == {"ok"}
    assert set(np.unique(status[outside])) == {"outside"}, "this grid must end below some limits"
    assert np.isnan(limit[status == "open"]).all()
    assert not (status == "failed").any()


def test_attributes(product, small_analysis):
    attributes = product.attrs
    assert attributes["Conventions"] == "CF-1.11, ACDD-1.3"
    assert attributes["schema_version"] == 2
    assert attributes["content"] == "scan"
    assert attributes["nusterile_version"] == nusterile.__version__
    assert attributes["license"] == "MIT"
    assert attributes["config"] == small_analysis.configuration.canonical_json()
    assert attributes["config_hash"] == small_analysis.configuration.hash()
    assert json.loads(attributes["input_hashes"]) == small_analysis.input_hashes()
    assert attributes["date_created"] in attributes["history"]
    for experiment in small_analysis.experiments:
        assert experiment.label in attributes["summary"]
        assert " ".join(experiment.caveats.split()) in attributes["comment"]
        for reference in experiment.references:
            assert f"doi:{reference.doi}" in attributes["references"]
    labels = from_attribute(product.experiment.attrs["labels"])
    assert labels == {e.name: e.label for e in small_analysis.experiments}
    assert from_attribute(product.component.attrs["labels"])["tritium"] == "tritium"


def test_every_input_table_is_named_with_its_checksum(product):
    names = set(json.loads(product.attrs["input_hashes"]))
    expected = {f"solar/{name}.csv" for name in ("fluxes", "spectra", "production")}
    expected |= {"xenon/shells.csv", "experiments/xenonnt_sr0/background.csv"}
    expected |= {f"experiments/{name}/background.csv" for name in EXPERIMENTS[2:]}
    for experiment in EXPERIMENTS:
        expected |= {
            f"experiments/{experiment}/{file}"
            for file in ("experiment.toml", "counts.csv", "efficiency.csv")
        }
    assert names == expected


def test_two_builds_differ_in_their_date_only(small_toml):
    one = compute_product(Analysis.from_toml(small_toml))
    other = compute_product(Analysis.from_toml(small_toml))
    for dataset in (one, other):
        assert dataset.attrs.pop("date_created") in dataset.attrs.pop("history")
    xr.testing.assert_identical(one, other)


def test_progress_goes_from_0_to_1_and_says_what_is_done(small_analysis):
    calls: list[tuple[float, str]] = []
    compute_product(small_analysis, progress=lambda share, what: calls.append((share, what)))
    shares = [share for share, _ in calls]
    assert shares == sorted(shares)
    assert (shares[0], calls[-1]) == (0.0, (1.0, "computed"))
    assert {what for _, what in calls} >= {"rates of pandax4t_run1", "limits of combined"}


@pytest.mark.parametrize("calls", [1, 2, 5])
def test_cancellation_stops_the_work(small_analysis, calls):
    asked = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) >= calls

    with pytest.raises(Cancelled):
        compute_product(small_analysis, cancelled=cancelled)
    assert len(asked) == calls


@pytest.mark.parametrize("error", [Cancelled, KeyboardInterrupt])
def test_work_that_waits_is_dropped(small_analysis, monkeypatch, error):
    """When the caller stops, and when an interrupt arrives in what it is called with."""
    done = []

    def slow(*arguments):
        done.append(True)
        time.sleep(0.05)
        return profile_plane(*arguments)

    def progress(_share: float, what: str) -> None:
        if error is KeyboardInterrupt and what.startswith("chi-square"):
            raise error

    monkeypatch.setattr("nusterile.model.fits.profile_plane", slow)
    with pytest.raises(error):
        compute_product(
            small_analysis,
            progress=progress,
            cancelled=lambda: error is Cancelled and len(done) > 2,
        )
    assert 0 < len(done) < 15, "of 20"


class TestMemory:
    """A configuration of 10⁹ points is refused before anything is computed."""

    @pytest.fixture
    def analysis(self) -> Analysis:
        grids = {
            "m_4": {"low": 1e-3, "high": 4.0, "points": 31623},
            "mu": {"low": 1e-12, "high": 1e-6, "points": 31623},
        }
        return Analysis(Configuration.from_values({"grids": grids}))

    def test_build(self, analysis, tmp_path, monkeypatch):
        monkeypatch.setattr(Analysis, "expectations", None)
        with pytest.raises(InputError) as error:
            analysis.build(tmp_path / "large.nc")
        message = str(error.value)
        assert message.startswith("the grids hold 1e+09 points and need ")
        assert "GiB of memory (at most 4 GiB)" in message
        assert "use fewer points, or compute block by block: nusterile build --scheduler" in message
        assert list(tmp_path.iterdir()) == []

    def test_build_block_by_block(self, analysis, tmp_path, monkeypatch):
        monkeypatch.setattr(Analysis, "expectations", None)
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=2**30))
        with pytest.raises(
            InputError, match=r"a\.nc: needs some .* GiB of disk, and 1 GiB is free"
        ):
            analysis.build(tmp_path / "a.nc", scheduler="threads")
        assert list(tmp_path.iterdir()) == []

    def test_chi2(self, analysis):
        with pytest.raises(InputError, match=r"3.6e\+10 points and need .* GiB of memory"):
            analysis.chi2()

    def test_limits(self):
        grids = {"m_4": {"low": 1e-3, "high": 4.0, "points": 10**9}}
        analysis = Analysis(Configuration.from_values({"grids": grids}))
        for arguments in ({}, {"m_4": [0.1], "dof": 2}):
            with pytest.raises(InputError, match=r"1e\+09 points and need .* GiB of memory"):
                analysis.limits("xenonnt_sr0", "e", **arguments)

    def test_limits_at_a_mass_do_not_need_the_grids(self):
        grids = {
            "m_4": {"low": 1e-3, "high": 4.0, "points": 10**9},
            "mu": {"low": 1e-12, "high": 1e-6, "points": 10**9},
        }
        huge = Analysis(Configuration.from_values({"grids": grids}))
        one = {"selection": "xenonnt_sr0", "flavor": "e", "m_4": [0.1], "dof": 1}
        np.testing.assert_array_equal(huge.limits(**one).limit, Analysis().limits(**one).limit)

    def test_estimate_covers_what_is_made(self, small_analysis, product, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "nusterile.product.scan.require_memory",
            lambda size, points, _way: asked.append((size, points)),
        )
        compute_product(small_analysis)
        ((size, points),) = asked
        assert points == 5 * 9
        assert sum(product[n].nbytes for n in ("rate", "chi2", "pulls", "rate_dipole")) <= size
        assert size < 2 * product.nbytes


class TestOwnExperiment:
    def test_alone(self, tmp_path):
        write_experiment(tmp_path / "toy")
        (tmp_path / "a.toml").write_text(only("toy"))
        product = Analysis.from_toml(tmp_path / "a.toml").build()
        assert product.experiment.values.tolist() == product.selection.values.tolist() == ["toy"]
        assert product.component.values.tolist() == ["flat"]
        assert product.pull.values.tolist() == ["solar", "toy:flat"]
        assert product.bin_high.values.tolist() == [[2, 3, 4, 6]]
        assert np.isfinite(product.rate).all()

    @pytest.mark.parametrize("acts_on", ["true", "reconstructed"])
    @pytest.mark.parametrize(
        ("model", "parameters"), [("square_root", "[0.3, 0.01]"), ("polynomial", "[0.1, 0.1]")]
    )
    def test_components_of_every_shape(self, tmp_path, acts_on, model, parameters):
        """Each is in the product, with no more events than it has in the whole region."""
        keys = {
            "flat": 'shape = "flat"\nenergy = "true"',
            "flat_part": 'shape = "flat"\nenergy = "true"\nrange = [2.0, 3.0]',
            "flat_seen": 'shape = "flat"\nenergy = "reconstructed"\nrange = [1.0, 6.0]',
            "beta": 'shape = "beta"\nenergy = "true"\nendpoint = 9.0\ndaughter_charge = 2',
            "lines": 'shape = "lines"\nenergy = "true"\nlines = [[2.0, 1.0], [4.5, 3.0]]',
            "table": 'shape = "table"\nenergy = "true"\ntable = "shape.csv"',
            "table_seen": 'shape = "table"\nenergy = "reconstructed"\ntable = "shape.csv"',
        }
        components = "".join(
            f'[[components]]\nname = "{name}"\n{text}\nevents = 7.0\nfree = true\n'
            for name, text in keys.items()
        )
        rate = keys["table_seen"].replace("shape.csv", "rate.csv") + "\nrelative_sigma = 0.2"
        components += f'[[components]]\nname = "rate"\n{rate}\n'
        shape = "energy_keV,density\n" + "".join(f"{i / 2},{i}\n" for i in range(1, 20))
        toml = EXPERIMENT.replace('energy = "true"', f'energy = "{acts_on}"')
        toml = toml.replace('"square_root"', f'"{model}"').replace("[0.3, 0.0]", parameters)
        folder = write_experiment(
            tmp_path / "toy",
            toml=toml,
            components=components,
            tables={
                "shape.csv": shape,
                "rate.csv": shape.replace("density", "rate_per_tonne_year_keV"),
            },
        )
        (tmp_path / "a.toml").write_text(only(folder))
        product = Analysis.from_toml(tmp_path / "a.toml").build(tmp_path / "a.nc")
        validate_product(tmp_path / "a.nc")
        width = product.bin_high - product.bin_low
        events = (product.background * product.exposure * width).isel(experiment=0).sum("bin")
        assert product.component.values.tolist() == [*keys, "rate"]
        for name in keys:
            assert 0.5 < events.sel(component=name) <= 7.0 + 1e-9, name
        np.testing.assert_allclose(events.sel(component="flat_seen"), 7.0, rtol=1e-12)
        # The absolute rate is a histogram of 2 E on bins half a keV wide, half a tonne year.
        edges = np.arange(0.25, 10, 0.5)
        inside = np.clip(np.minimum(edges[1:], 6) - np.maximum(edges[:-1], 1), 0, None)
        expected = 0.5 * (2 * (edges[:-1] + 0.25) * inside).sum()
        np.testing.assert_allclose(events.sel(component="rate"), expected, rtol=1e-12)

    def test_components_of_one_name_in_two_experiments(self, tmp_path):
        for name in ("one", "two"):
            write_experiment(tmp_path / name, name=name)
        (tmp_path / "a.toml").write_text(only("one", "two"))
        product = Analysis.from_toml(tmp_path / "a.toml").build()
        assert product.component.values.tolist() == ["flat"]
        assert product.pull.values.tolist() == ["solar", "one:flat", "two:flat"]
        assert product.selection.values.tolist() == ["one", "two", "combined"]


def test_product_without_any_background(tmp_path):
    """Also a file can hold no component; events are then those of neutrinos alone."""
    folder = write_experiment(tmp_path / "toy", components="")
    (tmp_path / "a.toml").write_text(only(folder))
    analysis = Analysis.from_toml(tmp_path / "a.toml")
    analysis.build(tmp_path / "a.nc")
    stored = validate_product(tmp_path / "a.nc")
    assert stored.sizes["component"] == 0
    assert stored.pull.values.tolist() == ["solar"]
    point = {"m_4": float(stored.m_4[2]), "mu": float(stored.mu[3])}
    spectrum = nusterile.open(tmp_path / "a.nc").nusterile.spectrum(
        experiment="toy", flavor="e", **point
    )
    np.testing.assert_array_equal(spectrum.total, spectrum.sm + spectrum.dipole)
    np.testing.assert_allclose(
        spectrum.total, analysis.spectrum("toy", "e", **point).total, rtol=1e-9
    )
    again = analysis.limits("toy", "e", m_4=point["m_4"])
    np.testing.assert_array_equal(
        stored.limit.sel(selection="toy", flavor="e", m_4=[point["m_4"]]), again.limit[0, 0]
    )
