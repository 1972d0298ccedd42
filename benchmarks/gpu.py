"""What layers cost on one GPU: `python -m benchmarks gpu` measures for eight minutes at most, and writes gpu.md.

Forward passes and training steps (forward, backward, the gradient in x included) of LDLT layers, chains and
convolutions beside nn.Linear, torch's orthogonal parametrizations and orthogonium, in float32, TF32 and bf16.
Every entry is checked first: its first rows against the same module in float64 on the processor, outputs and gradients.
"Of the peak" is the time that the products with the batch alone would take at the speed of a matrix product of
8192 × 8192 in the same precision, over the time taken: what makes the weights counts as loss. Last, the trainer on
11 million synthetic rows. Without a GPU nothing is measured and the page says so; `--quick` measures tiny sizes on the
processor and writes nothing.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import orthogonal

from benchmarks import gpu_page
from benchmarks.machine import describe_machine, describe_versions
from benchmarks.peers.lipschitz_convolutions import adaptive
from benchmarks.peers.lipschitz_networks import orthogonium_linear
from wishart_moments.files import write_atomically
from wishart_nn import LDLTChain, LDLTConv2d, LDLTLinear
from wishart_nn.data.dataset import Part
from wishart_nn.higgs import load
from wishart_nn.training import RunOptions
from wishart_nn.training.trainer import Trainer

SECONDS = 420.0
"""After which no new entry is begun."""

CHECKED = 32
"""Rows that are compared with float64."""

TOLERANCES = {"float32": 2e-4, "tf32": 1e-2, "bf16": 6e-2}
"""Of the relative error in norm."""

PIXELS = 32
"""Of the images of convolutions, each way."""

WARM = 20
"""Steps of the trainer before its time is taken."""

DEPTH = 8
"""Layers of a chain, with tanh between them: at the kink of a ReLU rounding would change a gradient at will."""


@dataclass(frozen=True)
class Plan:
    """Sizes to be measured: widths, or channels of convolutions."""

    sizes: tuple[int, ...] = (128, 512, 1024, 2048, 4096)
    batches: tuple[int, ...] = (32, 256, 2048, 8192)
    channels: tuple[int, ...] = (16, 64, 256)
    images: tuple[int, ...] = (32, 256)
    slow_up_to: int = 2048
    peak: int = 8192
    rows: int = 11_000_000
    batch: int = 8192
    seconds: float = 0.05


QUICK = Plan((8,), (4,), (4,), (2,), 8, 32, 500, 100, 0.0)


def _chain(kind: Callable[[int], nn.Module], size: int) -> nn.Module:
    parts: list[nn.Module] = []
    for _ in range(DEPTH):
        parts += [kind(size), nn.Tanh()]
    return nn.Sequential(*parts[:-1])


def _torch(size: int, how: str) -> nn.Module:
    return orthogonal(nn.Linear(size, size), orthogonal_map=how)


LAYERS: dict[str, Callable[[int], nn.Module]] = {
    "nn.Linear": lambda size: nn.Linear(size, size),
    "LDLTLinear": lambda size: LDLTLinear(size, size, sigma="he"),
    "orthogonium": lambda size: orthogonium_linear(size, size),
    "torch Cayley": partial(_torch, how="cayley"),
    "torch matrix_exp": partial(_torch, how="matrix_exp"),
}
SLOW = ("torch matrix_exp",)
CHAINS: dict[str, Callable[[int], nn.Module]] = {
    "nn.Linear": partial(_chain, LAYERS["nn.Linear"]),
    "LDLTChain": lambda size: LDLTChain((size,) * (DEPTH + 1), activation="tanh", sigma="he"),
    "orthogonium": partial(_chain, LAYERS["orthogonium"]),
    "torch Cayley": partial(_chain, LAYERS["torch Cayley"]),
}
CONVOLUTIONS: dict[str, Callable[[int], nn.Module]] = {
    "nn.Conv2d": lambda channels: nn.Conv2d(channels, channels, 3, padding=1),
    "LDLTConv2d": lambda channels: LDLTConv2d(channels, channels, 3, input_size=PIXELS, sigma="shared"),
    "orthogonium AOC": lambda channels: adaptive(channels, channels, kernel_size=3),
}


@dataclass(frozen=True)
class Kind:
    """Modules of one kind: what they take beside the batch, and the operations of the products with a row."""

    modules: dict[str, Callable[[int], nn.Module]]
    shape: Callable[[int], tuple[int, ...]]
    work: Callable[[int], int]


KINDS = {
    "layer": Kind(LAYERS, lambda size: (size,), lambda size: 2 * size**2),
    "chain": Kind(CHAINS, lambda size: (size,), lambda size: 2 * DEPTH * size**2),
    "convolution": Kind(CONVOLUTIONS, lambda c: (c, PIXELS, PIXELS), lambda c: 18 * (c * PIXELS) ** 2),
}
"""The work of a convolution is that of nn.Conv2d; LDLTConv2d works by the Fourier transform."""


@contextmanager
def precision(name: str, device: torch.device) -> Iterator[None]:
    """Let products be of a precision: "float32", "tf32" or "bf16"."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if name == "tf32" else "highest")
    try:
        with torch.autocast(device.type, torch.bfloat16, enabled=name == "bf16"):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


def seconds_of(call: Callable[[], Any], device: torch.device, least: float) -> float:
    """Return the median seconds of a call, between two waits for the device."""
    times: list[float] = []
    for _ in range(3):
        call()
    begun = perf_counter()
    while len(times) < 5 or perf_counter() - begun < least:
        _wait(device)
        start = perf_counter()
        call()
        _wait(device)
        times.append(perf_counter() - start)
    return median(times)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def gradients(module: nn.Module, x: Tensor, seed: Tensor) -> tuple[Tensor, ...]:
    """Return the output and the gradients of ⟨output, seed⟩ in x and in the parameters."""
    x = x.detach().requires_grad_()
    output = module(x)
    leaves = [p for p in module.parameters() if p.requires_grad]
    return (output.detach(), *torch.autograd.grad(output, (x, *leaves), seed.to(output.dtype)))


def error(found: tuple[Tensor, ...], exact: tuple[Tensor, ...]) -> float:
    """Return the greatest relative error in norm."""
    pairs = [(a.double().cpu(), b) for a, b in zip(found, exact, strict=True)]
    return max(float((a - b).norm() / b.norm().clamp_min(1e-30)) for a, b in pairs)


def peaks(plan: Plan, device: torch.device) -> dict[str, float]:
    """Return the operations a second of one large product in each precision."""
    found: dict[str, float] = {}
    for name in TOLERANCES:
        a = torch.randn(plan.peak, plan.peak, device=device)
        a = a.bfloat16() if name == "bf16" else a
        with precision("float32" if name == "bf16" else name, device):
            found[name] = 2 * plan.peak**3 / seconds_of(lambda a=a: a @ a, device, plan.seconds)
    return found


def entries(plan: Plan, device: torch.device, speed: dict[str, float], until: float) -> Iterator[dict[str, Any]]:
    """Yield the measured entries, or why a module could not be measured, the smaller sizes first."""
    places = [("convolution", size) for size in plan.channels]
    places += [(kind, size) for size in plan.sizes for kind in ("layer", "chain")]
    for kind, size in places:
        for name, make in KINDS[kind].modules.items():
            where = {"kind": kind, "name": name, "size": size}
            if name in SLOW and size > plan.slow_up_to:
                continue
            if perf_counter() > until:
                yield {**where, "left_out": "no time was left"}
                continue
            torch.manual_seed(size)
            try:
                module = make(size)
            except ImportError:
                yield {**where, "left_out": "not installed"}
                continue
            batches = plan.images if kind == "convolution" else plan.batches
            for each in measured(module, KINDS[kind].shape(size), batches, device, plan.seconds):
                if "left_out" not in each:
                    work = KINDS[kind].work(size) * each["batch"] * (3 if each["what"] == "step" else 1)
                    each["of_peak"] = work / each["seconds"] / speed[each["precision"]]
                yield where | each


def measured(
    module: nn.Module, shape: tuple[int, ...], batches: tuple[int, ...], device: torch.device, least: float
) -> Iterator[dict[str, Any]]:
    """Yield the times of a module in every precision in which it is right, and what is wrong in the others."""
    rows = torch.randn(CHECKED, *shape)
    with torch.no_grad():
        seed = torch.randn_like(module(rows))
    exact = gradients(deepcopy(module).double(), rows.double(), seed.double())
    module = module.to(device)
    for name, tolerance in TOLERANCES.items():
        with precision(name, device):
            try:
                wrong = error(gradients(module, rows.to(device), seed.to(device)), exact)
            except RuntimeError as failure:  # some factor in the precision of autocast
                yield {"left_out": f"fails in {name}, {type(failure).__name__}"}
                continue
            if not wrong <= tolerance:  # what is wrong is never timed
                yield {"left_out": f"a relative error of {wrong:.1e} in {name}"}
                continue
            for batch in batches:
                x = torch.randn(batch, *shape, device=device)
                grad = torch.randn(batch, *seed.shape[1:], device=device)
                with torch.no_grad():
                    forward = seconds_of(lambda x=x: module(x), device, least)
                step = seconds_of(lambda x=x, g=grad: gradients(module, x, g), device, least)
                for what, seconds in (("forward", forward), ("step", step)):
                    yield {"precision": name, "batch": batch, "what": what, "seconds": seconds, "error": wrong}


def _warm(trainer: Trainer, output: Tensor, y: Tensor) -> bool:  # noqa: ARG001
    return trainer.step >= WARM


def training(plan: Plan, device: torch.device) -> Iterator[dict[str, Any]]:
    """Yield the rows a second of an epoch of the trainer."""
    x = torch.randn(plan.rows, 28, device=device)
    part = Part(x, (x[:, :5].sum(1) > 0).float())
    data = replace(load(rows=1000), train=part)
    for architecture in ("mlp", "chain", "independent"):
        for amp in ("none", "bf16"):
            options = RunOptions(
                architecture=architecture, batch_size=plan.batch, epochs=2, device=str(device), amp=amp
            )
            trainer = Trainer(options, data)
            trainer.train_epoch(partial(_warm, trainer))
            left = plan.rows - trainer.step % trainer.steps_per_epoch * plan.batch
            start = perf_counter()
            trainer.train_epoch(lambda output, y: False)  # noqa: ARG005
            _wait(device)
            rate = left / (perf_counter() - start)
            yield {"architecture": architecture, "amp": amp, "rows": plan.rows, "rows_per_second": rate}


def measure(plan: Plan, device: torch.device) -> dict[str, Any]:
    """Return all that is measured."""
    start = perf_counter()
    speed = peaks(plan, device)
    throughput = list(training(plan, device))
    found = list(entries(plan, device, speed, start + SECONDS))
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else "no GPU"
    return {
        "card": card,
        "peaks": speed,
        "entries": found,
        "training": throughput,
        "seconds": perf_counter() - start,
        "machine": describe_machine(),
        "versions": describe_versions(),
    }


def main(*, quick: bool) -> int:
    """Measure, and write results/gpu.json and the table of gpu.md; return the exit code."""
    if quick:
        print(gpu_page.table(measure(QUICK, torch.device("cpu"))))
        return 0
    if torch.cuda.is_available():
        found = measure(Plan(), torch.device("cuda"))
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        write_atomically(gpu_page.RESULTS, text, overwrite=True)
    else:
        print("no GPU is there: the page says what was measured before, or that nothing was")
    page = Path(gpu_page.PAGE)
    write_atomically(page, gpu_page.render(page.read_text("utf-8"), gpu_page.read_results()), overwrite=True)
    return 0
