"""Every block of code on every page runs, in the order of the page and in one folder."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from matplotlib import pyplot

sys.path.insert(0, str(Path(__file__).parent))

from blocks import Block, blocks_of
from services import served

from nusterile.cli import main
from nusterile.model.configuration import Configuration

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT)
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if "notebooks" not in path.parts and any(True for _ in blocks_of(path))
)
#: Files that a page speaks of as the reader's own.
READERS = {
    "docs/bounds.md": {"curve.csv": "mass,coupling\n0.001,1e-8\n0.1,2e-8\n"},
    "docs/cite.md": {"analysis.toml": 'experiments = ["xenonnt_sr0"]\n'},
    "docs/gallery.md": {"my.toml": 'experiments = ["xenonnt_sr0"]\nflavors = ["effective"]\n'},
    "docs/projections.md": {
        "my.toml": 'experiment_folders = ["my_detector"]\nexperiments = []\n',
    },
}
#: The address of a service on the pages.
ADDRESS = "http://127.0.0.1:8642"


def test_pages_are_found():
    assert len(PAGES) > 10


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_blocks_run(page: Path, workplace: Path, capsys: pytest.CaptureFixture[str]):
    pyplot.switch_backend("agg")
    _prepare(page, workplace)
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(ROOT / page):
        if not block.language.startswith("{") and not block.excuse:
            try:
                _run(block, names, workplace)
            except (Exception, SystemExit) as error:
                said = capsys.readouterr().err
                pytest.fail(f"{page}, line {block.line}: {type(error).__name__}: {error} {said}")
    pyplot.close("all")


def _prepare(page: Path, workplace: Path) -> None:
    for name, text in READERS.get(page.as_posix(), {}).items():
        (workplace / name).write_text(text)
    if page.name == "projections.md":
        own = workplace / "my_detector"
        (workplace / "docs/example/toy_detector").rename(own)
        toml = own / "experiment.toml"
        toml.write_text(toml.read_text().replace('"toy_detector"', '"my_detector"'))


def _run(block: Block, names: dict[str, object], workplace: Path) -> None:
    if block.file:
        path = workplace / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    if block.language == "console":
        for command in _commands(block.text):
            _command(command)
    elif block.language == "python":
        text = block.text
        if ADDRESS in text:
            with served(workplace / "products") as service:
                exec(compile(text.replace(ADDRESS, service.address), "page", "exec"), names)
        else:
            exec(compile(text, "page", "exec"), names)
    elif block.language == "toml":
        values = tomllib.loads(block.text)
        if values and set(values) <= set(Configuration.model_fields) and not block.file:
            Configuration.from_values(values)
    else:
        assert block.language == "text", f"a block of '{block.language}': how is it tried?"


def _commands(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.startswith("$ ")]
    assert lines, "a block of console has a line that begins with $"
    return [re.sub(r"\s+# .*$", "", line[2:]) for line in lines]


def _command(command: str) -> None:
    words = shlex.split(command)
    if words[0] == "nusterile":
        main(words[1:])  # which exits where the status is not 0
    else:
        subprocess.run(command, shell=True, check=True, timeout=60)
