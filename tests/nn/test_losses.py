"""The losses against their definitions written out."""

import math

import pytest
import torch

from wishart_moments.errors import DomainError
from wishart_nn.losses import hinge_kr, offset_cross_entropy


def test_hinge_kr_is_its_definition() -> None:
    f, y = torch.tensor([0.3, -1.2, 2.0]).double(), torch.tensor([1, 0, 0])
    hinge = (max(0, 2 - 0.3) + max(0, 2 - 1.2) + max(0, 2 + 2.0)) / 3
    assert hinge_kr(f, y, weight=3, margin=2).item() == pytest.approx((-1.2 + 2) / 2 - 0.3 + 3 * hinge)


def test_the_entropy_is_its_definition() -> None:
    f = torch.tensor([[1.0, 0.5, -2.0]]).double()
    shifted = [math.exp(each / 0.5) for each in (1.0 - 0.7, 0.5, -2.0)]
    found = offset_cross_entropy(f, torch.tensor([0]), temperature=0.5, offset=0.7).item()
    assert found == pytest.approx(-0.5 * math.log(shifted[0] / sum(shifted)))


def test_one_class_in_a_batch_is_refused() -> None:
    with pytest.raises(DomainError, match="both in the batch"):
        hinge_kr(torch.ones(2), torch.ones(2))
