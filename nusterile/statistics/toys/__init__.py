"""Toy experiments: drawn, fitted many at a time, and what follows from many of them."""
