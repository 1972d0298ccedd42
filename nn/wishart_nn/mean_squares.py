"""Mean squares through layers that multiply, convolutions among them: each passes on its Var[y] for white inputs.

For a dense layer that is exact whatever the input, for the law of W is that of W O. The law of a convolution is that of
W(ω)U at every frequency alone: what is not white, as behind an activation, meets other means there, alike up to 1/n.
"""

from collections.abc import Sequence
from typing import Any

from wishart_moments.variance.activations import Activation
from wishart_moments.variance.depth import layer_traces
from wishart_nn.convolution import LDLTConv2d
from wishart_nn.convolution_law import convolution_variance
from wishart_nn.protocol import LDLTModule

Means = tuple[float, float, float, float]
"""Of y, x = f(y) and the gradients at y and x."""


def through_layers(
    layers: Sequence[LDLTModule], sigmas: Sequence[float], f: Activation
) -> tuple[list[Means], float, str]:
    """Return the means at each layer, of the gradient at the input, and what is approximate.

    Example:
        >>> from wishart_moments.variance.activations import activation as named
        >>> from wishart_nn.linear import LDLTLinear
        >>> means, start, note = through_layers([LDLTLinear(4, 4, gamma=2.0)], [1e6], named("relu"))
        >>> round(means[0][0], 4), round(start, 4), note
        (4.0, 4.0, 'exact')
    """
    laws = [each.law_now() for each in layers]
    shares, notes = zip(*map(_variance, layers, sigmas), strict=True)
    entering, forward = 1.0, list[tuple[float, float]]()
    for law, share in zip(laws, shares, strict=True):
        before = share * entering
        entering = before if len(forward) == len(laws) - 1 else before * f.forward(law.widths[1], before).energy
        forward.append((before, entering))
    arriving, backward = 1.0, list[tuple[float, float]]()
    for law, share, (before, _) in reversed(list(zip(laws, shares, forward, strict=True))):
        energy = f.backward(law.widths[1], before).energy if backward else 1.0
        backward.append((arriving * energy, arriving))
        arriving *= energy * share * law.widths[1] / law.widths[0]
    means = [(*ahead, *back) for ahead, back in zip(forward, backward[::-1], strict=True)]
    found = [note for note in notes if note != "exact"]
    if f.ignored and len(layers) > 1:
        found.append(f"approximate: {f.ignored}")
    return means, arriving, found[0] if found else "exact"


def _variance(layer: Any, sigma: float) -> tuple[float, str]:
    law = layer.law_now()
    n, m = law.widths
    (alpha,), (gamma,) = law.alpha, law.gamma
    if not isinstance(layer, LDLTConv2d):
        return gamma**2 * layer_traces(m, n, sigma, alpha).passed / m, "exact"
    found = convolution_variance(layer.grid, sigma, alpha=alpha, gamma=gamma)
    return found.value, f"for white inputs of a convolution; {found.exactness}"
