"""The LDLᵀ chain: L-Lipschitz for any weights; folded, solved, cached and exported it is one function."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError, MethodError
from wishart_nn.chain import LDLTChain, chain_scales
from wishart_nn.folding import fold_chain
from wishart_nn.reference import reference_chain

SHAPES = st.lists(st.integers(1, 4).map(lambda k: 2 * k), min_size=2, max_size=6)
ACTIVATION = st.sampled_from(["relu", "groupsort", "abs", "tanh", "leaky_relu:0.2", "identity", "householder", "elu"])
KINDS = ("normal", "huge", "tiny", "deficient", "mixed", "zero", "orthogonal")


def fill(chain: LDLTChain, kind: str, seed: int) -> LDLTChain:
    """Give the chain weights of a kind, and biases."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for i, weight in enumerate(chain.raw):
            w = torch.randn(weight.shape, dtype=torch.float64, generator=generator)
            if kind == "huge":
                w *= 1e6
            elif kind == "tiny":
                w *= 1e-12
            elif kind == "deficient":
                w = 100 * w[:, :1] @ w[:1, :]
            elif kind == "mixed":
                w *= 10.0 ** (5 * (-1) ** i)
            elif kind == "zero":
                w *= 0
            elif kind == "orthogonal":
                w = 5 * torch.linalg.qr(w if w.shape[0] >= w.shape[1] else w.T)[0]
                w = w if w.shape == weight.shape else w.T
            weight.copy_(w)
        for bias in chain.biases or ():
            bias.normal_(generator=generator)
    return chain


def greatest_ratio(chain: LDLTChain, seed: int) -> float:
    generator = torch.Generator().manual_seed(seed)
    dtype = chain.raw[0].dtype
    x = torch.randn(64, chain.widths[0], dtype=dtype, generator=generator)
    apart = torch.randn(64, chain.widths[0], dtype=dtype, generator=generator)
    apart *= torch.logspace(-3, 2, 64, dtype=dtype)[:, None]
    with torch.no_grad():
        difference = chain.double()(x.double()) - chain((x + apart).double())
    return float((difference.norm(dim=1) / apart.double().norm(dim=1)).max())


@settings(deadline=None, max_examples=60)
@given(SHAPES, ACTIVATION, st.sampled_from(KINDS), st.sampled_from([0.5, 1.0, 10.0]), st.integers(0, 2**31))
def test_the_chain_is_lipschitz_for_any_weights(
    widths: list[int], activation: str, kind: str, lipschitz: float, seed: int
) -> None:
    chain = LDLTChain(widths, lipschitz=lipschitz, activation=activation, sigma="he", dtype=torch.float64)
    assert greatest_ratio(fill(chain, kind, seed), seed) <= lipschitz * (1 + 1e-9)


@settings(deadline=None, max_examples=20)
@given(SHAPES, st.sampled_from(KINDS), st.integers(0, 2**31))
def test_symmetric_roots_are_lipschitz_too(widths: list[int], kind: str, seed: int) -> None:
    chain = LDLTChain(widths, lipschitz=2.0, sigma="he", factor="symmetric", dtype=torch.float64)
    assert greatest_ratio(fill(chain, kind, seed), seed) <= 2.0 * (1 + 1e-7)


def test_in_single_precision_the_bound_holds_up_to_rounding() -> None:
    for kind in KINDS:
        chain = fill(LDLTChain((8, 32, 32, 32, 4), sigma="he"), kind, 1)
        assert greatest_ratio(chain, 2) <= 1 + 1e-3, kind


@settings(deadline=None, max_examples=30)
@given(SHAPES, st.booleans(), st.sampled_from(["cholesky", "symmetric"]), st.integers(0, 2**31))
def test_one_batch_is_layer_by_layer_with_its_gradients(
    widths: list[int], restricted: bool, factor: str, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    weights = [torch.randn(s, dtype=torch.float64, generator=generator).requires_grad_() for s in shapes]
    alpha = (torch.rand(len(shapes), dtype=torch.float64, generator=generator) + 0.5).requires_grad_()
    scales = chain_scales(len(shapes), restricted, 1.5)
    batched = fold_chain(weights, alpha, scales, factor)
    plain = reference_chain(weights, alpha, 1.5, restricted, factor=factor)
    upstream = [torch.randn(c.shape, dtype=torch.float64, generator=generator) for c in batched]
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(batched, plain, strict=True))
    ours, theirs = (torch.autograd.grad(c, [alpha, *weights], upstream, allow_unused=True) for c in (batched, plain))
    assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("shapes", [[(2, 1), (2, 2), (3, 2)], [(1, 2), (2, 1), (1, 2)], [(3, 2)]])
def test_first_and_second_derivatives_are_those_of_finite_differences(shapes: list[tuple[int, int]]) -> None:
    generator = torch.Generator().manual_seed(0)
    weights = [torch.randn(s, dtype=torch.float64, generator=generator).requires_grad_() for s in shapes]
    alpha = (torch.rand(len(shapes), dtype=torch.float64, generator=generator) + 0.5).requires_grad_()
    scales = chain_scales(len(shapes), True)

    def fold(alpha: torch.Tensor, *weights: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return fold_chain(weights, alpha, scales)

    assert torch.autograd.gradcheck(fold, (alpha, *weights))
    assert torch.autograd.gradgradcheck(fold, (alpha, *weights))


def test_the_precision_that_is_safe_is_taken_at_every_scale() -> None:
    generator = torch.Generator().manual_seed(0)
    for scale in (1.0, 1e2, 1e4, 1e8, 1e18):
        weights = [scale * torch.randn(6, 6, generator=generator)[:, :1] @ torch.ones(1, 6) for _ in range(3)]
        c = fold_chain([w.requires_grad_() for w in weights], torch.ones(3), chain_scales(3, True))
        gradients = torch.autograd.grad(sum(x.square().sum() for x in c), weights)
        assert all(bool(torch.isfinite(g).all()) for g in gradients)
        assert float(torch.linalg.matrix_norm(c[0].detach().double(), 2)) <= 2**0.5 * (1 + 1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("activation", ["relu", "groupsort", "householder"])
def test_the_exported_sequential_is_the_chain(dtype: torch.dtype, activation: str) -> None:
    chain = fill(LDLTChain((5, 8, 8, 8, 3), activation=activation, lipschitz=2.0, dtype=dtype), "normal", 3)
    x = torch.randn(7, 5, dtype=dtype, generator=torch.Generator().manual_seed(4))
    plain = chain.fold()
    assert torch.allclose(plain(x), chain(x), atol=1e-6)
    assert not {id(p) for p in plain.parameters()} & {id(p) for p in chain.parameters()}


def test_cached_is_uncached_exactly() -> None:
    chain = fill(LDLTChain((5, 8, 8, 3)), "normal", 5).eval()
    x = torch.randn(50, 5, generator=torch.Generator().manual_seed(6))
    with torch.no_grad():
        first, kept = chain(x), chain.folded_weights()
        assert chain.folded_weights() is kept
        assert torch.equal(chain(x), first)
        chain.train()
        assert torch.equal(chain(x), first)


def test_the_cache_follows_every_change() -> None:
    chain = fill(LDLTChain((5, 8, 8, 3), learn_alpha=True), "normal", 7).eval()
    other = fill(LDLTChain((5, 8, 8, 3), learn_alpha=True), "normal", 8)
    x = torch.randn(50, 5, generator=torch.Generator().manual_seed(9))

    def step() -> None:
        chain.raw[1].add_(0.1)

    def learn() -> None:
        assert chain.log_alpha is not None
        chain.log_alpha.fill_(-1.0)

    def replace() -> None:
        chain.raw[0] = torch.nn.Parameter(torch.ones(8, 5))

    def load() -> None:
        chain.load_state_dict(other.state_dict())

    with torch.no_grad():
        for change in (step, learn, replace, load, chain.double, chain.float, chain.reset_parameters):
            chain(x.to(chain.raw[0].dtype))
            change()
            fresh = copy.deepcopy(chain).train()
            inputs = x.to(chain.raw[0].dtype)
            assert torch.equal(chain(inputs), fresh(inputs)), change


def test_a_chain_copies_pickles_and_keeps_its_state() -> None:
    chain = fill(LDLTChain((5, 8, 3), learn_alpha=True, alpha=[0.5, 2.0]), "normal", 10).eval()
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(11))
    with torch.no_grad():
        expected = chain(x)
        for other in (copy.deepcopy(chain), pickle.loads(pickle.dumps(chain))):
            assert torch.equal(other(x), expected)
    assert torch.allclose(chain.alpha, torch.tensor([0.5, 2.0]))
    assert {"log_alpha", "raw.0", "biases.1"} <= set(chain.state_dict())


def test_small_batches_and_large_ones_train_alike() -> None:
    chain = fill(LDLTChain((5, 256, 256, 3), learn_alpha=True, dtype=torch.float64), "normal", 12)
    x = torch.randn(2, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(13))
    parameters = list(chain.parameters())
    small = torch.autograd.grad(chain(x).square().sum(), parameters)
    large = torch.autograd.grad(chain(x.repeat(50, 1)).square().sum() / 50, parameters)
    assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(small, large, strict=True))


def test_a_few_steps_of_training_leave_the_bound() -> None:
    generator = torch.Generator().manual_seed(14)
    chain = LDLTChain((6, 16, 16, 2), lipschitz=3.0, learn_alpha=True)
    optimiser = torch.optim.Adam(chain.parameters(), lr=0.1)
    x = torch.randn(128, 6, generator=generator)
    for _ in range(30):
        optimiser.zero_grad()
        (chain(x) - 100 * x[:, :2]).square().mean().backward()
        optimiser.step()
    assert greatest_ratio(chain, 15) <= 3.0 * (1 + 1e-4)


def test_low_precision_modules_and_autocast_run() -> None:
    chain = LDLTChain((8, 16, 16, 4))
    x = torch.randn(32, 8, generator=torch.Generator().manual_seed(16))
    expected = chain(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = chain(x)
    assert torch.allclose(y.float(), expected, atol=0.05)
    y.float().sum().backward()
    low = chain.bfloat16()(x.bfloat16())
    assert low.dtype == torch.bfloat16
    assert torch.allclose(low.float(), expected, atol=0.05)


def test_vmap_and_grad_of_torch_func_see_the_chain() -> None:
    chain = LDLTChain((4, 6, 2), dtype=torch.float64)
    x = torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(17))
    parameters = {name: p.detach() for name, p in chain.named_parameters()}

    def loss(parameters: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(chain, parameters, (x,)).square().sum()

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, x)
    chain(x).square().sum().backward()
    assert all(torch.allclose(each[name].sum(0), p.grad) for name, p in chain.named_parameters() if p.grad is not None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
def test_the_chain_compiles_as_one_graph(factor: str) -> None:
    torch.compiler.reset()
    chain = LDLTChain((4, 6, 6, 2), factor=factor, learn_alpha=True, dtype=torch.float64)
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    compiled = torch.compile(chain, fullgraph=True, backend="aot_eager")
    parameters = list(chain.parameters())
    gradients = torch.autograd.grad(compiled(x).sum(), parameters)
    torch.testing.assert_close(gradients, torch.autograd.grad(chain(x).sum(), parameters))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
def test_weights_that_are_not_finite_are_named(value: float, factor: str) -> None:
    chain = LDLTChain((4, 6, 6, 2), sigma="he", factor=factor)
    with torch.no_grad():
        chain.raw[1][2, 3] = value
    for batch in (1, 100):
        with pytest.raises(DomainError, match=f"need finite weights, got {value} in layer 1 of the chain"):
            chain(torch.ones(batch, 4))


@pytest.mark.parametrize(
    ("widths", "options", "message"),
    [
        ((4,), {}, "need widths of 2 integers"),
        ((4, 0, 1), {}, r"need widths\[1\] to be an integer >= 1, got 0"),
        ((4, 2.5), {}, r"widths\[1\]"),
        ((4, 5, 1), {"activation": "groupsort"}, r"multiples of 2 for groupsort, got widths\[1\] = 5"),
        ((4, 6, 1), {"alpha": 0.0}, "need alpha > 0 and finite, got 0.0"),
        ((4, 6, 1), {"alpha": float("nan")}, "need alpha > 0"),
        ((4, 6, 1), {"alpha": [1.0]}, "one for each of the 2 layers, got 1"),
        ((4, 6, 1), {"alpha": 1e-5, "learn_alpha": True}, "need alpha > 0.0001 for a learnt alpha"),
        ((4, 6, 1), {"lipschitz": -1.0}, "need lipschitz > 0"),
        ((4, 6, 1), {"activation": "gelu"}, "no activation"),
        ((4, 6, 1), {"sigma": "n+"}, "need sigma as a formula"),
    ],
)
def test_a_chain_that_does_not_fit_is_refused(
    widths: tuple[int, ...], options: dict[str, object], message: str
) -> None:
    with pytest.raises(DomainError, match=message):
        LDLTChain(widths, **options)


def test_unknown_factors_and_wrong_inputs_are_refused() -> None:
    with pytest.raises(MethodError, match="need factor to be one of cholesky, symmetric; got 'lu'"):
        LDLTChain((4, 2), factor="lu")
    with pytest.raises(DomainError, match=r"need inputs of shape \(\.\.\., 4\), got \(1, 5\)"):
        LDLTChain((4, 2))(torch.ones(1, 5))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("kind", ["start", "huge", "deficient", "tiny"])
def test_a_compiled_chain_is_as_exact_as_the_chain(kind: str, learned: bool) -> None:
    torch.compiler.reset()
    torch.manual_seed(0)
    chain = LDLTChain((28, 64, 64, 64, 1), alpha=2e-4, sigma=0.3, lipschitz=2.0, learn_alpha=learned)
    chain = chain if kind == "start" else fill(chain, kind, 0)
    x = torch.randn(50, 28, generator=torch.Generator().manual_seed(1))
    compiled = torch.compile(chain, fullgraph=True, backend="aot_eager")
    exact = copy.deepcopy(chain).double()(x.double()).detach()
    error, eager = (((f(x).double() - exact).norm() / exact.norm()).item() for f in (compiled, chain))
    assert error < max(1e-5, 2 * eager)
    parameters = list(chain.parameters())
    wide = copy.deepcopy(chain).double()
    ours, eager_ones = (torch.autograd.grad(f(x).square().sum(), parameters) for f in (compiled, chain))
    exact_ones = torch.autograd.grad(wide(x.double()).square().sum(), list(wide.parameters()))
    for a, b, c in zip(ours, eager_ones, exact_ones, strict=True):
        assert (a.double() - c).norm() <= 2 * (b.double() - c).norm() + 1e-5 * c.norm()
