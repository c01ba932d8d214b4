"""The version, in the one place that packaging reads as well."""

__version__ = "0.1.0"
