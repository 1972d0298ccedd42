"""The constrained weight and the fused layer: laws, derivatives, hostile weights, transforms."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from wishart_moments.errors import DomainError, WishartError
from wishart_nn import factors
from wishart_nn.weight import ldlt_linear, ldlt_weight

SHAPES = [(3, 3), (2, 4), (4, 2), (1, 3), (3, 1), (1, 1), (2, 3, 3), (2, 2, 4), (2, 4, 2)]
KINDS = ["cholesky", "symmetric"]
BOTH = pytest.mark.parametrize("kind", KINDS)


def _normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def _norm(matrix: Tensor) -> float:
    return torch.linalg.matrix_norm(matrix.double(), 2).max().item()


def _reference(weight: Tensor, alpha: float = 1.0, gamma: float = 1.0) -> Tensor:
    """The symmetric weight by a singular value decomposition."""
    u, s, vt = torch.linalg.svd(weight.double(), full_matrices=False)
    return (u * (gamma * s / (alpha + s**2).sqrt())[..., None, :]) @ vt


sizes = st.integers(1, 9)
scales = st.sampled_from([1e-12, 1e-3, 1.0, 30.0, 1e4, 1e12])


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, scales, st.integers(0, 1000), st.sampled_from(KINDS), st.sampled_from(["float32", "float64"]))
def test_the_norm_is_below_gamma(m: int, n: int, scale: float, seed: int, kind: Any, dtype: str) -> None:
    dt = getattr(torch, dtype)
    scale = min(scale, 1e8) if kind == "symmetric" else scale
    y = ldlt_weight(_normal(m, n, seed=seed, dtype=dt) * scale, 0.5, 3.0, factor=kind)
    assert _norm(y) <= 3 * (1 + 4 * torch.finfo(dt).eps ** 0.5)


@settings(deadline=None, max_examples=25)
@given(sizes, sizes, st.integers(0, 1000), st.floats(0.01, 100), st.floats(0.01, 100))
def test_both_factors_have_the_singular_values_of_the_formula(
    m: int, n: int, seed: int, alpha: float, gamma: float
) -> None:
    weight = _normal(m, n, seed=seed)
    s = torch.linalg.svdvals(weight)
    expected = gamma * s / (alpha + s**2).sqrt()
    for kind in KINDS:
        y = ldlt_weight(weight, alpha, gamma, factor=kind)
        torch.testing.assert_close(torch.linalg.svdvals(y), expected, rtol=1e-11, atol=1e-12 * gamma)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_symmetric_factor_keeps_the_singular_vectors(shape: tuple[int, ...]) -> None:
    weight = _normal(*shape)
    torch.testing.assert_close(ldlt_weight(weight, 0.7, 2.0, factor="symmetric"), _reference(weight, 0.7, 2.0))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_cholesky_factor_is_a_triangular_multiple_of_the_weight(shape: tuple[int, ...]) -> None:
    weight = _normal(*shape)
    m, n = shape[-2:]
    y = ldlt_weight(weight, 0.7, 2.0)
    if m <= n:
        lower = torch.linalg.cholesky(0.7 * torch.eye(m, dtype=weight.dtype) + weight @ weight.mT)
        torch.testing.assert_close(lower @ y, 2 * weight)
    else:
        lower = torch.linalg.cholesky(0.7 * torch.eye(n, dtype=weight.dtype) + weight.mT @ weight)
        torch.testing.assert_close(y @ lower.mT, 2 * weight)


@BOTH
@pytest.mark.parametrize("shape", SHAPES)
def test_first_and_second_derivatives_are_those_of_differences(shape: tuple[int, ...], kind: Any) -> None:
    weight = _normal(*shape).requires_grad_()
    lead = shape[:-2]
    alpha = (0.5 + torch.rand(lead, dtype=torch.float64)).requires_grad_()
    gamma = (0.5 + torch.rand(lead, dtype=torch.float64)).requires_grad_()

    def call(w: Tensor, a: Tensor, g: Tensor) -> Tensor:
        return ldlt_weight(w, a, g, factor=kind)

    assert gradcheck(call, (weight, alpha, gamma))
    assert gradgradcheck(call, (weight, alpha, gamma))


@pytest.mark.parametrize("kind", ["cholesky", "symmetric"])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
@pytest.mark.parametrize("batch", [1, 3, 7])
def test_the_layer_is_differentiable_twice(shape: tuple[int, int], batch: int, kind: Any) -> None:
    m, n = shape
    inputs = [_normal(batch, n, seed=1), _normal(m, n), _normal(m, seed=2), torch.tensor(0.8).double()]
    inputs = [tensor.requires_grad_() for tensor in (*inputs, torch.tensor(1.3).double())]

    def call(x: Tensor, w: Tensor, b: Tensor, a: Tensor, g: Tensor) -> Tensor:
        return ldlt_linear(x, w, b, a, g, factor=kind)

    assert gradcheck(call, inputs)
    assert gradgradcheck(call, inputs)
    assert gradcheck(lambda x, w: ldlt_linear(x, w, factor=kind), inputs[:2])
    assert gradcheck(lambda x, w, b: ldlt_linear(x, w, b, factor=kind), inputs[:3])


@BOTH
@pytest.mark.parametrize(
    "weight",
    [
        torch.eye(3),
        torch.zeros(3, 3),
        torch.zeros(2, 4),
        torch.linalg.qr(_normal(4, 4))[0],
        torch.linalg.qr(_normal(5, 3))[0],
        torch.linalg.qr(_normal(5, 3))[0].T,
        torch.ones(3, 4),
        torch.diag(torch.tensor([2.0, 2.0, 0.0])),
    ],
    ids=["identity", "zero", "zero, wide", "orthogonal", "tall", "wide", "rank one", "repeated"],
)
def test_repeated_singular_values_do_no_harm(weight: Tensor, kind: Any) -> None:
    weight = weight.double().contiguous().requires_grad_()
    assert gradcheck(lambda w: ldlt_weight(w, factor=kind), (weight,))
    assert gradgradcheck(lambda w: ldlt_weight(w, factor=kind), (weight,))


@pytest.mark.parametrize(("m", "n"), [(600, 700), (700, 600), (520, 520), (300, 300), (130, 140), (300, 100)])
@pytest.mark.parametrize("batch", [1, 70, 400])
def test_every_route_of_the_backward_pass_gives_one_gradient(m: int, n: int, batch: int) -> None:
    x, weight, bias, grad = _normal(batch, n), _normal(m, n, seed=1), _normal(m, seed=2), _normal(batch, m, seed=3)
    weight = weight / n**0.5
    leaves = [tensor.clone().requires_grad_() for tensor in (x, weight, bias)]
    ldlt_linear(*leaves).backward(grad)
    others = [tensor.clone().requires_grad_() for tensor in (x, weight, bias)]
    short = others[1] if m <= n else others[1].mT
    lower = torch.linalg.cholesky(torch.eye(min(m, n)).double() + short @ short.mT)
    y = torch.linalg.solve_triangular(lower, short, upper=False)
    torch.nn.functional.linear(others[0], y if m <= n else y.mT, others[2]).backward(grad)
    for leaf, other in zip(leaves, others, strict=True):
        torch.testing.assert_close(leaf.grad, other.grad, rtol=1e-9, atol=1e-9)


def test_only_the_gradients_that_are_wanted_are_formed() -> None:
    for wanted in range(1, 8):
        leaves = [_normal(5, 3), _normal(4, 3), _normal(4)]
        for index, leaf in enumerate(leaves):
            leaf.requires_grad_(bool(wanted >> index & 1))
        ldlt_linear(*leaves).sum().backward()
        assert [leaf.grad is not None for leaf in leaves] == [bool(wanted >> i & 1) for i in range(3)]


@pytest.mark.parametrize("scale", [1e-30, 1e-8, 1.0, 1e3, 1e8, 1e18, 1e30])
@pytest.mark.parametrize("shape", [(4, 4), (4, 9), (9, 4), (260, 260), (2, 3, 5)])
@pytest.mark.parametrize("rank_one", [False, True])
def test_huge_tiny_and_rank_deficient_weights_stay_inside_the_ball(
    shape: tuple[int, ...], scale: float, rank_one: bool
) -> None:
    weight = torch.ones(shape) if rank_one else _normal(*shape, dtype=torch.float32)
    weight = (weight * scale).requires_grad_()
    y = ldlt_weight(weight, 1e-3)
    y.sum().backward()
    assert y.isfinite().all()
    assert weight.grad is not None
    # A matrix of rank one whose other singular values are rounding errors of 1e14 √α has no gradient to speak of.
    assert weight.grad.isfinite().all() or (rank_one and scale == 1e30)
    assert _norm(y) <= 1 + 2e-3
    s = torch.linalg.svdvals(weight.detach().double())
    values = torch.linalg.svdvals(y.detach().double())
    torch.testing.assert_close(values[..., 0], (s / (1e-3 + s**2).sqrt())[..., 0], rtol=2e-3, atol=1e-30)


@pytest.mark.parametrize("scale", [1e10, 1e100, 1e300])
def test_huge_weights_in_float64_stay_inside_the_ball(scale: float) -> None:
    for weight in (_normal(4, 4), _normal(3, 6), torch.ones(5, 5).double()):
        y = ldlt_weight(weight * scale)
        assert y.isfinite().all()
        assert _norm(y) <= 1 + 1e-14


def test_the_symmetric_factor_refuses_what_only_the_other_can_do() -> None:
    with pytest.raises(DomainError, match="the cholesky factor takes any W"):
        ldlt_weight(_normal(3, 3) * 1e20, factor="symmetric")
    y = ldlt_weight(_normal(3, 3) * 1e8, factor="symmetric")
    assert _norm(y) <= 1 + 1e-7


@BOTH
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("size", [1, 3, 300])
def test_weights_that_are_not_finite_are_refused(value: float, size: int, kind: Any) -> None:
    weight = torch.ones(size, size)
    weight[-1, 0] = value
    with pytest.raises(DomainError, match="need finite weights, got"):
        ldlt_weight(weight, factor=kind)
    with pytest.raises(DomainError, match="need finite weights, got"):
        ldlt_linear(torch.ones(2, size), weight, factor=kind)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_alpha_and_gamma_are_positive_and_finite(value: float) -> None:
    for wrapped in (value, torch.tensor(value)):
        for name in ("alpha", "gamma"):
            for kind in KINDS:
                with pytest.raises(DomainError, match=f"need (finite )?{name}"):
                    ldlt_weight(torch.ones(2, 3), factor=kind, **{name: wrapped})
            with pytest.raises(DomainError, match=f"need (finite )?{name}"):
                ldlt_linear(torch.ones(2, 3), torch.ones(2, 3), **{name: wrapped})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ldlt_weight(torch.ones(2, 2, dtype=torch.int64)), "floating-point dtype, got torch.int64"),
        (lambda: ldlt_weight([[1.0]]), "floating-point dtype, got list"),
        (lambda: ldlt_weight(torch.ones(2)), r"shape \(..., m, n\)"),
        (lambda: ldlt_weight(torch.ones(0, 2)), "m, n >= 1"),
        (lambda: ldlt_weight(torch.ones(2, 2), factor="lu"), "need factor to be one of cholesky, symmetric; got 'lu'"),
        (lambda: ldlt_weight(torch.ones(2, 2), "one"), "need alpha > 0 and finite, got 'one'"),
        (lambda: ldlt_weight(torch.ones(2, 2), torch.tensor(1)), "floating-point alpha, got torch.int64"),
        (lambda: ldlt_weight(torch.ones(2, 3, 3), torch.ones(5)), "alpha of a shape that broadcasts to"),
        (lambda: ldlt_linear(torch.ones(2, 3), torch.ones(2, 2)), r"inputs of shape \(..., 2\), got \(2, 3\)"),
        (lambda: ldlt_linear(torch.ones(2, 2).long(), torch.ones(2, 2)), "got torch.int64"),
        (lambda: ldlt_linear(torch.ones(2, 2).double(), torch.ones(2, 2)), "weights' dtype torch.float32"),
        (lambda: ldlt_linear(torch.ones(2, 2), torch.ones(3, 2, 2)), "need a matrix as weight"),
        (lambda: ldlt_linear(torch.ones(2, 2), torch.ones(2, 2), None, torch.ones(2)), "need one alpha"),
    ],
)
def test_bad_input_is_named(call: Any, message: str) -> None:
    with pytest.raises(WishartError, match=message):
        call()


@BOTH
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_is_computed_in_float32(dtype: torch.dtype, kind: Any) -> None:
    weight, x = _normal(5, 7, dtype=dtype).requires_grad_(), _normal(3, 7, dtype=dtype)
    y = ldlt_weight(weight, factor=kind)
    assert y.dtype == dtype
    assert torch.equal(y, ldlt_weight(weight.float(), factor=kind).to(dtype))
    out = ldlt_linear(x, weight, factor=kind)
    assert out.dtype == dtype
    assert torch.equal(out, ldlt_linear(x.float(), weight.float(), factor=kind).to(dtype))
    out.sum().backward()
    assert weight.grad is not None
    assert weight.grad.dtype == dtype


@BOTH
def test_autocast_changes_the_output_s_dtype_only(kind: Any) -> None:
    weight, x = _normal(5, 7, dtype=torch.float32).requires_grad_(), _normal(3, 7, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out, y = ldlt_linear(x, weight, factor=kind), ldlt_weight(weight, factor=kind)
        assert torch.nn.functional.linear(x, weight).dtype == out.dtype == torch.bfloat16
        if kind == "cholesky":
            # Backward passes belong outside autocast; products of plain autograd are rounded inside it.
            out.float().sum().backward()
    if kind == "symmetric":
        out.float().sum().backward()
    assert torch.equal(out, ldlt_linear(x, weight, factor=kind).bfloat16())
    assert torch.equal(y, ldlt_weight(weight, factor=kind))
    found, weight.grad = weight.grad, None
    ldlt_linear(x, weight, factor=kind).sum().backward()
    torch.testing.assert_close(found, weight.grad)


@pytest.mark.parametrize("shape", [(7,), (3, 7), (2, 3, 7), (0, 7)])
def test_inputs_have_any_leading_shape(shape: tuple[int, ...]) -> None:
    weight, bias, x = _normal(5, 7), _normal(5), torch.ones(shape).double()
    expected = x @ ldlt_weight(weight, 2.0, 3.0).mT + bias
    torch.testing.assert_close(ldlt_linear(x, weight, bias, 2.0, 3.0), expected)
    torch.testing.assert_close(ldlt_linear(x, weight, None, 2.0, 3.0), expected - bias)


def test_an_output_may_be_overwritten_before_the_backward_pass() -> None:
    for bias in (None, torch.ones(4)):
        weight = _normal(4, 9, dtype=torch.float32).requires_grad_()
        x = _normal(3, 9, dtype=torch.float32)
        ldlt_linear(x, weight, bias).relu_().sum().backward()
        found, weight.grad = weight.grad, None
        ldlt_linear(x, weight, bias).relu().sum().backward()
        assert torch.equal(found, weight.grad)


@BOTH
@pytest.mark.parametrize("shape", [(3, 4), (4, 3)])
def test_vmap_is_a_loop(shape: tuple[int, int], kind: Any) -> None:
    weights, alphas = _normal(5, *shape), torch.linspace(0.5, 2, 5).double()
    xs, bias = _normal(5, 6, shape[1], seed=4), _normal(shape[0], seed=5)

    def weight(w: Tensor, a: Any) -> Tensor:
        return ldlt_weight(w, a, factor=kind)

    def layer(x: Tensor, w: Tensor, a: Any) -> Tensor:
        return ldlt_linear(x, w, bias, a, factor=kind)

    found = torch.func.vmap(weight)(weights, alphas)
    torch.testing.assert_close(found, torch.stack([weight(w, a) for w, a in zip(weights, alphas, strict=True)]))
    found = torch.func.vmap(weight, (None, 0))(weights[0], alphas)
    torch.testing.assert_close(found, torch.stack([weight(weights[0], a) for a in alphas]))
    for dims in ((0, 0, 0), (0, None, None), (None, 0, None), (None, None, 0), (0, None, 0)):

        def argument(tensor: Tensor, dim: int | None, i: int) -> Tensor:
            return tensor[0 if dim is None else i]

        given_ = [t[0] if d is None else t for t, d in zip((xs, weights, alphas), dims, strict=True)]
        loop = [layer(*(argument(t, d, i) for t, d in zip((xs, weights, alphas), dims, strict=True))) for i in range(5)]
        torch.testing.assert_close(torch.func.vmap(layer, dims)(*given_), torch.stack(loop))


@BOTH
@pytest.mark.parametrize("shape", [(3, 9), (9, 3), (3, 3)])
def test_functional_gradients_are_autograd_s(shape: tuple[int, int], kind: Any) -> None:
    weight, xs = _normal(*shape), _normal(6, shape[1], seed=2)

    def loss(w: Tensor, x: Tensor) -> Tensor:
        return ldlt_linear(x, w, factor=kind).square().sum().sin()

    def plain(x: Tensor) -> Tensor:
        leaf = weight.clone().requires_grad_()
        return torch.autograd.grad(loss(leaf, x), leaf)[0]

    torch.testing.assert_close(torch.func.grad(loss)(weight, xs), plain(xs))
    each = torch.func.vmap(torch.func.grad(loss), (None, 0))(weight, xs)
    torch.testing.assert_close(each, torch.stack([plain(x) for x in xs]))
    batches = xs.reshape(3, 2, -1)
    each = torch.func.vmap(torch.func.grad(loss), (None, 0))(weight, batches)
    torch.testing.assert_close(each, torch.stack([plain(x) for x in batches]))
    jacobian = torch.func.jacrev(lambda w: ldlt_weight(w, factor=kind))(weight)
    expected = torch.autograd.functional.jacobian(lambda w: ldlt_weight(w, factor=kind), weight)
    torch.testing.assert_close(jacobian, expected)
    hessian = torch.func.jacrev(torch.func.jacrev(loss))(weight, xs)
    torch.testing.assert_close(hessian, torch.autograd.functional.hessian(lambda w: loss(w, xs), weight))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("shape", [(3, 9), (9, 3), (4, 4)])
@pytest.mark.parametrize("gamma", [1.0, 2.0])
def test_the_layer_compiles_as_one_graph(shape: tuple[int, int], gamma: float) -> None:
    torch.compiler.reset()
    x, weight, bias = _normal(5, shape[1]), _normal(*shape, seed=1), _normal(shape[0], seed=2)
    alpha = torch.tensor(0.6).double()

    def loss(x: Tensor, w: Tensor, b: Tensor, a: Tensor) -> Tensor:
        return (ldlt_linear(x, w, b, a, gamma).sin() * ldlt_weight(w, 1.5, gamma).sum()).sum()

    def gradients(call: Any) -> tuple[Tensor, ...]:
        leaves = [tensor.clone().requires_grad_() for tensor in (x, weight, bias, alpha)]
        value = call(*leaves)
        return (value.detach(), *torch.autograd.grad(value, leaves))

    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(gradients(compiled), gradients(loss))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("shape", [(3, 5), (5, 3)])
def test_the_symmetric_factor_compiles_as_one_graph(shape: tuple[int, int]) -> None:
    torch.compiler.reset()
    weight, alpha = _normal(*shape).requires_grad_(), torch.tensor(0.6).double().requires_grad_()

    def loss(w: Tensor, a: Tensor) -> Tensor:
        return ldlt_weight(w, a, 2.0, factor="symmetric").sin().sum()

    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
    for call in (compiled, loss):
        gradients = torch.autograd.grad(call(weight, alpha), (weight, alpha))
        torch.testing.assert_close(gradients, torch.autograd.grad(loss(weight, alpha), (weight, alpha)))


def test_the_operators_meet_torch_s_own_checks() -> None:
    alpha = torch.tensor(0.7).double().requires_grad_()
    for shape in ((3, 4), (2, 3, 4)):
        operator = torch.ops.wishart_nn.factored.default
        torch.library.opcheck(operator, (_normal(*shape).requires_grad_(), alpha))


def test_a_failed_factorisation_is_repeated_in_higher_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[torch.dtype] = []
    original = factors.factor_stack

    def spy(short: Tensor, *others: Any) -> Any:
        calls.append(short.dtype)
        return original(short, *others)

    monkeypatch.setattr(factors, "factor_stack", spy)
    ldlt_weight(torch.ones(3, 3))
    ldlt_weight(torch.ones(3, 3) * 1e4)
    assert calls == [torch.float32, torch.float32, torch.float64]


@pytest.mark.parametrize("size", [1, 8, 40, 130, 300])
def test_a_solution_loses_no_digits_where_the_factor_is_far_from_one(size: int) -> None:
    basis = torch.linalg.qr(_normal(size, size))[0]
    for scale, alpha in ((30.0, 1.0), (1.0, 1e3), (1e-3, 1.0)):
        y = ldlt_weight((scale * basis).float(), alpha)
        exact = scale / (alpha + scale**2) ** 0.5 * basis
        assert (y - exact).norm() <= 3 * torch.finfo(torch.float32).eps * exact.norm()


SIZES = [((1, 1), 1), ((5, 7), 3), ((8, 65), 4), ((129, 140), 9), ((130, 300), 40), ((300, 130), 200), ((270, 290), 6)]
"""On both sides of the tiles and blocks of the compiled loops."""


@pytest.mark.parametrize(("shape", "batch"), SIZES)
def test_the_compiled_loops_and_lapack_agree(monkeypatch: pytest.MonkeyPatch, shape: Any, batch: int) -> None:
    weight, x = _normal(*shape) / shape[1] ** 0.5, _normal(batch, shape[1])

    def step() -> tuple[Tensor, ...]:
        leaves = weight.clone().requires_grad_(), x.clone().requires_grad_()
        y = ldlt_linear(leaves[1], leaves[0], None, 0.3)
        return y, *torch.autograd.grad(y.sin().sum(), leaves), ldlt_weight(weight[None].repeat(2, 1, 1), 0.3)

    looped = step()
    monkeypatch.setattr(factors, "_looped", lambda _: False)
    torch.testing.assert_close(looped, step())
