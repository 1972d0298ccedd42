"""What is predicted at each layer, forward and backward, is what happens on average over weights."""

import pytest
import torch
from torch import nn

from wishart_moments.errors import DomainError
from wishart_moments.variance.depth import depth_profile
from wishart_nn.chain import LDLTChain
from wishart_nn.initialisation import ldlt_normal_
from wishart_nn.linear import LDLTLinear
from wishart_nn.network import LDLTNetwork
from wishart_nn.profiles import Profile, cholesky_traces, measure_profile, predicted_profile

SEEDS = 60


def entries(profile: Profile) -> list[float]:
    rows = [(e.before, e.after, e.gradient_before, e.gradient_after) for e in profile.layers]
    return [*(number for row in rows for number in row), profile.gradient_input]


def greatest_z(module: nn.Module, sigma: str) -> float:
    """The greatest |z| of all entries over fresh weights, inputs and gradients; an error of 0.4 percent is granted."""
    generator = torch.Generator().manual_seed(1)
    n = module.widths[0]
    samples: list[list[float]] = []
    for _ in range(SEEDS):
        ldlt_normal_(module, sigma, generator=generator)
        x = torch.randn(16, n, dtype=torch.float64, generator=generator)
        x = x * (n**0.5 / x.norm(dim=1, keepdim=True))
        samples.append(entries(measure_profile(module, x, sigma=sigma, generator=generator).measured))
    measured = torch.tensor(samples, dtype=torch.float64)
    predicted = torch.tensor(entries(predicted_profile(module, sigma)), dtype=torch.float64)
    error = measured.std(0) / SEEDS**0.5 + 0.004 * predicted / 4.5 + 1e-12
    return float(((measured.mean(0) - predicted).abs() / error).max())


@pytest.mark.parametrize("activation", ["relu", "identity", "abs"])
@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
def test_a_chain_hands_on_what_is_predicted(activation: str, factor: str) -> None:
    """|z| < 4.5 at every layer, forward and backward, over 60 draws; about 80 comparisons."""
    chain = LDLTChain((10, 12, 8, 8), activation=activation, lipschitz=2.0, factor=factor, dtype=torch.float64)
    assert greatest_z(chain, "sqrt(2/n)") < 4.5


@pytest.mark.parametrize("activation", ["relu", "groupsort", "householder"])
def test_independent_layers_pass_what_is_predicted(activation: str) -> None:
    """|z| < 4.5 at every layer, forward and backward, over 60 draws; about 40 comparisons."""
    assert greatest_z(LDLTNetwork((10, 12, 8, 8), activation=activation, dtype=torch.float64), "2/sqrt(n)") < 4.5


def test_groupsort_in_a_cholesky_chain_is_said_to_be_approximate() -> None:
    chain = LDLTChain((16, 16, 16, 16), activation="groupsort", dtype=torch.float64)
    assert predicted_profile(chain).exactness.startswith("approximate")
    assert predicted_profile(LDLTNetwork((4, 6, 2))).exactness == "exact"


def test_the_symmetric_chain_is_the_depth_profile() -> None:
    chain = LDLTChain((6, 8, 8, 2), lipschitz=3.0, alpha=[0.5, 1.0, 2.0], factor="symmetric")
    law = depth_profile(
        (6, 8, 8, 2), lambda n: n**-0.5, alpha=[0.5, 1.0, 2.0], gamma=3.0, architecture="chain", activation="relu"
    )
    profile = predicted_profile(chain, "he")
    assert entries(profile)[::4][:3] == [each.before for each in law.layers]
    assert profile.gradient_input == law.gradient_input


def test_an_identity_chain_does_not_depend_on_the_factor() -> None:
    first, second = (
        entries(predicted_profile(LDLTChain((6, 8, 8, 2), activation="identity", factor=factor), "he"))
        for factor in ("cholesky", "symmetric")
    )
    assert first == pytest.approx(second, rel=2e-3)  # rows of D: the alignment share (m - 1)/(m + 2) is not a number


def test_one_row_is_alone() -> None:
    assert cholesky_traces(1, 5, 0.5, 1.0).spread == 0.0


def test_sigma_is_read_off_the_weights() -> None:
    layer = ldlt_normal_(LDLTLinear(200, 100), 0.3, generator=torch.Generator().manual_seed(2))
    assert abs(predicted_profile(layer).layers[0].sigma / 0.3 - 1) < 5 / (2 * 20_000) ** 0.5


def test_the_table_shows_both_side_by_side() -> None:
    text = str(measure_profile(LDLTChain((4, 6, 2)), torch.randn(8, 4, generator=torch.Generator().manual_seed(3))))
    head, first, second = text.splitlines()
    assert head.split()[:4] == ["layer", "shape", "y²", "predicted"]
    assert first.split()[1] == "4→6"
    assert second.split()[1] == "6→2"
    assert len({len(line) for line in text.splitlines()}) == 1
    assert len(str(predicted_profile(LDLTNetwork((4, 6, 2)))).splitlines()) == 3


def test_other_modules_and_inputs_are_refused() -> None:
    with pytest.raises(DomainError, match="need a module with LDLT layers, got Linear"):
        predicted_profile(nn.Linear(3, 3))
    with pytest.raises(DomainError, match=r"need inputs that the module takes, got shape \(4,\)"):
        measure_profile(LDLTChain((4, 6, 2)), torch.zeros(4))
