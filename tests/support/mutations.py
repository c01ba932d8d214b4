"""Seeded damage: texts, bytes and datasets as nobody would write them on purpose."""

from __future__ import annotations

import random

import numpy as np
import xarray as xr

#: What takes the place of a number or a word.
ODD = (
    *("nan", "-nan", "inf", "-inf", "0", "-0.0", "-1", "1e400", "5e-324", "1e15", "1_0", "0x10"),
    *("9" * 400, '""', "''", "[]", "{}", "true", "null", "[[[[1]]]]", "{a={b={c=1}}}", "1,2", ";"),
    *("\x1b]0;x\x07", "\u202e", "\ufeff", "=1+1", "é", "../a.csv", "/dev/zero", "%s", "$x$", "\\"),
)


def mutated_text(text: str, rng: random.Random) -> bytes:
    """Text with one to four pieces of damage, as bytes."""
    raw = text
    for _ in range(rng.randint(1, 4)):
        raw = rng.choice(_ON_TEXT)(raw, rng)
    encoded = raw.encode(errors="surrogatepass")
    if rng.random() < 0.15:
        encoded = mutated_bytes(encoded, rng)
    return encoded


def mutated_bytes(raw: bytes, rng: random.Random) -> bytes:
    """Bytes with one piece of damage: flipped, zeroed, cut, repeated or put in."""
    if not raw:
        return bytes([rng.randrange(256)])
    start = rng.randrange(len(raw))
    size = min(rng.choice((1, 1, 2, 8, 64, 512, 4096)), len(raw) - start)
    kind = rng.randrange(5)
    if kind == 0:
        piece = bytes(byte ^ (1 << rng.randrange(8)) for byte in raw[start : start + size])
        return raw[:start] + piece + raw[start + size :]
    if kind == 1:
        return raw[:start] + b"\0" * size + raw[start + size :]
    if kind == 2:
        return raw[:start]
    if kind == 3:
        return raw[:start] + raw[start : start + size] * 2 + raw[start + size :]
    return raw[:start] + rng.randbytes(size) + raw[start:]


def mutated_product(product: xr.Dataset, rng: random.Random) -> xr.Dataset:
    """A product with a value, an attribute or a name changed."""
    changed = product.copy(deep=True)
    kind = rng.randrange(7)
    name = rng.choice(sorted(map(str, changed.variables)))
    if kind == 0:
        attribute = rng.choice(sorted(map(str, changed.attrs)))
        changed.attrs[attribute] = _other(changed.attrs[attribute], rng)
    elif kind == 1 and changed[name].attrs:
        attribute = rng.choice(sorted(map(str, changed[name].attrs)))
        changed[name].attrs[attribute] = _other(changed[name].attrs[attribute], rng)
    elif kind == 2:
        changed = changed.drop_vars(name)
    elif kind == 3:
        dim = rng.choice(sorted(map(str, changed.dims)))
        changed = changed.isel({dim: slice(None, None, rng.choice((-1, 2, 3)))})
    elif kind == 4:
        attribute = rng.choice(sorted(map(str, changed.attrs)))
        del changed.attrs[attribute]
    else:
        changed = _with_other_value(changed, name, rng)
    return changed


def _with_other_value(product: xr.Dataset, name: str, rng: random.Random) -> xr.Dataset:
    array = product[name]
    values = array.values.copy()
    place = tuple(rng.randrange(size) for size in values.shape)
    if values.dtype.kind == "f":
        values[place] = rng.choice((np.nan, np.inf, -1.0, 0.0, 1e300, float(values[place]) * 1.5))
    else:
        values = values.astype(object)
        values[place] = rng.choice(("", "other", *ODD[24:]))
    replaced = (array.dims, values, array.attrs)
    if name in product.coords:
        return product.assign_coords({name: replaced})
    return product.assign({name: replaced})


def _other(value: object, rng: random.Random) -> object:
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice((0, -1, 99, 1.5, "", "x", "[" * 5000, *ODD[24:]))
    if kind == 1:
        return np.arange(3)
    text = str(value)
    return mutated_text(text, rng).decode(errors="replace").replace("\0", "0") or "x"


def _replace_word(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    words[rng.randrange(len(words))] = rng.choice(ODD)
    return " ".join(words)


def _replace_cell(text: str, rng: random.Random) -> str:
    for sign in rng.sample(("=", ",", "\n"), 3):
        parts = text.split(sign)
        if len(parts) > 1:
            parts[rng.randrange(1, len(parts))] = rng.choice(ODD)
            return sign.join(parts)
    return text + rng.choice(ODD)


def _drop_line(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    del lines[rng.randrange(len(lines))]
    return "\n".join(lines)


def _repeat_line(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return "\n".join(lines)


def _swap_characters(text: str, rng: random.Random) -> str:
    if len(text) < 2:
        return text + "x"
    at = rng.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _other_digit(text: str, rng: random.Random) -> str:
    digits = [place for place, sign in enumerate(text) if sign.isdigit()]
    if not digits:
        return text + "1"
    at = rng.choice(digits)
    return text[:at] + str(rng.randrange(10)) + text[at + 1 :]


def _nest(text: str, rng: random.Random) -> str:
    depth = rng.choice((20, 200, 5000))
    return text + "\nx = " + "[" * depth + "]" * depth + "\n"


def _cut(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text) + 1)]


_ON_TEXT = (
    *(_replace_word, _replace_cell, _replace_cell, _drop_line, _repeat_line, _swap_characters),
    *(_other_digit, _other_digit, _cut, _nest),
)
