"""External bounds on the transition magnetic moment: the registry and what it tells.

Confidence levels are those of the publications and are never rescaled. Three kinds
of bounds are told apart: upper limits compete for being the strongest at a mass;
regions (SN1987A) exclude a closed outline only, so they are reported beside the
strongest limit with both edges; lines (BBN) have no excluded side on record, so they
are drawn and take part in nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from nusterile.arguments import require_name
from nusterile.bounds.curve import Bound
from nusterile.bounds.folder import bound_folders, builtin_bound_folders, read_bound
from nusterile.bounds.units import unit_findings
from nusterile.errors import InputError, nearest_name
from nusterile.files.folder import TextFolder
from nusterile.files.settings import validate_model
from nusterile.files.tables import read_table
from nusterile.publications.reference import BoundReference
from nusterile.vocabulary import ATTRIBUTES, CL, FLAVOR, FLAVORS, M_4, MOMENT_ATTRIBUTES, MU

__all__ = ["Bounds", "load_bounds", "mark_references", "massless_marks"]


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

        Parameters
        ----------
        name : str
            Name of a bound.

        Returns
        -------
        Bound

        Raises
        ------
        InputError
            If there is none, with the nearest name.

        Examples
        --------
        >>> load_bounds().find("lep").label
        'LEP'
        """
        if name not in self._bounds:
            raise InputError(f"no bound '{name}'{nearest_name(name, self._bounds)}")
        return self._bounds[name]

    def select(self, flavor: str | None = None, kind: str | None = None) -> list[Bound]:
        """Return the bounds that hold for a flavor and are of a kind, in order.

        Parameters
        ----------
        flavor : {'effective', 'e', 'mu', 'tau'}, optional
            Flavor of the moment; bounds for ``all`` hold for each. Every flavor by default.
        kind : {'upper_limit', 'region', 'line'}, optional
            Kind; every kind by default.

        Returns
        -------
        list of Bound

        Raises
        ------
        InputError
            If there is no such flavor.

        Examples
        --------
        >>> [bound.name for bound in load_bounds().select("tau", "region")]
        ['sn1987a', 'superk_atm_tau']
        """
        if flavor is not None:
            require_name(FLAVOR, flavor, FLAVORS)
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

        Examples
        --------
        >>> ruling = load_bounds().strongest([2.0, 50.0], "tau")
        >>> ruling["cl"].values.tolist()
        [0.9, 0.95]
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
        region_dims = ("region", FLAVOR, M_4)
        moment = MOMENT_ATTRIBUTES
        dataset = xr.Dataset(
            {
                "limit": (
                    (FLAVOR, M_4),
                    limit,
                    {**moment, "long_name": "strongest published upper limit"},
                ),
                "bound": ((FLAVOR, M_4), ruling.astype(str), {"long_name": "its name"}),
                CL: (
                    (FLAVOR, M_4),
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
                FLAVOR: (FLAVOR, flavors, ATTRIBUTES[FLAVOR]),
                M_4: (M_4, masses, ATTRIBUTES[M_4]),
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
        flavor : {'effective', 'e', 'mu', 'tau'}
            Flavor of the moment.

        Returns
        -------
        list of str
            Names, in the order of the bounds.

        Raises
        ------
        InputError
            If there is no such flavor.

        Examples
        --------
        >>> load_bounds().excluding(1.5, 1e-8, "mu")
        ['borexino', 'borexino_superk', 'charm_ii_mu']
        """
        return [
            bound.name
            for bound in self.select(flavor)
            if bound.kind != "line" and bool(bound.excluded(m_4, mu))
        ]


def load_bounds(folders: Iterable[str | Path | TextFolder] = (), *, builtin: bool = True) -> Bounds:
    """Read the bounds that come with nusterile and those of a user's folders.

    Parameters
    ----------
    folders : iterable of str, Path or TextFolder, optional
        Folders of a user, each with a ``bound.toml`` or with subfolders that have one, or one
        bound each that is held in memory; see `Configuration.own_bounds`.
    builtin : bool, optional
        Whether to read nusterile's own.

    Returns
    -------
    Bounds

    Raises
    ------
    InputError
        If a bound cannot be used or two share a name.

    Examples
    --------
    >>> load_bounds()["borexino"].cl
    0.9
    """
    paths = list(builtin_bound_folders().values()) if builtin else []
    bounds: dict[str, Bound] = {}
    for number, folder in enumerate([*map(TextFolder, paths), *_own(folders)]):
        bound, path = read_bound(folder), folder.path
        if number >= len(paths):
            doubts = unit_findings(bound, list(bounds.values())[: len(paths)], path)
            bound = replace(bound, findings=bound.findings + doubts)
        if bound.name in bounds:
            raise InputError(
                f"{path}: a bound named '{bound.name}' is already there; give this one another name"
            )
        bounds[bound.name] = bound
    return Bounds(bounds.values())


def _own(folders: Iterable[str | Path | TextFolder]) -> Iterator[TextFolder]:
    for folder in folders:
        if isinstance(folder, TextFolder):
            yield folder
        else:
            yield from map(TextFolder, bound_folders(Path(folder)))


def massless_marks() -> xr.DataArray:
    """Return published limits for a massless final state, valid for m₄ → 0.

    Returns
    -------
    DataArray, dims (mark,)
        Limits in Bohr magnetons with the coordinates ``label``, ``flavor``, ``cl``
        (as published), ``reference``, ``doi`` and ``arxiv``.

    Examples
    --------
    >>> float(massless_marks().set_index(mark="mark").sel(mark="gemma"))
    2.9e-11
    """
    from nusterile_data import ROOT

    words = ("label", FLAVOR, "reference", "doi", "arxiv")
    table = read_table(ROOT / "bounds" / "massless.csv", [MU, CL], ["name", *words])
    return xr.DataArray(
        table[MU],
        dims="mark",
        coords={
            "mark": table.text["name"],
            CL: ("mark", table[CL]),
            **{word: ("mark", table.text[word]) for word in words},
        },
        name="massless_mark",
        attrs={**MOMENT_ATTRIBUTES, "long_name": "upper limit for a massless final state"},
    )


def mark_references() -> tuple[BoundReference, ...]:
    """Return the sources of `massless_marks`.

    Examples
    --------
    >>> len(mark_references()) == massless_marks().size
    True
    """
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
