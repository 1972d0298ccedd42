"""The constraint for layers that exist, in the manner of `torch.nn.utils.parametrizations.orthogonal`."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from wishart_moments.errors import DomainError
from wishart_nn.factors import linalg
from wishart_nn.state import LayerState
from wishart_nn.weight import Factor, checked_alpha, checked_factor, checked_gamma, checked_weight, ldlt_weight


class LDLT(LayerState):
    """W ↦ Y with the singular values γ s/√(α + s²), and back."""

    def __init__(self, alpha: float = 1.0, gamma: float = 1.0, factor: Factor = "cholesky") -> None:
        super().__init__()
        # While it is registered, a parametrization is asked for the inverse of the present parameter: here, itself.
        self.invertible = False
        self.begin_law((_number(alpha, "alpha"), _number(gamma, "gamma")), f"factor {factor}")
        self.factor: Factor = checked_factor(factor)

    def forward(self, weight: Tensor) -> Tensor:
        """Return Y for W."""
        if self.training or torch.is_grad_enabled() or torch.compiler.is_compiling():
            return ldlt_weight(weight, *self.numbers(), factor=self.factor)
        law = cast(Tensor, self._buffers["law"])
        return self.kept([weight, law], self.factor, lambda: ldlt_weight(weight, *self.numbers(), factor=self.factor))

    @property
    def alpha(self) -> float:
        """α."""
        return self.law[0].item()

    @property
    def gamma(self) -> float:
        """γ."""
        return self.law[1].item()

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Return a W with forward(W) = Y, for ‖Y‖ < γ.

        With Z = Y/γ, m <= n and W = LZ, αI + WWᵀ = LLᵀ says I − ZZᵀ = αL⁻¹L⁻ᵀ: a Cholesky factorisation gives L. For
        m > n the same of the transposes. Symmetric: W = √α U s/√(1 − s²) Vᵀ for Z = U s Vᵀ.

        Raises:
            DomainError: where ‖Y‖ >= γ up to rounding, or an entry is not finite.
        """
        if not self.invertible:
            return weight
        checked_weight(weight)
        with torch.no_grad():
            z = weight.double() / self.gamma
            if not z.isfinite().all():
                raise DomainError(f"need finite weights, got {weight[~z.isfinite()][0].item()}")
            # In the weights' own precision nothing closer to the sphere comes back.
            norm = linalg.matrix_norm(z, 2).max().item()
            if norm >= 1 - torch.finfo(weight.dtype).eps:
                found = f"{norm * self.gamma:.9g}"
                raise DomainError(
                    f"need a matrix of norm < gamma = {self.gamma:g}, got {found}; scale it or raise gamma"
                )
            short = z if z.shape[-2] <= z.shape[-1] else z.mT
            free = self.alpha**0.5 * (_scaled(short) if self.factor == "symmetric" else _solved(short))
            return (free if short is z else free.mT).to(weight.dtype)

    def extra_repr(self) -> str:
        """Return the arguments."""
        return f"alpha={self.alpha}, gamma={self.gamma}, factor={self.factor!r}"


def ldlt(
    module: nn.Module,
    name: str = "weight",
    *,
    alpha: float = 1.0,
    gamma: float = 1.0,
    factor: Factor = "cholesky",
) -> nn.Module:
    """Constrain a parameter to γ W (αI + WᵀW)^{-1/2} up to a rotation, whose singular values γ s/√(α + s²) are below γ.

    The free parameter W is `module.parametrizations.<name>.original`, and at once the parameter as it was: the layer
    changes to the constrained one. Assigning a matrix inside the ball to `module.<name>` finds the W that gives it. An
    initialiser applied to `module.<name>` has no effect: apply it to the free parameter.

    Args:
        module: with the parameter.
        name: of a parameter (…, m, n).
        alpha: α > 0, in units of W².
        gamma: γ > 0.
        factor: see `ldlt_weight`.

    Returns:
        The module.

    Raises:
        DomainError: for an argument outside its domain; where a matrix is assigned that lies outside the ball.

    Example:
        >>> layer = ldlt(torch.nn.Linear(3, 2), gamma=2.0)
        >>> layer.weight = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 1.5]])
        >>> layer.weight.detach().round(decimals=4).tolist()
        [[0.0, 1.0, 0.0], [0.5, 0.0, 1.5]]
        >>> layer.weight = 2 * torch.eye(2, 3)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need a matrix of norm < gamma = 2, got 2; scale it or raise gamma
    """
    parameter = getattr(module, name, None)
    if not isinstance(parameter, Tensor):
        raise DomainError(f"need the name of a parameter of {type(module).__name__}, got {name!r}")
    checked_weight(parameter)
    constraint = LDLT(alpha, gamma, factor)
    parametrize.register_parametrization(module, name, constraint)
    constraint.invertible = True
    return module


def _number(value: Any, name: str) -> float:
    number = checked_alpha(value) if name == "alpha" else checked_gamma(value)
    if isinstance(number, Tensor):
        raise DomainError(f"need a number for {name}, got a tensor")
    return number


def _scaled(z: Tensor) -> Tensor:
    u, s, vt = linalg.svd(z, full_matrices=False)
    return (u * (s / ((1 - s) * (1 + s)).sqrt())[..., None, :]) @ vt


def _solved(z: Tensor) -> Tensor:
    """C⁻¹Z, CCᵀ = I − ZZᵀ."""
    gap = torch.eye(z.shape[-2], dtype=z.dtype, device=z.device) - z @ z.mT
    return linalg.solve_triangular(linalg.cholesky(gap), z, upper=False)
