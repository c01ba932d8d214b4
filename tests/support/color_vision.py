"""How far apart colours are for people with different colour vision.

The matrices for protanopia, deuteranopia and tritanopia are those of G. M. Machado,
M. M. Oliveira and L. A. F. Fernandes, IEEE Trans. Vis. Comput. Graph. 15 (2009) 1291;
distances are those of CIE 1976 in L*a*b*, of which 2.3 is just seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)


def _linear(color: str) -> np.ndarray:
    coded = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def _luminance(color: str) -> float:
    return float(_TO_XYZ[1] @ _linear(color))


def _lab(color: str, vision: str) -> np.ndarray:
    seen = np.clip(VISIONS[vision] @ _linear(color), 0, 1)
    ratio = _TO_XYZ @ seen / _WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def smallest_distance(colors: Sequence[str], vision: str) -> float:
    """The distance of the two nearest of some colours, given as ``#rrggbb``."""
    seen = [_lab(color, vision) for color in colors]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


def contrast(first: str, second: str) -> float:
    """Ratio of two luminances, from 1 to 21, as WCAG 2.2 defines it; letters need 4.5."""
    dark, light = sorted(_luminance(color) for color in (first, second))
    return (light + 0.05) / (dark + 0.05)
