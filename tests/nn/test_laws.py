"""One table of layers, one list of laws: what torch does to a module leaves the function that it was."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd import forward_ad
from torch.func import functional_call, hessian, jacfwd, jacrev, jvp, stack_module_state, vmap

from wishart_nn import LDLTChain, LDLTConv2d, LDLTLinear, LDLTNetwork, LDLTResidual, fold
from wishart_nn.parametrizations import ldlt


def _convolution(*sizes: Any, **options: Any) -> nn.Sequential:
    """Rows of six as images of one channel."""
    return nn.Sequential(nn.Unflatten(-1, (1, 2, 3)), LDLTConv2d(*sizes, **options), nn.Flatten(-3))


LAYERS: dict[str, Callable[..., Any]] = {
    "wide": lambda **o: LDLTLinear(6, 4, **o),
    "tall": lambda **o: LDLTLinear(6, 9, gamma=2.0, **o),
    "learnt": lambda **o: LDLTLinear(6, 4, learn_alpha=True, **o),
    "symmetric": lambda **o: LDLTLinear(6, 4, factor="symmetric", **o),
    "parametrised": lambda **o: ldlt(nn.Linear(6, 4, **o)),
    "chain": lambda **o: LDLTChain((6, 8, 8, 3), lipschitz=2.0, **o),
    "learnt chain": lambda **o: LDLTChain((6, 8, 8, 9), learn_alpha=True, **o),
    "symmetric chain": lambda **o: LDLTChain((6, 8, 8, 3), factor="symmetric", **o),
    "network": lambda **o: LDLTNetwork((6, 8, 8, 3), lipschitz=2.0, **o),
    "convolution": lambda **o: _convolution(1, 2, (2, 3), input_size=(2, 3), learn_alpha=True, **o),
    "strided convolution": lambda **o: _convolution(1, 6, 2, input_size=(2, 3), padding_mode="zeros", stride=2, **o),
    "residual": lambda **o: LDLTResidual((6, 8, 8, 3), lipschitz=2.0, **o),
}
EACH = pytest.mark.parametrize("name", LAYERS)
WARNINGS = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def _made(name: str, **options: Any) -> Any:
    torch.manual_seed(1)
    return LAYERS[name](**options)


def _x(rows: int = 5, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(rows, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(2)).to(dtype)


def _values(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in module.named_parameters()}


@EACH
@WARNINGS
@pytest.mark.parametrize("training", [True, False])
def test_an_exported_program_takes_any_batch(name: str, training: bool) -> None:
    module = _made(name).train(training)
    program = torch.export.export(module, (_x(),), dynamic_shapes=({0: torch.export.Dim("batch")},))
    for rows in (2, 11):
        torch.testing.assert_close(program.module()(_x(rows)), module(_x(rows)))


@EACH
@WARNINGS
def test_compiled_as_one_graph_with_its_gradients(name: str) -> None:
    torch.compiler.reset()
    module = _made(name, dtype=torch.float64)
    x, parameters = _x(dtype=torch.float64), list(module.parameters())
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), module(x))
    ours, eager = (torch.autograd.grad(f(x).square().sum(), parameters) for f in (compiled, module))
    torch.testing.assert_close(ours, eager)
    module.eval()
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), module(x))


@EACH
def test_shapes_without_values_go_through_both_ways(name: str) -> None:
    module, x = _made(name, device="meta"), torch.empty(5, 6, device="meta")
    y = module(x)
    y.sum().backward()
    assert y.is_meta
    assert all(p.grad is not None and p.grad.shape == p.shape for p in module.parameters())
    with FakeTensorMode():
        fake = _made(name)
        assert fake(torch.empty(5, 6)).shape == y.shape
        fake(torch.empty(5, 6)).sum().backward()


@EACH
@WARNINGS
def test_forward_mode_is_the_derivative(name: str) -> None:
    module, x, h = _made(name, dtype=torch.float64), _x(dtype=torch.float64), 1e-6
    values = _values(module)
    generator = torch.Generator().manual_seed(3)
    moves = {k: torch.randn(v.shape, dtype=v.dtype, generator=generator) for k, v in values.items()}

    def call(parameters: dict[str, Tensor], x: Tensor) -> Tensor:
        return functional_call(module, parameters, (x,))

    _, slope = jvp(call, (values, x), (moves, x))
    ends = [call({k: values[k] + s * h * moves[k] for k in values}, x + s * h * x) for s in (1, -1)]
    torch.testing.assert_close(slope, (ends[0] - ends[1]) / (2 * h), rtol=1e-6, atol=1e-7)
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(module(forward_ad.make_dual(x, x))).tangent
    assert tangent is not None


@EACH
@WARNINGS
def test_jacobians_of_both_modes_and_the_hessian_agree(name: str) -> None:
    module, x = _made(name, dtype=torch.float64), _x(2, torch.float64)
    values = _values(module)
    first = next(iter(values))

    def call(value: Tensor) -> Tensor:
        return functional_call(module, {**values, first: value}, (x,))

    torch.testing.assert_close(jacfwd(call)(values[first]), jacrev(call)(values[first]))
    curved = hessian(lambda value: call(value).square().sum())(values[first])
    twice = jacrev(jacrev(lambda value: call(value).square().sum()))(values[first])
    torch.testing.assert_close(curved, twice)


@EACH
def test_vmap_over_inputs_and_over_an_ensemble(name: str) -> None:
    modules = [LAYERS[name](dtype=torch.float64) for _ in range(3)]
    x = _x(dtype=torch.float64)
    torch.testing.assert_close(vmap(modules[0])(x), modules[0](x))
    # In a container: torch gives every parametrised layer a class of its own, and stacks one class only.
    stack = [nn.Sequential(each) for each in modules]
    parameters, buffers = stack_module_state(stack)
    base = copy.deepcopy(stack[0]).to("meta")
    together = vmap(lambda p, b: functional_call(base, (p, b), (x,)))(parameters, buffers)
    torch.testing.assert_close(together, torch.stack([each(x) for each in stack]))


@EACH
def test_under_autocast_the_dtype_is_autocast_s_whatever_the_batch(name: str) -> None:
    module = _made(name)
    for rows in (2, 64):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = module(_x(rows))
            y.float().square().mean().backward()  # inside, as some write it
        assert y.dtype == torch.bfloat16
        torch.testing.assert_close(y.float(), module(_x(rows)), rtol=0.05, atol=0.05)


@EACH
def test_no_rows_and_inference_mode(name: str) -> None:
    module = _made(name)
    assert len(module(_x(0))) == 0
    with torch.inference_mode():
        expected = module.eval()(_x())
    module.train()(_x()).sum().backward()
    torch.testing.assert_close(module(_x()), expected)


@EACH
@WARNINGS
@pytest.mark.parametrize(
    ("scale", "rank_one"),
    [
        pytest.param(1e-9, False, marks=pytest.mark.slow),
        pytest.param(1e6, False, marks=pytest.mark.slow),
        (1e15, True),
    ],
)
def test_one_accuracy_in_every_mode(name: str, scale: float, rank_one: bool) -> None:
    if scale == 1e15 and "symmetric" in name:
        scale = 1e8  # beyond it the symmetric factor is refused
    torch.compiler.reset()
    module = _made(name)
    with torch.no_grad():
        for p in module.parameters():
            if p.ndim >= 2:
                matrix = p.flatten(1)
                p.copy_(scale * (matrix[:, :1] @ matrix[:1, :] if rank_one else matrix).reshape(p.shape))
    x, parameters = _x(), dict(module.named_parameters())
    exact = copy.deepcopy(module).double()(x.double())
    program = torch.export.export(module, (x,))
    modes = {
        "eager": module(x),
        "compile": torch.compile(module, backend="aot_eager")(x),
        "export": program.module()(x),
        "vmap": vmap(module)(x),
        "jvp": jvp(lambda z: functional_call(module, parameters, (z,)), (x,), (x,))[0],
        "folded": fold(module)(x),
    }
    for mode, y in modes.items():
        assert (y.double() - exact).norm() <= 1e-5 * exact.norm(), mode
