"""The layer behaves as nn.Linear does, stays inside the ball, and keeps its weight exactly as long as it may."""

import copy
import io
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wishart_moments import solve_sigma
from wishart_moments.errors import DomainError, WishartError
from wishart_nn import linear
from wishart_nn.linear import LDLTLinear


def _layer(*arguments: Any, **options: Any) -> LDLTLinear:
    torch.manual_seed(0)
    return LDLTLinear(*(arguments or (5, 4)), **options)


def _x(dtype: torch.dtype = torch.float32, n: int = 5) -> Tensor:
    return torch.randn(3, n, generator=torch.Generator().manual_seed(1)).to(dtype)


def _evaluated(layer: LDLTLinear, x: Tensor) -> Tensor:
    with torch.no_grad():
        return layer(x)


def _fresh(layer: LDLTLinear, x: Tensor) -> Tensor:
    """What the layer gives with nothing kept."""
    layer._kept = None
    return _evaluated(layer, x)


def test_it_looks_like_a_linear_layer() -> None:
    layer = _layer()
    assert set(layer.state_dict()) == {"raw_weight", "bias", "law"}
    arguments = "in_features=5, out_features=4, bias=True, alpha=1.0, gamma=1.0, factor='cholesky'"
    assert repr(layer) == f"LDLTLinear({arguments})"
    assert layer.raw_weight.shape == layer.weight.shape == (4, 5)
    assert isinstance(layer, nn.Linear)
    assert _layer(5, 4, False).bias is None
    assert set(_layer(5, 4, False, learn_alpha=True).state_dict()) == {"raw_weight", "log_alpha", "law"}
    assert "alpha=2.0, learn_alpha=True" in repr(_layer(5, 4, learn_alpha=True, alpha=2))


@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
@pytest.mark.parametrize("learn_alpha", [False, True])
@pytest.mark.parametrize("shape", [(5, 4), (4, 5), (4, 4)])
def test_training_evaluation_and_export_agree(shape: tuple[int, int], learn_alpha: bool, factor: Any) -> None:
    layer = _layer(*shape, alpha=0.5, gamma=2.0, learn_alpha=learn_alpha, factor=factor)
    assert layer.bias is not None
    nn.init.normal_(layer.bias)
    x = _x(n=shape[0])
    trained = layer(x)
    layer.eval()
    for other in (_evaluated(layer, x), layer(x), layer.fold()(x)):
        torch.testing.assert_close(other, trained, rtol=1e-6, atol=1e-6)
    assert torch.equal(layer.fold()(x), _evaluated(layer, x))
    assert torch.linalg.matrix_norm(layer.folded_weights()[0], 2) < 2
    trained.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())


def test_the_export_is_a_copy_in_the_same_mode() -> None:
    layer = _layer().eval()
    with torch.inference_mode():
        exported = layer.fold()
    assert type(exported) is nn.Linear
    assert not exported.training
    assert not exported.weight.is_inference()
    before = _evaluated(layer, _x())
    nn.init.zeros_(exported.weight)
    assert torch.equal(_evaluated(layer, _x()), before)


def test_a_kept_weight_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    original = linear.ldlt_weight
    monkeypatch.setattr(linear, "ldlt_weight", lambda *a, **k: calls.append(1) or original(*a, **k))
    layer = _layer().eval()
    first = _evaluated(layer, _x())
    for _ in range(3):
        assert torch.equal(_evaluated(layer, _x()), first)
    with torch.inference_mode():
        assert torch.equal(layer(_x()), first)
    assert len(calls) == 1
    layer.train()
    _evaluated(layer, _x())
    assert len(calls) == 1
    assert layer._kept is None


def _replaced(layer: LDLTLinear) -> None:
    layer.raw_weight = nn.Parameter(torch.ones(4, 5))


def _stepped(layer: LDLTLinear) -> None:
    layer(_x()).square().sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.5).step()


def _moved(layer: LDLTLinear) -> dict[str, Tensor]:
    return {key: value + (key != "law") for key, value in layer.state_dict().items()}


def _assigned(layer: LDLTLinear) -> None:
    layer.load_state_dict(_moved(layer), assign=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda layer: layer.load_state_dict(_moved(layer)),
        _assigned,
        _stepped,
        _replaced,
        lambda layer: layer.reset_parameters(),
        lambda layer: nn.init.normal_(layer.raw_weight),
        lambda layer: setattr(layer.raw_weight, "data", layer.raw_weight.data * 2),
        lambda layer: setattr(layer, "gamma", 3.0),
        lambda layer: layer.log_alpha.data.copy_(torch.tensor(3.0)) and layer.train().eval(),
        lambda layer: nn.init.constant_(layer.log_alpha, 2.0),
        lambda layer: layer.half().float(),
    ],
)
def test_whatever_changes_the_weight_is_noticed(change: Any) -> None:
    layer = _layer(learn_alpha=True).eval()
    before = _evaluated(layer, _x())
    change(layer)
    after = _evaluated(layer, _x())
    assert not torch.equal(before, after)
    assert torch.equal(after, _fresh(layer, _x()))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_a_layer_moves_between_dtypes(dtype: torch.dtype) -> None:
    for layer in (_layer().eval().to(dtype), _layer(dtype=dtype).eval()):
        out = _evaluated(layer, _x(dtype))
        assert out.dtype == dtype
        assert torch.equal(out, _fresh(layer, _x(dtype)))
        layer.train()
        layer(_x(dtype)).float().sum().backward()
        assert layer.raw_weight.grad is not None
        assert layer.raw_weight.grad.dtype == dtype


@pytest.mark.parametrize("mode", [True, False])
def test_copies_are_equal_and_independent(mode: bool) -> None:
    layer = _layer(learn_alpha=True, gamma=2.0).train(mode)
    expected = _evaluated(layer, _x())
    buffer = io.BytesIO()
    torch.save(layer, buffer)
    buffer.seek(0)
    restored = _layer(learn_alpha=True, gamma=2.0).train(mode)
    nn.init.zeros_(restored.raw_weight)
    restored.load_state_dict(layer.state_dict())
    saved = torch.load(buffer, weights_only=False)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), saved, restored):
        assert repr(other) == repr(layer)
        assert torch.equal(_evaluated(other, _x()), expected)
        nn.init.zeros_(other.raw_weight)
        assert not _evaluated(other, _x()).any()
        assert torch.equal(_evaluated(layer, _x()), expected)


def test_functional_call_takes_other_weights() -> None:
    layer = _layer().eval()
    weights = {name: torch.stack([p.detach(), 2 * p.detach()]) for name, p in layer.named_parameters()}
    x = _x()
    with torch.no_grad():
        found = torch.func.vmap(lambda w: torch.func.functional_call(layer, w, (x,)))(weights)
    torch.testing.assert_close(found[0], _evaluated(layer, x))
    assert not torch.equal(found[0], found[1])


def test_a_learnt_alpha_starts_where_it_was_asked_to_and_is_learnt() -> None:
    layer = _layer(learn_alpha=True, alpha=0.3)
    torch.testing.assert_close(layer.alpha.item(), 0.3)
    assert layer.alpha.requires_grad
    torch.testing.assert_close(_layer(alpha=0.3).alpha.item(), 0.3)
    layer(_x()).sum().backward()
    assert layer.log_alpha is not None
    assert layer.log_alpha.grad
    layer.log_alpha.data.fill_(-100.0)
    torch.testing.assert_close(layer.alpha.item(), 1e-4)
    with pytest.raises(DomainError, match=r"need alpha > 0\.0001 for a learnt alpha"):
        _layer(learn_alpha=True, alpha=1e-4)


def test_the_start_has_the_variance_that_was_predicted() -> None:
    layer = _layer(64, 48, sigma="predicted")
    sigma = solve_sigma(48, 64, 0.9)
    # The standard error of a standard deviation is σ/√(2N): z = 5.
    assert abs(layer.raw_weight.std().item() / sigma - 1) < 5 / (2 * 64 * 48) ** 0.5
    assert layer.bias is not None
    assert not layer.bias.any()
    realised = layer.folded_weights()[0].square().sum().item() / 48
    assert abs(realised - 0.9) < 0.01
    assert not _layer(3, 3, sigma=0.0).weight.any()


def test_training_leaves_the_ball_at_no_step() -> None:
    layer = _layer(16, 16, gamma=0.7, learn_alpha=True)
    optimiser = torch.optim.SGD(layer.parameters(), lr=10.0)
    x = _x(n=16)
    for _ in range(30):
        optimiser.zero_grad()
        (-layer(x).norm()).backward()
        optimiser.step()
        norm = torch.linalg.matrix_norm(layer.folded_weights()[0].detach().double(), 2)
        assert norm <= 0.7 * (1 + 1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_layer_compiles_without_a_break_in_both_modes() -> None:
    torch.compiler.reset()
    layer = _layer(learn_alpha=True)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(_x()), layer(_x()))
    compiled(_x()).sum().backward()
    assert layer.log_alpha is not None
    assert layer.log_alpha.grad is not None
    layer.eval()
    with torch.no_grad():
        torch.testing.assert_close(compiled(_x()), layer(_x()))


@pytest.mark.parametrize("arguments", [(0, 3), (3, 0), (2.5, 3), (True, 3), (3, -1)])
def test_sizes_are_positive_integers(arguments: tuple[Any, Any]) -> None:
    with pytest.raises(DomainError, match=r"need (in|out)_features to be an integer >= 1"):
        LDLTLinear(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0}, "need alpha > 0"),
        ({"gamma": -1}, "need gamma > 0"),
        ({"alpha": torch.ones(())}, "need a number for alpha, got a tensor; learn_alpha"),
        ({"factor": "qr"}, "need factor to be one of cholesky, symmetric; got 'qr'"),
        ({"dtype": torch.int32}, "need a floating-point dtype"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(WishartError, match=message):
        LDLTLinear(3, 3, **options)


@pytest.mark.parametrize("mode", [True, False])
def test_an_error_names_the_layer(mode: bool) -> None:
    layer = _layer().train(mode)
    nn.init.constant_(layer.raw_weight, float("nan"))
    for context in (torch.no_grad(), torch.enable_grad()):
        with context, pytest.raises(DomainError, match=r"need finite weights, got nan, in LDLTLinear\(in_features=5"):
            layer(_x())
