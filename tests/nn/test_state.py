"""What is saved, loaded, copied, averaged or converted is the function that it was; what is kept is never stale."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.optim.swa_utils import AveragedModel

from wishart_moments.errors import DomainError
from wishart_nn.chain import LDLTChain
from wishart_nn.linear import LDLTLinear
from wishart_nn.network import LDLTNetwork
from wishart_nn.parametrizations import ldlt
from wishart_nn.residual import LDLTResidual
from wishart_nn.step_matching import match_step_


def _matched(module: Any) -> Any:
    match_step_(module, lr=3e-3)
    return module


ODD: dict[str, Any] = {"alpha": 0.1, "sigma": "he"}
PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "linear": (lambda **o: LDLTLinear(6, 4, gamma=5, **ODD, **o), lambda **o: LDLTLinear(6, 4, **o)),
    "learnt": (
        lambda **o: _matched(LDLTLinear(6, 4, learn_alpha=True, gamma=2, **ODD, **o)),
        lambda **o: LDLTLinear(6, 4, learn_alpha=True, **o),
    ),
    "chain": (
        lambda **o: _matched(LDLTChain((6, 8, 8, 4), lipschitz=3, **ODD, **o)),
        lambda **o: LDLTChain((6, 8, 8, 4), **o),
    ),
    "learnt chain": (
        lambda **o: _matched(LDLTChain((6, 8, 8, 4), learn_alpha=True, **ODD, **o)),
        lambda **o: LDLTChain((6, 8, 8, 4), learn_alpha=True, **o),
    ),
    "symmetric": (
        lambda **o: LDLTChain((6, 8, 4), factor="symmetric", **ODD, **o),
        lambda **o: LDLTChain((6, 8, 4), factor="symmetric", **o),
    ),
    "network": (
        lambda **o: _matched(LDLTNetwork((6, 8, 8, 4), lipschitz=3, **ODD, **o)),
        lambda **o: LDLTNetwork((6, 8, 8, 4), **o),
    ),
    "residual": (
        lambda **o: _matched(LDLTResidual((6, 8, 8, 4), lipschitz=3, **ODD, **o)),
        lambda **o: LDLTResidual((6, 8, 8, 4), **o),
    ),
    "parametrised": (
        lambda **o: ldlt(nn.Linear(6, 4, **o), alpha=0.1, gamma=5),
        lambda **o: ldlt(nn.Linear(6, 4, **o)),
    ),
}
EACH = pytest.mark.parametrize("name", PAIRS)


def _x() -> Tensor:
    return torch.randn(9, 6, generator=torch.Generator().manual_seed(1))


def _of(module: Any, mode: bool = False) -> Tensor:
    module.train(mode)
    with torch.no_grad():
        return module(_x())


def _loaded(source: Any, fresh: Any, **options: Any) -> Any:
    fresh.load_state_dict({key: value.clone() for key, value in source.state_dict().items()}, **options)
    return fresh


def _averaged(source: Any) -> Any:
    averaged = AveragedModel(source)
    for _ in range(2):
        averaged.update_parameters(source)
    return averaged.module


def _emptied(source: Any, fresh: Any) -> Any:
    return _loaded(source, fresh.to("meta").to_empty(device="cpu"))


ROUTES: dict[str, Callable[[Any, Any], Any]] = {
    "load": _loaded,
    "assign": lambda source, fresh: _loaded(source, fresh, assign=True),
    "deepcopy": lambda source, _: copy.deepcopy(source),
    "pickle": lambda source, fresh: (
        _loaded(source, fresh)
        if hasattr(source, "parametrizations")
        else pickle.loads(pickle.dumps(source))  # torch refuses to pickle parametrised modules
    ),
    "average": lambda source, _: _averaged(source),
    "meta": _emptied,
    "meta, assign": lambda source, fresh: _loaded(source, fresh.to("meta"), assign=True),
    "values": lambda source, fresh: (
        [a.copy_(b) for a, b in zip(fresh.state_dict().values(), source.state_dict().values(), strict=True)],
        fresh,
    )[1],
}


@EACH
@pytest.mark.parametrize("route", ROUTES)
def test_the_state_is_the_function_to_the_bit(name: str, route: str) -> None:
    make, plain = PAIRS[name]
    source, fresh = make(), plain()
    assert not torch.equal(_of(source), _of(fresh))
    found = ROUTES[route](source, fresh)
    for mode in (False, True):
        assert torch.equal(_of(found, mode), _of(source, mode))


@EACH
def test_safetensors_keep_the_function(name: str, tmp_path: Any) -> None:
    safetensors = pytest.importorskip("safetensors.torch")
    make, plain = PAIRS[name]
    source, fresh = make(), plain()
    safetensors.save_file(source.state_dict(), tmp_path / "state")
    fresh.load_state_dict(safetensors.load_file(tmp_path / "state"))
    assert torch.equal(_of(fresh), _of(source))


def test_a_layer_without_storage_knows_its_numbers() -> None:
    layer = nn.utils.skip_init(LDLTLinear, 6, 4, alpha=0.25, gamma=3.0)
    assert (layer.alpha.item(), layer.gamma) == (0.25, 3.0)


@pytest.mark.parametrize(
    ("source", "other"),
    [
        (LDLTLinear(6, 4), LDLTLinear(6, 4, factor="symmetric")),
        (LDLTChain((6, 8, 4)), LDLTChain((6, 8, 4), factor="symmetric")),
        (LDLTChain((6, 8, 4)), LDLTChain((6, 8, 4), activation="tanh")),
        (ldlt(nn.Linear(6, 4)), ldlt(nn.Linear(6, 4), factor="symmetric")),
    ],
)
def test_the_state_of_another_kind_is_refused(source: Any, other: Any) -> None:
    with pytest.raises(DomainError, match="need the state of a layer with"):
        other.load_state_dict(source.state_dict())


@EACH
def test_a_state_without_its_numbers_is_refused(name: str) -> None:
    module = PAIRS[name][1]()
    state = {key: value for key, value in module.state_dict().items() if not key.endswith("law")}
    with pytest.raises(RuntimeError, match="law"):
        module.load_state_dict(state)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
@EACH
def test_numbers_out_of_their_domain_are_refused(name: str, value: float) -> None:
    module = PAIRS[name][1]()
    for key, law in module.state_dict().items():
        if key.endswith("law"):
            law[0] = value
    with pytest.raises(DomainError, match="need alpha"):
        _of(module)


@EACH
def test_the_numbers_survive_every_precision(name: str) -> None:
    module = PAIRS[name][0]()
    laws = [law.clone() for key, law in module.state_dict().items() if key.endswith("law")]
    module.bfloat16().double().float()
    after = [law for key, law in module.state_dict().items() if key.endswith("law")]
    assert all(torch.equal(a, b) and b.dtype == torch.float64 for a, b in zip(laws, after, strict=True))


@pytest.mark.parametrize("lr", [1e-2, 1e-5, 1e-7, 1e-9])
def test_half_precision_of_a_matched_network_is_right_or_refused(lr: float) -> None:
    torch.manual_seed(0)
    chain = LDLTChain((6, 8, 8, 4), sigma="he")
    match_step_(chain, lr=lr)
    expected = _of(chain)
    if lr < 1e-6:
        with pytest.raises(DomainError, match=r"need weights that torch\.float16 holds"):
            chain.half()
        assert torch.equal(_of(chain), expected)
    else:
        torch.testing.assert_close(chain.half()(_x().half()).float(), expected, rtol=0.02, atol=2e-3)


def test_a_network_that_half_precision_does_not_hold_stays_as_it_is() -> None:
    network = LDLTNetwork((6, 8, 8, 4))
    network.linears[-1].rescale_(1e-9)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(DomainError, match=r"need weights that torch\.float16 holds"):
        network.half()
    after = network.state_dict()
    assert all(torch.equal(after[name], value) and after[name].dtype == value.dtype for name, value in before.items())


@EACH
@pytest.mark.parametrize("place", [0, -2])
@pytest.mark.parametrize("value", [-1.0, float("nan")])
def test_numbers_of_an_ensemble_are_looked_at(name: str, place: int, value: float) -> None:
    stack = [nn.Sequential(PAIRS[name][1]()) for _ in range(2)]
    parameters, buffers = stack_module_state(stack)
    law = next(buffer for key, buffer in buffers.items() if key.endswith("law"))
    law[1, place] = value
    base, x = copy.deepcopy(stack[0]).to("meta"), _x()
    with pytest.raises(DomainError, match="need alpha"):
        vmap(lambda p, b: functional_call(base, (p, b), (x,)))(parameters, buffers)


def _weight(module: Any) -> nn.Parameter:
    return next(p for p in module.parameters() if p.ndim == 2)


def _fused(module: Any, optimizer: Any) -> None:
    _weight(module).grad = torch.ones_like(_weight(module))
    optimizer([_weight(module)], lr=0.1, fused=True).step()


def _through_inference(module: Any) -> None:
    with torch.inference_mode():
        _weight(module).mul_(1.5)


def _hooked(module: Any) -> None:
    def change(*_: Any) -> None:
        _weight(module).data.fill_(0.25).add_(torch.eye(*_weight(module).shape))

    module.register_forward_pre_hook(change)


def _swapped(module: Any) -> None:
    other = torch.rand_like(_weight(module))
    _weight(module).data.copy_(other).untyped_storage()


def _broadcast(module: Any) -> None:
    store = torch.distributed.HashStore()
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        data = _weight(module).detach()
        torch.distributed.all_reduce(data.mul_(2))
        torch.distributed.broadcast(data, 0)
    finally:
        torch.distributed.destroy_process_group()


WAYS: dict[str, Callable[[Any], Any]] = {
    "data.mul_": lambda m: _weight(m).data.mul_(2),
    "data.copy_": lambda m: _weight(m).data.copy_(torch.ones_like(_weight(m))),
    "data[...] =": lambda m: _weight(m).data.__setitem__((0, 0), 7.0),
    "data =": lambda m: setattr(_weight(m), "data", _weight(m).data * 2),
    "lerp_": lambda m: _weight(m).data.lerp_(torch.ones_like(_weight(m)), 0.1),
    "numpy": lambda m: _weight(m).detach().numpy().__imul__(2),
    "memoryview": lambda m: memoryview(_weight(m).detach().numpy()).__setitem__((0, 0), 7.0),
    "dlpack": lambda m: torch.from_dlpack(_weight(m).detach()).mul_(2),
    "shared memory": lambda m: (m.share_memory(), _weight(m).detach().numpy().__imul__(2)),
    "storage": lambda m: _weight(m).untyped_storage().copy_(torch.rand_like(_weight(m)).untyped_storage()),
    "set_": lambda m: _weight(m).set_(torch.rand_like(_weight(m))),
    "fused Adam": lambda m: _fused(m, torch.optim.Adam),
    "fused AdamW": lambda m: _fused(m, torch.optim.AdamW),
    "fused SGD": lambda m: _fused(m, torch.optim.SGD),
    "broadcast": _broadcast,
    "hook": _hooked,
    "inference mode": _through_inference,
    "swapped contents": _swapped,
    "foreach": lambda m: torch._foreach_mul_([_weight(m).data], 2.0),
    "vector": lambda m: nn.utils.vector_to_parameters(
        torch.rand(sum(p.numel() for p in m.parameters())), m.parameters()
    ),
    "init": lambda m: nn.init.normal_(_weight(m)),
    "state": lambda m: m.load_state_dict({k: v if k.endswith("law") else v + 1 for k, v in m.state_dict().items()}),
    "law": lambda m: [v.data.__setitem__(0, 9.0) for k, v in m.state_dict().items() if k.endswith("law")],
}


@EACH
@pytest.mark.parametrize("way", WAYS)
def test_no_weight_is_stale(name: str, way: str) -> None:
    module = PAIRS[name][1]()
    if way == "state" and name == "parametrised":
        pytest.skip("its state is that of the layer")
    module.eval()
    with torch.no_grad():
        before = module(_x())
        assert torch.equal(module(_x()), before)
        WAYS[way](module)
        after = module(_x())
        fresh = copy.deepcopy(module)
        fresh._forward_pre_hooks.clear()
        assert torch.equal(after, fresh.train().eval()(_x()))
    assert not torch.equal(after, before)
