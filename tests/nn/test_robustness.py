"""No certified point is broken by an attack, and the radius is right where it is known."""

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
from torch import nn

from wishart_moments.errors import DomainError
from wishart_nn.activations import GroupSort
from wishart_nn.conversion import fold
from wishart_nn.convolution import LDLTConv2d
from wishart_nn.linear import LDLTLinear
from wishart_nn.robustness import certified_accuracy, certified_radius, rounding


def norms(rows: torch.Tensor) -> torch.Tensor:
    return rows.flatten(1).square().sum(1).sqrt().reshape(-1, *[1] * (rows.ndim - 1))


def network(outputs: int) -> nn.Sequential:
    torch.random.manual_seed(1)  # pyright: ignore[reportUnknownMemberType]
    return nn.Sequential(LDLTLinear(6, 16), GroupSort(), LDLTLinear(16, 16), nn.ReLU(), LDLTLinear(16, outputs)).eval()


def convolutional(outputs: int) -> nn.Sequential:
    torch.random.manual_seed(1)  # pyright: ignore[reportUnknownMemberType]
    return nn.Sequential(
        LDLTConv2d(1, 4, 3, input_size=6, padding_mode="zeros"),
        GroupSort(dim=-3),
        LDLTConv2d(4, 8, 2, input_size=6, stride=2),
        nn.ReLU(),
        nn.MaxPool2d(3),
        nn.Flatten(),
        LDLTLinear(8, outputs),
    ).eval()


MODELS: dict[str, tuple[Callable[[int], nn.Sequential], tuple[int, ...]]] = {
    "dense": (network, (6,)),
    "convolutional": (convolutional, (1, 6, 6)),
}


def attacked(model: nn.Module, x: torch.Tensor, radius: torch.Tensor, steps: int) -> torch.Tensor:
    """Projected gradient descent on the margin: (batch,) whether the class changed within the radius."""
    first = model(x).detach()
    labels = first.argmax(1) if first.shape[1] > 1 else None
    moved = torch.zeros_like(x)
    broken = torch.zeros(len(x), dtype=torch.bool)
    length = radius.to(x.dtype).reshape(norms(x).shape) * 0.999999
    for _ in range(steps):
        moved.requires_grad_(True)
        y = model(x + moved)
        if labels is None:
            margin = (y * first.sign())[:, 0]
        else:
            own = y.gather(1, labels[:, None])[:, 0]
            margin = own - y.scatter(1, labels[:, None], -torch.inf).amax(1)
        (grad,) = torch.autograd.grad(margin.sum(), moved)
        broken |= margin.detach() < 0
        moved = moved.detach() - length * grad / norms(grad).clamp_min(1e-30)
        moved = moved * (length / norms(moved).clamp_min(1e-30)).clamp_max(1)
    return broken


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("outputs", [1, 4])
@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_no_certified_point_is_broken(kind: str, outputs: int, count: int) -> None:
    make, shape = MODELS[kind]
    model, x = make(outputs), torch.randn(count, *shape)
    radius = certified_radius(model, x)
    assert (radius > 0).double().mean() > 0.9
    assert not attacked(model, x, radius, 20).any()
    assert attacked(model, x, 50 * radius + 5, 20).any()  # the attack can do something


@pytest.mark.parametrize("kind", MODELS)
def test_the_rounding_of_a_pass_is_below_its_bound(kind: str) -> None:
    make, shape = MODELS[kind]
    model, x = fold(make(4)), 100 * torch.randn(200, *shape)
    with torch.no_grad():
        error = norms(model(x).double() - deepcopy(model).double()(x.double())).flatten()
    bound = rounding(model, norms(x.double()).flatten(), torch.zeros(1, *shape))
    assert bool((error < bound).all())
    assert bool((bound < 1e-3 * norms(x).flatten()).all())


def test_a_model_whose_output_are_images_is_refused() -> None:
    with pytest.raises(DomainError, match=r"end it with nn\.Flatten"):
        certified_radius(convolutional(2)[:4], torch.zeros(1, 1, 6, 6))


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_radius_of_a_linear_classifier_is_the_distance_to_its_boundary(outputs: int) -> None:
    model = nn.Linear(3, outputs, bias=False).double()
    model.weight.data.copy_(torch.eye(3)[:outputs])
    x = torch.tensor([[3.0, 1.0, 0.0]], dtype=torch.float64)
    exact = 3.0 if outputs == 1 else 2 / 2**0.5
    found = certified_radius(model, x).item()
    assert exact * (1 - 1e-7) < found <= exact
    label = torch.tensor([1 if outputs == 1 else 0])
    assert certified_accuracy(model, (x, label), exact * 0.99) == 1
    assert certified_accuracy(model, (x, label), exact * 1.01) == 0
    assert certified_accuracy(model, (x, 1 - label), exact * 0.99) == 0


def test_a_margin_within_rounding_certifies_nothing() -> None:
    model = nn.Linear(2, 2, bias=False)
    model.weight.data.copy_(torch.eye(2))
    assert certified_radius(model, torch.tensor([[1.0, 1.0 + 2**-23]])).item() == 0


@pytest.mark.parametrize("x", [torch.full((1, 6), torch.nan), torch.ones(6), torch.ones(1, 6).double()])
def test_other_inputs_are_refused(x: torch.Tensor) -> None:
    with pytest.raises(DomainError, match=r"^need .*inputs"):
        certified_radius(network(2), x)


@pytest.mark.parametrize(("outputs", "classes"), [(1, [1, -1]), (1, [0, 2]), (3, [0, 3]), (3, [0.5, 1.0])])
def test_classes_that_the_model_does_not_have_are_refused(outputs: int, classes: list[float]) -> None:
    with pytest.raises(DomainError, match=r"need classes 0, \.\.\., [12], got"):
        certified_accuracy(nn.Linear(2, outputs), (torch.ones(2, 2), torch.tensor(classes)), 0.1)
