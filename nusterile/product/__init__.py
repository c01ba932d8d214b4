"""Product files: their contract, their computation, reading, writing and slicing."""
