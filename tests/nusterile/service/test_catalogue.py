"""The catalogue follows what becomes of files."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from services import until

import nusterile
from nusterile.product.files import write_product
from nusterile.service.catalogue import Catalogue, Contents, contents_of
from nusterile.service.folders import Found
from nusterile.service.inspection import Entry, inspect
from nusterile.service.workers import WorkError

#: What is promised, seconds.
PROMISED = 2.0


@pytest.fixture
def folder(tmp_path: Path, small_limits: Path) -> Path:
    shutil.copy(small_limits, tmp_path / "one.nc")
    return tmp_path


@pytest.fixture
def catalogue_of(folder: Path, request: pytest.FixtureRequest) -> Callable[..., Catalogue]:
    def make(inspected: Callable[[Found], Entry] = inspect) -> Catalogue:
        catalogue = Catalogue([folder], inspected)
        request.addfinalizer(catalogue.stop)
        catalogue.start()
        return catalogue

    return make


def files(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.found.name for entry in entries]


class TestInspection:
    """What is said of one file."""

    def test_a_product(self, folder, small_limits):
        (entry,) = contents_of([folder]).products
        digest = hashlib.sha256(small_limits.read_bytes()).hexdigest()
        assert (entry.sha256, entry.id) == (digest, f"one-{digest[:12]}")
        dataset = nusterile.open(small_limits)
        assert entry.sizes == dict(dataset.sizes)
        assert entry.content == "limits"
        assert entry.attributes["config_hash"] == dataset.attrs["config_hash"]
        assert entry.names["flavor"] == ("effective", "e", "mu", "tau")
        assert entry.reason == entry.note == ""
        dois = [text.strip().removeprefix("doi:") for text in dataset.references.split(";")]
        assert sorted(each.doi for each in entry.references) == sorted(set(dois))
        assert any("Vinyoles, Núria et al." in each.text for each in entry.references)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "is empty"),
            (b"text", "is no netCDF file"),
            (b"\x89HDF\r\n\x1a\n" + b"\0" * 60, "is damaged or cut short"),
        ],
    )
    def test_what_is_none(self, folder, content, reason):
        (folder / "bad.nc").write_bytes(content)
        (entry,) = contents_of([folder]).broken
        assert entry.reason.startswith(reason)
        assert str(folder) not in entry.reason
        assert entry.sha256 == hashlib.sha256(content).hexdigest()

    def test_a_file_without_a_seal_is_noted(self, folder, small_limits):
        dataset = nusterile.open(small_limits)
        dataset.to_netcdf(folder / "unsealed.nc", engine="h5netcdf")
        entry = contents_of([folder]).newest("unsealed")
        assert entry.note.startswith("was written or changed by another program")
        assert str(folder) not in entry.note

    def test_names_that_are_no_part_of_an_address(self, folder, small_limits):
        for name in ("a b?c#d%e", "-..", "x" * 200, "<b>"):
            shutil.copy(small_limits, folder / f"{name}.nc")
        names = {entry.name for entry in contents_of([folder]).products}
        assert names == {"one", "a-b-c-d-e", "product", "x" * 60, "b"}


class TestContents:
    """Finding a product in what there is."""

    def test_a_name_means_the_newest(self, folder, small_product):
        older = contents_of([folder]).newest("one")
        (folder / "deeper").mkdir()
        shutil.copy(small_product, folder / "deeper" / "one.nc")
        os.utime(folder / "one.nc", (1e9, 1e9))
        contents = contents_of([folder])
        assert len(contents.products) == 2
        assert contents.newest("one").content == "scan"
        assert contents.get(older.id).content == "limits"
        assert contents.newest("two") is contents.get("two") is None

    def test_one_file_in_two_places_is_one_product(self, folder):
        (folder / "deeper").mkdir()
        shutil.copy(folder / "one.nc", folder / "deeper" / "one.nc")
        assert len(contents_of([folder]).products) == 1


class TestCatalogue:
    """Files that come, change and go."""

    def test_within_the_promised_time(self, catalogue_of, folder, small_limits, small_product):
        catalogue = catalogue_of()
        until(lambda: catalogue.contents.complete)
        assert files(catalogue.contents.products) == ["one.nc"]

        shutil.copy(small_product, folder / "two.nc")
        took = [until(lambda: files(catalogue.contents.products) == ["one.nc", "two.nc"])]

        before = catalogue.contents.newest("one")
        write_product(nusterile.open(small_limits).assign_attrs(title="new"), folder / "one.nc")
        took += [until(lambda: catalogue.contents.newest("one").attributes["title"] == "new")]
        assert catalogue.contents.get(before.id) is None

        (folder / "one.nc").write_bytes(b"no product")
        took += [until(lambda: files(catalogue.contents.broken) == ["one.nc"])]
        assert files(catalogue.contents.products) == ["two.nc"]

        (folder / "two.nc").unlink()
        took += [until(lambda: not catalogue.contents.products)]
        # a busy machine may take longer once, not every time
        assert sorted(took)[2] < PROMISED

    def test_a_revision_only_where_something_changed(self, catalogue_of, folder):
        catalogue = catalogue_of()
        until(lambda: catalogue.contents.complete)
        revision = catalogue.contents.revision
        time.sleep(1.2)
        assert catalogue.contents.revision == revision
        os.utime(folder / "one.nc")
        until(lambda: catalogue.contents.revision > revision)

    def test_a_file_is_kept_until_it_is_known_what_became_of_it(self, catalogue_of, folder):
        allowed = threading.Event()
        allowed.set()

        def slowly(found: Found) -> Entry:
            assert allowed.wait(60)
            return inspect(found)

        catalogue = catalogue_of(slowly)
        until(lambda: catalogue.contents.complete)
        allowed.clear()
        os.utime(folder / "one.nc")
        until(lambda: catalogue.contents.reading == ("one.nc",))
        assert files(catalogue.contents.products) == ["one.nc"]
        allowed.set()
        until(lambda: not catalogue.contents.reading)
        assert files(catalogue.contents.products) == ["one.nc"]

    @pytest.mark.parametrize(
        ("error", "reason"),
        [(WorkError("reading it does not end"), "does not end"), (KeyError("x"), "KeyError")],
    )
    def test_what_cannot_be_inspected_is_broken(self, catalogue_of, error, reason, caplog):
        def fail(found: Found) -> Entry:
            raise error

        catalogue = catalogue_of(fail)
        until(lambda: catalogue.contents.broken)
        assert reason in catalogue.contents.broken[0].reason

    def test_a_folder_that_goes_and_comes_back(self, catalogue_of, folder):
        catalogue = catalogue_of()
        until(lambda: catalogue.contents.products)
        folder.rename(folder.with_name("away"))
        until(lambda: not catalogue.contents.products)
        folder.with_name("away").rename(folder)
        until(lambda: catalogue.contents.products)


def test_nothing_yet():
    contents = Contents()
    assert not contents.complete
    assert contents.products == contents.broken == contents.reading == ()
