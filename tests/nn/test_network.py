"""Independent LDLT layers: L-Lipschitz as a product, batched = one by one, exported = built."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from wishart_moments.errors import DomainError
from wishart_nn.network import LDLTNetwork

ACTIVATION = st.sampled_from(["relu", "groupsort", "abs", "tanh", "householder"])


def random(shape: tuple[int, ...], seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(1, 4).map(lambda k: 2 * k), min_size=2, max_size=5),
    ACTIVATION,
    st.sampled_from([1e-8, 1.0, 1e8]),
    st.integers(0, 2**31),
)
def test_the_network_is_lipschitz_for_any_weights(widths: list[int], activation: str, scale: float, seed: int) -> None:
    network = LDLTNetwork(widths, lipschitz=5.0, activation=activation, sigma="he", dtype=torch.float64)
    with torch.no_grad():
        for i, layer in enumerate(network.linears):
            layer.raw_weight.copy_(scale * random(tuple(layer.raw_weight.shape), seed + i))
        x, apart = random((64, widths[0]), seed + 50), random((64, widths[0]), seed + 51)
        ratio = (network(x) - network(x + apart)).norm(dim=1) / apart.norm(dim=1)
    assert float(ratio.max()) <= 5.0 * (1 + 1e-6)


def test_every_layer_needs_its_factor_before_any_is_rescaled() -> None:
    network = LDLTNetwork((4, 8, 2))
    before = [each.clone() for each in network.raw_weights()]
    with pytest.raises(DomainError, match="need one factor for each of the 2 layers, got 3"):
        network.rescale_([2.0, 3.0, 5.0])
    assert all(torch.equal(old, new) for old, new in zip(before, network.raw_weights(), strict=True))


def test_the_bound_is_the_product_of_the_layers() -> None:
    network = LDLTNetwork((4, 8, 8, 2), lipschitz=27.0)
    assert [each.gamma for each in network.linears] == pytest.approx([3.0] * 3)


def test_one_call_is_layer_by_layer() -> None:
    network = LDLTNetwork((4, 8, 8, 8, 2), learn_alpha=True, dtype=torch.float64)
    each = [layer.folded_weights()[0] for layer in network.linears]
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(network.folded_weights(), each, strict=True))
    upstream = [random(tuple(w.shape), i) for i, w in enumerate(each)]
    parameters = [p for layer in network.linears for p in (layer.raw_weight, layer.log_alpha)]
    ours = torch.autograd.grad(network.folded_weights(), parameters, upstream)
    theirs = torch.autograd.grad(each, parameters, upstream)
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("activation", ["relu", "groupsort", "householder"])
def test_the_exported_sequential_is_the_network(activation: str) -> None:
    torch.manual_seed(0)
    network = LDLTNetwork((4, 8, 8, 2), lipschitz=2.0, activation=activation)
    x = random((10, 4), 1, torch.float32)
    plain = network.fold()
    assert [type(each) for each in plain][::2] == [nn.Linear] * 3
    assert torch.allclose(plain(x), network(x), atol=1e-6)


def test_cached_is_uncached_exactly() -> None:
    network = LDLTNetwork((4, 8, 8, 2), sigma="he").eval()
    x = random((10, 4), 2, torch.float32)
    with torch.no_grad():
        first = network(x)
        assert torch.equal(network(x), first)
        network.linears[1].raw_weight.mul_(2)
        assert not torch.equal(network(x), first)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DomainError, match="multiples of 2"):
        LDLTNetwork((4, 5, 1))
    with pytest.raises(DomainError, match="need lipschitz > 0"):
        LDLTNetwork((4, 6, 1), lipschitz=0)
    with pytest.raises(DomainError, match=r"need inputs of shape \(\.\.\., 4\)"):
        LDLTNetwork((4, 6, 1))(torch.ones(2, 3))


def test_weights_that_are_not_finite_are_refused() -> None:
    network = LDLTNetwork((4, 6, 1))
    with torch.no_grad():
        network.linears[0].raw_weight[0, 0] = float("nan")
    with pytest.raises(DomainError, match="need finite weights, got nan"):
        network(torch.ones(2, 4))
