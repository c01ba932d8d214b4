"""Experiments: their folders, detectors and backgrounds, and the events they expect."""
