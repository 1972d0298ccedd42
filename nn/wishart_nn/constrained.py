"""The weight that a layer shows: the matrix that multiplies. It is computed, so nothing can be written into it."""

from typing import Any

import torch
from torch import Tensor

from wishart_moments.errors import DomainError


class ConstrainedWeight(Tensor):
    """A matrix computed from a free parameter; what would change it in place raises instead of doing nothing.

    Views (`.data`, `.T`, `.detach()`) are such matrices again, all other results plain tensors.
    """

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options: dict[str, Any] = kwargs or {}
        name = getattr(func, "__name__", "")
        changes = (name.endswith("_") and not name.endswith("__")) or name in _IN_PLACE
        first: Any = args[0] if args else options.get("tensor")
        if (changes and isinstance(first, cls)) or isinstance(options.get("out"), cls):
            raise DomainError(
                f"need a free parameter to be changed by {name}, got the constrained weight, which is computed; take "
                "raw_weight, wishart_nn.ldlt_normal_, or assign the whole matrix to .weight"
            )
        with torch._C.DisableTorchFunctionSubclass():  # pyright: ignore[reportPrivateUsage]
            result = func(*args, **options)
        if type(result) is not Tensor or not result.numel():
            return result
        ours = next((each for each in args if isinstance(each, cls)), None)
        shares = ours is not None and not result.is_meta and _storage(result) == _storage(ours)
        return result.as_subclass(cls) if shares else result


_IN_PLACE = {"__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__", "__imod__", "__ifloordiv__", "__setitem__"}


def _storage(tensor: Tensor) -> int:
    with torch._C.DisableTorchFunctionSubclass():  # pyright: ignore[reportPrivateUsage]
        return tensor.untyped_storage().data_ptr()
