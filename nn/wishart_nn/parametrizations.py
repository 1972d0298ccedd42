"""The constraint for layers that exist, in the manner of `torch.nn.utils.parametrizations.orthogonal`."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.admission import Factor
from wishart_nn.initialisation import resolve_sigma
from wishart_nn.inverse import free_weight
from wishart_nn.protocol import Law, LDLTModule
from wishart_nn.state import LayerState
from wishart_nn.weight import ldlt_weight


class LDLT(LayerState):
    """W ↦ Y with the singular values γ s/√(α + s²), and back."""

    def __init__(self, alpha: float = 1.0, gamma: float = 1.0, factor: Factor = "cholesky") -> None:
        super().__init__()
        # While it is registered, a parametrization is asked for the inverse of the present parameter: here, itself.
        self.invertible = False
        numbers = admission.number(alpha, "alpha"), admission.number(gamma, "gamma")
        self.factor: Factor = admission.factor_name(factor)
        self.begin_law(numbers, f"factor {factor}")

    def forward(self, weight: Tensor) -> Tensor:
        def compute() -> Tensor:
            return ldlt_weight(weight, *self.numbers(), factor=self.factor)

        return self.kept([weight], self.factor, compute) if self.serving() else compute()

    @property
    def alpha(self) -> float:
        """α."""
        return self.law[0].item()

    @property
    def gamma(self) -> float:
        """γ."""
        return self.law[1].item()

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Return a W with forward(W) = Y, for ‖Y‖ < γ: see `wishart_nn.inverse.free_weight`."""
        if not self.invertible:
            return weight
        with torch.no_grad():
            return free_weight(weight, self.alpha, self.gamma, self.factor)

    def constraining(self, holder: Any) -> LDLTModule:
        """Return the LDLT layer that this and the free weight which it constrains are together."""
        return _Constrained(self, holder)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}, gamma={self.gamma}, factor={self.factor!r}"


class _Constrained(LDLTModule):
    """An `LDLT` and the parameter behind it, as one layer; it owns neither."""

    def __init__(self, constraint: LDLT, holder: Any) -> None:
        super().__init__()
        self.constraint: LDLT
        self.holder: Any
        self.__dict__.update(constraint=constraint, holder=holder)

    def raw_weights(self) -> list[Tensor]:
        return [self.holder.original]

    def rescale_(self, factors: Any) -> "_Constrained":
        self.constraint.scale_weights_(self.raw_weights(), factors)
        return self

    def folded_weights(self) -> list[Tensor]:
        return [self.holder()]

    def law_now(self) -> Law:
        m, n = self.holder.original.shape[-2:]
        return Law((n, m), (self.constraint.alpha,), (self.constraint.gamma,))

    def sigmas(self, sigma: float | str, target_variance: float | None = None) -> list[float]:
        (m, n), law = self.holder.original.shape[-2:], self.constraint
        given: Any = {"target_variance": target_variance, "alpha": law.alpha, "gamma": law.gamma}
        return [resolve_sigma(m, n, admission.shared_out(sigma, 1), **given)]


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
        name: of a parameter (…, m, n), a batch of matrices, each of which is constrained. The kernel of a convolution
            is refused: a bound on the matrix of every tap bounds no sum W(ω) of taps, as `LDLTConv2d` does.
        alpha, gamma: α > 0, in units of W², and γ > 0.
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
        what = "give one of its layers" if len(list(module.children())) else "name one"
        raise DomainError(f"need a module with a parameter {name!r}, got {type(module).__name__}; {what}")
    if isinstance(module, LDLTModule):
        raise DomainError(f"need a module that is not constrained yet, got {type(module).__name__}")
    admission.matrices(parameter)
    if parameter.ndim > 2 and isinstance(module, nn.modules.conv._ConvNd):  # pyright: ignore[reportPrivateUsage]
        raise DomainError(
            f"need a matrix, got the kernel of {type(module).__name__}: the bound would be one on the matrix of every "
            "tap, not on the convolution; write LDLTConv2d, which bounds the convolution at every frequency of its grid"
        )
    constraint = LDLT(alpha, gamma, factor)
    parametrize.register_parametrization(module, name, constraint)
    constraint.invertible = True
    return module
