"""Types of the arrays that are passed around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "chi2_above"]

#: Numbers in double precision, of any shape.
Floats = NDArray[np.float64]


def chi2_above(chi2: Floats, floor: Floats) -> Floats:
    """Return χ² above some floor; NaN where both are infinite.

    They are where events are observed in a bin in which none can be expected.

    Examples
    --------
    >>> import numpy as np
    >>> chi2_above(np.array([3.0, np.inf, np.inf]), np.array([1.0, 1.0, np.inf]))
    array([ 2., inf, nan])
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(chi2 - floor)
