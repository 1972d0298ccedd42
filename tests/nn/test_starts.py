"""Starts that are tried: four scores lead to one, different shares have the same draws, a loop of one's own."""

from math import nan
from typing import Any, cast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import wishart_nn
from wishart_moments import output_variance
from wishart_moments.errors import DomainError
from wishart_nn import LDLTChain, LDLTNetwork, MatchedStart, convert_, try_starts
from wishart_nn.protocol import ldlt_modules
from wishart_nn.starts import CANDIDATES, SHARES, chosen_start

linalg: Any = torch.linalg


def raw_weights(module: nn.Module) -> list[Tensor]:
    return [weight for each in ldlt_modules(module) for weight in each.raw_weights()]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_the_chosen_start_has_longer_steps_or_a_share_in_the_range_that_was_tried(scores: list[float]) -> None:
    start = chosen_start(scores)
    if scores[-1] > max(scores[:-1]):
        assert start == CANDIDATES[-1]
    else:
        assert start.step_length == 1
        assert SHARES[-1] <= start.share <= SHARES[0]


@pytest.mark.parametrize("best", range(4))
def test_of_scores_that_rise_to_one_end_or_differ_by_the_steps_a_candidate_itself_is_chosen(best: int) -> None:
    scores = [[0.8, 0.7, 0.5, 0.8], [0.6, 0.7, 0.6, 0.0], [0.5, 0.7, 0.8, 0.0], [0.6, 0.7, 0.5, 0.71]][best]
    assert chosen_start(scores) == CANDIDATES[best]


def test_a_parabola_in_the_logarithm_has_its_vertex_chosen() -> None:
    x = torch.tensor([-0.523, -1.523, -2.523], dtype=torch.float64)  # the logarithms of the shares
    assert chosen_start([*(-(x + 1.0).square()).tolist(), -9.0]).share == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("gone", range(3))
def test_what_diverged_is_not_chosen(gone: int) -> None:
    scores = [0.7, 0.7, 0.7, nan]
    scores[gone] = nan
    assert SHARES[-1] <= chosen_start(scores).share <= SHARES[0]
    assert chosen_start(scores).share != CANDIDATES[gone].share
    scores = [0.9 if i == gone else nan for i in range(4)]
    assert chosen_start(scores) == CANDIDATES[gone]


@pytest.mark.parametrize("scores", [[0.5, 0.6, 0.7], [nan] * 4, []])
def test_other_scores_are_refused(scores: list[float]) -> None:
    with pytest.raises(DomainError, match="need 4 scores, one of them finite"):
        chosen_start(scores)


@pytest.mark.parametrize(("share", "length"), [(0.0, 1.0), (1.0, 1.0), (nan, 1.0), (0.3, 0.0), (0.3, -1.0)])
def test_a_start_out_of_its_domain_is_refused(share: float, length: float) -> None:
    with pytest.raises(DomainError, match="need "):
        MatchedStart(share, length)


def convolutions() -> nn.Module:
    plain = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    return convert_(plain, lipschitz=1.0, sample=torch.zeros(1, 1, 4, 4))


KINDS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "chain": (lambda: LDLTChain((6, 8, 8, 1)), (6,)),
    "independent": (lambda: LDLTNetwork((6, 8, 8, 1)), (6,)),
    "residual": (lambda: wishart_nn.LDLTResidual((6, 6, 1)), (6,)),
    "converted": (lambda: convert_(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1)), lipschitz=1.0), (6,)),
    "convolutions": (convolutions, (1, 4, 4)),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("sgd", [False, True])
def test_a_full_step_is_so_many_times_as_long_as_the_weights(name: str, sgd: bool) -> None:
    make, shape = KINDS[name]
    module, x = make(), torch.randn(5, *shape)
    state = torch.get_rng_state()

    def loss(module: nn.Module) -> Tensor:
        return module(x).square().mean()

    rate = MatchedStart(0.3, 2.0).draw_(module, lr=1e-2, loss=loss if sgd else None)
    assert rate == 0.02
    assert torch.equal(torch.get_rng_state(), state)
    weights = raw_weights(module)
    steps = torch.autograd.grad(loss(module), weights) if sgd else [torch.ones_like(w) for w in weights]
    norms = ((linalg.vector_norm(step), linalg.vector_norm(w.detach())) for step, w in zip(steps, weights, strict=True))
    assert sum(float(rate * step / w) for step, w in norms) == pytest.approx(2.0, rel=1e-3)


def test_a_layer_fills_the_share_and_different_shares_have_the_same_draws() -> None:
    n, directions = 64, []
    for start in CANDIDATES:
        layer = LDLTNetwork((n, n), alpha=1.0)
        start.draw_(layer, lr=1e-2, seed=3)
        (weight,), (alpha,) = raw_weights(layer), layer.law_now().alpha
        directions.append(weight / weight.norm())
        sigma = weight.detach().norm().item() / n
        assert output_variance(n, n, sigma=sigma, alpha=alpha) == pytest.approx(start.share, rel=0.05)  # 4,096 draws
    assert all(torch.allclose(directions[0], each, atol=1e-5) for each in directions)


def rows() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400, 6, generator=generator)
    return x, (x[:, :1] * x[:, 1:2] > 0).float()


def test_a_loop_of_ones_own_ends_at_the_start_that_its_scores_lead_to() -> None:
    x, y = rows()
    model, told = LDLTChain((6, 16, 1)), []
    before = {name: value.clone() for name, value in model.state_dict().items()}

    def evaluate(copy: nn.Module, rate: float) -> float:
        optimizer = torch.optim.AdamW(copy.parameters(), lr=rate, weight_decay=0.0)
        for _ in range(20):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(10 * copy(x[:300:4]), y[:300:4])
            cast(Any, loss).backward()
            optimizer.step()
        with torch.no_grad():
            told.append(-nn.functional.binary_cross_entropy_with_logits(10 * copy(x[300:]), y[300:]).item())
        return told[-1]

    start = try_starts(model, evaluate, lr=1e-2)
    assert len(set(told)) == 4
    assert start == chosen_start(told) == try_starts(model, evaluate, lr=1e-2)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert start.draw_(model, lr=1e-2) == start.step_length * 1e-2


def test_a_loop_without_a_score_is_told_so() -> None:
    with pytest.raises(DomainError, match="need a score that is a number, got None"):
        try_starts(LDLTChain((6, 1)), lambda copy, rate: cast(float, None), lr=1e-2)  # noqa: ARG005


def test_numbers_are_taken_as_text_too() -> None:
    assert MatchedStart(cast(Any, "3/10"), cast(Any, "2")) == MatchedStart(0.3, 2.0)


def outputs(model: Any) -> Any:
    return model(torch.ones(2, 4))


def loss_of(model: Any) -> Any:
    return outputs(model).sum()


def detached(model: Any) -> Any:
    return loss_of(model).detach()


def nothing(_: Any) -> Any:
    return None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": "a"}, "need seed to be an integer"),
        ({"seed": 2**70}, "need seed to be an integer"),
        ({"lr": 1e300}, "need alpha > 0 and finite, got inf"),
        ({"loss": nothing}, "need loss to return a tensor of one number, differentiable, got None"),
        ({"loss": outputs}, "need loss to return a tensor of one number"),
        ({"loss": detached}, "need loss to return a tensor of one number"),
        ({"loss": loss_of, "momentum": "a"}, "need momentum in"),
    ],
)
def test_what_no_start_can_be_drawn_with_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        MatchedStart(0.3).draw_(LDLTChain((4, 3, 1)), **cast(Any, {"lr": 1e-3, **options}))


def test_frozen_weights_and_scores_that_are_none_are_refused() -> None:
    frozen = LDLTChain((4, 3, 1))
    frozen.raw[0].requires_grad_(False)
    with pytest.raises(DomainError, match="need weights that require gradients"):
        MatchedStart(0.3).draw_(frozen, lr=1e-3, loss=loss_of)
    for share in ("a", None, 1j, 1.0):
        with pytest.raises(DomainError, match=r"need (0 < )?share"):
            MatchedStart(cast(Any, share))
    with pytest.raises(DomainError, match="need a score that is a number, got 'a'"):
        chosen_start(cast(Any, [1, "a", 2, 3]))


def test_messages_on_networks_are_on_one_line() -> None:
    with pytest.raises(DomainError, match=r"^no law for [^\n]*$"):
        wishart_nn.predicted_profile(nn.Sequential(LDLTChain((3, 2, 2)), nn.Tanh(), wishart_nn.LDLTLinear(2, 2)))
