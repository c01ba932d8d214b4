import shutil

import pytest

from nusterile.errors import ProductError
from nusterile_gui.work.reading import ReadAhead, read_file, stamp_of


def test_the_first_file_is_read_ahead_and_once(product, tmp_path):
    path, other = (shutil.copy(product, tmp_path / name) for name in ("one.nc", "other.nc"))
    ahead = ReadAhead(["http://localhost:1/products/x", path, other])
    dataset, stamp = ahead.read(path)
    assert dataset.identical(read_file(product).dataset)
    assert stamp == stamp_of(path)
    assert ahead.read(path).dataset is not dataset
    assert ahead.read(other).stamp == stamp_of(other)


def test_another_file_is_not_taken_for_it(product, other_product):
    ahead = ReadAhead([product])
    assert ahead.read(other_product).dataset.identical(read_file(other_product).dataset)
    assert not ahead.read(product).dataset.identical(read_file(other_product).dataset)


def test_what_was_replaced_meanwhile_is_seen_to_be_another_file(product, tmp_path):
    path = shutil.copy(product, tmp_path / "one.nc")
    ahead = ReadAhead([path])
    before = stamp_of(path)
    ahead._found.result()
    shutil.copy(product, tmp_path / "new.nc").replace(path)
    assert ahead.read(path).stamp == before != stamp_of(path)


def test_a_file_that_cannot_be_read_is_said_where_it_is_wanted(tmp_path):
    path = tmp_path / "no.nc"
    path.write_text("nothing")
    ahead = ReadAhead([path])
    with pytest.raises(ProductError, match="is no netCDF file"):
        ahead.read(path)
    path.unlink()
    with pytest.raises(ProductError, match="does not exist"):
        ahead.read(path)


def test_nothing_to_read_ahead(tmp_path):
    with pytest.raises(ProductError):
        ReadAhead().read(tmp_path / "no.nc")
