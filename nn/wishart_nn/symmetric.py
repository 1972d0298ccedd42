"""(αI + WWᵀ)^{-1/2}, differentiable any number of times, repeated eigenvalues included; ᴴ for ᵀ where W is complex.

With the eigenvectors of S and r = λ^{-1/2} the derivative of S^{-1/2} has the kernel −(r_i r_j)²/(r_i + r_j): nothing
is divided by a difference of eigenvalues. In terms of R = S^{-1/2}, the gradient Z in S solves RZ + ZR = −R²GR², and
the derivative of the solution of such an equation is another such equation.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from wishart_moments.errors import DomainError
from wishart_nn.factors import Scalar, linalg
from wishart_nn.functions import looked, valueless

MOST = 1e20
"""The largest max S_ii/α for which the product of the root and W is bounded by more than noise."""


def inverse_root(short: Tensor, alpha: Scalar) -> Tensor:
    """Return R = (αI + WWᵀ)^{-1/2} for a float64 or complex128 W (…, p, q), p <= q.

    Raises:
        DomainError: where an entry is not finite, α is not positive, or max (WWᵀ)_ii > 1e20 α.
    """
    with torch.no_grad():
        fixed = alpha.detach() if isinstance(alpha, Tensor) else alpha
        if torch.compiler.is_compiling() or valueless(short):
            fixed = torch.as_tensor(fixed, dtype=short.real.dtype, device=short.device)
            basis, roots = compiled_spectrum(short.detach(), fixed)
        else:
            basis, roots = looked(spectrum, short.detach(), fixed)
    gram = short @ short.mH + alpha * torch.eye(short.shape[-2], dtype=short.dtype, device=short.device)
    root: Any = Root
    if not torch.compiler.is_compiling():
        return root.apply(gram, basis, roots)
    # torch.compile does not look into a Function with a forward mode: the root and its first derivative, written out.
    here, change = Root.forward(gram, basis, roots), gram - gram.detach()
    return here - Sylvester.forward(here, here @ here @ change @ here @ here, basis, roots)


def spectrum(short: Tensor, alpha: Scalar) -> tuple[Tensor, Tensor]:
    """Return the eigenvectors Q and λ^{-1/2} of αI + WWᵀ, not differentiable."""
    floor = alpha[..., 0] if isinstance(alpha, Tensor) and alpha.ndim else alpha
    squares = short.abs().square().sum(-1)
    ratio = squares / floor
    if not (torch.as_tensor(floor) > 0).all() or not torch.as_tensor(floor).isfinite().all():
        raise DomainError("need alpha > 0 and finite")
    if not short.isfinite().all():
        raise DomainError(f"need finite weights, got {short[~short.isfinite()][0].item()}")
    if not (ratio <= MOST).all():
        raise DomainError(f"need |W|^2 <= {MOST:g} alpha for the symmetric factor; the cholesky factor takes any W")
    if (ratio <= torch.finfo(short.dtype).eps ** -0.5).all():
        values, basis = linalg.eigh(short @ short.mH)
        values = values.clamp(min=0)
    else:
        basis, singular, _ = linalg.svd(short, full_matrices=False)
        values = singular.square()
    return basis, (values + floor).rsqrt()


_operator: Any = torch.library.custom_op


@_operator("wishart_nn::spectrum", mutates_args=())
def compiled_spectrum(short: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """What `spectrum` gives, as an operator that torch.compile takes whole: it looks at values."""
    basis, roots = spectrum(short, alpha)
    return basis.contiguous(), roots


@compiled_spectrum.register_fake
def _(short: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG001
    rows = short.shape[-2]
    return short.new_empty(*short.shape[:-1], rows), short.real.new_empty(short.shape[:-1])


class Root(Function):
    """S ↦ S^{-1/2} = Q diag(r) Qᵀ, Q and r being given."""

    generate_vmap_rule = True

    @staticmethod
    def forward(gram: Tensor, basis: Tensor, roots: Tensor) -> Tensor:  # noqa: ARG004
        return (basis * roots[..., None, :]) @ basis.mH

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs[1:], output)
        ctx.save_for_forward(*inputs[1:], output)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        basis, roots, root = ctx.saved_tensors
        return _change(root, grads[0], basis, roots), None, None

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:
        basis, roots, root = ctx.saved_tensors
        return _change(root, tangents[0], basis, roots)


def _change(root: Tensor, change: Tensor, basis: Tensor, roots: Tensor) -> Tensor:
    """The derivative of S^{-1/2} in a direction, a map that is its own adjoint."""
    square = root @ root
    solve: Any = Sylvester
    return -solve.apply(root, square @ change @ square, basis, roots)


class Sylvester(Function):
    """(R, C) ↦ Z, RZ + ZR = C, with R = Q diag(r) Qᵀ."""

    generate_vmap_rule = True

    @staticmethod
    def forward(root: Tensor, right: Tensor, basis: Tensor, roots: Tensor) -> Tensor:  # noqa: ARG004
        inner = basis.mH @ right @ basis
        return basis @ (inner / (roots[..., :, None] + roots[..., None, :])) @ basis.mH

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        root, _, basis, roots = inputs
        ctx.save_for_backward(root, basis, roots, output)
        ctx.save_for_forward(root, basis, roots, output)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None]:
        root, basis, roots, solution = ctx.saved_tensors
        solve: Any = Sylvester
        inner = solve.apply(root, grads[0], basis, roots)
        return -(inner @ solution.mH + solution.mH @ inner), inner, None, None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        root, basis, roots, solution = ctx.saved_tensors
        by_root, by_right = tangents[:2]
        solve: Any = Sylvester
        change = 0 if by_right is None else by_right
        change = change if by_root is None else change - by_root @ solution - solution @ by_root
        return solve.apply(root, change, basis, roots)
