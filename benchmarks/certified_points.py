"""No certified point of 10,000 is broken by projected gradient descent, none of 2,000 by APGD (torchattacks).

A dense and a convolutional network of LDLT layers, trained for a minute by `offset_cross_entropy` to tell ten smooth
random images of 12×12 apart in noise. PGD: 50 steps on the margin within each point's own certified radius; APGD, by
the package, 50 steps with the difference of logits ratio at ε = 0.3 on points certified beyond it. Counted are changed
classes. So that the attack is seen to be one: the share of the same points that PGD breaks at four times their radius.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.measure import Candidate, Case
from benchmarks.peers.installed_layers import MISSING, open_peers
from wishart_nn import GroupSort, LDLTConv2d, LDLTLinear, LDLTNetwork, certified_radius
from wishart_nn.losses import offset_cross_entropy

SIDE, CLASSES, EPS = 12, 10, 0.3


def _images(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return smooth random images, one a class, in noise, with entries in [0, 1], and the classes."""
    shapes, noise = torch.Generator().manual_seed(0), torch.Generator().manual_seed(seed)
    coarse = torch.rand(CLASSES, 1, 3, 3, generator=shapes)
    means = nn.functional.interpolate(coarse, size=(SIDE, SIDE), mode="bilinear")
    classes = torch.randint(CLASSES, (count,), generator=noise)
    x = means[classes] + 0.2 * torch.randn(count, 1, SIDE, SIDE, generator=noise)
    return x.clamp(0, 1), classes


def _dense() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), LDLTNetwork((SIDE**2, 64, 64, CLASSES)))


def _convolutional() -> nn.Sequential:
    return nn.Sequential(
        LDLTConv2d(1, 8, 3, input_size=SIDE, padding_mode="zeros", sigma="shared"),
        GroupSort(dim=-3),
        LDLTConv2d(8, 16, 2, input_size=SIDE, stride=2, sigma="shared"),
        GroupSort(dim=-3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        LDLTLinear(16 * 9, CLASSES, sigma="shared"),
    )


MODELS: dict[str, Callable[[], nn.Sequential]] = {"dense": _dense, "convolutional": _convolutional}


@cache
def _trained(kind: str, steps: int, count: int) -> tuple[nn.Module, Tensor, Tensor]:
    """Return a trained network, points, and their certified radii."""
    torch.manual_seed(1)
    model = MODELS[kind]()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(steps):
        x, classes = _images(256, 10 + step)
        optimizer.zero_grad()
        offset_cross_entropy(model(x), classes).backward()
        optimizer.step()
    x, _ = _images(count, 2)
    return model.eval(), x, certified_radius(model, x)


def _pgd(model: nn.Module, x: Tensor, radius: Tensor, steps: int) -> Tensor:
    """Return which rows change their class within their radius."""
    labels = model(x).argmax(1, keepdim=True).detach()
    ends = radius.float().reshape(-1, 1, 1, 1) * 0.999999
    moved, broken = torch.zeros_like(x), torch.zeros(len(x), dtype=torch.bool)
    for _ in range(steps):
        moved.requires_grad_(True)
        y = model(x + moved)
        margin = y.gather(1, labels)[:, 0] - y.scatter(1, labels, -torch.inf).amax(1)
        (grad,) = torch.autograd.grad(margin.sum(), moved)
        broken |= margin.detach() < 0
        moved = moved.detach() - 0.3 * ends * grad / _norms(grad).clamp_min(1e-30)
        moved = moved * (ends / _norms(moved).clamp_min(1e-30)).clamp_max(1)
    return broken


def _norms(x: Tensor) -> Tensor:
    return x.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)


def _by_pgd(kind: str, steps: int, count: int, times: float) -> tuple[bool, float]:
    model, x, radius = _trained(kind, steps, count)
    broken = _pgd(model, x, times * radius, 50)
    return bool((radius > 0).any()), float(broken.sum()) if times == 1 else 100 * float(broken.double().mean())


def _by_apgd(attack: Any, kind: str, steps: int, count: int, most: int) -> tuple[bool, float]:
    model, x, radius = _trained(kind, steps, count)
    certain = x[radius > EPS][:most]
    labels = model(certain).argmax(1)
    moved = attack(model, norm="L2", eps=EPS * 0.999999, steps=50, loss="dlr")(certain, labels)
    return len(certain) > 0, float((model(moved).argmax(1) != labels).sum())


def cases(quick: bool) -> Iterator[Case]:
    """Yield the points broken by each attack."""
    steps, count, most = (30, 100, 20) if quick else (400, 10_000, 2000)
    missing: dict[str, str] = {}
    attack: Any = None
    open_peers()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            attack = import_module("torchattacks").APGD
    except ImportError:
        missing["APGD"] = MISSING
    for kind in MODELS:
        found = Candidate("PGD", partial(_by_pgd, kind, steps, count, 1.0), metered=True, once=True)
        others = [] if attack is None else [
            Candidate(f"APGD, {most:,} points", partial(_by_apgd, attack, kind, steps, count, most), metered=True)
        ]  # fmt: skip
        subject = f"{kind}, {count:,} points: certified and broken"
        candidates = (found, *others)
        yield Case(subject, candidates, 0.0, "count", expected=True, repeats=1, unavailable=missing)
        beyond = Candidate("PGD", partial(_by_pgd, kind, steps, count, 4.0), metered=True, once=True)
        yield Case(f"{kind}: broken at four times the radius", (beyond,), unit="%", expected=True, repeats=1)
