"""Compiled minimiser of the Poisson χ² over its pulls, one point after another.

With R linear in the parameters θ = (α, β_1, ..., y), the function

    χ²(θ) = 2 Σ_i [R_i - N_i + N_i ln(N_i/R_i)] + Σ_p w_p θ_p²

is convex. Newton steps with the exact gradient and Hessian, projected on the bounds
1 + α ≥ 0, 1 + β ≥ 0, y ≥ 0 and halved until χ² falls, reach the one minimum in a few
iterations. The kernel releases the interpreter lock, so threads can share the work.

References
----------
S. Baker and R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437 (the statistic);
D. P. Bertsekas, SIAM J. Control Optim. 20 (1982) 221 (projected Newton steps).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

__all__ = ["minimise_batch"]

_MAX_ITERATIONS = 200
_MAX_HALVINGS = 60


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile, keeping the result on disk where a folder can be written."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder for the cache: a read-only installation without a home
        return numba.njit(nogil=True, error_model="numpy")(function)


@_compiled
def _prediction(theta, solar, dipole, strength, background, bin_start, part_start, out):  # type: ignore[no-untyped-def]
    """R_i for every bin."""
    y = theta[-1]
    for k in range(bin_start.size - 1):
        for i in range(bin_start[k], bin_start[k + 1]):
            value = (1 + theta[0]) * (solar[i] + strength * dipole[i]) + y * dipole[i]
            for b in range(part_start[k], part_start[k + 1]):
                value += (1 + theta[1 + b]) * background[b, i]
            out[i] = value


@_compiled
def _chi2(counts, predicted, theta, weight):  # type: ignore[no-untyped-def]
    """χ² with its penalty; infinite where an observed event has no expectation."""
    total = 0.0
    for i in range(counts.size):
        if counts[i] > 0:
            if predicted[i] <= 0:
                return np.inf
            total += 2 * (predicted[i] - counts[i] + counts[i] * np.log(counts[i] / predicted[i]))
        else:
            total += 2 * predicted[i]
    for p in range(theta.size):
        total += weight[p] * theta[p] ** 2
    return total


@_compiled
def _solve(hessian, free, right):  # type: ignore[no-untyped-def]
    """Solve for the free parameters by Cholesky; directions without curvature stay put."""
    n = right.size
    for j in range(n):
        if not free[j]:
            continue
        diagonal = hessian[j, j]
        for k in range(j):
            if free[k]:
                diagonal -= hessian[j, k] ** 2
        if not diagonal > 1e-13 * hessian[j, j]:
            free[j] = False
            continue
        root = np.sqrt(diagonal)
        for i in range(j + 1, n):
            if free[i]:
                value = hessian[i, j]
                for k in range(j):
                    if free[k]:
                        value -= hessian[i, k] * hessian[j, k]
                hessian[i, j] = value / root
        hessian[j, j] = root
    for j in range(n):
        if free[j]:
            for k in range(j):
                if free[k]:
                    right[j] -= hessian[j, k] * right[k]
            right[j] /= hessian[j, j]
        else:
            right[j] = 0.0
    for j in range(n - 1, -1, -1):
        if free[j]:
            for k in range(j + 1, n):
                if free[k]:
                    right[j] -= hessian[k, j] * right[k]
            right[j] /= hessian[j, j]


@_compiled
def minimise_batch(  # type: ignore[no-untyped-def]
    counts,
    solar,
    background,
    bin_start,
    part_start,
    weight,
    adjustable,
    dipole,
    template,
    strength,
    fit_strength,
    chi2_out,
    theta_out,
):
    """Minimise χ² at every point of a batch, in place.

    Parameters
    ----------
    counts, solar : ndarray, shape (n_bin,)
        Observed events and Standard Model events, experiments one after another.
    background : ndarray, shape (n_part, n_bin)
        Background components; each is zero outside the bins of its experiment.
    bin_start, part_start : ndarray of int, shape (n_experiment + 1,)
        First bin and first component of each experiment.
    weight : ndarray, shape (n_part + 2,)
        1/σ² of every parameter (0 where free).
    adjustable : ndarray of bool, shape (n_part + 2,)
        Whether the fit may move the parameter at all.
    dipole : ndarray, shape (n_template, n_bin)
        Dipole events for unit strength.
    template : ndarray of int, shape (n_point,)
        Row of `dipole` of each point.
    strength : ndarray, shape (n_point,)
        Strength of the dipole, which α scales too.
    fit_strength : bool
        Also minimise over y ≥ 0, a strength that α does not scale.
    chi2_out : ndarray, shape (n_point,)
        Filled with the minima; NaN where the minimiser failed.
    theta_out : ndarray, shape (n_point, n_part + 2)
        Filled with the parameters at the minimum.
    """
    n_bin = counts.size
    n_parameter = weight.size
    theta = np.zeros(n_parameter)
    trial = np.zeros(n_parameter)
    lower = np.full(n_parameter, -1.0)
    lower[-1] = 0.0
    predicted = np.zeros(n_bin)
    gradient = np.zeros(n_parameter)
    step = np.zeros(n_parameter)
    hessian = np.zeros((n_parameter, n_parameter))
    free = np.zeros(n_parameter, dtype=np.bool_)
    slope = np.zeros(n_parameter)

    for point in range(strength.size):
        shape = dipole[template[point]]
        x = strength[point]
        # The last solution is a good start only for the next strength of the same template.
        if point == 0 or template[point] != template[point - 1]:
            theta[:] = 0.0
        if fit_strength:
            theta[:] = 0.0
            theta[-1] = 1e-3 if adjustable[-1] else 0.0
        _prediction(theta, solar, shape, x, background, bin_start, part_start, predicted)
        value = _chi2(counts, predicted, theta, weight)
        converged = False
        for _iteration in range(_MAX_ITERATIONS):
            if not np.isfinite(value):
                break
            gradient[:] = 2 * weight * theta
            hessian[:, :] = 0.0
            for p in range(n_parameter):
                hessian[p, p] = 2 * weight[p]
            for k in range(bin_start.size - 1):
                first, last = part_start[k], part_start[k + 1]
                for i in range(bin_start[k], bin_start[k + 1]):
                    if counts[i] > 0:
                        ratio = counts[i] / predicted[i]
                        pull = 2 * (1 - ratio)
                        curvature = 2 * ratio / predicted[i]
                    else:
                        pull = 2.0
                        curvature = 0.0
                    scaled = solar[i] + x * shape[i]
                    gradient[0] += pull * scaled
                    hessian[0, 0] += curvature * scaled * scaled
                    for b in range(first, last):
                        part = background[b, i]
                        gradient[1 + b] += pull * part
                        weighted = curvature * part
                        hessian[1 + b, 0] += weighted * scaled
                        for c in range(first, b + 1):
                            hessian[1 + b, 1 + c] += weighted * background[c, i]
                    if fit_strength:
                        gradient[-1] += pull * shape[i]
                        weighted = curvature * shape[i]
                        hessian[-1, 0] += weighted * scaled
                        for b in range(first, last):
                            hessian[-1, 1 + b] += weighted * background[b, i]
                        hessian[-1, -1] += weighted * shape[i]
            for p in range(n_parameter):
                at_bound = theta[p] <= lower[p] and gradient[p] > 0
                free[p] = adjustable[p] and not at_bound and hessian[p, p] > 0
                step[p] = -gradient[p]
                slope[p] = gradient[p]
            if not fit_strength:
                free[-1] = False
            _solve(hessian, free, step)
            decrement = 0.0
            for p in range(n_parameter):
                decrement -= slope[p] * step[p]
            settled = decrement < 1e-13 * (10.0 + abs(value))
            length = 1.0
            improved = False
            for _halving in range(_MAX_HALVINGS):
                change = 0.0
                for p in range(n_parameter):
                    trial[p] = max(theta[p] + length * step[p], lower[p])
                    change += slope[p] * (trial[p] - theta[p])
                _prediction(trial, solar, shape, x, background, bin_start, part_start, predicted)
                candidate = _chi2(counts, predicted, trial, weight)
                if candidate <= value + 1e-4 * min(change, 0.0) or (
                    settled and candidate <= value + 1e-12 * (1 + abs(value))
                ):
                    improved = True
                    break
                length /= 2
            if improved:
                theta[:] = trial
                value = candidate
            else:
                _prediction(theta, solar, shape, x, background, bin_start, part_start, predicted)
                # Rounding hides any further descent.
                settled = settled or decrement < 1e-9 * (1 + abs(value))
            if settled:
                converged = True
                break
            if not improved:
                break
        if not converged:
            # An event where nothing is expected is impossible, not a failure.
            chi2_out[point] = value if value == np.inf else np.nan
            theta_out[point] = np.nan
            theta[:] = 0.0
        else:
            chi2_out[point] = value
            theta_out[point] = theta
