"""Mean squares through a network, layer by layer, forward and backward: what is predicted, and what happens.

Prediction is for raw weights with independent N(0, σ_l²) entries and no biases, for an input and an output gradient of
mean square 1 per coordinate, by the recursion of `wishart_moments.variance.depth`, exact for symmetric roots. A chain
with Cholesky factors hands on √α L^{-T}x instead: N = αL^{-1}L^{-T} = I − W̃W̃ᵀ; signs of rows still average out,

    E xᵀNx = ‖z‖²/n (a² E tr HM + b² D),  D = E Σ_i N_ii(1 − N_ii),  x = a y + b|y|,

and only D differs, for the N_ii are no longer alike. It is a mean over seeded draws of W (standard error some 0.04
percent near He scale, 0.3 percent at 10/√n); all else are exact integrals.

A convolution passes on its Var[y] for white inputs. What is not white, as behind an activation, meets other means,
alike up to 1/n.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from operator import mul
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_moments.notation import tables
from wishart_moments.variance.activations import Activation
from wishart_moments.variance.arguments import layer as layer_of
from wishart_moments.variance.depth import LayerTraces, Plan, layer_traces, mean_squares
from wishart_nn.activations import activation_law
from wishart_nn.conversion import fold
from wishart_nn.convolution import LDLTConv2d
from wishart_nn.convolution_law import convolution_variance
from wishart_nn.factors import linalg
from wishart_nn.protocol import LDLTModule, Tree, ldlt_modules, leaves
from wishart_nn.residual import LDLTResidual, SkipConnection
from wishart_nn.spectral import CircularConv2d

DRAWS = 16_384  # rows of the draws that D is a mean over
RESIDUAL_DRAWS = 64  # of the weights of a residual network, and of inputs for each
Means = tuple[float, float, float, float]
NAMES = ("y²", "x²", "∂y²", "∂x²")


@dataclass(frozen=True)
class LayerMeans:
    """Mean squares per coordinate at a layer, y the pre-activation and x = f(y).

    Attributes:
        m, n, sigma: outputs, inputs, and σ of the raw weight.
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

    @property
    def means(self) -> Means:
        """The four mean squares."""
        return self.before, self.after, self.gradient_before, self.gradient_after


@dataclass(frozen=True)
class Profile:
    """Mean squares through a network.

    Attributes:
        architecture: "independent", "chain" or "residual".
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
        layers = (LayerMeans(e.m, e.n, e.sigma, *map(mul, scales, e.means)) for e in self.layers)
        return replace(self, layers=tuple(layers), gradient_input=backward * self.gradient_input)

    def __str__(self) -> str:
        return _table(NAMES, self.layers, [each.means for each in self.layers])


@dataclass(frozen=True)
class MeasuredProfile:
    """What happens in a network beside what is predicted for its input's mean square; `str` shows them side by side."""

    measured: Profile
    predicted: Profile

    def __str__(self) -> str:
        names = [f"{name} {kind}" for name in NAMES for kind in ("predicted", "measured")]
        pairs = zip(self.predicted.layers, self.measured.layers, strict=True)
        rows = [[x for pair in zip(left.means, right.means, strict=True) for x in pair] for left, right in pairs]
        return _table(names, self.predicted.layers, rows)


def _table(names: Sequence[str], layers: Sequence[LayerMeans], rows: Sequence[Sequence[float]]) -> str:
    cells = [["layer", "shape", *names]]
    for i, (each, row) in enumerate(zip(layers, rows, strict=True), 1):
        cells.append([f"{i}", f"{each.n}→{each.m}", *(f"{number:.4g}" for number in row)])
    return tables.columns(cells)


def predicted_profile(module: nn.Module, sigma: float | str | None = None) -> Profile:
    """Return E y², E x² and the mean squares of their gradients at each layer, at initialisation.

    Args:
        module: an LDLT module, or an nn.Sequential of LDLT layers with one activation between them. Of an LDLTResidual
            the layers are those of the branch; the last holds the output, skip included. Of a convolution m and n are
            those of W(ω); the input is taken to be white.
        sigma: as `ldlt_normal_` takes it; `None` takes the root mean square of each raw weight at hand (relative error
            1/√(2mn), one standard deviation, for weights as drawn).

    Returns:
        A Profile for an input of mean square 1, and a gradient at the output of mean square 1 that does not depend on
        the weights. Exact where its `exactness` says so.

    Raises:
        DomainError: for another module. LimitError: for widths above 4096.

    Example:
        >>> from wishart_nn.chain import LDLTChain
        >>> profile = predicted_profile(LDLTChain((64, 64, 64), activation="identity"), "kaiming")
        >>> [round(each.before, 4) for each in profile.layers]
        [0.9966, 0.3307]
    """
    tree = Tree(module)
    if sigma is None:
        sigmas = [float(weight.detach().double().square().mean().sqrt()) for weight in tree.raw_weights()]
    else:
        sigmas = list(tree.sigmas(sigma))
    if isinstance(module, LDLTResidual):
        return _drawn_profile(module, sigmas)
    layers, name = _sequence(module)
    laws = [each.law_now() for each in layers]
    shapes = [(m, n) for law in laws for n, m in pairwise(law.widths)]
    alphas, gains = [x for law in laws for x in law.alpha], [x for law in laws for x in law.gamma]
    for shape, *numbers in zip(shapes, sigmas, alphas, gains, strict=True):
        layer_of(*shape, *numbers, max_size=None)
    architecture, f = laws[0].architecture, activation_law(name)
    plan = Plan(shapes, sigmas, alphas, gains, architecture == "chain")
    traces, notes = _traces(layers, plan, f)
    forward, backward, at_input = mean_squares(plan, traces, f)
    means = zip(shapes, sigmas, forward, backward, strict=True)
    found = tuple(LayerMeans(*shape, s, *ahead[:2], *back[:2]) for shape, s, ahead, back in means)
    return Profile(architecture, f.name, found, at_input, notes[0] if notes else "exact")


def _sequence(module: nn.Module) -> tuple[list[LDLTModule], str]:
    """Return the layers of a module and the activation between them."""
    if isinstance(module, LDLTModule):
        return [module], module.law_now().activation
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
        m, following = one.law_now().widths[1], after.law_now().widths
        if m != following[0] and not isinstance(one, LDLTConv2d):
            raise DomainError(f"need layers that follow one another, got {m} outputs and then {following}")
    return layers, between[0] if between else "identity"


def _traces(layers: list[LDLTModule], plan: Plan, f: Activation) -> tuple[list[LayerTraces], list[str]]:
    """Return the traces of each layer, and what is not exact."""
    given = list(zip(plan.shapes, plan.sigma, plan.alpha, strict=True))
    ignored = [f"approximate: {f.ignored}"] if f.ignored and len(given) > 1 else []
    if len(given) > 1 and layers[0].law_now().cholesky:
        note = "exact but for one trace per layer, a mean over seeded draws"
        if f.group > 1:
            note = "approximate: the order of the rows of a Cholesky factor is ignored within a group"
        return [cholesky_traces(*shape, sigma, alpha) for shape, sigma, alpha in given], [*ignored, note]
    traces: list[LayerTraces] = []
    notes: list[str] = []
    for i, ((m, n), sigma, alpha) in enumerate(given):
        layer = layers[min(i, len(layers) - 1)]
        if isinstance(layer, LDLTConv2d):
            found = convolution_variance(layer.grid, sigma, alpha=alpha)
            notes.append(f"for white inputs of a convolution; {found.exactness}")
            traces.append(LayerTraces(found.value * m, 0.0, 0.0, 0.0))
        else:
            traces.append(layer_traces(m, n, sigma, alpha))
    return traces, notes + ignored


@lru_cache(maxsize=256)
def cholesky_traces(m: int, n: int, sigma: float, alpha: float) -> LayerTraces:
    """Return the traces of a layer whose hand-on is √α L^{-T}: `spread` follows from D as if signs were all.

    D = ((m − 1) spread + 3 linear)/(m + 2), the identity that holds for symmetric roots, so that the responses of
    `wishart_moments.variance.activations` apply as they are: unbiased for functions a y + b|y| of each coordinate.
    """
    traces = layer_traces(m, n, sigma, alpha)
    if m == 1 or sigma == 0:
        return traces
    generator = torch.Generator().manual_seed(0)
    total, draws = 0.0, max(4, -(-DRAWS // m))
    eye = torch.eye(m, dtype=torch.float64)
    for start in range(0, draws, 64):
        shape = min(64, draws - start), m, n
        w = torch.randn(shape, dtype=torch.float64, generator=generator) * (sigma / alpha**0.5)
        lower = linalg.cholesky(eye + w @ w.mT)
        kept = linalg.solve_triangular(lower, eye, upper=False).square().sum(-1)
        total += float((kept * (1 - kept)).sum())
    return traces._replace(spread=max((m + 2) * total / draws - 3 * traces.linear, 0.0) / (m - 1))


def measure_profile(
    module: nn.Module, x: Tensor, *, sigma: float | str | None = None, generator: torch.Generator | None = None
) -> MeasuredProfile:
    """Return the mean squares that the inputs x cause, and those of gradients, beside the predicted ones.

    The pass is the module's own on its folded weights, in float64, biases included. The gradient at the output is a
    random one of mean square 1 for each input.

    Args:
        module, sigma: as `predicted_profile` takes them.
        x: (batch, n), or of a shape that the module flattens.
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
        nn.Sequential(*plain).to(x.device)(x[:1].double())
    except (RuntimeError, IndexError):
        raise DomainError(f"need inputs that the module takes, got shape {tuple(x.shape)}") from None
    if not len(x):
        raise DomainError(f"need at least one input, got shape {tuple(x.shape)}")
    means, at_input = _pass_through(plain, x, generator)
    layers = (LayerMeans(e.m, e.n, e.sigma, *each) for e, each in zip(predicted.layers, means, strict=True))
    measured = replace(predicted, layers=tuple(layers), gradient_input=at_input, exactness="measured")
    return MeasuredProfile(measured, predicted.scaled(x.double().square().mean().item(), 1.0))


def _pass_through(plain: Sequence[nn.Module], x: Tensor, generator: Any) -> tuple[list[Means], float]:
    """Return the mean squares at every layer of a folded network in float64, and that of the gradient at the input.

    That at the output is a random one of mean square 1 for each input; a lone `SkipConnection` stands for its branch.
    """
    skip = plain[0] if isinstance(plain[0], SkipConnection) else None
    with torch.enable_grad():
        signal = x.detach().double().requires_grad_()
        passed, marks = [signal], list[int]()
        for step in plain if skip is None else leaves(skip.branch):
            passed.append(step(passed[-1]))
            marks += [len(passed) - 1] if isinstance(step, nn.Linear | CircularConv2d) else []
        if skip is not None:
            passed[-1] = passed[-1] + skip.skip(signal)
        gradient: Any = torch.randn(passed[-1].flatten(1).shape, dtype=torch.float64, generator=generator).to(x.device)
        gradient = gradient * (gradient.shape[1] ** 0.5 / gradient.norm(dim=1, keepdim=True))
        back = torch.autograd.grad(passed[-1], passed, gradient.reshape(passed[-1].shape))
    forward, backward = ([float(t.detach().square().mean()) for t in tensors] for tensors in (passed, back))
    ends = [*(mark - 1 for mark in marks[1:]), len(passed) - 1]
    means = [(forward[y], forward[x], backward[y], backward[x]) for y, x in zip(marks, ends, strict=True)]
    return means, backward[0]


def _drawn_profile(module: LDLTResidual, sigmas: Sequence[float]) -> Profile:
    """Return means over seeded draws of the weights and of the input."""
    generator = torch.Generator().manual_seed(0)
    other, n = deepcopy(module).to("cpu", torch.float64), module.widths[0]
    found: list[tuple[list[Means], float]] = []
    with torch.no_grad():
        for bias in other.biases or ():
            bias.zero_()
        for _ in range(RESIDUAL_DRAWS):
            for weight, sigma in zip(other.raw, sigmas, strict=True):
                weight.normal_(0.0, sigma, generator=generator)
            x = torch.randn(RESIDUAL_DRAWS, n, dtype=torch.float64, generator=generator)
            found.append(_pass_through([other.fold()], x, generator))
    means = np.mean([each for each, _ in found], axis=0).tolist()
    shapes = zip(module.widths, module.widths[1:], sigmas[1:], means, strict=False)
    layers = tuple(LayerMeans(m, n, sigma, *each) for n, m, sigma, each in shapes)
    start = sum(each for _, each in found) / len(found)
    return Profile("residual", module.activation, layers, start, f"a mean over {RESIDUAL_DRAWS} seeded draws")
