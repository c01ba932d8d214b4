"""How a fit may move the fluxes of the Sun: all of them together, or each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arrays import Floats
from nusterile.vocabulary import FIXED_SOLAR, SOLAR_PULL, pull_name

__all__ = ["SolarPulls"]


@dataclass(frozen=True, eq=False)
class SolarPulls:
    """The solar pulls of a fit.

    Each moves a share of every source's events, Standard Model and dipole alike; the shares of
    a source sum to one.

    Attributes
    ----------
    names : tuple of str, length n_sun
        ``solar``, or ``solar:<source>`` of each.
    sigma : ndarray, shape (n_sun,)
        Relative widths; 0 for what no pull moves.
    shares : ndarray, shape (n_sun, n_source), optional
        Share of each source; None where one pull moves all of them.

    Examples
    --------
    >>> SolarPulls.common(0.07).names, SolarPulls.by_source(["7Be", "8B"], [0.06, 0.12]).names
    (('solar',), ('solar:7Be', 'solar:8B'))
    """

    names: tuple[str, ...]
    sigma: Floats
    shares: Floats | None = None

    @classmethod
    def common(cls, sigma: float) -> SolarPulls:
        """One pull of all fluxes together.

        Parameters
        ----------
        sigma : float
            Its relative width.
        """
        return cls((SOLAR_PULL,), np.array([sigma], dtype=float))

    @classmethod
    def by_source(
        cls, sources: Sequence[str], sigma: ArrayLike, *, correlated: bool = False
    ) -> SolarPulls:
        """Every flux by its own width.

        Parameters
        ----------
        sources : sequence of str
            Names.
        sigma : array_like, shape (n_source,)
            Relative width of each flux.
        correlated : bool
            One pull moves every flux, each by its own width.

        Notes
        -----
        With one standardised pull u, the events are Σ_s (1 + σ_s u) t_s, which is
        Σ_s (1 - σ_s/σ_max) t_s, moved by nothing, and (1 + σ_max u) Σ_s (σ_s/σ_max) t_s. Both have
        no negative events, and equal widths leave one pull of all fluxes.
        """
        widths = np.asarray(sigma, dtype=float)
        if not correlated:
            names = tuple(pull_name(SOLAR_PULL, source) for source in sources)
            return cls(names, widths, np.eye(widths.size))
        widest = float(widths.max())
        moved = widths / widest if widest > 0 else np.ones_like(widths)
        if np.all(moved == 1):
            return cls.common(widest)
        names = (SOLAR_PULL, pull_name(SOLAR_PULL, FIXED_SOLAR))
        return cls(names, np.array([widest, 0.0]), np.stack([moved, 1 - moved]))

    def split(self, by_source: ArrayLike) -> Floats:
        """Events that each pull moves.

        Parameters
        ----------
        by_source : array_like, shape (..., n_source, n_bin)
            Events of each source.

        Returns
        -------
        ndarray, shape (..., n_sun, n_bin)
        """
        assert self.shares is not None
        return np.asarray(self.shares @ np.asarray(by_source, dtype=float))

    def of_sources(self, scale: ArrayLike) -> Floats:
        """Scale of every source's flux.

        Parameters
        ----------
        scale : array_like, shape (n_sun,)
            1 + pull × width of each pull.

        Returns
        -------
        ndarray, shape (n_source,)
        """
        assert self.shares is not None
        return np.asarray(np.asarray(scale, dtype=float) @ self.shares)
