"""HEPData submissions: valid, complete, and with the numbers of the product."""

from __future__ import annotations

import tarfile
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml

import nusterile
from nusterile import errors
from nusterile.analysis import Analysis
from nusterile.errors import InputError, ProductError
from nusterile.exports import export, hepdata, limits_product
from nusterile.model.configuration import Configuration
from nusterile.vocabulary import MU_REFERENCE

VERSION_1 = Path(__file__).parents[2] / "data" / "version_1.nc"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, product_file):
    from nusterile.accessor import open_product

    path = tmp_path_factory.mktemp("hepdata")
    export(open_product(product_file), "hepdata", path / "s.tar.gz")
    with tarfile.open(path / "s.tar.gz") as archive:
        archive.extractall(path / "s", filter="data")
    return path / "s"


@pytest.fixture(scope="module")
def documents(folder):
    return list(yaml.safe_load_all((folder / "submission.yaml").read_text(encoding="utf-8")))


def read(folder, documents, name):
    entry = next(each for each in documents[1:] if each["name"] == name)
    return yaml.safe_load((folder / entry["data_file"]).read_text(encoding="utf-8"))


def qualifiers(column):
    return {each["name"]: each["value"] for each in column["qualifiers"]}


def values(column):
    return [each["value"] for each in column["values"]]


def test_heps_own_validator_accepts_archive_and_folder(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own: deprecations, files left open
        from hepdata_validator.full_submission_validator import FullSubmissionValidator

        validator = FullSubmissionValidator(autoload_remote_schemas=False)
        assert validator.validate(archive=str(folder.parent / "s.tar.gz")), validator.get_messages()
    assert hepdata.validate_folder(folder) == ""


def test_the_submission_names_data_statistic_and_dois(documents, product):
    general, *tables = documents
    for text in (product.attrs["title"], product.attrs["config_hash"], "profiled"):
        assert text in general["comment"]
    links = [each["location"] for each in general["additional_resources"]]
    dois = [text.strip().removeprefix("doi:") for text in product.attrs["references"].split(";")]
    assert [f"https://doi.org/{doi}" for doi in dois] == links[-len(dois) :]
    assert general["data_license"]["name"] == "MIT"
    names = [each["name"] for each in tables]
    assert names[:9] == [f"Limits {s}" for s in product.selection.values]
    assert names[9:18] == [f"Delta chi2 {s}" for s in product.selection.values]
    assert names[18:] == [f"Spectrum {e}" for e in product.experiment.values]
    for table in tables:
        keywords = {each["name"]: each["values"] for each in table["keywords"]}
        assert "neutrino magnetic moment" in keywords["phrases"]
        assert keywords["observables"]


def limit_columns(table):
    """Columns of a table of limits by what they are: name, kind, flavour, level, dof."""
    return {
        (column["header"]["name"], *(qualifiers(column)[key] for key in KEYS)): column
        for column in table["dependent_variables"]
    }


KEYS = ("kind", "flavor", "cl", "dof")


@pytest.mark.parametrize("selection", ["xenonnt_sr0", "pandax4t_run0", "pandax4t", "combined"])
def test_limits_come_back_with_qualifiers_and_units(selection, folder, documents, product):
    table = read(folder, documents, f"Limits {selection}")
    (mass,) = table["independent_variables"]
    assert mass["header"] == {"name": "m_4", "units": "MeV"}
    np.testing.assert_array_equal(values(mass), product.m_4)
    columns, seen = limit_columns(table), set()
    for flavor in product.flavor.values:
        for cl in product.cl.values:
            for dof in product.dof.values:
                here = product.sel(selection=selection, flavor=flavor, cl=cl, dof=dof)
                status = here.limit_status.values.tolist()
                wanted = {
                    ("Upper limit on mu", "observed"): (here.limit, status),
                    ("Upper limit on mu", "expected"): (here.expected_limit, ["none"] * 9),
                }
                if (here.limit_low > 0).any():
                    name = "Lower end of the allowed mu"
                    wanted[name, "observed"] = (here.limit_low, status)
                for (name, kind), (numbers, words) in wanted.items():
                    key = (name, kind, flavor, cl, dof)
                    assert columns[key]["header"]["units"] == "mu_B"
                    assert qualifiers(columns[key])["selection"] == selection
                    assert values(columns[key]) == [
                        float(number) if np.isfinite(number) else word
                        for number, word in zip(numbers.values, words, strict=True)
                    ]
                    seen.add(key)
    assert seen == set(columns)


def description(documents, name):
    return next(each for each in documents[1:] if each["name"] == name)["description"]


def submission_of(product, path):
    export(limits_product(product), "hepdata", path / "s.tar.gz")
    with tarfile.open(path / "s.tar.gz") as archive:
        archive.extractall(path / "s", filter="data")
    assert hepdata.validate_folder(path / "s") == ""
    text = (path / "s" / "submission.yaml").read_text(encoding="utf-8")
    return path / "s", list(yaml.safe_load_all(text))


def test_statuses_are_told_apart_and_explained(product, tmp_path):
    """A mass that is excluded altogether, and one with several intervals."""
    product = product.sel(selection=["combined"], flavor=["e"])
    product["limit_status"] = product.limit_status.astype(object)
    at = {"selection": "combined", "flavor": "e", "cl": 0.9, "dof": 2}
    product.limit_status.loc[{**at, "m_4": product.m_4[1]}] = "excluded"
    product.limit_status.loc[{**at, "m_4": product.m_4[2]}] = "disjoint"
    for name in ("limit", "limit_low"):
        product[name].loc[{**at, "m_4": product.m_4[1]}] = np.nan
    product.limit_low.loc[{**at, "m_4": product.m_4[2]}] = low = 1e-13
    folder, documents = submission_of(product, tmp_path)
    columns = limit_columns(read(folder, documents, "Limits combined"))
    here = ("observed", "e", 0.9, 2)
    limit, lower = (
        values(columns[name, *here])
        for name in ("Upper limit on mu", "Lower end of the allowed mu")
    )
    assert limit[1:3] == ["excluded", float(product.limit.sel(at)[2])]
    assert lower[:3] == [0.0, "excluded", low]
    assert (limit[-1], lower[-1]) == ("open", 0.0)
    status = [key for key in columns if key[0] == "Status of the limit"]
    assert status == [("Status of the limit", *here)]
    assert values(columns[status[0]]) == product.limit_status.sel(at).values.tolist()
    said = description(documents, "Limits combined")
    for text in (
        "open: no limit, Delta chi2 never reaches the threshold",
        "excluded: every moment at this mass, 0 among them, is excluded.",
        "disjoint: several intervals are allowed",
        "none: no expected limit",
    ):
        assert text in said


def test_words_that_do_not_occur_are_not_explained(documents):
    assert "excluded:" not in description(documents, "Limits combined")
    assert "disjoint" not in description(documents, "Limits combined")


def test_what_an_older_product_lacks_is_said(tmp_path):
    folder, documents = submission_of(nusterile.open(VERSION_1), tmp_path)
    columns = limit_columns(read(folder, documents, "Limits combined"))
    assert {key[:2] for key in columns} == {("Upper limit on mu", "observed")}
    said = description(documents, "Limits combined")
    assert "older version and holds no lower ends and no expected limits." in said


def test_limits_without_data_are_expected_ones(tmp_path):
    values_of = {
        "experiments": ["xenonnt_sr0", "xlzd"],
        "flavors": ["e"],
        "grids": {"m_4": {"values": [0.1, 0.2]}, "mu": {"values": [1e-11, 1e-10]}},
    }
    product = Analysis(Configuration.from_values(values_of)).build()
    folder, documents = submission_of(product, tmp_path)
    kinds = {
        name: {key[1] for key in limit_columns(read(folder, documents, f"Limits {name}"))}
        for name in ("xenonnt_sr0", "xlzd")
    }
    assert kinds == {"xenonnt_sr0": {"observed", "expected"}, "xlzd": {"expected"}}


def test_profiles_come_back(folder, documents, product):
    table = read(folder, documents, "Delta chi2 pandax4t")
    mass, mu = (np.array(values(each)) for each in table["independent_variables"])
    assert [each["header"]["units"] for each in table["independent_variables"]] == ["MeV", "mu_B"]
    delta = product.nusterile.delta_chi2().sel(selection="pandax4t")
    for column in table["dependent_variables"]:
        flavor = qualifiers(column)["flavor"]
        expected = [
            float(delta.sel(flavor=flavor, m_4=m, mu=x)) for m, x in zip(mass, mu, strict=True)
        ]
        np.testing.assert_array_equal(values(column), expected)


@pytest.mark.parametrize("experiment", ["xenonnt_sr0", "pandax4t_run0"])
def test_spectra_come_back(experiment, folder, documents, product):
    table = read(folder, documents, f"Spectrum {experiment}")
    (energy,) = table["independent_variables"]
    assert energy["header"]["units"] == "keV"
    data = product.sel(experiment=experiment)
    real = np.isfinite(data.bin_low.values)
    np.testing.assert_array_equal([each["low"] for each in energy["values"]], data.bin_low[real])
    np.testing.assert_array_equal([each["high"] for each in energy["values"]], data.bin_high[real])
    per_bin = (data.exposure * (data.bin_high - data.bin_low)).values[real]
    counts, solar, *rest = table["dependent_variables"]
    np.testing.assert_array_equal(values(counts), data.counts[real])
    np.testing.assert_allclose(values(solar), data.rate_sm[real] * per_bin, rtol=1e-15)
    seen = set()
    for column in rest:
        said = qualifiers(column)
        assert said["experiment"] == experiment
        assert said["exposure"] == float(data.exposure)
        if "m_4" in said:
            assert said["mu"] == MU_REFERENCE
            rate = data.rate_dipole.sel(flavor=said["flavor"], m_4=said["m_4"])
        else:
            rate = data.background.sel(component=said["process"].removeprefix("background "))
            seen.add(said["process"])
        np.testing.assert_allclose(values(column), rate[real] * per_bin, rtol=1e-15)
    held = data.component[data.background.notnull().any("bin")]
    assert seen == {f"background {name}" for name in held.values}


def test_the_same_product_gives_the_same_bytes_and_nothing_else(product, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    limits = limits_product(product)
    for name in ("a", "b"):
        export(limits, "hepdata", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    with tarfile.open(tmp_path / "a") as archive:
        assert all(each.name.startswith(("limits_", "submission")) for each in archive)


def test_a_submission_that_is_not_valid_is_refused(folder, product, tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in folder.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    table = broken / "limits_combined.yaml"
    table.write_text(table.read_text().replace("dependent_variables", "dependent", 1))
    assert "limits_combined.yaml" in hepdata.validate_folder(broken)
    monkeypatch.setattr(hepdata, "validate_folder", lambda folder: "limits.yaml: is wrong")
    with pytest.raises(ProductError, match="refuses the submission: limits"):
        export(limits_product(product), "hepdata", tmp_path / "x.tar.gz")
    assert not (tmp_path / "x.tar.gz").exists()


def test_names_that_are_too_long_or_differ_in_case_only_are_changed(tmp_path):
    selections = {
        "a" * 70: ["xenonnt_sr0"],
        "a" * 69 + "B": ["xenonnt_sr0"],
        "A" * 71: ["xenonnt_sr0"],
    }
    configuration = Configuration.from_values(
        {
            "experiments": ["xenonnt_sr0"],
            "selections": selections,
            "flavors": ["e"],
            "grids": {"m_4": {"values": [0.1, 0.2]}, "mu": {"values": [1e-11, 1e-10]}},
        }
    )
    export(Analysis(configuration).build(), "hepdata", tmp_path / "s.tar.gz")
    with tarfile.open(tmp_path / "s.tar.gz") as archive:
        text = archive.extractfile("submission.yaml").read().decode()
    names = [each["name"] for each in yaml.safe_load_all(text) if "name" in each]
    assert len({name.lower() for name in names}) == len(names) == 7
    assert all(len(name) <= 64 for name in names)


def test_without_hepdata_lib_one_line_says_what_to_install(product, tmp_path, monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"need hepdata_lib.*nusterile\[export\]"):
        export(product, "hepdata", tmp_path / "x")
