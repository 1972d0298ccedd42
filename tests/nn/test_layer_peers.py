"""The layers that ours is timed against satisfy the constraint that each of them promises."""

import pytest
import torch

from benchmarks.peers import ldlt_layers as peers
from wishart_nn.weight import ldlt_weight


def _weight(m: int, n: int) -> torch.Tensor:
    return torch.randn(m, n, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("name", list(peers.layers(8)))
def test_no_peer_moves_two_inputs_apart(name: str) -> None:
    call, leaves = peers.layers(8, torch.float64)[name]
    x = torch.randn(200, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        before, after = (x[1:] - x[:-1]).norm(dim=1), (call(x)[1:] - call(x)[:-1]).norm(dim=1)
    assert (after <= before * (1 + 1e-10)).all()
    call(x).sum().backward()
    assert all(leaf.grad is not None for leaf in leaves)


def test_peers_through_plain_autograd_are_the_two_factors() -> None:
    weight = _weight(5, 5)
    s = torch.linalg.svdvals(weight)
    for transform in (peers.autograd_cholesky, peers.autograd_eigh):
        torch.testing.assert_close(torch.linalg.svdvals(transform(weight)), s / (1 + s**2).sqrt())
    torch.testing.assert_close(peers.autograd_eigh(weight), ldlt_weight(weight, factor="symmetric"))


def test_orthogonal_peers_are_orthogonal() -> None:
    weight, eye = _weight(6, 6), torch.eye(6, dtype=torch.float64)
    torch.testing.assert_close(peers.cayley(weight) @ peers.cayley(weight).T, eye)
    near = weight + 6 * eye
    torch.testing.assert_close(peers.bjorck(near) @ peers.bjorck(near).T, eye, rtol=1e-3, atol=1e-3)
    assert torch.linalg.matrix_norm(peers.bjorck(weight), 2) <= 1 + 1e-12


def test_the_rescaled_peer_is_inside_the_ball() -> None:
    assert torch.linalg.matrix_norm(peers.aol(_weight(6, 6)), 2) <= 1
