"""A linear layer whose singular values are γ s/√(α + s²) < γ: γ-Lipschitz for any weights."""

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.functions import transformed
from wishart_nn.initialisation import resolve_sigma
from wishart_nn.inverse import free_weight
from wishart_nn.protocol import Law, plain_linear
from wishart_nn.single import Naming, SingleLayer
from wishart_nn.weight import ldlt_linear, ldlt_weight


class LDLTLinear(SingleLayer, nn.Linear):
    """y = γ W (αI + WᵀW)^{-1/2} x + b up to a rotation: `torch.nn.Linear`, but γ-Lipschitz.

    At the start W has independent N(0, σ²) entries, b = 0, and for inputs of variance 1 per coordinate
    Var[y] = (γ²/m)(m − α E tr(αI + WWᵀ)^{-1}) exactly.

    In eval mode, where no gradient is recorded, the constrained weight is computed once and kept as long as the
    parameters have the same contents, which are compared at every call. `fold()` freezes it: an nn.Linear, which
    compares nothing and is what to serve single rows with. α and γ are part of the state: `law`.

    Args:
        in_features, out_features: n >= 1 and m >= 1.
        bias: whether b is added.
        alpha: α > 0, in units of W².
        gamma: γ > 0, the Lipschitz bound.
        learn_alpha: makes α = exp(θ) + 1e-4 a parameter, θ = `log_alpha`; wants alpha > 1e-4.
        factor: "cholesky" or "symmetric", see `ldlt_weight`.
        sigma: σ of the weights at the start: "predicted" (Var[y] = 0.9 γ² min(1, n/m)), "predicted(s)", "he",
            "kaiming", a number >= 0, or an expression in m and n.
        device, dtype: of the parameters.

    Attributes:
        weight: the m×n matrix that multiplies, computed at every access. It cannot be changed in place; a matrix of
            norm < γ that is assigned to it finds the W that gives it.
        raw_weight: W (m, n), the free parameter.
        bias, log_alpha: b (m,) and θ, or None.
        law: (α, γ) in float64; where α is learnt, its floor in place of α.

    Raises:
        DomainError: for an argument outside its domain; in `forward` for weights that are not finite.

    Example:
        >>> layer = LDLTLinear(3, 2, gamma=0.5)
        >>> layer
        LDLTLinear(in_features=3, out_features=2, bias=True, alpha=1.0, gamma=0.5, factor='cholesky')
        >>> bool(torch.linalg.matrix_norm(layer.weight, 2) < 0.5), isinstance(layer, nn.Linear), layer.fold()
        (True, True, Linear(in_features=3, out_features=2, bias=True))
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        alpha: float = 1.0,
        gamma: float = 1.0,
        learn_alpha: bool = False,
        factor: admission.Factor = "cholesky",
        sigma: float | str = "predicted",
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        nn.Module.__init__(self)
        self.in_features = domain.size(in_features, "in_features")
        self.out_features = domain.size(out_features, "out_features")
        self.factor: admission.Factor = admission.factor_name(factor)
        self.sigma = sigma
        options: dict[str, Any] = {"bias": bias, "learn_alpha": learn_alpha, "device": device, "dtype": dtype}
        self.begin((self.out_features, self.in_features), alpha, gamma, f"factor {factor}", **options)

    @property
    def weight(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The matrix that multiplies; see `ConstrainedWeight`."""
        if torch.compiler.is_compiling() or transformed():
            return self.constrained()
        return self.present(self.factor).clone().as_subclass(ConstrainedWeight)

    def __setattr__(self, name: str, value: Any) -> None:
        """Find the free weight of a matrix that is assigned to `weight`; set anything else as every module does."""
        if name != "weight":
            super().__setattr__(name, value)
            return
        if not isinstance(value, Tensor) or value.shape != self.raw_weight.shape:
            found = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise DomainError(f"need a matrix of shape {tuple(self.raw_weight.shape)} as weight, got {found}")
        with torch.no_grad():
            free = free_weight(value.to(self.raw_weight), self.alpha.item(), self.gamma, self.factor)
            self.raw_weight.copy_(free)

    def folded_weights(self) -> list[Tensor]:
        return [self.constrained()]

    def law_now(self) -> Law:
        return Law((self.in_features, self.out_features), (self.alpha.item(),), (self.gamma,))

    def sigmas_at(self, alpha: float, sigma: float | str, target_variance: float | None = None) -> float:
        given: Any = {"target_variance": target_variance, "alpha": alpha, "gamma": self.gamma}
        return resolve_sigma(self.out_features, self.in_features, admission.shared_out(sigma, 1), **given)

    def constrained(self) -> Tensor:
        with Naming(self):
            return ldlt_weight(self.raw_weight, *self.scalars(), factor=self.factor)

    def forward(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return y (…, m) for x (…, n)."""
        if self.serving():
            bias = parameters["bias"] if "bias" in (parameters := self._parameters) else self.bias
            return linear(x, self.served(self.factor), bias)
        with nullcontext() if torch.compiler.is_compiling() else Naming(self):
            return ldlt_linear(x, self.raw_weight, self.bias, *self.scalars(), factor=self.factor)

    def fold(self) -> nn.Linear:
        """Return an `nn.Linear` with copies of the constrained weight and of the bias, in this layer's mode."""
        with torch.inference_mode(False), torch.no_grad():
            return plain_linear(self.constrained(), self.bias).train(self.training)

    def extra_repr(self) -> str:
        sizes = f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        return f"{sizes}, {self.shown_law()}, factor={self.factor!r}"


class ConstrainedWeight(Tensor):
    """A matrix computed from a free parameter; what would change it in place raises instead of doing nothing.

    Views (`.data`, `.T`, `.detach()`) are such matrices again, all other results plain tensors.
    """

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options: dict[str, Any] = kwargs or {}
        name = getattr(func, "__name__", "")
        changes = (name.endswith("_") and not name.endswith("__")) or name in _IN_PLACE
        first: Any = args[0] if args else options.get("tensor")
        if (changes and isinstance(first, cls)) or isinstance(options.get("out"), cls):
            raise DomainError(
                f"need a free parameter to be changed by {name}, got the constrained weight, which is computed; take "
                "raw_weight, wishart_nn.ldlt_normal_, or assign the whole matrix to .weight"
            )
        with torch._C.DisableTorchFunctionSubclass():  # pyright: ignore[reportPrivateUsage]
            result = func(*args, **options)
        if type(result) is not Tensor or not result.numel():
            return result
        ours = next((each for each in args if isinstance(each, cls)), None)
        shares = ours is not None and not result.is_meta and _storage(result) == _storage(ours)
        return result.as_subclass(cls) if shares else result


_IN_PLACE = {"__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__", "__imod__", "__ifloordiv__", "__setitem__"}


def _storage(tensor: Tensor) -> int:
    with torch._C.DisableTorchFunctionSubclass():  # pyright: ignore[reportPrivateUsage]
        return tensor.untyped_storage().data_ptr()
