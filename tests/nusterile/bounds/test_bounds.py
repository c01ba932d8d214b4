"""External bounds: the files, what is refused, interpolation, exclusion, comparison."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.constants
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from nusterile.bounds.comparison import compare
from nusterile.bounds.curve import Bound
from nusterile.bounds.folder import SENTINEL_MU, bound_folders, builtin_bound_folders, read_bound
from nusterile.bounds.registry import Bounds, load_bounds, massless_marks
from nusterile.errors import InputError
from nusterile.model.configuration import Configuration, default_toml
from nusterile.physics.constants import BOHR_MAGNETON
from nusterile.vocabulary import ATTRIBUTES, FLAVORS, unit_word

#: What was published: label, flavor, level, kind, first point (MeV, Bohr magnetons), points.
PUBLISHED = {
    "borexino": ("Borexino", "all", 0.90, "upper_limit", (1.00602, 1.63843e-09), 23),
    "borexino_superk": (
        "Borexino + Super-K",
        "all",
        0.90,
        "upper_limit",
        (1.00602, 6.44197e-10),
        49,
    ),
    "xenon1t_nr": (
        "XENON1T (nuclear recoils)",
        "all",
        0.90,
        "upper_limit",
        (1.00602, 1.12739e-08),
        31,
    ),
    "lep": ("LEP", "all", 0.95, "upper_limit", (1.002, 1.41649e-07), 120),
    "lsnd_e": ("LSND", "e", 0.95, "upper_limit", (1.00394, 2.02994e-07), 56),
    "superk_atm_e": ("Super-K atmospheric", "e", 0.90, "upper_limit", (62.766, 6.63618e-08), 37),
    "superk_atm_mu": ("Super-K atmospheric", "mu", 0.90, "upper_limit", (70.656, 6.65236e-08), 32),
    "superk_atm_tau": ("Super-K atmospheric", "tau", 0.90, "region", (5.09002, 3.99867e-09), 29),
    "charm_ii_mu": ("CHARM-II", "mu", 0.90, "upper_limit", (1.00197, 2.88383e-09), 63),
    "miniboone_mu": ("MiniBooNE", "mu", 0.95, "upper_limit", (1.00197, 9.01931e-08), 83),
    "nomad_mu": ("NOMAD", "mu", 0.90, "upper_limit", (4.10281, 3.75316e-07), 32),
    "minerva_mu": ("MINERvA", "mu", 0.95, "upper_limit", (10, 1.1149e-08), 204),
    "donut_tau": ("DONUT", "tau", 0.90, "upper_limit", (1.006, 3.89737e-07), 68),
    "sn1987a": ("SN1987A", "all", 0.90, "region", (0.0100894, 5.40183e-13), 67),
    "bbn": ("BBN", "all", 0.90, "line", (0.728374, 1.95353e-12), 84),
}

TOML = """\
name = "mine"
label = "My bound"
flavor = "e"
cl = 0.90
kind = "upper_limit"
mass_unit = "MeV"
quantity = "mu"
curve = "curve.csv"

[[references]]
text = "A. Author, J. Unknown 1 (2024) 2"
doi = "10.1234/abcd"
"""
CURVE = """\
# comment
mass,coupling
1,1e-9
2,3e-9
4,2e-9
"""


BUILTIN = load_bounds()


@pytest.fixture
def builtin() -> Bounds:
    return BUILTIN


def write(folder: Path, toml: str = TOML, curve: str | bytes = CURVE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bound.toml").write_text(toml, encoding="utf-8")
    content = curve if isinstance(curve, bytes) else curve.encode()
    (folder / "curve.csv").write_bytes(content)
    return folder


def bound_of(
    *pieces: list[tuple[float, float]],
    kind: str = "upper_limit",
    name: str = "b",
    flavor: str = "all",
    cl: float = 0.9,
) -> Bound:
    return Bound(
        name=name,
        label=name.upper(),
        flavor=flavor,
        cl=cl,
        kind=kind,
        pieces=tuple(np.array(piece, dtype=float) for piece in pieces),
        branches=("",) * len(pieces),
        sentinels=np.empty((0, 2)),
        references=(),
    )


# --- the registry -----------------------------------------------------------------------


def test_every_published_bound_is_there_and_no_other(builtin):
    assert set(builtin) == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_facts_of_a_published_bound(builtin, name):
    label, flavor, cl, kind, first, points = PUBLISHED[name]
    bound = builtin[name]
    assert (bound.label, bound.flavor, bound.cl, bound.kind) == (label, flavor, cl, kind)
    np.testing.assert_allclose(bound.points[0], first, rtol=1e-12)
    assert len(bound.points) + len(bound.sentinels) == points
    assert all(
        reference.text and (reference.doi or reference.arxiv) for reference in bound.references
    )
    assert bound.converted


def test_sentinels_are_left_out_and_reported(builtin):
    left_out = {
        name: len(bound.sentinels) for name, bound in builtin.items() if len(bound.sentinels)
    }
    assert left_out == {"borexino_superk": 1, "charm_ii_mu": 1, "lep": 12, "lsnd_e": 1}
    assert all(bound.points[:, 1].max() < SENTINEL_MU for bound in builtin.values())
    assert builtin["lep"].mass_range == (1.002, 89188.1)
    (finding,) = builtin["lep"].findings
    line = finding.path.read_text().splitlines()[finding.line - 1]
    assert line == "90015,0.000144754"
    assert "12 sentinel points" in finding.text


def test_bbn_keeps_its_two_pieces_without_the_filling_edges(builtin):
    bbn = builtin["bbn"]
    assert bbn.branches == ("lower", "left")
    assert bbn.points[:, 1].min() == 1e-13
    lower, left = bbn.pieces
    assert lower[:, 0].tolist() == sorted(lower[:, 0])
    np.testing.assert_allclose(left[-1], (0.745015, 3.92804e-11))


def test_the_example_of_the_documentation_is_a_bound(tmp_path, pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "bounds.md").read_text(encoding="utf-8")
    toml, curve = re.findall(r":caption: mine/.*?\n\n(.*?)```", text, re.DOTALL)
    (tmp_path / "bound.toml").write_text(toml)
    (tmp_path / "curve.csv").write_text(curve)
    bound = read_bound(tmp_path)
    assert bound.points.tolist() == [[0.01, 1e-9], [1, 2e-9], [10, 1e-8]]
    for keys in ({"mass_unit": "keV"}, {"quantity": "d"}):
        ((key, value),) = keys.items()
        changed = re.sub(rf'{key} = "\w+"', f'{key} = "{value}"', toml)
        (tmp_path / "bound.toml").write_text(changed)
        mass, mu = read_bound(tmp_path).points[0]
        np.testing.assert_allclose(
            (mass, mu), (1e-5, 1e-9) if value == "keV" else (0.01, 6.75e-12), rtol=1e-4
        )


def test_massless_marks():
    marks = massless_marks()
    expected = {
        "gemma": (2.9e-11, "e", 0.90),
        "texono": (7.4e-11, "e", 0.90),
        "conus": (5.18e-11, "e", 0.90),
        "borexino_phase2": (2.8e-11, "effective", 0.90),
        "lsnd_numu": (6.8e-10, "mu", 0.90),
        "donut_nutau": (3.9e-07, "tau", 0.90),
        "xenonnt_collab": (6.4e-12, "effective", 0.90),
        "lz_recast": (1.1e-11, "effective", 0.90),
        "red_giants": (1.2e-12, "all", 0.95),
        "neff": (2.7e-12, "all", 0.95),
    }
    found = {
        mark["mark"].item(): (mark.item(), mark["flavor"].item(), mark["cl"].item())
        for mark in marks
    }
    assert found == expected
    assert unit_word(marks.attrs["units"]) == "bohr_magneton"
    assert all(marks["reference"].values)
    assert all(marks["doi"].values)


def test_bohr_magneton_against_si():
    """e = sqrt(4 pi alpha) in natural units; one tesla is hbar c^2 / e eV^2 there."""
    hbar_ev = scipy.constants.value("reduced Planck constant in eV s")
    tesla = hbar_ev * scipy.constants.c**2 / np.sqrt(4 * np.pi * scipy.constants.alpha)
    per_ev = scipy.constants.value("Bohr magneton in eV/T") / tesla
    assert pytest.approx(per_ev * 1e6, rel=1e-8) == BOHR_MAGNETON
    assert pytest.approx(296.30, abs=0.005) == BOHR_MAGNETON * 1e3


def test_unknown_name_names_the_nearest(builtin):
    with pytest.raises(InputError, match="no bound 'borexno'; did you mean 'borexino'"):
        builtin.find("borexno")


# --- a user's folder --------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "factor"), [("keV", 1e3), ("MeV", 1.0), ("GeV", 1e-3)])
@pytest.mark.parametrize("quantity", ["mu", "d"])
def test_units_of_a_user_are_converted(tmp_path, unit, factor, quantity):
    coupling = 1.0 if quantity == "mu" else 296.304 / 2  # d in 1/GeV for mu in mu_B
    rows = [(1, 1e-9), (2, 3e-9), (4, 2e-9)]
    curve = "mass,coupling\n" + "".join(f"{m * factor!r},{u * coupling!r}\n" for m, u in rows)
    toml = TOML.replace('"MeV"', f'"{unit}"').replace('"mu"', f'"{quantity}"')
    bound = read_bound(write(tmp_path / "mine", toml, curve))
    np.testing.assert_allclose(bound.points, rows, rtol=1e-6)


def test_user_folders_join_the_builtin_bounds(tmp_path, builtin):
    write(tmp_path / "bounds" / "a", TOML.replace('"mine"', '"one"'))
    write(tmp_path / "bounds" / "b", TOML.replace('"mine"', '"two"'))
    own = write(tmp_path / "single")
    found = load_bounds([tmp_path / "bounds", own])
    assert list(found) == [*builtin, "one", "two", "mine"]
    assert list(load_bounds([own], builtin=False)) == ["mine"]
    assert set(found["mine"].input_texts) == {"bounds/mine/bound.toml", "bounds/mine/curve.csv"}


def test_two_bounds_of_one_name_are_refused(tmp_path):
    folder = write(tmp_path / "mine", TOML.replace('"mine"', '"lep"'))
    with pytest.raises(InputError, match="a bound named 'lep' is already there"):
        load_bounds([folder])


def test_folders_without_a_bound_are_refused(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        bound_folders(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no bound"):
        bound_folders(tmp_path / "empty")
    (tmp_path / "empty" / "curve").mkdir()
    (tmp_path / "empty" / "curve" / "curve.csv").write_text(CURVE)
    with pytest.raises(InputError, match="holds a table but no"):
        bound_folders(tmp_path / "empty")


def test_configuration_names_bound_folders_relative_to_itself(tmp_path):
    write(tmp_path / "limits" / "mine")
    file = tmp_path / "config.toml"
    file.write_text('bound_folders = ["limits"]\n')
    configuration = Configuration.from_toml(file)
    assert configuration.bound_folders == (str(tmp_path / "limits"),)
    assert "mine" in load_bounds(configuration.bound_folders)
    assert configuration.own_bounds() == configuration.bound_folders
    file.write_text('bound_folders = ["limits", "limits"]\n')
    with pytest.raises(InputError, match="named twice"):
        Configuration.from_toml(file)


def test_default_file_names_bound_folders(tmp_path):
    file = tmp_path / "default.toml"
    file.write_text(default_toml())
    assert "bound_folders = []" in default_toml()
    assert Configuration.from_toml(file) == Configuration()


#: Defects of bound.toml: what is replaced by what, the line named, what the message says.
TOML_DEFECTS = {
    "unknown mass unit": ('"MeV"', '"TeV"', 6, "mass_unit.*'MeV', 'GeV' or 'keV'; it holds 'TeV'"),
    "unknown quantity": ('"mu"', '"g"', 7, "quantity.*'mu' or 'd'; it holds 'g'"),
    "unknown kind": ('"upper_limit"', '"limit"', 5, "kind.*it holds 'limit'"),
    "unknown flavor": ('flavor = "e"', 'flavor = "x"', 3, "flavor.*it holds 'x'"),
    "level in percent": ("0.90", "90", 4, "cl: expected a number below 1; it holds 90"),
    "level as text": ("0.90", '"90 %"', 4, "cl:"),
    "unknown key": ("curve =", "curv =", 8, "unknown key 'curv'; did you mean 'curve'"),
    "missing key": ('kind = "upper_limit"\n', "", None, "key 'kind' is missing"),
    "bad name": ('"mine"', '"my bound"', 1, "name:"),
    "bad doi": (
        "10.1234/abcd",
        "doi:10.1234/abcd",
        12,
        r"references \(entry 1\)\.doi: expected text of the form",
    ),
    "empty label": ('"My bound"', '""', 2, "label:"),
    "no reference": (TOML[TOML.index("[[") :], "", None, "key 'references' is missing"),
    "misspelled key of a reference": (
        'text = "A',
        'txt = "A',
        11,
        "'references \\(entry 1\\).txt'.*'text'",
    ),
    "reference without text": (
        'text = "A. Author, J. Unknown 1 (2024) 2"\n',
        "",
        10,
        "key 'references \\(entry 1\\).text' is missing",
    ),
    "no TOML": ("[[references]]", "[[references", None, "is not valid TOML"),
}


@pytest.mark.parametrize("defect", TOML_DEFECTS)
def test_defect_of_bound_toml_is_named_with_its_line(tmp_path, defect):
    old, new, line, message = TOML_DEFECTS[defect]
    assert old in TOML
    folder = write(tmp_path / "mine", TOML.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as error:
        read_bound(folder)
    where = str(folder / "bound.toml") + (f", line {line}:" if line else ":")
    assert str(error.value).startswith(where)


#: Defects of the curve: content, the line named, what the message says.
CURVE_DEFECTS = {
    "unsorted": ("mass,coupling\n1,1e-9\n4,2e-9\n2,3e-9\n", 4, "is followed by a smaller one"),
    "repeated mass": ("mass,coupling\n1,1e-9\n2,3e-9\n2,2e-9\n", 4, "mass 2 repeats"),
    "duplicate": ("mass,coupling\n1,1e-9\n2,3e-9\n2,3e-9\n", 4, "remove the duplicate"),
    "NaN": ("mass,coupling\n1,1e-9\n2,nan\n", 3, "column 'coupling' holds 'nan'"),
    "infinite": ("mass,coupling\ninf,1e-9\n2,1e-9\n", 2, "column 'mass' holds 'inf'"),
    "text": ("mass,coupling\n1,1e-9\n\n2,high\n", 4, "column 'coupling' holds 'high'"),
    "negative coupling": ("mass,coupling\n1,-1e-9\n2,1e-9\n", 2, "coupling.*are positive"),
    "zero mass": ("mass,coupling\n0,1e-9\n2,1e-9\n", 2, "mass.*are positive"),
    "missing column": ("mass,mu\n1,1e-9\n2,2e-9\n", 1, "has mass, mu; expected mass, coupling"),
    "ragged row": ("mass,coupling\n1,1e-9\n2\n", 3, "has 1 cells, the header has 2"),
    "only sentinels": ("mass,coupling\n1,1\n2,1\n3,1e-9\n", None, "at least 2 points.*it has 1"),
    "branch comes back": (
        "branch,mass,coupling\na,1,1e-9\na,2,1e-9\nb,3,1e-9\nb,4,1e-9\na,5,1e-9\n",
        6,
        "branch 'a' comes back after 'b'",
    ),
    "empty": ("", None, "is empty"),
    "no rows": ("# only this\nmass,coupling\n", None, "is empty"),
    "not text": (b"\xff\xfe\x00", 1, "is not UTF-8"),
}


@pytest.mark.parametrize("defect", CURVE_DEFECTS)
def test_defect_of_a_curve_is_named_with_its_line(tmp_path, defect):
    content, line, message = CURVE_DEFECTS[defect]
    folder = write(tmp_path / "mine", curve=content)
    with pytest.raises(InputError, match=message) as error:
        read_bound(folder)
    where = str(folder / "curve.csv") + (f", line {line}:" if line else ":")
    assert str(error.value).startswith(where)


def test_missing_curve_is_named(tmp_path):
    folder = write(tmp_path / "mine")
    (folder / "curve.csv").unlink()
    with pytest.raises(InputError, match=r"curve\.csv: cannot be read"):
        read_bound(folder)


@pytest.mark.parametrize("curve", ["/dev/zero", "../curve.csv", "."])
def test_a_curve_outside_its_folder_is_refused(tmp_path, curve):
    folder = write(tmp_path / "mine", TOML.replace('"curve.csv"', f'"{curve}"'))
    with pytest.raises(InputError, match=f"line 8: curve: '{curve}' is no file inside this folder"):
        read_bound(folder)


def test_a_linked_curve_and_a_pipe_are_refused(tmp_path):
    folder = write(tmp_path / "mine")
    (folder / "curve.csv").rename(tmp_path / "other.csv")
    (folder / "curve.csv").symlink_to(tmp_path / "other.csv")
    with pytest.raises(InputError, match=r"curve\.csv: lies outside"):
        read_bound(folder)
    (folder / "bound.toml").unlink()
    os.mkfifo(folder / "bound.toml")
    with pytest.raises(InputError, match=r"bound\.toml: is a device or a pipe"):
        load_bounds([folder])


def test_sentinel_of_a_user_is_reported_not_refused(tmp_path):
    bound = read_bound(write(tmp_path / "mine", curve=CURVE + "4.5,0.001\n"))
    assert bound.mass_range == (1, 4)
    (finding,) = bound.findings
    assert finding.line == 6
    assert "sentinel" in finding.text
    assert bound.sentinels.tolist() == [[4.5, 0.001]]


@pytest.mark.parametrize(
    ("curve", "line", "text"),
    [
        ("mass,coupling\n1,1e-9\n2,3e-9\n2,2e-9\n", 4, "vertical wall"),
        ("mass,coupling\n1,1e-9\n4,2e-9\n2,3e-9\n", 4, "turns back"),
    ],
)
def test_outline_allows_walls_and_turns_and_says_so(tmp_path, curve, line, text):
    toml = TOML.replace("curve =", "outline = true\ncurve =")
    (finding,) = read_bound(write(tmp_path / "mine", toml, curve)).findings
    assert finding.line == line
    assert text in finding.text


def test_outline_still_refuses_duplicates(tmp_path):
    toml = TOML.replace("curve =", "outline = true\ncurve =")
    folder = write(tmp_path / "mine", toml, CURVE_DEFECTS["duplicate"][0])
    with pytest.raises(InputError, match="line 4: repeats the point before"):
        read_bound(folder)


def test_region_needs_three_points_and_loses_its_repeated_first(tmp_path):
    toml = TOML.replace('"upper_limit"', '"region"')
    square = "mass,coupling\n1,1e-9\n2,1e-9\n2,3e-9\n1,1e-9\n"
    bound = read_bound(write(tmp_path / "mine", toml, square))
    assert len(bound.points) == 3
    (polygon,) = bound.polygons()
    assert polygon.tolist() == [[1, 1e-9], [2, 1e-9], [2, 3e-9], [1, 1e-9]]
    folder = write(tmp_path / "mine", toml, "mass,coupling\n1,1e-9\n2,1e-9\n1,1e-9\n")
    with pytest.raises(InputError, match="a region needs at least 3 points"):
        read_bound(folder)


# --- interpolation ----------------------------------------------------------------------

moments = st.floats(1e-14, 9e-5)


@st.composite
def plain_limits(draw):
    """Upper limits with masses that increase."""
    steps = draw(st.lists(st.floats(1.001, 50), min_size=1, max_size=15))
    masses = draw(st.floats(1e-4, 10)) * np.cumprod([1.0, *steps])
    values = draw(st.lists(moments, min_size=len(masses), max_size=len(masses)))
    return bound_of(list(zip(masses, values, strict=True)))


@given(plain_limits())
def test_interpolation_passes_through_the_nodes(bound):
    np.testing.assert_allclose(bound.limit(bound.points[:, 0]), bound.points[:, 1], rtol=1e-12)


@given(plain_limits(), st.floats(0, 1))
def test_interpolation_is_a_power_law_between_neighbours(bound, fraction):
    (m0, u0), (m1, u1) = bound.points[:2]
    mass = m0 ** (1 - fraction) * m1**fraction
    if not m0 <= mass <= m1:
        return
    slope = np.log(u1 / u0) / np.log(m1 / m0)
    expected = u0 * (mass / m0) ** slope
    np.testing.assert_allclose(bound.limit(mass), expected, rtol=1e-6)


@given(plain_limits(), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_interpolation_never_leaves_the_range_of_the_curve(bound, fractions):
    low, high = bound.mass_range
    masses = np.clip(low * (high / low) ** np.array(fractions), low, high)
    values = bound.limit(masses).values
    moment = bound.points[:, 1]
    assert np.all(np.isfinite(values))
    assert np.all(values >= moment.min() * (1 - 1e-12))
    assert np.all(values <= moment.max() * (1 + 1e-12))


@given(plain_limits(), st.floats(1e-9, 0.9999999))
def test_no_limit_outside_the_masses_of_the_curve(bound, shrink):
    low, high = bound.mass_range
    outside = [low * shrink, high / shrink, np.nextafter(low, 0), np.nextafter(high, np.inf)]
    assert np.isnan(bound.limit([*outside, 0.0, -1.0, np.nan, np.inf])).all()
    assert not bound.excluded(outside, 1e-3).any()


@given(plain_limits(), st.floats(0.001, 0.999), st.floats(1e-6, 10))
def test_excluded_above_a_plain_limit_only(bound, fraction, distance):
    low, high = bound.mass_range
    mass = low * (high / low) ** fraction
    limit = bound.limit(mass).item()
    assert bound.excluded(mass, limit * (1 + distance))
    assert not bound.excluded(mass, limit / (1 + distance))


@given(st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0, 5.0]), moments), min_size=2, max_size=12))
def test_limit_of_an_outline_is_its_lowest_point_at_each_node(points):
    bound = bound_of(points)
    for mass, mu in points:
        assert bound.limit(mass).item() <= mu * (1 + 1e-12)
    lightest = min(mass for mass, _ in points)
    at_end = min(mu for mass, mu in points if mass == lightest)
    assert bound.limit(lightest).item() == pytest.approx(at_end, rel=1e-12)


def test_both_ends_of_a_curve_belong_to_it():
    bound = bound_of([(1, 1e-9), (2, 3e-9)])
    assert bound.excluded([1.0, 2.0], 4e-9).tolist() == [True, True]
    assert bound.excluded([1.0, 2.0], 5e-10).tolist() == [False, False]


def test_limit_at_a_wall_is_its_foot():
    bound = bound_of([(1, 1e-9), (2, 3e-9), (2, 8e-9), (4, 2e-8)])
    assert bound.limit([2.0, 4.0]).values == pytest.approx([3e-9, 2e-8])


def test_limit_of_disjoint_pieces_has_a_gap():
    bound = bound_of([(1, 1e-9), (2, 1e-9)], [(4, 5e-9), (8, 5e-9)])
    np.testing.assert_allclose(bound.limit([1.5, 3.0, 5.0]), [1e-9, np.nan, 5e-9])


def test_exclusion_ends_where_the_curve_turns_back(builtin):
    bound = builtin["superk_atm_e"]
    assert bound.limit(70.0).item() == pytest.approx(5.7e-9, rel=0.02)
    assert bound.excluded(70.0, [5e-9, 6e-9, 4e-8, 4.5e-8]).tolist() == [False, True, True, False]
    assert bound.excluded([10.0, 90.0], 4.5e-8).tolist() == [True, False]


@given(st.floats(0.2, 8), st.floats(1e-12, 1e-6))
def test_excluded_in_a_region_as_half_planes_say(mass, mu):
    """A triangle in log m and log mu: inside all three sides."""
    corners = np.array([(0.5, 1e-11), (6.0, 1e-9), (1.0, 3e-7)])
    bound = bound_of([tuple(corner) for corner in corners], kind="region")
    x = np.log([mass, mu])
    sides = [
        (b[0] - a[0]) * (x[1] - a[1]) - (b[1] - a[1]) * (x[0] - a[0])
        for a, b in zip(np.log(corners), np.roll(np.log(corners), -1, axis=0), strict=True)
    ]
    if min(map(abs, sides)) < 1e-9:
        return
    assert bool(bound.excluded(mass, mu)) == all(side > 0 for side in sides)


def test_sn1987a_excludes_between_its_edges(builtin):
    sn1987a = builtin["sn1987a"]
    edges = sn1987a.edges([0.1, 20.0, 500.0])
    np.testing.assert_allclose(edges["low"], [5.444e-13, 6.25e-13, np.nan], rtol=1e-3)
    np.testing.assert_allclose(edges["high"], [4.326e-10, 4.03e-10, np.nan], rtol=1e-2)
    moments = [1e-13, 1e-12, 1e-10, 1e-9]
    assert sn1987a.excluded(0.1, moments).tolist() == [False, True, True, False]


def test_each_kind_refuses_what_it_cannot_say(builtin):
    with pytest.raises(InputError, match="bbn: is a line; which side"):
        builtin["bbn"].excluded(1.0, 1e-12)
    with pytest.raises(InputError, match=r"'line', not 'upper_limit'; use curve\(\)"):
        builtin["bbn"].limit(1.0)
    with pytest.raises(InputError, match="'region', not 'upper_limit'; use edges"):
        builtin["sn1987a"].limit(1.0)
    with pytest.raises(InputError, match="'upper_limit', not 'region'"):
        builtin["lep"].polygons()


def test_labels_of_arrays(builtin):
    limit = builtin["lep"].limit([1.5, 2.0])
    assert limit.dims == ("m_4",)
    assert unit_word(limit.attrs["units"]) == "bohr_magneton"
    assert limit["m_4"].attrs["units"] == "MeV"
    assert (limit.attrs["cl"], limit.attrs["kind"]) == (0.95, "upper_limit")
    assert "arXiv:1803.03262" in limit.attrs["references"]
    assert limit.attrs["long_name"].startswith("LEP")
    curve = builtin["bbn"].curve()
    assert curve.dims == ("point",)
    assert curve["branch"].values.tolist() == ["lower"] * 47 + ["left"] * 37
    assert curve["piece"].values.tolist() == [0] * 47 + [1] * 37
    np.testing.assert_array_equal(curve.values, builtin["bbn"].points[:, 1])


@pytest.mark.parametrize("name", PUBLISHED)
def test_arrays_survive_netcdf(builtin, name, tmp_path):
    curve = builtin[name].curve()
    curve.to_dataset().to_netcdf(tmp_path / "curve.nc")
    with xr.open_dataset(tmp_path / "curve.nc") as back:
        xr.testing.assert_identical(back[name].load(), curve)


# --- which rules ------------------------------------------------------------------------


@given(st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=5))
def test_strongest_is_the_lowest_upper_limit(masses):
    bounds = BUILTIN
    ruling = bounds.strongest(masses)
    for flavor in FLAVORS:
        rivals = {
            name: bound.limit(masses).values
            for name, bound in bounds.items()
            if bound.kind == "upper_limit" and bound.flavor in (flavor, "all")
        }
        for column in range(len(masses)):
            values = {n: v[column] for n, v in rivals.items() if np.isfinite(v[column])}
            found = ruling.sel(flavor=flavor).isel(m_4=column)
            if not values:
                assert np.isnan(found["limit"])
                assert np.isnan(found["cl"])
                assert found["bound"] == ""
            else:
                best = min(values, key=values.__getitem__)
                assert found["limit"].item() == values[best]
                assert values[found["bound"].item()] == values[best]
                assert found["cl"].item() == bounds[found["bound"].item()].cl


def test_strongest_at_masses_read_off_the_curves(builtin):
    found = builtin.strongest([0.1, 2.0, 50.0, 1000.0], "mu")
    assert found["bound"].values.tolist() == ["", "borexino_superk", "miniboone_mu", "nomad_mu"]
    assert found["cl"].values.tolist()[1:] == [0.90, 0.95, 0.90]
    assert found["limit"].dims == ("m_4",)
    # regions never rule, they stand beside, for their flavor only
    at = builtin.strongest([50.0], ["e", "tau"])
    assert at["bound"].values.tolist() == [["superk_atm_e"], ["lep"]]
    edges = at.sel(region="superk_atm_tau", m_4=50.0)
    assert np.isnan(edges["region_low"].sel(flavor="e"))
    assert edges["region_low"].sel(flavor="tau").item() == pytest.approx(6.9e-9, rel=0.02)
    assert edges["region_high"].sel(flavor="tau").item() == pytest.approx(6.7e-8, rel=0.01)
    assert np.isfinite(at["region_low"].sel(region="sn1987a")).all()


def test_effective_takes_only_bounds_for_all_or_effective():
    own = bound_of([(1, 1e-9), (2, 1e-9)], name="own", flavor="effective")
    single = bound_of([(1, 1e-10), (2, 1e-10)], name="single", flavor="e")
    bounds = Bounds([own, single])
    assert bounds.strongest(1.5, "effective")["bound"].values.tolist() == ["own"]
    assert bounds.strongest(1.5, "e")["bound"].values.tolist() == ["single"]
    assert bounds.strongest(1.5, "tau")["bound"].values.tolist() == [""]


def test_excluding_names_limits_and_regions(builtin):
    assert builtin.excluding(0.1, 1e-11, "e") == ["sn1987a"]
    assert builtin.excluding(50.0, 1e-8, "tau") == ["superk_atm_tau"]
    assert builtin.excluding(50.0, 1e-8, "e") == ["lsnd_e", "superk_atm_e"]
    assert builtin.excluding(1.5, 1e-9, "tau") == ["borexino_superk"]


def test_unknown_flavor_is_refused(builtin):
    with pytest.raises(InputError, match="unknown flavor 'elec'"):
        builtin.strongest(1.0, "elec")


# --- comparison -------------------------------------------------------------------------


def limits(values, flavors=("e",), masses=(1.5,), **attributes):
    return xr.DataArray(
        np.array(values, dtype=float).reshape(len(flavors), len(masses)),
        dims=("flavor", "m_4"),
        coords={"flavor": list(flavors), "m_4": list(masses)},
        attrs=attributes,
    )


def verdicts(table: xr.Dataset) -> dict[str, str]:
    return dict(zip(table["bound"].values.tolist(), table["verdict"].values.tolist(), strict=True))


def test_comparison_says_who_wins_where():
    bounds = Bounds(
        [
            bound_of([(1, 1e-9), (2, 1e-9)], name="limit", cl=0.95),
            bound_of([(1, 1e-9), (2, 1e-9), (2, 4e-9), (1, 4e-9)], name="region", kind="region"),
            bound_of([(1, 1e-12), (2, 1e-12)], name="line", kind="line"),
            bound_of([(1, 1e-12), (2, 1e-12)], name="other", flavor="tau"),
            bound_of([(3, 1e-12), (4, 1e-12)], name="heavy"),
        ]
    )
    assert verdicts(compare(limits([9e-10]), bounds)) == {"limit": "stronger", "region": "stronger"}
    assert verdicts(compare(limits([2e-9]), bounds)) == {"limit": "weaker", "region": "inside"}
    assert verdicts(compare(limits([5e-9]), bounds)) == {"limit": "weaker", "region": "above"}
    table = compare(limits([2e-9]), bounds).isel(row=0)
    assert table["ratio"].item() == pytest.approx(2.0)
    assert table["bound_cl"].item() == 0.95
    assert table["bound_low"].item() == pytest.approx(1e-9)  # not rescaled to another level
    assert np.isnan(table["bound_high"])
    assert table["limit"].attrs["units"] == ATTRIBUTES["limit"]["units"]
    assert table["m_4"].attrs["units"] == "MeV"


def test_comparison_skips_missing_limits_and_keeps_other_dimensions():
    bounds = Bounds([bound_of([(1, 1e-9), (2, 1e-9)])])
    ours = limits([[2e-9, np.nan]], masses=(1.5, 1.8)).expand_dims(
        selection=["one", "two"], dof=[1, 2]
    )
    ours = ours.assign_coords(cl=0.9)
    ours = ours.copy(data=ours.values * np.array([[[[1]], [[2]]], [[[0.1]], [[4]]]]))
    table = compare(ours, bounds)
    assert table.sizes == {"row": 4}
    rows = list(zip(*(table[n].values.tolist() for n in ("selection", "dof", "cl")), strict=True))
    assert rows == [("one", 1, 0.9), ("one", 2, 0.9), ("two", 1, 0.9), ("two", 2, 0.9)]
    np.testing.assert_allclose(table["ratio"], [2, 4, 0.2, 8])
    # the order of dimensions makes no difference
    xr.testing.assert_identical(
        compare(ours.transpose("m_4", "dof", ...), bounds).sortby("ratio"), table.sortby("ratio")
    )


def test_comparison_with_marks_at_the_lightest_mass():
    ours = limits([[1e-11, 1e-12]], ("effective",), (1e-3, 0.5))
    table = compare(ours, Bounds([]), massless_marks())
    assert verdicts(table) == {
        "borexino_phase2": "stronger",
        "xenonnt_collab": "weaker",
        "lz_recast": "stronger",
        "red_giants": "weaker",
        "neff": "weaker",
    }
    assert set(table["m_4"].values) == {1e-3}
    assert set(table["kind"].values) == {"massless"}


def test_marks_are_not_compared_with_limits_at_heavier_masses():
    """A limit for m_4 -> 0 says nothing about 2 MeV."""
    for lightest, compared in (
        (0.0, True),
        (1e-3 * (1 + 1e-15), True),
        (1.1e-3, False),
        (2, False),
    ):
        ours = limits([[1e-11, 1e-12]], ("effective",), (5.0, lightest))
        table = compare(ours, Bounds([]), massless_marks())
        assert set(table["m_4"].values) == ({lightest} if compared else set())


def test_comparison_without_rows_keeps_its_columns():
    table = compare(limits([1e-11], masses=(1e-3,)), load_bounds())
    assert table.sizes == {"row": 0}
    assert "verdict" in table


def test_every_builtin_bound_but_the_line_is_compared(builtin):
    masses = np.geomspace(1e-2, 8e4, 400)
    ours = limits(np.full((4, 400), 1e-10), FLAVORS, masses, units="bohr_magneton")
    assert set(compare(ours, builtin)["bound"].values) == set(builtin) - {"bbn"}


@pytest.mark.parametrize(
    ("ours", "message"),
    [
        (limits([1e-9]).isel(flavor=0), "'flavor' with its coordinate is missing"),
        (limits([1e-9]).drop_vars("m_4"), "'m_4' with its coordinate is missing"),
        (limits([1e-9], units="1/GeV"), "limits: is in '1/GeV'; expected 'bohr_magneton'"),
        (limits([1e-9], ("electron",)), "unknown flavor 'electron'"),
        ([1e-9], "is a list; expected a DataArray"),
    ],
)
def test_comparison_refuses_other_shapes(builtin, ours, message):
    with pytest.raises(InputError, match=message):
        compare(ours, builtin)


def test_comparison_refuses_masses_in_another_unit(builtin):
    ours = limits([1e-9])
    ours["m_4"].attrs["units"] = "keV"
    with pytest.raises(InputError, match="m_4: is in 'keV'; expected 'MeV'"):
        compare(ours, builtin)


def test_builtin_folders_carry_the_name_of_their_bound():
    for name, folder in builtin_bound_folders().items():
        assert read_bound(folder).name == name
