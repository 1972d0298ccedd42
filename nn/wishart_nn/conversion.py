"""A network of one's own: its nn.Linear and nn.Conv2d layers made LDLT layers, and LDLT layers made plain again."""

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.utils import parametrize

from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.convolution import LDLTConv2d
from wishart_nn.linear import LDLTLinear
from wishart_nn.protocol import LDLTModule, ldlt_modules, need_unaltered
from wishart_nn.spectral import Grid

_REFUSED: dict[Any, str] = {
    nn.Conv2d: "give a sample of the input, so that the size of its grid is known",
    nn.modules.conv._ConvNd: "of convolutions nn.Conv2d alone is converted",  # pyright: ignore[reportPrivateUsage]
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
    factor: admission.Factor = "cholesky",
    sigma: float | str = "shared",
    keep: bool = False,
    sample: Tensor | None = None,
) -> nn.Module:
    """Replace the nn.Linear and nn.Conv2d layers of a model, in place, by LDLT layers: each of D is L^{1/D}-Lipschitz.

    Weights are drawn anew at `sigma` ("shared": each layer fills 1/D of its range) and biases are kept; with `keep` the
    weights stay the matrices that they are. A layer or a weight that stands in several places stays shared, a frozen
    one frozen. Everything else in the model is left alone; `lipschitz_bound` names what it does not know.

    Args:
        model: any tree of modules; an LDLT layer in it stays as it is.
        lipschitz: L > 0.
        alpha, learn_alpha, factor, sigma: of each layer, as `LDLTLinear` takes them.
        keep: keep each weight; its norm must be below L^{1/D}. Of nn.Linear layers only: a kernel with the norm that an
            `LDLTConv2d` has fills the grid.
        sample: an input, with which the model is run once: each nn.Conv2d gets the size that it meets, for an
            `LDLTConv2d` of its sizes and padding (zeros or circular, keeping the size), which takes that size alone.

    Returns:
        The model; where it is an nn.Linear itself, the layer in its place.

    Raises:
        DomainError: where there is no such layer, for subclasses and hooks of it, for other convolutions, attention
            and recurrent layers (named), for a weight shared with another kind of layer, and with `keep` for a norm
            that is too great.

    Example:
        >>> convert_(nn.Sequential(nn.Flatten(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2)), lipschitz=4.0)[1].gamma
        2.0
        >>> convert_(nn.Sequential(nn.Conv2d(1, 4, 3, padding=1)), sample=torch.zeros(1, 1, 8, 8))  # doctest: +ELLIPSIS
        Sequential(
          (0): LDLTConv2d(1, 4, kernel_size=(3, 3), input_size=(8, 8), stride=1, padding_mode='zeros', ...)
        )
        >>> convert_(nn.Sequential(nn.Conv2d(1, 4, 3)))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need nn.Linear layers only, got Conv2d at '0': give a sample of ...
    """
    bound = admission.number(lipschitz, "lipschitz")
    found = _plain_layers(model, sample is not None)
    if not found:
        raise DomainError(f"need a model with nn.Linear layers, got {type(model).__name__} without any")
    sizes = {} if sample is None else _sizes_met(model, found, sample)
    options: dict[str, Any] = {"alpha": alpha, "learn_alpha": learn_alpha, "factor": factor}
    options |= {"gamma": bound ** (1 / len(found)), "sigma": admission.shared_out(sigma, len(found))}
    made: dict[int, nn.Module] = {}
    tied: dict[int, nn.Parameter] = {}
    for name, layer in found.items():
        weight = layer.weight
        try:
            one: Any = _made(layer, options, keep, sizes.get(name))
            one.raw_weight = tied.setdefault(id(weight), one.raw_weight).requires_grad_(weight.requires_grad)
        except DomainError as error:
            raise DomainError(f"{error}, in {name or 'the model'!r}") from None
        one.bias = layer.bias
        made[id(layer)] = one.train(layer.training)
    return _replaced(model, made)


def _replaced(model: nn.Module, made: dict[int, nn.Module]) -> nn.Module:
    """Put modules in the places of others, every one: `named_children` gives each child once."""
    for parent in list(model.modules()):
        places: dict[str, Any] = cast(Any, parent)._modules
        for name, child in places.items():
            if id(child) in made:
                setattr(parent, name, made[id(child)])
    return made.get(id(model), model)


def _plain_layers(model: nn.Module, convolutions: bool) -> dict[str, nn.Linear | nn.Conv2d]:
    """Return the layers to be converted by name, each once."""
    found: dict[str, nn.Linear | nn.Conv2d] = {}
    owners: dict[int, str] = {}
    for name, module in cast("Iterator[tuple[str, nn.Module]]", model.named_modules()):
        wanted = convolutions and type(module) is nn.Conv2d
        for kind, why in _REFUSED.items():
            if isinstance(module, kind) and not wanted:
                raise DomainError(f"need nn.Linear layers only, got {type(module).__name__} at {name!r}: {why}")
        if type(module) is nn.Linear or (wanted and isinstance(module, nn.Conv2d)):
            need_unaltered(module, f"to be converted, at {name!r}")
            found[name] = module
        elif isinstance(module, nn.Linear) and not isinstance(module, LDLTModule) and not ldlt_modules(module):
            raise DomainError(f"need nn.Linear itself, got {type(module).__name__} at {name!r}")
        elif not isinstance(module, LDLTModule):
            owners |= {id(each): type(module).__name__ for each in module.parameters(recurse=False)}
    for name, layer in found.items():
        if owner := owners.get(id(layer.weight)):
            raise DomainError(f"need a weight of nn.Linear alone, got {name!r}, whose weight {owner} shares")
    return found


def _sizes_met(
    model: nn.Module, layers: dict[str, nn.Linear | nn.Conv2d], sample: Tensor
) -> dict[str, tuple[int, int]]:
    """Return the height and width that each convolution meets."""
    met: dict[str, tuple[int, int]] = {}

    def note(name: str, _: nn.Module, inputs: Any) -> None:
        size = tuple(inputs[0].shape[-2:])
        if met.setdefault(name, size) != size:
            raise DomainError(f"need one size of the input, got {sorted({met[name], size})} at {name!r}")

    convolutions = {name: each for name, each in layers.items() if isinstance(each, nn.Conv2d)}
    hooks = [each.register_forward_pre_hook(partial(note, name)) for name, each in convolutions.items()]
    modes = [(each, each.training) for each in model.modules()]
    try:
        with torch.no_grad():
            model.eval()(sample)
    finally:
        for hook in hooks:
            hook.remove()
        for each, mode in modes:
            each.training = mode
    return met


def _made(
    layer: nn.Linear | nn.Conv2d, options: dict[str, Any], keep: bool, size: tuple[int, int] | None
) -> LDLTLinear | LDLTConv2d:
    weight = layer.weight
    given: dict[str, Any] = {**options, "bias": False, "device": weight.device, "dtype": weight.dtype}
    if isinstance(layer, nn.Conv2d):
        if size is None:
            raise DomainError("need a sample that reaches every nn.Conv2d, got one that does not")
        if keep:
            raise DomainError("need nn.Linear layers only for keep=True, got Conv2d")
        grid = Grid.of(layer, size)
        given |= {"stride": grid.stride, "groups": grid.groups, "padding_mode": layer.padding_mode}
        return LDLTConv2d(grid.inputs, grid.outputs, grid.kernel, input_size=size, **given)
    given |= {"sigma": 0.0} if keep else {}
    made: Any = LDLTLinear(layer.in_features, layer.out_features, **given)
    made.sigma = options["sigma"]
    if keep and not weight.is_meta:
        made.weight = weight.detach()
    return made


def fold(model: nn.Module) -> Any:
    """Return a plain copy of a model, its LDLT layers folded into nn.Linear: what to serve, export (ONNX) or certify.

    It computes the same function at the cost of nn.Linear, and nothing in it depends on this package but activations
    such as GroupSort and `CircularConv2d`, to which an `LDLTConv2d` folds. `parametrizations.ldlt` is folded too.

    Args:
        model: any tree of modules; it stays as it is.

    Returns:
        A copy. The folded weights are computed in the model's dtype, so outputs agree to its rounding.

    Raises:
        DomainError: for an LDLT layer that hooks or a forward of one's own alter.

    Example:
        >>> fold(convert_(nn.Sequential(nn.Linear(8, 4))))
        Sequential(
          (0): Linear(in_features=8, out_features=4, bias=True)
        )
    """
    with torch.inference_mode(False), torch.no_grad():
        if isinstance(model, LDLTModule):
            need_unaltered(model, "to be folded")
            return model.fold()
        copy = deepcopy(model)
        for each in list(copy.modules()):
            if parametrize.is_parametrized(each):
                _unparametrised(each)
        found = ldlt_modules(copy)
        for each in found:
            need_unaltered(each, "to be folded")
        return _replaced(copy, {id(each): each.fold() for each in found})


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
