"""What every LDLT module offers, alone or inside a tree of modules: that is all that the other files ask for."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from wishart_moments.errors import DomainError
from wishart_nn.admission import shared_out


@dataclass(frozen=True)
class Law:
    """What a prediction takes, as the module is now: the widths n_0, …, n_D, α_l, and γ of each layer, in a chain k_l.

    `cholesky` says that a chain hands on with Cholesky factors.
    """

    widths: tuple[int, ...]
    alpha: tuple[float, ...]
    gamma: tuple[float, ...]
    architecture: str = "independent"
    activation: str = "identity"
    cholesky: bool = False


class LDLTModule(nn.Module):
    """One layer or more, each a function of W_l/√α_l; where nothing else is said, those of the modules inside it."""

    def inner(self) -> "list[LDLTModule]":
        """Return the LDLT modules inside it."""
        seen = set[nn.Module]()
        return [found for child in self.children() for found in ldlt_modules(child, seen)]

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.raw_weights())

    def raw_weights(self) -> list[Tensor]:
        """Return W_l of each layer: the free parameters."""
        return [weight for each in self.inner() for weight in each.raw_weights()]

    def rescale_(self, factors: Sequence[float]) -> Self:
        """Replace (W_l, α_l) by (c_l W_l, c_l² α_l): the same function, of which a gradient is 1/c_l of what it was.

        Args:
            factors: c_l > 0, one for each layer.

        Returns:
            The module itself.

        Raises:
            DomainError: for another number of factors, or one that takes a weight or α out of range.
        """
        if len(factors) != self.depth:
            raise DomainError(f"need one factor for each of the {self.depth} layers, got {len(factors)}")
        rest = iter(factors)
        for each in self.inner():
            each.rescale_(list(islice(rest, each.depth)))
        return self

    def sigmas(self, sigma: float | str, target_variance: float | None = None) -> Sequence[float]:
        """Return σ_l of each layer for a choice of `ldlt_normal_`.

        Args:
            sigma, target_variance: as `ldlt_normal_` takes them.

        Raises:
            DomainError: for another choice, or a variance out of reach.
        """
        share = shared_out(sigma, self.depth)
        return [s for each in self.inner() for s in each.sigmas(share, target_variance)]

    def folded_weights(self) -> Sequence[Tensor]:
        """Return the matrix that multiplies in each layer, differentiable."""
        raise NotImplementedError

    def fold(self) -> nn.Module:
        """Return a plain copy that computes the same: nn.Linear, or an nn.Sequential of them and activations."""
        with torch.no_grad():
            return sequential(self.folded_weights(), self).train(self.training)

    def law_now(self) -> Law:
        """Return what a prediction takes."""
        raise NotImplementedError

    def listed_biases(self) -> list[Tensor | None]:
        """Return the bias of each layer, or None."""
        return [getattr(self, "bias", None)] * self.depth

    def listed_activations(self) -> list[nn.Module]:
        """Return the activations between the layers."""
        return list(getattr(self, "activations", ()))


class Tree(LDLTModule):
    """The LDLT modules of any tree as one; a DomainError if there is none."""

    def __init__(self, tree: nn.Module) -> None:
        super().__init__()
        self.found = tuple(ldlt_modules(tree))
        if not self.found:
            kind = type(tree).__name__
            raise DomainError(
                f"need a module with LDLT layers, got {kind}; wishart_nn.convert_ makes them of nn.Linear"
            )

    def inner(self) -> list[LDLTModule]:
        return list(self.found)


def ldlt_modules(tree: nn.Module, seen: set[nn.Module] | None = None) -> list[LDLTModule]:
    """Return the LDLT modules of a tree in the order of their registration, each once; parametrised ones too.

    Args:
        tree: any module.
        seen: what is passed over; it is added to.
    """
    seen = set() if seen is None else seen
    if tree in seen:
        return []
    seen.add(tree)
    first: Any = tree[0] if isinstance(tree, parametrize.ParametrizationList) else None
    if hasattr(first, "constraining"):
        return [first.constraining(tree)]
    if isinstance(tree, LDLTModule) and not hasattr(tree, "constraining"):
        return [tree]
    return [found for child in tree.children() for found in ldlt_modules(child, seen)]


def leaves(module: nn.Module) -> list[nn.Module]:
    """Return what an nn.Sequential of any depth applies, in order; any other module as it is."""
    if not isinstance(module, nn.Sequential) or altered(module):
        return [module]
    return [leaf for child in module for leaf in leaves(child)]


def altered(module: nn.Module) -> str:
    """Return what makes a module compute something else than its kind: hooks, a forward of its own; "" for nothing."""
    hooks: Any = module
    if hooks._forward_hooks or hooks._forward_pre_hooks:
        return "forward hooks"
    owner = next(kind for kind in type(module).__mro__ if "forward" in vars(kind))
    known = owner.__module__.split(".")[0] in ("torch", "wishart_nn")
    return "" if known and "forward" not in vars(module) else "a forward of its own"


def need_unaltered(module: nn.Module, purpose: str) -> None:
    """Raise where a module, or one inside it, computes something else than its kind does."""
    for each in module.modules():
        if what := altered(each):
            raise DomainError(f"need a {type(each).__name__} without {what} {purpose}")


def plain_linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """Return an nn.Linear with copies of a weight and a bias."""
    m, n = weight.shape
    with torch.inference_mode(False), torch.no_grad():
        linear = nn.Linear(n, m, bias is not None, device="meta").to(weight.dtype).to_empty(device=weight.device)
        linear.weight.copy_(weight)
        if bias is not None:
            linear.bias.copy_(bias)
    return linear


def sequential(weights: Sequence[Tensor], module: LDLTModule) -> nn.Sequential:
    """Return nn.Linear layers of these weights with copies of a module's biases, and its activations between them."""
    layers: list[nn.Module] = []
    between = [deepcopy(each) for each in module.listed_activations()]
    for i, (weight, bias) in enumerate(zip(weights, module.listed_biases(), strict=True)):
        layers += [plain_linear(weight, bias), *between[i : i + 1]]
    return nn.Sequential(*layers)
