"""Generated functions of the families: exact, elementwise, with the stated roundings; what is infinite is refused."""

import runpy
from fractions import Fraction
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import wishart_generated
from wishart_generated import (
    inverse_power_sums_complex,
    inverse_power_sums_real,
    power_sums_real,
    scaled_power_sums_real,
)
from wishart_moments import trace_product_moment
from wishart_moments.codegen import FamilyTable, render
from wishart_moments.codegen.equations import terms_in_m_and_n
from wishart_moments.codegen.family_schemes import degree_scheme
from wishart_moments.codegen.schemes import moment_scheme
from wishart_moments.combinatorics.partitions import Partition, partitions

UNIT = Fraction(1, 2**53)
NUMBERS = st.fractions(-50, 50, max_denominator=12)


@pytest.fixture
def module(family: FamilyTable) -> ModuleType:
    """The generated module of a table."""
    return getattr(wishart_generated, family.name)


def _exact(table: FamilyTable, label: Partition, m: Any, n: Any, p: list[Any]) -> Fraction:
    """Σ c x^j b over the terms, over D_k for the inverse: independent of every emitter."""
    x = Fraction(n) - m + table.shift if table.denominators else Fraction(n)
    value = sum(
        (
            c * x**j * (Fraction(m) ** b if isinstance(b, int) else prod((Fraction(p[part - 1]) for part in b)))
            for b, j, c in table.entries[label]
        ),
        Fraction(0),
    )
    if not table.denominators:
        return value
    return value / prod(((x - e) ** power for e, power in table.denominators[sum(label)].items()), start=Fraction(1))


def _call(table: FamilyTable, functions: Any, k: int, m: Any, n: Any, p: list[Any]) -> dict[Partition, Any]:
    get = functions.__getitem__ if isinstance(functions, dict) else functions.__getattribute__
    if table.kind == "power_sums":
        return get("expected_power_sums")(k, m, n)
    if table.kind == "scaled_power_sums":
        return get("expected_power_sums")(k, n, p)
    return get("expected_inverse_power_sums")(k, m, n, p)


@settings(deadline=None, max_examples=20)
@given(m=NUMBERS, gap=st.fractions("1/3", 60, max_denominator=9), p=st.lists(NUMBERS, min_size=6, max_size=6))
def test_rational_arguments_give_the_exact_values(
    families: dict[str, FamilyTable], m: Fraction, gap: Fraction, p: list[Fraction]
) -> None:
    for table in families.values():
        for k in range(1, table.max_k + 1):
            n = m - 1 + table.bound(k) + gap  # in the inside of the domain of the inverse moments
            found = _call(table, getattr(wishart_generated, table.name), k, m, n, p)
            assert list(found) == list(partitions(k))
            assert found == {label: _exact(table, label, m, n, p) for label in found}


def test_integers_give_integers_or_fractions(family: FamilyTable, module: ModuleType) -> None:
    for k in range(1, family.max_k + 1):
        found = _call(family, module, k, 10**20, 10**30, [3**j for j in range(1, 9)])
        assert {type(value) for value in found.values()} == {Fraction if family.denominators else int}


def test_a_rendered_module_stands_alone_also_with_fractions_and_higher_degrees(
    further_families: list[FamilyTable], tmp_path: Path
) -> None:
    p = [Fraction(2 * j + 1, j + 2) for j in range(1, 8)]
    for table in further_families:
        path = tmp_path / f"{table.name}.py"
        path.write_text(render(table, "python"), "utf-8")
        functions = runpy.run_path(str(path))
        for k in range(1, table.max_k + 1):
            found = _call(table, functions, k, 3, 29, p)
            assert found == {label: _exact(table, label, 3, 29, p) for label in partitions(k)}
            floats = _call(table, functions, k, 3.0, 29.0, list(map(float, p)))
            assert all(float(found[label]) == pytest.approx(floats[label], rel=1e-11) for label in found)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint64])
def test_integer_arrays_do_not_wrap(family: FamilyTable, module: ModuleType, dtype: type) -> None:
    m, n = np.array([2, 3], dtype=dtype), np.array([10**9, 2**31 - 1], dtype=dtype)
    p = [np.array([10**j, 10**j + j], dtype=dtype) for j in range(1, 7)]
    for k in range(1, family.max_k + 1):
        for label, values in _call(family, module, k, m, n, p).items():
            exact = [_exact(family, label, int(m[i]), int(n[i]), [int(x[i]) for x in p]) for i in (0, 1)]
            assert values.tolist() == exact


def test_arrays_broadcast_and_tensors_are_elementwise(family: FamilyTable, module: ModuleType) -> None:
    k = family.max_k
    m, n = np.array([[2.0], [3.0]]), np.array([40.0, 50.0, 60.0])
    p = [1.5, *[2.0**j for j in range(2, 7)]]
    for label, values in _call(family, module, k, m, n, p).items():
        expected = [[float(_exact(family, label, int(x), int(y), p)) for y in n] for x in m[:, 0]]
        shape = (3,) if family.kind == "scaled_power_sums" else (2, 3)
        assert values.shape == shape
        np.testing.assert_allclose(np.broadcast_to(values, (2, 3)), expected, rtol=1e-12)
    tensors = _call(family, module, k, torch.tensor([2, 3]), torch.tensor([40, 50]), [torch.tensor(x) for x in p])
    for label, values in tensors.items():
        expected = [float(_exact(family, label, x, y, p)) for x, y in ((2, 40), (3, 50))]
        assert values.tolist() == pytest.approx(expected, rel=1e-6)


def test_tensors_carry_gradients() -> None:
    """The derivative of E tr S² = (n² + n) p_2 + n p_1² in p_1 is 2 n p_1."""
    p_1 = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    scaled_power_sums_real.expected_power_sums(2, 5, [p_1, 7])[2,].backward()
    assert p_1.grad is not None
    assert float(p_1.grad) == 30


@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 7), (64, 128), (10**5, 10**5 - 1)])
def test_floats_are_within_the_stated_roundings(families: dict[str, FamilyTable], m: int, n: int) -> None:
    p = [float(Fraction(j + 2, 3 * j)) for j in range(1, 7)]
    for table in families.values():
        if table.denominators:
            continue  # differences: no bound is stated
        for k in range(1, table.max_k + 1):
            found = _call(table, getattr(wishart_generated, table.name), k, float(m), float(n), p)
            for label, value in found.items():
                if table.kind == "power_sums":
                    roundings = moment_scheme(terms_in_m_and_n(table, label)).roundings
                else:
                    roundings = degree_scheme(table, k).roundings
                assert roundings is not None
                assert roundings <= 40
                exact = _exact(table, label, m, n, p)
                assert abs(Fraction(value) - exact) <= exact * ((1 + UNIT) ** roundings - 1)


def test_single_functions_and_products_in_any_order(families: dict[str, FamilyTable]) -> None:
    table = families["power_sums_real"]
    for label in table.entries:
        value = _exact(table, label, 4, 7, [])
        assert power_sums_real.expected_power_sum(label, 4, 7) == value
        assert power_sums_real.expected_power_sum(list(reversed(label)), 4, 7) == value
        assert getattr(power_sums_real, "power_sum_" + "_".join(map(str, label)))(4, 7) == value


def test_the_cases_that_existing_packages_refuse() -> None:
    """Real m = 3, n = 5: E tr S^{-1} = 3. Complex m = 2, n = 6: E tr S^{-2} = 1/5."""
    assert inverse_power_sums_real.expected_inverse_power_sums(1, 3, 5, [3]) == {(1,): 3}
    assert inverse_power_sums_complex.expected_inverse_power_sums(2, 2, 6, [2, 2])[2,] == Fraction(1, 5)


def test_eigenvalues_give_the_power_sums_of_the_scale_or_its_inverse() -> None:
    assert scaled_power_sums_real.power_sums(3, [1, 2, Fraction(1, 2)]) == [
        Fraction(7, 2),
        Fraction(21, 4),
        Fraction(73, 8),
    ]
    p = inverse_power_sums_real.power_sums(4, [1, 3])
    assert p == [1 + Fraction(1, 3**j) for j in range(1, 5)]
    found = inverse_power_sums_real.expected_inverse_power_sums(4, 2, 11, p)
    for label, value in found.items():
        assert value == trace_product_moment([-part for part in label], n=11, scale=[[2, 1], [1, 2]])
    arrays = inverse_power_sums_real.power_sums(2, np.array([[1, 2], [4, 5]]))
    assert [sums.tolist() for sums in arrays] == [
        [Fraction(5, 4), Fraction(7, 10)],
        [Fraction(17, 16), Fraction(29, 100)],
    ]
    assert torch.equal(scaled_power_sums_real.power_sums(2, torch.tensor([1.0, 2.0]))[1], torch.tensor(5.0))


@pytest.mark.parametrize(("k", "m", "n", "smallest"), [(1, 3, 4, 5), (2, 3, 6, 7), (4, 1, 8, 9), (4, 5, 0, 13)])
def test_real_inverse_moments_that_do_not_exist_are_refused(k: int, m: int, n: int, smallest: int) -> None:
    with pytest.raises(ValueError, match=f"need n - m \\+ 1 > {2 * k} for finite .* the smallest n is {smallest}$"):
        inverse_power_sums_real.expected_inverse_power_sums(k, m, n, [m] * k)
    with pytest.raises(ValueError, match=f"need n - m \\+ 1 > {2 * k} for finite"):
        inverse_power_sums_real.expected_inverse_power_sums(k, m, smallest - 1, [m] * k)
    assert inverse_power_sums_real.expected_inverse_power_sums(k, m, smallest, [m] * k)[k,] > 0


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_complex_condition_is_half_as_strong(k: int) -> None:
    with pytest.raises(ValueError, match=f"need n - m \\+ 1 > {k} for finite .* the smallest n is {k + 2}$"):
        inverse_power_sums_complex.expected_inverse_power_sums(k, 2, k + 1, [2] * k)
    assert inverse_power_sums_complex.expected_inverse_power_sums(k, 2, k + 2, [2] * k)[k,] > 0


def test_the_quaternion_condition_takes_half_integers(further_families: list[FamilyTable], tmp_path: Path) -> None:
    table = next(table for table in further_families if table.name == "inverse_power_sums_quaternion")
    (tmp_path / "module.py").write_text(render(table, "python"), "utf-8")
    expected = runpy.run_path(str(tmp_path / "module.py"))["expected_inverse_power_sums"]
    assert expected(3, 4, 5, [4] * 3)[3,] == trace_product_moment([-3], 4, 5, beta=4)
    with pytest.raises(ValueError, match=r"need n - m \+ 1 > 3/2 for finite .*, got m = 4, n = 4; the smallest n is 5"):
        expected(3, 4, 4, [4] * 3)


@pytest.mark.parametrize(
    "convert", [np.array, lambda x: np.array(x, dtype=float), torch.tensor], ids=["integers", "floats", "tensor"]
)
def test_one_element_without_a_moment_is_enough_to_refuse(convert: Any) -> None:
    function = inverse_power_sums_real.expected_inverse_power_sums
    with pytest.raises(ValueError, match=r"need n - m \+ 1 > 4 everywhere") as caught:
        function(2, 3, convert([7, 6]), [3, 3])
    assert "\n" not in str(caught.value)
    assert function(2, 3, convert([7, 8]), [3, 3])[2,].shape == (2,)


@pytest.mark.parametrize("k", [0, 7, True, 2.0, "3", None])
def test_a_degree_that_is_none_is_refused(k: Any, family: FamilyTable, module: ModuleType) -> None:
    with pytest.raises(ValueError, match=rf"^need an integer k from 1 to {family.max_k}, got"):
        _call(family, module, k, 3, 50, [1] * 9)


@pytest.mark.parametrize(
    "p", [[1], [], 7, None, "abc", [1, "2"], [1, True], [1, float("nan")], [1, 2j], np.array(3), {1: 2}], ids=str
)
def test_power_sums_that_are_none_are_refused_in_one_line(p: Any) -> None:
    for function in (
        lambda: scaled_power_sums_real.expected_power_sums(2, 7, p),
        lambda: inverse_power_sums_real.expected_inverse_power_sums(2, 1, 7, p),
    ):
        with pytest.raises(ValueError, match=r"^need ") as caught:
            function()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("parts", [(), (7,), (4, 3), (0, 1), (-1, 2), 3, None, "21", (1.5,), (True,)], ids=str)
def test_parts_that_are_none_are_refused_in_one_line(parts: Any) -> None:
    with pytest.raises(ValueError, match=r"^need ") as caught:
        power_sums_real.expected_power_sum(parts, 3, 5)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("eigenvalues", [[], 3, None, [1, -1], ["1"], [float("inf")], "ab"], ids=str)
def test_eigenvalues_that_are_none_are_refused_in_one_line(eigenvalues: Any) -> None:
    for module in (scaled_power_sums_real, inverse_power_sums_real):
        with pytest.raises(ValueError, match=r"^need ") as caught:
            module.power_sums(2, eigenvalues)
        assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="need eigenvalue_2 > 0, got 0"):
        inverse_power_sums_real.power_sums(2, [1, 0])
    assert scaled_power_sums_real.power_sums(2, [1, 0]) == [1, 1]


def test_modules_say_what_they_cost_and_when_they_hold() -> None:
    assert "20 multiplications and 12 additions" in (scaled_power_sums_real._degree_3.__doc__ or "")
    assert "at most 8 roundings" in (scaled_power_sums_real._degree_3.__doc__ or "")
    assert "need n - m + 1 > 6" in (inverse_power_sums_real._degree_3.__doc__ or "")
    assert "finite if and only if n - m + 1 > 2 k" in " ".join((inverse_power_sums_real.__doc__ or "").split())
