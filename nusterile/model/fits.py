"""The loops of every fit: selections, flavours and blocks of masses, as tasks for an executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nusterile.arrays import Floats, chi2_above
from nusterile.errors import Cancelled
from nusterile.files.interrupts import noted
from nusterile.physics.signal import Signal
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.limits import (
    expected_limits,
    limits_of_masses,
    mark_outside,
    profile_plane,
)
from nusterile.vocabulary import (
    CHI2,
    CHI2_MIN,
    CHI2_SM,
    DELTA_CHI2_SM,
    EXPECTED_LIMIT,
    FIT_AXES,
    LIMIT,
    LIMIT_AXES,
    LIMIT_LOW,
    LIMIT_STATUS,
    MU,
    MU_BEST,
    PULL,
    PULLS,
    SELECTION,
)

__all__ = ["BLOCK", "Chi2Scan", "LimitScan", "SelectionFit", "Task", "Variables", "run_tasks"]

#: Masses of one unit of work: some 20 ms, the time a cancellation takes to be noticed.
BLOCK = 11

#: What is done, in words, and the work itself, which fills its part of shared arrays.
Task = tuple[str, Callable[[], None]]
#: Dimensions and values of variables by name.
Variables = dict[str, tuple[tuple[str, ...], NDArray[np.generic]]]


class SelectionFit(NamedTuple):
    """What the fits of one selection need.

    Attributes
    ----------
    name : str
        Name of the selection.
    likelihood : Likelihood
        The χ².
    dipole : ndarray, shape (n_flavor, n_m, n_bin)
        Dipole events at the reference moment.
    grid_dipole : ndarray, shape (n_flavor, n_grid, n_bin), optional
        The same on the configured masses, for two degrees of freedom, where they differ.
    """

    name: str
    likelihood: Likelihood
    dipole: Floats
    grid_dipole: Floats | None = None


@dataclass(frozen=True)
class Chi2Scan:
    """Profiled χ² and pulls of some selections, flavours, masses and moments.

    Attributes
    ----------
    chi2 : ndarray, shape (n_selection, n_flavor, n_m, n_mu)
    pulls : ndarray, shape (n_selection, n_flavor, n_m, n_mu, n_pull)
        NaN for pulls that a selection lacks.
    pull_names : sequence of str
        Names along the last axis.
    """

    chi2: Floats
    pulls: NDArray[np.floating]
    pull_names: Sequence[str]

    @classmethod
    def empty(
        cls, shape: tuple[int, int, int, int], pull_names: Sequence[str], dtype: DTypeLike = float
    ) -> Chi2Scan:
        """Make arrays for a scan of a shape; `dtype` is that of the pulls."""
        pulls = np.full((*shape, len(pull_names)), np.nan, dtype=dtype)
        return cls(np.empty(shape), pulls, pull_names)

    def tasks(
        self, index: int, fit: SelectionFit, strength: Floats, block: int | None = None
    ) -> Iterator[Task]:
        """Yield the work that fills the rows of one selection.

        Parameters
        ----------
        index : int
            Its place along the first axis.
        fit : SelectionFit
            Its χ² and templates.
        strength : ndarray, shape (n_mu,)
            Strength of each moment.
        block : int, optional
            Masses of one task; all by default.
        """
        columns = [self.pull_names.index(pull) for pull in fit.likelihood.pull_names]
        n_m = fit.dipole.shape[1]
        for f, templates in enumerate(fit.dipole):
            for start in range(0, n_m, block or n_m):
                rows = slice(start, start + (block or n_m))

                def scan(f: int = f, rows: slice = rows, templates: Floats = templates) -> None:
                    chi2, pulls = profile_plane(fit.likelihood, templates[rows], strength)
                    self.chi2[index, f, rows] = chi2
                    self.pulls[index, f, rows][..., columns] = pulls

                yield f"chi-square of {fit.name}", scan

    def variables(self) -> Variables:
        """Return the arrays with their dimensions."""
        return {
            CHI2: ((*FIT_AXES, MU), self.chi2),
            PULLS: ((*FIT_AXES, MU, PULL), self.pulls),
        }


@dataclass(frozen=True)
class LimitScan:
    """Best fits and limits of some selections, flavours and masses.

    Attributes
    ----------
    chi2_sm : ndarray, shape (n_selection,)
    chi2_min, mu_best : ndarray, shape (n_selection, n_flavor, n_m)
    limit, status, low : ndarray, shape (n_selection, n_flavor, n_m, n_cl, n_dof)
    expected : ndarray or None
        Of the same shape; None where the limits themselves are those of what is expected.
    """

    chi2_sm: Floats
    chi2_min: Floats
    mu_best: Floats
    limit: Floats
    status: NDArray[np.str_]
    low: Floats
    expected: Floats | None

    @classmethod
    def empty(
        cls, shape: tuple[int, int, int], levels: int, degrees: int, *, expected: bool = True
    ) -> LimitScan:
        """Make arrays for some selections, flavours and masses, levels and degrees of freedom.

        `expected` says whether there are expected limits beside the others.
        """
        whole = (*shape, levels, degrees)
        return cls(
            chi2_sm=np.empty(shape[0]),
            chi2_min=np.empty(shape),
            mu_best=np.empty(shape),
            limit=np.empty(whole),
            status=np.empty(whole, dtype="<U8"),
            low=np.empty(whole),
            expected=np.empty(whole) if expected else None,
        )

    def tasks(
        self,
        index: int,
        fit: SelectionFit,
        signal: Signal,
        critical: Floats,
        degrees: NDArray[np.int64],
    ) -> Iterator[Task]:
        """Yield the work that fills the rows of one selection.

        Parameters
        ----------
        index : int
            Its place along the first axis.
        fit : SelectionFit
            Its χ² and templates.
        signal : Signal
            What turns strengths into moments.
        critical : ndarray, shape (n_cl, n_dof)
            Δχ² at which a moment is excluded.
        degrees : ndarray, shape (n_dof,)
            Degrees of freedom.
        """
        for f, templates in enumerate(fit.dipole):
            on_grid = None if fit.grid_dipole is None else fit.grid_dipole[f]

            def solve(
                f: int = f, templates: Floats = templates, on_grid: Floats | None = on_grid
            ) -> None:
                found = limits_of_masses(
                    fit.likelihood, templates, signal, critical, degrees, on_grid
                )
                self.chi2_min[index, f] = found.chi2_min
                self.mu_best[index, f] = found.best
                self.limit[index, f] = found.limit
                self.status[index, f] = found.status
                self.low[index, f] = found.low
                if f == 0:
                    no_dipole = fit.likelihood.profile(templates[:1], [0], [0.0])
                    self.chi2_sm[index] = no_dipole.chi2[0]

            yield f"limits of {fit.name}", solve
            if self.expected is None:
                continue

            def expect(
                f: int = f, templates: Floats = templates, limits: Floats = self.expected
            ) -> None:
                limits[index, f] = expected_limits(fit.likelihood, templates, signal, critical)

            yield f"expected limits of {fit.name}", expect

    def variables(self, moment_ends: tuple[float, float]) -> Variables:
        """Return the arrays with their dimensions; limits beyond the moments' grid marked."""
        status = mark_outside(self.status, self.limit, moment_ends)
        # rounding may put the minimum a little above its value at 0
        improvement = np.maximum(chi2_above(self.chi2_sm[:, None, None], self.chi2_min), 0.0)
        found: Variables = {
            CHI2_MIN: (FIT_AXES, self.chi2_min),
            MU_BEST: (FIT_AXES, self.mu_best),
            LIMIT: (LIMIT_AXES, self.limit),
            LIMIT_STATUS: (LIMIT_AXES, status.astype(object)),
            LIMIT_LOW: (LIMIT_AXES, self.low),
            CHI2_SM: ((SELECTION,), self.chi2_sm),
            DELTA_CHI2_SM: (FIT_AXES, improvement),
        }
        if self.expected is not None:
            found[EXPECTED_LIMIT] = (LIMIT_AXES, self.expected)
        return found


def run_tasks(
    tasks: Sequence[Task],
    executor: Executor | None = None,
    *,
    report: Callable[[float, str], None] = lambda _share, _what: None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Run tasks side by side; the compiled fit releases the interpreter.

    Parameters
    ----------
    tasks : sequence of Task
        At least one.
    executor : Executor, optional
        Runs them, in threads of this process (they fill shared arrays); as many threads as
        there are cores by default. One that is given is left open.
    report : callable
        Called with the share done (0 to 1) and what is being done.
    stop : callable
        Asked ten times a second.

    Raises
    ------
    Cancelled
        If `stop` returned True; what has begun is waited for.
    """
    # The first call compiles or loads the kernel, which threads must not do at once.
    tasks[0][1]()
    pool = executor or ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    # An interrupt in the midst of a pool would leave locks held for which its workers wait.
    with noted() as interrupted:
        pending = {pool.submit(work): label for label, work in tasks[1:]}
        try:
            while pending:
                finished, _ = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
                label = ""
                for future in finished:
                    label = pending.pop(future)
                    future.result()
                if label:
                    report((len(tasks) - len(pending)) / len(tasks), label)
                if interrupted() or stop():
                    raise Cancelled("cancelled")
        finally:
            for future in pending:
                future.cancel()
            wait(pending)
            if executor is None:
                pool.shutdown(wait=True)
