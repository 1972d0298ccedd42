"""A linear layer whose singular values are γ s/√(α + s²) < γ: γ-Lipschitz for any weights."""

from math import log
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError, WishartError
from wishart_nn.initialisation import resolve_sigma
from wishart_nn.state import LayerState
from wishart_nn.weight import (
    Factor,
    checked_alpha,
    checked_factor,
    checked_gamma,
    checked_scalar,
    ldlt_linear,
    ldlt_weight,
)

ALPHA_FLOOR = 1e-4
"""The least a learnt α can become, at the scale of the start: `rescale_` scales it with α."""


class LDLTLinear(LayerState):
    """y = γ W (αI + WᵀW)^{-1/2} x + b up to a rotation: `torch.nn.Linear`, but γ-Lipschitz.

    At the start W has independent N(0, σ²) entries, b = 0, and for inputs of variance 1 per coordinate
    Var[y] = (γ²/m)(m − α E tr(αI + WWᵀ)^{-1}) exactly.

    In eval mode, where no gradient is recorded, the constrained weight is computed once and kept as long as the
    parameters have the same contents, which are compared at every call. α and γ are part of the state: `law`.

    Args:
        in_features: n >= 1.
        out_features: m >= 1.
        bias: whether b is added.
        alpha: α > 0, in units of W².
        gamma: γ > 0, the Lipschitz bound.
        learn_alpha: makes α = exp(θ) + 1e-4 a parameter, θ = `log_alpha`; wants alpha > 1e-4.
        factor: "cholesky" or "symmetric", see `ldlt_weight`.
        sigma: σ of the weights at the start: "predicted" (Var[y] = 0.9 γ² min(1, n/m)), "he", "kaiming", a number >= 0,
            or an expression in m and n.
        device, dtype: of the parameters.

    Attributes:
        weight: W (m, n), the free parameter; `constrained_weight()` is what multiplies.
        bias: b (m,) or None.
        log_alpha: θ, or None where α is fixed.
        law: (α, γ) in float64; where α is learnt, its floor in place of α.

    Raises:
        DomainError: for an argument outside its domain; in `forward` for weights that are not finite.

    Example:
        >>> layer = LDLTLinear(3, 2, gamma=0.5)
        >>> layer
        LDLTLinear(in_features=3, out_features=2, bias=True, alpha=1.0, gamma=0.5, factor='cholesky')
        >>> bool(torch.linalg.matrix_norm(layer.constrained_weight(), 2) < 0.5)
        True
        >>> layer.to_linear()
        Linear(in_features=3, out_features=2, bias=True)
    """

    weight: nn.Parameter
    bias: nn.Parameter | None
    log_alpha: nn.Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        alpha: float = 1.0,
        gamma: float = 1.0,
        learn_alpha: bool = False,
        factor: Factor = "cholesky",
        sigma: float | str = "predicted",
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = _size(in_features, "in_features"), _size(out_features, "out_features")
        self.initial_alpha = _number(checked_alpha(alpha), "alpha")
        gain = _number(checked_gamma(gamma), "gamma")
        self.factor: Factor = checked_factor(factor)
        self.sigma = sigma
        if learn_alpha and self.initial_alpha <= ALPHA_FLOOR:
            raise DomainError(f"need alpha > {ALPHA_FLOOR:g} for a learnt alpha, got {alpha}")
        if dtype is not None and not dtype.is_floating_point:
            raise DomainError(f"need a floating-point dtype, got {dtype}")
        self.weight = nn.Parameter(torch.empty(self.out_features, self.in_features, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(self.out_features, device=device, dtype=dtype)) if bias else None
        self.log_alpha = nn.Parameter(torch.empty((), device=device, dtype=dtype)) if learn_alpha else None
        self.begin_law((self.initial_alpha, gain), f"factor {factor}, learn_alpha {learn_alpha}", self.weight)
        self.reset_parameters()

    @property
    def alpha(self) -> Tensor:
        """α as a tensor () in float32 or float64; differentiable in `log_alpha` where α is learnt."""
        dtype = torch.promote_types(self.weight.dtype, torch.float32)
        first = self.law[0].to(dtype)
        return first if self.log_alpha is None else self.log_alpha.to(dtype).exp() + first

    @property
    def gamma(self) -> float:
        """γ."""
        return self.law[1].item()

    @gamma.setter
    def gamma(self, value: float) -> None:
        self.law[1] = _number(checked_gamma(value), "gamma")

    def reset_parameters(self) -> None:
        """Draw W from N(0, σ²); b = 0, and α as it was asked for."""
        m, n = self.out_features, self.in_features
        sigma = resolve_sigma(m, n, self.sigma, alpha=self.initial_alpha, gamma=self.gamma)
        with torch.no_grad():
            self.weight.normal_(0.0, sigma)
            if self.bias is not None:
                self.bias.zero_()
            self.law[0] = self.initial_alpha if self.log_alpha is None else ALPHA_FLOOR
            if self.log_alpha is not None:
                self.log_alpha.fill_(log(self.initial_alpha - ALPHA_FLOOR))

    def rescale_(self, factor: float) -> "LDLTLinear":
        """Replace (W, α) by (cW, c²α): the same function, of which a gradient is 1/c of what it was."""
        c = _number(checked_scalar(factor, "factor"), "factor")
        checked_alpha(self.law[0].item() * c**2)
        with torch.no_grad():
            self.weight.mul_(c)
            self.law[0] *= c**2
            if self.log_alpha is not None:
                self.log_alpha.add_(2 * log(c))
        return self

    def constrained_weight(self) -> Tensor:
        """Return the m×n matrix that multiplies x: singular values γ s/√(α + s²)."""
        with _Naming(self):
            return ldlt_weight(self.weight, *self.scalars(), factor=self.factor)

    def scalars(self) -> tuple[Any, Any]:
        """Return α and γ as `ldlt_weight` takes them: floats where they are fixed and may be looked at."""
        first, gain = self.numbers()
        theta = self.log_alpha
        if theta is None:
            return first, gain
        return theta.to(torch.promote_types(theta.dtype, torch.float32)).exp() + first, gain

    def forward(self, x: Tensor) -> Tensor:
        """Return y (…, m) for x (…, n)."""
        if not (self.training or torch.is_grad_enabled() or torch.compiler.is_compiling()):
            return nn.functional.linear(x, self._kept_weight(), self.bias)
        if torch.compiler.is_compiling():
            return ldlt_linear(x, self.weight, self.bias, *self.scalars(), factor=self.factor)
        with _Naming(self):
            return ldlt_linear(x, self.weight, self.bias, *self.scalars(), factor=self.factor)

    def to_linear(self) -> nn.Linear:
        """Return an `nn.Linear` with copies of the constrained weight and of the bias, in this layer's mode."""
        with torch.inference_mode(False), torch.no_grad():
            linear = nn.Linear(self.in_features, self.out_features, self.bias is not None, device="meta")
            linear = linear.to(self.weight.dtype).to_empty(device=self.weight.device)
            linear.weight.copy_(self.constrained_weight())
            if self.bias is not None:
                linear.bias.copy_(self.bias)
        return linear.train(self.training)

    def extra_repr(self) -> str:
        """Return the arguments."""
        alpha = self.law[0].item() if self.log_alpha is None else self.initial_alpha
        learnt = "" if self.log_alpha is None else ", learn_alpha=True"
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}, "
            f"alpha={alpha}{learnt}, gamma={self.gamma}, factor={self.factor!r}"
        )

    def _kept_weight(self) -> Tensor:
        # Past nn.Module's attribute access, which takes half as long as all of the rest.
        parameters, theta = self._parameters, self.log_alpha
        tensors: list[Any] = [parameters.get("weight", None), self._buffers["law"]]
        if tensors[0] is None:  # replaced by a parametrization
            return self.constrained_weight()
        return self.kept(tensors if theta is None else [*tensors, theta], self.factor, self.constrained_weight)


class _Naming:
    """Adds the layer to an error's message."""

    def __init__(self, layer: LDLTLinear) -> None:
        self.layer = layer

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, WishartError):
            raise type(error)(f"{error}, in {self.layer}") from None


def _size(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DomainError(f"need an integer {name} >= 1, got {value!r}")
    return value


def _number(value: float | Tensor, name: str) -> float:
    if isinstance(value, Tensor):
        raise DomainError(f"need a number for {name}, got a tensor; learn_alpha=True makes alpha a parameter")
    return value
