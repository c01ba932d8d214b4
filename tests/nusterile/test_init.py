"""Importing the package: light, and only what is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nusterile
from nusterile.accessor import open_product
from nusterile.analysis import Analysis
from nusterile.model.configuration import Configuration

HEAVY = ["numpy", "scipy", "xarray", "numba", "netCDF4", "pydantic", "pandas", "click", "rich"]
NEVER = ["matplotlib", "PySide6", "PyQt6", "PyQt5", "pyqtgraph", "nusterile_gui", "dask"]


def loaded_after(script: str) -> set[str]:
    """Top-level modules that a fresh process has after a script."""
    # xarray imports dask by itself where it is installed; None makes any import of it an error.
    code = (
        f"import sys; sys.modules['dask'] = None\n{script}\n"
        "print('\\n' + ' '.join({m.split('.')[0] for m in sys.modules if sys.modules[m]}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_import_brings_nothing_heavy():
    assert not loaded_after("import nusterile; nusterile.__version__").intersection(HEAVY + NEVER)


def test_listing_names_brings_nothing_heavy():
    assert not loaded_after("import nusterile; dir(nusterile)").intersection(HEAVY + NEVER)


def test_analysis_brings_numpy_but_no_screen():
    loaded = loaded_after("import nusterile; nusterile.Analysis().limits('xenonnt_sr0', 'e', [0])")
    assert {"numpy", "xarray", "numba"} <= loaded
    assert not loaded.intersection(NEVER)


def test_a_product_is_built_read_and_printed_without_a_screen(small_toml, tmp_path):
    loaded = loaded_after(
        "from nusterile.cli import main\n"
        f"main(['build', '-c', {str(small_toml)!r}, '-o', {str(tmp_path / 'a.nc')!r}])\n"
        f"main(['info', {str(tmp_path / 'a.nc')!r}])\n"
        "import nusterile.accessor, nusterile\n"
        f"nusterile.open({str(tmp_path / 'a.nc')!r}).nusterile.limit()"
    )
    assert {"netCDF4", "click", "rich"} <= loaded
    assert not loaded.intersection(NEVER)


def test_command_line_without_a_computation_brings_little():
    loaded = loaded_after("from nusterile.cli import main\nmain(['--version'])")
    assert "click" in loaded
    assert not loaded.intersection({*HEAVY, *NEVER} - {"click"})


def test_names_that_are_offered():
    assert nusterile.Analysis is Analysis
    assert nusterile.Configuration is Configuration
    assert nusterile.open is open_product
    assert set(nusterile.__all__) <= set(dir(nusterile))


def test_what_an_analysis_builds_has_the_accessor():
    grids = {"m_4": {"values": [0.1]}, "mu": {"values": [1e-11, 1e-10]}}
    loaded_after(
        "import nusterile\n"
        f"settings = {{'experiments': ['xenonnt_sr0'], 'flavors': ['e'], 'grids': {grids}}}\n"
        "nusterile.Analysis().with_changes(**settings).build().nusterile.config"
    )


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'nusterile' has no attribute 'analyse'"):
        nusterile.analyse  # noqa: B018
