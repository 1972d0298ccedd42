"""The scale of the raw weights at the start: asked of the exact predictor, a name, a number or an expression.

W has independent N(0, σ²) entries. Of a layer y = γW̃x with E[xxᵀ] = vI the variance of a coordinate is then exactly

    Var[y] = v (γ²/m)(m − α E tr(αI + S)^{-1}),  S = WWᵀ,

increasing in σ from 0 to v γ² min(1, n/m). In a chain what counts is what a layer hands on, and that has a maximum.
What the draw fills of a layer's range is noise that learning has to get past: it saturates, and in a chain blocks, the
share E tr S(αI + S)^{-1}/m of the directions. With "shared" each of D layers fills 1/D of its range.
"""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.variance.best_sigma import best_sigma
from wishart_moments.variance.choosing import solve_sigma
from wishart_moments.variance.depth import ARCHITECTURES
from wishart_moments.variance.sigma import parse_sigma, predicted_share
from wishart_nn.protocol import Tree, ldlt_modules

Filled = TypeVar("Filled", bound="Tensor | nn.Module")

PREDICTED_SHARE = 0.9  # of the supremum of the variance: for square layers σ ≈ 9.8/√n


def resolve_sigma(
    m: int,
    n: int,
    sigma: float | str = "predicted",
    *,
    target_variance: float | None = None,
    architecture: str = "independent",
    activation: str = "identity",
    alpha: float = 1.0,
    gamma: float = 1.0,
) -> float:
    """Return the σ of an m×n layer, Var[y] = (γ²/m)(m − α E tr(αI + S)^{-1}) for inputs of variance 1.

    Args:
        m, n: outputs and inputs, 1 to 4096 for "predicted".
        sigma: "predicted": the σ with Var[y] = target_variance; without a target 0.9 γ² min(1, n/m), and in a chain
            the one that hands most on (of widths n, m, m). "predicted(s)", 0 <= s < 1: the share s of γ² min(1, n/m).
            Else as `wishart_moments.variance.sigma.parse_sigma` takes it: "he" (1/√n, as in the paper), "kaiming"
            (√2/√n), a number >= 0, or a formula in m and n such as "10/sqrt(n)". A network also takes "shared", which
            is "predicted(1/D)" for its D layers.
        target_variance: of Var[y]; with sigma "predicted" only.
        architecture, activation: "independent" or "chain", and of the chain its activation.
        alpha, gamma: > 0.

    Returns:
        σ, exact up to rounding.

    Raises:
        DomainError: for arguments out of their domains; a target out of reach, with the reach.

    Example:
        >>> round(resolve_sigma(64, 64) * 8, 2), round(resolve_sigma(64, 64, "predicted(0.1)") * 8, 3)
        (9.83, 0.352)
        >>> resolve_sigma(64, 64, "he"), resolve_sigma(10, 25, "10/sqrt(n)")
        (0.125, 2.0)
        >>> resolve_sigma(128, 28, target_variance=0.5)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need 0 <= target < 0.21875 = gamma^2 min(1, n/m), got 0.5
    """
    if architecture not in ARCHITECTURES:
        raise DomainError(f"need architecture 'independent' or 'chain', got {shown(architecture)}")
    if sigma != "predicted" and target_variance is not None:
        raise DomainError(f"need sigma 'predicted' with a target variance, got {shown(sigma)}; leave one of them out")
    share = PREDICTED_SHARE if sigma == "predicted" else predicted_share(sigma) if isinstance(sigma, str) else None
    if share is None:
        return parse_sigma(sigma).at(m, n).sigma
    if sigma == "predicted" and target_variance is None and architecture == "chain":
        return chain_scale((n, m, m), activation, (alpha, alpha)) / n**0.5
    target = share * gamma**2 * min(1.0, n / m) if target_variance is None else target_variance
    return solve_sigma(m, n, target, alpha=alpha, gamma=gamma)


def chain_scale(widths: tuple[int, ...], activation: str, alpha: tuple[float, ...]) -> float:
    """Return s of σ_l = s/√n_l: the maximum of the chain's output, by the law for symmetric roots.

    Where the output grows with σ throughout, as it does when every hidden layer is wider than its input, √(2α), near
    the maximum of deep chains. One layer has s of Var[y] = 0.9 min(1, n/m).

    Example:
        >>> round(chain_scale((28, 64, 64, 1), "relu", (1.0,) * 3), 3), chain_scale((2, 64, 1), "relu", (0.5, 0.5))
        (1.909, 1.0)
    """
    if len(widths) == 2:
        n, m = widths
        return resolve_sigma(m, n, alpha=alpha[0]) * n**0.5
    try:
        return best_sigma(widths, activation=activation, alpha=alpha).scale
    except DomainError as error:
        if "grows with sigma" not in str(error):
            raise
        return (2 * sum(alpha) / len(alpha)) ** 0.5


def ldlt_normal_(
    tensor_or_module: Filled,
    sigma: float | str = "predicted",
    *,
    target_variance: float | None = None,
    architecture: str = "independent",
    activation: str = "identity",
    alpha: float = 1.0,
    gamma: float = 1.0,
    generator: torch.Generator | None = None,
) -> Filled:
    """Fill raw weights with independent N(0, σ²), so that Var[y] = (γ²/m)(m − α E tr(αI + WWᵀ)^{-1}).

    Args:
        tensor_or_module: a raw weight (…, m, n); or a module with LDLT layers anywhere inside it, parametrised ones
            included. A module brings its own α, γ, architecture and activation.
        sigma, target_variance: as `resolve_sigma` takes them. For a chain "predicted" is the scale that hands most
            through the whole; a target is the variance of each W̃_l z. "shared": each of D layers gets 1/D of its range.
        architecture, activation, alpha, gamma: of a tensor.
        generator: of the random numbers.

    Returns:
        What was given, filled in place; biases are left alone.

    Raises:
        DomainError: as `resolve_sigma`; for a tensor that is computed from others (the `weight` of a parametrised
            layer, which filling would leave as it was), for a module without LDLT layers.

    Example:
        >>> w = ldlt_normal_(torch.empty(64, 128), "he", generator=torch.Generator().manual_seed(0))
        >>> round(float(w.std()) * 128**0.5, 1)
        1.0
    """
    raw: Any = tensor_or_module
    if isinstance(raw, nn.Module) and parametrize.is_parametrized(raw, "weight") and not ldlt_modules(raw):
        raw = _foreign(raw, sigma)
    if isinstance(raw, nn.Module):
        tree = Tree(raw)
        chosen = list(zip(tree.raw_weights(), tree.sigmas(sigma, target_variance), strict=True))
    else:
        if raw.grad_fn is not None or raw.ndim < 2:
            what = "a computed tensor" if raw.grad_fn is not None else f"a tensor of shape {tuple(raw.shape)}"
            raise DomainError(
                f"need a raw weight of two dimensions, got {what}; for a parametrised layer give the layer itself or "
                "layer.parametrizations.weight.original"
            )
        m, n = raw.shape[-2:]
        law: dict[str, Any] = {"architecture": architecture, "activation": activation, "alpha": alpha, "gamma": gamma}
        chosen = [(raw, resolve_sigma(m, n, sigma, target_variance=target_variance, **law))]
    with torch.no_grad():
        for weight, s in chosen:
            weight.normal_(0.0, s, generator=generator)
    return tensor_or_module


def _foreign(module: nn.Module, sigma: float | str) -> Tensor:
    """Return the raw weight behind a parametrization of another kind."""
    parametrised: Any = getattr(module.parametrizations, "weight")  # noqa: B009
    raw: Tensor | None = getattr(parametrised, "original", None)
    if not isinstance(raw, Tensor) or raw.ndim != 2:
        raise DomainError(f"need one raw weight of two dimensions in {type(module).__name__}.parametrizations.weight")
    if sigma == "predicted":
        raise DomainError(
            f"need sigma as a number, a name or an expression for {type(parametrised[0]).__name__}, got 'predicted': "
            "the law is that of wishart_nn.parametrizations.ldlt"
        )
    return raw
