"""One pass forward and backward through a folded network, its mean squares noted at every layer."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from wishart_nn.protocol import leaves
from wishart_nn.residual import SkipConnection
from wishart_nn.spectral import CircularConv2d

Means = tuple[float, float, float, float]
"""Mean squares of y, x = f(y) and the gradients at y and x."""


def pass_through(plain: Sequence[nn.Module], x: Tensor, generator: torch.Generator | None) -> tuple[list[Means], float]:
    """Return the mean squares at every layer of a folded network in float64, and that of the gradient at the input.

    Args:
        plain: modules in the order in which they act; or one `SkipConnection`, whose branch they are.
        x: inputs.
        generator: of the gradient at the output, a random one of mean square 1 for each input.
    """
    skip = plain[0] if isinstance(plain[0], SkipConnection) else None
    with torch.enable_grad():
        signal = x.detach().double().requires_grad_()
        passed, marks = [signal], list[int]()
        for step in plain if skip is None else leaves(skip.branch):
            passed.append(step(passed[-1]))
            marks += [len(passed) - 1] if isinstance(step, nn.Linear | CircularConv2d) else []
        if skip is not None:
            passed[-1] = passed[-1] + skip.skip(signal)
        gradient: Any = torch.randn(passed[-1].flatten(1).shape, dtype=torch.float64, generator=generator).to(x.device)
        gradient = gradient * (gradient.shape[1] ** 0.5 / gradient.norm(dim=1, keepdim=True))
        back = torch.autograd.grad(passed[-1], passed, gradient.reshape(passed[-1].shape))
    forward, backward = ([float(t.detach().square().mean()) for t in tensors] for tensors in (passed, back))
    ends = [*(mark - 1 for mark in marks[1:]), len(passed) - 1]
    means = [(forward[y], forward[x], backward[y], backward[x]) for y, x in zip(marks, ends, strict=True)]
    return means, backward[0]
