"""Compiled minimiser of the Poisson χ² over its pulls, one point after another.

With R linear in the scales u = (1 + α, 1 + β_1, ..., y), the function

    χ²(u) = 2 Σ_i [R_i - N_i + N_i ln(N_i/R_i)] + Σ_p w_p (u_p - 1)²

is convex. Newton steps with the exact gradient and Hessian, each the minimum of the
quadratic model on u ≥ 0, halved until χ² falls, reach the one minimum in a few
iterations. The kernel releases the interpreter lock, so threads can share the work.
The scales, not the pulls, are the unknowns: a huge dipole rate needs 1 + α near 0, of
which α would keep no digits.

References
----------
S. Baker and R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437 (the statistic);
J. Nocedal and S. Wright, Numerical Optimization (2006), chapter 16 (active sets).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

__all__ = ["minimise_batch"]

_MAX_ITERATIONS = 200
_MAX_HALVINGS = 60
#: Smallest pivot, relative to the curvature of its parameter.
_PIVOT_FLOOR = 1e-11


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile, keeping the result on disk where a folder can be written."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder for the cache: a read-only installation without a home
        return numba.njit(nogil=True, error_model="numpy")(function)


@_compiled
def _prediction(scale, solar, dipole, strength, background, bin_start, part_start, out):  # type: ignore[no-untyped-def]
    """R_i for every bin."""
    y = scale[-1]
    for k in range(bin_start.size - 1):
        for i in range(bin_start[k], bin_start[k + 1]):
            value = scale[0] * (solar[i] + strength * dipole[i]) + y * dipole[i]
            for b in range(part_start[k], part_start[k + 1]):
                value += scale[1 + b] * background[b, i]
            out[i] = value


@_compiled
def _chi2(counts, predicted, scale, weight):  # type: ignore[no-untyped-def]
    """χ² with its penalty; infinite where an observed event has no expectation."""
    total = 0.0
    for i in range(counts.size):
        if counts[i] > 0:
            if predicted[i] <= 0:
                return np.inf
            total += 2 * (predicted[i] - counts[i] + counts[i] * np.log(counts[i] / predicted[i]))
        else:
            total += 2 * predicted[i]
    for p in range(scale.size):
        total += weight[p] * (scale[p] - 1) ** 2
    return total


@_compiled
def _solve(hessian, chosen, right, factor):  # type: ignore[no-untyped-def]
    """Solve for the chosen parameters by Cholesky, in place.

    The pivots have a floor, so that along a direction without curvature the step is long.
    """
    n = right.size
    for j in range(n):
        if not chosen[j]:
            continue
        for i in range(j, n):
            if chosen[i]:
                value = hessian[i, j]
                for k in range(j):
                    if chosen[k]:
                        value -= factor[i, k] * factor[j, k]
                if i == j:
                    factor[j, j] = np.sqrt(max(value, _PIVOT_FLOOR * hessian[j, j]))
                else:
                    factor[i, j] = value / factor[j, j]
    for j in range(n):
        if chosen[j]:
            for k in range(j):
                if chosen[k]:
                    right[j] -= factor[j, k] * right[k]
            right[j] /= factor[j, j]
    for j in range(n - 1, -1, -1):
        if chosen[j]:
            for k in range(j + 1, n):
                if chosen[k]:
                    right[j] -= factor[k, j] * right[k]
            right[j] /= factor[j, j]


@_compiled
def _bounded_step(hessian, gradient, room, adjustable, step, chosen, target, factor):  # type: ignore[no-untyped-def]
    """Minimise the quadratic model over steps with step >= -room (active-set method)."""
    n = gradient.size
    for p in range(n):
        step[p] = 0.0
        chosen[p] = adjustable[p] and hessian[p, p] > 0 and (room[p] > 0 or gradient[p] < 0)
        # Without curvature the model falls all the way to the bound.
        if adjustable[p] and hessian[p, p] == 0 and gradient[p] > 0:
            step[p] = -room[p]
    for _change in range(4 * n + 10):
        for p in range(n):
            if chosen[p]:
                target[p] = -gradient[p]
                for q in range(n):
                    if not chosen[q]:
                        target[p] -= hessian[max(p, q), min(p, q)] * step[q]
        _solve(hessian, chosen, target, factor)
        share = 1.0
        blocking = -1
        for p in range(n):
            if chosen[p] and target[p] < -room[p]:
                reached = (step[p] + room[p]) / (step[p] - target[p])
                if reached < share:
                    share = reached
                    blocking = p
        for p in range(n):
            if chosen[p]:
                step[p] += share * (target[p] - step[p])
        if blocking >= 0:
            chosen[blocking] = False
            step[blocking] = -room[blocking]
            continue
        # A parameter at its bound is let go where the model falls away from it.
        gain = 1e-14
        leaving = -1
        for p in range(n):
            if adjustable[p] and not chosen[p] and hessian[p, p] > 0:
                slope = gradient[p]
                for q in range(n):
                    slope += hessian[max(p, q), min(p, q)] * step[q]
                if slope < 0 and slope**2 / hessian[p, p] > gain:
                    gain = slope**2 / hessian[p, p]
                    leaving = p
        if leaving < 0:
            break
        chosen[leaving] = True


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
    scale_out,
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
        1/σ² of every scale (0 where free, and of y).
    adjustable : ndarray of bool, shape (n_part + 2,)
        Whether the fit may move the scale at all.
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
    scale_out : ndarray, shape (n_point, n_part + 2)
        Filled with the scales at the minimum: 1 + α, every 1 + β, y.
    """
    n_bin = counts.size
    n_parameter = weight.size
    nominal = np.ones(n_parameter)
    nominal[-1] = 1e-3 if fit_strength else 0.0
    scale = nominal.copy()
    trial = np.zeros(n_parameter)
    predicted = np.zeros(n_bin)
    gradient = np.zeros(n_parameter)
    step = np.zeros(n_parameter)
    hessian = np.zeros((n_parameter, n_parameter))
    factor = np.zeros((n_parameter, n_parameter))
    chosen = np.zeros(n_parameter, dtype=np.bool_)
    target = np.zeros(n_parameter)

    for point in range(strength.size):
        shape = dipole[template[point]]
        x = strength[point]
        # The last solution is a good start only for the next strength of the same template.
        if fit_strength or point == 0 or template[point] != template[point - 1]:
            scale[:] = nominal
        _prediction(scale, solar, shape, x, background, bin_start, part_start, predicted)
        value = _chi2(counts, predicted, scale, weight)
        if value == np.inf:
            scale[:] = nominal
            _prediction(scale, solar, shape, x, background, bin_start, part_start, predicted)
            value = _chi2(counts, predicted, scale, weight)
        converged = False
        for _iteration in range(_MAX_ITERATIONS):
            if not np.isfinite(value):
                break
            gradient[:] = 2 * weight * (scale - 1)
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
            _bounded_step(hessian, gradient, scale, adjustable, step, chosen, target, factor)
            decrement = 0.0
            for p in range(n_parameter):
                decrement -= gradient[p] * step[p]
            settled = decrement < 1e-13 * (10.0 + abs(value))
            length = 1.0
            improved = False
            for _halving in range(_MAX_HALVINGS):
                change = 0.0
                for p in range(n_parameter):
                    trial[p] = max(scale[p] + length * step[p], 0.0)
                    change += gradient[p] * length * step[p]
                _prediction(trial, solar, shape, x, background, bin_start, part_start, predicted)
                candidate = _chi2(counts, predicted, trial, weight)
                if candidate <= value + 1e-4 * min(change, 0.0) or (
                    settled and candidate <= value + 1e-12 * (1 + abs(value))
                ):
                    improved = True
                    break
                length /= 2
            if improved:
                scale[:] = trial
                value = candidate
            else:
                _prediction(scale, solar, shape, x, background, bin_start, part_start, predicted)
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
            scale_out[point] = np.nan
            scale[:] = nominal
        else:
            chi2_out[point] = value
            scale_out[point] = scale
