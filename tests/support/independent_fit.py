"""The profiled χ² written out once more, minimised by iminuit and by scipy.

The unknowns are the scales 1 + α and 1 + β, all bounded below by 0, since the statistic
is convex in them and they keep their digits where the solar pull is close to -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from iminuit import Minuit
from scipy.optimize import minimize


@dataclass
class Problem:
    """One fit: what α scales (sm and dipole), the components, and the widths.

    Experiments are lists side by side; `sigma` holds the solar width first, then those of
    the components in order. A width of 0 fixes a parameter, an infinite one frees it. The
    constraints stand at `centre`, 1 for data.
    """

    counts: list[np.ndarray]
    solar: list[np.ndarray]
    background: list[np.ndarray]  # (n_component, n_bin) each
    sigma: np.ndarray
    centre: np.ndarray | float = 1.0

    def predicted(self, scales: np.ndarray) -> np.ndarray:
        expected, first = [], 1
        for solar, background in zip(self.solar, self.background, strict=True):
            own = scales[first : first + len(background)]
            first += len(background)
            expected.append(scales[0] * solar + own @ background)
        return np.concatenate(expected)

    @cached_property
    def matrix(self) -> np.ndarray:
        """Derivative of the predictions, (n_scale, n_bin)."""
        return np.array([self.predicted(unit) for unit in np.eye(self.sigma.size)])

    @cached_property
    def observed(self) -> np.ndarray:
        """Counts of all experiments, (n_bin,)."""
        return np.concatenate(self.counts)

    @cached_property
    def constrained(self) -> np.ndarray:
        """Which scales have a constraint, neither fixed nor free."""
        return (self.sigma > 0) & np.isfinite(self.sigma)

    def chi2(self, scales: np.ndarray) -> float:
        expected = self.predicted(scales)
        observed = self.observed
        seen = observed > 0
        if np.any(expected[seen] <= 0):
            return np.inf
        deviance = expected - observed
        deviance[seen] += observed[seen] * np.log(observed[seen] / expected[seen])
        constrained = self.constrained
        pulls = (scales - self.centre)[constrained] / self.sigma[constrained]
        return float(2 * deviance.sum() + pulls @ pulls)

    def chi2_of_each(self, trials: np.ndarray) -> np.ndarray:
        """χ² of each row of scales, (n_trial,)."""
        expected = trials @ self.matrix
        seen = self.observed > 0
        possible = np.all(expected[:, seen] > 0, axis=1)
        observed, expected = self.observed, expected[possible]
        deviance = expected - observed
        deviance[:, seen] += observed[seen] * np.log(observed[seen] / expected[:, seen])
        constrained = self.constrained
        pulls = (trials[possible] - self.centre)[:, constrained] / self.sigma[constrained]
        found = np.full(len(trials), np.inf)
        found[possible] = 2 * deviance.sum(axis=1) + (pulls**2).sum(axis=1)
        return found

    def extended(self, scales: np.ndarray, floor: float = 1e-4) -> tuple[float, np.ndarray]:
        """χ² and its gradient, with the tangent of the logarithm below a floor of R.

        Finite and convex everywhere; equal to χ² wherever every seen bin is above it.
        """
        expected = self.predicted(scales)
        observed = self.observed
        held = np.maximum(expected, floor)
        logarithm = np.log(np.where(observed > 0, observed, 1.0) / held) - (
            np.minimum(expected - floor, 0.0) / floor
        )
        deviance = expected - observed + observed * logarithm
        slope = 2 * self.matrix @ (1 - observed / held)
        constrained = self.constrained
        pulls = (scales - self.centre)[constrained] / self.sigma[constrained]
        slope[constrained] += 2 * pulls / self.sigma[constrained]
        return float(2 * deviance.sum() + pulls @ pulls), slope


def minimise_with_iminuit(problem: Problem, attempts: int = 3) -> float:
    """Strategy 2, bounds on every scale; started again from where it stopped and from afar.

    Close to a bound Minuit's inner variable has no slope, and it may stop there: each
    further attempt starts in the open and only the lowest χ² counts.
    """
    lowest = np.inf
    start = np.ones(problem.sigma.size)
    for attempt in range(attempts):
        minuit = Minuit(lambda u: problem.chi2(u), start)
        minuit.errordef = Minuit.LEAST_SQUARES
        minuit.strategy = 2
        minuit.tol = 1e-5
        minuit.print_level = 0
        minuit.limits = [(0, None)] * start.size
        minuit.fixed = problem.sigma == 0
        minuit.errors = np.where(
            np.isfinite(problem.sigma) & (problem.sigma > 0), problem.sigma, 0.1
        )
        minuit.migrad(ncall=50_000)
        lowest = min(lowest, float(minuit.fval))
        start = np.array(minuit.values)
        start[0] = max(start[0] * (1 + 0.1 * attempt), 1e-12)
        start[1:] = np.maximum(start[1:], 0.05 * (attempt + 1))
        start[problem.sigma == 0] = 1.0
    return lowest


def minimise_with_scipy(problem: Problem, starts: list[np.ndarray] | None = None) -> float:
    """Truncated Newton (TNC) with the exact gradient from several starts; the lowest χ² found.

    It works in units of the events that each scale stands for, which may differ by 1e12.
    """
    size = problem.sigma.size
    fixed = problem.sigma == 0
    unit = 1 / np.maximum(problem.matrix.sum(axis=1), 1.0)
    bounds = [(1 / u, 1 / u) if f else (0.0, None) for f, u in zip(fixed, unit, strict=True)]
    observed = sum(float(c.sum()) for c in problem.counts)

    def objective(events: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = problem.extended(events * unit)
        return value, slope * unit

    guesses = [np.ones(size), np.full(size, 0.3), np.minimum(1.0, (observed + 1) * unit)]
    lowest = np.inf
    for start in guesses + (starts or []):
        events = np.where(fixed, 1.0, start) / unit
        for _restart in range(3):
            events = minimize(
                objective,
                events,
                jac=True,
                method="TNC",
                bounds=bounds,
                options={"maxfun": 5000, "ftol": 1e-15, "gtol": 1e-12, "xtol": 1e-15},
            ).x
        lowest = min(lowest, problem.chi2(events * unit))
    return lowest


def minimise_inside(problem: Problem) -> float:
    """Interior-point method: Newton steps on t χ² - Σ ln u, halved until it falls, t rising.

    The bounds are never touched, so bins fed by one component only and scales from 1e-18 to
    1e6 do no harm. It ends some 1e-8 above the minimum, whatever the counts.
    """
    moving = (problem.sigma > 0) & (problem.matrix.sum(axis=1) > 0)
    observed = problem.observed
    matrix = problem.matrix[moving]
    with np.errstate(divide="ignore"):
        weight = np.where(problem.sigma > 0, 1 / problem.sigma**2, 0.0)[moving]
    scales = np.ones(problem.sigma.size)
    scales[moving] = 1 / np.maximum(matrix.sum(axis=1), 1.0)

    halvings = 2.0 ** -np.arange(35)[:, None]

    def objective(inner: np.ndarray, t: float) -> np.ndarray:
        """The function that falls, (n_trial,), for the moving scales of each trial."""
        trials = np.repeat(scales[None], len(inner), axis=0)
        trials[:, moving] = inner
        inside = np.all(inner > 0, axis=1)
        found = np.full(len(inner), np.inf)
        # Relative to where it stands, so that the logarithms keep their digits.
        barrier = np.log(inner[inside] / scales[moving]).sum(axis=1)
        found[inside] = t * problem.chi2_of_each(trials[inside]) - barrier
        return found

    for t in 10.0 ** np.arange(-6, 11):
        for _step in range(200):
            inner = scales[moving]
            expected = problem.predicted(scales)
            ratio = np.divide(observed, expected, where=observed > 0, out=np.zeros_like(observed))
            bend = np.divide(ratio, expected, where=observed > 0, out=np.zeros_like(observed))
            centre = np.broadcast_to(problem.centre, moving.shape)[moving]
            slope = 2 * t * (matrix @ (1 - ratio) + weight * (inner - centre)) - 1 / inner
            hessian = 2 * t * ((matrix * bend) @ matrix.T + np.diag(weight)) + np.diag(inner**-2)
            unit = 1 / np.sqrt(np.diag(hessian))
            step = -unit * np.linalg.solve(hessian * np.outer(unit, unit), slope * unit)
            decrease = -slope @ step
            if not decrease > 1e-6:
                break
            # Not closer to a bound than a twentieth of the way.
            lengths = min(1.0, 0.95 / max(float((-step / inner).max()), 0.5)) * halvings
            lengths = lengths[lengths[:, 0] >= 1e-10]
            before, *after = objective(inner + np.vstack([[0.0], lengths]) * step, t)
            falls = np.array(after) <= before - 0.01 * lengths[:, 0] * decrease
            if not falls.any():  # rounding hides any further descent
                break
            scales[moving] += lengths[falls.argmax(), 0] * step
    return problem.chi2(scales)
