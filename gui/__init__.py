"""The desktop application of nusterile.

It shows products and asks `nusterile` for every number; Qt is imported by the modules
that need it, never by this one.
"""
