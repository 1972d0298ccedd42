"""The options of `train` and `sweep`, made of the fields of `RunOptions`: names, types, defaults and descriptions."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import Field, fields
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints

import typer

from wishart_nn.training.options import RunOptions

Given = dict[str, Any]
"""The options of a run as they were given: texts, None where an option was left out; a bool for a flag."""


def takes_run_options(
    declared: Callable[[Any, set[type]], inspect.Parameter], *, without: Iterable[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that puts the options of a run in the place of a command's argument `run`.

    Args:
        declared: what makes a parameter of a field of `RunOptions` and the types of its values.
        without: fields that are no options.
    """
    hints, left_out = get_type_hints(RunOptions), set(without)
    made = [declared(each, _types(hints[each.name])) for each in fields(RunOptions) if each.name not in left_out]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def called(**given: Any) -> None:
            run: Given = {each.name: given.pop(each.name) for each in made}
            command(run=run, **given)

        own = list(inspect.signature(command).parameters.values())
        place = next(i for i, each in enumerate(own) if each.name == "run")
        parameters = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own[:place], *made, *own[place + 1 :])
        ]
        signed: Any = called
        signed.__signature__ = inspect.Signature(parameters)
        signed.__annotations__ = {each.name: each.annotation for each in parameters}
        called.__doc__, called.__name__ = command.__doc__, command.__name__
        return called

    return decorate


def for_one_run(each: "Field[Any]", types: set[type]) -> inspect.Parameter:
    """Return the option of `train` of a field: a flag, or one value."""
    if bool in types:
        return _parameter(each, bool, False)
    number = float in types and str not in types
    default = each.default if each.default is None else f"{each.default:g}" if number else str(each.default)
    return _parameter(each, str | None, default, f"<{_kind(types)}>")


def for_a_sweep(each: "Field[Any]", types: set[type]) -> inspect.Parameter:
    """Return the option of `sweep` of a field: a value, a list, or where it has numbers a range."""
    more = "" if each.name in ("data", "label", "missing") else ",..."
    return _parameter(each, str | None, None, f"<{_kind(types)}{more}>")


def flag(name: str) -> str:
    """Return the option of a field: --batch-size of batch_size."""
    return f"--{name.replace('_', '-')}"


def _parameter(each: "Field[Any]", kind: Any, default: Any, metavar: str | None = None) -> inspect.Parameter:
    option: Any = typer.Option(flag(each.name), help=each.metadata["help"], metavar=metavar)
    kept = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(each.name, kept, default=default, annotation=Annotated[kind, option])


def _kind(types: set[type]) -> str:
    if str in types:
        return "text" if float not in types else "float|text"
    return "bool" if bool in types else "int" if int in types else "float"


def _types(hint: Any) -> set[type]:
    return (set(get_args(hint)) or {hint}) - {NoneType}
