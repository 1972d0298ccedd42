"""R, Octave and the Wolfram Language, run: exact where the language is, doubles within the stated error elsewhere."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest

from wishart_moments.codegen import AnyTable, FamilyTable, Table, checkout_root, moments_table, render
from wishart_moments.codegen.programs import functions
from wishart_moments.moments.recurrence import TraceMomentTable

UNIT = Fraction(1, 2**53)
SIZES = ((1, 1), (4, 7), (7, 4), (64, 128), (1000, 999))
HUGE = (10**20 + 7, 10**21 + 3)
SUMS = [Fraction(2 * j + 1, 2**j) for j in range(1, 9)]  # binary fractions: the doubles are exact

Case = tuple[Any, Fraction, int | None]
"""The arguments in the order of the languages, the value, and the roundings that are stated for doubles."""


def _value(table: AnyTable, key: Any, m: Any, n: Any, p: list[Fraction]) -> Fraction:
    """Σ c x^j b over the terms, over D_k for the inverse: independent of every emitter."""
    inverse = isinstance(table, FamilyTable) and table.denominators
    x = Fraction(n) - m + table.shift if isinstance(table, FamilyTable) and table.denominators else Fraction(n)
    value = Fraction(0)
    for b, j, c in table.entries[key]:
        value += c * x**j * (Fraction(m) ** b if isinstance(b, int) else prod(p[part - 1] for part in b))
    return value / prod((x - e) ** power for e, power in table.denominators[sum(key)].items()) if inverse else value


def _cases(table: AnyTable, sizes: Any = SIZES) -> Iterator[Case]:
    for function in functions(table):
        key: Any = function.key
        degree = sum(key) if isinstance(key, tuple) else key
        for m, n in sizes:
            n = n if table.form != "inverse_power_sums" else m + 2 * degree + n
            arguments = {
                "moments": (key, m, n),
                "power_sums": (key, m, n),
                "scaled_power_sums": (key, n, SUMS),
                "inverse_power_sums": (key, m, n, SUMS),
            }[table.form]
            yield arguments, _value(table, key, m, n, SUMS), function.scheme.roundings


def _assert_close(cases: list[Case], found: list[str]) -> None:
    """The doubles are within the roundings that are stated; where none are, within 10^-11."""
    assert len(found) == len(cases)
    for (arguments, exact, roundings), text in zip(cases, found, strict=True):
        bound = Fraction(1, 10**11) if roundings is None else (1 + UNIT) ** roundings - 1
        assert abs(Fraction(float(text)) - exact) <= abs(exact) * bound, arguments


class Language:
    """A program that runs scripts, and how it writes arguments."""

    suffix: str
    folder: str
    command: tuple[str, ...]

    def __init__(self, folder: Path) -> None:
        self.program, self.scripts = shutil.which(self.command[0]), folder
        if self.program is None:
            pytest.skip(f"{self.command[0]} is not installed, so the generated code for it is not run")

    def number(self, value: int | Fraction) -> str:
        return str(value)

    def written(self, argument: Any) -> str:
        if isinstance(argument, tuple):
            return self.items([str(part) for part in argument])
        return self.items(list(map(self.number, argument))) if isinstance(argument, list) else self.number(argument)

    def items(self, items: list[str]) -> str:
        raise NotImplementedError

    def call(self, table: AnyTable, arguments: Any) -> str:
        raise NotImplementedError

    def run(self, lines: list[str]) -> list[str]:
        path = self.scripts / f"script.{self.suffix}"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        ran = subprocess.run(
            [str(self.program), *self.command[1:], str(path)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
        return ran.stdout.split("\n")[:-1]

    def source(self, table: AnyTable) -> Path:
        (found,) = (path for path in (checkout_root() / self.folder).iterdir() if self.name(table) == path.stem)
        return found

    def name(self, table: AnyTable) -> str:
        return f"wishart_{table.name}"


class R(Language):
    suffix, folder, command = "R", "r", ("Rscript",)

    def items(self, items: list[str]) -> str:
        return f"c({', '.join(items)})"

    def call(self, table: AnyTable, arguments: Any) -> str:
        return f"wishart_{table.name}({', '.join(map(self.written, arguments))})"


class Octave(R):
    suffix, folder, command = "m", "octave", ("octave-cli", "--no-init-file", "--quiet")

    def items(self, items: list[str]) -> str:
        return f"[{', '.join(items)}]"


class Wolfram(Language):
    suffix, folder, command = "wl", "wolfram", ("mathics", "--quiet", "-f")

    def items(self, items: list[str]) -> str:
        return "{" + ", ".join(items) + "}"

    def name(self, table: AnyTable) -> str:
        return table.name

    def call(self, table: AnyTable, arguments: Any) -> str:
        name = "Wishart" + "".join(part.capitalize() for part in table.name.split("_"))
        return f"{name}[{', '.join(map(self.written, arguments))}]"


@pytest.fixture
def r(tmp_path: Path) -> R:
    return R(tmp_path)


@pytest.fixture
def octave(tmp_path: Path) -> Octave:
    return Octave(tmp_path)


@pytest.fixture
def wolfram(tmp_path: Path) -> Wolfram:
    return Wolfram(tmp_path)


def _without_series(every_table: dict[str, AnyTable]) -> list[AnyTable]:
    return [table for table in every_table.values() if table.kind != "series"]


def test_doubles_of_r_keep_the_stated_error(r: R, every_table: dict[str, AnyTable]) -> None:
    cases: list[Case] = []
    lines: list[str] = []
    for table in _without_series(every_table):
        lines.append(f'source("{r.source(table)}")')
        for case in _cases(table):
            cases.append(case)
            lines.append(f'cat(sprintf("%.17g\\n", {r.call(table, case[0])}))')
    _assert_close(cases, r.run(lines))


@pytest.mark.slow
def test_r_is_exact_with_gmp(r: R, every_table: dict[str, AnyTable], long_tables: dict[str, Table]) -> None:
    if r.run(['cat(requireNamespace("gmp", quietly = TRUE), "\\n")']) != ["TRUE "]:
        pytest.skip("R's package gmp is not installed, so exact values are not computed in R")
    r.number = lambda value: f'gmp::as.bigq("{value}")'  # type: ignore[method-assign]
    r.items = lambda items: f"c({', '.join(items)})"  # type: ignore[method-assign]
    expected: list[Fraction] = []
    lines: list[str] = []
    long = [table for table in long_tables.values() if table.kind == "moments"]
    for table in (*_without_series(every_table), *long):
        path = r.scripts / f"{table.name}.R"
        path.write_text(render(table, "r"), "utf-8")
        lines.append(f'source("{path}")')
        for arguments, exact, _ in _cases(table, [HUGE, (4, Fraction(15, 2))]):
            key, *others = arguments
            key = f"c({', '.join(map(str, key))})" if isinstance(key, tuple) else str(key)
            call = f"wishart_{table.name}({', '.join([key, *map(r.written, others)])})"
            lines.append(f'cat(as.character({call}), "\\n")')
            expected.append(exact)
    assert [Fraction(line.strip()) for line in r.run(lines)] == expected


def test_doubles_of_octave_keep_the_stated_error(octave: Octave, every_table: dict[str, AnyTable]) -> None:
    cases: list[Case] = []
    lines = [f"addpath('{checkout_root() / 'octave'}');"]
    for table in _without_series(every_table):
        for case in _cases(table):
            cases.append(case)
            lines.append(f"printf('%.17g\\n', {octave.call(table, case[0])});")
    _assert_close(cases, octave.run(lines))


def test_octave_is_elementwise(octave: Octave) -> None:
    lines = [
        f"addpath('{checkout_root() / 'octave'}');",
        "printf('%d\\n', wishart_trace_moments_real(2, int32([1, 2; 3, 4]), 5));",
        "printf('%d\\n', wishart_scaled_power_sums_real(2, [1, 2], {3, [5, 7]}));",
    ]
    moments = [m * 5 * (m + 6) for m in (1, 3, 2, 4)]  # columns first
    scaled = [n * (n + 1) * p + n * 9 for n, p in ((1, 5), (2, 7))]
    assert octave.run(lines) == list(map(str, moments + scaled))


@pytest.mark.slow
def test_the_wolfram_language_is_exact(wolfram: Wolfram, every_table: dict[str, AnyTable]) -> None:
    expected: list[Fraction] = []
    lines: list[str] = []
    for table in _without_series(every_table):
        lines.append(f'Get["{wolfram.source(table)}"];')
        for arguments, exact, _ in list(_cases(table, [HUGE]))[-8:]:
            lines.append(f"Print[InputForm[{wolfram.call(table, arguments)}]];")
            expected.append(exact)
    assert [Fraction(line) for line in wolfram.run(lines)] == expected


SERIES = ((1, 4, 7), (3, 4, 7), (10, 4, 7), (6, 64, 128))
"""(order, m, n), to be taken at sigma2 = 2^-14, alpha = 3/2, gamma = 5/4: the alternating sum cancels little."""
REST = (Fraction(1, 2**14), Fraction(3, 2), Fraction(5, 4))


def _series_values(tables: dict[str, Table], variance: Callable[..., Fraction]) -> list[Fraction]:
    return [
        variance(tables["trace_moments_real"], *case, *REST, derivative=derivative)
        for case in SERIES
        for derivative in (False, True)
    ]


@pytest.mark.slow
def test_the_variance_series_in_every_language(
    tmp_path: Path, tables: dict[str, Table], series: Table, variance: Callable[..., Fraction]
) -> None:
    exact = _series_values(tables, variance)
    ran = 0
    for kind in (R, Octave, Wolfram):
        if shutil.which(kind.command[0]) is None:
            continue
        language, ran = kind(tmp_path), ran + 1
        lines = [f"addpath('{checkout_root() / 'octave'}');"] if kind is Octave else []
        lines += [f'source("{language.source(series)}")'] * (kind is R)
        lines += [f'Get["{language.source(series)}"];'] * (kind is Wolfram)
        for case in SERIES:
            arguments = ", ".join(map(str, (*case, *REST)))
            if kind is Octave:
                lines.append(f"[v, d] = wishart_variance_series({arguments}); printf('%.17g\\n', v, d);")
            elif kind is R:
                for derivative in ("FALSE", "TRUE"):
                    lines.append(f'cat(sprintf("%.17g\\n", wishart_variance_series({arguments}, {derivative})))')
            else:
                lines += [f"Print[InputForm[WishartVarianceSeries{end}[{arguments}]]];" for end in ("", "Derivative")]
        found = language.run(lines)
        if kind is Wolfram:
            assert list(map(Fraction, found)) == exact
        else:
            assert [float(text) for text in found] == pytest.approx(list(map(float, exact)), rel=1e-13)
    if not ran:
        pytest.skip("none of Rscript, octave-cli, mathics is installed, so the generated code is not run")


REFUSED = {
    "orders": ("trace_moments_real", (11, 4, 7), "need an integer k from 0 to 10"),
    "parts": ("power_sums_real", ((7,), 4, 7), "need parts, such as"),
    "existence": ("inverse_power_sums_real", ((1, 1), 3, 6, SUMS), "need n - m \\+ 1 > 4 for finite inverse moments"),
    "pairs": ("scaled_trace_covariances_real", ((2, 1, 1), 7, SUMS), "need two parts, such as"),
    "existence of a variance": (
        "inverse_trace_covariances_real",
        ((1, 1), 3, 6, SUMS),
        "need n - m \\+ 1 > 4 for finite",
    ),
    "power sums": (
        "scaled_power_sums_real",
        ((3,), 6, SUMS[:2]),
        "need (the power sums p|p up to the sum)",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_in_one_line(r: R, octave: Octave, every_table: dict[str, AnyTable], what: str) -> None:
    name, arguments, message = REFUSED[what]
    table = every_table[name]
    said = r.run(
        [
            f'source("{r.source(table)}")',
            f"cat(tryCatch({r.call(table, arguments)}, error = conditionMessage), '\\n')",
        ]
    )
    assert re.match(message, said[0])
    assert len(said) == 1
    said = octave.run(
        [
            f"addpath('{checkout_root() / 'octave'}');",
            f"try; {octave.call(table, arguments)}; catch e; disp(e.message); end",
        ]
    )
    assert re.match(message, said[0])
    assert len(said) == 1


@pytest.mark.slow
def test_wolfram_fails_where_moments_are_infinite(wolfram: Wolfram, every_table: dict[str, AnyTable]) -> None:
    table = every_table["inverse_power_sums_real"]
    lines = [f'Get["{wolfram.source(table)}"];', f"Print[{wolfram.call(table, ((1, 1), 3, 6, SUMS))}];"]
    assert wolfram.run(lines)[-1] == "$Failed"


def test_coefficients_of_any_length_are_written(tmp_path: Path) -> None:
    table = moments_table(Fraction(1), dict(TraceMomentTable(25, 1)), {})
    (tmp_path / "long.R").write_text(render(table, "r"), "utf-8")
    assert 'constant("' in render(table, "r")
    assert not re.search(r"(?<!\")\b\d{17,}\b(?!\")", re.sub(r"(?m)^ *#.*$", "", render(table, "r")))
