"""A training step of the LDLT layer is to cost 2.2, 3.5 and 4.5 times nn.Linear's at widths 128, 512 and 1024.

Forward and backward through one dense square layer, batch 256, float32, the gradient in x included; evaluated and
exported it costs what nn.Linear costs. Batch 8 is to cost 4 times as much at width 128: the factorisation is the same
for one row. At batch 1 the comparison of the weights with those kept takes a fifth of an evaluation: what is served is
the folded layer. Figures are ratios to nn.Linear in the same turn, in processor time of one thread. The peers are
layers with a bounded norm written from their formulas, torch's own orthogonal parametrizations, and installed packages;
only those through Cholesky, eigh, Cayley, Householder and the exponential fix every singular value. Each is checked to
be 1-Lipschitz first, to 5%: iterative ones overshoot. Memory: what one step allocates at its peak.
"""

from collections.abc import Callable, Iterator
from functools import partial
from time import thread_time

import torch
from torch import Tensor, nn

from benchmarks.measure import Candidate, Case
from benchmarks.peers.installed_layers import installed
from benchmarks.peers.ldlt_layers import layers
from wishart_nn.linear import LDLTLinear

BATCH = 256
SECONDS = 0.3
"""Of turns for each ratio."""
TARGETS = {128: 2.2, 512: 3.5, 1024: 4.5}
SMALL = 8
SLOW = (
    "autograd through eigh",
    "torch orthogonal (householder)",
    "torch orthogonal (matrix_exp)",
    "geotorch orthogonal",
)
"""Left out of the largest widths."""


def _step(call: Callable[[Tensor], Tensor], leaves: list[Tensor], x: Tensor, grad: Tensor) -> float:
    """Return the seconds of a forward and a backward pass."""
    for leaf in (x, *leaves):
        leaf.grad = None
    start = thread_time()
    call(x).backward(grad)
    return thread_time() - start


def _ratio(ours: Callable[[], float], theirs: Callable[[], float], seconds: float, turns: int) -> float:
    """Return the ratio of the median times of the two, which take turns while the time lasts, but so many at least."""
    times: tuple[list[float], list[float]] = ([], [])
    start = thread_time()
    while len(times[0]) < turns or thread_time() - start < seconds:
        times[0].append(ours())
        times[1].append(theirs())
    mine, other = (sorted(kept)[len(kept) // 2] for kept in times)
    return mine / other


def _lipschitz(call: Callable[[Tensor], Tensor], x: Tensor) -> bool:
    """Return whether no pair of rows moves apart."""
    with torch.no_grad():
        y = call(x)
        return bool(((y[1:] - y[:-1]).norm(dim=1) <= (x[1:] - x[:-1]).norm(dim=1) * 1.05).all())


def _step_ratio(
    call: Callable[[Tensor], Tensor], leaves: list[Tensor], size: int, seconds: float, batch: int = BATCH
) -> tuple[bool, float]:
    """Return whether the layer is 1-Lipschitz on a batch, and its step's time over that of nn.Linear."""
    generator = torch.Generator().manual_seed(size)
    x = torch.randn(batch, size, generator=generator).requires_grad_()
    grad = torch.randn(batch, size, generator=generator)
    plain = nn.Linear(size, size)
    ours, theirs = partial(_step, call, leaves, x, grad), partial(_step, plain, list(plain.parameters()), x, grad)
    ours(), theirs()
    return _lipschitz(call, x), _ratio(ours, theirs, seconds, turns=3)


def _forward_ratio(layer: nn.Module, size: int, seconds: float, batch: int = BATCH) -> tuple[bool, float]:
    """Return the time of a forward pass under no_grad over that of nn.Linear, the two taking turns."""
    x = torch.randn(batch, size, generator=torch.Generator().manual_seed(size))
    plain = nn.Linear(size, size).eval()

    def pass_through(module: nn.Module) -> float:
        start = thread_time()
        module(x)
        return thread_time() - start

    with torch.no_grad():
        ours, theirs = partial(pass_through, layer), partial(pass_through, plain)
        ours(), theirs()
        return _lipschitz(layer, x), _ratio(ours, theirs, seconds, turns=10)


def _peak(call: Callable[[Tensor], Tensor], leaves: list[Tensor], size: int) -> tuple[bool, float]:
    """Return the most bytes that a step holds beyond its inputs."""
    x = torch.randn(BATCH, size).requires_grad_()
    grad = torch.randn(BATCH, size)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        _step(call, leaves, x, grad)
    held = most = 0
    events = [event for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return True, float(most)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the training steps, evaluation, export, and memory."""
    for size in (16,) if quick else tuple(TARGETS):
        seconds = 0.0 if quick else SECONDS
        layer = LDLTLinear(size, size, sigma="he")
        own = (layer, list(layer.parameters()))
        found, missing = installed(size)
        peers = {name: peer for name, peer in {**layers(size), **found}.items() if size < 512 or name not in SLOW}
        candidates = tuple(
            Candidate(name, partial(_step_ratio, *peer, size, seconds), metered=True)
            for name, peer in (("LDLTLinear", own), *peers.items())
        )
        yield Case(
            f"training step, width {size}",
            candidates,
            TARGETS.get(size),
            unit="times",
            expected=True,
            unavailable=missing,
        )
        kept = LDLTLinear(size, size, sigma="he").eval()
        for name, module in (("evaluation", kept), ("exported", kept.fold())):
            ratio = Candidate(name, partial(_forward_ratio, module, size, seconds), metered=True)
            yield Case(f"{name}, width {size}", (ratio,), 1.05, unit="times", expected=True)
        if size <= 128:
            few = {name: peers[name] for name in ("autograd through Cholesky", "Cayley", "AOL")}
            small = tuple(
                Candidate(name, partial(_step_ratio, *peer, size, seconds, SMALL), metered=True)
                for name, peer in (("LDLTLinear", own), *few.items())
            )
            yield Case(f"training step, width {size}, batch {SMALL}", small, 4.0, unit="times", expected=True)
            for name, module in (("evaluation", kept), ("exported", kept.fold())):
                ratio = Candidate(name, partial(_forward_ratio, module, size, seconds, 1), metered=True)
                yield Case(f"{name}, width {size}, batch 1", (ratio,), 1.25, unit="times", expected=True)
        formulation = peers["autograd through Cholesky"]
        memory = tuple(
            Candidate(name, partial(_peak, *peer, size), metered=True)
            for name, peer in (("LDLTLinear", own), ("autograd through Cholesky", formulation))
        )
        yield Case(f"peak memory of a step, width {size}", memory, unit="bytes", expected=True, repeats=1)
