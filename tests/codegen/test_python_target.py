"""The generated Python is exact on integers and fractions, and elementwise on arrays and tensors."""

import doctest
import runpy
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import wishart_generated
from wishart_generated import trace_moments_complex, trace_moments_quaternion, trace_moments_real
from wishart_generated import variance_series as generated_series
from wishart_moments.codegen import Table, render
from wishart_moments.codegen.schemes import moment_scheme

Value = Callable[[Table, int, int | Fraction, int | Fraction], Fraction]
UNIT = Fraction(1, 2**53)


@pytest.fixture
def module(moments: Table) -> ModuleType:
    """The generated module of a table."""
    return getattr(wishart_generated, moments.name)


@pytest.mark.parametrize("name", wishart_generated.__all__)
def test_the_examples_of_every_function_are_true(name: str) -> None:
    failed, tried = doctest.testmod(getattr(wishart_generated, name))
    assert (failed, tried > 0) == (0, True)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 7), (10**6, 3), (10**6, 10**6), (10**30, 10**31), (0, 5), (-3, 2)])
def test_integers_give_the_exact_value(moments: Table, module: ModuleType, value: Value, m: int, n: int) -> None:
    for k in moments.entries:
        result = module.trace_moment(k, m, n)
        assert result == value(moments, k, m, n)
        assert type(result) is (Fraction if moments.beta == 4 else int)
        assert getattr(module, f"trace_moment_{k}")(m, n) == result


def test_fractions_give_the_exact_value(moments: Table, module: ModuleType, value: Value) -> None:
    m, n = Fraction(7, 3), Fraction(-5, 11)
    assert all(module.trace_moment(k, m, n) == value(moments, k, m, n) for k in moments.entries)


def test_order_zero_is_m(module: ModuleType) -> None:
    assert module.trace_moment(0, 4, 7) == 4
    assert module.trace_moment(0, np.array([4, 5]), 7).tolist() == [4, 5]


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint64, np.int32])
def test_integer_arrays_do_not_wrap(moments: Table, module: ModuleType, value: Value, dtype: type) -> None:
    sizes = [1, 100, 127] if dtype is np.int8 else [1, 1000, 2**31 - 1]
    array = np.array(sizes, dtype=dtype)
    for k in moments.entries:
        result = module.trace_moment(k, array[:, None], array)
        assert result.shape == (3, 3)
        assert result.tolist() == [[value(moments, k, m, n) for n in sizes] for m in sizes]


def test_integer_scalars_of_numpy_do_not_wrap(moments: Table, module: ModuleType, value: Value) -> None:
    size = 3_000_000
    for m, n in ((np.int64(size), np.int32(size)), (np.int64(size), size), (np.array(size), size)):
        assert module.trace_moment(10, m, n) == value(moments, 10, size, size)


def test_arrays_of_fractions_stay_exact(moments: Table, module: ModuleType, value: Value) -> None:
    array = np.array([Fraction(1, 2), Fraction(3)], dtype=object)
    result = module.trace_moment(5, array, 3)
    assert result.tolist() == [value(moments, 5, Fraction(1, 2), 3), value(moments, 5, 3, 3)]


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 2), (4, 7), (64, 128), (1000, 999), (10**6, 10**6 - 1)])
def test_floats_are_within_the_stated_roundings(
    moments: Table, module: ModuleType, value: Value, m: int, n: int
) -> None:
    for k, terms in moments.entries.items():
        roundings = moment_scheme(terms, moments.scale).roundings
        assert roundings is not None
        assert roundings <= 50
        exact = value(moments, k, m, n)
        scalar = module.trace_moment(k, float(m), n)
        assert type(scalar) is float
        array = module.trace_moment(k, np.array([m], dtype=float), np.array([n]))
        tensor = module.trace_moment(k, torch.tensor([m]), torch.tensor([n]))
        assert array.dtype == np.float64
        assert tensor.dtype == torch.float64
        for result in (scalar, float(array[0]), float(tensor[0])):
            assert abs(Fraction(result) - exact) <= exact * ((1 + UNIT) ** roundings - 1)


def test_an_integer_array_next_to_floats_becomes_floats(module: ModuleType) -> None:
    result = module.trace_moment(3, np.array([4, 5]), np.array([7.0, 8.0]))
    assert result.dtype == np.float64
    assert module.trace_moment(3, np.array([4]), 7.0).dtype == np.float64
    assert module.trace_moment(3, np.array([4.0]), Fraction(7)).dtype == np.float64


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_float_tensors_keep_their_type(module: ModuleType, moments: Table, value: Value, dtype: torch.dtype) -> None:
    result = module.trace_moment(4, torch.tensor([4.0, 5.0], dtype=dtype), Fraction(7))
    assert result.dtype == dtype
    assert result.tolist() == [float(value(moments, 4, 4, 7)), float(value(moments, 4, 5, 7))]


def test_tensors_carry_exact_gradients(moments: Table, module: ModuleType) -> None:
    m = torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
    module.trace_moment(6, m, 7).backward()
    exact = sum(c * i * Fraction(4) ** (i - 1) * Fraction(7) ** j for i, j, c in moments.entries[6])
    assert m.grad is not None
    assert float(m.grad) == pytest.approx(float(exact), rel=1e-14)


NONSENSE: list[Any] = [
    True, None, "4", 4j, float("nan"), float("inf"), [4], np.array([True]), np.array([1j]), np.array(["a"]),
    np.array([4, True], dtype=object), np.array([4.5], dtype=object), np.bool_(True), torch.tensor([True]),
    torch.tensor([1j]), object(),
]  # fmt: skip


@pytest.mark.parametrize("bad", NONSENSE, ids=lambda bad: f"{type(bad).__name__} {bad}".split(" at 0x")[0][:30])
def test_nonsense_is_refused_in_one_line(bad: Any, module: ModuleType) -> None:
    for arguments in ((bad, 7), (7, bad)):
        for function in (module.trace_moment_3, lambda m, n: module.trace_moment(3, m, n)):
            with pytest.raises(ValueError, match=r"^need ") as caught:
                function(*arguments)
            assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match=r"^need "):
        generated_series.variance_series(3, 4, 7, bad)


@pytest.mark.parametrize("k", [-1, 11, True, 2.0, "3", None, np.array([1, 2])])
def test_an_order_that_is_none_is_refused(k: Any, module: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"^need an integer k from 0 to 10, got"):
        module.trace_moment(k, 4, 7)


def test_arrays_and_tensors_do_not_mix(module: ModuleType) -> None:
    with pytest.raises(ValueError, match="got both"):
        module.trace_moment(3, np.array([4]), torch.tensor([7]))
    with pytest.raises(ValueError, match="range of floats"):
        module.trace_moment(3, 10**400, 1.5)


@settings(deadline=None)
@given(
    st.integers(1, 10), st.integers(1, 50), st.integers(1, 50),
    st.fractions(0, 3, max_denominator=50), st.fractions("1/10", 3, max_denominator=50),
    st.fractions(-3, 3, max_denominator=9),
)  # fmt: skip
def test_variance_series_is_the_truncated_sum(
    variance: Callable[..., Fraction], tables: dict[str, Table],
    order: int, m: int, n: int, sigma2: Fraction, alpha: Fraction, gamma: Fraction,
) -> None:  # fmt: skip
    table = tables["trace_moments_real"]
    value = generated_series.variance_series(order, m, n, sigma2, alpha, gamma)
    slope = generated_series.variance_series_derivative(order, m, n, sigma2, alpha, gamma)
    assert (type(value), type(slope)) == (Fraction, Fraction)
    assert value == variance(table, order, m, n, sigma2, alpha, gamma, derivative=False)
    assert slope == variance(table, order, m, n, sigma2, alpha, gamma, derivative=True)


def test_variance_series_of_order_one_is_fan_in_times_the_variance_of_a_weight() -> None:
    assert generated_series.variance_series(1, 4, 7, Fraction(2, 3), 5, 3) == Fraction(9 * 7 * 2, 3 * 5)
    assert generated_series.variance_series_derivative(1, 4, 7, Fraction(2, 3), 5, 3) == Fraction(9 * 7, 5)


@pytest.mark.parametrize("order", [1, 2, 10])
def test_variance_series_broadcasts(order: int) -> None:
    m, n, sigma2 = np.arange(1.0, 4)[:, None, None], np.arange(1, 3)[:, None], np.linspace(0.0, 0.01, 5)
    for function in (generated_series.variance_series, generated_series.variance_series_derivative):
        result = function(order, m, n, sigma2)
        assert result.shape == (3, 2, 5)
        assert result[2, 1, 3] == pytest.approx(float(function(order, 3, 2, Fraction(float(sigma2[3])))), rel=1e-14)


def test_variance_series_of_integer_arrays_is_exact() -> None:
    result = generated_series.variance_series(3, np.array([4, 5]), 7, np.array([1, 2]), 3)
    assert result.tolist() == [
        generated_series.variance_series(3, 4, 7, 1, 3),
        generated_series.variance_series(3, 5, 7, 2, 3),
    ]


@pytest.mark.parametrize("order", range(1, 11))
def test_autograd_gives_the_derivative_function(order: int) -> None:
    sigma2 = torch.tensor([0.001, 0.002], dtype=torch.float64, requires_grad=True)
    generated_series.variance_series(order, 10, 12, sigma2, 1.5, 0.7).sum().backward()
    slope = generated_series.variance_series_derivative(order, 10, 12, sigma2.detach(), 1.5, 0.7)
    assert sigma2.grad is not None
    torch.testing.assert_close(sigma2.grad, slope, rtol=1e-13, atol=0)


@pytest.mark.parametrize(("sigma2", "alpha"), [(-1, 1), (1, 0), (1, -2), (-0.5, 1.0), (1.0, 0.0)])
def test_a_negative_variance_or_no_regularisation_is_refused(sigma2: float, alpha: float) -> None:
    for function in (generated_series.variance_series, generated_series.variance_series_derivative):
        with pytest.raises(ValueError, match=r"^need (sigma2|alpha) >=? 0, got"):
            function(3, 4, 7, sigma2, alpha)


def test_modules_say_what_they_cost() -> None:
    assert "30 multiplications and 30 additions" in (trace_moments_real.trace_moment_10.__doc__ or "")
    assert "17 multiplications and 15 additions" in (trace_moments_complex.trace_moment_10.__doc__ or "")
    assert "at most 38 roundings" in (trace_moments_quaternion.trace_moment_10.__doc__ or "")


def test_a_rendered_module_stands_alone_and_holds_integers_beyond_64_bits(
    long_tables: dict[str, Table], tmp_path: Path, value: Value, variance: Callable[..., Fraction]
) -> None:
    for name, table in long_tables.items():
        path = tmp_path / f"{name}.py"
        path.write_text(render(table, "python"), "utf-8")
        module = runpy.run_path(str(path))
        if table.kind == "series":
            exact = variance(long_tables["trace_moments_real"], 20, 4, 7, *map(Fraction, (2, 3, 5)), derivative=False)
            assert module["variance_series"](20, 4, 7, 2, 3, 5) == exact
            tensor = module["variance_series"](20, torch.tensor([4]), 7, 2, 3, 5)
            assert float(tensor[0]) == pytest.approx(float(exact), rel=1e-10)
            continue
        exact = value(table, 20, 4, 7)
        assert module["trace_moment"](20, 4, 7) == exact
        assert float(module["trace_moment"](20, 4.0, 7)) == pytest.approx(float(exact), rel=1e-12)
        assert module["trace_moment"](20, np.array([4]), np.array([7])).tolist() == [exact]
        assert float(module["trace_moment"](20, torch.tensor([4]), 7)[0]) == pytest.approx(float(exact), rel=1e-12)
