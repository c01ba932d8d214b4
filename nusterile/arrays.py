"""Types of the arrays that are passed around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats"]

#: Numbers in double precision, of any shape.
Floats = NDArray[np.float64]
