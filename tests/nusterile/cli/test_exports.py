"""The command export through the entry point."""

import pytest

from nusterile.cli import main


def test_export_does_not_replace_its_own_input(capsys, small_product, tmp_path):
    product_file = tmp_path / "mine.nc"
    product_file.write_bytes(small_product.read_bytes())
    before = product_file.read_bytes()
    with pytest.raises(SystemExit) as stop:
        main(["export", str(product_file), "--to", "csv", "-o", str(product_file)])
    assert stop.value.code == 2
    assert "is the product itself" in capsys.readouterr().err
    assert product_file.read_bytes() == before
