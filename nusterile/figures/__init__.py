"""Figures ready for a paper, from a product or straight from a configuration.

Each figure is a module with a function ``draw`` that returns a `Drawing`: the figure,
its caption and the numbers behind it. matplotlib is imported when one is drawn.

>>> from nusterile.figures import FIGURES
>>> list(FIGURES)
['kinematics', 'spectrum', 'profile', 'limits', 'plane', 'survival', 'flux', 'impact', 'projection']
"""

from nusterile.figures.catalogue import FIGURES, TOY_FIGURES, draw, options_of
from nusterile.results import Results

__all__ = ["FIGURES", "TOY_FIGURES", "Results", "draw", "options_of"]
