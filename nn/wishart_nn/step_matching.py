"""The scale of raw weights at which one step of the optimiser turns the network by as much as it is.

An LDLT layer depends on W/√α only: (W_l, α_l) ↦ (c_l W_l, c_l² α_l) changes no output, but how fast the layer learns:
its gradient becomes G_l/c_l, and a step ΔW_l turns W_l by ‖ΔW_l‖/‖W_l‖. So the initialisation has two dials:
t = nσ²/α, which the exact predictor chooses, is the forward law; the size of W beside a step is the speed. It is set
where a full step of all D layers together is as long as the weights,

    Σ_l ‖ΔW_l‖/‖W_l‖ = 1, each layer having its share 1/D, in Frobenius norms:

the relative changes of the factors of a product add up. From larger weights the first part of a training goes into
forgetting the draw, smaller ones are gone after one step.

- Adam and its kind move every entry by about the learning rate η whatever the gradient: ‖ΔW‖ = η √(mn), so σ = Dη.
- SGD with momentum μ moves by η/(1 − μ) times the gradient: c² = D η ‖G‖/((1 − μ)‖W‖) with the gradient G before.
  Deep networks are faint at first, and G grows by orders of magnitude: `rescale_to_step_` makes (W, √α) grow with it.

Biases have no such invariance; `wishart_nn.training.pace` counts them in units of the signal that they are added to.
Adam's ε is one more fixed scale, which `wishart_nn.training.optimizers` puts below all gradients.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any, cast

import torch
from torch import Tensor, nn

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.factors import linalg
from wishart_nn.protocol import Tree

TOO_LONG = 2.0  # times as long as the rule has it: such a step is shortened


def match_step_(
    module: nn.Module, *, lr: float, gradients: Sequence[Tensor] | None = None, momentum: float = 0.0
) -> tuple[float, ...]:
    """Scale every (W_l, α_l) to (c_l W_l, c_l² α_l), no output changing, so that ‖ΔW_l‖ of a full step is ‖W_l‖/D.

    Args:
        module: freshly drawn, an LDLT module or any model with LDLT layers in it, D altogether; rescaled in place.
        lr: the greatest learning rate η > 0.
        gradients: ∂loss/∂W_l of each layer for plain or momentum SGD; None for Adam, AdamW and other optimisers that
            move every entry by about η.
        momentum: μ of SGD, in [0, 1).

    Returns:
        c_l of each layer; 1 where the gradient vanishes.

    Raises:
        DomainError: for a learning rate out of its domain, gradients that do not fit, a learnt α that would come below
            its floor.

    Example:
        >>> from wishart_nn.linear import LDLTLinear
        >>> layer, x = LDLTLinear(64, 64, alpha=1.0, sigma="he"), torch.randn(5, 64)
        >>> before, c = layer(x), match_step_(layer, lr=3e-3)
        >>> bool(torch.allclose(layer(x), before, atol=1e-5)), 0.02 < c[0] < 0.03  # 3e-3·√64
        (True, True)
    """
    domain.positive(lr, "lr")
    momentum = domain.real(momentum, "momentum", "in [0, 1)")
    if not 0 <= momentum < 1:
        raise DomainError(f"need 0 <= momentum < 1, got {shown(momentum)}")
    tree = Tree(module)
    weights = tree.raw_weights()
    if gradients is not None and [g.shape for g in gradients] != [w.shape for w in weights]:
        raise DomainError("need one gradient for each layer, of the shape of its weights")
    sizes = [sqrt(w.numel()) for w in weights] if gradients is None else _norms(gradients, "gradient")
    power, pace = (1.0, lr) if gradients is None else (0.5, lr / (1 - momentum))
    pairs = zip(sizes, _norms(weights, "weight"), strict=True)
    factors = [(pace * len(weights) * size / x) ** power if size and x else 1.0 for size, x in pairs]
    tree.rescale_(factors)
    return tuple(factors)


def rescale_to_step_(
    module: nn.Module, optimizer: torch.optim.Optimizer, *, lr: float, momentum: float = 0.0
) -> tuple[float, ...] | None:
    """Between `backward` and `step` of SGD, make (W_l, √α_l) longer where a step has become more than twice too long.

    No output changes; the gradients and the momentum of the optimiser are brought to the new scale.

    Args:
        module: in training, its gradients at hand.
        optimizer: torch.optim.SGD.
        lr: the greatest learning rate η.
        momentum: μ.

    Returns:
        c_l of each layer if any is not 1, else None.

    Raises:
        DomainError: where a layer has no gradient, and for a module without LDLT layers.

    Example:
        >>> from wishart_nn.linear import LDLTLinear
        >>> layer = LDLTLinear(64, 64, sigma="he")
        >>> optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        >>> (1e6 * layer(torch.randn(5, 64)).sum()).backward()
        >>> rescale_to_step_(layer, optimizer, lr=0.1)[0] > 100, rescale_to_step_(layer, optimizer, lr=0.1) is None
        (True, True)
    """
    tree = Tree(module)
    weights = tree.raw_weights()
    gradients = [w.grad for w in weights if w.grad is not None]
    if len(gradients) < len(weights):
        raise DomainError("need a gradient in every layer; call backward() before")
    # One wait for the device; in the precision at hand, for a comparison with 2.
    lengths = torch.stack([linalg.vector_norm(each.detach()) for each in (*gradients, *weights)])
    steps, against = (each.double().cpu() for each in lengths.chunk(2))
    squares = steps * (lr / (1 - momentum) * len(weights)) / against
    too_long = (squares > TOO_LONG) & squares.isfinite()
    if not too_long.any():
        return None
    factors: list[float] = cast(Any, squares.where(too_long, torch.ones(()))).sqrt().tolist()
    tree.rescale_(factors)
    for weight, gradient, factor in zip(weights, gradients, factors, strict=True):
        gradient /= factor
        moving = optimizer.state[weight].get("momentum_buffer")
        if moving is not None:
            moving /= factor
    return tuple(factors)


def _norms(matrices: Sequence[Tensor], name: str) -> list[float]:
    for layer, matrix in enumerate(matrices):
        if not matrix.isfinite().all():
            raise DomainError(f"need a finite {name}, got {matrix[~matrix.isfinite()][0].item()} in layer {layer}")
    return [linalg.vector_norm(each.detach().double()).item() for each in matrices]
