"""Bounds on the Lipschitz constant of a network with the weights that it has: proved from above, found from below.

Product: ‖C_depth‖ ⋯ ‖C_1‖, for any 1-Lipschitz activations. Of a chain that is no good bound, for a ‖C_l‖ may exceed 1.

Block LDLᵀ: with a slope-restricted f, x_l = f(C_l x_{l−1} + b_l), two inputs have ‖Δx_l‖² <= Δx_l·C_lΔx_{l−1}. Suppose
symmetric Q_0 = ρI, Q_1, …, Q_{d−1} and λ_l > 0 are such that

    [Q_{l−1}, −λ_l C_lᵀ; −λ_l C_l, 2λ_l I − Q_l] > 0 for l < d,    [Q_{d−1}, C_dᵀ; C_d, I] > 0.

Then Δx_lᵀQ_lΔx_l <= Δx_{l−1}ᵀQ_{l−1}Δx_{l−1} (take the quadratic form of the first block at (Δx_{l−1}, Δx_l) and
use the slope restriction), and ‖Δy‖² <= Δx_{d−1}ᵀQ_{d−1}Δx_{d−1}: the network is √ρ-Lipschitz. The best Q_l are the
pivots in the block LDLᵀ factorisation of one block tridiagonal matrix, Q_l = 2λ_l I − λ_l² C_l Q_{l−1}^{-1} C_lᵀ. For
an LDLTChain, λ_l = 1 and ρ = L², they are 2(I − W̃_l W̃_lᵀ) = 2Z_lᵀZ_l: it holds by construction. Here the Q_l are any
floating matrices near the pivots, and each block is proved positive definite, rounding accounted for: what is claimed
is a theorem about the float weights. The rounding of inputs and activations as the network runs is not part of it.

References: Juston, Sreenivas, Nottage, Soylemezoglu, arXiv:2512.05915 (the factorisation); Fazlyab et al., LipSDP,
arXiv:1906.04893.
"""

from dataclasses import dataclass, replace
from math import inf, isfinite, prod
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_nn.activations import slopes
from wishart_nn.conversion import fold
from wishart_nn.positive_definite import UNIT, certified_norm, is_positive_definite
from wishart_nn.protocol import leaves, need_unaltered
from wishart_nn.residual import SkipConnection, skip_bound
from wishart_nn.spectral import CircularConv2d

linalg: Any = torch.linalg

SLACKS = (1e-12, 1e-10, 1e-8, 1e-6, 1e-4)
"""What a pivot gives away, relative to λ, so that its block is positive definite in spite of rounding."""


SEARCH = 1e-6
"""The relative precision to which the least bound is looked for."""


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


@dataclass(frozen=True)
class _Layers:
    """The weights in float64 (of a convolution its operators, in a batch), and what is known of the rest.

    Whether all slopes between them lie in [0, 1], the constants between and around them.
    """

    weights: list[Tensor]
    restricted: bool
    within: float
    around: float


def lipschitz_bound(module: nn.Module, *, certified: bool = True) -> LipschitzBound:
    """Return an upper bound of sup ‖f(x) − f(x')‖/‖x − x'‖ for the module with the weights it has now.

    The weights are the folded ones, as they are rounded in the module's dtype. The lesser of the product of
    certified norms and of the activations' constants and, if all hidden activations are slope-restricted, the least
    block LDLᵀ bound √ρ that was proved.

    Args:
        module: LDLT modules, nn.Linear (parametrised or not), `CircularConv2d` and modules whose constant
            `wishart_nn.activations.slopes` knows (pooling among them), alone or in an nn.Sequential of any depth. Of a
            convolution the norm on its grid is proved, the greatest over all frequencies.
        certified: prove the bound; otherwise norms and pivots are those of floating arithmetic.

    Returns:
        A LipschitzBound.

    Raises:
        DomainError: for weights that are not finite (the layer is named) and for modules whose constant is not known.

    Cost: some Cholesky factorisations of twice the width for each layer, in float64.

    Example:
        >>> from wishart_nn.chain import LDLTChain
        >>> chain = LDLTChain((8, 16, 16, 2), lipschitz=3.0)
        >>> bound = lipschitz_bound(chain)
        >>> bound.certified, bound.method, bound.upper <= 3.0001
        (True, 'block LDLT', True)
        >>> lipschitz_bound(nn.Conv2d(1, 1, 1))
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need layers and activations with a known Lipschitz constant, got Conv2d, \
whose norm depends on the grid; CircularConv2d.of(conv, input_size) has one
    """
    layers = _layers(module, certified)
    if not layers.weights:
        return LipschitzBound(layers.around, certified, "residual LDLT", ())
    norms = tuple(certified_norm(w) if certified else float(linalg.matrix_norm(w, 2).max()) for w in layers.weights)
    product = prod(norms) * layers.within
    if certified:
        product *= 1 + 2 * (len(norms) + 3) * UNIT
        if product < 1e-290 and all(norms):
            product += len(norms) * 5e-324  # what has underflown
    product = product if isfinite(product) else inf
    method = "spectral norm" if len(norms) == 1 else "product of norms"
    best = LipschitzBound(product, certified, method, norms)
    if len(norms) > 1 and layers.restricted and product > 0:
        found = _block_bound(layers.weights, product, certified)
        if found < product:
            best = LipschitzBound(found, certified, "block LDLT", norms)
    return best if layers.around == 1 else replace(best, upper=best.upper * layers.around * (1 + 4 * UNIT))


_HINTS: dict[type[nn.Module], str] = {
    nn.Dropout: "; call eval() first",
    nn.Conv2d: ", whose norm depends on the grid; CircularConv2d.of(conv, input_size) has one",
}


def _layers(module: nn.Module, certified: bool = True) -> _Layers:
    weights: list[Tensor] = []
    restricted, within, around, pending = True, 1.0, 1.0, (1.0, True)
    acting = leaves(fold(module))
    for i, each in enumerate(acting):
        need_unaltered(each, "for a bound")
        if isinstance(each, nn.Linear | CircularConv2d):
            if isinstance(each, nn.Linear):
                weights.append(_finite(each.weight, "weights", i).to("cpu", torch.float64))
            else:
                _finite(each.spectrum, "weights", i)
                weights.append(each.operators())
                restricted = False  # the block bound takes matrices
            if each.bias is not None:  # pyright: ignore[reportUnnecessaryComparison]
                _finite(each.bias, "biases", i)
            if len(weights) > 1:
                restricted, within = restricted and pending[1], within * pending[0]
            else:
                around *= pending[0]
            pending = 1.0, True
            continue
        skip = isinstance(each, SkipConnection)
        known = (skip_bound(each, certified), False) if skip else slopes(each)
        if known is None:
            hint = next((text for kind, text in _HINTS.items() if isinstance(each, kind)), "")
            raise DomainError(
                f"need layers and activations with a known Lipschitz constant, got {type(each).__name__}{hint}"
            )
        for name, parameter in each.named_parameters():
            _finite(parameter, name, i)
        pending = pending[0] * known[0], pending[1] and known[1]
    if not weights and not any(isinstance(each, SkipConnection) for each in acting):
        raise DomainError(f"need a module with at least one layer, got {type(module).__name__}")
    return _Layers(weights, restricted, within, around * pending[0])


def _finite(tensor: Tensor, name: str, layer: int) -> Tensor:
    found = tensor.detach()
    if found.is_meta or not found.dtype.is_floating_point:
        raise DomainError(f"need {name} that are real numbers, got {found.dtype} on {found.device} in layer {layer}")
    if not bool((good := torch.isfinite(found)).all()):
        raise DomainError(f"need finite {name}, got {float(found[~good][0])} in layer {layer}")
    return found


def _block_bound(weights: list[Tensor], product: float, certified: bool) -> float:
    """Return the least √ρ that was found to satisfy the block condition; infinity if there is none."""
    best = inf
    for rescaled in (False, True):
        for slack in SLACKS:
            least = _bisected(weights, min(product, best), slack, rescaled)
            if not certified:
                best = min(best, least)
                break
            # The search is not rigorous; what it ends at is, with a little room, proved.
            proved = (least * (1 + room) for room in (1e-11, 1e-9, 1e-7, 1e-5, 1e-3))
            found = next((bound for bound in proved if _feasible(weights, bound, slack, rescaled, True)), inf)
            # A bound by construction is a short number: it lies within the search's precision of what was found.
            short = float(f"{found:.6g}")
            if short < found and any(_feasible(weights, short, each, rescaled, True) for each in SLACKS):
                found = short
            if found < inf:
                best = min(best, found)
                break
    return best


def _bisected(weights: list[Tensor], high: float, slack: float, rescaled: bool) -> float:
    if not isfinite(high) or not _feasible(weights, high, slack, rescaled, False):
        return inf
    low = high / 4
    least = high * 1e-9
    while low > least and _feasible(weights, low, slack, rescaled, False):
        low, high = low / 4, low
    while high - low > SEARCH * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _feasible(weights, middle, slack, rescaled, False) else (middle, high)
    return high


def _feasible(weights: list[Tensor], bound: float, slack: float, rescaled: bool, certified: bool) -> bool:
    """Return whether the network is proved (or, uncertified, seems) to be bound-Lipschitz."""
    eye = torch.eye(weights[0].shape[1], dtype=torch.float64)
    # ρ is rounded down: what holds for it holds for bound².
    q = eye * (bound * bound * (1 - 4 * UNIT))
    if not 0 < float(q[0, 0]) < inf:
        return False
    for c in weights[:-1]:
        lower, info = linalg.cholesky_ex(q)
        if int(info):
            return False
        image = linalg.solve_triangular(lower, c.mT, upper=False)
        gram = image.mT @ image
        size = float(linalg.eigvalsh(gram)[-1]) if rescaled else 1.0
        scale = 1 / size if size > 0 and isfinite(1 / size) else 1.0
        eye = torch.eye(c.shape[0], dtype=torch.float64)
        following = (2 - slack) * scale * eye - scale**2 * (gram + gram.mT) / 2
        following = (following + following.mT) / 2
        if certified and not _block_proved(q, c, scale, following):
            return False
        q = following
    c = weights[-1]
    if not certified:
        lower, info = linalg.cholesky_ex(q)
        if int(info):
            return False
        image = linalg.solve_triangular(lower, c.mT, upper=False)
        return float(linalg.matrix_norm(image, 2)) <= 1
    return is_positive_definite(_joined(q, c, torch.eye(c.shape[0], dtype=torch.float64)))


def _block_proved(q: Tensor, c: Tensor, scale: float, following: Tensor) -> bool:
    corner = 2 * scale * torch.eye(c.shape[0], dtype=torch.float64) - following
    # The products and differences above are rounded once each.
    radius = 4 * UNIT * (scale * float(linalg.matrix_norm(c)) + 2 * scale + float(linalg.matrix_norm(following)))
    return is_positive_definite(_joined(q, -scale * c, corner), radius)


def _joined(q: Tensor, c: Tensor, corner: Tensor) -> Tensor:
    return torch.cat((torch.cat((q, c.mT), 1), torch.cat((c, corner), 1)))


def lipschitz_lower_bound(
    module: nn.Module,
    x: Tensor,
    *,
    steps: int = 20,
    generator: torch.Generator | None = None,
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
    direction: Any = torch.randn(points.shape, dtype=torch.float64, generator=generator)
    best = 0.0
    for _ in range(max(steps, 1)):
        direction = direction / direction.norm(dim=1, keepdim=True).clamp_min(1e-300)
        image, direction = _there_and_back(net, points, direction)
        best = max(best, image.norm(dim=1).max().item())
        still = direction.norm(dim=1, keepdim=True) == 0
        direction = torch.where(still, torch.randn(points.shape, dtype=torch.float64, generator=generator), direction)
    return max(best * (1 - 1e-10), _ascend(net, points, direction, steps))


def _there_and_back(net: nn.Module, points: Tensor, direction: Any) -> tuple[Any, Any]:
    """Return Jv and JᵀJv; Jv as the derivative of u ↦ Jᵀu."""
    derivative: Any = torch.autograd.grad
    start: Any = points.clone().requires_grad_()
    with torch.enable_grad():
        output = net(start)
        u: Any = torch.zeros_like(output, requires_grad=True)
        pulled = derivative(output, start, u, create_graph=True)
        (image,) = derivative(pulled, u, direction, retain_graph=True)
        (back,) = derivative(output, start, image.detach())
    return image.detach(), back.detach()


def _ascend(net: nn.Module, points: Any, direction: Any, steps: int) -> float:
    """Return the greatest ratio on pairs that start at the points, apart by about their own size, and climb."""
    apart = direction / direction.norm(dim=1, keepdim=True).clamp_min(1e-300)
    first: Any = points.clone()
    second: Any = points + apart
    best = 0.0
    for _ in range(steps):
        first.requires_grad_()
        second.requires_grad_()
        left, right = net(first), net(second)
        distance = (first - second).norm(dim=1)
        ratio = (left - right).norm(dim=1) / distance
        # What rounding can have added to the numerator.
        noise = 1e-13 * (left.norm(dim=1) + right.norm(dim=1)) / distance + 1e-10 * ratio
        best = max(best, float((ratio - noise).detach().nan_to_num(0.0).max()))
        gradients: Any = torch.autograd.grad(ratio.sum(), (first, second))
        with torch.no_grad():
            first, second = (
                point + 0.3 * g / g.norm(dim=1, keepdim=True).clamp_min(1e-300)
                for point, g in zip((first, second), gradients, strict=True)
            )
    return best
