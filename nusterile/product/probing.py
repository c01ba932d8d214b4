"""Reading bytes that nothing vouches for, in a process that may hang or crash."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys

import xarray as xr

from nusterile.errors import ProductError
from nusterile.files.places import Place
from nusterile.product.images import read_image

__all__ = ["answer", "read_untrusted"]

#: Processor time that reading may take, seconds: many times what it does, and more the larger
#: the file is. Damaged bytes can keep the library busy for ever.
_TIME = 2.0
_BYTES_PER_SECOND = 2e7
#: Time by the clock for each second of processor time, on a machine with much other work to do.
_CLOCK = 60.0


def read_untrusted(image: bytes, path: Place) -> xr.Dataset:
    """Read the bytes of a netCDF file of this schema version, wherever they come from.

    Parameters
    ----------
    image : bytes
        The file.
    path : Path or str
        Its name, for messages.

    Raises
    ------
    ProductError
        If the file is foreign, of another schema version, or needs too much memory.
    ValueError
        If the bytes are damaged; says how that showed.
    """
    if not sys.executable:  # Python inside another program
        return read_image(image, path)
    time = _TIME + len(image) / _BYTES_PER_SECOND
    # No path of this process may be missing there, and nothing of its command line matters.
    script = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        f"from nusterile.product.probing import answer; answer({str(path)!r}, {time!r})"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=image,
            capture_output=True,
            timeout=_CLOCK * time,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError("reading it does not end") from None
    if done.returncode > 0:
        last = done.stderr.decode(errors="replace").split("\n")[-2:][0]
        raise ProductError(f"{path}: cannot be checked ({last or 'Python did not start'})")
    if done.returncode < 0:
        endless = -done.returncode == getattr(signal, "SIGPROF", None)
        raise ValueError("reading it does not end" if endless else "reading it ends the process")
    result: xr.Dataset | Exception = pickle.loads(done.stdout)
    if isinstance(result, Exception):
        raise result
    return result


def answer(path: str, time: float) -> None:
    """Read bytes from standard input, and write the dataset, or what is wrong, to the output.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    time : float
        Processor time after which the system ends this process, seconds.
    """
    image = sys.stdin.buffer.read()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, time)
    result: xr.Dataset | Exception
    try:
        result = read_image(image, path)
    except ProductError as error:
        result = error
    except Exception as error:  # whatever the netCDF stack makes of damaged bytes
        result = ValueError(str(error) or type(error).__name__)
    pickle.dump(result, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()
