"""What autograd and torch.compile are told about (W, α) ↦ V, J and about the layer x ↦ x Vᵀ + b.

`factored` is the one differentiable factorisation: any number of times, batched, under vmap, forward mode,
torch.compile and torch.export, and for tensors without values. With V̄ and J̄ the gradients in V and J, W̄ is
`factors.adjoint`, itself written in V and J; as V does not change and J becomes J/c where W and √α grow c-fold,
ᾱ = −(⟨W̄, W⟩ + ⟨J̄, J⟩)/(2α), for complex matrices the real part. `product` is the same for one layer in a training
step, with fewer and larger operations.
"""

from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.autograd import Function, forward_ad

from wishart_nn.factors import (
    Factors,
    Scalar,
    adjoint,
    adjoint_of_product,
    factor,
    full_precision,
    needs_image,
)

Gradient = Tensor | None

_C: Any = getattr(torch, "_C")  # noqa: B009
_functorch: Any = _C._are_functorch_transforms_active
_forward: Any = forward_ad


def valueless(tensor: Tensor) -> bool:
    """Return whether a tensor has a shape only."""
    return tensor.is_meta or isinstance(tensor, FakeTensor)


def plain(*tensors: Tensor) -> bool:
    """Return whether all are tensors of torch itself, with values."""
    return all(type(each) in PLAIN and not each.is_meta for each in tensors)


PLAIN = (Tensor, torch.nn.Parameter)


def transformed() -> bool:
    """Return whether a transform of torch.func or forward mode is at work, so that values cannot be looked at."""
    return bool(_functorch()) or _forward._current_level >= 0


def factored(short: Tensor, alpha: Scalar) -> Factors:
    """Return V = L⁻¹W and J = L⁻¹, αI + WWᵀ = LLᵀ, W (…, p, q), p <= q; differentiable in W and α.

    Args:
        short: float32 or float64, or complex: αI + WWᴴ = LLᴴ then, and α stays real.
        alpha: a number, or a tensor () or (…, 1, 1).

    Raises:
        DomainError: where an entry is not finite, or alpha is not positive and finite.
    """
    if torch.compiler.is_compiling() or valueless(short):
        return Factors(*_factored(short, torch.as_tensor(alpha, dtype=short.real.dtype, device=short.device)))
    return Factors(*_applied(short, alpha))


class Factored(Function):
    """(W, α) ↦ V, J."""

    @staticmethod
    def forward(short: Tensor, alpha: Scalar) -> tuple[Tensor, Tensor]:
        return factor(short, alpha)[:2]

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        short, alpha = inputs
        _keep(ctx, alpha, short, *output)
        ctx.save_for_forward(alpha if isinstance(alpha, Tensor) else None, short, *output)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, *grads: Gradient) -> tuple[Gradient, Gradient]:
        (by_v, by_j), (alpha, short, *factors) = grads, _kept(ctx)
        if by_v is None and by_j is None:
            return None, None
        with full_precision(short):
            by_short = adjoint(by_v, by_j, Factors(*factors))
            return by_short, _by_alpha(by_short, short, alpha, by_j, factors[1]) if ctx.needs_input_grad[1] else None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> tuple[Tensor, Tensor]:
        """With X = J dW and Φ the lower half of XVᴴ + VXᴴ + dα JJᴴ: dV = X − ΦV, dJ = −ΦJ."""
        d_short, d_alpha = tangents
        alpha, _, v, j = ctx.saved_tensors
        x = torch.zeros_like(v) if d_short is None else j @ d_short
        inner = x @ v.mH + v @ x.mH
        if isinstance(d_alpha, Tensor) and alpha is not None:
            inner = inner + d_alpha * (j @ j.mH)
        half = inner.tril(-1) + torch.diag_embed(inner.diagonal(dim1=-2, dim2=-1) / 2)
        return x - half @ v, -(half @ j)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[Any, Any]:
        short, alpha = args
        short = batched(info.batch_size, in_dims[0], short)
        return _applied(short, batched_alpha(in_dims[1], alpha, short.ndim)), (0, 0)


_applied: Any = Factored.apply  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

_operator: Any = torch.library.custom_op


@_operator("wishart_nn::factored", mutates_args=())
def _factored(short: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """`Factored` as an operator that a graph takes whole: the precision depends on the values."""
    with full_precision(short):
        v, j, _ = factor(short, alpha)
    return v.contiguous(), j.contiguous()


@_factored.register_fake
def _(short: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG001
    return short.new_empty(short.shape), short.new_empty(*short.shape[:-1], short.shape[-2])


_factored.register_autograd(Factored.backward, setup_context=Factored.setup_context)


class Product(Function):
    """(x, W, b, α) ↦ x Yᵀ + b with Y = V or, for more outputs than inputs, Vᵀ of Wᵀ.

    It has one output: the factors stay aside, which saves a step what a product costs.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, alpha: Scalar) -> Tensor:
        wide = weight.shape[0] <= weight.shape[1]
        short = weight if wide else weight.mT
        factors = factor(short, alpha, inverted=False)
        image = None
        if wide and needs_image(x.shape[0], short):
            image = x @ factors.v.mT
            y = image.clone() if bias is None else image + bias
        else:
            y = torch.nn.functional.linear(x, factors.v if wide else factors.v.mT, bias)
        ctx.inverted = factors.inverted
        _keep(ctx, alpha, x, weight, *factors[:2], image)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Gradient, Gradient, Gradient, Gradient]:
        (grad,) = grads
        alpha, x, weight, v, other, image = _kept(ctx)
        for_x, for_weight, for_bias, for_alpha = ctx.needs_input_grad
        wide = weight.shape[0] <= weight.shape[1]
        short, sides = (weight, (grad, x)) if wide else (weight.mT, (x, grad))
        by_short: Gradient = None
        by_x: Gradient = None
        with full_precision(x):
            if again := torch.is_grad_enabled():
                v, other, _ = factored(short, alpha)
            if not wide and (for_x or needs_image(len(x), short)):
                by_x = image = grad @ v.mT
            if again:
                by_short = adjoint(sides[0].mT @ sides[1], None, Factors(v, other))
            elif for_weight or for_alpha:
                by_short, total = adjoint_of_product(*sides, image, Factors(v, other, ctx.inverted))
                by_x = total if wide else by_x
            if wide and by_x is None and for_x:
                by_x = grad @ v
        return (
            by_x if for_x else None,
            None if by_short is None or not for_weight else by_short if wide else by_short.mT,
            grad.sum(0) if for_bias else None,
            _by_alpha(by_short, short, alpha) if for_alpha and by_short is not None else None,
        )


_apply: Any = super(Function, Product)  # past a signature's binding, which takes as long as a small product


def product(x: Tensor, weight: Tensor, bias: Tensor | None, alpha: Scalar) -> Tensor:
    """Return x Yᵀ + b, x and W float32 or float64 matrices: in eager mode, out of transforms."""
    return _apply.apply(x, weight, bias, alpha)


class Looked(Function):
    """f(W, α) where f looks at values, inside a transform of torch.func too; no derivative is asked for."""

    @staticmethod
    def forward(function: Any, tensor: Tensor, alpha: Scalar) -> tuple[Tensor, ...]:
        return function(tensor, alpha)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:  # noqa: ARG004
        ctx.mark_non_differentiable(*output)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, None, None]:  # noqa: ARG004
        return None, None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[Any, Any]:
        function, tensor, alpha = args
        tensor = batched(info.batch_size, in_dims[1], tensor)
        found = looked(function, tensor, batched_alpha(in_dims[2], alpha, tensor.ndim))
        return found, (0,) * len(found)


looked: Any = Looked.apply  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _by_alpha(by_short: Tensor, short: Tensor, alpha: Any, by_j: Gradient = None, j: Gradient = None) -> Gradient:
    if not isinstance(alpha, Tensor):
        return None
    inner = (by_short.conj() * short).real.sum((-2, -1), keepdim=True)
    if by_j is not None and j is not None:
        inner = inner + (by_j.conj() * j).real.sum((-2, -1), keepdim=True)
    inner = inner / (-2 * alpha)
    while inner.ndim > alpha.ndim:
        inner = inner.sum(0)
    shared = [i for i, (one, many) in enumerate(zip(alpha.shape, inner.shape, strict=True)) if one == 1 < many]
    return inner.sum(shared, keepdim=True) if shared else inner


def _keep(ctx: Any, alpha: Scalar, *tensors: Tensor | None) -> None:
    ctx.alpha = None if isinstance(alpha, Tensor) else alpha
    ctx.save_for_backward(alpha if isinstance(alpha, Tensor) else None, *tensors)


def _kept(ctx: Any) -> tuple[Any, ...]:
    alpha, *tensors = ctx.saved_tensors
    return (ctx.alpha if alpha is None else alpha, *tensors)


def batched(size: int, dim: int | None, tensor: Tensor) -> Tensor:
    """Return a tensor with its batch dimension first."""
    return tensor.expand(size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)


def batched_alpha(dim: int | None, alpha: Scalar, ndim: int) -> Scalar:
    """Return α with its batch dimension first, and as many dimensions as the weights where it has one."""
    if dim is None or not isinstance(alpha, Tensor):
        return alpha
    alpha = alpha.movedim(dim, 0)
    return alpha.reshape(alpha.shape[0], *[1] * (ndim - alpha.ndim), *alpha.shape[1:])
