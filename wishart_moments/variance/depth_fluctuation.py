"""How far one draw of a network of independent layers is from its mean, layer by layer, exactly.

For one input, y = γW̃z and x = f(y): W O and O W have the law of W for every orthogonal O, so ‖y‖/‖z‖ is independent of
z, and the direction ŷ of y is uniform and independent of ‖y‖. With H = W̃W̃ᵀ therefore

    E ‖y‖⁴ = γ⁴ E ‖z‖⁴ (E (tr H)² + 2 E tr H²)/(n(n + 2)),   E (tr H)² = (E tr H)² + Var tr H,

the variance being that of `fluctuation`, and E ‖x‖⁴ = E ‖y‖⁴ E ‖f(ŷ)‖⁴: second moments multiply as means do. In a chain
each layer hands on by its own factor, and they do not.
"""

import math

import numpy as np

from wishart_moments.errors import MethodError
from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_moments.variance.activations import Activation
from wishart_moments.variance.activations import activation as named_activation
from wishart_moments.variance.depth import DepthProfile, LayerProfile
from wishart_moments.variance.fluctuation import fluctuation


def depth_fluctuation(profile: DepthProfile, activation: str | Activation | None = None) -> tuple[float, ...]:
    """Return √Var ‖y_l‖²/m_l over the draws of W, for one input of mean square 1, layer by layer.

    Args:
        profile: of independent layers, as from `depth_profile`.
        activation: the one of the profile, where that was an object; by default it is found by its name.

    Returns:
        A float for each layer: exact up to rounding, some 1e-8 of the mean square `before` that it belongs to.

    Raises:
        MethodError: for a chain, and for an activation that is not positively homogeneous, such as tanh.

    Example:
        >>> from wishart_moments.variance.depth import depth_profile
        >>> profile = depth_profile((64, 64, 64), "he", activation="relu")
        >>> [f"{y.before:.3f} ± {s:.3f}" for y, s in zip(profile.layers, depth_fluctuation(profile), strict=True)]
        ['0.381 ± 0.045', '0.072 ± 0.020']
    """
    f = named_activation(profile.activation if activation is None else activation)
    hidden = [each.m for each in profile.layers[:-1]]
    fourths = [f.fourth(m) for m in hidden]
    if profile.architecture != "independent":
        raise MethodError("need independent layers for the fluctuation through a network, got a chain")
    if None in fourths:
        raise MethodError(f"need a positively homogeneous activation for the fluctuation, got {f.name}")
    found: list[float] = []
    second = 1.0  # E q²/(E q)² of the mean square q
    for i, each in enumerate(profile.layers):
        second *= _second(each)
        found.append(each.before * math.sqrt(max(second - 1, 0.0)))
        if i < len(hidden):
            second *= (fourths[i] or 0.0) / f.forward(each.m, each.before).energy ** 2
    return tuple(found)


def _second(layer: LayerProfile) -> float:
    """Return E q²/(E q)² of q = ‖y‖²/‖z‖² for one layer."""
    m, n = layer.m, layer.n
    if layer.before == 0:
        return 1.0
    rule = spectrum(m, n)
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        passed = 1 / (1 + layer.alpha / layer.sigma / layer.sigma / rule.nodes)
    mean = float(rule.weights @ passed)
    deviation = m * float(fluctuation(m, n, layer.sigma, alpha=layer.alpha)) / mean
    return (1 + deviation**2 + 2 * float(rule.weights @ (passed / mean) ** 2)) * n / (n + 2)
