"""The bibliography: complete, consistent with the data, readable, quotable."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import nusterile
import nusterile_data
from nusterile.bounds.registry import load_bounds, mark_references
from nusterile.errors import InputError
from nusterile.experiments.experiment import builtin_experiments, read_experiment
from nusterile.model.configuration import Configuration
from nusterile.model.toys.request import STUDIES
from nusterile.product.provenance import reference_dois
from nusterile.publications.bibliography import (
    Bibliography,
    Entry,
    bibliography,
    made_entry,
    read_bibliography,
)
from nusterile.publications.reference import BoundReference, Reference
from nusterile.references import (
    analysis_references,
    bibtex,
    bound_references,
    experiment_references,
    product_references,
    software_entry,
    study_references,
)

ARXIV = re.compile(r"(?<![\w.])(\d{4}\.\d{5}|\d{4}\.\d{4}|(?:hep|nucl|astro)-\w+/\d{7})(?!\d)")
EXPERIMENTS = [read_experiment(folder) for folder in builtin_experiments().values()]
REFERENCES = [
    *(r for experiment in EXPERIMENTS for r in experiment.references),
    *(r for bound in load_bounds().values() for r in bound.references),
    *mark_references(),
]


def texts_with_references() -> list[Path]:
    """Tables, descriptions and modules that name publications."""
    package = Path(nusterile.__file__).parent
    files = [path for kind in ("csv", "toml") for path in nusterile_data.ROOT.rglob(f"*.{kind}")]
    return [*files, *package.rglob("*.py")]


def keys(entries) -> list[str]:
    return [entry.key for entry in entries]


# --- what the file holds ----------------------------------------------------------------


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.text)
def test_reference_of_the_data_agrees_with_its_entry(reference):
    entry = bibliography().entry_of(reference, "made")
    assert entry.key in bibliography()  # not made up of the text
    numbers = (
        ARXIV.findall(reference.text.split("arXiv:")[-1]) if "arXiv:" in reference.text else []
    )
    assert numbers == ([entry.arxiv] if entry.arxiv else [])
    if isinstance(reference, BoundReference):
        assert reference.arxiv == entry.arxiv
    if "journal" not in entry.fields:
        assert entry.kind == "misc"
        return
    volume, year, page = re.search(r"(\d+) \((\d{4})\) (\d+)", reference.text).groups()
    assert (entry.fields["volume"], entry.fields["year"]) == (volume, year)
    assert entry.fields["pages"].split("--")[0] == page


def test_every_arxiv_number_named_anywhere_is_in_the_bibliography():
    named = {
        number
        for path in texts_with_references()
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"arxiv|hep-|nucl-", line, re.IGNORECASE)
        for number in ARXIV.findall(line)
    }
    assert len(named) > 25  # the search itself works
    known = {entry.arxiv for entry in bibliography().values()}
    assert named <= known


def test_every_entry_stands_behind_something():
    changed = Configuration.from_values(
        {
            "cross_section": {"couplings": "radiative"},
            "atom": {"response": "rrpa", "applies_to": "standard_model"},
        }
    )
    used = {
        *keys(analysis_references()),
        *keys(analysis_references(changed)),
        *keys(bound_references(load_bounds().values())),
        *keys(experiment_references(EXPERIMENTS)),
        *(key for study in STUDIES for key in keys(study_references(study))),
    }
    assert used - {"nusterile"} == set(bibliography())


@pytest.mark.parametrize("key", bibliography())
def test_entry_is_complete(key):
    entry = bibliography()[key]
    for field in ("author", "title", "year"):
        assert entry.fields.get(field), field
    if entry.kind == "article":
        assert {"journal", "volume", "pages"} <= set(entry.fields)
    assert re.fullmatch(r"(10\.\d{4,9}/\S+)?", entry.doi)
    if entry.doi.startswith("10.48550/arXiv."):
        assert entry.doi == f"10.48550/arXiv.{entry.arxiv}"
    if entry.arxiv:
        assert entry.fields["archiveprefix"] == "arXiv"
        assert ARXIV.fullmatch(entry.arxiv)
    assert entry.text.count("{") == entry.text.count("}")


def test_paper_is_there():
    entry = bibliography().find("2511.00701")
    assert entry.fields["author"] == "Mustamin, M. F. and Demirci, M."
    assert entry.doi == "10.48550/arXiv.2511.00701"


# --- finding ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reference",
    [
        "Magill2018",
        "10.1103/PhysRevD.98.115015",
        "10.1103/physrevd.98.115015",
        "doi:10.1103/PhysRevD.98.115015",
        "https://doi.org/10.1103/PhysRevD.98.115015",
        "1803.03262",
        "arXiv:1803.03262",
        "arXiv:1803.03262v2",
        "https://arxiv.org/abs/1803.03262",
        "10.48550/arXiv.1803.03262",
        " 1803.03262 ",
    ],
)
def test_entry_is_found_however_it_is_named(reference):
    assert bibliography().find(reference).key == "Magill2018"


@pytest.mark.parametrize("reference", ["hep-ex/0102026", "10.48550/arXiv.hep-ex/0102026"])
def test_old_arxiv_numbers(reference):
    assert bibliography().find(reference).key == "DONUT2001"


def test_unknown_reference_names_the_nearest_key():
    with pytest.raises(InputError, match=r"no reference 'Magil2018'.*did you mean 'Magill2018'"):
        bibliography().find("Magil2018")
    with pytest.raises(InputError, match=r"no reference '10\.1/x' in the bibliography; give a key"):
        bibliography().find("10.1/x")


def test_publication_of_a_user_gets_an_entry_of_its_own():
    reference = BoundReference(text="A. & B., 50 % of x_1", doi="10.1234/a", arxiv="2401.00001")
    entry = bibliography().entry_of(reference, "bound_mine_1")
    assert entry.key == "bound_mine_1"
    assert entry.fields["note"] == r"A. \& B., 50 \% of x\_1"
    assert (entry.doi, entry.arxiv) == ("10.1234/a", "2401.00001")
    assert "@misc{bound_mine_1," in entry.text
    plain = bibliography().entry_of(Reference(text="Private communication"), "x")
    assert set(plain.fields) == {"note"}


# --- what is cited ----------------------------------------------------------------------


def test_analysis_names_paper_experiments_and_formulas():
    found = keys(analysis_references())
    assert found[0] == "Mustamin2025"
    assert {"XENONnT2022", "PandaX2025wimp", "Vinyoles2017", "NuFIT2024", "Magill2018"} <= set(
        found
    )
    assert len(found) == len(set(found))
    assert "ErlerSu2013" not in found


def test_analysis_follows_the_configuration():
    radiative = Configuration.from_values({"cross_section": {"couplings": "radiative"}})
    assert {"ErlerSu2013", "AtzoriCorona2023"} <= set(keys(analysis_references(radiative)))
    own = {
        "sin2_theta_12": 0.3,
        "sin2_theta_13": 0.02,
        "sin2_theta_23": 0.5,
        "delta_m2_21": 7e-5,
    }
    assert "NuFIT2024" not in keys(
        analysis_references(Configuration.from_values({"oscillation": own}))
    )
    del own["delta_m2_21"]
    assert "NuFIT2024" in keys(analysis_references(Configuration.from_values({"oscillation": own})))
    one = Configuration.from_values({"experiments": ["xenonnt_sr0"]})
    assert "PandaX2025wimp" not in keys(analysis_references(one))


def test_publications_of_experiments_are_named_once():
    found = keys(experiment_references(EXPERIMENTS))
    assert sorted(found) == [
        "DARWIN2020solar",
        "LZ2025recoils",
        *("PandaX2022absorption", "PandaX2024recoils", "PandaX2024signal", "PandaX2025wimp"),
        "SNuDD2026",
        *("XENON2020excess", "XENON2020resolution", "XENONnT2022"),
        "XLZD2025design",
    ]


def test_bounds_with_and_without_marks():
    lep = [load_bounds()["lep"]]
    assert keys(bound_references(lep, marks=False)) == ["Magill2018", "FernandezMartinez2023"]
    assert "GEMMA2012" in keys(bound_references(lep))


def test_publication_of_two_bounds_is_named_once():
    lep = load_bounds()["lep"]
    unknown = BoundReference(text="A. Author (2024)", doi="10.1234/a")
    both = [replace(lep, name=name, references=(unknown,)) for name in ("one", "two")]
    assert keys(bound_references(both, marks=False)) == ["bound_one_1"]


def test_references_of_a_product_lead_to_entries():
    found = product_references(reference_dois(Configuration()))
    assert all(entry.key in bibliography() for entry in found)
    assert {"Mustamin2025", "XENONnT2022", "Brdar2021"} <= set(keys(found))
    (unknown,) = product_references("doi:10.1234/other")
    assert unknown.doi == "10.1234/other"
    assert product_references("") == ()


def test_software_entry_has_the_version():
    assert f"version {nusterile.__version__}" in software_entry().text
    assert software_entry().fields["version"] == nusterile.__version__


def test_software_entry_has_the_year_of_the_licence(pytestconfig):
    licence = (pytestconfig.rootpath / "LICENSE").read_text()
    assert f"Copyright (c) {software_entry().fields['year']} " in licence


def test_bibtex_is_read_back_as_it_was_written(tmp_path):
    wanted = [software_entry(), *bibliography().values()]
    file = tmp_path / "out.bib"
    file.write_text(bibtex(wanted) + "\n", encoding="utf-8")
    back = read_bibliography(file)
    assert list(back.values()) == wanted
    assert bibtex(["1803.03262", "Magill2018", bibliography()["Magill2018"]]) == (
        bibliography()["Magill2018"].text
    )


# --- the reader -------------------------------------------------------------------------


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "some.bib"
    file.write_text(text, encoding="utf-8")
    return file


def test_values_keep_inner_braces_and_lose_line_breaks(tmp_path):
    text = "% words\n@Article{a1,\n  title = {The {W}\n     boson},\n  Year={1983}\n}\n"
    (entry,) = read_bibliography(write(tmp_path, text)).values()
    assert entry == Entry(
        "a1",
        "article",
        {"title": "The {W} boson", "year": "1983"},
        text.split("\n", 1)[1].rstrip("\n"),
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n@misc{a,\n  title = {x\n}\n", 2, "is no entry"),
        ("@misc{a,\n  title = {x},\n}\n\n@misc{,\n}\n", 5, "is no entry"),
        ("@misc{a,\n  title {x},\n}\n", 1, "is no field"),
        ('@misc{a,\n  title = "x",\n}\n', 1, "is no field"),
    ],
)
def test_broken_entry_is_named_with_its_line(tmp_path, text, line, message):
    file = write(tmp_path, text)
    with pytest.raises(InputError, match=message) as error:
        read_bibliography(file)
    assert str(error.value).startswith(f"{file}, line {line}:")


def test_two_entries_cannot_share_key_doi_or_arxiv():
    one = made_entry("misc", "a", {"doi": "10.1234/X", "eprint": "2401.00001"})
    with pytest.raises(InputError, match="two entries have the key 'a'"):
        Bibliography([one, one])
    for field in ({"doi": "10.1234/x"}, {"eprint": "2401.00001v2"}):
        with pytest.raises(InputError, match="'b' and 'a' are both"):
            Bibliography([one, made_entry("misc", "b", field)])


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.bib: cannot be read"):
        read_bibliography(tmp_path / "none.bib")
