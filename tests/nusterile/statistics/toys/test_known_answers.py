"""Toys against published tables and closed forms.

References
----------
G. J. Feldman and R. D. Cousins, Phys. Rev. D 57 (1998) 3873, physics/9711021, tables IV and X.
"""

from __future__ import annotations

import numpy as np
import pytest
from counting import ONE, counting, toys_of
from scipy.stats import poisson

from nusterile.statistics.toys.summaries import ROUNDING, quantiles, reaching, share


def is_accepted(likelihood, strength: float, toys: int, template=ONE) -> bool:
    """Whether the unified test at 90 % accepts a strength."""
    delta = toys_of(likelihood, "delta_chi2", strength, toys, template=template)[:, 0]
    critical = quantiles(delta, [0.9]).value[0]
    best = likelihood.best_fit(template).chi2[0]
    observed = likelihood.profile(template, [0], [strength]).chi2[0] - best
    return observed <= critical + ROUNDING


def is_accepted_exactly(n: int, background: float, strength: float) -> bool:
    """The same of one bin, by adding up probabilities in the order of their ratios."""
    counts = np.arange(100)
    p = poisson.pmf(counts, strength + background)
    ratio = p / poisson.pmf(counts, np.maximum(counts, background))
    order = np.argsort(-ratio, kind="stable")
    enough = int(np.searchsorted(np.cumsum(p[order]), 0.9)) + 1
    return n in order[:enough]


@pytest.mark.parametrize(
    ("n", "background", "low", "high"),
    [
        (1, 1.0, 0.0, 3.36),
        (3, 3.0, 0.0, 4.42),
        (2, 0.5, 0.03, 5.41),
        (5, 1.0, 1.25, 8.99),
        (10, 3.0, 2.63, 13.50),
    ],
)
def test_poisson_with_known_background(n, background, low, high):
    """Table IV, to the digits that it prints."""
    likelihood = counting(n, background)
    points = {high - 0.011: True, high + 0.011: False, low + 0.011: True}
    if low:
        points[low - 0.011] = False
    for strength, expected in points.items():
        assert is_accepted_exactly(n, background, strength) == expected
        assert is_accepted(likelihood, strength, 60_000) == expected, strength


@pytest.mark.parametrize(
    ("x", "low", "high"),
    [(-2.0, 0.0, 0.40), (-1.0, 0.0, 0.81), (0.0, 0.0, 1.64), (1.0, 0.0, 2.64), (3.0, 1.37, 4.64)],
)
def test_gaussian_with_boundary(x, low, high):
    """Table X, to the digits that it prints, with 10⁶ events for a normal distribution.

    At a mean of 10⁶ a Poisson distribution has the skewness 0.001.
    """
    likelihood = counting(round(1e6 + 1000 * x), 1e6)
    sigma = np.array([[1000.0]])
    toys = 150_000
    assert is_accepted(likelihood, high - 0.02, toys, sigma)
    assert not is_accepted(likelihood, high + 0.02, toys, sigma)
    if low:
        assert is_accepted(likelihood, low + 0.02, toys, sigma)
        assert not is_accepted(likelihood, low - 0.02, toys, sigma)


@pytest.mark.parametrize(("n", "background", "signal"), [(0, 0.5, 2.0), (3, 2.0, 4.0), (9, 8.0, 5)])
def test_cls_of_a_counting_experiment(n, background, signal):
    """CL_s = P(N ≤ n | s + b)/P(N ≤ n | b), to 1 % and to the Monte Carlo error."""
    likelihood = counting(n, background)
    best = likelihood.best_fit(ONE)
    assert best.strength[0] <= signal
    observed = likelihood.profile(ONE, [0], [signal]).chi2[0] - best.chi2[0]
    toys = 400_000
    shares = [
        share(
            reaching(toys_of(likelihood, "q", truth, toys, tested=signal)[:, 0], observed).sum(),
            toys,
        )
        for truth in (signal, 0.0)
    ]
    exact = [poisson.cdf(n, background + truth) for truth in (signal, 0.0)]
    found = shares[0].value / shares[1].value
    assert found == pytest.approx(exact[0] / exact[1], rel=0.01)
    for estimate, p in zip(shares, exact, strict=True):
        half = (estimate.high - estimate.low) / 2
        assert abs(estimate.value - p) < 5 * half
