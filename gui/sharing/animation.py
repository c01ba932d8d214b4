"""Animations as GIF files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nusterile.errors import ProductError
from nusterile.files.writing import write_file

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["require_pillow", "write_animation"]

#: Colours of a GIF file, one of which is left for what does not change.
_COLORS = 255


def require_pillow() -> None:
    """Raise ProductError where Pillow, which writes the files, is missing."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise ProductError("animations need Pillow: pip install 'nusterile[export]'") from None


def write_animation(
    path: Path,
    frames: Sequence[bytes],
    rate: int,
    *,
    loop: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Write pictures of one size as a GIF file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    frames : sequence of bytes
        The pictures, in any format that Pillow reads.
    rate : int
        Pictures in a second; a file holds hundredths of seconds.
    loop : bool
        Whether it begins anew at the end.
    progress : callable
        Takes the number of pictures that are done; what it raises ends the writing.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    require_pillow()
    import PIL.Image

    palette = _common_palette(frames)

    def colored() -> Iterator[Image]:
        for number, frame in enumerate(frames):
            progress(number)
            yield _opened(frame).quantize(palette=palette, dither=PIL.Image.Dither.NONE)

    pictures = colored()
    first = next(pictures)
    written = io.BytesIO()
    # Without it a file is shown once.
    again = {"loop": 0} if loop else {}
    first.save(
        written,
        format="GIF",
        save_all=True,
        append_images=pictures,
        duration=max(round(100 / rate), 2) * 10,
        optimize=False,
        **again,
    )
    write_file(path, written.getvalue())


def _opened(frame: bytes) -> Image:
    import PIL.Image

    return PIL.Image.open(io.BytesIO(frame)).convert("RGB")


def _common_palette(frames: Sequence[bytes]) -> Image:
    """Colours of the first, the middle and the last picture: with one palette nothing flickers."""
    import PIL.Image

    whole = PIL.Image.open(io.BytesIO(frames[0])).size
    # Every second pixel has all colours, in a quarter of the memory.
    width, height = (max(side // 2, 1) for side in whole)
    chosen = (0, len(frames) // 2, len(frames) - 1)
    together = PIL.Image.new("RGB", (width, height * len(chosen)))
    for row, number in enumerate(chosen):
        picture = _opened(frames[number]).resize((width, height), PIL.Image.Resampling.NEAREST)
        together.paste(picture, (0, row * height))
    return together.quantize(_COLORS, dither=PIL.Image.Dither.NONE)
