"""What the commands on moments read: powers of either sign, numbers or names, scale matrices."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from wishart_moments import domain
from wishart_moments.cli.application import read_integer, read_size
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.texts import exact, is_number

Beta = Annotated[
    str, typer.Option(help="Dyson index: 1 real, 2 complex, 4 quaternion, or a positive rational.", metavar="<float>")
]
BetaOrName = Annotated[
    str, typer.Option("--beta", help="Dyson index: 1, 2, 4, a positive rational or a name.", metavar="<float>")
]
Sigma = Annotated[
    str, typer.Option(help="Standard deviation of an entry of W: 2, 1/7, 0.1 or a name.", metavar="<sigma>")
]
Rows = Annotated[
    str | None, typer.Option("--m", help="Rows of W (outputs), an integer >= 1; a symbol if left out.", metavar="<int>")
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--n",
        "--df",
        help="Degrees of freedom of S (columns of W): an integer >= 1 or a number > m - 1, as 11/2; else a symbol.",
        metavar="<number>",
    ),
]
Scale = Annotated[
    str | None,
    typer.Option(
        "--scale",
        help='Sigma: "[[2,1],[1,2]]" or a file of rows; otherwise the identity.',
        metavar="<matrix>",
    ),
]
OpenScale = Annotated[
    str | None,
    typer.Option(
        "--scale",
        help='Sigma: "[[2,1],[1,2]]", a file of rows, or symbolic; otherwise the identity.',
        metavar="<matrix>",
    ),
]

SYMBOLIC = "symbolic"
"""The word that stands for a scale which is not given."""

MAX_BETA = 10**50

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)

_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)


def read_power(text: str, name: str = "k") -> int:
    """Return an integer of either sign."""
    from wishart_moments.domain import signed_order

    return signed_order(read_integer(text), name)


def read_powers(texts: list[str] | None) -> list[int]:
    """Return integers of either sign; words that look like options are refused as such."""
    for text in texts or []:
        if text.startswith("-") and not text[1:2].isdigit():
            raise DomainError(f"no such option: {text}")
    return [read_power(text) for text in texts or []]


def read_sizes(m: str | None, n: str | None) -> tuple[int | None, int | None]:
    """Return m and n, None for a symbol; n, the degrees of freedom, may be a fraction where the function takes one."""
    return None if m is None else read_size(m, "m"), None if n is None else read_degrees(n)


def read_degrees(text: str) -> Any:
    """Return n, the degrees of freedom: an integer, or a fraction such as 11/2 for the function that is called."""
    whole = read_integer(text)
    if isinstance(whole, int) or not is_number(text):
        return read_size(text, "n")
    value = exact(text, "n", "to be > 0")
    return read_size(str(value), "n") if value.denominator == 1 else value


def read_format(format: str, formats: tuple[str, ...], option: str = "--format") -> None:
    """Refuse a format that is none of these."""
    if format not in formats:
        raise MethodError(f"need {option} to be one of {', '.join(formats)}; got {format!r}")


def exact_beta(text: str) -> Fraction:
    """Return a β that is a number."""
    value = exact(text, "beta", "> 0")
    domain.dyson_index(value)
    if max(value.numerator, value.denominator) > MAX_BETA:
        raise LimitError(f"need beta as a fraction of numbers up to 10^50, got {domain.shown(text)}")
    return value


def number_or_symbol(text: str, name: str) -> Any:
    """Return a name as a SymPy symbol; everything else is left to the function that is called."""
    if is_number(text):
        return exact(text, name)
    if not text.isidentifier() or text.lower() in ("nan", "inf", "infinity"):
        return text
    if text in ("m", "n"):
        raise DomainError(f"need --{name} to be a number or a name other than m and n, got {text!r}")
    if name == "sigma" and text.casefold() in ("he", "kaiming", "lecun", "xavier", "predicted", "shared"):
        raise DomainError(
            f"need --sigma as a number or a name of its own here, got {text!r}, a rule of `variance`; give its value"
        )
    import sympy

    return sympy.Symbol(text, positive=True)


def read_scale(text: str | None, name: str = "--scale", *others: str) -> Any:
    """Return Σ from "[[2,1],[1,2]]" or from the file of that name: rows of exact numbers, names or complex numbers.

    The others are words that the option takes beside it.

    Example:
        >>> read_scale("[[2, 1/2], [1/2, 0.1]]")
        [[Fraction(2, 1), Fraction(1, 2)], [Fraction(1, 2), Fraction(1, 10)]]
    """
    if text is None or text in ("I", "identity"):
        return None
    return read_matrix(text, name, *others)


def read_matrix(text: str, name: str, *others: str) -> list[list[Any]]:
    """Return the rows of a matrix that is written out, or lies in a file."""
    if text.lstrip().startswith("["):
        return _rows(text, name)
    try:
        lines = Path(text).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        raise DomainError(
            f"need {name} as {', '.join(('[[2,1],[1,2]]', *others))} or the name of a file of rows, "
            f"got {domain.shown(text)}"
        ) from None
    return _table([line for line in lines if line.strip()], name)


def _table(lines: list[str], name: str) -> list[list[Any]]:
    """Return the rows of a file: cells between commas, semicolons, tabs or spaces, without names of rows and columns.

    A first line in which no cell is a number holds the names of the columns, as R's write.csv and pandas write it;
    the first cell of a row is its name where the header has an empty first cell, or a cell less than the rows. Between
    semicolons or tabs a comma is a decimal point, as in R's write.csv2.

    Example:
        >>> _table(["4,5;1", "1;2"], "--scale")[0]
        [Fraction(9, 2), Fraction(1, 1)]
    """
    separator = next((each for each in "\t;," if any(each in line for line in lines)), None)
    rows = [[cell.strip() for cell in line.strip(" ").split(separator)] for line in lines]
    rows = [row[:-1] if len(row) > 1 and row[-1] == "" else row for row in rows]
    if separator != ",":
        rows = _with_points(rows, name)
    elif any(re.search(r"\d\s+[\d+-]", cell) for row in rows for cell in row):
        raise DomainError(
            f"need decimals of {name} with a point, or with a comma between semicolons, got {domain.shown(lines[0])}"
        )
    header = rows[0] if rows and len(rows[0] + rows[1:]) > 1 and not any(map(is_number, rows[0])) else None
    quoted = header is not None and any(cell[:1] in ("", '"', "'") for cell in header)
    if header is None or not (quoted or all(any(map(is_number, row)) for row in rows[1:])):
        return [[_entry(cell, name) for cell in row] for row in rows]
    if len(rows) == 1:
        raise DomainError(f"need rows of numbers in the file of {name}, got a header only: {domain.shown(lines[0])}")
    named = len(rows[1]) == len(header) + 1 or header[0].strip("\"'") == ""
    return [[_entry(cell, name) for cell in row[named:]] for row in rows[1:]]


def _with_points(rows: list[list[str]], name: str) -> list[list[str]]:
    """Return the cells with points for decimal commas."""
    comma = next((cell for row in rows for cell in row if _DECIMAL_COMMA.fullmatch(cell)), None)
    if comma is None:
        return rows
    pointed = next((cell for row in rows for cell in row if "." in cell and is_number(cell)), None)
    if pointed is not None:
        both = f"{domain.shown(comma)} and {domain.shown(pointed)}"
        raise DomainError(f"need decimals of {name} with a point or with a comma, got {both}")
    return [[cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in row] for row in rows]


def _rows(text: str, name: str) -> list[list[Any]]:
    inner = re.fullmatch(r"\s*\[(.*)\]\s*", text, re.DOTALL)
    rows = re.findall(r"\[([^\[\]]*)\]", inner[1] if inner else "")
    rest = re.sub(r"\[[^\[\]]*\]", "", inner[1] if inner else text)
    if not rows or rest.strip(" ,\n"):
        raise DomainError(f"need {name} as rows in brackets, such as [[2,1],[1,2]], got {domain.shown(text)}")
    return [[_entry(cell, name) for cell in row.split(",")] for row in rows]


def _entry(text: str, name: str) -> Any:
    """Return a fraction, a symbol, or for text with j a complex number."""
    cell = text.strip()
    if _NAME.fullmatch(cell) and cell.lower() not in ("nan", "inf", "infinity", "j"):
        import sympy

        return sympy.Symbol(cell, real=True)
    try:
        if cell.endswith("j") and cell.isascii() and "_" not in cell:
            return complex(cell.replace(" ", ""))
        return exact(cell, "an entry", "to be real")
    except LimitError:
        raise
    except ValueError:
        raise DomainError(f"need every entry of {name} to be a number or a name, got {domain.shown(cell)}") from None
