"""External bounds on the transition magnetic moment: the registry and what it tells.

Confidence levels are those of the publications and are never rescaled. Three kinds
of bounds are told apart: upper limits compete for being the strongest at a mass;
regions (SN1987A) exclude a closed outline only, so they are reported beside the
strongest limit with both edges; lines (BBN) have no excluded side on record, so they
are drawn and take part in nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from nusterile.bound_curves import MASS_ATTRIBUTES, Bound, BoundReference
from nusterile.bound_files import bound_folders, builtin_bound_folders, read_bound
from nusterile.errors import InputError, nearest_name
from nusterile.listing import Cell, Listing
from nusterile.tables import read_table
from nusterile.toml_models import validate_model

__all__ = ["FLAVORS", "Bounds", "compare", "load_bounds", "mark_references", "massless_marks"]

#: Flavors of our limits; a bound may also hold for ``all`` of them.
FLAVORS = ("effective", "e", "mu", "tau")


class Bounds(Mapping[str, Bound]):
    """External bounds by name.

    Parameters
    ----------
    bounds : iterable of Bound
        Their names must differ.

    Examples
    --------
    >>> bounds = load_bounds()
    >>> bounds["sn1987a"].kind
    'region'
    >>> ruling = bounds.strongest([2.0, 50.0], "tau")
    >>> ruling["bound"].values.tolist()
    ['borexino_superk', 'lep']
    """

    def __init__(self, bounds: Iterable[Bound]):
        self._bounds: dict[str, Bound] = {}
        for bound in bounds:
            if bound.name in self._bounds:
                raise InputError(f"two bounds are named '{bound.name}'; names must differ")
            self._bounds[bound.name] = bound

    def __getitem__(self, name: str) -> Bound:
        return self._bounds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bounds)

    def __len__(self) -> int:
        return len(self._bounds)

    def find(self, name: str) -> Bound:
        """Return a bound by name.

        Raises
        ------
        InputError
            If there is none, with the nearest name.
        """
        if name not in self._bounds:
            raise InputError(f"no bound '{name}'{nearest_name(name, self._bounds)}")
        return self._bounds[name]

    def select(self, flavor: str | None = None, kind: str | None = None) -> list[Bound]:
        """Return the bounds that hold for a flavor and are of a kind, in order."""
        if flavor is not None:
            _require_flavor(flavor)
        return [
            bound
            for bound in self._bounds.values()
            if (flavor is None or bound.applies_to(flavor)) and kind in (None, bound.kind)
        ]

    def strongest(self, m_4: ArrayLike, flavor: str | Sequence[str] | None = None) -> xr.Dataset:
        """Say which bound rules where.

        Parameters
        ----------
        m_4 : array_like, shape (n,) or float
            Masses, MeV.
        flavor : str or sequence of str, optional
            ``effective``, ``e``, ``mu``, ``tau``; all four by default. A bound for
            ``all`` flavors counts for each; ``effective`` has only those and its own.

        Returns
        -------
        Dataset, dims (flavor, m_4) and region
            ``limit``: the lowest upper limit in Bohr magnetons, NaN where no curve
            reaches; ``bound``: its name, empty where there is none; ``cl``: its
            confidence level as published. ``region_low`` and ``region_high`` (region,
            flavor, m_4): what each closed region excludes besides. A single flavor
            given as str leaves the dimension out.
        """
        masses = np.atleast_1d(np.asarray(m_4, dtype=float))
        flavors = [flavor] if isinstance(flavor, str) else list(flavor or FLAVORS)
        shape = (len(flavors), masses.size)
        limit, cl = np.full(shape, np.nan), np.full(shape, np.nan)
        ruling = np.full(shape, "", dtype=object)
        regions = self.select(kind="region")
        edges = np.full((2, len(regions), *shape), np.nan)
        for row, name in enumerate(flavors):
            for bound in self.select(name, "upper_limit"):
                values = bound.limit(masses).values
                lower = ~(values >= limit[row]) & np.isfinite(values)
                limit[row, lower] = values[lower]
                cl[row, lower] = bound.cl
                ruling[row, lower] = bound.name
            for index, bound in enumerate(regions):
                if bound.applies_to(name):
                    found = bound.edges(masses)
                    edges[0, index, row], edges[1, index, row] = found["low"], found["high"]
        region_dims = ("region", "flavor", "m_4")
        moment = {"units": "bohr_magneton"}
        dataset = xr.Dataset(
            {
                "limit": (
                    ("flavor", "m_4"),
                    limit,
                    {**moment, "long_name": "strongest published upper limit"},
                ),
                "bound": (("flavor", "m_4"), ruling.astype(str), {"long_name": "its name"}),
                "cl": (
                    ("flavor", "m_4"),
                    cl,
                    {"units": "1", "long_name": "its confidence level, as published"},
                ),
                "region_low": (
                    region_dims,
                    edges[0],
                    {**moment, "long_name": "lower edge of the excluded region"},
                ),
                "region_high": (
                    region_dims,
                    edges[1],
                    {**moment, "long_name": "upper edge of the excluded region"},
                ),
            },
            coords={
                "flavor": flavors,
                "m_4": ("m_4", masses, MASS_ATTRIBUTES),
                "region": [bound.name for bound in regions],
            },
        )
        return dataset.isel(flavor=0) if isinstance(flavor, str) else dataset

    def excluding(self, m_4: float, mu: float, flavor: str) -> list[str]:
        """Name the bounds, upper limits and regions, that exclude a point.

        Parameters
        ----------
        m_4, mu : float
            Mass (MeV) and moment (Bohr magnetons).
        flavor : str
            Flavor of the moment.
        """
        return [
            bound.name
            for bound in self.select(flavor)
            if bound.kind != "line" and bool(bound.excluded(m_4, mu))
        ]

    def listing(self, flavor: str | None = None) -> Listing:
        """List the bounds: what they are, where they reach and their lowest moment."""
        columns = ("name", "label", "flavor", "cl", "kind")
        rows = [
            (
                *(getattr(bound, column) for column in columns),
                *bound.mass_range,
                float(bound.points[:, 1].min()),
                bound.references[0].text,
            )
            for bound in self.select(flavor)
        ]
        return Listing.of(
            [*columns, "m_4_low", "m_4_high", "mu_lowest", "reference"],
            rows,
            {"m_4_low": "MeV", "m_4_high": "MeV", "mu_lowest": "bohr_magneton"},
        )


def load_bounds(folders: Iterable[str | Path] = (), *, builtin: bool = True) -> Bounds:
    """Read the bounds that come with nusterile and those of a user's folders.

    Parameters
    ----------
    folders : iterable of str or Path, optional
        Folders of a user, each with a ``bound.toml`` or with subfolders that have one;
        ``bound_folders`` of a configuration.
    builtin : bool, optional
        Whether to read nusterile's own.

    Returns
    -------
    Bounds

    Raises
    ------
    InputError
        If a bound cannot be used or two share a name.
    """
    paths = list(builtin_bound_folders().values()) if builtin else []
    own = [path for folder in folders for path in bound_folders(Path(folder))]
    bounds: dict[str, Bound] = {}
    for path in [*paths, *own]:
        bound = read_bound(path)
        if bound.name in bounds:
            raise InputError(f"{path}: a bound named '{bound.name}' is already there")
        bounds[bound.name] = bound
    return Bounds(bounds.values())


def massless_marks() -> xr.DataArray:
    """Return published limits for a massless final state, valid for m₄ → 0.

    Returns
    -------
    DataArray, dims (mark,)
        Limits in Bohr magnetons with the coordinates ``label``, ``flavor``, ``cl``
        (as published), ``reference``, ``doi`` and ``arxiv``.
    """
    from nusterile_data import ROOT

    words = ("label", "flavor", "reference", "doi", "arxiv")
    table = read_table(ROOT / "bounds" / "massless.csv", ["mu", "cl"], ["name", *words])
    return xr.DataArray(
        table["mu"],
        dims="mark",
        coords={
            "mark": table.text["name"],
            "cl": ("mark", table["cl"]),
            **{word: ("mark", table.text[word]) for word in words},
        },
        name="massless_mark",
        attrs={"units": "bohr_magneton", "long_name": "upper limit for a massless final state"},
    )


def mark_references() -> tuple[BoundReference, ...]:
    """Return the sources of `massless_marks`."""
    marks = massless_marks()
    return tuple(
        validate_model(
            BoundReference,
            {"text": str(text), "doi": str(doi), "arxiv": str(arxiv)},
            "massless.csv",
        )
        for text, doi, arxiv in zip(
            marks["reference"].values, marks["doi"].values, marks["arxiv"].values, strict=True
        )
    )


def compare(limits: xr.DataArray, bounds: Bounds, marks: xr.DataArray | None = None) -> Listing:
    """Say which of our limits beat which bound at which mass.

    Parameters
    ----------
    limits : DataArray, dims flavor, m_4 and any others (selection, cl, dof)
        Upper limits in Bohr magnetons, masses in MeV. NaN: no limit, no row.
    bounds : Bounds
        What to compare with; lines take no part.
    marks : DataArray, optional
        `massless_marks`; compared at the lightest mass of `limits` only.

    Returns
    -------
    Listing
        A row for every limit and every bound that reaches its mass. Columns: the
        coordinates of `limits`, ``limit``, then ``bound``, ``label``, ``kind``,
        ``bound_cl`` (as published), ``bound_low``, ``bound_high`` (regions only),
        ``ratio`` = limit / bound_low and ``verdict``: ``stronger`` (our limit lies below
        the bound, below all of a region), ``weaker`` (it does not), and for regions
        ``inside`` and ``above``, which say where our limit lies.

    Raises
    ------
    InputError
        If a dimension is missing, a unit or a flavor is a different one.
    """
    _check_limits(limits)
    others = [str(name) for name in limits.dims if name not in ("flavor", "m_4")]
    fixed = [str(name) for name, coord in limits.coords.items() if coord.ndim == 0]
    ordered = limits.transpose(*others, "flavor", "m_4")
    masses = ordered["m_4"].values.astype(float)
    rows: list[list[Cell]] = []
    for *outer, row in np.ndindex(ordered.shape[:-1]):
        flavor = str(ordered["flavor"].values[row])
        rivals = _rivals(bounds, flavor, masses, marks)
        head: list[Cell] = [limits[name].item() for name in fixed]
        head += [ordered[name].values[i].item() for name, i in zip(others, outer, strict=True)]
        values = ordered.values[(*outer, row)]
        for column in np.flatnonzero(np.isfinite(values)):
            ours = float(values[column])
            for identity, low, high in rivals:
                if np.isfinite(low[column]):
                    edge = float(low[column])
                    end = None if high is None else float(high[column])
                    result = (edge, end, ours / edge, _verdict(ours, edge, end))
                    rows.append([*head, flavor, float(masses[column]), ours, *identity, *result])
    return Listing.of(
        [*fixed, *others, *_COMPARISON],
        rows,
        {
            "m_4": "MeV",
            **dict.fromkeys(("limit", "bound_low", "bound_high"), "bohr_magneton"),
        },
    )


_COMPARISON = (
    *("flavor", "m_4", "limit"),
    *("bound", "label", "kind", "bound_cl", "bound_low", "bound_high"),
    *("ratio", "verdict"),
)
_Rival = tuple[tuple[Cell, ...], np.ndarray, np.ndarray | None]


def _rivals(
    bounds: Bounds, flavor: str, masses: np.ndarray, marks: xr.DataArray | None
) -> list[_Rival]:
    """Return identity, lower edge and upper edge at the masses of what to compare with."""
    rivals: list[_Rival] = []
    for bound in bounds.select(flavor):
        identity = (bound.name, bound.label, bound.kind, bound.cl)
        if bound.kind == "upper_limit":
            rivals.append((identity, bound.limit(masses).values, None))
        elif bound.kind == "region":
            edges = bound.edges(masses)
            rivals.append((identity, edges["low"].values, edges["high"].values))
    if marks is not None:
        for mark in marks:
            if str(mark["flavor"].item()) in (flavor, "all"):
                text = (str(mark["mark"].item()), str(mark["label"].item()), "massless")
                values = np.where(masses == masses.min(), mark.item(), np.nan)
                rivals.append(((*text, float(mark["cl"])), values, None))
    return rivals


def _verdict(ours: float, low: float, high: float | None) -> str:
    if ours < low:
        return "stronger"
    if high is None:
        return "weaker"
    return "inside" if ours <= high else "above"


def _check_limits(limits: Any) -> None:
    if not isinstance(limits, xr.DataArray):
        raise InputError(
            f"limits: is a {type(limits).__name__}; expected a DataArray, as product['limit']"
        )
    for name in ("flavor", "m_4"):
        if name not in limits.dims or name not in limits.coords:
            raise InputError(
                f"limits: has the dimensions {', '.join(map(str, limits.dims))}; "
                f"'{name}' with its coordinate is missing"
            )
    for unit, holder, what in (
        ("bohr_magneton", limits, "limits"),
        ("MeV", limits["m_4"], "limits: m_4"),
    ):
        given = holder.attrs.get("units", unit)
        if given != unit:
            raise InputError(f"{what}: is in '{given}'; expected '{unit}'")
    for flavor in limits["flavor"].values:
        _require_flavor(str(flavor))


def _require_flavor(flavor: str) -> None:
    if flavor not in FLAVORS:
        raise InputError(f"unknown flavor '{flavor}'{nearest_name(flavor, FLAVORS)}")
