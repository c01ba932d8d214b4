"""Compiled fits of many toy experiments at once.

The toys of one batch share every template and differ in counts and constraint centres, so
`_LANES` of them are fitted side by side: the innermost loop of everything runs over toys,
and uses the vector units without ever adding up in another order. A toy's bits therefore
depend on that toy alone: not on its neighbours, the size of a batch or the processor.

With f = χ²/2 as in `poisson_fit`, and the dipole strength y last among the scales u, a step
minimises the quadratic model of f over y ≥ 0 exactly. Two facts make χ² needless on the way:

* along a step that changes R_i by δ_i R_i, and ρ = max(-δ_i) over bins with counts,
  f'' grows at most by (1 - tρ)^-2 up to the length t. So f falls up to t = 1/(1 + ρ), and
  at t = 1 wherever (-ln(1 - ρ) - ρ)/ρ² ≤ 1, that is ρ ≤ 0.68;
* counts of toys are whole, so N_i δ_i² ≤ λ² bounds ρ by the decrement λ of the step.

At a fixed strength x, y = x (1 + α) is no unknown of its own: its derivatives are added to
those of the Sun. The slope of χ² in x is (1 + α) ∂χ²/∂y (the pulls are at their minimum), so
the upper limit is found by Newton's method in sqrt(Δχ²), nearly a straight line.

The few toys whose pulls reach the bound 0, and those that do not converge, are left to
`poisson_fit`, and said to be: their results are NaN.

References
----------
S. Boyd and L. Vandenberghe, Convex Optimization (2004), section 9.6 (self-concordance).
"""

from __future__ import annotations

import numpy as np

from nusterile.statistics.toys.strict import log_ratio, strict, strict_and_kept

__all__ = ["FIXED_WEIGHT", "LANES", "fit_toys"]

#: Weight of a pull that may not move: no step of it survives rounding.
FIXED_WEIGHT = 1e30
#: Toys that are fitted side by side.
LANES = 32
_MAX_ITERATIONS = 40
_MAX_ROOT_STEPS = 40
#: Largest relative fall of an R_i with counts for which a full step is taken.
_FULL = 0.6
#: Decrement of f, λ²/2 of which χ² falls twice, below which a full step is the last: what it
#: leaves in χ² is of second order, some 1e-12.
_LAST = 5e-7
#: Share of the way to its bound that a scale may go in one step.
_TOWARDS_BOUND = 0.9
#: Smallest pivot, relative to the curvature of its parameter.
_POOR_PIVOT = 1e-9
#: Relative step of the strength after which a root is good to its square.
_ROOT_STEP = 1e-7


@strict
def _predict(scale, templates, bin_part, i, predicted):  # type: ignore[no-untyped-def]
    """R of one bin, lane by lane."""
    sun, moment = scale.shape[0] - 2, scale.shape[0] - 1
    one, other = templates[sun, i], templates[moment, i]
    for lane in range(LANES):
        predicted[lane] = scale[sun, lane] * one + scale[moment, lane] * other
    for p in range(bin_part[i, 0], bin_part[i, 1]):
        one = templates[p, i]
        for lane in range(LANES):
            predicted[lane] += scale[p, lane] * one


@strict
def _chi2(scale, counts, templates, bin_part, weight, centre, predicted, out):  # type: ignore[no-untyped-def]
    """χ² with its penalty, lane by lane."""
    for lane in range(LANES):
        out[lane] = 0.0
    for i in range(counts.shape[0]):
        _predict(scale, templates, bin_part, i, predicted)
        for lane in range(LANES):
            expected = predicted[lane]
            observed = counts[i, lane]
            held = max(expected, 1e-280)
            logarithm = log_ratio(observed if observed > 0 else held, held)
            out[lane] += (expected - observed) + observed * logarithm
    for lane in range(LANES):
        out[lane] *= 2
    for p in range(weight.size):
        for lane in range(LANES):
            shift = scale[p, lane] - centre[p, lane]
            out[lane] += weight[p] * shift * shift


@strict
def _derivatives(  # type: ignore[no-untyped-def]
    scale, counts, templates, products, bin_part, weight, centre, buffer, gradient, hessian, usable
):
    """Gradient and lower Hessian of f, lane by lane."""
    size = scale.shape[0]
    sun, moment = size - 2, size - 1
    predicted, slope, bend = buffer[0], buffer[1], buffer[2]
    for p in range(size):
        for lane in range(LANES):
            gradient[p, lane] = weight[p] * (scale[p, lane] - centre[p, lane])
        for q in range(p + 1):
            for lane in range(LANES):
                hessian[p, q, lane] = 0.0
        for lane in range(LANES):
            hessian[p, p, lane] = weight[p]
    for i in range(counts.shape[0]):
        _predict(scale, templates, bin_part, i, predicted)
        for lane in range(LANES):
            positive = predicted[lane] > 0
            inverse = 1 / (predicted[lane] if positive else 1.0)
            ratio = counts[i, lane] * inverse
            usable[lane] &= positive or counts[i, lane] == 0
            slope[lane] = 1 - ratio
            bend[lane] = ratio * inverse
        low, high = bin_part[i, 0], bin_part[i, 1]
        for k in range(high - low + 2):
            p = low + k if k < high - low else sun + k - (high - low)
            one = templates[p, i]
            for lane in range(LANES):
                gradient[p, lane] += slope[lane] * one
            for j in range(k + 1):
                q = low + j if j < high - low else sun + j - (high - low)
                one = products[p, q, i]
                for lane in range(LANES):
                    hessian[p, q, lane] += bend[lane] * one
    for lane in range(LANES):
        usable[lane] &= hessian[moment, moment, lane] < np.inf


@strict
def _tie(strength, gradient, hessian):  # type: ignore[no-untyped-def]
    """Add the derivatives by y = x (1 + α), at fixed x, to those by the Sun."""
    sun, moment = gradient.shape[0] - 2, gradient.shape[0] - 1
    for lane in range(LANES):
        x = strength[lane]
        gradient[sun, lane] += x * gradient[moment, lane]
        hessian[sun, sun, lane] += x * (
            2 * hessian[moment, sun, lane] + x * hessian[moment, moment, lane]
        )
    for p in range(sun):
        for lane in range(LANES):
            hessian[sun, p, lane] += strength[lane] * hessian[moment, p, lane]


@strict
def _step(scale, gradient, hessian, start, size, step, factor, row, decrement, usable):  # type: ignore[no-untyped-def]
    """Minimise the quadratic model over the first `size` scales, and y ≥ 0 if y is among them.

    By LDLᵀ; `factor[p, p]` holds the inverse of D. Row p of the Hessian is zero left of
    column start[p]. With y last, its step is that of the model minimised over everything
    else; cut at the bound, the others follow by back substitution, and that is the minimum.
    """
    last = scale.shape[0] - 1
    for p in range(size):
        for lane in range(LANES):
            step[p, lane] = -gradient[p, lane]
            factor[p, p, lane] = hessian[p, p, lane]
        for q in range(start[p], p):
            for lane in range(LANES):
                row[q, lane] = hessian[p, q, lane]
            for r in range(max(start[p], start[q]), q):
                for lane in range(LANES):
                    row[q, lane] -= row[r, lane] * factor[q, r, lane]
            for lane in range(LANES):
                entry = row[q, lane]
                share = entry * factor[q, q, lane]
                factor[p, q, lane] = share
                factor[p, p, lane] -= entry * share
                step[p, lane] -= share * step[q, lane]
        for lane in range(LANES):
            pivot = factor[p, p, lane]
            usable[lane] &= pivot > _POOR_PIVOT * hessian[p, p, lane]
            factor[p, p, lane] = 1 / pivot
    for p in range(size):
        for lane in range(LANES):
            step[p, lane] *= factor[p, p, lane]
    if size > last:
        for lane in range(LANES):
            step[last, lane] = max(step[last, lane], -scale[last, lane])
    for p in range(size - 1, -1, -1):
        for q in range(start[p], p):
            for lane in range(LANES):
                step[q, lane] -= factor[p, q, lane] * step[p, lane]
    for lane in range(LANES):
        decrement[lane] = 0.0
    for p in range(size):
        for lane in range(LANES):
            decrement[lane] -= gradient[p, lane] * step[p, lane]


@strict
def _lengths(  # type: ignore[no-untyped-def]
    scale, step, decrement, counts, templates, bin_part, size, strength, moving, buffer, length
):
    """How much of each step is taken."""
    last = scale.shape[0] - 1
    far = False
    for lane in range(LANES):
        length[lane] = 1.0
        far |= moving[lane] and not decrement[lane] <= _FULL * _FULL
    if size == last:
        for lane in range(LANES):
            step[last, lane] = strength[lane] * step[last - 1, lane]
    if far:
        predicted, change, fall = buffer[0], buffer[1], buffer[2]
        for lane in range(LANES):
            fall[lane] = 0.0
        for i in range(counts.shape[0]):
            _predict(scale, templates, bin_part, i, predicted)
            _predict(step, templates, bin_part, i, change)
            for lane in range(LANES):
                share = -change[lane] / (predicted[lane] if predicted[lane] > 0 else 1.0)
                fall[lane] = max(fall[lane], share if counts[i, lane] > 0 else 0.0)
        for lane in range(LANES):
            # Near, where the decrement says so, whoever the neighbours are.
            cut = decrement[lane] > _FULL * _FULL and fall[lane] > _FULL
            length[lane] = 1 / (1 + fall[lane]) if cut else 1.0
    for p in range(last):
        for lane in range(LANES):
            room = _TOWARDS_BOUND * scale[p, lane]
            if -step[p, lane] * length[lane] > room:
                length[lane] = room / -step[p, lane]


@strict
def _minimise(  # type: ignore[no-untyped-def]
    scale,
    strength,
    tied,
    moving,
    counts,
    centre,
    templates,
    products,
    bin_part,
    weight,
    start,
    buffer,
    gradient,
    hessian,
    step,
    factor,
    row,
    decrement,
    length,
    usable,
):
    """Newton steps until no lane moves; what is still moving then has not converged.

    On return `gradient`, `hessian` and `factor` are those of the last step, of second order
    away from the minimum, with y apart from the Sun where it is not tied.
    """
    size = scale.shape[0] - (1 if tied else 0)
    for _iteration in range(_MAX_ITERATIONS):
        busy = False
        for lane in range(LANES):
            busy |= moving[lane]
            usable[lane] = True
        if not busy:
            break
        _derivatives(
            scale,
            counts,
            templates,
            products,
            bin_part,
            weight,
            centre,
            buffer,
            gradient,
            hessian,
            usable,
        )
        if tied:
            _tie(strength, gradient, hessian)
        _step(scale, gradient, hessian, start, size, step, factor, row, decrement, usable)
        _lengths(
            scale,
            step,
            decrement,
            counts,
            templates,
            bin_part,
            size,
            strength,
            moving,
            buffer,
            length,
        )
        for p in range(scale.shape[0]):
            for lane in range(LANES):
                if moving[lane] and usable[lane]:
                    scale[p, lane] += length[lane] * step[p, lane]
        if tied:
            for lane in range(LANES):
                scale[size, lane] = strength[lane] * scale[size - 1, lane]
        for lane in range(LANES):
            if moving[lane]:
                if not usable[lane]:
                    # Never to converge: left to the other minimiser.
                    scale[0, lane] = np.nan
                    moving[lane] = False
                elif decrement[lane] < _LAST and length[lane] == 1.0:
                    moving[lane] = False
    for lane in range(LANES):
        if moving[lane]:
            scale[0, lane] = np.nan
            moving[lane] = False


@strict
def _slope(scale, counts, templates, bin_part, predicted, slope, bend):  # type: ignore[no-untyped-def]
    """First and second derivative of f in y alone."""
    moment = scale.shape[0] - 1
    for lane in range(LANES):
        slope[lane], bend[lane] = 0.0, 0.0
    for i in range(counts.shape[0]):
        _predict(scale, templates, bin_part, i, predicted)
        one = templates[moment, i]
        for lane in range(LANES):
            inverse = 1 / (predicted[lane] if predicted[lane] > 0 else 1.0)
            ratio = counts[i, lane] * inverse
            slope[lane] += (1 - ratio) * one
            bend[lane] += ratio * inverse * one * one


@strict
def _at(scale, before, after, solar, dipole):  # type: ignore[no-untyped-def]
    """Carry scales from one strength to another: the total of all solar neutrinos stays."""
    sun, moment = scale.shape[0] - 2, scale.shape[0] - 1
    for lane in range(LANES):
        total = (solar + before[lane] * dipole) / (solar + after[lane] * dipole)
        scale[sun, lane] *= total
        scale[moment, lane] = after[lane] * scale[sun, lane]


@strict_and_kept
def fit_toys(  # type: ignore[no-untyped-def]
    counts,
    centre,
    solar,
    background,
    bin_part,
    start,
    weight,
    first,
    dipole,
    strength,
    critical,
    null_out,
    chi2_out,
    strength_out,
    fixed_out,
    limit_out,
):
    """Fit toys without a dipole, with one of any strength, at given ones, and to their limits.

    Parameters
    ----------
    counts : ndarray, shape (n_toy, n_bin)
        Whole numbers of events.
    centre : ndarray, shape (n_toy, n_part + 1)
        Scale at which each constraint stands: components, Sun.
    solar, background : ndarray, shape (n_bin,) and (n_part, n_bin)
        As `poisson_fit.minimise_batch` takes them.
    bin_part : ndarray of int, shape (n_bin, 2)
        First component of each bin's experiment, and the first one after them.
    start : ndarray of int, shape (n_part + 2,)
        First component of the experiment of each component; 0 for Sun and dipole.
    weight : ndarray, shape (n_part + 2,)
        1/σ², 0 where free and for the dipole, `FIXED_WEIGHT` where fixed.
    first : ndarray, shape (n_part + 1,)
        Scales from which the fits without a dipole begin.
    dipole : ndarray, shape (n_template, n_bin)
        Dipole events for unit strength.
    strength : ndarray, shape (n_template, n_strength)
        Strengths at which χ² is wanted too.
    critical : ndarray, shape (n_level,)
        Δχ² against the minimum of a template, at the upper limits that are wanted.
    null_out : ndarray, shape (n_toy,)
        Filled with χ² without a dipole.
    chi2_out, strength_out : ndarray, shape (n_toy, n_template)
        Filled with the minima over strength ≥ 0 and where they are.
    fixed_out : ndarray, shape (n_toy, n_template, n_strength)
        Filled with χ² at the given strengths.
    limit_out : ndarray, shape (n_toy, n_template, n_level)
        Filled with the strengths above the best one at which χ² reaches the levels; infinite
        without dipole events.

    Notes
    -----
    What is NaN has not been found here. Each result depends on its toy, template and
    strength or level alone.
    """
    n_part, n_bin = background.shape
    size = n_part + 2
    sun, moment = n_part, n_part + 1
    templates = np.zeros((size, n_bin))
    templates[:n_part] = background
    templates[sun] = solar
    products = np.zeros((size, size, n_bin))
    for p in range(sun + 1):
        for q in range(p + 1):
            products[p, q] = templates[p] * templates[q]
    lanes_counts = np.zeros((n_bin, LANES))
    lanes_centre = np.ones((size, LANES))
    scale, null, best = np.ones((size, LANES)), np.ones((size, LANES)), np.ones((size, LANES))
    buffer = np.zeros((3, LANES))
    gradient, step = np.zeros((size, LANES)), np.zeros((size, LANES))
    hessian, factor = np.zeros((size, size, LANES)), np.zeros((size, size, LANES))
    row = np.zeros((size, LANES))
    decrement, length = np.zeros(LANES), np.zeros(LANES)
    usable, moving = np.zeros(LANES, dtype=np.bool_), np.zeros(LANES, dtype=np.bool_)
    x, before = np.zeros(LANES), np.zeros(LANES)
    chi2_null, chi2_best, chi2 = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    slope, bend = np.zeros(LANES), np.zeros(LANES)
    x_best = np.zeros(LANES)
    low, high = np.zeros(LANES), np.zeros(LANES)
    searching = np.zeros(LANES, dtype=np.bool_)
    all_solar = solar.sum()

    for begin in range(0, counts.shape[0], LANES):
        held = min(LANES, counts.shape[0] - begin)
        for lane in range(LANES):
            toy = begin + min(lane, held - 1)
            for i in range(n_bin):
                lanes_counts[i, lane] = counts[toy, i]
            for p in range(sun + 1):
                lanes_centre[p, lane] = centre[toy, p]
                scale[p, lane] = first[p]
            scale[moment, lane] = 0.0
            x[lane] = 0.0
            moving[lane] = lane < held
        _minimise(
            scale, x, True, moving, lanes_counts, lanes_centre, templates, products, bin_part,
            weight, start, buffer, gradient, hessian, step, factor, row, decrement, length, usable,
        )  # fmt: skip
        null[:] = scale
        _chi2(scale, lanes_counts, templates, bin_part, weight, lanes_centre, buffer[0], chi2_null)
        for lane in range(held):
            null_out[begin + lane] = chi2_null[lane]

        for m in range(dipole.shape[0]):
            all_dipole = dipole[m].sum()
            if all_dipole == 0:
                for lane in range(held):
                    chi2_out[begin + lane, m] = chi2_null[lane]
                    strength_out[begin + lane, m] = 0.0
                    for k in range(strength.shape[1]):
                        fixed_out[begin + lane, m, k] = chi2_null[lane]
                    for k in range(critical.size):
                        limit_out[begin + lane, m, k] = np.inf
                continue
            templates[moment] = dipole[m]
            for p in range(size):
                products[moment, p] = dipole[m] * templates[p]
            scale[:] = null
            _slope(scale, lanes_counts, templates, bin_part, buffer[0], slope, bend)
            for lane in range(LANES):
                moving[lane] = lane < held and slope[lane] < 0
            _minimise(
                scale, x, False, moving, lanes_counts, lanes_centre, templates, products, bin_part,
                weight, start, buffer, gradient, hessian, step, factor, row, decrement, length,
                usable,
            )  # fmt: skip
            best[:] = scale
            _chi2(
                scale, lanes_counts, templates, bin_part, weight, lanes_centre, buffer[0], chi2_best
            )
            for lane in range(LANES):
                if slope[lane] >= 0:
                    chi2_best[lane] = chi2_null[lane]
                x_best[lane] = scale[moment, lane] / scale[sun, lane]
            for lane in range(held):
                chi2_out[begin + lane, m] = chi2_best[lane]
                strength_out[begin + lane, m] = x_best[lane] + 0 * chi2_best[lane]

            for k in range(strength.shape[1]):
                scale[:] = best
                for lane in range(LANES):
                    x[lane] = strength[m, k]
                    moving[lane] = lane < held and chi2_best[lane] < np.inf
                _at(scale, x_best, x, all_solar, all_dipole)
                _minimise(
                    scale, x, True, moving, lanes_counts, lanes_centre, templates, products,
                    bin_part, weight, start, buffer, gradient, hessian, step, factor, row,
                    decrement, length, usable,
                )  # fmt: skip
                _chi2(
                    scale, lanes_counts, templates, bin_part, weight, lanes_centre, buffer[0], chi2
                )
                for lane in range(held):
                    fixed_out[begin + lane, m, k] = chi2[lane]

            if critical.size:
                _slope(best, lanes_counts, templates, bin_part, buffer[0], slope, bend)
            for k in range(critical.size):
                scale[:] = best
                for lane in range(LANES):
                    searching[lane] = lane < held and chi2_best[lane] < np.inf
                    before[lane] = x_best[lane]
                    low[lane], high[lane] = x_best[lane], np.inf
                    # In x, and of f, where Δχ²/2 would be reached if f were a parabola.
                    tilt = max(slope[lane], 0.0) * best[sun, lane]
                    curve = bend[lane] * best[sun, lane] ** 2 + 1e-300
                    x[lane] = (
                        x_best[lane] + (np.sqrt(tilt * tilt + curve * critical[k]) - tilt) / curve
                    )
                wanted = np.sqrt(critical[k])
                for _root in range(_MAX_ROOT_STEPS):
                    busy = False
                    for lane in range(LANES):
                        moving[lane] = searching[lane]
                        busy |= searching[lane]
                    if not busy:
                        break
                    _at(scale, before, x, all_solar, all_dipole)
                    _minimise(
                        scale, x, True, moving, lanes_counts, lanes_centre, templates, products,
                        bin_part, weight, start, buffer, gradient, hessian, step, factor, row,
                        decrement, length, usable,
                    )  # fmt: skip
                    _chi2(
                        scale, lanes_counts, templates, bin_part, weight, lanes_centre, buffer[0],
                        chi2,
                    )  # fmt: skip
                    _slope(scale, lanes_counts, templates, bin_part, buffer[0], decrement, length)
                    for lane in range(LANES):
                        before[lane] = x[lane]
                        if not searching[lane]:
                            continue
                        root = np.sqrt(max(chi2[lane] - chi2_best[lane], 0.0))
                        if root < wanted:
                            low[lane] = x[lane]
                        else:
                            high[lane] = x[lane]
                        rise = decrement[lane] * scale[sun, lane]
                        x[lane] -= (root - wanted) * root / rise if rise > 0 else 0.0
                        if not np.isfinite(x[lane]):
                            searching[lane] = False
                        elif abs(x[lane] - before[lane]) <= _ROOT_STEP * x[lane] and rise > 0:
                            limit_out[begin + lane, m, k] = x[lane]
                            searching[lane] = False
                        elif not low[lane] < x[lane] < high[lane]:
                            x[lane] = (
                                (low[lane] + high[lane]) / 2
                                if high[lane] < np.inf
                                else before[lane] + 2 * (before[lane] - x_best[lane])
                            )
