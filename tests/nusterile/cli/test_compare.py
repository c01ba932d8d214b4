"""``nusterile compare``."""

from __future__ import annotations

import json


def test_a_product_and_a_configuration(nusterile, small_product, tmp_path):
    changed = tmp_path / "changed.toml"
    changed.write_text('[solar]\nmodel = "agss09met"\n')
    options = ("--selection", "xenonnt_sr0", "--flavor", "e", "tau", "--dof", 1)
    done = nusterile.run("compare", small_product, changed, *options, "--format", "json")
    columns, _, rows = json.loads(done.out).values()
    assert {row[columns.index("flavor")] for row in rows} == {"e", "tau"}
    for row in rows:
        found = dict(zip(columns, row, strict=True))
        assert found["ratio"] == found["first"] / found["second"]
    done = nusterile.run("compare", small_product, changed, *options)
    assert 'solar.model: "gs98" | "agss09met"' in done.out
    assert done.err == ""


def test_differences_do_not_disturb_csv(nusterile, small_product):
    done = nusterile.run("compare", small_product, small_product, "--format", "csv")
    assert done.out.startswith("selection,flavor,m_4,cl,dof,first,second,ratio,first_status")
    assert done.err == "no setting and no input table differs\n"


def test_a_file_that_is_missing(nusterile, small_product, tmp_path):
    text = nusterile.refused("compare", small_product, tmp_path / "none.nc")
    assert "none.nc: does not exist" in text
