"""σ from the exact predictor, from names, numbers and expressions, put into whatever holds raw weights."""

import math

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import orthogonal

from wishart_moments.errors import DomainError
from wishart_moments.variance.best_sigma import best_sigma
from wishart_moments.variance.predictor import output_variance
from wishart_nn.chain import LDLTChain
from wishart_nn.initialisation import chain_scale, ldlt_normal_, resolve_sigma
from wishart_nn.linear import LDLTLinear
from wishart_nn.network import LDLTNetwork
from wishart_nn.parametrizations import ldlt
from wishart_nn.profiles import predicted_profile
from wishart_nn.training import RunOptions
from wishart_nn.training.models import layers_of
from wishart_nn.weight import ldlt_weight


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def scale(weight: torch.Tensor) -> float:
    return float(weight.detach().double().std())


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 7), (64, 64), (128, 28), (1, 64)])
def test_the_predicted_sigma_has_nine_tenths_of_the_supremum(m: int, n: int) -> None:
    sigma = resolve_sigma(m, n, alpha=0.5, gamma=2.0)
    assert output_variance(m, n, sigma, alpha=0.5, gamma=2.0) == pytest.approx(0.9 * 4 * min(1, n / m), abs=1e-12)


def test_the_target_is_met_exactly() -> None:
    assert output_variance(20, 30, resolve_sigma(20, 30, target_variance=0.4)) == pytest.approx(0.4, abs=1e-13)


def test_names_numbers_and_expressions() -> None:
    assert resolve_sigma(8, 16, "he") == 0.25
    assert resolve_sigma(8, 16, "kaiming") == pytest.approx(math.sqrt(2) / 4, abs=0, rel=1e-15)
    assert resolve_sigma(8, 16, "10/sqrt(n)") == 2.5
    assert resolve_sigma(9, 16, "1/sqrt(m+n)") == 0.2
    assert resolve_sigma(8, 16, 0.3) == 0.3


def test_a_chain_takes_the_scale_that_hands_most_on() -> None:
    widths = (28, 64, 64, 64, 1)
    chain = ldlt_normal_(LDLTChain(widths), generator=seeded())
    expected = best_sigma(widths).scale
    assert chain_scale(widths, "relu", (1.0,) * 4) == expected
    for weight, n in zip(chain.raw[1:3], widths[1:], strict=False):
        assert abs(scale(weight) * n**0.5 / expected - 1) < 5 / math.sqrt(2 * weight.numel())


def test_a_chain_without_a_maximum_takes_the_gain_of_relu() -> None:
    assert chain_scale((2, 64, 1), "relu", (2.0, 2.0)) == 2.0


@pytest.mark.parametrize(("m", "n"), [(4, 4), (16, 40), (40, 16), (64, 64)])
@pytest.mark.parametrize("sigma", ["predicted", "he", "3/sqrt(n)"])
def test_predicted_and_measured_variance_agree(m: int, n: int, sigma: str) -> None:
    """|z| < 4.5 over 400 seeded weights, for one input each; 24 comparisons."""
    generator = seeded(m + n)
    w = ldlt_normal_(torch.empty(400, m, n, dtype=torch.float64), sigma, generator=generator)
    x = torch.randn(400, n, 1, dtype=torch.float64, generator=generator)
    square = (ldlt_weight(w) @ x).square().mean((1, 2))
    z = (float(square.mean()) - output_variance(m, n, resolve_sigma(m, n, sigma))) / float(square.std() / 400**0.5)
    assert abs(z) < 4.5


def test_every_holder_of_raw_weights_is_filled_and_returned() -> None:
    layer, tensor = LDLTLinear(50, 40), torch.empty(3, 40, 50)
    parametrised = ldlt(nn.Linear(50, 40))
    network, container = LDLTNetwork((50, 40, 40)), nn.Sequential(LDLTLinear(50, 40), nn.ReLU())
    for holder in (layer, tensor, parametrised, network, container):
        assert ldlt_normal_(holder, 0.5, generator=seeded()) is holder
    raws = [layer.raw_weight, tensor, parametrised.parametrizations.weight.original, network.linears[0].raw_weight]
    for raw in [*raws, container[0].raw_weight]:
        assert abs(scale(raw) / 0.5 - 1) < 5 / math.sqrt(2 * 2000)
        assert not raw.grad_fn


def test_the_generator_decides() -> None:
    first, second = (ldlt_normal_(torch.empty(3, 3), "he", generator=seeded(5)) for _ in range(2))
    assert torch.equal(first, second)
    chains = [ldlt_normal_(LDLTChain((3, 4, 2)), "he", generator=seeded(5)) for _ in range(2)]
    assert torch.equal(chains[0].raw[1], chains[1].raw[1])


def test_the_computed_weight_of_a_parametrised_layer_is_refused() -> None:
    for layer in (ldlt(nn.Linear(4, 3)), orthogonal(nn.Linear(4, 3), orthogonal_map="cayley")):
        with pytest.raises(DomainError, match=r"layer\.parametrizations\.weight\.original"):
            ldlt_normal_(layer.weight)


def test_a_foreign_parametrisation_takes_numbers_only() -> None:
    layer = orthogonal(nn.Linear(4, 3), orthogonal_map="cayley")
    with pytest.raises(DomainError, match="got 'predicted'"):
        ldlt_normal_(layer)
    with pytest.raises(DomainError, match="leave one of them out"):
        ldlt_normal_(layer, "he", target_variance=0.1)
    assert ldlt_normal_(layer, "he") is layer


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(DomainError, match=r"need 0 <= target < 0\.21875 = gamma\^2 min\(1, n/m\), got 0\.5"):
        ldlt_normal_(LDLTLinear(28, 128), target_variance=0.5)
    with pytest.raises(DomainError, match="leave one of them out"):
        resolve_sigma(4, 4, "he", target_variance=0.1)
    with pytest.raises(DomainError, match=r"LDLT layers, got Linear; wishart_nn\.convert_ makes"):
        ldlt_normal_(nn.Linear(3, 3))
    with pytest.raises(DomainError, match=r"a tensor of shape \(3,\)"):
        ldlt_normal_(torch.empty(3))
    with pytest.raises(DomainError, match="need sigma >= 0 and finite, got nan"):
        resolve_sigma(4, 4, float("nan"))
    with pytest.raises(DomainError, match="need sigma >= 0"):
        resolve_sigma(4, 4, -1.0)
    with pytest.raises(DomainError, match="architecture"):
        resolve_sigma(4, 4, architecture="tree")


@pytest.mark.parametrize("kind", [LDLTChain, LDLTNetwork])
def test_layers_share_what_a_draw_may_fill(kind: type[LDLTChain] | type[LDLTNetwork]) -> None:
    network = kind((28, 64, 64, 1), alpha=0.25, sigma="shared")
    again = ldlt_normal_(network, "shared", generator=seeded())
    sigmas = [layer.sigma for layer in predicted_profile(again, "shared").layers]
    for sigma, (n, m) in zip(sigmas, ((28, 64), (64, 64), (64, 1)), strict=True):
        assert output_variance(m, n, sigma, alpha=0.25) == pytest.approx(min(1.0, n / m) / 3, abs=1e-12)
    weights = layers_of(network).weights
    drawn = [w.detach().square().mean().sqrt().item() for w in weights]
    assert drawn == pytest.approx(sigmas, rel=0.3)
    assert drawn[1] == pytest.approx(sigmas[1], rel=0.05)


@pytest.mark.parametrize("text", ["predicted(1)", "predicted(-0.1)", "predicted(x)", "predicted()", "predicted(1/0)"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match=r"predicted\(s\)"):
        resolve_sigma(4, 4, text)


def test_a_single_layer_shares_its_range_with_learning() -> None:
    assert LDLTLinear(4, 4).sigmas("shared") == LDLTLinear(4, 4).sigmas("predicted(1/2)")


def test_a_plain_network_has_nothing_to_share() -> None:
    with pytest.raises(DomainError, match="for an mlp"):
        RunOptions(architecture="mlp", sigma="shared")
