"""Mean squares through a network, layer by layer, forward and backward: what is predicted, and what happens.

Prediction is for raw weights with independent N(0, σ_l²) entries and no biases, for an input and an output gradient of
mean square 1 per coordinate; the σ_l are the root mean squares of the raw weights at hand unless they are given
(relative error 1/√(2mn), one standard deviation, for weights as drawn).

For independent layers and for chains with symmetric roots it is `wishart_moments.variance.depth.depth_profile`. A
chain with Cholesky factors hands on √α L^{-T}x instead: N = αL^{-1}L^{-T} = I − W̃W̃ᵀ; signs of rows still average out,

    E xᵀNx = ‖z‖²/n (a² E tr HM + b² D),  D = E Σ_i N_ii(1 − N_ii),  x = a y + b|y|,

and only D differs from the symmetric root's, for the N_ii are no longer alike. D is a mean over some 16,000/m seeded
draws of W (standard error some 0.04 percent of D near He scale, 0.3 percent at 10/√n); all else are exact integrals.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_moments.variance.activations import Activation
from wishart_moments.variance.depth import DepthProfile, LayerTraces, depth_profile, layer_traces
from wishart_nn.activations import activation_law
from wishart_nn.conversion import fold
from wishart_nn.convolution import LDLTConv2d
from wishart_nn.initialisation import shared_out
from wishart_nn.mean_squares import through_layers
from wishart_nn.passes import pass_through
from wishart_nn.protocol import LDLTModule, ldlt_modules, leaves, need_ldlt
from wishart_nn.residual import LDLTResidual

linalg: Any = torch.linalg

DRAWS = 16_384
"""Rows of the draws that D is a mean over."""

RESIDUAL_DRAWS = 64
"""Draws of the weights of a residual network, and of inputs for each."""


@dataclass(frozen=True)
class LayerMeans:
    """Mean squares per coordinate at a layer, y the pre-activation and x = f(y).

    Attributes:
        m, n: outputs and inputs.
        sigma: σ of the raw weight.
        before, after: of y and x.
        gradient_before, gradient_after: of the gradients with respect to y and x.
    """

    m: int
    n: int
    sigma: float
    before: float
    after: float
    gradient_before: float
    gradient_after: float


@dataclass(frozen=True)
class Profile:
    """Mean squares through a network.

    Attributes:
        architecture: "independent" or "chain".
        activation: by name.
        layers: a `LayerMeans` for each layer.
        gradient_input: mean square per coordinate of the gradient with respect to the input.
        exactness: "exact", or what is approximate.
    """

    architecture: str
    activation: str
    layers: tuple[LayerMeans, ...]
    gradient_input: float
    exactness: str

    def scaled(self, forward: float, backward: float) -> "Profile":
        """Return the profile for an input and an output gradient of these mean squares."""
        scales = (forward, forward, backward, backward)
        layers = tuple(
            LayerMeans(e.m, e.n, e.sigma, *(s * x for s, x in zip(scales, _entries(e), strict=True)))
            for e in self.layers
        )
        return replace(self, layers=layers, gradient_input=backward * self.gradient_input)

    def __str__(self) -> str:
        return _table(["y²", "x²", "∂y²", "∂x²"], self.layers, [_entries(each) for each in self.layers])


@dataclass(frozen=True)
class MeasuredProfile:
    """What happens in a network beside what is predicted for its input's mean square.

    Attributes:
        measured, predicted: the profiles; `str` shows them side by side.
    """

    measured: Profile
    predicted: Profile

    def __str__(self) -> str:
        names = [f"{name} {kind}" for name in ("y²", "x²", "∂y²", "∂x²") for kind in ("predicted", "measured")]
        rows = [
            [number for pair in zip(_entries(left), _entries(right), strict=True) for number in pair]
            for left, right in zip(self.predicted.layers, self.measured.layers, strict=True)
        ]
        return _table(names, self.predicted.layers, rows)


def _entries(each: LayerMeans) -> list[float]:
    return [each.before, each.after, each.gradient_before, each.gradient_after]


def _table(names: list[str], layers: Sequence[LayerMeans], rows: list[list[float]]) -> str:
    head = ["layer", "shape", *names]
    cells = [
        [f"{i}", f"{each.n}→{each.m}", *(f"{number:.4g}" for number in row)]
        for i, (each, row) in enumerate(zip(layers, rows, strict=True), 1)
    ]
    widths = [max(len(row[k]) for row in [head, *cells]) for k in range(len(head))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *cells]]
    return "\n".join(lines)


def _sequence(module: nn.Module) -> tuple[list[LDLTModule], str]:
    """Return the layers of an nn.Sequential, with one activation between them, and its name."""
    layers: list[LDLTModule] = []
    between: list[str] = []
    for each in leaves(module):
        inner = ldlt_modules(each)
        if len(inner) == 1 and inner[0].depth == 1:
            layers += inner
        elif not isinstance(each, nn.Linear | nn.Flatten | nn.Unflatten | nn.Identity | nn.Dropout):
            between.append(activation_law(each).name)
    if not layers or len(between) != len(layers) - 1 or len(set(between)) > 1:
        raise DomainError(
            "need an LDLT module, or an nn.Sequential of LDLT layers with the same activation between any two, got "
            f"{type(module).__name__} with {len(layers)} layers"
            + (f" and the activations {between}" if between else "")
        )
    for one, after in pairwise(layers):
        widths = one.law_now().widths, after.law_now().widths
        if widths[0][1] != widths[1][0] and not isinstance(one, LDLTConv2d):
            raise DomainError(f"need layers that follow one another, got {widths[0][1]} outputs and then {widths[1]}")
    return layers, between[0] if between else "identity"


def predicted_profile(module: nn.Module, sigma: float | str | None = None) -> Profile:
    """Return E y², E x² and the mean squares of their gradients at each layer, at initialisation.

    Independent layers multiply: E y_l² = (γ²/m) E tr S(αI + S)^{-1} E x_{l−1}².

    Args:
        module: an LDLT module, or an nn.Sequential of LDLT layers with one activation between them. Of an LDLTResidual
            the layers are those of the branch; the last holds the output, skip included. Of a convolution m and n are
            those of W(ω); the input is taken to be white.
        sigma: as `ldlt_normal_` takes it; `None` takes the root mean square of each raw weight at hand.

    Returns:
        A Profile for an input of mean square 1, and a gradient at the output of mean square 1 that does not depend on
        the weights. Exact where its `exactness` says so.

    Raises:
        DomainError: for another module, widths above 4096.

    Example:
        >>> from wishart_nn.chain import LDLTChain
        >>> profile = predicted_profile(LDLTChain((64, 64, 64), activation="identity"), "kaiming")
        >>> [round(each.before, 4) for each in profile.layers]
        [0.9966, 0.3307]
    """
    modules = need_ldlt(module)
    raw = [weight for each in modules for weight in each.raw_weights()]
    if sigma is None:
        sigmas = [float(weight.detach().double().square().mean().sqrt()) for weight in raw]
    else:
        sigmas = [s for each in modules for s in each.sigmas(shared_out(sigma, len(raw)))]
    if isinstance(module, LDLTResidual):
        return _drawn_profile(module, sigmas)
    if isinstance(module, LDLTConv2d) or not isinstance(module, LDLTModule):
        return _multiplied(module, sigmas)
    law = module.law_now()
    profile = depth_profile(
        law.widths,
        sigmas,
        alpha=list(law.alpha),
        gamma=law.gamma[0] if law.architecture == "chain" else list(law.gamma),
        architecture=law.architecture,
        activation=law.activation,
    )
    if law.cholesky and len(sigmas) > 1:
        return _cholesky_chain(profile, activation_law(law.activation))
    notes = [text for each in profile.layers for text in each.exactness.values() if text != "exact"]
    return Profile(
        law.architecture,
        profile.activation,
        tuple(
            LayerMeans(e.m, e.n, e.sigma, e.before, e.after, e.gradient_before, e.gradient_after)
            for e in profile.layers
        ),
        profile.gradient_input,
        notes[0] if notes else "exact",
    )


def _multiplied(module: nn.Module, sigmas: Sequence[float]) -> Profile:
    layers, name = ([module], "identity") if isinstance(module, LDLTModule) else _sequence(module)
    means, at_input, note = through_layers(layers, sigmas, activation_law(name))
    shapes = [each.law_now().widths for each in layers]
    found = tuple(LayerMeans(m, n, s, *each) for (n, m), s, each in zip(shapes, sigmas, means, strict=True))
    return Profile("independent", name, found, at_input, note)


@lru_cache(maxsize=256)
def cholesky_traces(m: int, n: int, sigma: float, alpha: float) -> LayerTraces:
    """Return the traces of a layer whose hand-on is √α L^{-T}: `spread` follows from D as if signs were all.

    D = ((m − 1) spread + 3 linear)/(m + 2), the identity that holds for symmetric roots, so that the responses of
    `wishart_moments.variance.activations` apply as they are: unbiased for functions a y + b|y| of each coordinate.

    Example:
        >>> linear = layer_traces(16, 16, 0.35, 1.0).linear
        >>> cholesky_traces(16, 16, 0.35, 1.0).linear == linear
        True
    """
    traces = layer_traces(m, n, sigma, alpha)
    if m == 1 or sigma == 0:
        return traces
    generator = torch.Generator().manual_seed(0)
    total, draws = 0.0, max(4, -(-DRAWS // m))
    for start in range(0, draws, 64):
        count = min(64, draws - start)
        w = torch.randn(count, m, n, dtype=torch.float64, generator=generator) * (sigma / alpha**0.5)
        lower = linalg.cholesky(torch.eye(m, dtype=w.dtype) + w @ w.mT)
        kept = linalg.solve_triangular(lower, torch.eye(m, dtype=w.dtype), upper=False).square().sum(-1)
        total += float((kept * (1 - kept)).sum())
    return traces._replace(spread=max((m + 2) * total / draws - 3 * traces.linear, 0.0) / (m - 1))


def _cholesky_chain(profile: DepthProfile, f: Activation) -> Profile:
    layers = profile.layers
    traces = [cholesky_traces(e.m, e.n, e.sigma, e.alpha) for e in layers]
    entering, forward = 1.0, list[tuple[float, float]]()
    for e, t in zip(layers, traces, strict=True):
        incoming = e.scale**2 * entering
        before = incoming * t.passed / e.m
        response = f.forward(e.m, before)
        forward.append((before, before if e is layers[-1] else before * response.energy))
        entering = incoming * t.handed_on(response) / e.m
    last, backward = layers[-1], [(1.0, 1.0)]
    arriving = last.scale**2 * traces[-1].passed / last.n
    for e, t, (before, _) in list(zip(layers, traces, forward, strict=True))[-2::-1]:
        response = f.backward(e.m, before)
        after = arriving * t.kept / e.m
        backward.append((after * response.energy, after))
        arriving *= e.scale**2 * t.handed_on(response) / e.n
    means = tuple(
        LayerMeans(e.m, e.n, e.sigma, *ahead, *back)
        for e, ahead, back in zip(layers, forward, backward[::-1], strict=True)
    )
    note = "exact but for one trace per layer, a mean over seeded draws"
    if f.group > 1:
        note = "approximate: the order of the rows of a Cholesky factor is ignored within a group"
    return Profile("chain", profile.activation, means, arriving, (f.ignored and f"approximate: {f.ignored}") or note)


def measure_profile(
    module: nn.Module,
    x: Tensor,
    *,
    sigma: float | str | None = None,
    generator: torch.Generator | None = None,
) -> MeasuredProfile:
    """Return the mean squares that the inputs x cause, and those of gradients, beside the predicted ones.

    The pass is the module's own on its folded weights, in float64, biases included. The gradient at the output is a
    random one of mean square 1 for each input.

    Args:
        module: as `predicted_profile` takes it.
        x: (batch, n), or of a shape that the module flattens.
        sigma: of the prediction, as `predicted_profile` takes it.
        generator: of the gradient.

    Returns:
        A MeasuredProfile, whose `str` is a table.

    Raises:
        DomainError: for another module, or inputs that do not fit.

    Example:
        >>> from wishart_nn.linear import LDLTLinear
        >>> profile = measure_profile(LDLTLinear(64, 64), torch.randn(100, 64))
        >>> 0.5 < profile.measured.layers[0].before / profile.predicted.layers[0].before < 1.5
        True
    """
    predicted = predicted_profile(module, sigma)
    plain = leaves(fold(module).double())
    try:
        torch.nn.Sequential(*plain).to(x.device)(x[:1].double())
    except (RuntimeError, IndexError):
        raise DomainError(f"need inputs that the module takes, got shape {tuple(x.shape)}") from None
    if not len(x):
        raise DomainError(f"need at least one input, got shape {tuple(x.shape)}")
    means, gradient_input = pass_through(plain, x, generator)
    layers = tuple(
        replace(each, before=before, after=after, gradient_before=at_y, gradient_after=at_x)
        for each, (before, after, at_y, at_x) in zip(predicted.layers, means, strict=True)
    )
    measured = replace(predicted, layers=layers, gradient_input=gradient_input, exactness="measured")
    return MeasuredProfile(measured, predicted.scaled(x.double().square().mean().item(), 1.0))


def _drawn_profile(module: LDLTResidual, sigmas: Sequence[float]) -> Profile:
    """Return means over seeded draws of the weights and of the input."""
    generator = torch.Generator().manual_seed(0)
    other, n = deepcopy(module).to("cpu", torch.float64), module.widths[0]
    found: list[tuple[list[tuple[float, float, float, float]], float]] = []
    with torch.no_grad():
        for bias in other.biases or ():
            bias.zero_()
        for _ in range(RESIDUAL_DRAWS):
            for weight, sigma in zip(other.raw, sigmas, strict=True):
                weight.normal_(0.0, sigma, generator=generator)
            x = torch.randn(RESIDUAL_DRAWS, n, dtype=torch.float64, generator=generator)
            found.append(pass_through([other.fold()], x, generator))
    layers = tuple(
        LayerMeans(m, n, sigma, *(sum(each[0][i][j] for each in found) / len(found) for j in range(4)))
        for i, (n, m, sigma) in enumerate(zip(module.widths, module.widths[1:], sigmas[1:], strict=False))
    )
    start = sum(each[1] for each in found) / len(found)
    return Profile("residual", module.activation, layers, start, f"a mean over {RESIDUAL_DRAWS} seeded draws")
