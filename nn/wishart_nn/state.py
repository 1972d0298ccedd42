"""The numbers of a layer as part of its state, and the weight that is kept while nothing of it has changed."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, cast
from zlib import crc32

import torch
from torch import Tensor, is_grad_enabled, nn
from torch.compiler import is_compiling

from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.contents import contents
from wishart_nn.functions import PLAIN, looked, plain, transformed, valueless
from wishart_nn.protocol import LDLTModule

linalg: Any = torch.linalg


class LayerState(LDLTModule):
    """A module whose α and γ (or L) are the float64 buffer `law`: what is saved, loaded, copied or averaged is all.

    `law` (α, γ, a mark of factor and activation) stays in float64 beside the parameters on their device (on the
    processor for the device "meta", so that a layer without storage knows its numbers).
    """

    law: Tensor
    names: tuple[str, ...] = ("alpha", "gamma")

    def begin_law(self, values: Sequence[float], kind: str, like: Tensor | None = None) -> None:
        """Register the numbers and a mark of the kind (factor, activation), beside a parameter."""
        device = torch.device("cpu") if like is None else _home(like.device)
        self._kind = kind
        numbers = torch.tensor([*values, _mark(kind)], dtype=torch.float64, device=device)
        self.register_buffer("law", numbers)
        self._kept: tuple[Any, ...] | None = None

    def numbers(self) -> Sequence[Any]:
        """Return the numbers, floats > 0 and finite or a DomainError; tensors where values cannot be looked at."""
        law = cast(Any, self._buffers["law"])
        if torch.compiler.is_compiling() or valueless(law):
            return law.unbind()[:-1]
        if type(law) is not Tensor or transformed():
            return looked(self._checked, law, 1.0)[0].unbind()[:-1]
        values: list[float] = cast(Any, law).tolist()[:-1]
        if not all(0 < value < inf for value in values):
            self._checked(law)
        return values

    def _checked(self, law: Tensor, _: float = 1.0) -> tuple[Tensor]:
        bad = ~((law > 0) & law.isfinite())
        if bad.any():
            what = f"alpha and {self.names[-1]} > 0 and finite"
            raise DomainError(f"need {what}, got {law[bad][0].item()} in {type(self).__name__}")
        return (law.clone(),)

    def scale_weights_(self, weights: Sequence[Tensor], factors: Any, theta: Tensor | None = None) -> None:
        """Replace every (W_l, α_l) by (c_l W_l, c_l² α_l); a learnt α is e^θ + its floor, which moves with it."""
        given: list[Any] = list(cast(Any, factors)) if isinstance(factors, Sequence) else [factors]
        if len(given) != len(weights):
            raise DomainError(f"need one factor for each of the {len(weights)} layers, got {len(given)}")
        numbers = [admission.number(c, "factor") for c in given]
        alphas = cast(Any, self.law).tolist()[: len(numbers)]
        admission.alphas([a * c * c for a, c in zip(alphas, numbers, strict=True)], len(numbers))
        with torch.no_grad():
            for weight, c in zip(weights, numbers, strict=True):
                weight.mul_(c)
            squares = torch.tensor(numbers, dtype=torch.float64, device=self.law.device) ** 2
            self.law[: len(numbers)] *= squares
            if theta is not None:
                theta.add_(squares.log().reshape(theta.shape))

    def serving(self) -> bool:
        """Return whether what multiplies may be kept: in eval mode, without gradients, outside of graphs."""
        return not (self.training or is_grad_enabled() or is_compiling())

    def kept(self, tensors: Sequence[Tensor], key: Any, compute: Callable[[], Any]) -> Any:
        """Return what `compute` gave for these contents, this key and this law: every number is compared."""
        law: Any = self._buffers["law"]
        if transformed() or type(law) not in PLAIN:
            return compute()
        kept, of = self._kept, (key, law.tolist())
        if kept is not None and kept[0] == of and kept[1](tensors):
            return kept[2]
        if not plain(*tensors):
            return compute()
        same = contents(tensors)
        self._kept = kept = of, same, compute()
        return kept[2]

    def train(self, mode: bool = True) -> Any:
        """Set the mode; what was kept is forgotten."""
        self._kept = None
        return super().train(mode)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        self._kept = None
        own = [each for each in self.parameters(recurse=recurse) if each.is_floating_point()]
        if own:
            check_conversion(self, own, fn)
        law = self._buffers.pop("law")
        try:
            cast(Any, super())._apply(fn, recurse)
        finally:
            self._buffers["law"] = law
        here = fn(torch.zeros(1)) if not own else next(self.parameters(recurse=recurse))
        moved = cast(Any, law).to(_home(here.device))
        self._buffers["law"] = moved.share_memory_() if here.is_shared() and here.device.type == "cpu" else moved
        return self

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *args: Any, **options: Any) -> None:
        found = state_dict.get(f"{prefix}law")
        law = cast(Tensor, self._buffers["law"])
        if isinstance(found, Tensor) and found.shape == law.shape and not found.is_meta:
            if found.dtype != torch.float64 or not bool(found.isfinite().all()):
                raise DomainError(f"need {prefix}law in float64 and finite, got {found.dtype}; cast the others only")
            mark = _mark(self._kind)
            if not abs(found[-1].item() / mark - 1) < 1e-6:
                raise DomainError(f"need the state of a layer with {self._kind} for {prefix or 'it'}, got another's")
        cast(Any, super())._load_from_state_dict(state_dict, prefix, *args, **options)

    def __repr__(self) -> str:
        """Return the arguments; inside a transform the kind alone, as numbers cannot be shown there."""
        return type(self).__name__ if transformed() else super().__repr__()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs: not what is kept."""
        return {**self.__dict__, "_kept": None}


def _home(device: torch.device) -> torch.device:
    return torch.device("cpu") if device.type in ("meta", "mps") else device


def _mark(kind: str) -> float:
    """A number that no other factor or activation is likely to have."""
    return 1.0 + crc32(kind.encode()) % 2**20


def check_conversion(module: nn.Module, parameters: Sequence[Tensor], fn: Any) -> None:
    """Raise where a dtype (of `fn`, as `nn.Module._apply` has it) does not hold the weights, which may be small.

    A container of torch's own converts its layers one by one: those before the one that raises are converted.
    """
    for each in parameters:
        if each.ndim < 2 or each.is_meta:
            continue
        dtype = fn(each.detach().new_zeros(1)).dtype
        if not dtype.is_floating_point or torch.finfo(dtype).bits >= torch.finfo(each.dtype).bits:
            continue
        wide = each.detach().double()
        lost, size = (float(linalg.vector_norm(x)) for x in (wide.to(dtype).double() - wide, wide))
        if lost > torch.finfo(dtype).eps * size:
            raise DomainError(
                f"need weights that {dtype} holds, got entries of about {size / each.numel() ** 0.5:.1g} in "
                f"{type(module).__name__}; rescale_ makes them larger, or take bfloat16, after float() of the whole"
            )
