"""The layer as operators that torch.compile takes whole: a factorisation may be repeated, which no graph can hold."""

from typing import Any

import torch
from torch import Tensor

from wishart_nn.factors import Factors, adjoint, factor, full_precision, needs_image
from wishart_nn.functions import Product, alpha_gradient, product_adjoint

_operator: Any = torch.library.custom_op


@_operator("wishart_nn::short_weight", mutates_args=())
def short_weight(short: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """L⁻¹W and Lᵀ."""
    with full_precision(short):
        return _laid_out(factor(short, alpha))


@short_weight.register_fake
def _(short: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG001
    return short.new_empty(short.shape), short.new_empty(*short.shape[:-1], short.shape[-2])


@_operator("wishart_nn::short_weight_adjoint", mutates_args=())
def short_weight_adjoint(grad: Tensor, y: Tensor, upper: Tensor) -> Tensor:
    """The gradient in W."""
    with full_precision(y):
        return adjoint(grad, Factors(y, upper)).contiguous()


@short_weight_adjoint.register_fake
def _(grad: Tensor, y: Tensor, upper: Tensor) -> Tensor:  # noqa: ARG001
    return y.new_empty(y.shape)


def _weight_backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor, Tensor | None]:
    short, alpha, y, upper = ctx.saved_tensors
    grad_short = short_weight_adjoint(grad, y, upper)
    return grad_short, alpha_gradient(grad_short, short, alpha) if ctx.needs_input_grad[1] else None


def _keep_weight(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(*inputs, *output)


short_weight.register_autograd(_weight_backward, setup_context=_keep_weight)


@_operator("wishart_nn::product", mutates_args=())
def product(x: Tensor, weight: Tensor, bias: Tensor | None, alpha: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `Product` gives."""
    with full_precision(x):
        y, short, upper, image = Product.forward(x, weight, bias, alpha)
    return y, *_laid_out(Factors(short, upper)), image


@product.register_fake
def _(x: Tensor, weight: Tensor, bias: Tensor | None, alpha: Tensor) -> tuple[Tensor, ...]:  # noqa: ARG001
    wide = weight.shape[0] <= weight.shape[1]
    short = weight if wide else weight.mT
    y = x.new_empty(x.shape[0], weight.shape[0])
    image = torch.empty_like(y) if wide and needs_image(x.shape[0], short) else x.new_empty(0)
    return y, x.new_empty(short.shape), x.new_empty(short.shape[0], short.shape[0]), image


@_operator("wishart_nn::product_adjoint", mutates_args=())
def _product_adjoint(
    grad: Tensor, x: Tensor, image: Tensor, y: Tensor, upper: Tensor, wide: bool
) -> tuple[Tensor, Tensor]:
    with full_precision(x):
        grad_x, grad_short = product_adjoint(grad, x, image, Factors(y, upper), wide, True, True)
    assert grad_x is not None
    assert grad_short is not None
    return grad_x.contiguous(), grad_short.contiguous()


@_product_adjoint.register_fake
def _(
    grad: Tensor,  # noqa: ARG001
    x: Tensor,
    image: Tensor,  # noqa: ARG001
    y: Tensor,
    upper: Tensor,  # noqa: ARG001
    wide: bool,  # noqa: ARG001
) -> tuple[Tensor, Tensor]:
    return x.new_empty(x.shape), y.new_empty(y.shape)


def _product_backward(ctx: Any, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
    x, weight, alpha, y, upper, image = ctx.saved_tensors
    wide = weight.shape[0] <= weight.shape[1]
    grad_x, grad_short = _product_adjoint(grad, x, image, y, upper, wide)
    grad_alpha = alpha_gradient(grad_short, weight if wide else weight.mT, alpha) if ctx.needs_input_grad[3] else None
    grad_bias = grad.sum(0) if ctx.needs_input_grad[2] else None
    return grad_x, grad_short if wide else grad_short.mT, grad_bias, grad_alpha


def _keep_product(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    x, weight, _, alpha = inputs
    ctx.save_for_backward(x, weight, alpha, *output[1:])


product.register_autograd(_product_backward, setup_context=_keep_product)


def _laid_out(factors: Factors) -> tuple[Tensor, Tensor]:
    return factors.y.contiguous(), factors.upper.contiguous()
