"""The losses against their definitions written out."""

import math
from collections.abc import Callable

import pytest
import torch

from wishart_moments.errors import DomainError
from wishart_nn.losses import hinge_kr, offset_cross_entropy


def test_hinge_kr_is_its_definition() -> None:
    f, y = torch.tensor([0.3, -1.2, 2.0]).double(), torch.tensor([1, 0, 0])
    hinge = (max(0, 2 - 0.3) + max(0, 2 - 1.2) + max(0, 2 + 2.0)) / 3
    assert hinge_kr(f, y, weight=3, margin=2).item() == pytest.approx((-1.2 + 2) / 2 - 0.3 + 3 * hinge)


def test_hinge_kr_of_many_classes_is_its_definition() -> None:
    f, y = torch.randn(12, 4, generator=torch.Generator().manual_seed(0)).double(), torch.tensor([0, 1, 2] * 4)
    total = 0.0
    for c in range(4):
        own, others = (f[y == c, c], f[y != c, c])
        means = others.mean().item() - (own.mean().item() if len(own) else 0.0)  # nothing is in class 3
        hinges = [max(0.0, 0.5 - x.item()) * 3 for x in own] + [max(0.0, 0.5 + x.item()) for x in others]
        total += (means + 2.5 * sum(hinges) / 12) / 4
    assert hinge_kr(f, y, weight=2.5, margin=0.5).item() == pytest.approx(total)


def test_of_two_classes_both_forms_agree() -> None:
    f, y = torch.tensor([0.3, -1.2, 2.0]).double(), torch.tensor([1, 0, 0])
    both = torch.stack((-f, f), 1)
    assert hinge_kr(both, y, weight=3, margin=2).item() == pytest.approx(hinge_kr(f, y, weight=3, margin=2).item())


def test_both_losses_are_those_of_deel_torchlip() -> None:
    functional = pytest.importorskip("deel.torchlip.functional")
    modules = pytest.importorskip("deel.torchlip")
    f, y = torch.randn(20, 5).double(), torch.arange(20) % 5
    hot = torch.nn.functional.one_hot(y, 5)
    theirs = functional.hkr_multiclass_loss(f, hot, 0.8, 1.4).mean().item() / 0.2
    assert hinge_kr(f, y, weight=4, margin=0.7).item() == pytest.approx(theirs)
    tau = modules.TauCrossEntropyLoss(4)(f, y).item()
    assert offset_cross_entropy(f, y, temperature=0.25, offset=0).item() == pytest.approx(tau)


def test_a_cold_entropy_is_a_hinge() -> None:
    f, y = torch.tensor([[1.0, 0.5, -2.0], [0.0, 3.0, 1.0]]).double(), torch.tensor([0, 1])
    found = offset_cross_entropy(f, y, temperature=1e-3, offset=0.7).item()
    assert found == pytest.approx(0.2 / 2, abs=1e-9)  # leads 0.5 and 2


@pytest.mark.parametrize("classes", [torch.tensor([0, 3]), torch.tensor([0, -1]), torch.tensor([0.0, 1.0])])
def test_classes_that_there_are_not_are_refused(classes: torch.Tensor) -> None:
    for loss in (hinge_kr, offset_cross_entropy):
        with pytest.raises(DomainError, match=r"need classes 0, \.\.\., 2"):
            loss(torch.ones(2, 3), classes)


def test_the_entropy_is_its_definition() -> None:
    f = torch.tensor([[1.0, 0.5, -2.0]]).double()
    shifted = [math.exp(each / 0.5) for each in (1.0 - 0.7, 0.5, -2.0)]
    found = offset_cross_entropy(f, torch.tensor([0]), temperature=0.5, offset=0.7).item()
    assert found == pytest.approx(-0.5 * math.log(shifted[0] / sum(shifted)))


def test_one_class_in_a_batch_is_refused() -> None:
    with pytest.raises(DomainError, match="both in the batch"):
        hinge_kr(torch.ones(2), torch.ones(2))


@pytest.mark.parametrize("loss", [hinge_kr, offset_cross_entropy])
def test_no_rows_have_no_mean(loss: Callable[..., torch.Tensor]) -> None:
    for classes in (3, 0):
        with pytest.raises(DomainError, match="need"):
            loss(torch.zeros(0, classes), torch.zeros(0, dtype=torch.int64))
