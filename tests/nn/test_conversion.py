"""A network of one's own made Lipschitz, and made plain again: what was shared, frozen or kept stays so."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_nn import (
    LDLTChain,
    LDLTLinear,
    LDLTNetwork,
    PiecewiseLinear,
    convert_,
    fold,
    ldlt_normal_,
    lipschitz_bound,
    lipschitz_lower_bound,
    match_step_,
    measure_profile,
    predicted_profile,
)
from wishart_nn.parametrizations import ldlt


def _x(rows: int = 7, features: int = 6) -> Tensor:
    return torch.randn(rows, features, generator=torch.Generator().manual_seed(0))


def _mlp() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Sequential(nn.Linear(8, 8), nn.ReLU()), nn.Linear(8, 2))


class _Skip(nn.Module):
    """A tree that is no nn.Sequential, with a layer and a weight in two places."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 6)
        self.again = self.first
        self.third.weight = self.second.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.third(self.again(x) + self.second(self.first(x).relu()))


def test_every_layer_gets_its_share_of_the_bound() -> None:
    model = convert_(_mlp(), lipschitz=8.0)
    layers = [each for each in model.modules() if isinstance(each, LDLTLinear)]
    assert [round(each.gamma, 12) for each in layers] == [2.0, 2.0, 2.0]
    bound = lipschitz_bound(model)
    assert lipschitz_lower_bound(model, _x()) <= bound.upper <= 8.0


def test_the_start_is_the_recommended_one() -> None:
    model = convert_(_mlp())
    shares = [each.sigmas("shared")[0] for each in (model[0], model[3])]
    expected = LDLTNetwork((6, 8, 8, 2))
    assert [layer.sigma for layer in expected.linears] == ["predicted(1/3)"] * 3
    assert model[0].sigma == "predicted(1/3)"
    assert all(share > 0 for share in shares)
    assert LDLTChain((6, 8, 2)).sigma == "shared"


def test_what_is_shared_stays_shared() -> None:
    model: Any = convert_(_Skip())
    assert model.first is model.again
    assert model.second is not model.third
    assert model.second.raw_weight is model.third.raw_weight
    assert len(list(model.parameters())) == 5  # two raw weights, three biases
    model(_x()).sum().backward()
    plain = fold(model)
    torch.testing.assert_close(plain(_x()), model(_x()))
    assert plain.first is plain.again
    assert not any(isinstance(each, LDLTLinear) for each in plain.modules())


def test_frozen_layers_stay_frozen_and_biases_are_kept() -> None:
    model = _mlp()
    model[0].weight.requires_grad_(False)
    bias = model[0].bias
    convert_(model.eval())
    layers = [each for each in model.modules() if isinstance(each, LDLTLinear)]
    assert [each.raw_weight.requires_grad for each in layers] == [False, True, True]
    assert model[0].bias is bias
    assert not any(each.training for each in layers)


@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
def test_kept_weights_are_the_matrices_that_they_were(factor: Any) -> None:
    model = _mlp().double()
    x = _x().double()
    before = model(x)
    torch.testing.assert_close(
        convert_(model, lipschitz=1e3, keep=True, factor=factor)(x), before, rtol=1e-9, atol=1e-9
    )
    with pytest.raises(DomainError, match=r"need a matrix of norm < gamma = 0\.1, got .*, in '0'"):
        convert_(_mlp(), lipschitz=1e-3, keep=True)


def test_an_nn_linear_itself_is_replaced() -> None:
    layer = nn.Linear(6, 4)
    made = convert_(layer, sigma="he", alpha=0.5, learn_alpha=True)
    assert isinstance(made, LDLTLinear)
    assert made.bias is layer.bias
    torch.testing.assert_close(made.alpha, torch.tensor(0.5))


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Conv2d(1, 2, 3), "Conv2d at 'inner': give a sample of the input, so that the size of its grid is known"),
        (nn.MultiheadAttention(4, 2), "attention is not Lipschitz"),
        (nn.LSTM(4, 4), "recurrent layers are not converted"),
        (nn.Bilinear(3, 3, 3), "a bilinear layer is not Lipschitz"),
        (nn.LazyLinear(3), "run the model once"),
        (nn.ReLU(), "need a model with nn.Linear layers, got Sequential without any"),
    ],
)
def test_what_cannot_be_converted_is_named(module: nn.Module, message: str) -> None:
    tree = nn.Sequential()
    tree.add_module("inner", module)
    with pytest.raises(DomainError, match=message.replace(".", r"\.")):
        convert_(tree)


def test_a_weight_that_another_kind_of_layer_shares_is_refused() -> None:
    model = nn.Sequential(nn.Embedding(6, 4), nn.Linear(4, 6))
    model[1].weight = model[0].weight
    with pytest.raises(DomainError, match="whose weight Embedding shares"):
        convert_(model)


def test_folding_leaves_the_original_as_it_was() -> None:
    for model in (convert_(_mlp()), nn.Sequential(ldlt(nn.Linear(6, 4)), nn.Tanh()), ldlt(nn.Linear(6, 4))):
        expected = model(_x())
        plain = fold(model)
        torch.testing.assert_close(plain(_x()), expected)
        assert torch.equal(model(_x()), expected)
        assert {type(each) for each in plain.modules()} <= {nn.Sequential, nn.Linear, nn.ReLU, nn.Tanh}


def test_the_folded_network_goes_through_onnx_s_tracer() -> None:
    program = torch.export.export(fold(convert_(_mlp())).eval(), (_x(),))
    assert not any("wishart" in str(node.target) for node in program.graph.nodes)


def test_trees_are_matched_drawn_profiled_and_bounded() -> None:
    model: Any = convert_(_mlp())
    before = model(_x())
    factors = match_step_(model, lr=1e-3)
    assert len(factors) == 3
    torch.testing.assert_close(model(_x()), before, rtol=1e-4, atol=1e-6)
    lengths = [w.norm().item() for w in (model[0].raw_weight, model[2][0].raw_weight)]
    assert lengths == pytest.approx([1e-3 * 3 * 48**0.5, 1e-3 * 3 * 8])
    ldlt_normal_(model, "he")
    network = LDLTNetwork((6, 8, 8, 2), activation="relu", sigma="he")
    with torch.no_grad():
        for mine, theirs in zip(network.linears, [model[0], model[2][0], model[3]], strict=True):
            mine.raw_weight.copy_(theirs.raw_weight)
            mine.law.copy_(theirs.law)
            mine.bias.copy_(theirs.bias)
    assert predicted_profile(model) == predicted_profile(network)
    measured = [measure_profile(each, _x(), generator=torch.Generator().manual_seed(1)) for each in (model, network)]
    assert measured[0] == measured[1]
    assert lipschitz_bound(model).upper == lipschitz_bound(network).upper


def test_images_are_flattened_on_the_way() -> None:
    model = nn.Sequential(nn.Flatten(), convert_(nn.Linear(12, 4)), nn.ReLU(), convert_(nn.Linear(4, 2)))
    x = torch.randn(9, 3, 2, 2, generator=torch.Generator().manual_seed(2))
    profile = measure_profile(model, x)
    y = model[1](x.flatten(1))
    assert profile.measured.layers[0].before == pytest.approx(y.square().mean().item(), rel=1e-5)
    assert profile.measured.layers[0].after == pytest.approx(y.relu().square().mean().item(), rel=1e-5)


def test_parametrised_layers_are_layers_too() -> None:
    model = nn.Sequential(ldlt(nn.Linear(6, 8), gamma=2.0), nn.ReLU(), LDLTLinear(8, 2, gamma=2.0))
    before = model(_x())
    assert len(match_step_(model, lr=1e-3)) == 2
    torch.testing.assert_close(model(_x()), before, rtol=1e-4, atol=1e-6)
    assert [each.n for each in predicted_profile(model, "he").layers] == [6, 8]


@pytest.mark.parametrize(
    ("module", "constant"),
    [
        (nn.Sigmoid(), 0.25),
        (nn.Tanh(), 1.0),
        (nn.Hardtanh(), 1.0),
        (nn.ReLU6(), 1.0),
        (nn.CELU(0.3), 1.0),
        (nn.ELU(3.0), 3.0),
        (nn.Softplus(2.0), 1.0),
        (nn.Softmax(1), 0.5),
        (nn.Softsign(), 1.0),
        (nn.PReLU(init=-1.5), 1.5),
        (nn.LeakyReLU(0.2), 1.0),
        (PiecewiseLinear(0.5, -0.7), 0.7),
        (nn.Sequential(nn.Unflatten(1, (1, 8)), nn.AvgPool1d(2), nn.Flatten()), 0.5**0.5),
        (nn.Sequential(nn.Unflatten(1, (1, 8)), nn.AvgPool1d(3, 1), nn.Flatten()), 1.0),
        (nn.Sequential(nn.Unflatten(1, (1, 4, 2)), nn.AvgPool2d(2), nn.Flatten()), 0.5),
        (nn.Dropout(0.5).eval(), 1.0),
    ],
    ids=str,
)
def test_known_slopes_bound_and_nothing_found_passes_them(module: nn.Module, constant: float) -> None:
    eye = nn.Linear(8, 8, bias=False)
    with torch.no_grad():
        eye.weight.copy_(torch.eye(8))
    model = nn.Sequential(eye, module)
    bound = lipschitz_bound(model).upper
    assert bound == pytest.approx(constant, rel=1e-8)
    assert lipschitz_lower_bound(model, 3 * _x(50, 8), generator=torch.Generator().manual_seed(1)) <= bound


def test_slopes_between_layers_enter_the_bound() -> None:
    model = nn.Sequential(LDLTLinear(6, 6, sigma=100.0), nn.Sigmoid(), LDLTLinear(6, 2, sigma=100.0))
    assert lipschitz_bound(model).upper <= 0.25 + 1e-6
    with pytest.raises(DomainError, match="got Dropout; call eval"):
        lipschitz_bound(nn.Sequential(LDLTLinear(6, 6), nn.Dropout()).train())


@pytest.mark.parametrize("factor", ["cholesky", "symmetric"])
@pytest.mark.parametrize("widths", [(6, 8, 4, 2), (6, 3, 9), (6, 2), (2, 6)])
def test_a_chain_comes_back_from_its_folded_weights(widths: tuple[int, ...], factor: Any) -> None:
    options: dict[str, Any] = {"lipschitz": 3.0, "activation": "relu"}
    chain = LDLTChain(widths, alpha=0.3, factor=factor, dtype=torch.float64, **options)
    folded = [each.detach() for each in chain.folded_weights()]
    again = LDLTChain.from_folded(folded, 0.3, biases=list(chain.biases or ()), factor=factor, **options)
    for mine, theirs in zip(again.raw, chain.raw, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)
    other = LDLTChain.from_folded(folded, 2.0, factor="cholesky" if factor == "symmetric" else "symmetric", **options)
    for mine, theirs in zip(other.folded_weights(), folded, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)
    with pytest.raises(DomainError, match="need the folded weights of a chain; in layer 0"):
        LDLTChain.from_folded([100 * each for each in folded], **options)


def test_nothing_can_be_written_into_the_constrained_weight() -> None:
    layer = LDLTLinear(6, 4)
    before = layer(_x())
    attempts = [
        lambda: nn.init.orthogonal_(layer.weight),
        lambda: nn.init.normal_(layer.weight),
        lambda: nn.init.zeros_(layer.weight),
        lambda: layer.weight.data.mul_(2),
        lambda: layer.weight.detach().t().copy_(torch.ones(6, 4)),
        lambda: layer.weight.__setitem__((0, 0), 1.0),
        lambda: torch.mul(layer.weight, 2, out=layer.weight),
        lambda: layer.weight.__iadd__(1),
    ]
    for mode in (True, False):
        layer.train(mode)
        for attempt in attempts:
            for recording in (True, False):
                with torch.set_grad_enabled(recording), pytest.raises(DomainError, match="which is computed; take raw"):
                    attempt()
    assert torch.equal(layer(_x()), before)
    product = _x() @ layer.weight.T
    product += 1  # what is computed from it is free
    assert type(product) is Tensor


def test_a_matrix_is_assigned_as_a_whole() -> None:
    layer = LDLTLinear(3, 2, gamma=2.0)
    wanted = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 1.5]])
    layer.weight = wanted
    torch.testing.assert_close(layer.weight.detach().clone(), wanted, check_dtype=True)
    layer.weight = nn.Parameter(wanted / 2)
    torch.testing.assert_close(Tensor(layer.weight.detach()), wanted / 2)
    with pytest.raises(DomainError, match=r"need a matrix of shape \(2, 3\) as weight, got \(3, 2\)"):
        layer.weight = wanted.T
    with pytest.raises(DomainError, match="need a matrix of norm < gamma = 2"):
        layer.weight = 3 * wanted


def test_hooks_and_subclasses_are_named_not_dropped() -> None:
    class Plain(nn.Linear):
        pass

    hooked = _mlp()
    hooked[0].register_forward_hook(lambda _m, _i, y: 10 * y)
    with pytest.raises(DomainError, match="need a Linear without forward hooks to be converted, at '0'"):
        convert_(hooked, keep=True)
    for other in (Plain(6, 6), nn.utils.parametrizations.weight_norm(nn.Linear(6, 6))):
        with pytest.raises(DomainError, match=r"need nn\.Linear itself, got \w+ at '1'"):
            convert_(nn.Sequential(nn.Linear(6, 6), other))
    network = LDLTChain((6, 8, 2))
    network.register_forward_pre_hook(lambda _m, x: (2 * x[0],))
    for each in (network, nn.Sequential(network)):
        with pytest.raises(DomainError, match="need a LDLTChain without forward hooks to be folded"):
            fold(each)


def test_modules_are_made_under_a_device() -> None:
    with torch.device("meta"):
        for made in (LDLTChain((6, 8, 2), learn_alpha=True), LDLTNetwork((6, 8, 2)), LDLTLinear(6, 2)):
            assert next(made.parameters()).is_meta


def test_a_state_whose_numbers_were_cast_is_named() -> None:
    state = {name: value.bfloat16() for name, value in LDLTLinear(6, 4).state_dict().items()}
    with pytest.raises(DomainError, match=r"need law in float64 and finite, got torch\.bfloat16"):
        LDLTLinear(6, 4).load_state_dict(state)
