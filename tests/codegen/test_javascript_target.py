"""The generated JavaScript agrees with the exact values, and refuses what is no number."""

import json
import subprocess
from collections.abc import Callable
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest

from wishart_moments.codegen import FamilyTable, Table, checkout_root, render
from wishart_moments.codegen.programs import functions
from wishart_moments.codegen.schemes import moment_scheme

Value = Callable[[Table, int, int | Fraction, int | Fraction], Fraction]
UNIT = Fraction(1, 2**53)
SIZES = ((1, 1), (4, 7), (64, 128), (10**6, 10**6), (10**6, 3), (10**15, 10**15), (10**40, 10**41), (0, 5), (-3, 2))

MOMENTS_MAIN = """
const show = (x) => typeof x === "bigint" ? [String(x), "1"] : [String(x.numerator), String(x.denominator)];
const answers = cases.map(([k, m, n]) => [
  show(module.traceMomentExact(k, BigInt(m), BigInt(n))), module.traceMoment(k, Number(m), Number(n)),
]);
"""

ERRORS_MAIN = """
const attempt = (f) => { try { return String(f()); } catch (error) { return `${error.name}: ${error.message}`; } };
const answers = [
  attempt(() => module.traceMoment(11, 1, 1)), attempt(() => module.traceMoment(true, 1, 1)),
  attempt(() => module.traceMoment(2, "1", 1)), attempt(() => module.traceMoment(2, NaN, 1)),
  attempt(() => module.traceMoment(2, 1n, 1)), attempt(() => module.traceMoment(2, 1)),
  attempt(() => module.traceMomentExact(2, 1, 1n)), attempt(() => module.traceMomentExact(-1, 1n, 1n)),
  attempt(() => module.traceMoment3(1, [1])),
];
"""


def _run(node: str, folder: Path, module: Path, code: str, cases: Any = ()) -> Any:
    main = folder / "main.mjs"
    main.write_text(
        f"import * as module from {json.dumps(module.as_uri())};\nconst cases = {json.dumps(cases)};\n{code}\n"
        "console.log(JSON.stringify(answers));\n",
        "utf-8",
    )
    ran = subprocess.run([node, str(main)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def _module(table: Table) -> Path:
    return checkout_root() / "javascript" / f"{table.name}.mjs"


def _assert_equal(table: Table, value: Value, cases: list[list[Any]], answers: list[Any]) -> None:
    for (k, m, n), (ratio, number) in zip(cases, answers, strict=True):
        exact = Fraction(int(m)) if k == 0 else value(table, k, int(m), int(n))
        assert (int(ratio[0]), int(ratio[1])) == (exact.numerator, exact.denominator)
        if k == 0 or min(int(m), int(n)) < 1 or max(int(m), int(n)) >= 2**53 or exact >= 2**1000:
            continue
        roundings = moment_scheme(table.entries[k], table.scale).roundings
        if roundings is not None:
            assert abs(Fraction(number) - exact) <= exact * ((1 + UNIT) ** roundings - 1)


def test_bigints_are_exact_and_numbers_within_the_stated_roundings(
    node: str, tmp_path: Path, moments: Table, value: Value
) -> None:
    cases: list[list[Any]] = [[k, str(m), str(n)] for k in range(moments.max_k + 1) for m, n in SIZES]
    _assert_equal(moments, value, cases, _run(node, tmp_path, _module(moments), MOMENTS_MAIN, cases))


def test_long_tables_hold_integers_beyond_64_bits(
    node: str, tmp_path: Path, long_tables: dict[str, Table], value: Value
) -> None:
    for name, table in long_tables.items():
        if table.kind == "series":
            continue
        module = tmp_path / f"{name}.mjs"
        module.write_text(render(table, "javascript"), "utf-8")
        cases: list[list[Any]] = [[20, str(m), str(n)] for m, n in SIZES]
        _assert_equal(table, value, cases, _run(node, tmp_path, module, MOMENTS_MAIN, cases))


def test_the_variance_series_is_the_truncated_sum(
    node: str, tmp_path: Path, series: Table, tables: dict[str, Table], variance: Callable[..., Fraction]
) -> None:
    cases = [[order, m, n, 1 / 2**14, 1.5, 1.25] for order in range(1, 11) for m, n in ((4, 7), (64, 128))]
    code = "const answers = cases.map((x) => [module.varianceSeries(...x), module.varianceSeriesDerivative(...x)]);"
    for line, answer in zip(cases, _run(node, tmp_path, _module(series), code, cases), strict=True):
        order, m, n = map(int, line[:3])
        for derivative, number in zip((False, True), answer, strict=True):
            exact = variance(tables["trace_moments_real"], order, m, n, *map(Fraction, line[3:]), derivative=derivative)
            assert number == pytest.approx(float(exact), rel=1e-14)


def test_alpha_and_gamma_are_one_by_default(node: str, tmp_path: Path, series: Table) -> None:
    code = "const answers = [module.varianceSeries(3, 4, 7, 0.5), module.varianceSeries(3, 4, 7, 0.5, 1, 1)];"
    first, second = _run(node, tmp_path, _module(series), code)
    assert first == second


def test_what_is_no_number_is_refused_in_one_line(node: str, tmp_path: Path, moments: Table) -> None:
    for answer in _run(node, tmp_path, _module(moments), ERRORS_MAIN):
        assert answer.startswith(("RangeError: need an integer k from 0 to 10, got ", "TypeError: need a "))
        assert "\n" not in answer


FAMILY_MAIN = """
const show = (x) => typeof x === "bigint" ? [String(x), "1"] : [String(x.numerator), String(x.denominator)];
const read = (kind) => (x) => Array.isArray(x) ? x.map(kind) : kind(x);
const names = ["expectedInversePowerSum", "expectedPowerSum", "traceCovariance"];
const named = (end) => names.map((x) => module[x + end]).find(Boolean);
const [f, exact] = ["", "Exact"].map(named);
const answers = cases.map(([parts, ...rest]) => [
  show(exact(parts, ...rest.map(read(BigInt)))), f(parts, ...rest.map(read(Number))),
]);
"""


def _family_value(table: FamilyTable, label: tuple[int, ...], m: int, n: int, p: list[int]) -> Fraction:
    """Σ c x^j b over the terms, over D_k for the inverse: independent of every emitter."""
    x = n - m + table.shift if table.denominators else Fraction(n)
    value = Fraction(0)
    for b, j, c in table.entries[label]:
        value += c * x**j * (Fraction(m) ** b if isinstance(b, int) else prod(p[part - 1] for part in b))
    return value / prod((x - e) ** power for e, power in table.denominators.get(sum(label), {}).items())


def test_products_of_traces_are_exact_as_bigints_and_near_as_numbers(
    node: str,
    tmp_path: Path,
    families: dict[str, FamilyTable],
    covariances: dict[str, FamilyTable],
    further_families: list[FamilyTable],
) -> None:
    for table in (*families.values(), *covariances.values(), *further_families):
        path = tmp_path / f"{table.name}.mjs"
        path.write_text(render(table, "javascript"), "utf-8")
        cases: list[Any] = []
        expected: list[tuple[Fraction, int | None]] = []
        for function in functions(table):
            label = function.key
            assert isinstance(label, tuple)
            for m, n in ((1, 30), (3, 41), (10**20, 10**21)):
                p = [3**j + m for j in range(1, 9)]
                sizes = {"power_sums": [m, n], "scaled_power_sums": [n, p], "inverse_power_sums": [m, n, p]}[table.form]
                texts = [[str(each) for each in size] if isinstance(size, list) else str(size) for size in sizes]
                cases.append([label[::-1], *texts])
                small = max(m, n, *p) < 2**53 and function.scheme.roundings is not None
                bound = function.scheme.roundings if small else None
                expected.append((_family_value(table, label, m, n, p), bound))
        answers = _run(node, tmp_path, path, FAMILY_MAIN, cases)
        for (exact, roundings), (ratio, number) in zip(expected, answers, strict=True):
            assert (int(ratio[0]), int(ratio[1])) == (exact.numerator, exact.denominator)
            bound = Fraction(1, 10**11) if roundings is None else (1 + UNIT) ** roundings - 1
            assert abs(Fraction(number) - exact) <= exact * bound


FAMILY_ERRORS_MAIN = """
const attempt = (f) => { try { return String(f()); } catch (error) { return `${error.name}: ${error.message}`; } };
const f = module.expectedInversePowerSum;
const answers = [
  attempt(() => f([3, 2], 1, 30, [1, 1, 1, 1, 1])), attempt(() => f([1, 1], 3, 6, [1, 1])),
  attempt(() => f([2, 1], 3, 30, [1, 1])), attempt(() => f([1], 3n, 30, [1])), attempt(() => f([1], 3, 30, ["1"])),
];
"""


def test_products_of_traces_say_what_they_refuse(node: str, tmp_path: Path, families: dict[str, FamilyTable]) -> None:
    path = checkout_root() / "javascript" / "inverse_power_sums_real.mjs"
    assert families["inverse_power_sums_real"].name == path.stem
    assert _run(node, tmp_path, path, FAMILY_ERRORS_MAIN) == [
        "RangeError: need parts, such as [2, 1], with a sum from 1 to 4, got [3,2]",
        "RangeError: need n - m + 1 > 4 for finite inverse moments of degree 2, got m = 3, n = 6",
        "RangeError: need the power sums p_1, ..., p_3, got 2",
        "TypeError: need a Number m, got 3 of type bigint",
        "TypeError: need a Number p_1, got 1 of type string",
    ]
