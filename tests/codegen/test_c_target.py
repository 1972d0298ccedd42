"""The generated C compiles without a warning, agrees with the exact values, and reports every overflow."""

import subprocess
from collections.abc import Callable
from fractions import Fraction
from math import isnan, prod
from pathlib import Path

import pytest

from wishart_moments.codegen import FamilyTable, Table, checkout_root, render
from wishart_moments.codegen.programs import functions
from wishart_moments.codegen.schemes import moment_scheme

Value = Callable[[Table, int, int | Fraction, int | Fraction], Fraction]
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wmissing-prototypes", "-Wconversion")
UNIT = Fraction(1, 2**53)
LIMIT = 2**64 - 1
SIZES = (
    (1, 1), (1, 2), (2, 1), (4, 7), (7, 4), (64, 128), (1000, 999), (10**6, 10**6), (3, 10**6), (10**9, 10**9),
    (1, 2**32), (2**32, 2**32 - 1), (2**32, 2**32), (1, LIMIT), (LIMIT, 1), (LIMIT, LIMIT), (0, 5), (5, 0), (0, LIMIT),
)  # fmt: skip

MOMENTS_MAIN = """
#include <inttypes.h>
#include <stdio.h>

int main(void)
{{
    int k;
    uint64_t m, n;
    while (scanf("%d %" SCNu64 " %" SCNu64, &k, &m, &n) == 3) {{
        uint64_t numerator = 7, denominator = 1;
        const int status = {name}_exact(k, m, n, {outputs});
        const double value = {name}(k, (double)m, (double)n);
        printf("%d %" PRIu64 " %" PRIu64 " %a\\n", status, numerator, denominator, value);
    }}
    return 0;
}}
"""

SERIES_MAIN = """
#include <stdio.h>

int main(void)
{
    int order;
    double m, n, sigma2, alpha, gamma;
    while (scanf("%d %lf %lf %lf %lf %lf", &order, &m, &n, &sigma2, &alpha, &gamma) == 6) {
        printf("%a %a\\n", wishart_variance_series(order, m, n, sigma2, alpha, gamma),
               wishart_variance_series_derivative(order, m, n, sigma2, alpha, gamma));
    }
    return 0;
}
"""


def _run(gcc: str, folder: Path, sources: list[Path], lines: list[str]) -> list[list[str]]:
    program = folder / "program"
    command = [gcc, *WARNINGS, "-O2", f"-I{checkout_root() / 'c'}", *map(str, sources), "-o", str(program)]
    compiled = subprocess.run(command, capture_output=True, text=True, check=False)
    assert compiled.returncode == 0, compiled.stderr
    ran = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True, check=True)
    return [line.split() for line in ran.stdout.splitlines()]


def _moments_main(folder: Path, table: Table, include: str) -> Path:
    outputs = "&numerator" if table.scale == 1 else "&numerator, &denominator"
    path = folder / "main.c"
    path.write_text(include + MOMENTS_MAIN.format(name=f"wishart_{table.name}", outputs=outputs), "utf-8")
    return path


def _assert_exact(table: Table, value: Value, cases: list[tuple[int, int, int]], answers: list[list[str]]) -> None:
    assert len(answers) == len(cases)
    for (k, m, n), (status, numerator, denominator, double) in zip(cases, answers, strict=True):
        exact = Fraction(m) if k == 0 else value(table, k, m, n)
        whole = exact * int(denominator)
        assert int(denominator) == table.scale ** max(k - 1, 0)
        assert (int(status), int(numerator)) == ((0, whole) if whole <= LIMIT else (1, 0)), (k, m, n)
        if k and m and n and float(m) == m and float(n) == n:
            roundings = moment_scheme(table.entries[k], table.scale).roundings
            assert roundings is not None
            if exact < 2**1000:
                assert abs(Fraction(float.fromhex(double)) - exact) <= exact * ((1 + UNIT) ** roundings - 1)


def test_moments_are_exact_or_overflow(gcc: str, tmp_path: Path, moments: Table, value: Value) -> None:
    source = checkout_root() / "c" / f"wishart_{moments.name}.c"
    cases = [(k, m, n) for k in range(moments.max_k + 1) for m, n in SIZES]
    main = _moments_main(tmp_path, moments, f'#include "wishart_{moments.name}.h"\n')
    answers = _run(gcc, tmp_path, [main, source], [f"{k} {m} {n}" for k, m, n in cases])
    _assert_exact(moments, value, cases, answers)


def test_overflow_starts_at_the_first_size_whose_moment_does_not_fit(
    gcc: str, tmp_path: Path, moments: Table, value: Value
) -> None:
    cases: list[tuple[int, int, int]] = []
    for k in moments.entries:
        # Square, one column, three columns; every m fits in a single column at k = 1.
        for n in (None, 1, 3) if k > 1 else (None, 3):
            low, high = 1, LIMIT
            while high - low > 1:
                middle = (low + high) // 2
                fits = value(moments, k, middle, n or middle) * moments.scale ** (k - 1) <= LIMIT
                low, high = (middle, high) if fits else (low, middle)
            cases += [(k, low, n or low), (k, high, n or high)]
    source = checkout_root() / "c" / f"wishart_{moments.name}.c"
    main = _moments_main(tmp_path, moments, f'#include "wishart_{moments.name}.h"\n')
    answers = _run(gcc, tmp_path, [main, source], [f"{k} {m} {n}" for k, m, n in cases])
    _assert_exact(moments, value, cases, answers)
    assert [answer[0] for answer in answers] == ["0", "1"] * (len(answers) // 2)


def test_orders_out_of_range_are_reported(gcc: str, tmp_path: Path, moments: Table) -> None:
    source = checkout_root() / "c" / f"wishart_{moments.name}.c"
    main = _moments_main(tmp_path, moments, f'#include "wishart_{moments.name}.h"\n')
    for status, numerator, _, double in _run(gcc, tmp_path, [main, source], ["-1 2 3", "11 2 3", "2147483647 0 3"]):
        assert (status, numerator, double.lstrip("-")) == ("2", "0", "nan")


def test_long_tables_stand_alone_and_say_when_a_coefficient_does_not_fit(
    gcc: str, tmp_path: Path, long_tables: dict[str, Table], value: Value
) -> None:
    for name, table in long_tables.items():
        if table.kind == "series":
            continue
        main = _moments_main(tmp_path, table, render(table, "c"))
        last = 15 if table.beta == 4 else 20  # beyond, coefficients have both signs
        cases = [(k, m, n) for k in range(last + 1) for m, n in SIZES[:12]]
        answers = _run(gcc, tmp_path, [main], [f"{k} {m} {n}" for k, m, n in cases])
        _assert_exact(table, value, cases, answers)
        assert name == "trace_moments_quaternion" or answers[-1][0] == "1"


def test_the_variance_series_is_the_truncated_sum(
    gcc: str, tmp_path: Path, tables: dict[str, Table], variance: Callable[..., Fraction]
) -> None:
    main = tmp_path / "main.c"
    main.write_text('#include "wishart_variance_series.h"\n' + SERIES_MAIN, "utf-8")
    source = checkout_root() / "c" / "wishart_variance_series.c"
    # Binary fractions, so that C reads what is meant; small sigma2, so that the alternating sum cancels little.
    arguments = [
        (order, m, n, Fraction(1, 2**14), Fraction(3, 2), Fraction(5, 4))
        for order in range(1, 11)
        for m, n in ((4, 7), (64, 128))
    ]
    lines = [" ".join(str(float(x)) if isinstance(x, Fraction) else str(x) for x in line) for line in arguments]
    for line, answer in zip(arguments, _run(gcc, tmp_path, [main, source], lines), strict=True):
        for derivative, text in zip((False, True), answer, strict=True):
            exact = variance(tables["trace_moments_real"], *line, derivative=derivative)
            assert float.fromhex(text) == pytest.approx(float(exact), rel=1e-14)


def test_an_order_of_the_series_out_of_range_is_not_a_number(gcc: str, tmp_path: Path, series: Table) -> None:
    main = tmp_path / "main.c"
    main.write_text(render(series, "c") + SERIES_MAIN, "utf-8")
    for answer in _run(gcc, tmp_path, [main], ["0 1 1 1 1 1", "11 1 1 1 1 1", "-5 1 1 1 1 1"]):
        assert [word.lstrip("-") for word in answer] == ["nan", "nan"]


FAMILY_MAIN = """
#include <stdio.h>

int main(void)
{{
    int count, parts[20];
    double m, n, p[8];
    while (scanf("%d", &count) == 1) {{
        for (int i = 0; i < count; i++) {{
            if (scanf("%d", &parts[i]) != 1) return 1;
        }}
        if (scanf("%lf %lf", &m, &n) != 2) return 1;
        for (int i = 0; i < 8; i++) {{
            if (scanf("%lf", &p[i]) != 1) return 1;
        }}
        printf("%a\\n", wishart_{name}(parts, count, {arguments}));
    }}
    return 0;
}}
"""
FAMILY_ARGUMENTS = {"power_sums": "m, n", "scaled_power_sums": "n, p", "inverse_power_sums": "m, n, p"}
SUMS = [Fraction(2 * j + 1, 2**j) for j in range(1, 9)]


def _family_value(table: FamilyTable, label: tuple[int, ...], m: int, n: int) -> Fraction:
    """Σ c x^j b over the terms, over D_k for the inverse: independent of every emitter."""
    x = n - m + table.shift if table.denominators else Fraction(n)
    value = Fraction(0)
    for b, j, c in table.entries[label]:
        value += c * x**j * (Fraction(m) ** b if isinstance(b, int) else prod(SUMS[part - 1] for part in b))
    return value / prod((x - e) ** power for e, power in table.denominators.get(sum(label), {}).items())


def _family_line(parts: tuple[int, ...], m: int, n: int) -> str:
    return " ".join(map(str, (len(parts), *parts, m, n, *map(float, SUMS))))


def test_products_of_traces_keep_the_stated_error(
    gcc: str,
    tmp_path: Path,
    families: dict[str, FamilyTable],
    covariances: dict[str, FamilyTable],
    further_families: list[FamilyTable],
) -> None:
    for table in (*families.values(), *covariances.values(), *further_families):
        main = tmp_path / "main.c"
        code = FAMILY_MAIN.format(name=table.name, arguments=FAMILY_ARGUMENTS[table.form])
        main.write_text(render(table, "c") + code, "utf-8")
        sizes = ((1, 30), (3, 41), (64, 128))
        chosen = [each for each in functions(table) if isinstance(each.key, tuple)]
        cases = [(each, m, n) for each in chosen for m, n in sizes]
        answers = _run(gcc, tmp_path, [main], [_family_line(tuple(each.key)[::-1], m, n) for each, m, n in cases])
        for (each, m, n), (text,) in zip(cases, answers, strict=True):
            exact, roundings = _family_value(table, tuple(each.key), m, n), each.scheme.roundings
            bound = Fraction(1, 10**11) if roundings is None else (1 + UNIT) ** roundings - 1
            assert abs(Fraction(float.fromhex(text)) - exact) <= exact * bound


def test_products_of_traces_that_there_are_not_give_nan(
    gcc: str, tmp_path: Path, families: dict[str, FamilyTable], covariances: dict[str, FamilyTable]
) -> None:
    cases = [((3, 2), 1, 30), ((0,), 1, 30), ((-1, 2), 1, 30), ((), 1, 30), ((1,) * 7, 1, 30), ((1, 1), 3, 6)]
    _assert_nan(gcc, tmp_path, families["inverse_power_sums_real"], cases)
    _assert_nan(
        gcc, tmp_path, covariances["inverse_trace_covariances_real"], [((1,), 1, 30), ((2, 1, 1), 1, 30), *cases]
    )


def _assert_nan(gcc: str, tmp_path: Path, table: FamilyTable, cases: list[tuple[tuple[int, ...], int, int]]) -> None:
    main = tmp_path / "main.c"
    code = FAMILY_MAIN.format(name=table.name, arguments=FAMILY_ARGUMENTS[table.form])
    main.write_text(f'#include "wishart_{table.name}.h"\n{code}', "utf-8")
    source = checkout_root() / "c" / f"wishart_{table.name}.c"
    answers = _run(gcc, tmp_path, [main, source], [_family_line(*case) for case in cases])
    assert all(isnan(float(text)) for (text,) in answers)
