"""Commands about product files and the configuration."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import netCDF4
import pytest
import xarray as xr
from experiment_folders import only, write_experiment

from nusterile.accessor import open_product
from nusterile.analysis import Analysis
from nusterile.errors import ProductError
from nusterile.model.configuration import default_toml
from nusterile.product.files import validate_product, write_product


class TestBuild:
    def test_writes_a_product_that_keeps_the_contract(self, nusterile, small_toml, tmp_path):
        path = tmp_path / "a.nc"
        out = nusterile.text("build", "-c", small_toml, "-o", path)
        product = validate_product(path)
        assert out.splitlines()[-1] == f"{path}: {path.stat().st_size / 1e6:.1f} MB"
        assert [file.name for file in tmp_path.iterdir()] == ["a.nc"]
        assert product.sizes["m_4"] == 5

    def test_prints_the_limits(self, nusterile, small_toml, tmp_path, monkeypatch):
        monkeypatch.setenv("COLUMNS", "120")
        out = nusterile.text("build", "-c", small_toml, "-o", tmp_path / "a.nc")
        product = open_product(tmp_path / "a.nc")
        for dof in (1, 2):
            title = f"Upper limits on the moment in mu_B, 90 % CL, {dof} dof, by sterile mass"
            header, _, *lines = out.split(title)[1].strip().splitlines()
            assert header.split()[:2] == ["selection", "flavor"]
            rows = {tuple(line.split()[:2]): line.split()[2:] for line in lines[:36]}
            assert len(rows) == 36
            part = product.sel(selection="pandax4t", flavor="tau", cl=0.9, dof=dof)
            assert rows["pandax4t", "tau"] == [
                str(status) if status == "open" else f"{limit:.2e}"
                for limit, status in zip(part.limit.values, part.limit_status.values, strict=True)
            ]

    def test_default_output(self, nusterile, small_toml, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        out = nusterile.text("build", "-c", small_toml)
        assert out.splitlines()[-1].startswith(f"{Path('products/reference.nc')}: ")
        validate_product(tmp_path / "products" / "reference.nc")

    def test_default_folder_that_cannot_be_made(self, nusterile, small_toml, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "products").write_text("")
        assert nusterile.refused("build", "-c", small_toml) == (
            "products: cannot be made (File exists); name a file with -o"
        )

    def test_old_product_is_replaced(self, nusterile, small_toml, small_product, tmp_path):
        path = tmp_path / "a.nc"
        path.write_bytes(small_product.read_bytes()[:1000])
        nusterile.text("build", "-c", small_toml, "-o", path)
        validate_product(path)

    @pytest.mark.parametrize(
        ("target", "complaint"),
        [
            ("no/a.nc", "no/a.nc: the folder no does not exist; make it first"),
            (".", ".: is a folder; name a file in it"),
            ("notes.txt", "notes.txt: is there and is no netCDF file, so it is not replaced"),
            ("notes.txt/a.nc", "the folder notes.txt does not exist"),
            ("a" * 300, "cannot be written (File name too long); give a shorter name"),
        ],
    )
    def test_impossible_target_is_found_before_the_work(
        self, nusterile, small_toml, tmp_path, monkeypatch, target, complaint
    ):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("nusterile.product.scan.compute_product", None)
        (tmp_path / "notes.txt").write_text("mine")
        assert complaint in nusterile.refused("build", "-c", small_toml, "-o", target)
        assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
        assert (tmp_path / "notes.txt").read_text() == "mine"

    def test_folder_that_cannot_be_written(self, nusterile, small_toml, tmp_path, monkeypatch):
        """Permissions do not stop root, but no user can make files in /proc."""
        monkeypatch.setattr("nusterile.product.scan.compute_product", None)
        folder = tmp_path / "closed"
        folder.mkdir()
        folder.chmod(0o555)
        targets = [folder / "a.nc"] if os.geteuid() else []
        if sys.platform == "linux":
            targets.append(Path("/proc/self/a.nc"))
        assert targets
        for path in targets:
            complaint = nusterile.refused("build", "-c", small_toml, "-o", path)
            assert complaint.startswith(f"{path}: cannot be written (")
        folder.chmod(0o755)

    def test_configuration_of_1e9_points(self, nusterile, tmp_path):
        config = tmp_path / "a.toml"
        config.write_text(
            "[grids]\n"
            "m_4 = { low = 1e-3, high = 4, points = 10000 }\n"
            "mu = { low = 1e-12, high = 1e-6, points = 100000 }\n"
        )
        complaint = nusterile.refused("build", "-c", config, "-o", tmp_path / "a.nc")
        assert complaint.startswith("the grids hold 1e+09 points and need 3.77e+03 GiB")
        assert "GiB of memory (at most 4 GiB)" in complaint
        assert "compute block by block: nusterile build --scheduler threads" in complaint
        assert [file.name for file in tmp_path.iterdir()] == ["a.toml"]

    def test_own_experiment(self, nusterile, tmp_path):
        write_experiment(tmp_path / "toy")
        (tmp_path / "a.toml").write_text(only("toy"))
        path = tmp_path / "a.nc"
        assert "toy" in nusterile.text("build", "-c", tmp_path / "a.toml", "-o", path)
        assert "toy" in nusterile.text("info", path)
        assert "keeps the contract" in nusterile.text("validate", path)
        assert list(Analysis.from_product(path).selections) == ["toy"]

    def test_configuration_may_come_through_a_pipe(self, process, tmp_path):
        if not Path("/dev/stdin").exists():
            pytest.fail("this system has no /dev/stdin")
        result = process.run(
            *("limits", "-c", "/dev/stdin", "--m4", 0, "--format", "csv"),
            input='experiments = ["xenonnt_sr0"]\nflavors = ["e"]\n',
        )
        assert (result.status, result.err) == (0, "")
        assert result.out.splitlines()[1].startswith("xenonnt_sr0,e,0.0,0.9,1,")


class TestInfo:
    def test_says_what_a_product_holds(self, nusterile, small_product, product, monkeypatch):
        monkeypatch.setenv("COLUMNS", "200")
        out = nusterile.text("info", small_product)
        for name in (*product.coords, *product.data_vars):
            assert name in out
        for attribute in ("title", "summary", "comment", "date_created", "config_hash"):
            assert " ".join(product.attrs[attribute].split()) in " ".join(out.split())
        for reference in product.attrs["references"].split("; "):
            assert f"  {reference}" in out.splitlines()
        assert "schema: 2 (scan)" in out
        assert "0.001 to 1" in out
        assert "xenonnt_sr0, pandax4t_run0, pandax4t_run1" in out
        assert "1/(t yr keV)" in out

    def test_fits_a_narrow_screen(self, nusterile, small_product, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        lines = nusterile.text("info", small_product).splitlines()
        assert max(len(line) for line in lines if "sha256" not in line) <= 80

    def test_control_characters_of_a_file_do_not_reach_the_terminal(
        self, nusterile, product, tmp_path
    ):
        evil = "\x1b]0;owned\x07\x1b[2J\nschema: 99\u202e"
        product.attrs |= dict.fromkeys(["title", "summary", "references", "date_created"], evil)
        product["chi2"].attrs["long_name"] = evil
        product = product.assign({"odd\u202e": ("m_4", product.m_4.values)})
        path = tmp_path / "a.nc"
        write_product(product, path)
        out = nusterile.text("info", path)
        assert all(c.isprintable() or c == "\n" for c in out)
        assert r"\x1b]0;owned\x07" in out
        assert "\nschema: 99" not in out

    @pytest.mark.parametrize("where", ["selection", "units", "content", "config_hash"])
    def test_control_characters_in_a_complaint(self, nusterile, product, tmp_path, where):
        evil = "\x1b]0;owned\x07\x1b[2J\nschema: 99\u202e"
        if where == "selection":
            product = product.assign_coords(selection=[evil, *product.selection.values[1:]])
        elif where == "units":
            product["m_4"].attrs["units"] = evil
        else:
            product.attrs[where] = evil
        path = tmp_path / "a.nc"
        product.to_netcdf(path)
        for command in ("info", "validate"):
            complaint = nusterile.run(command, path).complaint
            assert complaint.startswith(f"{path}: ")
            assert complaint.isprintable()

    def test_broken_product_of_the_right_version(self, nusterile, tmp_path):
        path = tmp_path / "a.nc"
        xr.Dataset(
            {"a": ("x", [float("nan")] * 2), "t": ("y", ["word"])},
            {"x": ("x", [float("nan"), float("inf")]), "z": ("z", [])},
            {"schema_version": 1},
        ).to_netcdf(path)
        for command in ("info", "validate"):
            complaint = nusterile.run(command, path).complaint
            assert complaint.startswith(f"{path}: attribute title:")

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (None, "does not exist"),
            (b"", "is empty; build it again"),
            (b"m_4,limit\n", "is no netCDF file"),
            (b"\x89HDF\r\n\x1a\n\x00", "is damaged or cut short"),
        ],
    )
    def test_what_is_no_product(self, nusterile, tmp_path, content, complaint):
        path = tmp_path / "a.nc"
        if content is not None:
            path.write_bytes(content)
        assert complaint in nusterile.refused("info", path)
        result = nusterile.run("validate", path)
        assert result.status == 1
        assert complaint in result.complaint

    def test_cut_product(self, nusterile, small_product, tmp_path):
        raw = small_product.read_bytes()
        path = tmp_path / "a.nc"
        for length in (1, 100, 2048, len(raw) // 2, len(raw) - 1):
            path.write_bytes(raw[:length])
            assert nusterile.refused("info", path).startswith(f"{path}: is damaged or cut short")

    def test_foreign_file_and_other_versions(self, nusterile, small_product, tmp_path):
        path = tmp_path / "a.nc"
        for version, complaint in [
            (None, "is not a nusterile product (it has no attribute schema_version)"),
            (3, "has schema version 3, this nusterile reads up to 2; install a newer nusterile"),
            (0, "has schema version 0, which is no longer read; build it again"),
        ]:
            path.write_bytes(small_product.read_bytes())
            with netCDF4.Dataset(path, "a") as file:
                file.delncattr("schema_version")
                if version is not None:
                    file.schema_version = version
            assert nusterile.refused("info", path) == f"{path}: {complaint}"
            result = nusterile.run("validate", path)
            assert (result.status, result.complaint) == (1, f"{path}: {complaint}")

    @pytest.mark.parametrize("command", ["info", "validate"])
    def test_file_must_be_named(self, nusterile, command):
        assert nusterile.refused(command) == "Missing argument 'FILE'."


class TestValidate:
    def test_good_product(self, nusterile, small_product):
        assert nusterile.text("validate", small_product) == (
            f"{small_product}: keeps the contract (schema 2, scan)\n"
        )

    def test_broken_promise(self, nusterile, product, tmp_path):
        path = tmp_path / "a.nc"
        product["chi2"].attrs["units"] = "sigma"
        product.to_netcdf(path)
        result = nusterile.run("validate", path)
        assert (result.status, result.out) == (1, "")
        assert result.complaint == (
            f"{path}: variable chi2, attribute units: expected '1', found 'sigma'"
        )
        with pytest.raises(ProductError):
            validate_product(path)


class TestConfig:
    def test_is_the_default_file(self, nusterile):
        assert nusterile.text("config") == default_toml()

    def test_default_goes_into_a_file(self, nusterile, tmp_path):
        nusterile.text("config", "-o", tmp_path / "a.toml")
        assert (tmp_path / "a.toml").read_text() == default_toml()

    def test_of_a_product_can_be_built_again_anywhere(self, nusterile, tmp_path):
        (tmp_path / "old").mkdir()
        write_experiment(tmp_path / "old" / "toy")
        (tmp_path / "old" / "a.toml").write_text(only("toy"))
        nusterile.text("build", "-c", tmp_path / "old" / "a.toml", "-o", tmp_path / "a.nc")
        (tmp_path / "old").rename(tmp_path / "gone")
        shown = nusterile.text("config", tmp_path / "a.nc")
        assert 'experiment_folders = [\n    "experiments/toy",\n]' in shown
        (tmp_path / "new").mkdir()
        nusterile.text("config", tmp_path / "a.nc", "-o", tmp_path / "new" / "a.toml")
        assert (tmp_path / "new" / "a.toml").read_text() == shown
        nusterile.text("build", "-c", tmp_path / "new" / "a.toml", "-o", tmp_path / "b.nc")
        one, other = validate_product(tmp_path / "a.nc"), validate_product(tmp_path / "b.nc")
        xr.testing.assert_equal(one, other)
        for name in ("config", "config_hash", "input_hashes", "input_texts"):
            assert one.attrs[name] == other.attrs[name], name
        assert str(tmp_path) not in json.dumps(one.to_dict(data=False), default=str)

    def test_is_not_written_over_what_it_is_made_of(self, nusterile, small_product):
        message = nusterile.refused("config", small_product, "-o", small_product)
        assert "is read by this run" in message

    def test_can_be_read_back(self, nusterile, tmp_path):
        path = tmp_path / "a.toml"
        path.write_text(nusterile.text("config"))
        assert Analysis.from_toml(path).configuration == Analysis().configuration

    def test_every_key_changed_is_built_and_stored(self, nusterile, tmp_path):
        write_experiment(tmp_path / "toy")
        path = tmp_path / "a.toml"
        path.write_text(
            'experiments = ["xenonnt_sr0"]\nexperiment_folders = ["toy"]\nflavors = ["tau"]\n'
            '[selections]\nboth = ["toy", "xenonnt_sr0"]\n'
            "[grids]\nm_4 = { values = [0.0, 0.2] }\n"
            "mu = { low = 1e-12, high = 1e-9, points = 4 }\ncl = [0.683]\n"
            "[oscillation]\nsin2_theta_12 = 0.3\nsin2_theta_13 = 0.02\n"
            "sin2_theta_23 = 0.5\ndelta_m2_21 = 7e-5\n"
            '[solar]\nmodel = "agss09met"\nsigma = 0.1\n'
            '[cross_section]\ncouplings = "radiative"\n'
            "[overrides.xenonnt_sr0]\nfit_range = [1.0, 10.0]\n"
            "resolution = [0.3, 0.0]\n[overrides.xenonnt_sr0.components.b0]\nfree = true\n"
        )
        nusterile.text("build", "-c", path, "-o", tmp_path / "a.nc")
        product = validate_product(tmp_path / "a.nc")
        assert product.selection.values.tolist() == ["both"]
        assert product.flavor.values.tolist() == ["tau"]
        assert product.m_4.values.tolist() == [0.0, 0.2]
        assert product.cl.values.tolist() == [0.683]
        assert product.exposure.values.tolist() == [1.16, 0.5]
        assert product.bin_high.max() == 10.0
        configuration = Analysis.from_toml(path).configuration
        assert Analysis.from_product(product).configuration.hash() == configuration.hash()
