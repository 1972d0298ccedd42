"""What the layers of one free weight have in common: W, α and γ, learnt or fixed, and their scale."""

from math import log
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.errors import WishartError
from wishart_nn import admission
from wishart_nn.admission import ALPHA_FLOOR
from wishart_nn.functions import valueless
from wishart_nn.state import LayerState


class SingleLayer(LayerState):
    """A layer that is a function of W/√α times γ.

    Attributes:
        raw_weight: W, the free parameter.
        bias: b or None.
        log_alpha: θ of α = exp(θ) + 1e-4, or None where α is fixed.
    """

    raw_weight: nn.Parameter
    bias: Any
    log_alpha: nn.Parameter | None
    sigma: float | str

    def begin(self, shape: tuple[int, ...], alpha: Any, gamma: Any, kind: str, **options: Any) -> None:
        """Make the parameters (outputs first) and the law; `options`: bias, learn_alpha, device, dtype."""
        learnt = options["learn_alpha"]
        (self.initial_alpha,) = admission.alphas(alpha, 1, learnt)
        gain = admission.number(gamma, "gamma")
        given: dict[str, Any] = {"device": options["device"], "dtype": admission.floating(options["dtype"])}
        self.raw_weight = nn.Parameter(torch.empty(*shape, **given))
        self.bias = nn.Parameter(torch.empty(shape[0], **given)) if options["bias"] else None
        self.log_alpha = nn.Parameter(torch.empty((), **given)) if learnt else None
        self.begin_law((self.initial_alpha, gain), f"{kind}, learn_alpha {learnt}", self.raw_weight)
        self.reset_parameters()

    @property
    def alpha(self) -> Tensor:
        """α as a tensor () in float32 or float64; differentiable in `log_alpha` where α is learnt."""
        dtype = torch.promote_types(self.raw_weight.dtype, torch.float32)
        first = self.law[0].to(self.raw_weight.device, dtype)
        return first if self.log_alpha is None else self.log_alpha.to(dtype).exp() + first

    @property
    def gamma(self) -> float:
        """γ."""
        return self.law[1].item()

    @gamma.setter
    def gamma(self, value: float) -> None:
        self.law[1] = admission.number(value, "gamma")

    def reset_parameters(self) -> None:
        """Draw W from N(0, σ²); b = 0, and α as it was asked for."""
        with torch.no_grad():
            self.law[0] = self.initial_alpha if self.log_alpha is None else ALPHA_FLOOR
            if self.log_alpha is not None:
                self.log_alpha.fill_(log(self.initial_alpha - ALPHA_FLOOR))
            if not valueless(self.raw_weight):
                self.raw_weight.normal_(0.0, self.sigmas_at(self.initial_alpha, self.sigma))
            if self.bias is not None:
                self.bias.zero_()

    def sigmas_at(self, alpha: float, sigma: float | str, target_variance: float | None = None) -> float:
        """Return σ for a choice of `ldlt_normal_` at this α.

        Args:
            alpha: α > 0.
            sigma, target_variance: as `ldlt_normal_` takes them.
        """
        raise NotImplementedError

    def sigmas(self, sigma: float | str, target_variance: float | None = None) -> list[float]:
        """Return [σ] for a choice of `ldlt_normal_`."""
        return [self.sigmas_at(self.alpha.item(), sigma, target_variance)]

    def rescale_(self, factors: Any) -> Any:
        """Replace (W, α) by (cW, c²α), c a number or a sequence of one: no output changes, a gradient becomes 1/c."""
        self.scale_weights_(self.raw_weights(), factors, self.log_alpha)
        return self

    def raw_weights(self) -> list[Tensor]:
        """Return [W]."""
        return [self.raw_weight]

    def scalars(self) -> tuple[Any, Any]:
        """Return α and γ as `ldlt_weight` takes them: floats where they are fixed and may be looked at."""
        first, gain = self.numbers()
        theta = self.log_alpha
        if theta is None:
            return first, gain
        return theta.to(torch.promote_types(theta.dtype, torch.float32)).exp() + first, gain

    def constrained(self) -> Tensor:
        """Return what multiplies, differentiable."""
        raise NotImplementedError

    def served(self, key: Any) -> Tensor:
        """Return what multiplies, where it may be kept."""
        # Past nn.Module's attribute access, which takes half as long as all of the rest.
        free, theta = self._parameters.get("raw_weight"), self.log_alpha
        if free is None:  # replaced by a parametrization
            return self.constrained()
        return self.kept([free] if theta is None else [free, theta], key, self.constrained)

    def present(self, key: Any) -> Tensor:
        """Return what multiplies; in eval mode without gradients what is kept."""
        return self.served(key) if self.serving() else self.constrained()

    def shown_law(self) -> str:
        """Return α and γ as arguments."""
        alpha = self.law[0].item() if self.log_alpha is None else self.initial_alpha
        learnt = "" if self.log_alpha is None else ", learn_alpha=True"
        return f"alpha={alpha}{learnt}, gamma={self.gamma}"


class Naming:
    """Adds the layer to an error's message."""

    def __init__(self, layer: SingleLayer) -> None:
        self.layer = layer

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, WishartError):
            raise type(error)(f"{error}, in {self.layer}") from None
