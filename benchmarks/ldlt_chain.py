"""A chain of ten 64-wide LDLT layers (the HIGGS case) trains at no more than three times the cost of the plain MLP.

28 → 64 × 10 → 1, ReLU, batch 256, float32: one step is forward and backward. Beside it the same chain folded layer by
layer with autograd's own backward, and serving: folded once, it is a plain MLP. The ratio is that of median times of
steps that take turns, in processor time of one thread.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median
from time import thread_time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.measure import Candidate, Case
from wishart_nn.chain import LDLTChain
from wishart_nn.reference import reference_chain

WIDTHS = (28, *(64,) * 10, 1)
BATCH = 256
TURNS = 100

Step = Callable[[], Any]


def _plain() -> nn.Sequential:
    layers: list[nn.Module] = []
    for n, m in pairwise(WIDTHS):
        layers += [nn.Linear(n, m), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class _LayerByLayer(LDLTChain):
    def computed(self) -> tuple[Tensor, ...]:
        return tuple(reference_chain(list(self.raw), self.numbers()[:-1], self.lipschitz, restricted=True))


def _step(module: nn.Module, x: Tensor) -> Step:
    parameters = list(module.parameters())
    return lambda: torch.autograd.grad(module(x).square().mean(), parameters)


def _serve(module: nn.Module, x: Tensor) -> Step:
    def call() -> Tensor:
        with torch.no_grad():
            return module(x)

    return call


def _ratio(first: Step, second: Step, turns: int) -> float:
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 3):
        for step, kept in zip((first, second), times, strict=True):
            start = thread_time()
            step()
            if turn >= 3:
                kept.append(thread_time() - start)
    return median(times[0]) / median(times[1])


def cases(quick: bool) -> Iterator[Case]:
    """Yield the training step, then the evaluation, each as a multiple of the plain MLP's."""
    torch.manual_seed(0)
    turns = 3 if quick else TURNS
    x, plain = torch.randn(BATCH, WIDTHS[0]), _plain()
    chain, naive = LDLTChain(WIDTHS), _LayerByLayer(WIDTHS)
    naive.load_state_dict(chain.state_dict())
    same = torch.allclose(chain(x), naive(x), atol=1e-5)
    agree = same and torch.allclose(chain.fold()(x), chain(x), atol=1e-6)

    def against(step: Step, base: Step) -> Callable[[], tuple[bool, float]]:
        return lambda: (agree, _ratio(step, base, turns))

    base = _step(plain, x)
    yield Case(
        "training step, multiple of the plain MLP's",
        (
            Candidate("chain", against(_step(chain, x), base), metered=True),
            Candidate("folded layer by layer", against(_step(naive, x), base), metered=True),
        ),
        3.0,
        unit="times",
        expected=True,
    )
    served = chain.eval()
    yield Case(
        "evaluation, multiple of the plain MLP's",
        (
            Candidate("chain, folded once", against(_serve(served, x), _serve(plain, x)), metered=True),
            Candidate("exported", against(_serve(served.fold(), x), _serve(plain, x)), metered=True),
        ),
        1.05,
        unit="times",
        expected=True,
    )
