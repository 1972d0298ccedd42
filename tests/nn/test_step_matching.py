"""Rescaled weights give the same network; matched ones are turned by one step."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_nn.chain import LDLTChain
from wishart_nn.linear import LDLTLinear
from wishart_nn.network import LDLTNetwork
from wishart_nn.step_matching import TOO_LONG, match_step_, rescale_to_step_

KINDS: list[Any] = [LDLTChain, LDLTNetwork]


def drawn(kind: Any, **options: Any) -> Any:
    torch.manual_seed(0)
    return kind((5, 8, 8, 2), activation="relu", sigma="he", dtype=torch.float64, **options)


def weights(module: Any) -> list[Tensor]:
    return [parameter for parameter in module.parameters() if parameter.ndim == 2]


def gradients(module: Any, x: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(module(x).square().sum(), weights(module))


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_rescaling_changes_no_output_and_divides_the_gradients(kind: Any, learned: bool) -> None:
    module, x = drawn(kind, learn_alpha=learned), torch.randn(7, 5, dtype=torch.float64)
    before, slopes = module(x), gradients(module, x)
    factors = (0.5, 3.0, 2.0)
    if kind is LDLTChain:
        module.rescale_(factors)
    else:
        for layer, factor in zip(module.linears, factors, strict=True):
            layer.rescale_(factor)
    torch.testing.assert_close(module(x), before)
    for slope, old, factor in zip(gradients(module, x), slopes, factors, strict=True):
        torch.testing.assert_close(slope, old / factor)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
def test_a_full_step_of_sgd_turns_every_layer_by_its_share(kind: Any, factor: str) -> None:
    module, x = drawn(kind, factor=factor), torch.randn(7, 5, dtype=torch.float64)
    before = module(x)
    match_step_(module, lr=0.3, momentum=0.9, gradients=gradients(module, x))
    torch.testing.assert_close(module(x), before)
    for weight, slope in zip(weights(module), gradients(module, x), strict=True):
        torch.testing.assert_close(weight.detach().norm() / 3, 0.3 / (1 - 0.9) * slope.norm())


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 9), st.integers(1, 9), st.floats(1e-4, 1.0))
def test_a_full_step_of_adam_is_as_long_as_the_weight_of_a_single_layer(m: int, n: int, lr: float) -> None:
    layer = LDLTLinear(n, m, sigma="he", dtype=torch.float64)
    match_step_(layer, lr=lr)
    assert layer.raw_weight.norm().item() == pytest.approx(lr * (m * n) ** 0.5)


def test_for_adam_sigma_becomes_the_learning_rate_times_the_depth() -> None:
    network = LDLTNetwork((200, 300, 250, 200), sigma="he", dtype=torch.float64)
    match_step_(network, lr=1e-3)
    assert [w.std().item() for w in weights(network)] == pytest.approx([3e-3] * 3, rel=0.01)


def test_a_layer_without_a_gradient_or_a_weight_is_left_as_it_is() -> None:
    module = drawn(LDLTChain)
    assert match_step_(module, lr=0.1, gradients=[torch.zeros_like(w) for w in weights(module)]) == (1.0, 1.0, 1.0)
    empty = LDLTLinear(3, 2, sigma=0.0)
    assert match_step_(empty, lr=0.1) == (1.0,)


def test_what_cannot_be_matched_is_refused() -> None:
    module = drawn(LDLTChain)
    with pytest.raises(DomainError, match="need lr > 0"):
        match_step_(module, lr=0.0)
    with pytest.raises(DomainError, match="need 0 <= momentum < 1, got 1"):
        match_step_(module, lr=0.1, momentum=1.0)
    with pytest.raises(DomainError, match="one gradient for each layer"):
        match_step_(module, lr=0.1, gradients=[torch.zeros(2, 2)])
    with pytest.raises(DomainError, match="need a finite gradient, got nan in layer 0"):
        match_step_(module, lr=0.1, gradients=[torch.full_like(w, torch.nan) for w in weights(module)])
    with pytest.raises(DomainError, match="got Sequential"):
        match_step_(torch.nn.Sequential(), lr=0.1)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("lr", [1.0, 1e-3, 1e-8])
@pytest.mark.parametrize("kind", [*KINDS, LDLTLinear])
def test_a_learnt_alpha_is_matched_at_every_learning_rate(kind: Any, lr: float) -> None:
    options: dict[str, Any] = {"sigma": "he", "learn_alpha": True, "dtype": torch.float64}
    module = LDLTLinear(5, 5, **options) if kind is LDLTLinear else drawn(kind, learn_alpha=True)
    x = torch.randn(7, 5, dtype=torch.float64)
    before = module(x)
    match_step_(module, lr=lr)
    torch.testing.assert_close(module(x), before, rtol=1e-10, atol=1e-13)
    # The floor has gone with α: what can be learnt is the same.
    for parameter in [p for name, p in module.named_parameters() if "log_alpha" in name]:
        parameter.data.fill_(-1e3)
    assert module(x).isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
def test_holding_back_changes_no_output_and_the_step_of_long_layers_only(kind: Any) -> None:
    module, x = drawn(kind), torch.randn(7, 5, dtype=torch.float64)
    lr, momentum = 0.05, 0.9
    optimizer = torch.optim.SGD(module.parameters(), lr=lr, momentum=momentum)
    module(x).square().sum().backward()
    for w in weights(module):
        optimizer.state[w]["momentum_buffer"] = torch.ones_like(w)
    # Of the three layers the second has a gradient that is too long, a hundredfold.
    target = 100 * weights(module)[1].detach().norm() * (1 - momentum) / (3 * lr)
    for i, w in enumerate(weights(module)):
        assert w.grad is not None
        w.grad *= (target if i == 1 else 0.0) / w.grad.norm()
    before, lengths = module(x).detach(), [w.detach().norm() for w in weights(module)]
    factors = rescale_to_step_(module, optimizer, lr=lr, momentum=momentum)
    assert factors == pytest.approx((1, 10, 1), rel=1e-12)
    torch.testing.assert_close(module(x).detach(), before)
    second = weights(module)[1]
    assert second.grad is not None
    assert second.detach().norm().item() == pytest.approx(10 * lengths[1].item())
    # Now a full step is a third of the weights.
    ratio = lr / (1 - momentum) * second.grad.norm() / second.detach().norm()
    assert ratio.item() == pytest.approx(1 / 3)
    buffers = [optimizer.state[w]["momentum_buffer"].mean().item() for w in weights(module)]
    assert buffers == pytest.approx([1, 0.1, 1])
    assert rescale_to_step_(module, optimizer, lr=lr, momentum=momentum) is None


def test_up_to_twice_too_long_is_left_alone_and_so_is_what_is_not_finite() -> None:
    layer = LDLTLinear(4, 4, sigma="he", dtype=torch.float64)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
    with pytest.raises(DomainError, match="call backward"):
        rescale_to_step_(layer, optimizer, lr=1.0)
    for factor, held in (
        (0.99 * TOO_LONG, False),
        (float("inf"), False),
        (float("nan"), False),
        (1.01 * TOO_LONG, True),
    ):
        layer.raw_weight.grad = factor * layer.raw_weight.detach()
        assert (rescale_to_step_(layer, optimizer, lr=1.0) is not None) == held
