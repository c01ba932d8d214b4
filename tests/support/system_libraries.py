"""Libraries of the system that Qt needs: named before anything else fails for want of them.

Run as a script, it says in one line what is missing, with exit status 1.
"""

import ctypes
import sys

__all__ = ["missing_library"]

#: Debian package of each library that Qt loads when it is imported.
_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
}


def missing_library():
    """What is missing and how to install it; empty where everything is there."""
    if sys.platform != "linux":
        return ""
    for library, package in _PACKAGES.items():
        try:
            ctypes.CDLL(library)
        except OSError as error:
            return f"Qt needs the system library {library}: apt install {package} ({error})"
    return ""


if __name__ == "__main__":
    sys.exit(missing_library() or 0)
