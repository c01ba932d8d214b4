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


def is_property(member: object) -> bool:
    return isinstance(member, property | cached_property)


def members_of(path: str) -> dict[str, object]:
    """Public methods and properties of a class that its page shows, inherited ones among them."""
    cls = found(path)
    owners = [owner for owner in cls.__mro__ if owner.__module__.startswith("nusterile")]
    names = {name for owner in owners for name in vars(owner) if not name.startswith("_")}
    members = {name: inspect.getattr_static(cls, name) for name in names - {"model_post_init"}}
    return {
        f"{path}.{name}": member if is_property(member) else getattr(cls, name)
        for name, member in sorted(members.items())
        if is_property(member) or is_method(getattr(cls, name))
    }


MEMBERS = {key: member for path in CLASSES for key, member in members_of(path).items()}
METHODS = [key for key, member in MEMBERS.items() if is_method(member)]
#: What refuses nothing that it can be given.
NEVER_RAISE = (
    *("nusterile.comparison.compare_settings", "nusterile.exports.limits_product"),
    *("nusterile.product.schema.with_all_axes", "nusterile.Analysis.doubts"),
    *("nusterile.references.bound_references", "nusterile.references.experiment_references"),
    *("nusterile.references.product_references", "nusterile.figures.Results.label"),
    *("nusterile.figures.Results.usual_masses", "nusterile.bounds.Bound.applies_to"),
    "nusterile.bounds.Bounds.strongest",
    *(f"nusterile.model.variable_settings.VariableSetting.{name}" for name in ("changes", "words")),
)


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
    text = inspect.getdoc(MEMBERS[path]) or ""
    assert text, path
    for parameter in parameters(MEMBERS[path]):
        assert re.search(rf"^[*\w, ]*\b{parameter}\b[*\w, ]*( :|$)", text, re.MULTILINE), parameter
    if inspect.signature(MEMBERS[path]).return_annotation not in (None, "None"):
        assert "Returns\n---" in text or text.startswith(("Return ", "List "))


@pytest.mark.parametrize("path", MEMBERS)
def test_a_method_or_property_is_shown_in_use(path):
    assert ">>> " in (inspect.getdoc(MEMBERS[path]) or "")


@pytest.mark.parametrize("path", [*CALLABLES, *METHODS])
def test_what_is_refused_is_said(path):
    function = MEMBERS.get(path) or found(path)
    if parameters(function) and path not in NEVER_RAISE:
        assert "Raises\n---" in (inspect.getdoc(function) or "")


def test_every_kind_of_products_is_described():
    page = (API.parents[1] / "product.md").read_text()
    assert set(re.findall(r"^```\{product-schema\} (\w+)$", page, re.MULTILINE)) == set(KINDS)


def test_errors_say_when_they_are_raised():
    for path in LISTED:
        if path.startswith("nusterile.errors."):
            assert inspect.getdoc(found(path))
