"""The matrices C_l of a chain of LDLT layers, all factored together, with a backward of matrix products alone.

With L_l L_lᵀ = α_l I + W_l W_lᵀ, J_l = L_l^{-1}, V_l = J_l W_l and κ_l = k_l √α_{l−1} (κ_1 = k_1):

    C_l = κ_l V_l J_{l−1}ᵀ.

V_l V_lᵀ + α_l J_l J_lᵀ = I: one triangular factor serves the layer and what it hands on. With the gradients C̄_l and
P = tril(A) + tril(A, −1)ᵀ of A = V̄_l V_lᵀ + C̄_{l+1}ᵀ C_{l+1},

    V̄_l = κ_l C̄_l J_{l−1},  W̄_l = J_lᵀ(V̄_l − P V_l),  ᾱ_l = −½⟨P, J_l J_lᵀ⟩ + ⟨C̄_{l+1}, C_{l+1}⟩/(2α_l).

The second summand of A is κ_{l+1} C̄_{l+1}ᵀ V_{l+1} J_lᵀ, the gradient at J_l times J_lᵀ: it needs neither factor. A
last layer that is taller than wide hands nothing on and is factored on its smaller side, as its transpose.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from wishart_nn.chain_formulas import fold_plainly
from wishart_nn.grouping import GRAM_LIMIT, Plan, at_least_single, check_finite, grouped

linalg: Any = torch.linalg


def fold_chain(weights: Sequence[Tensor], alpha: Tensor, scales: Sequence[float]) -> tuple[Tensor, ...]:
    """Return C_l = k_l √α_{l−1} L_l^{-1} W_l L_{l−1}^{-T}, differentiable twice in all W_l and α.

    Args:
        weights: W_l, m_l×n_l with n_l = m_{l−1}; any finite values.
        alpha: α_l > 0, one for each layer.
        scales: k_l > 0, the gain of the whole in the first.

    Returns:
        The matrices, in the dtype of the weights (computed at least in float32, and as far as float64 where the weights
        are large against √α: see `GRAM_LIMIT`). [V_l, √α_l J_l] has orthonormal rows to about GRAM_LIMIT times the unit
        roundoff, to the unit roundoff beyond.

    Raises:
        DomainError: if a weight is not finite; the layer is named.

    Cost: per layer about m²(2n + m/3 + m/3) multiplications, and some 10 m²n backward; layers of equal shape in one
        batch, and one synchronisation with the device.

    Example:
        >>> weights = [torch.ones(3, 2), torch.ones(1, 3)]
        >>> [c.round(decimals=3) for c in fold_chain(weights, torch.ones(2), [1.0, 1.0])][1]
        tensor([[0.2890, 0.1290, 0.0850]])
    """
    if torch.compiler.is_compiling():
        # L may be a tensor here; it is a factor of the first matrix.
        first, *rest = fold_whole(weights, alpha, [1.0, *scales[1:]])
        return (first * scales[0], *rest)
    if _under_transforms():
        return fold_plainly(weights, alpha, scales)
    return cast(Any, _Fold).apply(tuple(scales), alpha, *weights)


def _under_transforms() -> bool:
    return bool(cast(Any, torch)._C._are_functorch_transforms_active())


@lru_cache(maxsize=32)
def _lower_triangle(size: int, device: torch.device) -> Tensor:
    return torch.ones(size, size, dtype=torch.bool, device=device).tril()


def _symmetric(a: Tensor) -> Tensor:
    """Return tril(A) + tril(A, −1)ᵀ."""
    return torch.where(_lower_triangle(a.shape[-1], a.device), a, a.mT)


def _one_or_each(values: Sequence[float], like: Tensor) -> float | Tensor:
    """Return the number where all are the same, else one for each matrix of a batch."""
    if len(set(values)) == 1:
        return values[0]
    return torch.tensor(values, dtype=like.dtype, device=like.device)[:, None, None]


def _scaled_product(a: Tensor, b: Tensor, scale: float | Tensor) -> Tensor:
    if isinstance(scale, Tensor):
        return torch.bmm(a, b).mul_(scale)
    return torch.baddbmm(a.new_zeros(()), a, b, beta=0, alpha=scale)


class _Factors(NamedTuple):
    """V of each group and J of each size."""

    v: list[Tensor]
    j: dict[int, Tensor]


def _factor(plan: Plan, weights: Sequence[Tensor], alpha: list[float]) -> _Factors:
    """Return the factors, in the least precision that is safe."""
    stacks = [
        torch.stack([weights[i].mT if group.flipped else weights[i] for i in group.layers]) for group in plan.groups
    ]
    dtype = at_least_single(stacks[0].dtype)
    for attempt in (dtype, torch.float64) if dtype == torch.float32 else (dtype,):
        stacks = [stack.to(attempt) for stack in stacks]
        found = _by_gram(plan, stacks, alpha)
        if found is not None:
            return found
    check_finite(weights)
    return _by_orthogonal_factors(plan, stacks, alpha)


def _by_gram(plan: Plan, stacks: list[Tensor], alpha: list[float]) -> _Factors | None:
    """Return the factors from the Cholesky factors of αI + WWᵀ, None if these lose too much of α."""
    j: dict[int, Tensor] = {}
    for size, layers in plan.squares.items():
        grams = [torch.bmm(w, w.mT) for w, group in zip(stacks, plan.groups, strict=True) if group.m == size]
        gram = grams[0] if len(grams) == 1 else torch.cat(grams)
        alphas = [alpha[i] for i in layers]
        diagonal = gram.diagonal(dim1=-2, dim2=-1)
        # False for NaN too.
        if not diagonal.amax().item() <= min(alphas) * GRAM_LIMIT[gram.dtype]:
            return None
        shift = _one_or_each(alphas, gram)
        diagonal.add_(shift[:, :, 0] if isinstance(shift, Tensor) else shift)
        factor, info = linalg.cholesky_ex(gram)
        if info.any().item():
            return None
        eye = torch.eye(size, dtype=gram.dtype, device=gram.device)
        j[size] = linalg.solve_triangular(factor, eye, upper=False)
    v = [torch.bmm(j[group.m][group.own], w) for w, group in zip(stacks, plan.groups, strict=True)]
    return _Factors(v, j)


def _by_orthogonal_factors(plan: Plan, stacks: list[Tensor], alpha: list[float]) -> _Factors:
    """Return the factors from (Wᵀ; √α I) = QR, R = Lᵀ: Q = (Vᵀ; √α Jᵀ), orthonormal however large W is."""
    v: list[Tensor] = []
    parts: dict[int, list[Tensor]] = {}
    for w, group in zip(stacks, plan.groups, strict=True):
        count, m, n = w.shape
        root = torch.tensor([alpha[i] for i in group.layers], dtype=w.dtype, device=w.device).sqrt()[:, None, None]
        eye = torch.eye(m, dtype=w.dtype, device=w.device)
        q, r = linalg.qr(torch.cat((w.mT, root * eye.expand(count, m, m)), 1))
        signs = torch.where(r.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0).to(q.dtype)
        q = q * signs[:, None, :]
        v.append(q[:, :n].mT)
        parts.setdefault(m, []).append((q[:, n:] / root).mT.tril())
    return _Factors(v, {size: torch.cat(part) for size, part in parts.items()})


class _Fold(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scales: tuple[float, ...], alpha: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
        plan = grouped(tuple((w.shape[0], w.shape[1]) for w in weights))
        with torch.autocast(weights[0].device.type, enabled=False):
            numbers: list[float] = cast(Any, alpha).tolist()
            v, j = _factor(plan, weights, numbers)
            kappa = [scales[0], *(k * sqrt(a) for k, a in zip(scales[1:], numbers, strict=False))]
            stacks: list[Tensor] = []
            for group, vs in zip(plan.groups, v, strict=True):
                scale = _one_or_each([kappa[i] for i in group.layers], vs)
                c = vs.mT if group.flipped else vs
                square = None if group.before is None else j[c.shape[2]][group.before].mT
                stacks.append(c * scale if square is None else _scaled_product(c, square, scale))
        ctx.plan, ctx.scales, ctx.kappa, ctx.sizes, ctx.count = plan, scales, kappa, list(j), len(weights)
        ctx.save_for_backward(alpha, *weights, *v, *stacks, *j.values())
        return tuple(_spread(plan, [c.to(weights[0].dtype) for c in stacks], len(weights)))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        plan: Plan = ctx.plan
        alpha, *saved = cast("tuple[Tensor, ...]", ctx.saved_tensors)
        count, groups = ctx.count, len(plan.groups)
        weights = saved[:count]
        if torch.is_grad_enabled():
            return (None, *_again(ctx, alpha, weights, gradients))
        v, c = saved[count : count + groups], saved[count + groups : count + 2 * groups]
        j = dict(zip(ctx.sizes, saved[count + 2 * groups :], strict=True))
        dtype = v[0].dtype
        bars = [torch.stack([gradients[i] for i in group.layers]).to(dtype) for group in plan.groups]
        v_bars: list[Tensor] = []
        inner: dict[int, list[Tensor]] = {}
        for group, bar, vs in zip(plan.groups, bars, v, strict=True):
            scale = _one_or_each([ctx.kappa[i] for i in group.layers], bar)
            square = None if group.before is None else j[bar.shape[2]][group.before]
            v_bar = bar * scale if square is None else _scaled_product(bar, square, scale)
            v_bar = v_bar.mT if group.flipped else v_bar
            v_bars.append(v_bar)
            inner.setdefault(group.m, []).append(torch.bmm(v_bar, vs.mT))
        p = {size: parts[0] if len(parts) == 1 else torch.cat(parts) for size, parts in inner.items()}
        for group, bar, cs in zip(plan.groups, bars, c, strict=True):
            if group.before is not None:
                p[bar.shape[2]][group.before] += torch.bmm(bar.mT, cs)
        p = {size: _symmetric(a) for size, a in p.items()}
        w_bars = [
            torch.bmm(j[group.m][group.own].mT, torch.baddbmm(v_bar, p[group.m][group.own], vs, alpha=-1))
            for group, v_bar, vs in zip(plan.groups, v_bars, v, strict=True)
        ]
        w_bars = [w.mT if group.flipped else w for w, group in zip(w_bars, plan.groups, strict=True)]
        by_alpha = _alpha_gradient(plan, alpha.to(dtype), p, j, bars, c) if ctx.needs_input_grad[1] else None
        by_weights = _spread(plan, [w.to(weights[0].dtype) for w in w_bars], count)
        return None, None if by_alpha is None else by_alpha.to(alpha.dtype), *by_weights


def _alpha_gradient(
    plan: Plan, alpha: Tensor, p: dict[int, Tensor], j: dict[int, Tensor], bars: list[Tensor], c: Sequence[Tensor]
) -> Tensor:
    gradient = torch.zeros_like(alpha)
    for size, layers in plan.squares.items():
        gradient[layers] = -0.5 * (p[size] * torch.bmm(j[size], j[size].mT)).sum((1, 2))
    for group, bar, cs in zip(plan.groups, bars, c, strict=True):
        if group.before is not None:
            before = [i - 1 for i in group.layers]
            gradient[before] += (bar * cs).sum((1, 2)) / (2 * alpha[before])
    return gradient


def _again(
    ctx: Any, alpha: Tensor, weights: Sequence[Tensor], gradients: Sequence[Tensor]
) -> tuple[Tensor | None, ...]:
    """Return the gradients as differentiable functions of the inputs, for a second derivative."""
    wanted = [x for x, needed in zip((alpha, *weights), ctx.needs_input_grad[1:], strict=True) if needed]
    with torch.enable_grad():
        folded = fold_plainly(weights, alpha, ctx.scales)
        found = iter(torch.autograd.grad(folded, wanted, gradients, create_graph=True))
    return tuple(next(found) if needed else None for needed in ctx.needs_input_grad[1:])


def _spread(plan: Plan, stacks: list[Tensor], count: int) -> list[Tensor]:
    """Return the matrices of all groups in the order of the layers."""
    spread: list[Any] = [None] * count
    for group, stack in zip(plan.groups, stacks, strict=True):
        for i, matrix in zip(group.layers, stack.unbind(), strict=True):
            spread[i] = matrix
    return spread


class _Context:
    """What `_Fold` keeps of a forward pass, without autograd."""

    needs_input_grad: tuple[bool, ...]
    saved_tensors: tuple[Tensor, ...] = ()

    def save_for_backward(self, *tensors: Tensor) -> None:
        self.saved_tensors = tensors


_operator: Any = torch.library.custom_op


@_operator("wishart_nn::fold_whole", mutates_args=())
def fold_whole(weights: Sequence[Tensor], alpha: Tensor, scales: Sequence[float]) -> list[Tensor]:
    """What `fold_chain` gives, as an operator that torch.compile takes whole: the precision depends on the values."""
    return [c.clone() for c in _Fold.forward(_Context(), tuple(scales), alpha, *weights)]


@fold_whole.register_fake
def _(weights: Sequence[Tensor], alpha: Tensor, scales: Sequence[float]) -> list[Tensor]:  # noqa: ARG001
    return [w.new_empty(w.shape) for w in weights]


@_operator("wishart_nn::fold_whole_adjoint", mutates_args=())
def _fold_adjoint(
    weights: Sequence[Tensor], alpha: Tensor, scales: Sequence[float], grads: Sequence[Tensor]
) -> list[Tensor]:
    context: Any = _Context()
    context.needs_input_grad = (False, *[True] * (1 + len(weights)))
    with torch.no_grad():
        _Fold.forward(context, tuple(scales), alpha, *weights)
        return [each.clone() for each in _Fold.backward(context, *grads)[1:]]


@_fold_adjoint.register_fake
def _(
    weights: Sequence[Tensor],
    alpha: Tensor,
    scales: Sequence[float],  # noqa: ARG001
    grads: Sequence[Tensor],  # noqa: ARG001
) -> list[Tensor]:
    return [alpha.new_empty(alpha.shape), *(w.new_empty(w.shape) for w in weights)]


def _keep_whole(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:  # noqa: ARG001
    weights, alpha, ctx.scales = inputs
    ctx.save_for_backward(alpha, *weights)


def _whole_backward(ctx: Any, grads: Sequence[Tensor]) -> tuple[Any, ...]:
    alpha, *weights = ctx.saved_tensors
    by_alpha, *by_weights = _fold_adjoint(weights, alpha, ctx.scales, list(grads))
    return by_weights, by_alpha, None


fold_whole.register_autograd(_whole_backward, setup_context=_keep_whole)
