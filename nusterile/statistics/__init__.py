"""Statistics: the profiled likelihood, limits and intervals, as plain arrays."""
