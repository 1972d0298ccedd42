"""The convolution against its dense matrix, its bound, its law, and what torch and this package do with it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError, WishartError
from wishart_nn import (
    CircularConv2d,
    GroupSort,
    LDLTConv2d,
    LDLTLinear,
    certified_radius,
    convert_,
    fold,
    ldlt_normal_,
    ldlt_weight,
    lipschitz_bound,
    lipschitz_lower_bound,
    match_step_,
    measure_profile,
    rescale_to_step_,
)
from wishart_nn.convolution_law import convolution_sigma, convolution_variance
from wishart_nn.functions import factored
from wishart_nn.spectral import Grid

linalg: Any = torch.linalg

# (inputs, outputs, kernel, size, stride, groups, padding)
SHAPES: list[tuple[Any, ...]] = [
    (3, 4, 3, (6, 5), 1, 1, "circular"),
    (6, 4, 3, (4, 6), 2, 2, "circular"),
    (3, 2, (2, 3), (4, 6), 2, 1, "circular"),
    (2, 5, (4, 1), (4, 3), 1, 1, "circular"),
    (3, 4, 3, (5, 6), 1, 1, "zeros"),
    (2, 8, 3, (5, 7), 2, 1, "zeros"),
]
EACH = pytest.mark.parametrize("shape", SHAPES, ids=str)


seeded: Any = torch.random.manual_seed


def made(shape: tuple[Any, ...], **options: Any) -> LDLTConv2d:
    seeded(3)
    inputs, outputs, kernel, size, stride, groups, padding = shape
    given: dict[str, Any] = {"dtype": torch.float64, "gamma": 1.3, "sigma": 0.7, **options}
    return LDLTConv2d(
        inputs, outputs, kernel, input_size=size, stride=stride, groups=groups, padding_mode=padding, **given
    )


def images(layer: LDLTConv2d, rows: int = 4) -> Tensor:
    generator = torch.Generator().manual_seed(4)
    return torch.randn(rows, layer.grid.inputs, *layer.grid.size, dtype=torch.float64, generator=generator)


def by_torch(layer: LDLTConv2d, x: Tensor, weight: Tensor) -> Tensor:
    """The convolution of the free kernel by torch."""
    g = layer.grid
    (kh, kw), circular = g.kernel, not g.zeros
    sides = ((kw - 1) // 2, kw // 2, (kh - 1) // 2, kh // 2)
    padded = nn.functional.pad(x, sides, mode="circular" if circular else "constant")
    return nn.functional.conv2d(padded, weight, stride=g.stride, groups=g.groups)


def dense(f: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> Tensor:
    """The matrix of a linear map: its values on the basis."""
    size = torch.Size(shape).numel()
    basis = torch.eye(size, dtype=torch.float64).reshape(size, *shape)
    return f(basis).flatten(1).mT.detach()


@EACH
def test_the_matrices_are_those_of_the_convolution(shape: tuple[Any, ...]) -> None:
    layer = made(shape)
    x = images(layer)
    ours = CircularConv2d(layer.grid, layer.grid.matrices(layer.raw_weight))
    torch.testing.assert_close(ours(x), by_torch(layer, x, layer.raw_weight))


@EACH
def test_every_singular_value_of_the_dense_matrix_is_that_of_the_dense_layer(shape: tuple[Any, ...]) -> None:
    layer = made(shape, bias=False)
    if layer.grid.zeros:  # the layer of the larger grid, of which the input is a part
        layer = made((*shape[:3], layer.grid.whole, *shape[4:6], "circular"), bias=False)
    size = images(layer).shape[1:]
    found = dense(layer, size)
    expected = ldlt_weight(dense(lambda x: by_torch(layer, x, layer.raw_weight), size), 1.0, 1.3, factor="symmetric")
    torch.testing.assert_close(linalg.svdvals(found), linalg.svdvals(expected))


@EACH
def test_the_bound_is_the_norm_of_the_dense_matrix_rounded_up(shape: tuple[Any, ...]) -> None:
    layer = made(shape, bias=False)
    norm = linalg.matrix_norm(dense(layer, images(layer).shape[1:]), 2).item()
    bound = lipschitz_bound(layer)
    assert bound.certified
    assert norm <= bound.upper < 1.3
    if not layer.grid.zeros:
        assert bound.upper < norm * (1 + 1e-9)
        assert lipschitz_lower_bound(layer, images(layer), steps=200) > norm * 0.99
    assert lipschitz_lower_bound(layer, images(layer)) <= bound.upper


@EACH
def test_folded_in_every_way_it_computes_the_same(shape: tuple[Any, ...]) -> None:
    layer = made(shape).eval()
    with torch.no_grad():
        layer.bias.normal_()
        x = images(layer)
        expected = layer.train()(x)
        torch.testing.assert_close(layer.eval()(x), expected)
        folded = fold(nn.Sequential(layer))[0]
        assert isinstance(folded, CircularConv2d)
        torch.testing.assert_close(folded(x), expected)
        if layer.grid.zeros:
            with pytest.raises(DomainError, match="need circular padding"):
                folded.plain()
        else:
            torch.testing.assert_close(folded.plain()(x), expected)


def test_gradients_of_first_and_second_order() -> None:
    for shape in (SHAPES[1], SHAPES[5]):
        layer = made(shape, learn_alpha=True)
        x = images(layer, 2).requires_grad_()
        parameters: list[Any] = [layer.raw_weight, layer.log_alpha, layer.bias]

        def call(x: Tensor, w: Tensor, theta: Tensor, bias: Tensor, layer: nn.Module = layer) -> Tensor:
            values = {"raw_weight": w, "log_alpha": theta, "bias": bias}
            return torch.func.functional_call(layer, values, (x,))

        assert torch.autograd.gradcheck(call, (x, *parameters), fast_mode=True)
        assert torch.autograd.gradgradcheck(call, (x, *parameters), fast_mode=True)


@EACH
def test_the_symmetric_factor_is_the_dense_one(shape: tuple[Any, ...]) -> None:
    layer = made(shape, bias=False, factor="symmetric")
    if layer.grid.zeros:
        layer = made((*shape[:3], layer.grid.whole, *shape[4:6], "circular"), bias=False, factor="symmetric")
    size = images(layer).shape[1:]
    free = dense(lambda x: by_torch(layer, x, layer.raw_weight), size)
    torch.testing.assert_close(dense(layer, size), ldlt_weight(free, 1.0, 1.3, factor="symmetric"))


def test_the_symmetric_factor_has_its_gradients_compiled_too() -> None:
    layer: Any = made(SHAPES[1], factor="symmetric", learn_alpha=True)
    x, parameters = images(layer, 2), [layer.raw_weight, layer.log_alpha]

    def call(w: Tensor, theta: Tensor) -> Tensor:
        return torch.func.functional_call(layer, {"raw_weight": w, "log_alpha": theta}, (x,))

    assert torch.autograd.gradcheck(call, parameters, fast_mode=True)
    assert torch.autograd.gradgradcheck(call, parameters, fast_mode=True)
    torch.compiler.reset()
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    ours, eager = (torch.autograd.grad(f(x).square().sum(), parameters) for f in (compiled, layer))
    torch.testing.assert_close(ours, eager)


@pytest.mark.parametrize("scale", [1.0, 1e9])
def test_the_complex_factors_are_their_definition(scale: float) -> None:
    generator = torch.Generator().manual_seed(7)
    w = scale * torch.randn(3, 2, 5, dtype=torch.complex128, generator=generator)
    v, j, _ = factored(w, 0.5)
    eye = torch.eye(2, dtype=w.dtype).expand(3, 2, 2)
    torch.testing.assert_close(v @ v.mH + 0.5 * j @ j.mH, eye)
    torch.testing.assert_close(j.triu(1), torch.zeros_like(j))
    assert bool((j.diagonal(dim1=-2, dim2=-1).imag.abs() <= 1e-15 * j.abs().amax()).all())
    if scale == 1:
        torch.testing.assert_close(v, linalg.inv(linalg.cholesky(0.5 * eye + w @ w.mH)) @ w)
        alpha = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda w, a: factored(w, a)[:2], (w.requires_grad_(), alpha))


def test_the_kept_weight_follows_its_parameters() -> None:
    layer = made(SHAPES[0]).eval()
    x = images(layer)
    with torch.no_grad():
        first = layer(x)
        assert layer.present("cholesky") is layer.present("cholesky")
        layer.raw_weight.mul_(2)
        assert not torch.allclose(layer(x), first)
        layer.rescale_(0.5)
        layer.raw_weight.mul_(0.5 * 2)
        torch.testing.assert_close(layer(x), layer.train()(x))


def test_another_size_of_the_input_is_refused() -> None:
    layer = made(SHAPES[0])
    for module in (layer, layer.fold()):
        with pytest.raises(DomainError, match=r"need inputs of shape \(\.\.\., 3, 6, 5\), got \(1, 3, 5, 6\)"):
            module(torch.zeros(1, 3, 5, 6, dtype=torch.float64))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_size": 5, "stride": 2}, "multiples of the stride 2"),
        ({"input_size": 2}, "kernel_size <= input_size"),
        ({"input_size": 4, "groups": 2}, "multiples of groups = 2"),
        ({"input_size": 4, "padding_mode": "reflect"}, "padding_mode"),
        ({"input_size": (4, 4, 4)}, "input_size"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(WishartError, match=message):
        LDLTConv2d(3, 4, 3, **options)


def test_one_pixel_is_the_dense_layer() -> None:
    layer, linear = LDLTConv2d(5, 3, 1, input_size=1), LDLTLinear(5, 3)
    linear.load_state_dict({**linear.state_dict(), "raw_weight": layer.raw_weight.detach().flatten(1)})
    x = torch.randn(4, 5)
    torch.testing.assert_close(layer(x[:, :, None, None]).flatten(1), linear(x))
    assert layer.sigmas("predicted") == linear.sigmas("predicted")


@pytest.mark.parametrize("count", [6, pytest.param(1000, marks=pytest.mark.slow)])
def test_no_kernel_that_trains_against_the_bound_breaks_it(count: int) -> None:
    for seed in range(count):
        layer = made(SHAPES[seed % len(SHAPES)], sigma=10.0 ** (seed % 7 - 3), gamma=1.0, bias=False)
        ldlt_normal_(layer, layer.sigma, generator=torch.Generator().manual_seed(seed))
        x = torch.nn.Parameter(images(layer))
        ascent: Any = torch.optim.Adam([layer.raw_weight, x], lr=0.1, maximize=True)
        for _ in range(20):
            ascent.zero_grad()
            lengths: Any = [linalg.vector_norm(each.flatten(1), dim=1) for each in (layer(x), x)]
            (lengths[0] / lengths[1]).sum().backward()
            ascent.step()
        norm = linalg.matrix_norm(dense(layer, images(layer).shape[1:]), 2).item()
        assert norm <= lipschitz_bound(layer).upper <= 1 + 1e-9


def test_a_kernel_of_the_whole_grid_has_an_exact_law() -> None:
    for grid in (Grid(3, 4, (4, 5), (4, 5)), Grid(3, 4, (8, 8), (4, 4)), Grid(2, 4, (4, 4), (4, 4), 2)):
        law = convolution_variance(grid, 0.3, gamma=2.0)
        assert law.exactness == "exact"
        drawn = measured(grid, 0.3, 400)
        assert abs(4 * drawn.mean().item() - law.value) < 4 * 4 * drawn.std().item() / 400**0.5


@pytest.mark.parametrize("grid", [Grid(3, 4, (5, 8), (3, 3)), Grid(3, 4, (6, 6), (3, 3), 2)])
def test_the_law_of_a_small_kernel_says_what_is_measured(grid: Grid) -> None:
    law = convolution_variance(grid, 0.3)
    assert law.exact < 1
    assert law.exactness.startswith("measured")
    drawn = measured(grid, 0.3, 400)
    assert abs(drawn.mean().item() - law.value) < 4 * (law.error + drawn.std().item() / 20)


def measured(grid: Grid, sigma: float, draws: int) -> Tensor:
    """‖Y‖² per output of as many kernels."""
    sizes: dict[str, Any] = {"input_size": grid.size, "stride": grid.stride, "sigma": sigma, "dtype": torch.float64}
    layer = LDLTConv2d(grid.inputs, grid.outputs, grid.kernel, **sizes)
    found: list[float] = []
    with torch.no_grad():
        for _ in range(draws):
            layer.reset_parameters()
            found.append(layer.folded_weights()[0].square().sum().item() / grid.outputs)
    return torch.tensor(found)


def test_the_predicted_sigma_gives_the_variance() -> None:
    for grid in (
        Grid(6, 8, (8, 8), (8, 8)),
        Grid(6, 8, (5, 4), (5, 4)),
        Grid(6, 8, (2, 1), (2, 1)),
        Grid(6, 8, (8, 8), (4, 4)),
    ):
        sigma = convolution_sigma(grid, target_variance=0.5)
        assert convolution_variance(grid, sigma).value == pytest.approx(0.5, rel=1e-12)
    grid = Grid(6, 8, (8, 8), (3, 3))
    sigma = convolution_sigma(grid, target_variance=0.5)
    assert convolution_variance(grid, sigma).value == pytest.approx(0.5, rel=0.02)
    assert convolution_sigma(grid, "he") == pytest.approx((6 * 9) ** -0.5)
    assert convolution_sigma(grid, 0.25) == 0.25


def network() -> nn.Sequential:
    seeded(5)
    return nn.Sequential(
        LDLTConv2d(1, 4, 3, input_size=8, sigma="shared"),
        GroupSort(2, dim=-3),
        LDLTConv2d(4, 8, 3, input_size=8, stride=2, padding_mode="zeros", sigma="shared"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        LDLTLinear(32, 3, sigma="shared"),
    )


def test_a_network_is_initialised_matched_and_stepped_like_any_other() -> None:
    model = network()
    ldlt_normal_(model, "shared")
    x = torch.randn(16, 1, 8, 8)
    before = model(x)
    match_step_(model, lr=0.1)
    torch.testing.assert_close(model(x), before, atol=1e-5, rtol=1e-5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    (1e5 * model(x).square().sum()).backward()
    before = model(x)
    assert rescale_to_step_(model, optimizer, lr=0.1, momentum=0.9)
    torch.testing.assert_close(model(x), before, atol=1e-5, rtol=1e-5)
    state = model.state_dict()
    other = network()
    other.load_state_dict(state)
    torch.testing.assert_close(other(x), model(x))
    with pytest.raises(DomainError, match="need the state of a layer"):
        LDLTConv2d(1, 4, 3, input_size=9).load_state_dict(model[0].state_dict())


def test_the_bound_of_a_network_is_the_product_and_holds() -> None:
    model = network().eval()
    bound = lipschitz_bound(model)
    assert bound.certified
    assert len(bound.norms) == 3
    assert bound.upper <= 1
    x = torch.randn(16, 1, 8, 8)
    assert 0 < lipschitz_lower_bound(model, x) <= bound.upper
    radius = certified_radius(model, x)
    assert radius.shape == (16,)
    assert (radius > 0).any()


def test_the_profile_of_a_convolutional_network() -> None:
    seeded(6)
    convolutions = LDLTConv2d(3, 16, 3, input_size=8), nn.ReLU(), LDLTConv2d(16, 16, 4, input_size=8)
    model = nn.Sequential(*convolutions, nn.ReLU(), nn.Flatten(), LDLTLinear(16 * 64, 10))
    ratios: list[list[float]] = []
    for _ in range(20):
        ldlt_normal_(model)
        profile = measure_profile(model, torch.randn(20, 3, 8, 8))
        assert profile.predicted.exactness.startswith("for white inputs of a convolution; measured at 94%")
        pairs = zip(profile.measured.layers, profile.predicted.layers, strict=True)
        ratios.append([part for a, b in pairs for part in (a.before / b.before, a.gradient_after / b.gradient_after)])
    spread = torch.tensor(ratios)
    assert ((spread.mean(0) - 1).abs() < 4 * spread.std(0) / 20**0.5 + 0.02).all()
    assert (spread.std(0) < 0.5).all()


def test_conv2d_is_converted_with_a_sample() -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(4, 8, 3, stride=2, padding=1, padding_mode="circular", groups=2, bias=False),
        nn.Flatten(),
        nn.Linear(8 * 16, 2),
    )
    shapes = [p.shape for p in model.parameters()]
    converted: Any = convert_(model, lipschitz=8.0, sample=torch.zeros(1, 3, 8, 8))
    assert [type(each).__name__ for each in converted] == ["LDLTConv2d", "ReLU", "LDLTConv2d", "Flatten", "LDLTLinear"]
    assert sorted(p.shape for p in converted.parameters()) == sorted(shapes)
    assert converted[0].gamma == 2
    assert converted[0].grid.zeros
    assert not converted[2].grid.zeros
    assert lipschitz_bound(converted).upper <= 8
    assert converted(torch.zeros(5, 3, 8, 8)).shape == (5, 2)


@pytest.mark.parametrize(
    ("conv", "message"),
    [
        (nn.Conv2d(3, 3, 3), "need padding"),
        (nn.Conv2d(3, 3, 3, padding=2, dilation=2), "no dilation"),
        (nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"), "zero or circular padding"),
    ],
)
def test_a_conv2d_with_another_output_is_refused(conv: nn.Conv2d, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        convert_(nn.Sequential(conv), sample=torch.zeros(1, 3, 8, 8))


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3, "padding": "same", "padding_mode": "circular"},
        {"kernel_size": (2, 4), "padding": "same"},
        {"kernel_size": 3, "padding": 1, "stride": 2},
        {"kernel_size": 2, "stride": 2},
        {"kernel_size": 1, "stride": 3},
        {"kernel_size": (5, 3), "padding": (2, 1), "groups": 2},
    ],
    ids=str,
)
def test_any_conv2d_on_a_grid_has_a_bound(options: dict[str, Any]) -> None:
    conv: Any = nn.Conv2d(2, 4, **options, dtype=torch.float64)
    x = torch.randn(3, 2, 6, 7 if conv.stride == (1, 1) else 6, dtype=torch.float64)
    ours = CircularConv2d.of(conv, (x.shape[-2], x.shape[-1]))
    torch.testing.assert_close(ours(x), conv(x))
    norm = linalg.matrix_norm(dense(lambda x: conv(x) - conv(torch.zeros_like(x)), x.shape[1:]), 2).item()
    found = lipschitz_bound(ours).upper
    assert norm <= found
    if not ours.grid.zeros:
        assert found == pytest.approx(norm, rel=1e-9)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
def test_an_entry_that_is_not_finite_is_named_itself(factor: Any, value: str) -> None:
    layer = made(SHAPES[0], factor=factor)
    layer.raw_weight.data[0, 0, 0, 0] = float(value)
    with pytest.raises(DomainError, match=rf"need finite weights, got {value}, in LDLTConv2d"):
        layer(images(layer))
