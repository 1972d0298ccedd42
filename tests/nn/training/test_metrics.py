"""AUC, loss and accuracy: against another library, against counting pairs, and where they are not numbers."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchmetrics.functional.classification import binary_auroc

from wishart_nn.training import RunOptions, auc, build_model
from wishart_nn.training.metrics import CHUNK, measured, outputs

SCORES = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40)


@settings(deadline=None, max_examples=100)
@given(SCORES)
def test_the_auc_counts_pairs_and_half_of_the_ties(rows: list[tuple[int, bool]]) -> None:
    score = torch.tensor([float(s) for s, _ in rows])
    label = torch.tensor([float(y) for _, y in rows])
    signal, background = score[label == 1], score[label == 0]
    above = (signal[:, None] > background).sum() + 0.5 * (signal[:, None] == background).sum()
    pairs = len(signal) * len(background)
    assert auc(score, label) == pytest.approx(float(above) / pairs if pairs else 0.5, abs=1e-12 if pairs else 0)


@pytest.mark.parametrize("decimals", [1, 7])
def test_the_auc_is_that_of_torchmetrics_on_many_rows(decimals: int) -> None:
    generator = torch.Generator().manual_seed(decimals)
    label = (torch.rand(100_000, generator=generator) < 0.53).float()
    score = (torch.randn(100_000, generator=generator) + label).round(decimals=decimals)
    assert auc(score, label) == pytest.approx(float(binary_auroc(score.double(), label.long())), abs=1e-6)
    assert auc(-score, label) == pytest.approx(1 - auc(score, label), abs=1e-12)


def test_outputs_are_the_same_in_one_pass_or_many_and_the_mode_is_kept() -> None:
    model = build_model(RunOptions(depth=3, width=8), 4).train()
    x = torch.randn(2 * CHUNK + 7, 4, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.allclose(outputs(model, x), model(x).squeeze(-1), atol=1e-6)
    assert model.training
    assert not outputs(model, x).requires_grad


def test_loss_and_accuracy_are_those_of_the_definition() -> None:
    model = build_model(RunOptions(depth=1, width=8, architecture="mlp"), 4).double()
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(500, 4, dtype=torch.float64, generator=generator)
    y = (torch.rand(500, generator=generator) < 0.3).double()
    found = measured(model, x, y, 3.0)
    with torch.no_grad():
        p = torch.sigmoid(3.0 * model(x).squeeze(-1))
    assert found.loss == pytest.approx(float(-(y * p.log() + (1 - y) * (1 - p).log()).mean()), rel=1e-9)
    assert found.accuracy == float(((p > 0.5) == (y == 1)).double().mean())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_outputs_that_are_not_finite_have_no_metrics(value: float) -> None:
    model = nn.Linear(2, 1)
    nn.init.constant_(model.weight, value)
    found = measured(model, torch.ones(4, 2), torch.tensor([0.0, 1.0, 0.0, 1.0]), 1.0)
    assert all(math.isnan(each) for each in found)
