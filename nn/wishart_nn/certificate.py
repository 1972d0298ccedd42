"""Bounds on the Lipschitz constant of a network with the weights that it has: proved from above, found from below.

Product: ‖C_depth‖ ⋯ ‖C_1‖, for any 1-Lipschitz activations; of a chain no good bound, for a ‖C_l‖ may exceed 1. Block
LDLᵀ: a linear matrix inequality that holds by construction for an LDLTChain (`wishart_nn.block_bound`). What is claimed
is a theorem about the float weights; `wishart_nn.robustness` bounds the rounding of the network as it runs.
"""

from dataclasses import dataclass
from math import inf, isfinite, prod
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_nn.activations import slopes
from wishart_nn.block_bound import chain_bound, residual_bound
from wishart_nn.conversion import fold
from wishart_nn.factors import linalg
from wishart_nn.positive_definite import UNIT, certified_norm
from wishart_nn.protocol import leaves, need_unaltered
from wishart_nn.residual import SkipConnection
from wishart_nn.spectral import CircularConv2d


@dataclass(frozen=True)
class LipschitzBound:
    """An upper bound on a Lipschitz constant.

    Attributes:
        upper: the bound.
        certified: whether it is proved, rounding accounted for.
        method: "spectral norm", "product of norms", "block LDLT", or for an `LDLTResidual` "residual LDLT".
        norms: of the weight of each layer (upper bounds if certified).

    Example:
        >>> bound = lipschitz_bound(nn.Linear(3, 2, bias=False).requires_grad_(False))
        >>> bound.certified, bound.method, len(bound.norms)
        (True, 'spectral norm', 1)
    """

    upper: float
    certified: bool
    method: str
    norms: tuple[float, ...]


def lipschitz_bound(module: nn.Module, *, certified: bool = True) -> LipschitzBound:
    """Return an upper bound of sup ‖f(x) − f(x')‖/‖x − x'‖ for the module with the weights it has now.

    The weights are the folded ones, as they are rounded in the module's dtype. The lesser of the product of norms and
    activations' constants and, if all hidden activations are slope-restricted, the least block LDLᵀ bound found.

    Args:
        module: LDLT modules, nn.Linear (parametrised or not), `CircularConv2d` and modules whose constant
            `wishart_nn.activations.slopes` knows (pooling among them), alone or in an nn.Sequential of any depth. The
            norm of a convolution is that on its grid.
        certified: prove the bound; otherwise norms and pivots are those of floating arithmetic.

    Returns:
        A LipschitzBound.

    Raises:
        DomainError: for weights that are not finite (the layer is named) and for modules whose constant is not known.

    Cost: some Cholesky factorisations of twice the width for each layer, in float64.

    Example:
        >>> from wishart_nn.chain import LDLTChain
        >>> bound = lipschitz_bound(LDLTChain((8, 16, 16, 2), lipschitz=3.0))
        >>> bound.certified, bound.method, bound.upper <= 3.0001
        (True, 'block LDLT', True)
        >>> lipschitz_bound(nn.Conv2d(1, 1, 1))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need layers and activations with a known Lipschitz constant, got Conv2d, ...
    """
    weights, gaps = _layers(module, certified)
    inner, outer = gaps[1:-1], [*gaps[:1], *gaps[1:][-1:]]
    around = prod(constant for constant, _ in outer)
    if not weights:
        return LipschitzBound(around, certified, "residual LDLT", ())
    norms = tuple(certified_norm(w) if certified else float(linalg.matrix_norm(w, 2).max()) for w in weights)
    upper, method = prod(norms) * prod(c for c, _ in inner), "spectral norm" if len(norms) == 1 else "product of norms"
    if certified:
        upper *= 1 + 2 * (len(norms) + 3) * UNIT
        if upper < 1e-290 and all(norms):
            upper += len(norms) * 5e-324  # what has underflown
    upper = upper if isfinite(upper) else inf
    # The block bound takes matrices.
    if len(norms) > 1 and all(restricted for _, restricted in inner) and all(w.ndim == 2 for w in weights):
        found = chain_bound(weights, upper, certified)
        upper, method = (found, "block LDLT") if found < upper else (upper, method)
    return LipschitzBound(upper if around == 1 else upper * around * (1 + 4 * UNIT), certified, method, norms)


_HINTS: dict[type[nn.Module], str] = {
    nn.Dropout: "; call eval() first",
    nn.Conv2d: ", whose norm depends on the grid; CircularConv2d.of(conv, input_size) has one",
}


def _layers(module: nn.Module, certified: bool = True) -> tuple[list[Tensor], list[tuple[float, bool]]]:
    """Return the weights in float64 (of a convolution its operators, in a batch), and what is known of the gaps.

    Of each gap before, between and behind them: a constant, and whether all slopes lie in [0, 1].
    """
    weights: list[Tensor] = []
    gaps, skips = [(1.0, True)], 0
    for i, each in enumerate(leaves(fold(module))):
        need_unaltered(each, "for a bound")
        if isinstance(each, SkipConnection):
            skips += 1
            gaps[-1] = gaps[-1][0] * _skip_bound(each, certified), False
            continue
        linear = isinstance(each, nn.Linear | CircularConv2d)
        known = (1.0, True) if linear else slopes(each)
        if known is None:
            what = type(each).__name__ + next((text for kind, text in _HINTS.items() if isinstance(each, kind)), "")
            raise DomainError(f"need layers and activations with a known Lipschitz constant, got {what}")
        for name, parameter in each.named_parameters():
            _finite(parameter, {"bias": "biases"}.get(name, "weights"), i)
        if linear:
            conv = isinstance(each, CircularConv2d)
            weights.append(each.operators() if conv else each.weight.detach().to("cpu", torch.float64))
            gaps.append(known)
        else:
            gaps[-1] = gaps[-1][0] * known[0], gaps[-1][1] and known[1]
    if not weights and not skips:
        raise DomainError(f"need a module with at least one layer, got {type(module).__name__}")
    return weights, gaps


def _skip_bound(module: SkipConnection, certified: bool) -> float:
    linears = [module.skip]
    for each in module.branch:
        if isinstance(each, nn.Linear):
            linears.append(each)
        elif slopes(each) != (1.0, True):
            raise DomainError(f"need slopes in [0, 1] in a residual network, got {type(each).__name__}")
    for i, each in enumerate(linears):
        for name, value in each.named_parameters():
            if not bool(value.isfinite().all()):
                raise DomainError(f"need finite numbers, got others in the {name} of layer {i} of a residual network")
    return residual_bound([each.weight.detach().to("cpu", torch.float64) for each in linears], certified)


def _finite(tensor: Tensor, name: str, layer: int) -> None:
    found = tensor.detach()
    if found.is_meta or not found.dtype.is_floating_point:
        raise DomainError(f"need {name} that are real numbers, got {found.dtype} on {found.device} in layer {layer}")
    if not bool((good := torch.isfinite(found)).all()):
        raise DomainError(f"need finite {name}, got {float(found[~good][0])} in layer {layer}")


def lipschitz_lower_bound(
    module: nn.Module, x: Tensor, *, steps: int = 20, generator: torch.Generator | None = None
) -> float:
    """Return a ratio ‖f(x) − f(x')‖/‖x − x'‖ that the network attains, a little rounded down.

    Power iteration on the Jacobian at each input, then ascent on pairs from its singular vectors. In float64 on the
    weights that `lipschitz_bound` bounds.

    Args:
        module: as `lipschitz_bound` takes it.
        x: starting points (batch, n), or of the shape that the module takes.
        steps: of each kind.
        generator: of the first directions.

    Returns:
        The greatest ratio found. Never above the Lipschitz constant.

    Raises:
        DomainError: as `lipschitz_bound`.

    Example:
        >>> from wishart_nn.chain import LDLTChain
        >>> chain = LDLTChain((8, 16, 16, 2), lipschitz=3.0)
        >>> 0 < lipschitz_lower_bound(chain, torch.randn(10, 8)) <= lipschitz_bound(chain).upper
        True
    """
    _layers(module)
    net = nn.Sequential(*leaves(fold(module))).to("cpu", torch.float64).eval()
    net = nn.Sequential(nn.Unflatten(1, x.shape[1:]), net, nn.Flatten()) if x.ndim > 2 else net
    points = x.detach().to("cpu", torch.float64).flatten(1)
    products: Any = torch.autograd.functional
    direction: Any = torch.randn(points.shape, dtype=torch.float64, generator=generator)
    best = 0.0
    for _ in range(max(steps, 1)):
        direction = _unit(direction)
        # Jv, then JᵀJv.
        image = products.jvp(net, points, direction)[1]
        best = max(best, image.norm(dim=1).max().item())
        direction = products.vjp(net, points, image)[1]
        still = direction.norm(dim=1, keepdim=True) == 0
        direction = torch.where(still, torch.randn(points.shape, dtype=torch.float64, generator=generator), direction)
    return max(best * (1 - 1e-10), _ascend(net, points, direction, steps))


def _unit(rows: Any) -> Tensor:
    return rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-300)


def _ascend(net: nn.Module, points: Tensor, direction: Tensor, steps: int) -> float:
    """Return the greatest ratio on pairs that start at the points, apart by about their own size, and climb."""
    pair: list[Any] = [points.clone(), points + _unit(direction)]
    best = 0.0
    for _ in range(steps):
        first, second = (each.requires_grad_() for each in pair)
        left, right = net(first), net(second)
        distance = (first - second).norm(dim=1)
        ratio = (left - right).norm(dim=1) / distance
        # What rounding can have added to the numerator.
        noise = 1e-13 * (left.norm(dim=1) + right.norm(dim=1)) / distance + 1e-10 * ratio
        best = max(best, float((ratio - noise).detach().nan_to_num(0.0).max()))
        gradients: Any = torch.autograd.grad(ratio.sum(), (first, second))
        pair = [each.detach() + 0.3 * _unit(g) for each, g in zip((first, second), gradients, strict=True)]
    return best
