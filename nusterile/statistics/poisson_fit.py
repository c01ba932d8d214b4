"""Compiled minimiser of the Poisson χ² over its pulls, one point after another.

With R linear in the scales u = (1 + β_1, ..., 1 + α_1, ..., y), the function

    χ²(u) = 2 Σ_i [R_i - N_i + N_i ln(N_i/R_i)] + Σ_p w_p (u_p - c_p)²

is convex; c_p is 1 for data, and drawn for toys. Newton steps with the exact gradient and
Hessian, each the minimum of the quadratic model on u ≥ 0, reach the one minimum in a few
iterations. Near it they converge quadratically whatever the data and need no χ²; farther
away they are halved until χ² falls. Near is where no R_i with counts changes by much: with
counts of at least one a small decrease of χ² says so (the function is self-concordant),
with fewer the changes of the scales do. The kernel releases the interpreter lock, so
threads can share the work. The scales, not the pulls, are the unknowns: a huge dipole rate
needs 1 + α near 0, of which α would keep no digits.

All of it stands in one file, since the compiled result on disk is made anew when the file
of `minimise_batch` changes, not when one does that it imports.

References
----------
S. Baker and R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437 (the statistic);
J. Nocedal and S. Wright, Numerical Optimization (2006), chapter 16 (active sets);
S. Boyd and L. Vandenberghe, Convex Optimization (2004), section 9.6 (self-concordance).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import intrinsic

__all__ = ["minimise_batch"]

_MAX_ITERATIONS = 200
_MAX_HALVINGS = 60
#: Smallest pivot, relative to the curvature of its parameter.
_PIVOT_FLOOR = 1e-11
#: Decrease of χ² that the model promises, below which a full step is taken unchecked ...
_NEAR = 0.02
#: ... and below which that step is the last: what it leaves is of second order, some 1e-12.
#: Of bins with less than one event, both ask what a bin of one event would promise.
_LAST = 1e-6
#: Solutions from which the next start is extrapolated.
_MEMORY = 4
_LN_2 = 0.6931471805599453
#: Events below which a bin counts as empty.
_TINY = 1e-280


#: Bins of an experiment are filled up with empty ones to a multiple of this, so that
#: vector loops leave no remainder, and all of them together to a multiple of the other.
_LANES, _ALL_LANES = 4, 16
#: Sums may be reordered, so that they use the vector units.
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract", "nsz"},
}


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile, keeping the result on disk where a folder can be written."""
    compiled: Callable[..., Any]
    try:
        compiled = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no folder for the cache: a read-only installation without a home
        compiled = numba.njit(**_OPTIONS)(function)
    return compiled


@_compiled
def _filled_up(values, bin_start, wide_start, out):  # type: ignore[no-untyped-def]
    """Copy bins to where they stand among the empty ones."""
    for k in range(bin_start.size - 1):
        for i in range(bin_start[k + 1] - bin_start[k]):
            out[wide_start[k] + i] = values[bin_start[k] + i]


@_compiled
def _prediction(scale, signal, dipole, background, ranges, part_start, out):  # type: ignore[no-untyped-def]
    """R_i for every bin."""
    first = scale.size - 1 - signal.shape[0]
    sun, moment = scale[first], scale[-1]
    for i in range(np.uint64(out.size)):
        out[i] = sun * signal[0, i]
    for s in range(1, signal.shape[0]):
        sun = scale[first + s]
        for i in range(np.uint64(out.size)):
            out[i] += sun * signal[s, i]
    if moment > 0:
        for i in range(np.uint64(out.size)):
            out[i] += moment * dipole[i]
    for k in range(ranges.size - 1):
        b, end = part_start[k], part_start[k + 1]
        while b + 1 < end:
            one, other = scale[b], scale[b + 1]
            for i in range(ranges[k], ranges[k + 1]):
                out[i] += one * background[b, i] + other * background[b + 1, i]
            b += 2
        if b < end:
            one = scale[b]
            for i in range(ranges[k], ranges[k + 1]):
                out[i] += one * background[b, i]


@_compiled
def _derivatives(  # type: ignore[no-untyped-def]
    scale,
    counts,
    signal,
    dipole,
    background,
    products,
    ranges,
    part_start,
    weight,
    centre,
    fit_strength,
    predicted,
    slopes,
    curvatures,
    gradient,
    hessian,
):
    """Gradient and (lower) Hessian of χ²; False where an event has no expectation.

    Loops over bins are innermost and simple, so that they use the vector units, and take
    two components or four pairs of them at a time, since there are few bins.
    """
    _prediction(scale, signal, dipole, background, ranges, part_start, predicted)
    n = scale.size
    sun, moment = n - 1 - signal.shape[0], n - 1
    for p in range(n):
        gradient[p] = 2 * weight[p] * (scale[p] - centre[p])
        for q in range(p):
            hessian[p, q] = 0.0
        hessian[p, p] = 2 * weight[p]
    slope, bend, missing = 0.0, 0.0, 0.0
    for i in range(np.uint64(counts.size)):
        inverse = 1 / (predicted[i] if predicted[i] > 0 else 1.0)
        missing += 0.0 if predicted[i] > 0 else counts[i]
        twice = 2 * counts[i] * inverse
        slopes[i] = 2 - twice
        curvatures[i] = twice * inverse
        slope += (2 - twice) * signal[0, i]
        bend += twice * inverse * signal[0, i] * signal[0, i]
    gradient[sun] += slope
    hessian[sun, sun] += bend
    for s in range(1, signal.shape[0]):
        slope = 0.0
        for i in range(np.uint64(counts.size)):
            slope += slopes[i] * signal[s, i]
        gradient[sun + s] += slope
        for t in range(s + 1):
            bend = 0.0
            for i in range(np.uint64(counts.size)):
                bend += curvatures[i] * signal[s, i] * signal[t, i]
            hessian[sun + s, sun + t] += bend
    if fit_strength:
        slope, bend, cross = 0.0, 0.0, 0.0
        for i in range(np.uint64(counts.size)):
            slope += slopes[i] * dipole[i]
            bend += curvatures[i] * dipole[i] * dipole[i]
            cross += curvatures[i] * signal[0, i] * dipole[i]
        gradient[moment] += slope
        hessian[moment, moment] += bend
        hessian[moment, sun] += cross
    pair = 0
    for k in range(ranges.size - 1):
        low, high = ranges[k], ranges[k + 1]
        b, end = part_start[k], part_start[k + 1]
        while b + 1 < end:
            s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
            for i in range(low, high):
                mixed = curvatures[i] * signal[0, i]
                s0 += slopes[i] * background[b, i]
                s1 += mixed * background[b, i]
                s2 += slopes[i] * background[b + 1, i]
                s3 += mixed * background[b + 1, i]
            gradient[b] += s0
            hessian[sun, b] += s1
            gradient[b + 1] += s2
            hessian[sun, b + 1] += s3
            b += 2
        if b < end:
            s0, s1 = 0.0, 0.0
            for i in range(low, high):
                s0 += slopes[i] * background[b, i]
                s1 += curvatures[i] * signal[0, i] * background[b, i]
            gradient[b] += s0
            hessian[sun, b] += s1
        for s in range(1, signal.shape[0]):
            for b in range(part_start[k], end):
                cross = 0.0
                for i in range(low, high):
                    cross += curvatures[i] * signal[s, i] * background[b, i]
                hessian[sun + s, b] += cross
        if fit_strength:
            for b in range(part_start[k], end):
                cross = 0.0
                for i in range(low, high):
                    cross += curvatures[i] * dipole[i] * background[b, i]
                hessian[moment, b] += cross
        b, c = part_start[k], part_start[k]
        while b < end:
            s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
            for i in range(low, high):
                s0 += curvatures[i] * products[pair, i]
                s1 += curvatures[i] * products[pair + 1, i]
                s2 += curvatures[i] * products[pair + 2, i]
                s3 += curvatures[i] * products[pair + 3, i]
            for bend in (s0, s1, s2, s3):
                if b < end:
                    hessian[b, c] += bend
                    if c < b:
                        c += 1
                    else:
                        b, c = b + 1, part_start[k]
            pair += 4
    return missing == 0


@_compiled
def _interior_step(hessian, gradient, scale, start, size, step, factor, row):  # type: ignore[no-untyped-def]
    """Newton step; False where it leaves the bounds or the Hessian is poor.

    By the factorisation LDLᵀ; the diagonal of `factor` holds the inverse of D. Row p of
    the Hessian is zero left of column start[p]: components of different experiments do
    not mix.
    """
    for p in range(size):
        if scale[p] <= 0:
            return False
        pivot = hessian[p, p]
        value = -gradient[p]
        for q in range(start[p], p):
            entry = hessian[p, q]
            for r in range(max(start[p], start[q]), q):
                entry -= row[r] * factor[q, r]
            row[q] = entry
            factor[p, q] = entry * factor[q, q]
            pivot -= entry * factor[p, q]
            value -= factor[p, q] * step[q]
        if not pivot > 1e-9 * hessian[p, p]:
            return False
        factor[p, p] = 1 / pivot
        step[p] = value
    for p in range(size):
        step[p] *= factor[p, p]
    for p in range(size - 1, -1, -1):
        if step[p] < -scale[p]:
            return False
        for r in range(start[p], p):
            step[r] -= factor[p, r] * step[p]
    return True


def _reinterpreted(to: Any) -> Callable[..., Any]:
    """Code generator that reads the 64 bits of a number as another type."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(to))

    return generate


@intrinsic
def _bits(_context, _number):  # type: ignore[no-untyped-def]
    """Bits of a float64 as an integer."""
    return numba.int64(numba.float64), _reinterpreted(numba.int64)


@intrinsic
def _from_bits(_context, _integer):  # type: ignore[no-untyped-def]
    """Float64 whose bits are an integer."""
    return numba.float64(numba.int64), _reinterpreted(numba.float64)


@_compiled
def _log_ratio(a, b):  # type: ignore[no-untyped-def]
    """ln(a/b) to some 2e-16 of it, of numbers from 1e-280 to 1e27, without branches.

    With 2^e near a/b, ln(a/b) = e ln 2 + 2 artanh((a - 2^e b)/(a + 2^e b)). The bits of
    a float64 are nearly linear in its logarithm, so their difference gives e; then the
    argument is below 0.2 in size and thirteen terms of the series of artanh suffice. The
    library's logarithm has branches, which keep loops from using the vector units.
    """
    # the compiler itself gives an intrinsic its context
    e = (_bits(a) - _bits(b) + (1 << 51)) >> 52  # type: ignore[call-arg]
    scaled = b * _from_bits((e + 1023) << 52)
    s = (a - scaled) / (a + scaled)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    first = (2 / 3 + z * (2 / 5)) + z2 * (2 / 7 + z * (2 / 9))
    second = (2 / 11 + z * (2 / 13)) + z2 * (2 / 15 + z * (2 / 17))
    third = (2 / 19 + z * (2 / 21)) + z2 * (2 / 23 + z * (2 / 25))
    return e * _LN_2 + (2 * s + s * z * (first + z4 * (second + z4 * third)))


@_compiled
def _chi2(counts, predicted, scale, weight, centre):  # type: ignore[no-untyped-def]
    """χ² with its penalty; infinite where an observed event has no expectation."""
    total, missing = 0.0, 0
    for i in range(np.uint64(counts.size)):
        observed = counts[i]
        empty = observed < _TINY
        missing += (not empty) and not predicted[i] > _TINY
        expected = predicted[i] if predicted[i] > _TINY else 1.0
        logarithm = _log_ratio(expected if empty else observed, expected)
        total += (predicted[i] - observed) + observed * logarithm
    if missing > 0:
        return np.inf
    total *= 2
    for p in range(scale.size):
        total += weight[p] * (scale[p] - centre[p]) ** 2
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
def _start(scale, nominal, adjustable, history, place, share, latest, known, here, total):  # type: ignore[no-untyped-def]
    """Extrapolate the last solutions to the next strength, in its logarithm.

    Of the solar neutrinos it is their totals that vary slowly, not 1 + α. Only as many
    solutions are used as stand close enough, in order and evenly enough.
    """
    if known == 0:
        scale[:] = nominal
        return
    used = 1
    ahead = here - place[0]
    if known >= 2 and 0 < ahead <= 1.5 * (place[0] - place[1]) < 1.0:
        used = 2
        while used < known and 0 < place[used - 1] - place[used] <= 1.5 * ahead:
            used += 1
    for j in range(used):
        above, below = 1.0, 1.0
        for m in range(used):
            if m != j:
                above *= here - place[m]
                below *= place[j] - place[m]
        share[j] = above / below
    for p in range(scale.size):
        value = 0.0
        for j in range(used):
            value += share[j] * history[(latest + j) % _MEMORY, p]
        # Extrapolation may overshoot the bound; half of the last value does not.
        scale[p] = value if value > 0 else 0.5 * history[latest, p]
    for s in range(total.size):
        scale[scale.size - 1 - total.size + s] /= total[s]
    for p in range(scale.size):
        if not adjustable[p]:
            scale[p] = nominal[p]


@_compiled
def minimise_batch(  # type: ignore[no-untyped-def]
    counts,
    solar,
    background,
    bin_start,
    part_start,
    weight,
    centre,
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
    counts : ndarray, shape (n_bin,)
        Observed events, experiments one after another.
    solar : ndarray, shape (n_sun, n_bin)
        Standard Model events that each solar pull moves.
    background : ndarray, shape (n_part, n_bin)
        Background components; each is zero outside the bins of its experiment.
    bin_start, part_start : ndarray of int, shape (n_experiment + 1,)
        First bin and first component of each experiment.
    weight : ndarray, shape (n_part + n_sun + 1,)
        1/σ² of every scale: components, Sun, dipole (0 where free, and for the dipole).
    centre : ndarray, shape (n_part + n_sun + 1,)
        Scale at which each constraint stands, above 0; 1 where there is none.
    adjustable : ndarray of bool, shape (n_part + n_sun + 1,)
        Whether the fit may move the scale at all.
    dipole : ndarray, shape (n_template, n_sun, n_bin)
        Dipole events for unit strength that each solar pull moves.
    template : ndarray of int, shape (n_point,)
        Row of `dipole` of each point.
    strength : ndarray, shape (n_point,)
        Strength of the dipole, which the solar pulls scale too.
    fit_strength : bool
        Also minimise over y ≥ 0, a strength that α does not scale; with one solar pull only.
    chi2_out : ndarray, shape (n_point,)
        Filled with the minima; NaN where the minimiser failed.
    scale_out : ndarray, shape (n_point, n_sun + n_part + 1)
        Filled with the scales at the minimum: Sun, components, dipole.
    """
    n_parameter, n_sun = weight.size, solar.shape[0]
    n_part = n_parameter - 1 - n_sun
    wide_start = np.zeros_like(bin_start)
    for k in range(bin_start.size - 1):
        lanes = (bin_start[k + 1] - bin_start[k] + _LANES - 1) // _LANES * _LANES
        wide_start[k + 1] = wide_start[k] + lanes
    n_bin = (wide_start[-1] + _ALL_LANES - 1) // _ALL_LANES * _ALL_LANES
    shape, signal = np.zeros((n_sun, n_bin)), np.zeros((n_sun, n_bin))
    wide_counts, wide_solar = np.zeros(n_bin), np.zeros((n_sun, n_bin))
    _filled_up(counts, bin_start, wide_start, wide_counts)
    for s in range(n_sun):
        _filled_up(solar[s], bin_start, wide_start, wide_solar[s])
    parts = np.zeros((background.shape[0], n_bin))
    for b in range(background.shape[0]):
        _filled_up(background[b], bin_start, wide_start, parts[b])
    nominal = centre.copy()
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
    slopes = np.zeros(n_bin)
    curvatures = np.zeros(n_bin)
    start = np.zeros(n_parameter, dtype=np.int64)
    row = np.zeros(n_parameter)
    # Each experiment's products of components, in groups of four.
    products = np.zeros((n_parameter * (n_parameter + 4), n_bin))
    pair = 0
    for k in range(bin_start.size - 1):
        for b in range(part_start[k], part_start[k + 1]):
            start[b] = part_start[k]
            for c in range(part_start[k], b + 1):
                products[pair] = parts[b] * parts[c]
                pair += 1
        pair = (pair + 3) // 4 * 4
    # Unsigned, since loops whose index might be negative do not use the vector units.
    ranges = wide_start.astype(np.uint64)
    # Parameters that move, if all of them may.
    size = n_parameter if fit_strength else n_parameter - 1
    everything = True
    for p in range(size):
        everything &= adjustable[p]
    # A bin of N_i counts, whose R_i changes by r R_i, promises at least 2 N_i r². With fewer
    # counts than one, a small promise does not mean a small change.
    few = False
    for i in range(counts.size):
        few |= 0 < counts[i] < 1
    # The last solutions of one template, the latest first, for the next start.
    known, latest = 0, 0
    history = np.zeros((_MEMORY, n_parameter))
    place, share = np.zeros(_MEMORY), np.zeros(_MEMORY)
    all_solar, all_dipole = np.zeros(n_sun), np.zeros(n_sun)
    for s in range(n_sun):
        all_solar[s] = solar[s].sum()
    totals = np.ones(n_sun)

    for point in range(strength.size):
        x = strength[point]
        if point == 0 or template[point] != template[point - 1]:
            known = 0
            for s in range(n_sun):
                _filled_up(dipole[template[point], s], bin_start, wide_start, shape[s])
                all_dipole[s] = shape[s].sum()
        for s in range(n_sun):
            for i in range(np.uint64(n_bin)):
                signal[s, i] = wide_solar[s, i] + x * shape[s, i]
        here = np.log(x) if x > 0 else -np.inf
        nothing, silent = True, True
        for s in range(n_sun):
            total = all_solar[s] + x * all_dipole[s]
            totals[s] = total if total > 0 else 1.0
            nothing &= total == 0
            silent &= all_dipole[s] == 0
        if known > 0 and silent:
            # Without dipole events, all points of a template are one.
            chi2_out[point] = chi2_out[point - 1]
            scale_out[point] = scale_out[point - 1]
            continue
        if fit_strength or nothing:
            known = 0
        _start(scale, nominal, adjustable, history, place, share, latest, known, here, totals)
        value = -1.0  # not known yet
        previous = np.inf
        converged = False
        possible = True
        for _iteration in range(_MAX_ITERATIONS):
            possible = _derivatives(
                scale,
                wide_counts,
                signal,
                shape[0],
                parts,
                products,
                ranges,
                part_start,
                weight,
                centre,
                fit_strength,
                predicted,
                slopes,
                curvatures,
                gradient,
                hessian,
            )
            if not possible:
                if known == 0 and value < 0 and previous == np.inf:
                    break
                # A start or an unchecked step that switched off the source of an event.
                known = 0
                scale[:] = nominal
                previous = 0.0
                value = -1.0
                continue
            step[-1] = 0.0
            if not everything or not _interior_step(
                hessian, gradient, scale, start, size, step, factor, row
            ):
                _bounded_step(hessian, gradient, scale, adjustable, step, chosen, target, factor)
            decrement = 0.0
            for p in range(n_parameter):
                decrement -= gradient[p] * step[p]
            distance = decrement
            if few:
                # No R_i changes more, relative to itself, than the scale that changes most.
                for p in range(n_parameter):
                    if step[p] != 0:
                        distance = max(distance, 2 * (step[p] / scale[p]) ** 2)
            if distance < _NEAR and decrement < 0.5 * previous:
                for p in range(n_parameter):
                    scale[p] = max(scale[p] + step[p], 0.0)
                previous = decrement
                value = -1.0
                if distance < _LAST:
                    converged = True
                    break
                continue
            if value < 0:
                value = _chi2(wide_counts, predicted, scale, weight, centre)
            settled = decrement < 1e-13 * (10.0 + abs(value))
            length = 1.0
            improved = False
            for _halving in range(_MAX_HALVINGS):
                change = 0.0
                for p in range(n_parameter):
                    trial[p] = max(scale[p] + length * step[p], 0.0)
                    change += gradient[p] * length * step[p]
                _prediction(trial, signal, shape[0], parts, ranges, part_start, predicted)
                candidate = _chi2(wide_counts, predicted, trial, weight, centre)
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
                # Rounding hides any further descent.
                settled = settled or decrement < 1e-9 * (1 + abs(value))
            previous = decrement if length == 1.0 else np.inf
            if settled:
                converged = True
                break
            if not improved:
                break
        if converged:
            _prediction(scale, signal, shape[0], parts, ranges, part_start, predicted)
            chi2_out[point] = _chi2(wide_counts, predicted, scale, weight, centre)
            for s in range(n_sun):
                scale_out[point, s] = scale[n_part + s]
            for p in range(n_part):
                scale_out[point, n_sun + p] = scale[p]
            scale_out[point, -1] = scale[-1]
            for older in range(_MEMORY - 1, 0, -1):
                place[older] = place[older - 1]
            place[0] = here
            latest = (latest - 1) % _MEMORY
            for p in range(n_parameter):
                history[latest, p] = scale[p]
            for s in range(n_sun):
                history[latest, n_part + s] *= totals[s]
            known = min(known + 1, _MEMORY)
        else:
            # An event where nothing is expected is impossible, not a failure.
            chi2_out[point] = np.nan if possible else np.inf
            scale_out[point] = np.nan
            known = 0
