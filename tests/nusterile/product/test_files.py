"""Writing and reading product files, and what happens when something is in the way."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from experiment_folders import SMALL_GRIDS, write_experiment

import nusterile
from nusterile.accessor import open_product
from nusterile.analysis import Analysis
from nusterile.errors import InputError, ProductError, ProductWarning
from nusterile.files.seals import seal_state
from nusterile.product import content
from nusterile.product.content import doubt_about
from nusterile.product.files import check_target, validate_product, write_product
from nusterile.product.scan_kind import SCAN
from nusterile.product.stored import stored_configuration, stored_input_hashes
from nusterile.vocabulary import ATTRIBUTES, MOMENT_ATTRIBUTES


def python(script: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def parts(folder) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]


def refusal(function, *arguments) -> str:
    with pytest.raises(ProductError) as error:
        function(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


class TestFile:
    """The file as other programs see it."""

    def test_plain_xarray_opens_it(self, small_product, product):
        with xr.open_dataset(small_product) as plain:
            xr.testing.assert_identical(plain.load(), product)

    @pytest.mark.parametrize("name", [*SCAN.coordinates, *SCAN.variables])
    def test_dims_dtype_units_and_long_name(self, small_product, name):
        expected = {**SCAN.coordinates, **SCAN.variables}[name]
        with netCDF4.Dataset(small_product) as file:
            variable = file[name]
            assert variable.dimensions == expected.dims
            assert variable.units == ATTRIBUTES[name]["units"]
            assert variable.long_name == ATTRIBUTES[name]["long_name"]
            found = "text" if variable.dtype is str else str(variable.dtype)
            assert found == expected.dtype

    def test_every_number_of_a_coordinate_is_float64(self, product):
        for name, coordinate in product.coords.items():
            assert coordinate.dtype.kind in "OUT" or coordinate.dtype == np.float64, name
        assert product.rate.dtype == product.pulls.dtype == np.float32

    def test_contract_of_dimensions_and_units(self, product):
        """As the contract has them, not as the code has them."""
        fit = ("selection", "flavor", "m_4")
        assert {str(name): array.dims for name, array in product.data_vars.items()} == {
            "rate": ("experiment", "flavor", "m_4", "mu", "bin"),
            "rate_sm": ("experiment", "bin"),
            "rate_dipole": ("experiment", "flavor", "m_4", "bin"),
            "background": ("experiment", "component", "bin"),
            "counts": ("experiment", "bin"),
            "exposure": ("experiment",),
            "chi2": (*fit, "mu"),
            "pulls": (*fit, "mu", "pull"),
            "chi2_min": fit,
            "mu_best": fit,
            "limit": (*fit, "cl", "dof"),
            "limit_status": (*fit, "cl", "dof"),
            "limit_low": (*fit, "cl", "dof"),
            "expected_limit": (*fit, "cl", "dof"),
            "chi2_sm": ("selection",),
            "delta_chi2_sm": fit,
        }
        units = {name: array.attrs["units"] for name, array in product.variables.items()}
        rate = dict.fromkeys(["rate", "rate_sm", "rate_dipole", "background"], "1/(t yr keV)")
        moments = ["mu", "mu_best", "limit", "limit_low", "expected_limit"]
        moment = dict.fromkeys(moments, MOMENT_ATTRIBUTES["units"])
        expected = {"m_4": "MeV", "exposure": "t yr", "bin_low": "keV", "bin_high": "keV"}
        expected |= rate | moment
        assert {name: unit for name, unit in units.items() if unit != "1"} == expected

    def test_numbers_are_compressed_and_chunked(self, small_product):
        single = ("experiment", "selection", "flavor")
        with netCDF4.Dataset(small_product) as file:
            for name, variable in file.variables.items():
                if variable.dtype is str:
                    continue
                assert variable.filters()["zlib"], name
                chunks = [
                    1 if dimension in single else file.dimensions[dimension].size
                    for dimension in variable.dimensions
                ]
                assert variable.chunking() == chunks, name

    def test_coordinates_have_no_fill_value(self, small_product):
        with netCDF4.Dataset(small_product) as file:
            for name in ("m_4", "mu", "cl", "dof", "bin"):
                assert "_FillValue" not in file[name].ncattrs()

    def test_two_files_of_one_configuration_differ_in_their_date_only(
        self, small_toml, small_product, tmp_path
    ):
        Analysis.from_toml(small_toml).build(tmp_path / "again.nc")
        one, other = open_product(small_product), open_product(tmp_path / "again.nc")
        differing = {name for name, value in one.attrs.items() if other.attrs[name] != value}
        assert differing <= {"date_created", "history"}
        one.attrs = other.attrs
        xr.testing.assert_identical(one, other)
        for name in one.variables:
            for key in ("chunksizes", "zlib", "complevel", "shuffle", "_FillValue"):
                assert str(one[name].encoding.get(key)) == str(other[name].encoding.get(key))

    def test_file_is_closed_after_reading(self, small_product, tmp_path):
        copy = tmp_path / "a.nc"
        copy.write_bytes(small_product.read_bytes())
        dataset = nusterile.open(copy)
        copy.unlink()
        assert np.isfinite(dataset.limit).any()
        if sys.platform == "linux":
            descriptors = Path("/proc/self/fd").iterdir()
            assert not any("a.nc" in os.path.realpath(link) for link in descriptors)

    def test_reader_that_has_the_old_file_open_keeps_it(self, product, tmp_path):
        path = tmp_path / "a.nc"
        write_product(product, path)
        with xr.open_dataset(path) as reader:
            changed = product.assign_attrs(title="another")
            changed["pulls"] = product.pulls + 1
            write_product(changed, path)
            assert reader.attrs["title"] == product.attrs["title"]
            np.testing.assert_array_equal(reader.pulls, product.pulls)
        assert open_product(path).attrs["title"] == "another"
        np.testing.assert_array_equal(open_product(path).pulls, product.pulls + 1)


class TestDamagedFile:
    @pytest.mark.parametrize("read", [open_product, validate_product])
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "is empty; build it again"),
            (b"m_4,limit\n0,1e-11\n", "is no netCDF file"),
            (b"\x00" * 4096, "is no netCDF file"),
            (b"\x89HD", "is damaged or cut short"),
            (b"\x89HDF\r\n\x1a\n" + b"\xff" * 1000, "is damaged or cut short"),
            (b"CDF\x01 and more", "is damaged or cut short"),
        ],
    )
    def test_what_is_no_netcdf(self, tmp_path, content, message, read):
        path = tmp_path / "a.nc"
        path.write_bytes(content)
        assert refusal(read, path).startswith(f"{path}: {message}")

    def test_missing_file_folder_and_pipe(self, tmp_path):
        assert refusal(open_product, tmp_path / "no.nc").endswith(
            "no.nc: does not exist; check its name and folder"
        )
        assert refusal(open_product, tmp_path).endswith(": is a folder, not a product file")
        os.mkfifo(tmp_path / "pipe")
        assert refusal(open_product, tmp_path / "pipe").endswith(
            "is no netCDF file; name one that nusterile build wrote"
        )
        name = "a" * 300
        assert "cannot be read (File name too long)" in refusal(open_product, tmp_path / name)

    def test_cut_anywhere(self, small_product, tmp_path):
        """In a process of its own, since the netCDF library reads bytes it cannot trust."""
        result = python(
            """
            import random, sys
            from pathlib import Path
            from nusterile.errors import ProductError
            from nusterile.accessor import open_product
            from nusterile.product.files import validate_product
            raw, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
            random.seed(1)
            lengths = {*range(0, 100, 9), *range(100, len(raw), len(raw) // 60)}
            lengths |= {random.randrange(len(raw)) for _ in range(40)}
            lengths |= {2**k for k in range(17)} | {len(raw) - k for k in (1, 2, 7, 64, 4096)}
            for length in sorted(lengths):
                path.write_bytes(raw[:length])
                for read in (open_product, validate_product):
                    try:
                        read(path)
                    except ProductError as error:
                        assert str(error).startswith(f"{path}: is "), error
                        assert "\\n" not in str(error)
                    else:
                        raise SystemExit(f"read without complaint: {length} bytes")
            print(len(lengths))
            """,
            small_product,
            tmp_path / "cut.nc",
        )
        assert (result.returncode, result.stderr) == (0, "")
        assert int(result.stdout) > 100

    def test_whole_file_is_read(self, small_product, tmp_path):
        """Or the test above would hold for a reader that refuses everything."""
        path = tmp_path / "whole.nc"
        path.write_bytes(small_product.read_bytes())
        xr.testing.assert_identical(validate_product(path), open_product(small_product))

    def test_foreign_netcdf(self, tmp_path):
        path = tmp_path / "a.nc"
        xr.Dataset(
            {"t": ("time", [1.0])}, {"time": ("time", [0], {"units": "aeons since 2000-01-01"})}
        ).to_netcdf(path)
        message = f"{path}: is not a nusterile product (it has no attribute schema_version)"
        assert refusal(open_product, path) == refusal(validate_product, path) == message

    @pytest.mark.parametrize(
        ("version", "message"),
        [
            (3, "has schema version 3, this nusterile reads up to 2; install a newer nusterile"),
            (0, "has schema version 0, which is no longer read; build it again"),
            ("1", "attribute schema_version: expected an integer, found '1'"),
            (1.5, "attribute schema_version: expected an integer, found"),
            ([1, 1], "attribute schema_version: expected an integer, found"),
        ],
    )
    def test_other_schema_version(self, product, tmp_path, version, message):
        path = tmp_path / "a.nc"
        product.attrs["schema_version"] = version
        product.to_netcdf(path)
        assert f"{path}: {message}" in refusal(open_product, path)
        assert f"{path}: {message}" in refusal(validate_product, path)


class TestTarget:
    """Whether a file can be written is found out before the work."""

    def test_free_name_and_old_product_are_taken(self, small_product, tmp_path):
        check_target(tmp_path / "new.nc")
        old = tmp_path / "old.nc"
        old.write_bytes(small_product.read_bytes())
        check_target(old)
        assert [path.name for path in tmp_path.iterdir()] == ["old.nc"]

    @pytest.mark.parametrize("length", [0, 5, 1000])
    def test_empty_or_broken_product_may_be_replaced(self, small_product, tmp_path, length):
        path = tmp_path / "broken.nc"
        path.write_bytes(small_product.read_bytes()[:length])
        check_target(path)

    def test_missing_folder(self, tmp_path):
        path = tmp_path / "no" / "a.nc"
        assert refusal(check_target, path) == (
            f"{path}: the folder {path.parent} does not exist; make it first"
        )

    def test_file_as_folder(self, small_toml):
        assert "does not exist" in refusal(check_target, small_toml / "a.nc")

    def test_folder_as_file(self, tmp_path):
        assert refusal(check_target, tmp_path) == f"{tmp_path}: is a folder; name a file in it"

    def test_folder_that_cannot_be_written(self, tmp_path):
        """Permissions do not stop root, but no user can make files in /proc."""
        folder = tmp_path / "closed"
        folder.mkdir()
        folder.chmod(0o555)
        targets = [folder / "a.nc"] if os.geteuid() else []
        if sys.platform == "linux":
            targets.append(Path("/proc/self/a.nc"))
        assert targets
        for path in targets:
            assert refusal(check_target, path).startswith(f"{path}: cannot be written (")
        folder.chmod(0o755)

    def test_name_too_long(self, tmp_path):
        path = tmp_path / ("a" * 254)
        assert refusal(check_target, path).startswith(f"{path}: cannot be written (File name")

    @pytest.mark.parametrize("content", [b"[grids]\n", b"m_4,limit\n", b"PK\x03\x04"])
    def test_other_files_are_not_replaced(self, tmp_path, product, content):
        path = tmp_path / "mine.toml"
        path.write_bytes(content)
        message = f"{path}: is there and is no netCDF file, so it is not replaced; name another"
        for attempt in (lambda: check_target(path), lambda: write_product(product, path)):
            assert refusal(attempt).startswith(message)
        assert path.read_bytes() == content

    def test_devices_and_pipes_are_not_replaced(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "pipe", Path("/dev/null")):
            assert "is no netCDF file, so it is not replaced" in refusal(check_target, path)


class TestInterruptedWriting:
    @pytest.fixture
    def old(self, small_product, tmp_path):
        path = tmp_path / "a.nc"
        path.write_bytes(small_product.read_bytes())
        return path

    def test_full_disk(self, small_product, old):
        """A limit on the size of files stops the library at any point of the writing."""
        before = old.read_bytes()
        result = python(
            """
            import resource, sys
            from pathlib import Path
            from nusterile.errors import ProductError
            from nusterile.accessor import open_product
            from nusterile.product.files import write_product
            dataset, path = open_product(sys.argv[1]), Path(sys.argv[2])
            write_product(dataset, path.with_name("before.nc"))
            size = path.with_name("before.nc").stat().st_size
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            for limit in (0, 1, 500, 5_000, 50_000, size // 2, size - 5_000, size - 1):
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
                try:
                    write_product(dataset, path)
                except ProductError as error:
                    print(error)
                else:
                    raise SystemExit(f"wrote within {limit} bytes")
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            write_product(dataset, path.with_name("after.nc"))
            """,
            small_product,
            old,
        )
        assert (result.returncode, result.stderr) == (0, "")
        assert len(result.stdout.splitlines()) == 8
        for line in result.stdout.splitlines():
            assert line.startswith(f"{old}: could not be written (")
            assert "is the disk full" in line
            assert line.endswith("What was there before is unchanged")
        assert old.read_bytes() == before
        assert parts(old.parent) == []
        validate_product(old.with_name("after.nc"))

    def test_kill_in_mid_write(self, small_product, old):
        """The old file stays whole; what the killed writer left is removed by a later one."""
        before = old.read_bytes()
        script = """
            import os, signal, sys
            from pathlib import Path
            from nusterile.accessor import open_product
            from nusterile.product.files import write_product
            os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
            write_product(open_product(sys.argv[1]), Path(sys.argv[2]))
        """
        assert python(script, small_product, old).returncode == -9
        assert old.read_bytes() == before
        validate_product(old)
        (left,) = parts(old.parent)
        write_product(open_product(small_product), old)
        assert parts(old.parent) == [left], "another host's writer may still be at it"
        long_ago = time.time() - 3600
        os.utime(old.parent / left, (long_ago, long_ago))
        write_product(open_product(small_product), old)
        assert parts(old.parent) == []

    def test_parts_of_living_writers_and_of_other_files_stay(self, product, tmp_path):
        names = [
            f".a.nc.{os.getpid()}-0123abcd.part",
            ".b.nc.999999999-0123abcd.part",
            ".a.nc.999999999.part",
            "a.nc.999999999-0123abcd.part",
        ]
        for name in names:
            (tmp_path / name).write_bytes(b"x")
            os.utime(tmp_path / name, (0, 0))
        write_product(product, tmp_path / "a.nc")
        assert sorted(parts(tmp_path)) == sorted(names)

    @pytest.mark.parametrize("step", ["dump_to_store", "fsync", "replace"])
    def test_any_exception_leaves_the_old_file_and_no_part(self, product, old, monkeypatch, step):
        before = old.read_bytes()

        def fail(*_arguments, **_options):
            raise KeyboardInterrupt

        where = {"dump_to_store": "xarray.Dataset", "fsync": "os", "replace": "pathlib.Path"}[step]
        monkeypatch.setattr(f"{where}.{step}", fail)
        with pytest.raises(KeyboardInterrupt):
            write_product(product, old)
        assert old.read_bytes() == before
        assert parts(old.parent) == []

    def test_incomplete_file_is_not_moved_into_place(self, product, old, monkeypatch):
        before = old.read_bytes()
        write = xr.Dataset.dump_to_store
        monkeypatch.setattr(
            "xarray.Dataset.dump_to_store",
            lambda self, *a, **k: write(self.isel(mu=slice(3)), *a, **{**k, "encoding": {}}),
        )
        assert "the written file is incomplete" in refusal(write_product, product, old)
        assert old.read_bytes() == before

    def test_two_writers_at_once(self, small_product, tmp_path):
        """Both finish, and the file is one of the two."""
        path = tmp_path / "a.nc"
        script = """
            import sys
            from pathlib import Path
            from nusterile.accessor import open_product
            from nusterile.product.files import write_product
            dataset = open_product(sys.argv[1]).assign_attrs(title=sys.argv[3])
            for _ in range(3):
                write_product(dataset, Path(sys.argv[2]))
        """
        command = [sys.executable, "-c", textwrap.dedent(script), str(small_product), str(path)]
        writers = [subprocess.Popen([*command, title]) for title in ("one", "other")]
        seen = set()
        while any(writer.poll() is None for writer in writers):
            if path.exists():
                seen.add(validate_product(path).attrs["title"])
        assert [writer.wait() for writer in writers] == [0, 0]
        seen.add(validate_product(path).attrs["title"])
        assert seen <= {"one", "other"}
        assert parts(tmp_path) == []


class TestBackToTheAnalysis:
    def test_configuration_and_checksums(self, product, small_analysis):
        assert stored_configuration(product) == small_analysis.configuration
        assert stored_input_hashes(product) == small_analysis.input_hashes()

    @pytest.mark.parametrize("given", ["path", "text", "dataset"])
    def test_analysis_is_the_same_again(self, small_product, product, small_analysis, given):
        source = {"path": small_product, "text": str(small_product), "dataset": product}[given]
        again = Analysis.from_product(source)
        assert again.configuration == small_analysis.configuration
        assert again.selections == small_analysis.selections
        assert again.input_hashes() == small_analysis.input_hashes()
        assert again.pull_names() == small_analysis.pull_names()

    @pytest.mark.parametrize("name", ["config", "input_hashes"])
    @pytest.mark.parametrize("value", [None, "", "[1]", "{", "[" * 100_000, 3])
    def test_attribute_that_is_no_json_object(self, product, name, value):
        product.attrs[name] = value
        if value is None:
            del product.attrs[name]
        with pytest.raises(ProductError, match=f"attribute {name} is missing or is not JSON"):
            Analysis.from_product(product)

    def test_stored_configuration_of_a_newer_version(self, product):
        values = json.loads(product.attrs["config"])
        product.attrs["config"] = json.dumps({**values, "toys": 3})
        with pytest.raises(InputError, match="the product's configuration: unknown key 'toys'"):
            Analysis.from_product(product)

    def test_stored_configuration_that_is_nested_too_deep(self, product):
        product.attrs["config"] = '{"overrides":' + '{"a":' * 500 + "1" + "}" * 501
        with pytest.raises(InputError, match="configuration: tables and lists are nested more"):
            Analysis.from_product(product)

    @pytest.fixture
    def own(self, tmp_path):
        folder = write_experiment(tmp_path / "toy")
        (tmp_path / "a.toml").write_text(f'experiment_folders = ["toy"]\n{SMALL_GRIDS}')
        Analysis.from_toml(tmp_path / "a.toml").build(tmp_path / "a.nc")
        return folder

    def test_own_experiment_from_anywhere(self, own, monkeypatch):
        monkeypatch.chdir("/")
        analysis = Analysis.from_product(own.parent / "a.nc")
        assert analysis.selections["combined"][-1] == "toy"
        assert analysis.limits("toy", "e", [0.1]).limit.sizes["selection"] == 1

    @pytest.mark.parametrize("fate", ["changed", "moved"])
    def test_a_product_carries_its_inputs(self, own, fate):
        path = own.parent / "a.nc"
        before = Analysis.from_product(path).spectrum("toy", "e", 0.1, 1e-11, "toy")
        if fate == "moved":
            own.rename(own.with_name("moved"))
        else:
            write_experiment(own, counts="energy_low_keV,energy_high_keV,counts\n1,2,9\n2,3,9\n")
        again = Analysis.from_product(path)
        xr.testing.assert_identical(again.spectrum("toy", "e", 0.1, 1e-11, "toy"), before)
        assert again.selections["combined"][-1] == "toy"
        text = json.dumps(nusterile.open(path).attrs["config"])
        assert str(own.parent) not in text

    @pytest.mark.parametrize("file", ["counts.csv", "experiment.toml"])
    def test_changed_text_is_noticed(self, own, file):
        product = nusterile.open(own.parent / "a.nc")
        texts = json.loads(product.attrs["input_texts"])
        texts[f"experiments/toy/{file}"] += "# a note\n"
        product.attrs["input_texts"] = json.dumps(texts)
        with pytest.raises(InputError) as error:
            Analysis.from_product(product)
        assert str(error.value) == (
            f"input table experiments/toy/{file} is not the one this product was made from; "
            "build the product again"
        )

    def test_missing_text_is_noticed(self, own):
        product = nusterile.open(own.parent / "a.nc")
        texts = json.loads(product.attrs["input_texts"])
        del texts["experiments/toy/counts.csv"]
        product.attrs["input_texts"] = json.dumps(texts)
        with pytest.raises(InputError, match=r"toy/counts\.csv: is not among the files that are"):
            Analysis.from_product(product)

    def test_input_that_is_not_read_any_more_is_noticed(self, product):
        hashes = json.loads(product.attrs["input_hashes"])
        product.attrs["input_hashes"] = json.dumps({**hashes, "solar/new.csv": "0" * 64})
        with pytest.raises(InputError, match=r"input table solar/new\.csv is not the one"):
            Analysis.from_product(product)


class TestSeal:
    def test_a_product_bears_one(self, product, tmp_path):
        write_product(product, tmp_path / "a.nc")
        raw = (tmp_path / "a.nc").read_bytes()
        assert seal_state(raw) == "whole"
        assert doubt_about(nusterile.open(tmp_path / "a.nc"), "a.nc") == ""

    @pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
    def test_a_bit_that_changed_is_refused_before_any_library_sees_it(
        self, product, tmp_path, monkeypatch, place
    ):
        path = tmp_path / "a.nc"
        write_product(product, path)
        raw = bytearray(path.read_bytes())
        raw[int(len(raw) * place)] ^= 4
        path.write_bytes(raw)
        for name in ("read_image", "read_untrusted"):
            monkeypatch.setattr(f"nusterile.product.content.{name}", None)
        assert refusal(validate_product, path) == (
            f"{path}: is damaged or cut short (some bytes are not those that were written); "
            "build it again"
        )

    def test_another_program_wrote_it(self, product, tmp_path):
        path = tmp_path / "a.nc"
        product.to_netcdf(path)
        with pytest.warns(ProductWarning, match="nothing vouches for its values; build it") as seen:
            opened = nusterile.open(path)
        assert str(seen[0].message).startswith(f"{path}: was written or changed by another")
        assert Path(seen[0].filename) == Path(__file__)
        xr.testing.assert_identical(opened, product)

    def test_a_part_that_xarray_wrote(self, product, tmp_path):
        product.sel(flavor="e").to_netcdf(tmp_path / "a.nc")
        part = validate_product(tmp_path / "a.nc")
        assert doubt_about(part, "a.nc")
        xr.testing.assert_equal(part, product.sel(flavor=["e"]))

    def test_another_program_changed_it(self, product, tmp_path):
        path = tmp_path / "a.nc"
        write_product(product, path)
        with netCDF4.Dataset(path, "a") as file:
            file.title = "another"
        with pytest.warns(ProductWarning, match="nothing vouches"):
            assert nusterile.open(path).attrs["title"] == "another"
        write_product(validate_product(path), tmp_path / "b.nc")
        assert nusterile.open(tmp_path / "b.nc").attrs["title"] == "another"


class TestOtherPrograms:
    HOLD = """
        import sys, netCDF4
        file = netCDF4.Dataset(sys.argv[1], "a")
        print("open", flush=True)
        sys.stdin.readline()
        file.close()
    """

    def test_a_file_that_is_open_for_writing(self, product, tmp_path):
        path = tmp_path / "a.nc"
        write_product(product, path)
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(self.HOLD), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        assert refusal(validate_product, path) == (
            f"{path}: another program has it open for writing; try again once that has closed it "
            "(if none has, set HDF5_USE_FILE_LOCKING=FALSE)"
        )
        writer.communicate("\n", timeout=60)
        validate_product(path)

    def test_a_file_system_without_locks(self, product, tmp_path, monkeypatch):
        def no_lock(*_):
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr("fcntl.flock", no_lock)
        write_product(product, tmp_path / "a.nc")
        xr.testing.assert_identical(validate_product(tmp_path / "a.nc"), product)
        product.to_netcdf(tmp_path / "b.nc")
        xr.testing.assert_identical(validate_product(tmp_path / "b.nc"), product)

    def test_a_name_that_the_system_cannot_write(self, small_product, small_toml, tmp_path):
        done = python(
            """
            import sys, nusterile
            analysis = nusterile.Analysis.from_toml(sys.argv[1])
            for work in (analysis.build, nusterile.open):
                try:
                    work("\\u03bc.nc")
                except nusterile.errors.ProductError as error:
                    print(ascii(str(error)))
            """,
            small_toml,
            cwd=tmp_path,
            env={**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        )
        said = "its name has letters that the encoding of this system, ascii, lacks"
        assert done.stderr == ""
        assert done.stdout.splitlines() == [
            rf"'\u03bc.nc: cannot be written ({said}); give another name, or set LC_ALL=C.UTF-8'",
            rf"'\u03bc.nc: cannot be read ({said}); give another name, or set LC_ALL=C.UTF-8'",
        ]


class TestNothingComputedIsLost:
    @pytest.fixture
    def temporary(self, tmp_path, monkeypatch):
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        return folder

    def test_where_the_disk_is_full(self, small_analysis, tmp_path, temporary, monkeypatch):
        write = Path.write_bytes

        def full(path, content):
            if path.parent == tmp_path:
                write(path, content[:100])
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(path, content)

        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(ProductError) as error:
            small_analysis.build(tmp_path / "a.nc")
        (kept,) = temporary.iterdir()
        assert str(error.value) == (
            f"{tmp_path / 'a.nc'}: could not be written (No space left on device): is the disk "
            "full or a quota reached? What was there before is unchanged; the product is saved "
            f"as {kept}"
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary"]
        xr.testing.assert_equal(nusterile.open(kept), small_analysis.build())

    def test_where_the_folder_is_gone(self, small_analysis, tmp_path, temporary):
        folder = tmp_path / "gone"
        folder.mkdir()

        def remove(share, _what):
            if share == 1 and folder.exists():
                folder.rmdir()

        with pytest.raises(ProductError, match=r"does not exist; make it first; the product is "):
            small_analysis.build(folder / "a.nc", progress=remove)
        (kept,) = temporary.iterdir()
        nusterile.open(kept)

    def test_nowhere_to_write(self, small_analysis, tmp_path, monkeypatch):
        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(ProductError, match=r"What was there before is unchanged$"):
            small_analysis.build(tmp_path / "a.nc")
        assert list(tmp_path.iterdir()) == []


_AT_ONCE = """
import sys, threading
import xarray as xr
from nusterile.product.files import validate_product
failed = []
def guarded(work):
    start.wait()
    try:
        work()
    except BaseException as error:
        failed.append(f"{type(error).__name__}: {error}")
def use():
    xr.DataArray([1.0, 2.0], coords={"x": [0, 1]}).sel(x=0).load()
start = threading.Barrier(6)
works = [lambda: validate_product(sys.argv[1])] * 3 + [use] * 3
threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("\\n".join(failed) or None)
"""


def test_threads_that_meet_their_first_arrays_at_once(small_product):
    """In a fresh process, where libraries are imported only when they are needed."""
    done = python(_AT_ONCE, small_product)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_module_that_is_missing_is_no_damage(small_product, monkeypatch):
    def read(*_):
        raise ImportError("no module of that name")

    monkeypatch.setattr(content, "read_image", read)
    with pytest.raises(ImportError, match="no module of that name"):
        open_product(small_product)
