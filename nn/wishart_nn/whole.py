"""What networks that are Lipschitz as a whole have in common: W_l, biases, activations, α_l, and L."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from wishart_moments.variance.activations import Activation
from wishart_nn import admission
from wishart_nn.activations import activation_law, activation_module
from wishart_nn.functions import valueless
from wishart_nn.initialisation import ldlt_normal_, resolve_sigma
from wishart_nn.state import LayerState


class WholeNetwork(LayerState):
    """A network of several free weights with one bound; its arguments are those of `LDLTChain`.

    Attributes:
        raw, biases: W_l, the free parameters, and b_l or None; `folded_weights()` are the matrices that multiply.
        log_alpha: θ_l of α_l = exp(θ_l) + 1e-4, or None where α is fixed.
    """

    names = ("alpha", "lipschitz")
    log_alpha: nn.Parameter | None

    def __init__(
        self,
        widths: Sequence[int],
        *,
        lipschitz: float = 1.0,
        activation: str | nn.Module = "relu",
        alpha: float | Sequence[float] = 1.0,
        learn_alpha: bool = False,
        sigma: float | str = "shared",
        bias: bool = True,
        factor: admission.Factor = "cholesky",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        law = activation_law(activation)
        self.widths = admission.widths(widths, law.group, law.name)
        self.factor: admission.Factor = admission.factor_name(factor)
        self.activation, self.sigma = law.name, sigma
        shapes, kind = self._begin(law)
        given: dict[str, Any] = {"device": device, "dtype": admission.floating(dtype)}
        bound = admission.number(lipschitz, "lipschitz")
        self.initial_alpha = admission.alphas(alpha, len(shapes), learn_alpha)
        self.raw = nn.ParameterList(torch.empty(*shape, **given) for shape in shapes)
        self.biases = nn.ParameterList(torch.empty(m, **given) for m in self.widths[1:]) if bias else None
        self.activations = nn.ModuleList(activation_module(law.name, m, **given) for m in self.widths[1:-1])
        self.log_alpha = nn.Parameter(torch.empty(len(shapes), **given)) if learn_alpha else None
        self.begin_law((*self.initial_alpha, bound), kind, self.raw[0])
        self.reset_parameters()

    def _begin(self, law: Activation) -> tuple[list[tuple[int, int]], str]:
        """Return the shapes of W_l, and what a state is marked with; raise for widths or a law that do not fit."""
        raise NotImplementedError

    @property
    def alpha(self) -> Tensor:
        """α_l of each layer, in float32 or float64."""
        dtype = torch.promote_types(self.raw[0].dtype, torch.float32)
        first = self.law[:-2].to(self.raw[0].device, dtype)
        return first if self.log_alpha is None else self.log_alpha.to(dtype).exp() + first

    @property
    def lipschitz(self) -> float:
        """L."""
        return self.law[-2].item()

    def reset_parameters(self) -> None:
        """Draw the weights anew at `sigma`, set the biases to 0 and α to its start."""
        with torch.no_grad():
            start = torch.tensor(self.initial_alpha, dtype=torch.float64, device=self.law.device)
            self.law[:-2] = start if self.log_alpha is None else admission.ALPHA_FLOOR
            if self.log_alpha is not None:
                self.log_alpha.copy_((start - admission.ALPHA_FLOOR).log())
            for each in self.biases or ():
                each.zero_()
        if not valueless(self.raw[0]):
            ldlt_normal_(self, self.sigma)

    def rescale_(self, factors: Sequence[float]) -> Any:
        self.scale_weights_(self.raw_weights(), factors, self.log_alpha)
        return self

    def raw_weights(self) -> list[Tensor]:
        return _listed(self.raw)

    def sigmas(self, sigma: float | str, target_variance: float | None = None) -> list[float]:
        each = admission.shared_out(sigma, self.depth)
        alphas = self.numbers()[:-1] if self.log_alpha is None else cast(Any, self.alpha).tolist()
        given = [(*weight.shape, alpha) for weight, alpha in zip(self.raw_weights(), alphas, strict=True)]
        return [resolve_sigma(m, n, each, target_variance=target_variance, alpha=a) for m, n, a in given]

    def folded_weights(self) -> tuple[Tensor, ...]:
        """Return the matrices that multiply: differentiable, or in eval mode without gradients as they are kept."""
        if not self.serving():
            return self.computed()
        theta = [] if self.log_alpha is None else [self.log_alpha]
        return self.kept([*_listed(self.raw), *theta], self.factor, self.computed)

    def computed(self) -> tuple[Tensor, ...]:
        """Return the matrices that multiply, computed now."""
        raise NotImplementedError

    def listed_biases(self) -> list[Tensor | None]:
        return [None] * (len(self.widths) - 1) if self.biases is None else _listed(self.biases)

    def through(self, weights: Sequence[Tensor], x: Tensor) -> Tensor:
        """Return x through layers of these matrices with the biases and activations."""
        activations = [*cast(Any, self.activations)._modules.values(), None]
        for weight, bias, activation in zip(weights, self.listed_biases(), activations, strict=True):
            x = nn.functional.linear(x, weight, bias)
            if activation is not None:
                x = activation(x)
        return x

    def extra_repr(self) -> str:
        learnt = self.log_alpha is not None
        alphas = self.initial_alpha if learnt else tuple(cast(Any, self.law[:-2]).tolist())
        alpha = alphas[0] if len(set(alphas)) == 1 else alphas
        text = f"{self.widths}, lipschitz={self.lipschitz}, activation={self.activation!r}, alpha={alpha}"
        text += f", sigma={self.sigma!r}" + (", learn_alpha=True" if learnt else "")
        text += "" if self.biases is not None else ", bias=False"
        return text + (f", factor={self.factor!r}" if self.factor != "cholesky" else "")


def _listed(parameters: nn.ParameterList) -> list[Any]:
    """Return the parameters; iteration over the list itself costs as much as a small product."""
    return list(cast(Any, parameters)._parameters.values())
