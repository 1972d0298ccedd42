"""A network of one's own: its nn.Linear layers made LDLT layers, and LDLT layers made nn.Linear again."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, cast

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.utils import parametrize

from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.admission import Factor
from wishart_nn.initialisation import shared_out
from wishart_nn.linear import LDLTLinear
from wishart_nn.protocol import LDLTModule, ldlt_modules, need_unaltered

_REFUSED: dict[Any, str] = {
    nn.modules.conv._ConvNd: "convolutions are not converted yet",  # pyright: ignore[reportPrivateUsage]
    nn.MultiheadAttention: "attention is not Lipschitz",
    nn.Bilinear: "a bilinear layer is not Lipschitz",
    nn.RNNBase: "recurrent layers are not converted",
    nn.RNNCellBase: "recurrent layers are not converted",
    LazyModuleMixin: "run the model once, so that its sizes are known",
}


def convert_(
    model: nn.Module,
    *,
    lipschitz: float = 1.0,
    alpha: float = 1.0,
    learn_alpha: bool = False,
    factor: Factor = "cholesky",
    sigma: float | str = "shared",
    keep: bool = False,
) -> nn.Module:
    """Replace the nn.Linear layers of a model, in place, by LDLT layers: each of D is L^{1/D}-Lipschitz.

    Weights are drawn anew at `sigma` ("shared": each layer fills 1/D of its range) and biases are kept; with `keep` the
    weights stay the matrices that they are. A layer or a weight that stands in several places stays shared, a frozen
    one frozen. Everything else in the model is left alone; `lipschitz_bound` names what it does not know.

    Args:
        model: any tree of modules; an LDLT layer in it stays as it is.
        lipschitz: L > 0.
        alpha, learn_alpha, factor, sigma: of each layer, as `LDLTLinear` takes them.
        keep: keep each weight; its norm must be below L^{1/D}.

    Returns:
        The model; where it is an nn.Linear itself, the layer in its place.

    Raises:
        DomainError: where there is no nn.Linear, for subclasses and hooks of it, for convolutions, attention and
            recurrent layers (named), for a weight that an nn.Linear shares with another kind of layer, and with `keep`
            for a norm that is too great.

    Example:
        >>> convert_(nn.Sequential(nn.Flatten(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2)), lipschitz=4.0)[1].gamma
        2.0
        >>> convert_(nn.Sequential(nn.Conv2d(1, 4, 3)))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need nn.Linear layers only, got Conv2d at '0': convolutions are not ...
    """
    bound = admission.number(lipschitz, "lipschitz")
    found = _plain_layers(model)
    if not found:
        raise DomainError(f"need a model with nn.Linear layers, got {type(model).__name__} without any")
    options: dict[str, Any] = {"alpha": alpha, "learn_alpha": learn_alpha, "factor": factor}
    options |= {"gamma": bound ** (1 / len(found)), "sigma": shared_out(sigma, len(found))}
    made: dict[int, LDLTLinear] = {}
    tied: dict[int, nn.Parameter] = {}
    for name, layer in found.items():
        try:
            made[id(layer)] = _made(layer, options, keep, tied)
        except DomainError as error:
            raise DomainError(f"{error}, in {name or 'the model'!r}") from None
    if id(model) in made:
        return made[id(model)]
    for parent in model.modules():
        for name, child in _children(parent):
            if id(child) in made:
                setattr(parent, name, made[id(child)])
    return model


def _plain_layers(model: nn.Module) -> dict[str, nn.Linear]:
    """Return the layers to be converted by name, each once."""
    found: dict[str, nn.Linear] = {}
    owners: dict[int, str] = {}
    for name, module in cast("Iterator[tuple[str, nn.Module]]", model.named_modules()):
        for kind, why in _REFUSED.items():
            if isinstance(module, kind):
                raise DomainError(f"need nn.Linear layers only, got {type(module).__name__} at {name!r}: {why}")
        if type(module) is nn.Linear:
            need_unaltered(module, f"to be converted, at {name!r}")
            found[name] = module
        elif isinstance(module, nn.Linear) and not isinstance(module, LDLTModule) and not ldlt_modules(module):
            raise DomainError(f"need nn.Linear itself, got {type(module).__name__} at {name!r}")
        elif not isinstance(module, LDLTModule):
            owners |= {id(each): type(module).__name__ for each in module.parameters(recurse=False)}
    for name, layer in found.items():
        if id(layer.weight) in owners:
            raise DomainError(
                f"need a weight of nn.Linear alone, got {name!r}, whose weight {owners[id(layer.weight)]} shares"
            )
    return found


def _made(layer: nn.Linear, options: dict[str, Any], keep: bool, tied: dict[int, nn.Parameter]) -> LDLTLinear:
    weight, bias = layer.weight, cast("nn.Parameter | None", layer.bias)
    sizes, sigma = (layer.in_features, layer.out_features), options["sigma"]
    asked: dict[str, Any] = {**options, "sigma": 0.0 if keep else sigma, "device": weight.device, "dtype": weight.dtype}
    made: Any = LDLTLinear(*sizes, bias is not None, **asked)
    made.sigma = sigma
    if keep and not weight.is_meta:
        made.weight = weight.detach()
    shared = tied.setdefault(id(weight), made.raw_weight)
    made.raw_weight = shared.requires_grad_(weight.requires_grad)
    made.bias = bias
    return made.train(layer.training)


def fold(model: nn.Module) -> Any:
    """Return a plain copy of a model, its LDLT layers folded into nn.Linear: what to serve, export (ONNX) or certify.

    It computes the same function at the cost of nn.Linear, and nothing in it depends on this package but activations
    such as GroupSort. Layers under `parametrizations.ldlt` are folded too.

    Args:
        model: any tree of modules; it stays as it is.

    Returns:
        A copy. The folded weights are computed in the model's dtype, so outputs agree to its rounding.

    Raises:
        DomainError: for an LDLT layer that hooks or a forward of one's own alter.

    Example:
        >>> fold(convert_(nn.Sequential(nn.Linear(8, 4), nn.ReLU())))
        Sequential(
          (0): Linear(in_features=8, out_features=4, bias=True)
          (1): ReLU()
        )
    """
    if isinstance(model, LDLTModule):
        need_unaltered(model, "to be folded")
        return model.fold()
    with torch.inference_mode(False):
        copy: Any = deepcopy(model)
    folded: dict[int, nn.Module] = {}
    with torch.inference_mode(False), torch.no_grad():
        for parent in list(copy.modules()):
            if parametrize.is_parametrized(parent):
                _unparametrised(parent)
            for name, child in _children(parent):
                if isinstance(child, LDLTModule) and not hasattr(child, "constraining"):
                    need_unaltered(child, "to be folded")
                    setattr(parent, name, folded.setdefault(id(child), child.fold()))
    return copy


def _unparametrised(module: Any) -> None:
    """Give a copy plain parameters where `ldlt` constrains one; its class, which the original shares, is left alone."""
    lists: dict[str, Any] = dict(module.parametrizations.items())
    if not any(hasattr(each[0], "constraining") for each in lists.values()):
        return
    values = {name: getattr(module, name).detach().clone() for name in lists}
    del module.parametrizations
    module.__class__ = type(module).__bases__[0]
    for name, value in values.items():
        module.register_parameter(name, nn.Parameter(value))


def _children(parent: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return every place of a child; `named_children` gives each child once."""
    places: dict[str, Any] = cast(Any, parent)._modules
    return [(name, child) for name, child in places.items() if child is not None]
