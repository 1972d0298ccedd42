"""What is said of a layer, against the network itself: hooks, hand-made units, the certificate, the prediction."""

from math import prod
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from wishart_nn import lipschitz_bound
from wishart_nn.training import RunOptions, build_model, effective_rank, linear_cka, plain_network
from wishart_nn.training.diagnostics import diagnose, predicted_variances
from wishart_nn.training.models import folded, layers_of

ARCHITECTURES = ("chain", "independent", "mlp")
linalg: Any = torch.linalg


def rows(count: int = 300, features: int = 6) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, features, generator=generator)
    return x, (torch.rand(count, generator=generator) < 0.5).float()


def network(architecture: str, **given: Any) -> nn.Module:
    options = RunOptions(architecture=architecture, **{"depth": 3, "width": 8, **given})
    model = build_model(options, 6)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for bias in layers_of(model).biases:
            bias.normal_(0, 0.3, generator=generator)
    return model


@pytest.mark.parametrize("activation", ["relu", "groupsort", "householder", "tanh"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_layers_are_those_of_the_network_that_is_served(architecture: str, activation: str) -> None:
    model = network(architecture, activation=activation)
    x, y = rows()
    layers = diagnose(model, x, y, 10.0, None, certify=False).layers
    signal, plain = x, list(plain_network(model))
    outputs = [(signal := step(signal)).detach() for step in plain]
    for i, layer in enumerate(layers):
        before, after = outputs[2 * i], outputs[min(2 * i + 1, len(outputs) - 1)]
        assert layer["layer"] == i + 1
        assert layer["variance"] == pytest.approx(float(before.square().mean()), rel=1e-4)
        assert layer["cka_input"] == pytest.approx(linear_cka(after, x), abs=1e-4)
        assert layer["cka_output"] == pytest.approx(linear_cka(after, outputs[-1]), abs=1e-4)
        assert layer["effective_rank"] == pytest.approx(effective_rank(after), rel=1e-3)
        assert layer["norm"] == pytest.approx(float(linalg.matrix_norm(plain[2 * i].weight.detach(), 2)), rel=1e-5)
    assert layers[-1]["cka_output"] == pytest.approx(1)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_gradient_norms_are_those_of_the_loss_in_training(architecture: str) -> None:
    model = network(architecture)
    x, y = rows()
    found = [layer["gradient_norm"] for layer in diagnose(model, x, y, 10.0, None, certify=False).layers]
    assert all(p.grad is None for p in model.parameters())
    loss: Any = binary_cross_entropy_with_logits(10.0 * model(x).squeeze(-1), y)
    loss.backward()
    expected = [float(w.grad.norm()) for w in layers_of(model).weights if w.grad is not None]
    assert found == pytest.approx(expected, rel=1e-4)


def test_dead_units_are_those_that_never_move() -> None:
    model = network("mlp")
    with torch.no_grad():
        layers_of(model).biases[1][:3] = -1e6
    x, y = rows()
    dead = [layer["dead"] for layer in diagnose(model, x, y, 10.0, None, certify=False).layers]
    assert dead[1] == 3 / 8
    assert dead[3] == 0.0


@pytest.mark.parametrize("sigma", ["predicted", "he", "10/sqrt(n)"])
@pytest.mark.parametrize("architecture", ["chain", "independent"])
def test_the_variance_at_the_start_is_the_predicted_one(architecture: str, sigma: str) -> None:
    x, y = rows(2000, 28)
    measured, predicted, expected = torch.zeros(4), torch.zeros(4), None
    for seed in range(8):
        options = RunOptions(architecture=architecture, depth=3, width=64, sigma=sigma, seed=seed)
        model = build_model(options, 28)
        expected = expected or predicted_variances(model, sigma, float(x.square().mean()))
        assert expected is not None
        layers = diagnose(model, x, y, 10.0, expected, certify=False).layers
        measured += torch.tensor([layer["variance"] for layer in layers]) / 8
        predicted += torch.tensor([layer["predicted_variance"] for layer in layers]) / 8
    # The last layer is one number per row: a mean over eight draws of W only.
    assert torch.allclose(measured[:3], predicted[:3], rtol=0.2)
    assert 0.3 < float(measured[3] / predicted[3]) < 3


def test_an_mlp_has_neither_a_prediction_nor_an_alpha() -> None:
    x, y = rows()
    model = network("mlp")
    assert predicted_variances(model, "predicted", 1.0) is None
    assert diagnose(model, x, y, 10.0, None, certify=False).alpha == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_bound_is_the_certificate_or_the_product_of_norms(architecture: str) -> None:
    x, y = rows()
    model = network(architecture, lipschitz=2.0)
    proved = diagnose(model, x, y, 10.0, None, certify=True)
    assert proved.lipschitz_certified
    assert proved.lipschitz_bound == lipschitz_bound(model).upper
    cheap = diagnose(model, x, y, 10.0, None, certify=False)
    product = prod(float(linalg.matrix_norm(c.detach().double(), 2)) for c in folded(model))
    assert not cheap.lipschitz_certified
    assert cheap.lipschitz_bound == pytest.approx(min(product, 2.0) if architecture == "chain" else product)
    assert proved.lipschitz_bound <= cheap.lipschitz_bound * (1 + 1e-4)


def test_models_of_one_seed_start_from_the_same_draws() -> None:
    weights = [
        layers_of(build_model(RunOptions(architecture=architecture, sigma=sigma, seed=3), 28)).weights
        for architecture in ARCHITECTURES
        for sigma in ("he", "10/sqrt(n)")
    ]
    for others in weights[1:]:
        for a, b in zip(weights[0], others, strict=True):
            assert torch.allclose(a / a.std(), b / b.std(), atol=1e-5)
    other = layers_of(build_model(RunOptions(sigma="he", seed=4), 28)).weights
    assert not torch.allclose(weights[0][0], other[0])
