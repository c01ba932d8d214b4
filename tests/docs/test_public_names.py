"""Every public name has a page of its own, and says what it takes, gives and raises, and how."""

from __future__ import annotations

import inspect
import re
from functools import cached_property
from importlib import import_module
from pathlib import Path

import pytest

from nusterile.product.kinds import KINDS

API = Path(__file__).parents[2] / "docs" / "reference" / "api.md"
#: Modules all of whose names are public.
MODULES = (
    *("nusterile", "nusterile.accessor", "nusterile.bounds", "nusterile.comparison"),
    *("nusterile.exports", "nusterile.figures", "nusterile.figures.plots", "nusterile.references"),
)
#: The same under two names, and no object of its own.
OTHERWISE = {"nusterile.accessor.open_product": "nusterile.open", "nusterile.__version__": ""}
LISTED = re.findall(r"^   (nusterile\.[\w.]+)$", API.read_text(), re.MULTILINE)


def found(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def test_every_public_name_is_listed():
    names = {f"{m}.{name}" for m in MODULES for name in import_module(m).__all__}
    wanted = {OTHERWISE.get(name, name) for name in names} - {""}
    assert wanted <= set(LISTED)
    assert len(LISTED) == len(set(LISTED))


CALLABLES = [path for path in LISTED if inspect.isroutine(found(path))]
CLASSES = [
    path
    for path in LISTED
    if inspect.isclass(found(path)) and not issubclass(found(path), BaseException)
]


def is_method(member: object) -> bool:
    return inspect.isfunction(member) or inspect.ismethod(member)


#: What computes and tells; all that belongs to these has an example of its own.
WITH_EXAMPLES = (
    "nusterile.Analysis",
    "nusterile.accessor.ProductAccessor",
    "nusterile.bounds.Bound",
    "nusterile.bounds.Bounds",
    "nusterile.figures.Results",
)
#: The same, and what draws.
MAIN = (*WITH_EXAMPLES, "nusterile.figures.plots.ProductPlots")
#: Classes whose properties are shown in use, too.
WITH_PROPERTIES = WITH_EXAMPLES[2:]
METHODS = [
    f"{path}.{name}"
    for path in MAIN
    for name, _ in inspect.getmembers(found(path), is_method)
    if not name.startswith("_") and name in vars(found(path))
]


def parameters(function: object) -> set[str]:
    names = inspect.signature(function).parameters
    rest = {name for name, p in names.items() if p.kind is p.VAR_KEYWORD}
    return set(names) - rest - {"self", "cls"}


@pytest.mark.parametrize("path", CALLABLES)
def test_a_function_says_what_it_takes_and_shows_it(path):
    function = found(path)
    text = inspect.getdoc(function) or ""
    assert ">>> " in text, f"{path}: an example that runs"
    if parameters(function):
        assert "Parameters\n---" in text
    for name in parameters(function):
        assert re.search(rf"^[*\w, ]*\b{name}\b[*\w, ]* :", text, re.MULTILINE), (path, name)
    if inspect.signature(function).return_annotation not in (None, "None"):
        assert "Returns\n---" in text or text.splitlines()[0].startswith(("Return ", "List "))


@pytest.mark.parametrize("path", CLASSES)
def test_a_class_shows_how_it_is_used(path):
    assert ">>> " in (inspect.getdoc(found(path)) or "")


@pytest.mark.parametrize("path", METHODS)
def test_a_method_says_what_it_takes(path):
    owner, _, name = path.rpartition(".")
    text = inspect.getdoc(getattr(found(owner), name)) or ""
    assert text, path
    for parameter in parameters(getattr(found(owner), name)):
        assert re.search(rf"^[*\w, ]*\b{parameter}\b[*\w, ]* :", text, re.MULTILINE), parameter


def is_property(member: object) -> bool:
    return isinstance(member, property | cached_property)


@pytest.mark.parametrize("name", WITH_PROPERTIES)
def test_a_property_is_shown_in_use(name):
    properties = inspect.getmembers(found(name), is_property)
    for attribute, member in properties:
        if not attribute.startswith("_"):
            assert ">>> " in (inspect.getdoc(member) or ""), f"{name}.{attribute}"


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_what_computes_and_tells_has_examples(name):
    cls = found(name)
    for method, member in inspect.getmembers(cls, is_method):
        if not method.startswith("_") and method in vars(cls):
            assert ">>> " in (inspect.getdoc(member) or ""), f"{name}.{method}"


def test_every_kind_of_products_is_described():
    page = (API.parents[1] / "product.md").read_text()
    assert set(re.findall(r"^```\{product-schema\} (\w+)$", page, re.MULTILINE)) == set(KINDS)


def test_errors_say_when_they_are_raised():
    for path in LISTED:
        if path.startswith("nusterile.errors."):
            assert inspect.getdoc(found(path))
