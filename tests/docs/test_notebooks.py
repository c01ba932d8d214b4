"""Every notebook runs from its first cell to its last, in an own folder, within two minutes."""

from __future__ import annotations

import time
from pathlib import Path

import jupytext
import nbclient
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.md"))
#: Seconds, start of the kernel included.
LONGEST = 120


def test_notebooks_are_found():
    assert len(NOTEBOOKS) >= 7


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")  # those of the client; the notebook's are in its outputs
def test_runs(path: Path, tmp_path: Path):
    notebook = jupytext.read(path, fmt="md:myst")
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are not kept"
    began = time.monotonic()
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(
        notebook, timeout=LONGEST, kernel_name="python3", resources=resources
    ).execute()
    assert time.monotonic() - began < LONGEST
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert outputs
