"""Kronecker substitution: what is packed comes back, of any sign and at the edge of its field."""

import pytest
from flint import fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.moments.packed import Packing, field_bits, fields


@given(st.integers(0, 2**600))
@settings(deadline=None)
def test_a_field_holds_its_bound_and_a_sign(bound: int) -> None:
    bits = field_bits(bound)
    assert bits % 8 == 0
    assert bound < 2 ** (bits - 1) <= max(1, bound) * 2**8


@given(st.sampled_from([8, 16, 24, 64, 200]), st.data())
@settings(deadline=None)
def test_unsigned_fields_come_back(bits: int, data: st.DataObject) -> None:
    values = data.draw(st.dictionaries(st.integers(0, 20), st.integers(1, 2**bits - 1)))
    packed = fmpz(sum(c << (bits * index) for index, c in values.items()))
    assert dict(fields(packed, bits)) == values


@given(st.sampled_from([8, 16, 24, 64, 200]), st.data())
@settings(deadline=None)
def test_signed_fields_come_back(bits: int, data: st.DataObject) -> None:
    edge = 2 ** (bits - 1) - 1
    coefficient = st.one_of(st.sampled_from([edge, -edge, 1, -1]), st.integers(-edge, edge)).filter(bool)
    values = data.draw(st.dictionaries(st.integers(0, 20), coefficient))
    packed = fmpz(sum(c << (bits * index) for index, c in values.items()))
    assert dict(fields(packed, bits, signed=True)) == values


@pytest.mark.parametrize("symbolic", [False, True])
@pytest.mark.parametrize("signed", [False, True])
@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_packed_polynomial_is_the_polynomial(symbolic: bool, signed: bool, data: st.DataObject) -> None:
    exponents = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4 if symbolic else 0))
    coefficients = st.integers(-1000 if signed else 1, 1000).filter(bool)
    terms = data.draw(st.dictionaries(exponents, coefficients, max_size=8))
    ring = Packing(field_bits(1000), 5, symbolic=symbolic, signed=signed)
    packed = fmpz(0)
    for (i, j, e), c in terms.items():
        monomial = fmpz(c)
        for times, count in ((ring.times_s, i), (ring.times_p, j), (ring.times_b, e)):
            for _ in range(count):
                monomial = times(monomial)
        packed += monomial
    found = ring.unpack(packed)
    assert {key if symbolic else (*key, 0): c for key, c in found.items()} == terms
    assert ring.bytes(4) * 8 >= packed.bit_length()


def test_zero_has_no_terms() -> None:
    assert list(fields(fmpz(0), 8)) == list(fields(fmpz(0), 8, signed=True)) == []
    assert Packing(8, 1).unpack(fmpz(0)) == {}
