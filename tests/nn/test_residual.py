"""The residual network: λ-Lipschitz for any weights, close to λ for long ones, its certificate positive definite."""

from typing import Any

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_nn import (
    LDLTNetwork,
    LDLTResidual,
    fold,
    ldlt_normal_,
    lipschitz_bound,
    lipschitz_lower_bound,
    match_step_,
    measure_profile,
)

WIDTHS = [(8, 16, 16, 2), (3, 5, 4), (6, 3, 3, 9), (4, 4, 4, 4, 4, 4)]


def _made(widths: tuple[int, ...], sigma: Any, seed: int = 0, **options: Any) -> LDLTResidual:
    torch.manual_seed(seed)
    return LDLTResidual(widths, sigma=sigma, dtype=torch.float64, **options)


def _quadratic_form(network: LDLTResidual) -> Tensor:
    """The matrix of λ²‖u_0‖² − ‖A u_0 + B u_L‖² + 2 Σ u_l·(u_l − C_l u_{l−1}), from its definition as a function."""
    skip, *branch, last = (each.detach() for each in network.folded_weights())
    sizes = network.widths[:-1]

    def form(u: Tensor) -> Tensor:
        parts = u.split(list(sizes))
        total = network.lipschitz**2 * parts[0].square().sum() - (skip @ parts[0] + last @ parts[-1]).square().sum()
        for c, before, after in zip(branch, parts, parts[1:], strict=False):
            total = total + 2 * after @ (after - c @ before)
        return total

    return torch.func.hessian(form)(torch.zeros(sum(sizes), dtype=torch.float64)) / 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(1, 6), min_size=3, max_size=6),
    st.sampled_from([1e-3, 0.3, 1.0, 3.0]),
    st.sampled_from([0.5, 1.0, 7.0]),
    st.floats(0.1, 10),
    st.integers(0, 2**31),
)
def test_the_form_is_positive_semidefinite(
    widths: list[int], sigma: float, bound: float, alpha: float, seed: int
) -> None:
    form = _quadratic_form(_made(tuple(widths), sigma, seed, lipschitz=bound, alpha=alpha))
    assert torch.linalg.eigvalsh(form)[0] > -1e-10 * max(1.0, bound**2)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("sigma", [0.1, 1.0, 10.0, 1e4])
def test_no_pair_of_inputs_passes_the_bound(widths: tuple[int, ...], sigma: float) -> None:
    network = _made(widths, sigma, lipschitz=2.0, alpha=0.7)
    x = 3 * torch.randn(60, widths[0], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert lipschitz_lower_bound(network, x, generator=torch.Generator().manual_seed(2)) <= 2.0 * (1 + 1e-9)


@pytest.mark.parametrize("widths", WIDTHS)
def test_long_weights_come_close_to_the_bound(widths: tuple[int, ...]) -> None:
    network = _made(widths, 100.0, lipschitz=2.0)
    x = 3 * torch.randn(60, widths[0], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert lipschitz_lower_bound(network, x) > 1.99


@pytest.mark.parametrize("sigma", [0.3, 2.0, 20.0])
def test_the_certificate_is_between_what_is_attained_and_what_was_asked(sigma: float) -> None:
    network = _made((8, 16, 16, 2), sigma, lipschitz=2.0).float()
    bound = lipschitz_bound(network)
    assert (bound.certified, bound.method) == (True, "residual LDLT")
    x = 3 * torch.randn(60, 8, generator=torch.Generator().manual_seed(1))
    assert lipschitz_lower_bound(network, x) <= bound.upper <= 2.0 * (1 + 1e-6)
    assert lipschitz_bound(nn.Sequential(nn.Sigmoid(), fold(network))).upper == pytest.approx(0.25 * bound.upper)


def test_the_weights_are_the_definition_in_50_digits() -> None:
    network = _made((2, 3, 2, 2), 1.5, lipschitz=3.0, alpha=[0.5, 0.7, 1.1, 1.3])
    with mpmath.workdps(50):
        mp: Any = mpmath.mpf
        first, c1, c2, last = (mpmath.matrix(w.tolist()) for w in network.raw)
        alphas = [mp(a) for a in network.law[:-2].tolist()]
        eye = mpmath.eye(2)
        inverse: Any = mpmath.inverse
        lower = mpmath.cholesky(alphas[0] * eye + first.T * first)
        hand = 3 * mpmath.sqrt(alphas[0]) * inverse(lower).T
        expected = [3 * first * inverse(lower).T]
        d = 9 * eye - expected[0].T * expected[0]
        gamma = expected[0]  # what couples x_l with the output
        total = eye + 0
        for w, a in ((c1, alphas[1]), (c2, alphas[2])):
            total += gamma * inverse(d) * gamma.T
            lower = mpmath.cholesky(a * mpmath.eye(w.rows) + w * w.T)
            c = mpmath.sqrt(2) * inverse(lower) * w * hand
            expected.append(c)
            gamma = gamma * inverse(d) * c.T
            d = 2 * mpmath.eye(w.rows) - c * inverse(d) * c.T
            hand = mpmath.sqrt(2 * a) * inverse(lower).T
        root = mpmath.cholesky(total)
        f = mpmath.cholesky(d + gamma.T * inverse(total) * gamma).T
        lower = mpmath.cholesky(alphas[3] * eye + last * last.T)
        expected.append(-inverse(total) * gamma + inverse(root).T * inverse(lower) * last * f)
    for found, wanted in zip(network.folded_weights(), expected, strict=True):
        rows = [[float(wanted[i, j]) for j in range(wanted.cols)] for i in range(wanted.rows)]
        torch.testing.assert_close(found.detach(), torch.tensor(rows, dtype=torch.float64), rtol=1e-12, atol=1e-12)


def test_gradients_are_those_of_differences() -> None:
    network = _made((2, 3, 2), 1.0)
    parameters = {name: p.detach().requires_grad_() for name, p in network.named_parameters()}
    x = torch.randn(2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3)) + 3

    def call(*values: Tensor) -> Tensor:
        return torch.func.functional_call(network, dict(zip(parameters, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(call, tuple(parameters.values()))


def test_steps_are_matched_and_folding_keeps_the_function() -> None:
    torch.manual_seed(0)
    network = LDLTResidual((8, 16, 16, 2), sigma="he")
    x = torch.randn(9, 8)
    before = network(x)
    assert len(match_step_(network, lr=1e-3)) == 4
    torch.testing.assert_close(network(x), before, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(fold(network)(x), network(x))
    assert ldlt_normal_(network, "he") is network


@pytest.mark.parametrize(
    ("widths", "options", "message"),
    [
        ((4, 2), {}, "need a hidden width"),
        ((4, 6, 2), {"activation": "groupsort"}, r"slopes in \[0, 1\], such as relu, got groupsort"),
        ((4, 6, 2), {"alpha": [1.0, 1.0]}, "one for each of the 3 layers"),
        ((4, 6, 2), {"lipschitz": 0}, "need lipschitz > 0"),
    ],
)
def test_what_does_not_fit_is_refused(widths: tuple[int, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        LDLTResidual(widths, **options)


def test_numbers_that_are_not_finite_are_refused_by_the_certificate() -> None:
    network = LDLTResidual((4, 6, 2))
    with torch.no_grad():
        network.biases[0][0] = torch.nan
    with pytest.raises(DomainError, match="need finite numbers, got others in the bias of layer 1"):
        lipschitz_bound(network)


@pytest.mark.parametrize("sigma", ["shared", "he", 0.5])
def test_the_profile_of_a_draw_is_near_the_mean_of_draws(sigma: Any) -> None:
    torch.manual_seed(3)
    network = LDLTResidual((32, 64, 64, 16), sigma=sigma, lipschitz=2.0)
    x = torch.randn(200, 32)
    profile = measure_profile(network, x, generator=torch.Generator().manual_seed(4))
    assert [(each.n, each.m) for each in profile.predicted.layers] == [(32, 64), (64, 64), (64, 16)]
    for found, expected in zip(profile.measured.layers, profile.predicted.layers, strict=True):
        assert found.before == pytest.approx(expected.before, rel=0.2)
        assert found.gradient_before == pytest.approx(expected.gradient_before, rel=0.4)
    assert profile.measured.layers[-1].before == pytest.approx(network(x).square().mean().item(), rel=1e-5)
    skip = network.folded_weights()[0].square().sum().item() / 16
    assert profile.predicted.layers[-1].before > 0.5 * skip


def test_what_is_put_into_a_network_afterwards_enters_no_certificate() -> None:
    other = LDLTResidual((4, 6, 6, 2))
    other.activations[0] = nn.LeakyReLU(3.0)
    with pytest.raises(DomainError, match=r"need slopes in \[0, 1\] in a residual network, got LeakyReLU"):
        lipschitz_bound(other)
    hooked = LDLTNetwork((4, 6, 2))
    hooked.linears[0].register_forward_hook(lambda _m, _i, y: 10 * y)
    folded = fold(LDLTResidual((4, 6, 2)))
    folded.branch[0].register_forward_hook(lambda _m, _i, y: 10 * y)
    for model in (hooked, folded):
        with pytest.raises(DomainError, match="Linear without forward hooks"):
            lipschitz_bound(model)
    with pytest.raises(DomainError, match="need one factor for each of the 3 layers, got 2"):
        LDLTResidual((4, 6, 2)).rescale_([1.0, 2.0])
