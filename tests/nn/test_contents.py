"""What a tensor contains, whatever is done to it behind its back."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_nn import LDLTLinear
from wishart_nn.contents import contents

CHANGES: dict[str, Callable[[Tensor], Any]] = {
    "a bit": lambda x: x.detach().view(torch.int32).__setitem__((1, 1), x.detach().view(torch.int32)[1, 1] ^ 1),
    "a sign of zero": lambda x: x.data.__setitem__((0, 0), -0.0),
    "elsewhere": lambda x: setattr(x, "data", x.data + 1),
    "strides": lambda x: setattr(x, "data", x.data.T),
    "shape": lambda x: setattr(x, "data", x.data.view(4, 9)),
    "dtype": lambda x: setattr(x, "data", x.data.double()),
}


def _matrix() -> nn.Parameter:
    return nn.Parameter(torch.arange(36.0).view(6, 6))


@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("others", [0, 1])
def test_every_change_is_seen(way: str, others: int) -> None:
    x = _matrix()
    rest = [torch.ones(2)] * others
    same = contents([x, *rest])
    assert same([x, *rest])
    CHANGES[way](x)
    assert not same([x, *rest])


def test_the_same_contents_elsewhere_are_the_same() -> None:
    x = _matrix()
    same = contents([x])
    x.data = x.data.clone()
    assert same([x])
    assert same([_matrix()])
    assert not same([x, x])
    strided = contents([x.T])
    assert strided([x.T])
    assert not strided([x])
    x.data[2, 3] = 7
    assert not same([x])
    assert not strided([x.T])


@pytest.mark.parametrize("left", [0, 8])
@pytest.mark.parametrize("known", [False, True])
def test_weights_without_storage_are_refused(known: bool, left: int) -> None:
    layer, x = LDLTLinear(6, 5).eval(), torch.eye(6)
    with torch.no_grad():
        values = layer.raw_weight.detach().clone()
        layer.raw_weight.set_(torch.empty(0).resize_(30).untyped_storage(), 0, (5, 6))
        layer.raw_weight.copy_(values)
        before = layer(x) if known else None
        layer.raw_weight.untyped_storage().resize_(left)
        for mode in (True, False, False):
            with pytest.raises(DomainError, match="need weights with storage"):
                layer.train(mode)(x)
        layer.raw_weight.untyped_storage().resize_(values.nbytes)
        layer.raw_weight.copy_(values)
        assert before is None or torch.equal(layer(x), before)
