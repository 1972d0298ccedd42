"""The generated JavaScript agrees with the exact values, and refuses what is no number."""

import json
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from wishart_moments.codegen import Table, checkout_root, render
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
