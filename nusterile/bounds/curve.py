"""The curve of an external bound: interpolation, exclusion and labelled arrays.

Everything is taken on straight lines between the published points in log m₄ and
log μ, and nothing is extrapolated: outside the masses of a curve the answer is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from nusterile.errors import InputError
from nusterile.publications.reference import BoundReference
from nusterile.vocabulary import ATTRIBUTES, CL, FLAVOR, M_4, MOMENT_ATTRIBUTES, Flavor

__all__ = ["Bound", "BoundFlavor", "Finding", "Kind"]

BoundFlavor = Literal["all", Flavor]
Kind = Literal["upper_limit", "region", "line"]


@dataclass(frozen=True)
class Finding:
    """Something about a bound's curve that a reader should know.

    Attributes
    ----------
    path : Path
        The file.
    line : int
        The line, counted from 1; of the first occurrence where there are several.
    text : str
        What is there and how it is treated.
    """

    path: Path
    line: int
    text: str


@dataclass(frozen=True, eq=False)
class Bound:
    """One external bound, in MeV and Bohr magnetons.

    Attributes
    ----------
    name, label : str
        Identifier and text for people.
    flavor : {'all', 'effective', 'e', 'mu', 'tau'}
        The flavor whose moment is bounded; ``all``: each of them.
    cl : float
        Confidence level as published; never rescaled.
    kind : {'upper_limit', 'region', 'line'}
        ``upper_limit``: excluded above the curve. ``region``: excluded inside the
        closed outline. ``line``: a boundary whose excluded side is not recorded.
    pieces : tuple of ndarray, each of shape (n, 2)
        Masses (MeV) and moments (Bohr magnetons) of each piece of the curve in the
        file's order, without sentinel points; a region's pieces are polygons,
        closed from the last point to the first.
    branches : tuple of str
        Name of each piece; empty where the file has only one.
    sentinels : ndarray, shape (n, 2)
        Points left out because their moment is that of a sentinel.
    references : tuple of BoundReference
        Sources.
    converted, notes : str
        What was converted on the way here, and what to keep in mind.
    findings : tuple of Finding
        Peculiarities of the curve.
    input_texts : dict
        Text of every file read, by ``bounds/<name>/<file>``.

    Examples
    --------
    >>> from nusterile.bounds import load_bounds
    >>> bound = load_bounds()["borexino"]
    >>> bound.label, bound.kind, bound.applies_to("mu")
    ('Borexino', 'upper_limit', True)
    >>> f"{bound.limit(1.5).item():.2e}"
    '1.89e-09'
    """

    name: str
    label: str
    flavor: BoundFlavor
    cl: float
    kind: Kind
    pieces: tuple[NDArray[np.float64], ...]
    branches: tuple[str, ...]
    sentinels: NDArray[np.float64]
    references: tuple[BoundReference, ...]
    converted: str = ""
    notes: str = ""
    findings: tuple[Finding, ...] = ()
    input_texts: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def points(self) -> NDArray[np.float64]:
        """Masses (MeV) and moments (Bohr magnetons) of all pieces, shape (n, 2).

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> load_bounds()["borexino"].points.shape
        (23, 2)
        """
        return np.concatenate(self.pieces)

    @property
    def mass_range(self) -> tuple[float, float]:
        """Lightest and heaviest mass of the curve, MeV.

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> load_bounds()["borexino"].mass_range
        (1.00602, 3.35076)
        """
        masses = self.points[:, 0]
        return float(masses.min()), float(masses.max())

    @property
    def attributes(self) -> dict[str, str | float]:
        """What a plot or a file says about the bound, as attributes that netCDF takes.

        ``label``, ``flavor``, ``cl`` (as published), ``kind``, ``references`` and ``doi`` (of its
        sources) and ``notes``.

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> load_bounds()["borexino"].attributes["kind"]
        'upper_limit'
        """
        return {
            "label": self.label,
            FLAVOR: self.flavor,
            CL: self.cl,
            "kind": self.kind,
            "references": "; ".join(reference.text for reference in self.references),
            "doi": " ".join(reference.doi for reference in self.references if reference.doi),
            "notes": self.notes,
        }

    def applies_to(self, flavor: str) -> bool:
        """Whether the bound holds for the moment of a flavor.

        A bound for ``all`` holds for each of ``e``, ``mu``, ``tau`` and for the common
        moment ``effective``; any other bound holds for its own flavor only.

        Parameters
        ----------
        flavor : {'effective', 'e', 'mu', 'tau'}
            Flavor of the moment.

        Returns
        -------
        bool

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> bound = load_bounds()["lsnd_e"]
        >>> bound.applies_to("e"), bound.applies_to("effective")
        (True, False)
        """
        return self.flavor in (flavor, "all")

    def curve(self) -> xr.DataArray:
        """Return the published points.

        Returns
        -------
        DataArray, dims (point,)
            Moments in Bohr magnetons with the coordinates ``m_4`` (MeV), ``piece``
            (number of the piece) and ``branch`` (its name). Draw each piece apart.

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> curve = load_bounds()["borexino"].curve()
        >>> curve.dims, curve.sizes["point"]
        (('point',), 23)
        """
        sizes = [len(piece) for piece in self.pieces]
        return xr.DataArray(
            self.points[:, 1],
            dims="point",
            coords={
                M_4: ("point", self.points[:, 0], ATTRIBUTES[M_4]),
                "piece": ("point", np.repeat(np.arange(len(sizes)), sizes)),
                "branch": ("point", np.repeat(np.array(self.branches), sizes)),
            },
            name=self.name,
            attrs={
                **MOMENT_ATTRIBUTES,
                "long_name": f"{self.label}: transition magnetic moment",
                **self.attributes,
            },
        )

    def polygons(self) -> list[NDArray[np.float64]]:
        """Return the closed outlines of a region.

        Returns
        -------
        list of ndarray, each of shape (n + 1, 2)
            Masses (MeV) and moments (Bohr magnetons), the first point repeated at the end.

        Raises
        ------
        InputError
            If the bound is no region.

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> (outline,) = load_bounds()["sn1987a"].polygons()
        >>> outline.shape, bool((outline[0] == outline[-1]).all())
        ((68, 2), True)
        """
        self._require("region")
        return [np.concatenate([piece, piece[:1]]) for piece in self.pieces]

    def limit(self, m_4: ArrayLike) -> xr.DataArray:
        """Interpolate an upper limit, linear in log m₄ and log μ.

        Where the curve has several points at one mass (a vertical wall, or a curve
        that turns back), the limit is the lowest.

        Parameters
        ----------
        m_4 : array_like, shape (n,) or float
            Masses, MeV.

        Returns
        -------
        DataArray, dims (m_4,)
            Limits in Bohr magnetons; NaN outside the masses of the curve.

        Raises
        ------
        InputError
            If the bound is no upper limit.

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> load_bounds()["borexino"].limit([0.5, 1.5]).isnull().values.tolist()
        [True, False]
        """
        self._require("upper_limit")
        masses = np.atleast_1d(np.asarray(m_4, dtype=float))
        return self._labelled(masses, self._crossings(masses)[0], "upper limit")

    def edges(self, m_4: ArrayLike) -> xr.Dataset:
        """Return where a region begins and ends.

        Parameters
        ----------
        m_4 : array_like, shape (n,) or float
            Masses, MeV.

        Returns
        -------
        Dataset, dims (m_4,)
            ``low`` and ``high`` in Bohr magnetons, the lowest and the highest point of
            the outline; NaN outside its masses.

        Raises
        ------
        InputError
            If the bound is no region.

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> edges = load_bounds()["sn1987a"].edges(1.0)
        >>> f"{edges['low'].item():.1e} to {edges['high'].item():.1e}"
        '5.4e-13 to 4.4e-10'
        """
        self._require("region")
        masses = np.atleast_1d(np.asarray(m_4, dtype=float))
        low, high = self._crossings(masses)
        return xr.Dataset(
            {
                "low": self._labelled(masses, low, "lower edge"),
                "high": self._labelled(masses, high, "upper edge"),
            },
            attrs=self.attributes,
        )

    def excluded(self, m_4: ArrayLike, mu: ArrayLike) -> NDArray[np.bool_]:
        """Say which points the bound excludes.

        A point is excluded if the curve passes below it an odd number of times: above
        a plain upper limit, inside a region, and below the upper part of a limit that
        turns back. Outside the masses of the curve nothing is excluded.

        Parameters
        ----------
        m_4, mu : array_like
            Masses (MeV) and moments (Bohr magnetons), of shapes that broadcast.

        Returns
        -------
        ndarray of bool, the broadcast shape

        Raises
        ------
        InputError
            If the bound is a line: it does not say which side is excluded.

        Examples
        --------
        >>> from nusterile.bounds import load_bounds
        >>> load_bounds()["borexino"].excluded(1.5, [1e-9, 1e-8]).tolist()
        [False, True]
        """
        if self.kind == "line":
            raise InputError(
                f"{self.name}: is a line; which side of it is excluded is not recorded"
            )
        masses, moments = np.broadcast_arrays(
            np.asarray(m_4, dtype=float), np.asarray(mu, dtype=float)
        )
        start, end = self._segments()
        x, y = masses[..., np.newaxis], moments[..., np.newaxis]
        low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
        # half-open, so that a corner counts once; the heaviest mass belongs to the curve
        passes = (low <= x) & ((x < high) | ((x == high) & (high == high.max()) & (low < high)))
        below = passes & (_heights(start, end, x) < y)
        return np.asarray(np.count_nonzero(below, axis=-1) % 2 == 1)

    def _require(self, kind: Kind) -> None:
        if self.kind != kind:
            ways = {
                "upper_limit": "limit() and excluded()",
                "region": "edges(), polygons() and excluded()",
                "line": "curve()",
            }
            raise InputError(
                f"{self.name}: is of kind '{self.kind}', not '{kind}'; use {ways[self.kind]}"
            )

    def _labelled(
        self, masses: NDArray[np.float64], values: NDArray[np.float64], what: str
    ) -> xr.DataArray:
        return xr.DataArray(
            values,
            dims=M_4,
            coords={M_4: (M_4, masses, ATTRIBUTES[M_4])},
            name=self.name,
            attrs={
                **MOMENT_ATTRIBUTES,
                "long_name": f"{self.label}: {what} on the transition magnetic moment",
                **self.attributes,
            },
        )

    def _segments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both ends of every segment, each of shape (n, 2)."""
        starts, ends = [], []
        for piece in self.pieces:
            starts.append(piece if self.kind == "region" else piece[:-1])
            ends.append(np.roll(piece, -1, axis=0) if self.kind == "region" else piece[1:])
        return np.concatenate(starts), np.concatenate(ends)

    def _crossings(
        self, masses: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and the highest point of the curve at each mass, or NaN."""
        start, end = self._segments()
        x = masses[:, np.newaxis]
        low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
        inside = (low <= x) & (x <= high)
        heights = _heights(start, end, x)
        wall = start[:, 0] == end[:, 0]
        lowest = np.where(wall, np.minimum(start[:, 1], end[:, 1]), heights)
        highest = np.where(wall, np.maximum(start[:, 1], end[:, 1]), heights)
        bottom = np.where(inside, lowest, np.inf).min(axis=1)
        top = np.where(inside, highest, -np.inf).max(axis=1)
        found = inside.any(axis=1)
        return np.where(found, bottom, np.nan), np.where(found, top, np.nan)


def _heights(
    start: NDArray[np.float64], end: NDArray[np.float64], masses: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Evaluate the power law of each segment, never beyond the segment's own ends."""
    (x0, y0), (x1, y1) = np.log(start).T, np.log(end).T
    run = x1 - x0
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(run == 0, 0.0, (np.log(masses) - x0) / np.where(run == 0, 1.0, run))
    fraction = np.clip(fraction, 0.0, 1.0)
    found: NDArray[np.float64] = np.exp(y0 * (1.0 - fraction) + y1 * fraction)
    return found
