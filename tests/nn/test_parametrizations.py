"""The parametrization of existing layers: the constraint, its inverse inside the ball, a refusal outside."""

import copy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrize

from wishart_moments.errors import DomainError
from wishart_nn.parametrizations import LDLT, ldlt
from wishart_nn.weight import ldlt_weight

sizes = st.integers(1, 8)


@settings(deadline=None, max_examples=60)
@given(sizes, sizes, st.integers(0, 1000), st.floats(1e-3, 0.9999), st.sampled_from(["cholesky", "symmetric"]))
def test_a_matrix_inside_the_ball_comes_back(m: int, n: int, seed: int, norm: float, factor: Any) -> None:
    layer = ldlt(nn.Linear(n, m, dtype=torch.float64), alpha=0.3, gamma=2.5, factor=factor)
    target = torch.randn(m, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    target *= 2.5 * norm / torch.linalg.matrix_norm(target, 2)
    layer.weight = target
    torch.testing.assert_close(layer.weight.detach(), target, rtol=1e-9, atol=1e-10)


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, st.integers(0, 1000), st.sampled_from(["cholesky", "symmetric"]))
def test_the_inverse_of_a_constrained_weight_is_the_free_one(m: int, n: int, seed: int, factor: Any) -> None:
    free = torch.randn(m, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    layer = ldlt(nn.Linear(n, m, dtype=torch.float64), alpha=0.3, gamma=2.5, factor=factor)
    layer.weight = ldlt_weight(free, 0.3, 2.5, factor=factor)
    torch.testing.assert_close(layer.parametrizations.weight.original.detach(), free, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
@pytest.mark.parametrize("norm", [1.0, 1.5, 1e6, float("nan"), float("inf")])
def test_a_matrix_outside_the_ball_is_refused(norm: float, factor: Any) -> None:
    layer = ldlt(nn.Linear(3, 3), gamma=2.0, factor=factor)
    with pytest.raises(DomainError, match=r"need (a matrix of norm < gamma = 2|finite weights)"):
        layer.weight = 2 * norm * torch.eye(3)


def test_the_parameter_as_it_was_becomes_the_free_one() -> None:
    layer = nn.Linear(4, 3)
    before = layer.weight.detach().clone()
    assert ldlt(layer, gamma=0.5) is layer
    assert torch.equal(layer.parametrizations.weight.original.detach(), before)
    assert torch.equal(layer.weight.detach(), ldlt_weight(before, 1.0, 0.5))
    layer(torch.ones(2, 4)).sum().backward()
    assert layer.parametrizations.weight.original.grad is not None
    assert "gamma=0.5" in repr(layer)


def test_states_copies_and_removal() -> None:
    layer = ldlt(nn.Linear(4, 3))
    other = ldlt(nn.Linear(4, 3))
    other.load_state_dict(layer.state_dict())
    clone = copy.deepcopy(layer)
    assert torch.equal(other.weight, layer.weight)
    assert torch.equal(clone.weight, layer.weight)
    clone.weight = 0.5 * torch.eye(3, 4)
    torch.testing.assert_close(clone.weight.detach(), 0.5 * torch.eye(3, 4))
    kept = layer.weight.detach().clone()
    parametrize.remove_parametrizations(layer, "weight")
    assert torch.equal(layer.weight, kept)
    assert type(layer) is nn.Linear


def test_any_matrix_parameter_of_any_module() -> None:
    cell = ldlt(nn.RNN(3, 3), "weight_hh_l0", gamma=0.9)
    assert torch.linalg.matrix_norm(cell.weight_hh_l0, 2) < 0.9
    batched = nn.Module()
    batched.kernels = nn.Parameter(torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)))
    ldlt(batched, "kernels")
    target = 0.5 * batched.kernels.detach()
    batched.kernels = target
    torch.testing.assert_close(batched.kernels.detach(), target)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(DomainError, match="need a module with a parameter 'kernel', got Linear; name one"):
        ldlt(nn.Linear(2, 2), "kernel")
    with pytest.raises(DomainError, match="m, n >= 1"):
        ldlt(nn.Linear(2, 2), "bias")
    with pytest.raises(DomainError, match="need alpha > 0"):
        LDLT(alpha=0.0)
    with pytest.raises(DomainError, match="need a number for gamma, got a tensor"):
        LDLT(gamma=torch.ones(()))  # type: ignore[arg-type]
