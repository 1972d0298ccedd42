"""The cases: case i of a seed is a function of both alone. A case is text: an expression, or a command line."""

import ast
import inspect
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Literal

import typer

import wishart_moments
from tests.fuzz.calls import CALLS, PLAUSIBLE, UNCALLED
from tests.fuzz.garbage import DRESSES, GARBAGE
from tests.fuzz.lines import COUNTS, INTEGERS, LINES, NEVER, NUMBERS, REFUSED, VALUES, WORDS
from wishart_moments.cli import app

Door = Literal["api", "cli"]
PROGRAM = "wishart-moments"


@dataclass(frozen=True)
class Case:
    """An expression for `api`, or for `cli` a command line as a shell reads it."""

    door: Door
    text: str


def case(seed: int, number: int, only: Door | None = None) -> Case:
    """Return a case, through either door as often."""
    rng = Random(f"{seed}:{number}")
    door: Door = only or rng.choice(("api", "cli"))
    return Case(door, _call(rng) if door == "api" else _line(rng))


# The Python interface.


def public_callables() -> list[str]:
    names = [name for name in wishart_moments.__all__ if name not in UNCALLED]
    return [name for name in names if not isinstance(getattr(wishart_moments, name), type) or parameters(name)]


@cache
def parameters(function: str) -> tuple[str, ...]:
    """The names of the parameters of a public function, or of a method by its name alone."""
    found: Any = getattr(wishart_moments, function, None)
    if found is None:
        owners = [getattr(wishart_moments, name) for name in wishart_moments.__all__]
        methods = [getattr(owner, function, None) for owner in owners if inspect.isclass(owner)]
        found = next((method for method in methods if callable(method)), None)
    if found is None or (inspect.isclass(found) and issubclass(found, Exception)):
        return ()
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    named = [each for each in inspect.signature(found).parameters.values() if each.kind not in kinds]
    return tuple(each.name for each in named if each.name != "self")


@cache
def seeds() -> tuple[str, ...]:
    """The valid calls, and for every public name that is in none of them a call by its signature."""
    new = [name for name in public_callables() if not any(f"w.{name}(" in call for call in CALLS)]
    return (*CALLS, *(f"w.{name}({', '.join(PLAUSIBLE.get(p, ['2'])[0] for p in parameters(name))})" for name in new))


def _value(rng: Random, name: str) -> str:
    kind = rng.random()
    if kind < 0.6 and name in PLAUSIBLE:
        return rng.choice(PLAUSIBLE[name])
    if name == "word" and kind < 0.8:
        return repr(word(rng))
    if name in COUNTS and kind < 0.6:
        return rng.choice(INTEGERS)
    return rng.choice([each for each in GARBAGE if each not in ("10**6", "10**9")] if name in COUNTS else GARBAGE)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _call(rng: Random) -> str:
    tree = ast.parse(rng.choice(seeds()), mode="eval")
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3))):
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        ours = [call for call in calls if parameters(_name(call))]
        if ours:
            _mutate(rng, rng.choice(ours))
    return ast.unparse(tree)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _mutate(rng: Random, call: ast.Call) -> None:
    names = parameters(_name(call))
    counts = [k for k, name in enumerate(names[: len(call.args)]) if name in COUNTS]
    here = [*range(len(call.args)), *call.keywords]
    kind = rng.random()
    if not here or kind < 0.25:  # an argument more
        name = rng.choice(names) if rng.random() < 0.97 else "bogus"
        if all(keyword.arg != name for keyword in call.keywords) and name not in names[: len(call.args)]:
            call.keywords.append(ast.keyword(name, _expression(_value(rng, name))))
            return
    if here and kind > 0.95:  # an argument less
        slot = rng.choice(here)
        call.keywords.remove(slot) if isinstance(slot, ast.keyword) else call.args.pop(slot)
        return
    if not here:
        return
    slot = rng.choice(here)
    name = (slot.arg or "") if isinstance(slot, ast.keyword) else names[slot] if slot < len(names) else ""
    old = slot.value if isinstance(slot, ast.keyword) else call.args[slot]
    if kind > 0.8 and name not in COUNTS and slot not in counts:
        new = _expression(rng.choice(DRESSES).format(ast.unparse(old)))
    elif isinstance(old, ast.List | ast.Tuple) and old.elts and rng.random() < 0.3:
        elements = list(old.elts)
        elements[rng.randrange(len(elements))] = _expression(rng.choice(GARBAGE))
        new = ast.List(elements, ast.Load())
    else:
        new = _expression(_value(rng, name))
    if isinstance(slot, ast.keyword):
        slot.value = new
    else:
        call.args[slot] = new


# Words such as S A S B.

LETTERS = ["S", "S", "S", "A", "B", "X", "X'", "X^T", "S1", "S2", "S^2", "S^-1", "A'", "I", "Sigma", "n", "M"]
JUNK = [
    "(",
    ")",
    "^",
    "+",
    "2",
    "-",
    "tr",
    "trace(S)",
    "det(S)",
    "inv(S)",
    "log(S)",
    "Tr(S^2)",
    "é",
    "٣",
    "'",
    "[",
    "*",
    "S^99",
]


def word(rng: Random) -> str:
    """Return a word: letters, traces, powers, brackets nested deep, at times a foreign mark."""
    kind = rng.random()
    if kind < 0.05:
        depth = rng.choice((2, 10, 100, 500, 3000))
        return "(" * depth + "S" + ")" * rng.choice((depth, depth, depth - 1))
    if kind < 0.1:
        return " ".join(["S"] * rng.choice((4, 8, 30, 1000)))
    if kind < 0.13:
        return "tr(" * 200 + "S" + ")" * 200
    letters = [rng.choice(LETTERS) for _ in range(rng.randint(1, 5))]
    if rng.random() < 0.3:
        letters.insert(rng.randrange(len(letters) + 1), rng.choice(JUNK))
    cut = rng.randrange(len(letters) + 1)
    shape: Callable[[str, str], str] = rng.choice(
        (lambda a, b: f"{a} {b}", lambda a, b: f"tr({a}) {b}", lambda a, b: f"({a}) {b}", lambda a, b: f"tr({a}{b})")
    )
    return shape(" ".join(letters[:cut]), " ".join(letters[cut:])).strip()


# The command line.


@dataclass(frozen=True)
class Option:
    name: str
    words: tuple[str, ...]
    flag: bool


@cache
def commands() -> dict[str, tuple[Option, ...]]:
    """Every command with its options and arguments (those without words), as the application lists them."""
    found: dict[str, tuple[Option, ...]] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        if hasattr(command, "list_commands"):  # commands of other packages are found when they are listed
            for name in command.list_commands(None):
                walk(command.get_command(None, name), (*path, name))
        else:
            options = [
                Option(each.name, tuple(each.opts) if each.param_type_name == "option" else (), _is_flag(each))
                for each in command.params
            ]
            found[" ".join(path)] = tuple(options)

    walk(typer.main.get_command(app), ())
    return found


def _is_flag(parameter: Any) -> bool:
    return bool(getattr(parameter, "is_flag", False))


def command_of(words: list[str]) -> str | None:
    return next((name for name in commands() if words[: len(name.split())] == name.split()), None)


@cache
def lines() -> tuple[tuple[str, ...], ...]:
    """The valid lines, and for every command without one a line of its required words."""
    written = [tuple(shlex.split(line)) for line in LINES]
    known = {command_of(list(line)) for line in written}
    return (*written, *(tuple(name.split()) for name in commands() if name not in known))


def _word(rng: Random, name: str) -> str:
    kind = rng.random()
    if name == "text" and kind < 0.9:
        return word(rng)
    if name in COUNTS | {"k", "d"}:
        return rng.choice([*INTEGERS, *(each for each in WORDS if not each.isdecimal() or len(each) > 12)])
    if name in ("output", "out", "folder", "into"):  # nothing is written outside the folder
        return rng.choice(VALUES.get(name, VALUES["out"]))
    if kind < 0.65 and name in VALUES:
        return rng.choice(VALUES[name])
    return rng.choice(NUMBERS if kind < 0.9 else WORDS)


def _line(rng: Random) -> str:
    words = list(rng.choice(lines()))
    command = command_of(words)
    if command is None:
        raise AssertionError(f"no such command: {words}")
    options, start = commands()[command], len(command.split())
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3)) + len(options) // 12):
        kind = rng.random()
        if kind < 0.5 and len(words) > start:
            values = [k for k in range(start, len(words)) if not words[k].startswith("--")]
            place = rng.choice(values if values and rng.random() < 0.95 else range(start, len(words)))
            words[place] = _word(rng, _named(options, words[place - 1], words[place]))
        elif kind < 0.9 and options:
            option = rng.choice(options)
            more = list(option.words[:1]) + ([] if option.flag else [_word(rng, option.name)])
            if option.words:
                words += more
            else:
                words[start:start] = more
        elif kind < 0.95 and len(words) > start:
            del words[rng.randrange(start, len(words))]
        else:
            words.insert(rng.randrange(start, len(words) + 1), rng.choice(WORDS))
    words = [each.replace("\0", "") for each in words if each not in NEVER]
    # Output goes where it is seen: not into a folder that a garbled word names.
    words = _kept_here(words, start)
    if command in REFUSED:
        words = [each for each in words if each not in ("--", "-h", "--version")] + rng.choice(REFUSED[command])
    return shlex.join([PROGRAM, *words])


def _named(options: tuple[Option, ...], before: str, word: str) -> str:
    """The name of the option or argument that a word is the value of."""
    if word.startswith("--"):
        return ""
    for option in options:
        if before in option.words and not option.flag:
            return option.name
    return next((option.name for option in options if not option.words), "")


def _kept_here(words: list[str], start: int) -> list[str]:
    writes = ("--output", "-o", "--out", "--into")
    allowed = {*VALUES["output"], *VALUES["out"], *VALUES["folder"], "wick.svg", "one.svg", "table.txt", "prepared"}
    kept = words[:start]
    for before, each in zip(words[start - 1 :], words[start:], strict=False):
        outside = each in ("..", "/dev/null", "$HOME") or (before in writes and each not in allowed)
        kept.append("out.svg" if outside and not each.startswith("-") else each)
    return kept
