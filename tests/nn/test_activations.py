"""Activations as modules: they are what their laws say, 1-Lipschitz, slope-restricted or norm-preserving."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from wishart_moments.errors import DomainError
from wishart_nn.activations import ACTIVATIONS, GroupSort, Householder, activation_law, activation_module, slopes

NAMES = (*ACTIVATIONS, "leaky_relu:0.2", "leaky_relu:-0.5", "groupsort:4")
NORM_PRESERVING = ("identity", "abs", "groupsort", "groupsort:4", "householder")

names = pytest.mark.parametrize("name", NAMES)


def points(seed: int, features: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(3 * torch.randn(200, features, dtype=torch.float64, generator=generator) for _ in range(2))  # type: ignore[return-value]


@names
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**31))
def test_every_activation_is_1_lipschitz(name: str, seed: int) -> None:
    f = activation_module(name, 8, dtype=torch.float64)
    x, y = points(seed)
    assert bool(((f(x) - f(y)).norm(dim=1) <= (x - y).norm(dim=1) * (1 + 1e-12)).all())


@names
def test_slope_restriction_is_what_the_law_says(name: str) -> None:
    f = activation_module(name, 8, dtype=torch.float64)
    x, y = points(0)
    change = f(x) - f(y)
    holds = bool(((change**2).sum(1) <= (change * (x - y)).sum(1) + 1e-12).all())
    assert holds is activation_law(name).slope_restricted


@pytest.mark.parametrize("name", NORM_PRESERVING)
def test_norms_are_kept(name: str) -> None:
    x, _ = points(1)
    kept = activation_module(name, 8, dtype=torch.float64)(x)
    assert torch.allclose(kept.norm(dim=1), x.norm(dim=1), rtol=1e-14)


@names
def test_the_energy_is_that_of_the_law(name: str) -> None:
    """Five standard errors of the mean over 200,000 Gaussian vectors."""
    x = torch.randn(200_000, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    share = activation_module(name, 8, dtype=torch.float64)(x).square().mean(dim=1)
    energy = activation_law(name).forward(8, 1.0).energy
    assert (
        abs(float((share.detach() - energy * x.square().mean(dim=1)).mean()))
        <= 5 * float(share.detach().std()) / 200_000**0.5
    )


def test_groupsort_permutes() -> None:
    x, _ = points(3)
    for group in (2, 4, None):
        assert torch.equal(GroupSort(group)(x).sort(dim=1).values, x.sort(dim=1).values)
    assert torch.equal(GroupSort(2)(x), x.unflatten(1, (4, 2)).sort(dim=2).values.flatten(1))


def test_householder_starts_as_maxmin_and_stays_1_lipschitz_at_any_angle() -> None:
    x, y = points(4)
    f = Householder(8, dtype=torch.float64)
    assert torch.allclose(f(x), GroupSort(2)(x), atol=1e-14)
    with torch.no_grad():
        f.theta.copy_(torch.tensor([-2.0, 0.3, 5.0, 0.0]))
    assert torch.allclose(f(x).norm(dim=1), x.norm(dim=1))
    assert bool(((f(x) - f(y)).norm(dim=1) <= (x - y).norm(dim=1) * (1 + 1e-12)).all())


@pytest.mark.parametrize(
    ("name", "features", "message"),
    [
        ("groupsort", 5, "multiples of 2 for groupsort, got 5"),
        ("groupsort:4", 6, "multiples of 4"),
        ("householder", 3, "multiples of 2"),
        ("swish", 4, "no activation 'swish'"),
        ("leaky_relu:2", 4, r"slope of leaky_relu in \[-1, 1\]"),
        ("relu", 0, "features to be an integer >= 1"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, features: int, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        activation_module(name, features)


def test_a_wrong_width_is_refused_on_the_call() -> None:
    with pytest.raises(DomainError, match="multiples of 2 for groupsort, got 3"):
        GroupSort()(torch.zeros(1, 3))
    with pytest.raises(DomainError, match="need 4 features"):
        Householder(4)(torch.zeros(1, 6))
    with pytest.raises(DomainError, match="integer >= 2"):
        GroupSort(1)


@pytest.mark.parametrize(
    "pool",
    [nn.MaxPool2d(2), nn.MaxPool2d(3, 2), nn.MaxPool2d((2, 3), (1, 2)), nn.MaxPool2d(3, 1, padding=1, ceil_mode=True)],
    ids=str,
)
def test_one_pixel_reaches_the_constant_of_max_pooling(pool: nn.Module) -> None:
    known = slopes(pool)
    assert known is not None
    spikes = torch.eye(81, dtype=torch.float64).reshape(81, 1, 9, 9)  # above zeros each is the greatest of its windows
    reached = pool(spikes).flatten(1).square().sum(1).max().sqrt().item()
    assert reached == pytest.approx(known[0])
    assert not known[1]


def test_pools_whose_constant_is_not_known() -> None:
    assert slopes(nn.MaxPool2d(2, dilation=2)) is None
    assert slopes(nn.MaxPool2d(2, return_indices=True)) is None
    assert slopes(nn.AdaptiveAvgPool2d(2)) is None
    assert slopes(nn.AdaptiveAvgPool2d(1)) == (1.0, False)


def test_groupsort_of_channels_sorts_them_at_every_pixel() -> None:
    x = torch.randn(3, 4, 2, 5)
    rows = GroupSort(2)(x.movedim(1, -1)).movedim(-1, 1)
    assert torch.equal(GroupSort(2, dim=-3)(x), rows)
    assert str(GroupSort(2, dim=-3)) == "GroupSort(2, dim=-3)"
    with pytest.raises(DomainError, match="multiples of 2"):
        GroupSort(2, dim=-3)(x[:, :3])
