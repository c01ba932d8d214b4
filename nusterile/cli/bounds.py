"""Commands about external bounds: bounds list, show, check, compare, add."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from nusterile.bounds.curve import Bound, BoundFlavor, Kind
from nusterile.bounds.digitised import add_bound, read_digitised
from nusterile.bounds.folder import SENTINEL_MU, bound_folders, builtin_bound_folders, read_bound
from nusterile.bounds.registry import Bounds, load_bounds, massless_marks
from nusterile.bounds.units import unit_findings
from nusterile.cli.options import ListCommand, config_option, load_analysis
from nusterile.cli.output import format_option, plain_text, print_table, say
from nusterile.cli.output import show as show_rows
from nusterile.errors import InputError, nearest_name
from nusterile.files.listing import Cell, Listing
from nusterile.files.settings import is_name
from nusterile.model.configuration import Configuration
from nusterile.vocabulary import (
    BOHR_MAGNETONS,
    CL,
    FLAVOR,
    M_4,
    MEV,
    MU,
    PURE_NUMBER,
    SELECTION,
    STORED_MASSES,
    BoundMassUnit,
    BoundQuantity,
    unit_word,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["bounds"]

#: Kind of a limit for a massless final state, which has no curve.
_MASSLESS = "massless"

_bounds_option = click.option(
    "--bounds",
    "further",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder with further bounds.",
)


@click.group()
def bounds() -> None:
    """External bounds on the moment; their confidence levels are as published."""


@bounds.command("list")
@config_option
@click.option("--flavor", help="Only bounds that hold for effective, e, mu or tau.")
@_bounds_option
@format_option
def list_bounds(
    config_path: Path | None, flavor: str | None, further: tuple[Path, ...], format: str
) -> None:
    """List the bounds: flavor, confidence level, kind and masses.

    Kind massless: a published limit for a massless final state, at m_4 = 0.
    """
    columns = [
        *("name", "label", FLAVOR, CL, "kind"),
        *("m_4_low", "m_4_high", "mu_lowest", "reference"),
    ]
    units = {"m_4_low": MEV, "m_4_high": MEV, "mu_lowest": BOHR_MAGNETONS}
    rows: list[list[Cell]] = [
        [
            *(bound.name, bound.label, bound.flavor, bound.cl, bound.kind),
            *bound.mass_range,
            float(bound.points[:, 1].min()),
            bound.references[0].text,
        ]
        for bound in _load(config_path, further).select(flavor)
    ]
    rows += [
        [
            *(mark.mark.item(), mark.label.item(), mark.flavor.item(), mark.cl.item(), _MASSLESS),
            *(0.0, 0.0, mark.item(), mark.reference.item()),
        ]
        for mark in massless_marks()
        if flavor in (None, mark.flavor.item()) or mark.flavor.item() == "all"
    ]
    show_rows(Listing.of(columns, rows, units), format)


@bounds.command("show")
@click.argument("name", metavar="ID")
@config_option
@_bounds_option
@format_option
def show_bound(name: str, config_path: Path | None, further: tuple[Path, ...], format: str) -> None:
    """Show one bound: its source, notes and the points of its curve."""
    columns, units = ["branch", M_4, MU, "use"], {M_4: MEV, MU: BOHR_MAGNETONS}
    bounds, marks = _load(config_path, further), massless_marks()
    if name in marks.mark.values and name not in bounds:
        mark = marks.sel(mark=name)
        if format == "table":
            print_table(["", ""], _facts_of_mark(mark), wrap=True)
        show_rows(Listing.of(columns, [["", 0.0, mark.item(), _MASSLESS]], units), format)
        return
    if name not in bounds:
        raise InputError(f"no bound '{name}'{nearest_name(name, [*bounds, *marks.mark.values])}")
    bound = bounds[name]
    if format == "table":
        print_table(["", ""], _facts(bound), wrap=True)
    rows: list[list[Cell]] = [
        [branch, mass, mu, "curve"]
        for branch, piece in zip(bound.branches, bound.pieces, strict=True)
        for mass, mu in piece.tolist()
    ]
    left_out = f"left out: mu >= {SENTINEL_MU:g}"
    rows += [["", mass, mu, left_out] for mass, mu in bound.sentinels.tolist()]
    show_rows(Listing.of(columns, rows, units), format)


@bounds.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER]...")
@config_option
@_bounds_option
@format_option
def check(
    folders: tuple[Path, ...], config_path: Path | None, further: tuple[Path, ...], format: str
) -> None:
    """Check bounds; report defects and what is peculiar about the curves.

    Each FOLDER holds a bound.toml or subfolders that have one. Without a FOLDER,
    nusterile's own bounds and those of the configuration are checked.
    """
    paths: list[Path] = []
    rows: list[list[Cell]] = []
    defects: list[str] = []

    def complain(where: str, message: str) -> None:
        defects.append(message)
        rows.append([where, "defect", "", None, message])

    folders = (*folders, *further)
    if not folders:
        paths += builtin_bound_folders().values()
        folders = tuple(Path(f) for f in _configuration(config_path).bound_folders)
    for folder in folders:
        try:
            paths += bound_folders(folder)
        except InputError as error:
            complain(folder.name, str(error))
    known = load_bounds().values()
    seen: dict[str, Path] = {}
    for path in paths:
        try:
            bound = read_bound(path)
        except InputError as error:
            complain(path.name, str(error))
            continue
        if bound.name in seen:
            message = f"{path}: a bound named '{bound.name}' is already there: {seen[bound.name]}"
            complain(bound.name, message)
        seen[bound.name] = path
        findings = bound.findings + unit_findings(bound, known, path)
        rows += [[bound.name, "note", f.path.name, f.line, f.text] for f in findings]
        if not findings:
            rows.append([bound.name, "ok", "", None, ""])
    columns = ["bound", "status", "file", "line", "finding"]
    show_rows(Listing.of(columns, rows), format)
    if defects:
        more = f" (and {len(defects) - 1} more)" if len(defects) > 1 else ""
        raise InputError(f"{defects[0]}{more}")


@bounds.command(cls=ListCommand)
@config_option
@click.option("--selection", multiple=True, help="Experiment or combination; all by default.")
@click.option("--flavor", multiple=True, help="effective, e, mu or tau; all by default.")
@click.option("--m4", M_4, multiple=True, type=float, help="Sterile mass in MeV; 0 is allowed.")
@click.option("--cl", multiple=True, type=float, default=(0.9,), show_default="0.9")
@click.option(
    "--dof", multiple=True, type=int, default=(1,), show_default="1", help="1: mass fixed; 2."
)
@_bounds_option
@format_option
def compare(
    config_path: Path | None,
    selection: tuple[str, ...],
    flavor: tuple[str, ...],
    m_4: tuple[float, ...],
    cl: tuple[float, ...],
    dof: tuple[int, ...],
    further: tuple[Path, ...],
    format: str,
) -> None:
    """Say which of our limits beat which bound at which mass.

    Without --m4, at 0.001, 0.01, 0.1, 0.3, 1, 2 and 4 MeV. Limits for a massless final
    state are compared with the lightest of the masses, where that is 0.001 MeV at most.
    """
    from nusterile.bounds.comparison import MASSLESS_UP_TO
    from nusterile.bounds.comparison import compare as compare_limits

    masses = m_4 or (*STORED_MASSES, 2.0, 4.0)
    external = _load(config_path, further)
    analysis = load_analysis(config_path)
    found = analysis.limits(
        selection=selection or None,
        flavor=flavor or None,
        m_4=masses,
        cl=cl,
        dof=dof,
    )
    table = compare_limits(found["limit"], external, massless_marks())
    columns = [str(name) for name in table.data_vars]
    rows = zip(*(table[name].values.tolist() for name in columns), strict=True)
    units = {name: unit_word(str(table[name].attrs.get("units", PURE_NUMBER))) for name in columns}
    if min(masses) > MASSLESS_UP_TO:
        say(
            "note: limits for a massless final state hold for m_4 -> 0 and are left out, since "
            f"the lightest mass is {min(masses):g} MeV; name --m4 0 as well to see them",
            error=True,
        )
    without_data = [str(n) for n in found[SELECTION].values if n in analysis.expected_selections]
    if without_data:
        say(
            f"note: {', '.join(without_data)}: there are no data, the limits are expected ones "
            "(Asimov)",
            error=True,
        )
    show_rows(Listing.of(columns, rows, units), format)


@bounds.command()
@click.argument("curve", metavar="CURVE", type=click.Path(path_type=Path))
@click.option(
    "--unit",
    required=True,
    type=click.Choice(get_args(BoundMassUnit)),
    help="Unit of the masses.",
)
@click.option(
    "--quantity",
    required=True,
    type=click.Choice(get_args(BoundQuantity)),
    help="mu: Bohr magnetons; d: 1/GeV.",
)
@click.option(
    "--flavor",
    required=True,
    type=click.Choice(get_args(BoundFlavor)),
    help="Whose moment is bounded; all: each of them.",
)
@click.option("--cl", required=True, type=float, help="Confidence level as published, a fraction.")
@click.option(
    "--reference",
    "references",
    required=True,
    multiple=True,
    help="DOI, arXiv number or text; may be repeated.",
)
@click.option("--label", help="Text for figures; the name by default.")
@click.option("--kind", type=click.Choice(get_args(Kind)), default="upper_limit", show_default=True)
@click.option("--outline", is_flag=True, help="An upper limit with walls, or that turns back.")
@click.option("--name", help="Name of the bound; that of the folder by default.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder to make; by default named as CURVE without its suffix.",
)
def add(
    curve: Path,
    unit: str,
    quantity: str,
    flavor: str,
    cl: float,
    references: tuple[str, ...],
    label: str | None,
    kind: str,
    outline: bool,
    name: str | None,
    output: Path | None,
) -> None:
    """Make the folder of a bound from a digitised curve.

    CURVE has two columns, mass and coupling, with a header or without one, separated by
    commas, semicolons, tabs or blanks.
    """
    folder = output or Path(curve.stem)
    name = folder.name if name is None else name
    if not is_name(name):
        raise InputError(
            f"'{plain_text(name)}' is no name of a bound; expected letters, digits and "
            "underscores, a letter first; give --name"
        )
    known = load_bounds()
    if name in known or name in massless_marks().mark.values:
        raise InputError(f"a bound named '{name}' is already there; give another --name")
    points = read_digitised(curve, ordered=kind == "upper_limit" and not outline)
    settings = {
        "name": name,
        "label": label or name,
        FLAVOR: flavor,
        CL: cl,
        "kind": kind,
        "mass_unit": unit,
        "quantity": quantity,
        "outline": outline,
    }
    bound = add_bound(points, settings, references, folder)
    low, high = bound.points[:, 1].min(), bound.points[:, 1].max()
    doubts = [("doubt", plain_text(f.text)) for f in unit_findings(bound, known.values(), folder)]
    facts = [
        ("folder", plain_text(str(folder))),
        *_facts(bound),
        ("points", str(len(bound.points))),
        ("moments", f"{low:.4g} to {high:.4g} mu_B"),
        *doubts,
    ]
    print_table(["", ""], facts, wrap=True)


def _configuration(config_path: Path | None) -> Configuration:
    return Configuration() if config_path is None else Configuration.from_toml(config_path)


def _load(config_path: Path | None, further: tuple[Path, ...] = ()) -> Bounds:
    return load_bounds([*_configuration(config_path).bound_folders, *further])


def _facts_of_mark(mark: xr.DataArray) -> list[tuple[str, str]]:
    doi = f", doi:{mark.doi.item()}" if mark.doi.item() else ""
    facts = [
        ("name", str(mark.mark.item())),
        ("label", str(mark.label.item())),
        (FLAVOR, str(mark.flavor.item())),
        (CL, f"{mark.cl.item():g}, as published"),
        ("kind", f"{_MASSLESS}: {mark.attrs['long_name']}"),
        ("reference", f"{mark.reference.item()}{doi}"),
    ]
    return [(name, plain_text(text)) for name, text in facts]


def _facts(bound: Bound) -> list[tuple[str, str]]:
    low, high = bound.mass_range
    facts = [
        ("name", bound.name),
        ("label", bound.label),
        (FLAVOR, bound.flavor),
        (CL, f"{bound.cl:g}, as published"),
        ("kind", bound.kind),
        ("masses", f"{low:g} to {high:g} MeV"),
    ]
    for reference in bound.references:
        doi = f", doi:{reference.doi}" if reference.doi else ""
        facts.append(("reference", reference.text + doi))
    facts += [("converted", bound.converted), ("notes", bound.notes)]
    facts += [("finding", f"{f.path.name}, line {f.line}: {f.text}") for f in bound.findings]
    return [(name, plain_text(text)) for name, text in facts if text]
