"""Mean squares through a network of LDLT layers at initialisation, forward and backward, exact at every width.

W̃ = W(αI + WᵀW)^{-1/2} with the symmetric root, H = W̃W̃ᵀ = S(αI + S)^{-1}, M = I − H = α(αI + S)^{-1}; y = W̃z.

W O has the law of W for every orthogonal O, so y depends on z through ‖z‖ alone: E[yyᵀ | S] = ‖z‖²/n · H. O W has it
too, so E[M | y] = p I + q yyᵀ/‖y‖² with p, q functions of ‖y‖. For f(ty) = t f(y) therefore, with x = f(y),

    E‖x‖² = ‖z‖²/n · E tr H · A,  E xᵀMx = ‖z‖²/n · (p₀ A + (E tr HM − p₀) B),  p₀ = (E tr H tr M − E tr HM)/(m − 1),

A and B being the energy and the alignment of f (`wishart_moments.variance.activations`). xᵀMx is the square of what the
layer of a chain hands on, √α L^{-1}x with LLᵀ = αI + S. Backward the same holds with A and B of the Jacobian: flipping
the sign of a row of W (permuting the rows of a group, for GroupSort) kills every term in which the Jacobian, M and H
are entangled, and what is left is isotropic given z, so a gradient that is independent of the weights at the output
meets each layer isotropic, though it is made of the same W. The three traces need the density of S only, for

    E tr H tr M = E tr (n − S)M − E tr HM = E tr (S − n)H − E tr HM,

which is Stein's lemma in the entries of W.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, NamedTuple, cast

import numpy as np

from wishart_moments import domain
from wishart_moments.domain import choice, shown
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_moments.variance.activations import Activation, Response
from wishart_moments.variance.activations import activation as named_activation
from wishart_moments.variance.arguments import MAX_SIZE, layer
from wishart_moments.variance.depth_table import ShownProfile

ARCHITECTURES = ("independent", "chain")

EXACT = "exact"

Signals = list[tuple[float, float, float]]


class LayerTraces(NamedTuple):
    """Means over W of an m×n layer, for what enters and leaves it.

    Attributes:
        passed: E tr H, the output's mean square times m.
        kept: E tr M = m − E tr H.
        linear: E tr HM, what a linear layer hands on, times m.
        spread: (E tr H tr M − E tr HM)/(m − 1), what it would hand on of a direction independent of M, times m.
    """

    passed: float
    kept: float
    linear: float
    spread: float

    def handed_on(self, response: Response) -> float:
        """Return E xᵀMx, x = f(y), for z of mean square 1: exact for a response that is."""
        return self.linear * response.alignment + self.spread * (response.energy - response.alignment)


@lru_cache(maxsize=1024)
def layer_traces(m: int, n: int, sigma: float, alpha: float) -> LayerTraces:
    """Return the traces of a layer, absolute errors about 1e-14 m.

    Example:
        >>> 64 * 0.170 < layer_traces(64, 64, 1 / 8, 1.0).linear < 64 * 0.171
        True
    """
    if sigma == 0:
        return LayerTraces(0.0, float(m), 0.0, 0.0)
    rule = spectrum(m, n)
    nodes, weights = rule.nodes, rule.weights
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        scaled = nodes * (sigma / alpha * sigma)
        mu, eta = 1 / (1 + scaled), 1 / (1 + 1 / scaled)
    zeros = max(m - n, 0)
    passed, kept, linear = float(weights @ eta), float(weights @ mu) + zeros, float(weights @ (eta * mu))
    if m == 1:  # a single direction is wholly aligned with M
        return LayerTraces(passed, kept, linear, 0.0)
    # Of the two forms of E tr H tr M + E tr HM, the one that adds up terms of its own size.
    if passed > kept - zeros:
        both = float(weights @ ((n - nodes) * mu)) + n * zeros
    else:
        both = float(weights @ ((nodes - n) * eta))
    return LayerTraces(passed, kept, linear, max(both - 2 * linear, 0.0) / (m - 1))


@dataclass(frozen=True)
class LayerProfile:
    """Mean squares per coordinate at one layer, y = c W̃z, x = f(y), and z' what the next layer gets.

    Attributes:
        m, n, sigma, alpha: the layer, m outputs of n inputs.
        scale: c, the factor before W̃.
        before: of y; its variance too, for the mean of y is 0.
        after: of x; the last layer has no activation, x = y.
        handed_on: of z': √α L^{-1}x in a chain, else x.
        gradient_before, gradient_after, gradient_handed_on: of the gradients with respect to y, x and z'.
        exactness: for each of these six names "exact", or "approximate: " and what is ignored.
    """

    m: int
    n: int
    sigma: float
    alpha: float
    scale: float
    before: float
    after: float
    handed_on: float
    gradient_before: float
    gradient_after: float
    gradient_handed_on: float
    exactness: dict[str, str]

    @property
    def variance(self) -> float:
        """The variance of a coordinate of y, equal to `before`: W and −W have one law, so the mean is 0."""
        return self.before


@dataclass(frozen=True, repr=False)
class DepthProfile(ShownProfile):
    """Mean squares through a network, for an input of mean square 1 and an output gradient of mean square 1.

    Attributes:
        widths, architecture, activation: as asked for; the activation by name.
        layers: a `LayerProfile` for each layer.
        gradient_input: mean square per coordinate of the gradient with respect to the input.
        gradient_input_exactness: "exact", or "approximate: " and what is ignored.
    """

    widths: tuple[int, ...]
    architecture: str
    activation: str
    layers: tuple[LayerProfile, ...]
    gradient_input: float
    gradient_input_exactness: str

    @property
    def output(self) -> float:
        """The mean square per coordinate of the network's output, which is its variance."""
        return self.layers[-1].before

    @property
    def exact(self) -> bool:
        """Whether every entry is exact."""
        entries = [self.gradient_input_exactness, *(text for each in self.layers for text in each.exactness.values())]
        return all(text == EXACT for text in entries)


class Plan(NamedTuple):
    """A network: shapes (m, n), σ, α and the factor c before W̃ of each layer."""

    shapes: list[tuple[int, int]]
    sigma: list[float]
    alpha: list[float]
    scale: list[float]
    is_chain: bool

    def power(self, i: int) -> float:
        """Return c² of layer i."""
        return self.scale[i] * self.scale[i]


def depth_profile(
    widths: Sequence[int],
    sigma: float | str | Sequence[float | str] | Callable[[int], float | str],
    *,
    alpha: float | Sequence[float] = 1.0,
    gamma: float | Sequence[float] = 1.0,
    architecture: str = "independent",
    activation: str | Activation = "identity",
) -> DepthProfile:
    """Return the mean squares E y², E x², E z² and those of their gradients, layer by layer, at initialisation.

    "independent": y_l = γ_l W̃_l x_{l−1}, x_l = f(y_l).
    "chain": y_l = c_l c_{l−1} W̃_l z_{l−1}, x_l = f(y_l), z_l = √α_l L_l^{-1} x_l with L_l L_lᵀ = α_l I + W_l W_lᵀ.
    There c_l² = 2 for a hidden layer if f is restricted to slopes in [0, 1] (identity, relu, leaky_relu with a slope
    >= 0, tanh, elu): the largest factor with which z_{l−1} ↦ z_l is always nonexpansive. It is 1 for abs, groupsort
    and householder, which are only 1-Lipschitz, and for the last layer; c_0 = 1. γ, the Lipschitz bound of the whole,
    stands before the first layer.

    There are no biases; the last layer has no activation and hands nothing on. A ReLU layer is dead, all zero, with
    probability 2^{-m}; gradients at the layers after it count slopes at 0 as 0 or 1 with equal chance.

    Args:
        widths: input, hidden and output widths, 2 at least, each 1 to 4096: (28, 64, 64, 1) has three layers.
        sigma: standard deviation of the entries of W_l, >= 0: a number, "he" (1/√n), a formula in m and n, one for each
            layer, or a function of the layer's fan-in n.
        alpha: α_l > 0, a number or one for each layer.
        gamma: γ > 0: for independent layers the gain of each, a number or one for each layer; for a chain one number,
            the gain of the whole.
        architecture: "independent" or "chain".
        activation: a name as `wishart_moments.variance.activations.activation` takes it, or an `Activation`.

    Returns:
        A DepthProfile. Exact, up to rounding, for identity, relu, leaky_relu, abs, groupsort and householder: forward
        for any fixed input of mean square 1, backward for a gradient at the output that does not depend on the weights
        (that of a linear functional). Approximate for tanh and elu past the first activation, as each entry says: off
        by less than 100/width percent in four square layers at σ = √(2/n) (measured in benchmarks/depth_laws.py).

    Raises:
        DomainError: for widths, σ, α, γ out of range, of the wrong number, or an unknown activation.
        MethodError: for an unknown architecture. LimitError: for widths above 4096.

    Cost: one spectrum for each different shape, once.

    References:
        Juston, Sreenivas, Nottage, Soylemezoglu, LDLT L-Lipschitz network, arXiv:2512.05915 (the chain).

    Example:
        >>> profile = depth_profile((28, 64, 64, 1), lambda n: n**-0.5, architecture="chain", activation="relu")
        >>> [round(each.before, 4) for each in profile.layers], profile.exact
        ([0.5441, 0.2166, 0.057], True)
    """
    f = named_activation(activation)
    plan = _plan(widths, sigma, alpha, gamma, architecture, f)
    traces = [layer_traces(m, n, s, a) for (m, n), s, a in zip(plan.shapes, plan.sigma, plan.alpha, strict=True)]
    forward, backward, at_input = mean_squares(plan, traces, f)
    last = len(plan.shapes) - 1
    profiles = [
        LayerProfile(*plan.shapes[i], plan.sigma[i], plan.alpha[i], plan.scale[i], *forward[i], *backward[i], exactness)
        for i, exactness in enumerate(_exactness(i, last, f.ignored) for i in range(last + 1))
    ]
    return DepthProfile(
        widths=(plan.shapes[0][1], *(m for m, _ in plan.shapes)),
        architecture=architecture,
        activation=f.name,
        layers=tuple(profiles),
        gradient_input=at_input,
        gradient_input_exactness=_verdict(last > 0, f.ignored),
    )


def mean_squares(plan: Plan, traces: list[LayerTraces], f: Activation) -> tuple[Signals, Signals, float]:
    """Return E y², E x², E z² of each layer, those of the gradients, and at the input; all are finite or it raises."""
    forward = _forward(plan, traces, f)
    backward, at_input = _backward(plan, traces, f, [before for before, _, _ in forward])
    if not np.isfinite([*chain.from_iterable(forward + backward), at_input]).all():
        raise DomainError(f"the mean squares exceed the range of floats; take gamma nearer to 1 than {max(plan.scale)}")
    return forward, backward, at_input


def _forward(plan: Plan, traces: list[LayerTraces], f: Activation) -> Signals:
    """Return the mean squares of y, x and z of each layer."""
    signals: Signals = []
    entering = 1.0
    for i, (m, _) in enumerate(plan.shapes):
        incoming = plan.power(i) * entering
        before = incoming * traces[i].passed / m
        if i == len(plan.shapes) - 1:
            signals.append((before, before, before))
            break
        response = f.forward(m, before)
        after = before * response.energy
        entering = incoming * traces[i].handed_on(response) / m if plan.is_chain else after
        signals.append((before, after, entering))
    return signals


def _backward(plan: Plan, traces: list[LayerTraces], f: Activation, before: list[float]) -> tuple[Signals, float]:
    """Return the mean squares of the gradients at y, x and z of each layer, and at the network's input."""
    last = len(plan.shapes) - 1
    gradients = [(1.0, 1.0, 1.0)]
    arriving = plan.power(last) * traces[last].passed / plan.shapes[last][1]
    for i in range(last - 1, -1, -1):
        m, n = plan.shapes[i]
        response = f.backward(m, before[i])
        after = arriving * traces[i].kept / m if plan.is_chain else arriving
        gradients.append((after * response.energy, after, arriving))
        through = traces[i].handed_on(response) if plan.is_chain else response.energy * traces[i].passed
        arriving *= plan.power(i) * through / n
    return gradients[::-1], arriving


def _exactness(i: int, last: int, ignored: str) -> dict[str, str]:
    # Forward, nothing is approximated before the first activation; backward, nothing before the last one.
    return {
        "before": _verdict(i > 0, ignored),
        "after": _verdict(last > 0, ignored),
        "handed_on": _verdict(last > 0, ignored),
        "gradient_before": _verdict(i < last, ignored),
        "gradient_after": _verdict(i < last - 1, ignored),
        "gradient_handed_on": _verdict(i < last - 1, ignored),
    }


def _verdict(past_an_activation: bool, ignored: str) -> str:
    return f"approximate: {ignored}" if ignored and past_an_activation else EXACT


def _plan(widths: Any, sigma: Any, alpha: Any, gamma: Any, architecture: Any, f: Activation) -> Plan:
    choice(architecture, ARCHITECTURES, "architecture")
    shapes = _layer_shapes(widths, f)
    is_chain, count = architecture == "chain", len(shapes)
    if is_chain and _is_sequence(gamma):
        raise DomainError(f"need one gamma for a chain, the gain of the whole, got {shown(gamma)}")
    sigmas = [sigma(n) for _, n in shapes] if callable(sigma) else _for_each(sigma, count, "sigma")
    gammas = [gamma] + [1.0] * (count - 1) if is_chain else _for_each(gamma, count, "gamma")
    alphas = _for_each(alpha, count, "alpha")
    numbers = [_numbers(*shape, *each) for shape, *each in zip(shapes, sigmas, alphas, gammas, strict=True)]
    scale = [g for _, _, g in numbers]
    if is_chain and f.slope_restricted:
        # c_l c_{l−1}: √2 for the first and the last layer, 2 between them, 1 for a single one.
        squares = [1.0] + [2.0] * (count - 1) + [1.0]
        scale = [g * math.sqrt(left * right) for g, (left, right) in zip(scale, pairwise(squares), strict=True)]
    return Plan(shapes, [s for s, _, _ in numbers], [a for _, a, _ in numbers], scale, is_chain)


def _numbers(m: int, n: int, sigma: Any, alpha: Any, gamma: Any) -> tuple[float, float, float]:
    for name, value in (("sigma", sigma), ("alpha", alpha), ("gamma", gamma)):
        if _is_sequence(value):
            raise DomainError(f"need one {name} for a layer, got {shown(value)}")
    checked = layer(m, n, sigma, alpha, gamma)
    return float(checked.sigma), float(checked.alpha), float(checked.gamma)


def _layer_shapes(widths: Any, f: Activation) -> list[tuple[int, int]]:
    """Return (m, n) of each layer, for widths that are within the limits and fit f."""
    if not _is_sequence(widths) or len(widths) < 2:
        raise DomainError(f"need widths of 2 integers >= 1 or more, such as (28, 64, 64, 1), got {shown(widths)}")
    if len(widths) > 10_001:
        raise LimitError(f"need at most 10,000 layers, got {len(widths) - 1:,}")
    ends = [domain.size(width, f"widths[{i}]") for i, width in enumerate(widths)]
    if max(ends) > MAX_SIZE:
        raise LimitError(f"need widths <= {MAX_SIZE:,}, got {shown(max(ends))}; limit_variance goes on, layer by layer")
    for width in ends[1:-1]:
        if width % f.group:
            raise DomainError(f"need hidden widths that are multiples of {f.group} for {f.name}, got {width}")
    return [(m, n) for n, m in pairwise(ends)]


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple) or getattr(value, "ndim", 0) > 0


def _for_each(value: Any, count: int, name: str) -> list[Any]:
    """Return one value for each layer."""
    if not _is_sequence(value):
        return [value] * count
    values = list(cast("Iterable[Any]", value))
    if len(values) != count:
        raise DomainError(f"need one {name}, or one for each of the {count} layers, got {len(values)}")
    return values
