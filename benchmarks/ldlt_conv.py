"""A training step of `LDLTConv2d` is to cost no more than orthogonium's Cayley convolution, and none breaks its bound.

3×3 kernels at 32×32, batch 128, float32: forward and backward, the gradient in x included, as ratios of CPU seconds to
nn.Conv2d's in the same turn, on one thread, and evaluation with the kept weight. Each layer is checked to be
1-Lipschitz on a batch first, to 5%. AOC is orthogonium's adaptive orthogonal convolution, whose kernel keeps its size;
Cayley its convolution by the Cayley transform at every frequency, the same work in kind. Circular padding throughout,
but for nn.Conv2d.

Then 1,000 kernels of all kinds, scales 1e-3 to 1e3, strides, groups and paddings, each trained together with its inputs
to stretch them: counted are those whose dense matrix has a norm above the certified bound, or a bound above γ + 1e-9.
"""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import process_time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.measure import Candidate, Case
from benchmarks.peers.installed_layers import convolutions
from wishart_nn import LDLTConv2d, lipschitz_bound

TURNS = 3
KERNELS = 1000
SHAPES: tuple[dict[str, Any], ...] = (
    {"in_channels": 3, "out_channels": 4, "kernel_size": 3, "input_size": (6, 5)},
    {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "input_size": (4, 6), "stride": 2, "groups": 2},
    {"in_channels": 2, "out_channels": 2, "kernel_size": (4, 6), "input_size": (4, 6)},
    {"in_channels": 3, "out_channels": 2, "kernel_size": 3, "input_size": (5, 6), "padding_mode": "zeros"},
    {"in_channels": 2, "out_channels": 8, "kernel_size": 3, "input_size": (5, 7), "padding_mode": "zeros", "stride": 2},
)


def _step(layer: Callable[[Tensor], Tensor], leaves: list[Tensor], x: Tensor, grad: Tensor) -> float:
    for leaf in (x, *leaves):
        leaf.grad = None
    start = process_time()
    layer(x).backward(grad)
    return process_time() - start


def _evaluation(layer: Callable[[Tensor], Tensor], x: Tensor) -> float:
    start = process_time()
    with torch.no_grad():
        layer(x)
    return process_time() - start


def _ratio(ours: Callable[[], float], theirs: Callable[[], float], turns: int) -> float:
    ours(), theirs()
    times = [(ours(), theirs()) for _ in range(turns)]
    return median(mine for mine, _ in times) / median(other for _, other in times)


def _nonexpansive(layer: Callable[[Tensor], Tensor], x: Tensor) -> bool:
    with torch.no_grad():
        y = layer(x)
        near, far = ((rows[1:] - rows[:-1]).flatten(1).norm(dim=1) for rows in (y, x))
    return bool((near <= 1.05 * far).all())


def _step_ratio(layer: nn.Module, plain: nn.Module, x: Tensor, turns: int) -> tuple[bool, float]:
    grad = torch.randn_like(layer(x[:1]).expand(len(x), -1, -1, -1))
    both = (partial(_step, each, list(each.parameters()), x, grad) for each in (layer, plain))
    return layer.training and _nonexpansive(layer, x), _ratio(*both, turns)


def _evaluation_ratio(layer: nn.Module, plain: nn.Module, x: Tensor, turns: int) -> tuple[bool, float]:
    both = (partial(_evaluation, each.eval(), x.detach()) for each in (layer, plain))
    return _nonexpansive(layer, x), _ratio(*both, turns)


def _violations(count: int) -> tuple[None, float]:
    found = 0
    for seed in range(count):
        torch.manual_seed(seed)
        options = SHAPES[seed % len(SHAPES)]
        layer = LDLTConv2d(**options, sigma=10.0 ** (seed % 7 - 3), bias=False, dtype=torch.float64)
        x = nn.Parameter(torch.randn(4, layer.grid.inputs, *layer.grid.size, dtype=torch.float64))
        ascent = torch.optim.Adam([layer.raw_weight, x], lr=0.1, maximize=True)
        for _ in range(20):
            ascent.zero_grad()
            (layer(x).flatten(1).norm(dim=1) / x.flatten(1).norm(dim=1)).sum().backward()
            ascent.step()
        with torch.no_grad():
            basis = torch.eye(x[0].numel(), dtype=torch.float64).reshape(-1, *x.shape[1:])
            norm = torch.linalg.matrix_norm(layer(basis).flatten(1), 2).item()
        bound = lipschitz_bound(layer).upper
        found += not norm <= bound <= 1 + 1e-9
    return None, float(found)


def _on_one_thread(measure: Callable[..., tuple[bool, float]], *arguments: Any) -> tuple[bool, float]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return measure(*arguments)
    finally:
        torch.set_num_threads(threads)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the steps, evaluation, and the violations."""
    for channels, size, batch in ((4, 8, 4),) if quick else ((16, 32, 128), (64, 32, 128)):
        turns = 1 if quick else TURNS
        x = torch.randn(batch, channels, size, size, generator=torch.Generator().manual_seed(1)).requires_grad_()
        plain = nn.Conv2d(channels, channels, 3, padding=1)
        ours = LDLTConv2d(channels, channels, 3, input_size=size, sigma="shared")
        found, missing = convolutions(channels, size)
        peers = {"LDLTConv2d": ours, **found}
        where = f"{channels} channels at {size}×{size}, batch {batch}"
        steps = tuple(
            Candidate(name, partial(_on_one_thread, _step_ratio, layer, plain, x, turns), metered=True)
            for name, layer in peers.items()
        )
        yield Case(f"training step, {where}", steps, unit="times", expected=True, unavailable=missing)
        kept = Candidate("LDLTConv2d", partial(_on_one_thread, _evaluation_ratio, ours, plain, x, turns), metered=True)
        yield Case(f"evaluation, {where}", (kept,), unit="times", expected=True)
        ours.train()
    count = 5 if quick else KERNELS
    broken = Candidate("LDLTConv2d", partial(_violations, count), metered=True, once=True)
    yield Case(f"{count:,} kernels trained against their bound: violations", (broken,), 0.0, unit="count", repeats=1)
