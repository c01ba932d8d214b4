"""External bounds on the transition moment: curves, their folders, and comparison with ours."""

from nusterile.bounds.comparison import compare
from nusterile.bounds.curve import Bound
from nusterile.bounds.registry import Bounds, load_bounds, mark_references, massless_marks

__all__ = ["Bound", "Bounds", "compare", "load_bounds", "mark_references", "massless_marks"]
