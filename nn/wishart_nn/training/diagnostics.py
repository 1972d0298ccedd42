"""What each layer does on some fixed training rows: one pass forward and backward, looked at layer by layer.

x_0 are the rows, y_l = C_l x_{l−1} + b_l, x_l = f(y_l); the last y is the output, and stands for its x.
"""

from math import isfinite, prod
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from wishart_nn.certificate import lipschitz_bound
from wishart_nn.chain import LDLTChain
from wishart_nn.profiles import predicted_profile
from wishart_nn.protocol import LDLTModule
from wishart_nn.training.losses import cross_entropies
from wishart_nn.training.models import alphas_of, layers_of, passes
from wishart_nn.training.similarity import Representation

linalg: Any = torch.linalg

PREDICTED_UP_TO = 1024
"""The greatest width for which the layers' variances are predicted: it takes some seconds there."""


class Diagnosis(NamedTuple):
    """Of a network at one time.

    Attributes:
        layers: for each layer {"layer": l from 1; "cka_input", "cka_output": linear CKA of x_l with x_0 and with the
            output; "variance": mean square of y_l per coordinate; "predicted_variance": its expectation at the start,
            None for an mlp; "dead": share of the coordinates of x_l that are the same for all rows; "effective_rank":
            of x_l; "gradient_norm": ‖∂loss/∂W_l‖, Frobenius; "norm": ‖C_l‖, spectral}.
        lipschitz_bound: of the network, on standardised rows.
        lipschitz_certified: whether that is proved, rounding accounted for (see `wishart_nn.certificate`); otherwise it
            is the product of the norms, for a chain its L if that is less.
        alpha: α_l, none for an mlp.
    """

    layers: list[dict[str, Any]]
    lipschitz_bound: float | None
    lipschitz_certified: bool
    alpha: list[float]


def predicted_variances(model: nn.Module, sigma: float | str, mean_square: float) -> list[float] | None:
    """Return E y_l² of each layer at the start for rows of this mean square; None for an mlp, and for great widths.

    Example:
        >>> from wishart_nn.chain import LDLTChain
        >>> [round(v, 3) for v in predicted_variances(LDLTChain((8, 8, 8)), "predicted", 1.0)]
        [1.277, 0.208]
    """
    if not isinstance(model, LDLTModule) or max(model.law_now().widths) > PREDICTED_UP_TO:
        return None
    return [mean_square * each.before for each in predicted_profile(model, sigma).layers]


def diagnose(
    model: nn.Module, x: Tensor, y: Tensor, temperature: float, predicted: list[float] | None, *, certify: bool
) -> Diagnosis:
    """Return what the layers do on the rows x with labels y; the model's parameters and gradients are left alone.

    Args:
        model: of `build_model`.
        x, y: (rows, features), (rows,) on its device.
        temperature: of the loss whose gradient is measured.
        predicted: of `predicted_variances`.
        certify: prove the Lipschitz bound, at the cost of some hundred factorisations.

    Example:
        >>> from wishart_nn.training import RunOptions, build_model
        >>> model = build_model(RunOptions(depth=2, width=8), 3)
        >>> x, y = torch.randn(50, 3), torch.ones(50)
        >>> [layer["layer"] for layer in diagnose(model, x, y, 1.0, None, certify=False).layers]
        [1, 2, 3]
    """
    with torch.enable_grad():
        passed = passes(model, x)
        loss = cross_entropies(temperature * passed[-1].after.squeeze(-1), y).mean()
        gradients = torch.autograd.grad(loss, layers_of(model).weights)
    first, last = Representation(x), Representation(passed[-1].after)
    layers: list[dict[str, Any]] = []
    for i, (each, gradient) in enumerate(zip(passed, gradients, strict=True)):
        x_l = each.after.detach()
        here = last if i == len(passed) - 1 else Representation(x_l)
        layers.append(
            {
                "layer": i + 1,
                "cka_input": here.cka(first),
                "cka_output": here.cka(last),
                "variance": _finite(each.before.detach().double().square().mean()),
                "predicted_variance": None if predicted is None else predicted[i],
                "dead": (x_l.amax(0) == x_l.amin(0)).double().mean().item(),
                "effective_rank": here.effective_rank(),
                "gradient_norm": _finite(gradient.double().square().sum().sqrt()),
                "norm": _finite(linalg.matrix_norm(each.matrix.detach().double(), 2)),
            }
        )
    return Diagnosis(layers, *_bound(model, layers, certify), alphas_of(model))


def _bound(model: nn.Module, layers: list[dict[str, Any]], certify: bool) -> tuple[float | None, bool]:
    if certify:
        found = lipschitz_bound(model)
        return (found.upper, found.certified) if isfinite(found.upper) else (None, False)
    norms = [each["norm"] for each in layers]
    if None in norms:
        return None, False
    product = prod(norms)
    return (min(product, model.lipschitz) if isinstance(model, LDLTChain) else product), False


def _finite(value: Tensor) -> float | None:
    number = value.item()
    return number if isfinite(number) else None
