"""Every public name says what it is, completely: arguments, value with its exactness, refusals, an example that runs.

The doctests run the examples; the manual describes every package.
"""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("wishart_moments", "wishart_moments.plots", "wishart_nn", "wishart_generated")
OURS = ("wishart_moments", "wishart_nn", "wishart_generated")

REFUSES_NOTHING = {"wishart_nn.Abs"}
"""What takes every argument of its types."""

EXACTNESS = re.compile(r"exact|error|prove|rounding|certif|digit|figure|float|below|Fraction|integer", re.IGNORECASE)
"""How a value that is computed says what it is worth."""


PACKED = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


class Public(NamedTuple):
    """A public name."""

    name: str
    value: Any
    kept: bool = False

    @property
    def text(self) -> str:
        return inspect.getdoc(self.value) or ""

    @property
    def callable(self) -> Any:
        return inspect.unwrap(self.value.fget if isinstance(self.value, property) else self.value)

    @property
    def arguments(self) -> list[str]:
        """The names that a caller may give; those of a dataclass are its fields."""
        if dataclasses.is_dataclass(self.value):
            return [field.name for field in dataclasses.fields(self.value) if not field.name.startswith("_")]
        parameters = inspect.signature(self.callable).parameters.values()
        return [each.name for each in parameters if each.name not in {"self", "cls"} and each.kind not in PACKED]

    def section(self, *heads: str) -> str:
        found = re.findall(rf"^(?:{'|'.join(heads)}):\n((?:[ ].*\n|\n)*)", self.text + "\n", re.MULTILINE)
        return "".join(found)


def functions_of(module: ModuleType) -> Iterator[Public]:
    for name, value in inspect.getmembers(module, inspect.isfunction):
        if value.__module__ == module.__name__ and not name.startswith("_"):
            yield Public(f"{module.__name__}.{name}", value)


def public_names() -> Iterator[Public]:
    for package in PACKAGES:
        module = import_module(package)
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, ModuleType):
                yield from functions_of(value)
            elif name != "__version__":
                yield Public(f"{package}.{name}", value)


def methods_of(public: Public) -> Iterator[Public]:
    for name in vars(public.value):
        # The class that brings a method describes it: torch its extra_repr, `LDLTModule` what layers have in common.
        home = next(base for base in reversed(public.value.__mro__) if name in vars(base))
        held = vars(home)[name]
        value = held.__func__ if isinstance(held, (classmethod, staticmethod)) else getattr(held, "func", held)
        known = home.__module__.startswith(OURS) and not name.startswith("_")
        if known and (isinstance(value, property) or inspect.isfunction(value)):
            yield Public(f"{public.name}.{name}", value, kept=isinstance(held, (property, cached_property)))


NAMES = list(public_names())
FUNCTIONS = [each for each in NAMES if inspect.isfunction(inspect.unwrap(each.value))]
CLASSES = [each for each in NAMES if inspect.isclass(each.value) and not issubclass(each.value, BaseException)]
METHODS = [method for each in CLASSES for method in methods_of(each)]

each_name = pytest.mark.parametrize("public", NAMES, ids=lambda each: each.name)
each_function = pytest.mark.parametrize("public", FUNCTIONS, ids=lambda each: each.name)
each_method = pytest.mark.parametrize("public", METHODS, ids=lambda each: each.name)


def undescribed(public: Public) -> list[str]:
    heads = re.findall(r"^    (\S[^:]*):", public.section("Args", "Attributes"), re.MULTILINE)
    return [name for name in public.arguments if not any(re.search(rf"(?<!\w){name}(?!\w)", head) for head in heads)]


@each_name
def test_a_public_name_shows_an_example(public: Public) -> None:
    assert len(public.text) > 40
    assert ">>> " in public.text


@pytest.mark.parametrize("public", [*FUNCTIONS, *CLASSES, *METHODS], ids=lambda each: each.name)
def test_every_argument_is_described(public: Public) -> None:
    assert undescribed(public) == []


@each_function
def test_a_function_says_what_its_value_is_worth(public: Public) -> None:
    value = public.section("Returns", "Yields")
    assert value
    assert EXACTNESS.search(value) or public.name.startswith("wishart_nn.")


@pytest.mark.parametrize("public", [*FUNCTIONS, *CLASSES], ids=lambda each: each.name)
def test_what_validates_says_what_it_refuses(public: Public) -> None:
    made = not dataclasses.is_dataclass(public.value) or "__post_init__" in vars(public.value)
    assert bool(public.section("Raises")) == (public.name not in REFUSES_NOTHING) or not made


@each_method
def test_a_method_says_what_it_returns(public: Public) -> None:
    assert public.text
    nothing = inspect.signature(public.callable).return_annotation in {None, "None"}
    said = public.section("Returns", "Yields") or re.match(r"(Return|Yield)s? ", public.text)
    assert public.kept or nothing or said


def test_the_manual_describes_every_package() -> None:
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs" / "api").glob("*.rst"))
    assert set(PACKAGES) <= {line.split()[-1] for line in pages.splitlines() if line.startswith(".. automodule::")}
