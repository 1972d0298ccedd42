"""The proved bound holds against everything that can be attained; hostile weights included."""

import math
from fractions import Fraction
from typing import Any

import flint
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from wishart_moments.errors import DomainError
from wishart_nn.activations import GroupSort
from wishart_nn.certificate import lipschitz_bound, lipschitz_lower_bound
from wishart_nn.chain import LDLTChain
from wishart_nn.linear import LDLTLinear
from wishart_nn.network import LDLTNetwork
from wishart_nn.parametrizations import ldlt
from wishart_nn.positive_definite import certified_norm, is_positive_definite


def random(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def hostile(kind: str, m: int, n: int, seed: int) -> torch.Tensor:
    w = random((m, n), seed)
    if kind == "repeated":
        w = torch.linalg.qr(w if m >= n else w.T)[0]
        return w if m >= n else w.T
    if kind == "deficient":
        return w[:, :1] @ w[:1]
    return w * {"normal": 1.0, "huge": 1e12, "tiny": 1e-12, "vast": 1e150, "faint": 1e-150}[kind]


KINDS = ("normal", "huge", "tiny", "vast", "faint", "deficient", "repeated")
SIZES = st.integers(1, 12)


@settings(deadline=None, max_examples=60)
@given(SIZES, SIZES, st.sampled_from(KINDS), st.integers(0, 2**31))
def test_the_certified_norm_bounds_every_image(m: int, n: int, kind: str, seed: int) -> None:
    w = hostile(kind, m, n, seed)
    bound, estimate = certified_norm(w), float(torch.linalg.matrix_norm(w, 2))
    assert estimate * (1 - 1e-14) <= bound <= estimate * (1 + 1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_the_certified_norm_is_above_the_one_in_ball_arithmetic(seed: int) -> None:
    """||Y||² is the greatest eigenvalue of the exact Gram matrix; its characteristic polynomial is positive beyond."""
    w = random((4, 6), seed).float().double()
    exact = flint.fmpq_mat([[flint.fmpq(*Fraction(x).as_integer_ratio()) for x in row] for row in w.tolist()])
    polynomial = (exact * exact.transpose()).charpoly()
    bound = flint.fmpq(*Fraction(certified_norm(w)).as_integer_ratio()) ** 2
    derivatives = [polynomial]
    while derivatives[-1].degree() > 0:
        derivatives.append(derivatives[-1].derivative())
    assert all(each(bound) > 0 for each in derivatives)  # no root beyond the bound: Budan and Fourier


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 8), st.integers(0, 2**31))
def test_only_positive_definite_matrices_pass(size: int, seed: int) -> None:
    a = random((size, size), seed)
    a = a @ a.T
    least = float(torch.linalg.eigvalsh(a)[0])
    eye = torch.eye(size, dtype=torch.float64)
    assert not is_positive_definite(a - (least + 1e-13 * float(a.trace())) * eye)
    assert is_positive_definite(a + 1e-10 * float(a.trace()) * eye)
    assert not is_positive_definite(a + eye, radius=least + 1.01)
    assert not is_positive_definite(a * float("nan"))


@settings(deadline=None, max_examples=8)
@given(
    st.lists(st.integers(1, 4).map(lambda k: 2 * k), min_size=2, max_size=4),
    st.sampled_from(["relu", "groupsort", "tanh", "abs"]),
    st.sampled_from(["normal", "huge", "tiny", "deficient", "repeated"]),
    st.integers(0, 2**31),
)
def test_lower_is_below_upper_for_a_chain(widths: list[int], activation: str, kind: str, seed: int) -> None:
    chain = LDLTChain(widths, lipschitz=2.0, activation=activation, sigma="he", dtype=torch.float64)
    with torch.no_grad():
        for i, w in enumerate(chain.raw):
            w.copy_(hostile(kind, *w.shape, seed + i))
    bound = lipschitz_bound(chain)
    lower = lipschitz_lower_bound(chain, random((20, widths[0]), seed), steps=8)
    assert lower <= bound.upper
    assert bound.certified
    if kind in ("normal", "repeated"):
        assert bound.upper <= 2.0 * (1 + 1e-6)


def test_the_block_condition_beats_the_product_of_norms() -> None:
    chain = ldlt_chain = LDLTChain((8, 16, 16, 16, 4), lipschitz=3.0, sigma="3/sqrt(n)")
    bound = lipschitz_bound(chain)
    assert bound.method == "block LDLT"
    assert bound.upper <= 3.0 * (1 + 1e-5) < math.prod(bound.norms)
    assert lipschitz_bound(ldlt_chain.fold()).upper == bound.upper
    guess = lipschitz_bound(chain, certified=False)
    assert not guess.certified
    assert guess.upper == pytest.approx(bound.upper, rel=1e-5)


def test_the_bound_is_attained_by_a_linear_network() -> None:
    net = nn.Sequential(nn.Linear(5, 4, dtype=torch.float64), nn.Flatten())
    bound = lipschitz_bound(net)
    assert lipschitz_lower_bound(net, random((3, 5), 0), steps=200) == pytest.approx(bound.upper, rel=1e-6)
    assert bound.method == "spectral norm"


def test_each_kind_of_module_has_a_bound() -> None:
    for module, most in (
        (LDLTLinear(30, 3, gamma=0.5), 0.5),
        (LDLTLinear(3, 30, gamma=2.0), 2.0),
        (LDLTNetwork((4, 8, 8, 2), lipschitz=5.0), 5.0),
        (ldlt(nn.Linear(6, 4), gamma=3.0), 3.0),
        (nn.Sequential(LDLTLinear(4, 4), nn.ReLU(), LDLTNetwork((4, 4, 2))), 1.0),
    ):
        assert 0 < lipschitz_bound(module).upper <= most * (1 + 1e-6)


def test_a_container_keeps_the_factor_of_every_layer() -> None:
    layers = [LDLTLinear(6, 6, gamma=gamma, sigma=1e4) for gamma in (0.5, 4.0)]
    net = nn.Sequential(nn.Sequential(layers[0], GroupSort(2)), layers[1])
    # Large weights make both layers orthogonal up to their factors: 2 is attained, not 1, 4 or 0.5.
    assert 1.99 < lipschitz_lower_bound(net, torch.randn(20, 6)) <= lipschitz_bound(net).upper <= 2.0 * (1 + 1e-5)


def test_a_zero_layer_has_the_bound_0() -> None:
    layer = nn.Linear(3, 3)
    nn.init.zeros_(layer.weight)
    assert lipschitz_bound(layer).upper == 0
    assert lipschitz_bound(nn.Sequential(layer, nn.ReLU(), nn.Linear(3, 1))).upper == 0
    assert lipschitz_lower_bound(layer, torch.ones(2, 3)) == 0


def test_after_training_lower_is_below_upper() -> None:
    generator = torch.Generator().manual_seed(1)
    chain = LDLTChain((6, 16, 16, 2), lipschitz=2.0)
    optimiser = torch.optim.Adam(chain.parameters(), lr=0.05)
    x = torch.randn(64, 6, generator=generator)
    for _ in range(25):
        optimiser.zero_grad()
        (chain(x) - 10 * x[:, :2]).square().mean().backward()
        optimiser.step()
    bound, lower = lipschitz_bound(chain).upper, lipschitz_lower_bound(chain, x)
    assert 0.5 < lower <= bound <= 2.0 * (1 + 1e-4)


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(DomainError, match="got Conv2d"):
        lipschitz_bound(nn.Sequential(nn.Linear(3, 3), nn.Conv2d(1, 1, 1)))
    with pytest.raises(DomainError, match="got Dropout"):
        lipschitz_bound(nn.Sequential(nn.Linear(3, 3), nn.Dropout()))
    with pytest.raises(DomainError, match="got GELU"):
        lipschitz_bound(nn.Sequential(nn.Linear(3, 3), nn.GELU()))
    with pytest.raises(DomainError, match="at least one layer, got ReLU"):
        lipschitz_bound(nn.ReLU())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_named(value: float) -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    with torch.no_grad():
        net[2].weight[0, 0] = value
    with pytest.raises(DomainError, match=f"need finite weights, got {value} in layer 2"):
        lipschitz_bound(net)
    with pytest.raises(DomainError, match="need finite weights"):
        certified_norm(net[2].weight)


@pytest.mark.parametrize("bound", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_bound_by_construction_is_proved_itself(bound: float, seed: int) -> None:
    torch.manual_seed(seed)
    chain = LDLTChain((8, 16, 16, 16, 4), lipschitz=bound, sigma="he", dtype=torch.float64)
    assert lipschitz_bound(chain).upper <= bound


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("make", [LDLTChain, LDLTNetwork, lambda widths: LDLTChain(widths).fold()])
def test_parameters_that_are_not_finite_are_refused_with_their_layer(make: object, value: float) -> None:
    for kind in (1, 2):
        module = make((4, 6, 2))  # type: ignore[operator]
        last = [p for p in module.parameters() if p.ndim == kind][-1]
        with torch.no_grad():
            last.view(-1)[0] = value
        with pytest.raises(DomainError, match=r"need finite (weights|biases), got (nan|inf).* in "):
            lipschitz_bound(module)


class _Skip(nn.Sequential):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + super().forward(x)


class _Louder(LDLTChain):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 10 * super().forward(x)


class _Steeper(nn.ReLU):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 10 * super().forward(x)


def _hooked(module: nn.Module, hook: Any) -> nn.Module:
    module.register_forward_hook(hook)
    return module


@pytest.mark.parametrize(
    "make",
    [
        lambda: _Skip(LDLTLinear(4, 4, sigma=10.0)),
        lambda: _Louder((4, 8, 2)),
        lambda: nn.Sequential(nn.Linear(4, 4), _Steeper()),
        lambda: _hooked(nn.Sequential(LDLTLinear(4, 4)), lambda _m, _i, y: 10 * y),
        lambda: nn.Sequential(_hooked(LDLTLinear(4, 4), lambda _m, _i, y: 10 * y)),
        lambda: nn.Sequential(_hooked(nn.Linear(4, 4), lambda _m, _i, y: 10 * y)),
        lambda: nn.Linear(3, 3, dtype=torch.complex64),
        lambda: LDLTLinear(4, 4, device="meta"),
    ],
)
def test_what_computes_something_else_than_its_kind_is_refused(make: Any) -> None:
    with pytest.raises(DomainError, match=r"without (a forward of its own|forward hooks)|that are real numbers"):
        lipschitz_bound(make())


def test_a_bound_that_underflows_is_not_zero() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3)).double()
    with torch.no_grad():
        for each in (net[0], net[2]):
            each.weight.copy_(1e-200 * torch.eye(3, dtype=torch.float64))
    assert 0 < lipschitz_bound(net).upper < 1e-300
