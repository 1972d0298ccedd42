"""One run over several processes: each takes its share of every batch, and all take the same steps.

`torchrun --nproc-per-node N -m wishart_nn.training --output RUN ...` starts the processes, with the options of the
command train. Each holds all rows and the whole network; of a batch of B rows a process has every N-th. Its loss is the
sum over its share times N/B, of whose gradients DistributedDataParallel takes the mean, which is the gradient of the
whole batch: the weights are those of one process up to the order of a sum. The first process alone reads and writes the
folder, measures the epochs, and tells the others what it found, so that all go on, or end, alike.
"""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from wishart_moments.errors import DomainError

Found = TypeVar("Found")

MEETING = {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}
"""The variables by which torchrun tells a process of the others."""


class Processes:
    """The processes that train one network, of which this is one; without torchrun it is the only one.

    Attributes:
        number, count: 0 <= number < count.

    Example:
        >>> alone = Processes()
        >>> alone.is_first, alone.share(torch.arange(3)).tolist(), alone.any(False), alone.told_by_first(lambda: 5)
        (True, [0, 1, 2], False, 5)
    """

    def __init__(self) -> None:
        joined = dist.is_available() and dist.is_initialized()
        self.number, self.count = (dist.get_rank(), dist.get_world_size()) if joined else (0, 1)

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes."""
        return self.number == 0

    def wrapped(self, model: nn.Module) -> nn.Module:
        """Return what to call in place of the model in a step, so that its gradients are those of all processes."""
        if self.count == 1:
            return model
        return DistributedDataParallel(model, broadcast_buffers=False)

    def share(self, rows: Tensor) -> Tensor:
        """Return this process's rows of a batch."""
        return rows if self.count == 1 else rows[self.number :: self.count]

    def mean(self, losses: Tensor, rows: int) -> Tensor:
        """Return what has the gradient of the mean over a batch of so many rows, for the losses of this share."""
        return losses.mean() if self.count == 1 else losses.sum() * (self.count / rows)

    def total(self, value: Tensor) -> Tensor:
        """Return the sum of the processes' values."""
        if self.count > 1:
            value = value.clone()
            cast(Any, dist).all_reduce(value)
        return value

    def any(self, flag: bool) -> bool:
        """Return whether any process says so."""
        return flag if self.count == 1 else bool(self.total(torch.tensor(float(flag), device=self._device())) > 0)

    def told_by_first(self, call: Callable[[], Found]) -> Found:
        """Return to all processes what the call gives the first one; an ArithmeticError there is raised in all."""
        if self.count == 1:
            return call()
        told: list[Any] = [None, None]
        if self.is_first:
            try:
                told[0] = call()
            except ArithmeticError as error:  # what a run ends with; after anything else the processes do
                told[1] = error
        dist.broadcast_object_list(told, 0, device=self._device())
        if told[1] is not None:
            raise told[1]
        return told[0]

    def _device(self) -> torch.device:
        return torch.device("cuda" if dist.get_backend() == "nccl" else "cpu")


@contextmanager
def joined(device: str) -> Generator[Processes, None, None]:
    """Yield the processes that torchrun has started, joined for the time: by nccl where the device is cuda, else gloo.

    Each process of a machine has a GPU of its own, that of its local number. Without torchrun there is one process; a
    group that has been joined before is taken as it is.

    Raises:
        DomainError: for a GPU by its number, which all processes would share.

    Example:
        >>> with joined("cpu") as processes:
        ...     processes.count
        1
    """
    alone = os.environ.get("WORLD_SIZE", "1") == "1" or not os.environ.keys() >= MEETING
    if alone or dist.is_initialized():
        yield Processes()
        return
    if device.startswith("cuda:"):
        raise DomainError(f"need device cuda or cpu with several processes, got {device!r}; write cuda instead")
    if device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield Processes()
    finally:
        dist.destroy_process_group()
