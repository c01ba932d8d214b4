"""No text from a file acts on a terminal, in a table, in LaTeX, in BibTeX or in a figure."""

from __future__ import annotations

import copy
import csv
import re
import tarfile
import xml.etree.ElementTree
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest
from hostile import (
    CONTROL,
    MARKUP,
    hostile_bound,
    hostile_configuration,
    hostile_experiment,
    spoil_attributes,
    spoil_names,
)

from nusterile.cli import main
from nusterile.errors import InputError
from nusterile.exports import FORMATS, read_limits_csv
from nusterile.exports.table import TABLE_FORMATS, TABLE_SUFFIXES
from nusterile.files.text import hidden_character
from nusterile.model.configuration import Configuration
from nusterile.product import content
from nusterile.product.files import validate_product
from nusterile.publications.bibliography import read_bibliography

#: How text begins that a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hostile configuration, and products of it with hostile texts and names."""
    folder = tmp_path_factory.mktemp("hostile")
    configuration = hostile_configuration(folder)
    main(["build", "-c", str(configuration), "-o", str(folder / "texts.nc")])
    for name in ("limits", "names", "control"):
        (folder / f"{name}.nc").write_bytes((folder / "texts.nc").read_bytes())
    spoil_attributes(folder / "texts.nc")
    spoil_names(folder / "names.nc", MARKUP)
    spoil_names(folder / "control.nc", CONTROL)
    (folder / "limits.nc").unlink()
    main(f"export {folder}/texts.nc --to netcdf-limits -o {folder}/limits.nc".split())
    return folder


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Generator[None]:
    """Read the same bytes in a process of their own only once: it takes a second to start."""
    read = cache(content.read_untrusted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "read_untrusted", lambda *given: copy.deepcopy(read(*given)))
        yield


@pytest.fixture
def run(spoilt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    """Run a command in a folder of its own; it may refuse, but in one line without surprises."""
    for path in spoilt.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)

    def run(command: str, *, refused: bool = False) -> str:
        capsys.readouterr()
        status = 0
        try:
            main(command.split())
        except SystemExit as error:
            status = int(str(error.code))
        done = capsys.readouterr()
        for stream in (done.out, done.err):
            assert hidden_character(stream) == "", command
            assert "Traceback" not in stream
        assert (status != 0) == refused, (command, done.err)
        assert not refused or done.err.count("\n") == 1
        return done.out

    return run


def require_no_formula(text: str) -> None:
    lines = text.splitlines()
    for row in csv.reader(line for line in lines if not line.startswith("#")):
        for cell in row:
            if cell.startswith(FORMULA):
                float(cell)
    for line in (line for line in lines if line.startswith("#")):
        assert not re.search(r"[,;]\s*[=@]", line)


PRODUCTS = ("texts.nc", "limits.nc")
RESULTS = ("-c hostile.toml", *PRODUCTS)


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_a_product_says_of_itself(run, product):
    for command in (f"info {product}", f"validate {product}", f"cite {product}"):
        run(command)
    run(f"compare {product} {product}")
    require_no_formula(run(f"compare {product} {product} --format csv"))


@pytest.mark.parametrize("origin", RESULTS)
@pytest.mark.parametrize("form", TABLE_FORMATS)
def test_tables(run, origin, form):
    text = run(f"table {origin} --format {form}")
    run(f"table {origin} --format {form} -o table{TABLE_SUFFIXES[form]}")
    written = Path(f"table{TABLE_SUFFIXES[form]}").read_text()
    assert written == text
    if form == "csv":
        require_no_formula(text)
    elif form == "latex":
        assert r"\textbackslash{}input\{secret\}" in text
        assert not re.search(r"\\(input|frac)", text)
        assert not re.search(r"(?<!\\)[&%$#_~^]b", text)
    elif form == "markdown":
        assert r"\<b\>bold" in text
        assert not re.search(r"(?<!\\)[<`*]", text)


@pytest.mark.parametrize("product", PRODUCTS)
def test_exports(run, product):
    for form, (_, _, file_name, _) in FORMATS.items():
        run(f"export {product} --to {form} -o new-{file_name}")
    require_no_formula(Path("new-limits-table.csv").read_text())
    back = read_limits_csv("new-limits-table.csv")
    assert back.selection.values.tolist() == validate_product(product).selection.values.tolist()
    assert len(read_bibliography(Path("new-references.bib"))) > 20
    assert not re.search(r"\\(input|frac)", Path("new-references.bib").read_text())
    with tarfile.open("new-hepdata.tar.gz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            assert hidden_character(content.read().decode()) == ""


@pytest.mark.parametrize("origin", RESULTS)
@pytest.mark.parametrize("name", ["spectrum", "profile", "limits", "plane"])
def test_figures(run, origin, name):
    refused = (name, origin) == ("profile", "limits.nc")  # limits have no profile
    run(f"figure {name} {origin} -o figure.svg", refused=refused)
    if refused:
        return
    require_no_formula(Path("figure.csv").read_text())
    assert hidden_character(Path("figure.txt").read_text()) == ""
    # letters are outlines; beside them stands, as a comment, what they show
    xml.etree.ElementTree.parse("figure.svg")
    # in the plane there may be no room for so long a text
    assert "frac" in Path("figure.svg").read_text() or name == "plane"


@pytest.mark.parametrize(
    "command",
    [
        *("limits", "limits --expected", "spectrum --experiment toy --m4 0.1 --mu 1e-11"),
        *("chi2 --selection toy --m4 0.1 --mu 1e-11", "rate --m4 0.1 --mu 1e-11 --energy 1 2"),
        *("bounds list", "bounds show mine", "bounds check", "bounds compare --m4 0 0.1"),
        "cite --bounds",
    ],
)
def test_commands_that_compute(run, command):
    for form in ("table", "csv", "json"):
        text = run(f"{command} -c hostile.toml --format {form}")
        if form == "csv":
            require_no_formula(text)


def test_bibtex_of_a_configuration(run):
    Path("all.bib").write_text(run("cite --bounds -c hostile.toml"))
    found = read_bibliography(Path("all.bib"))
    assert found["bound_mine_1"].fields["note"].startswith("=HYPERLINK(1,2) <b>bold</b>")
    assert r"\textbackslash{}input\textbraceleft{}secret" in found["bound_mine_1"].text
    assert "experiment_toy_1" in found


@pytest.mark.parametrize("product", ["names.nc", "control.nc"])
@pytest.mark.parametrize(
    "command",
    [
        *("info", "table", "table --format csv", "validate", "figure limits", "cite", "config"),
        *("compare control.nc", "export --to csv", "export --to hepdata"),
    ],
)
def test_names_that_no_configuration_has(run, product, command):
    run(f"{command} {product}", refused=True)
    assert not Path("limits-table.csv").exists()


@pytest.mark.parametrize("only", ["label", "caveats", "reference", "doi", "component"])
def test_experiments_with_control_characters_are_refused(only, tmp_path):
    hostile_experiment(tmp_path / "toy", CONTROL, only)
    settings = Configuration.from_values(
        {"experiments": [], "experiment_folders": [str(tmp_path / "toy")]}
    )
    with pytest.raises(InputError, match=r"experiment\.toml, line \d+: .*nobody sees") as error:
        settings.load_experiments()
    assert hidden_character(str(error.value)) == ""


@pytest.mark.parametrize("only", ["label", "converted", "notes", "reference", "branch"])
def test_bounds_with_control_characters_are_refused(only, tmp_path, capsys):
    hostile_bound(tmp_path / "mine", CONTROL, only)
    with pytest.raises(SystemExit):
        main(["bounds", "check", str(tmp_path / "mine")])
    done = capsys.readouterr()
    assert re.search(r"(bound\.toml|c\.csv), line \d+: .*nobody sees", done.err)
    assert hidden_character(done.out + done.err) == ""


def test_configurations_with_control_characters_are_refused():
    with pytest.raises(InputError, match=r"selections\..*nobody sees") as error:
        Configuration.from_values({"selections": {f"a{CONTROL}": ["xenonnt_sr0"]}})
    assert hidden_character(str(error.value)) == ""
