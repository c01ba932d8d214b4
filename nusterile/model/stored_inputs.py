"""Files of experiments and bounds that are held in memory, as products carry them.

Texts stand by the name of their file: ``experiments/<name>/<file>``, ``bounds/<name>/<file>``,
``atom/response/<file>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nusterile.errors import InputError
from nusterile.experiments.experiment import builtin_experiments
from nusterile.files.folder import TextFolder
from nusterile.files.settings import is_inside, is_name

__all__ = [
    "RESPONSE_FOLDER",
    "held_folder",
    "held_names",
    "held_response",
    "require_file_names",
    "without_builtin",
]

#: Where a table of the atom's response stands.
RESPONSE_FOLDER = "atom/response"


def require_file_names(texts: Mapping[str, str], source: str) -> None:
    """Raise InputError, with `source`, where a name would lead out of its folder."""
    for name in texts:
        kind, _, rest = name.partition("/")
        folder, _, file = rest.partition("/")
        known = kind in ("experiments", "bounds") or f"{kind}/{folder}" == RESPONSE_FOLDER
        if not known or not is_name(folder) or not is_inside(file):
            raise InputError(
                f"{source}: holds a text named '{name}'; expected experiments/<name>/<file>, "
                f"bounds/<name>/<file> or {RESPONSE_FOLDER}/<file>"
            )


def held_names(kind: str, texts: Mapping[str, str]) -> list[str]:
    """Experiments or bounds whose texts are held, in order."""
    parts = [name.split("/") for name in texts]
    return list(dict.fromkeys(part[1] for part in parts if part[0] == kind and len(part) > 2))


def without_builtin(texts: Mapping[str, str]) -> dict[str, str]:
    """Leave out the experiments that are nusterile's own, as they are now."""
    own = builtin_experiments()
    same = {
        name
        for name in held_names("experiments", texts)
        if name in own
        and all(
            (own[name] / file).is_file() and (own[name] / file).read_bytes() == text.encode()
            for file, text in (held_folder(f"experiments/{name}", texts).texts or {}).items()
        )
    }
    return {name: text for name, text in texts.items() if name.split("/")[1] not in same}


def held_response(file: str, texts: Mapping[str, str]) -> str | None:
    """Return the text of a table of the atom's response, None where it is not held."""
    return texts.get(f"{RESPONSE_FOLDER}/{file}")


def held_folder(path: str, texts: Mapping[str, str]) -> TextFolder:
    """Return the folder ``experiments/<name>`` or ``bounds/<name>`` in memory."""
    inside = {
        name.removeprefix(f"{path}/"): text
        for name, text in texts.items()
        if name.startswith(f"{path}/")
    }
    return TextFolder(Path(path), inside)
