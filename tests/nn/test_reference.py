"""Every route gives what the definition in plain torch says."""

from typing import Any

import pytest
import torch
from torch import nn

from wishart_nn.chain import LDLTChain
from wishart_nn.linear import LDLTLinear
from wishart_nn.network import LDLTNetwork
from wishart_nn.parametrizations import ldlt
from wishart_nn.reference import reference_chain, reference_weight

FACTORS = pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
SHAPES = pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (1, 4), (4, 1)])


@FACTORS
@SHAPES
def test_a_layer_is_its_definition(shape: tuple[int, int], factor: Any) -> None:
    torch.manual_seed(0)
    m, n = shape
    layer = LDLTLinear(n, m, alpha=0.3, gamma=2.0, factor=factor, dtype=torch.float64)
    parametrised = ldlt(nn.Linear(n, m, dtype=torch.float64), alpha=0.3, gamma=2.0, factor=factor)
    nn.init.normal_(layer.bias)
    x = torch.randn(4, n, dtype=torch.float64)
    expected = x @ reference_weight(layer.raw_weight, 0.3, 2.0, factor=factor).mT + layer.bias
    torch.testing.assert_close(layer(x), expected)
    torch.testing.assert_close(layer.eval()(x), expected)
    raw = parametrised.parametrizations.weight.original
    torch.testing.assert_close(parametrised.weight, reference_weight(raw, 0.3, 2.0, factor=factor))


@FACTORS
@pytest.mark.parametrize(("activation", "restricted"), [("relu", True), ("tanh", True), ("groupsort", False)])
@pytest.mark.parametrize("widths", [(3, 6, 4, 2), (5, 2), (2, 5), (3, 4, 4, 4, 9)])
def test_a_chain_is_its_definition(widths: tuple[int, ...], activation: str, restricted: bool, factor: Any) -> None:
    torch.manual_seed(0)
    alphas = [0.2 + 0.1 * i for i in range(len(widths) - 1)]
    chain = LDLTChain(
        widths, alpha=alphas, lipschitz=3.0, activation=activation, sigma="he", factor=factor, dtype=torch.float64
    )
    expected = reference_chain(list(chain.raw), alphas, 3.0, restricted, factor=factor)
    for found, c in zip(chain.folded_weights(), expected, strict=True):
        torch.testing.assert_close(found, c)
    x = torch.randn(7, widths[0], dtype=torch.float64)
    y = x
    for i, c in enumerate(expected):
        y = y @ c.mT
        y = chain.activations[i](y) if i < len(expected) - 1 else y
    torch.testing.assert_close(chain(x), y)


def test_a_network_is_its_definition() -> None:
    torch.manual_seed(0)
    network = LDLTNetwork((3, 6, 6, 2), lipschitz=8.0, alpha=0.4, dtype=torch.float64)
    for found, layer in zip(network.folded_weights(), network.linears, strict=True):
        torch.testing.assert_close(found, reference_weight(layer.raw_weight, 0.4, 2.0))
