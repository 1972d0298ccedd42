"""Learning rates and batches: functions of the step, the seed and the epoch, and of nothing else."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError
from wishart_nn.higgs import load
from wishart_nn.training import RunOptions, build_model
from wishart_nn.training.batches import GATHERED, batches, permutation
from wishart_nn.training.models import alphas_of, layers_of
from wishart_nn.training.optimizers import build_optimizer
from wishart_nn.training.pace import EVERY, look_at_signals_, pace_biases_
from wishart_nn.training.schedule import learning_rate
from wishart_nn.training.start import match_start_
from wishart_nn.training.trainer import Trainer


@pytest.mark.parametrize("steps", [10, 37, 400])
def test_one_cycle_is_that_of_torch(steps: int) -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    peer = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.3, total_steps=steps, cycle_momentum=False)
    for step in range(steps):
        assert learning_rate("one-cycle", step, steps, 0.3) == pytest.approx(peer.get_last_lr()[0], rel=1e-12)
        optimizer.step()
        if step < steps - 1:
            peer.step()


@pytest.mark.parametrize("steps", [10, 37])
def test_cosine_is_that_of_torch(steps: int) -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.3)
    peer = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        assert learning_rate("cosine", step, steps, 0.3) == pytest.approx(peer.get_last_lr()[0], rel=1e-9)
        optimizer.step()
        peer.step()


@settings(deadline=None)
@given(st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))), st.floats(1e-6, 10))
def test_no_rate_is_negative_or_above_the_greatest(where: tuple[int, int], greatest: float) -> None:
    step, steps = where
    for schedule in ("one-cycle", "cosine", "constant"):
        assert 0 < learning_rate(schedule, step, steps, greatest) <= greatest * (1 + 1e-12)


def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(DomainError, match="need schedule as one of"):
        learning_rate("linear", 0, 1, 1.0)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 200), st.integers(1, 70), st.integers(0, 5), st.integers(1, 100))
def test_an_epoch_is_every_row_once_and_can_be_begun_anywhere(rows: int, size: int, seed: int, epoch: int) -> None:
    x = torch.arange(float(rows))[:, None].repeat(1, 3)
    order = permutation(rows, seed, epoch)
    whole = list(batches(x, x[:, 0], order, size))
    assert torch.equal(torch.cat([y for _, y in whole]), order.float())
    assert all(len(y) == size for _, y in whole[:-1])
    assert all(torch.equal(rows_[:, 1], y) for rows_, y in whole)
    start = len(whole) // 2
    later = list(batches(x, x[:, 0], order, size, start))
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(later, whole[start:], strict=True))


def test_rows_gathered_piece_by_piece_are_the_same_batches() -> None:
    rows, wide = 5000, GATHERED // 1024
    x = torch.arange(float(rows))[:, None].expand(rows, wide)
    order = permutation(rows, 3, 1)
    found = torch.cat([y for _, y in batches(x, x[:, 0], order, 100)])
    assert torch.equal(found, order.float())


def test_the_order_depends_on_seed_and_epoch_and_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    orders = [permutation(1000, seed, epoch) for seed in range(3) for epoch in range(1, 4)]
    assert all(not torch.equal(a, b) for i, a in enumerate(orders) for b in orders[:i])
    assert torch.equal(permutation(1000, 1, 2), orders[4])
    build_model(RunOptions(), 28)
    assert torch.equal(torch.get_rng_state(), state)


def test_only_matrices_decay() -> None:
    options = RunOptions(weight_decay=0.1, learn_alpha=True, depth=2, width=4)
    model = build_model(options, 3)
    decayed, kept = build_optimizer(options, model).param_groups
    assert (decayed["weight_decay"], kept["weight_decay"]) == (0.1, 0.0)
    assert {id(p) for p in decayed["params"]} == {id(p) for p in model.parameters() if p.ndim == 2}
    assert len(decayed["params"]) + len(kept["params"]) == len(list(model.parameters()))


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd"])
def test_fused_steps_are_those_of_the_plain_optimiser(name: str) -> None:
    options = RunOptions(optimizer=name, depth=2, width=8, lr=0.01, architecture="mlp")
    model, twin = build_model(options, 3), build_model(options, 3)
    kinds = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD}
    extra = {"momentum": 0.9} if name == "sgd" else {}
    pairs = [
        (model, build_optimizer(options, model)),
        (twin, kinds[name](twin.parameters(), lr=0.01, weight_decay=0.0, foreach=False, fused=False, **extra)),
    ]
    x = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    for _ in range(5):
        for module, optimizer in pairs:
            optimizer.zero_grad()
            (module(x) - x.sum(1, keepdim=True)).square().mean().backward()
            optimizer.step()
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(model.parameters(), twin.parameters(), strict=True))


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("architecture", ["chain", "independent"])
def test_a_full_step_of_a_bias_is_a_layers_part_of_its_signal(architecture: str, optimizer: str) -> None:
    options = RunOptions(
        architecture=architecture, optimizer=optimizer, depth=2, width=4, match_step=True, learn_alpha=True
    )
    model = build_model(options, 3)
    with torch.no_grad():
        for bias in layers_of(model).biases:
            bias.uniform_(-0.5, 0.5)
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    seen: list[torch.Tensor] = []
    plain: Any = model.fold()
    for module in plain:
        if isinstance(module, torch.nn.Linear):
            module.register_forward_hook(lambda layer, _, y: seen.append(y - layer.bias))
    plain(x)
    built = build_optimizer(options, model)
    look_at_signals_(built, model, x)
    groups = built.param_groups
    named = {group["layer"]: group for group in groups if "layer" in group}
    biases = layers_of(model).biases
    # The greatest gradient so far counts; of constant gradients SGD's step grows to 1/(1 − μ) times the first.
    for size in (1.0, 3.0, 0.1):
        for bias in biases:
            bias.grad = torch.full_like(bias, size)
        pace_biases_(built, options)
        for i, bias in enumerate(biases):
            (parameter,) = named[i]["params"]
            assert parameter is bias
            gradient = max(size, 3.0 if size < 1 else size) / (1 - options.momentum) if optimizer == "sgd" else 1.0
            step = options.learning_rate * named[i]["pace"] * gradient
            assert step == pytest.approx(seen[i].square().mean().sqrt().item() / len(biases), rel=1e-4)
    assert sorted(id(p) for group in groups for p in group["params"]) == sorted(id(p) for p in model.parameters())
    assert [group["pace"] for group in build_optimizer(replace(options, match_step=False), model).param_groups] == [
        1,
        1,
    ]


def test_the_pace_follows_the_signal_and_survives_a_checkpoint() -> None:
    options = RunOptions(depth=3, width=8, match_step=True, sigma="shared", rows=2000, epochs=1, batch_size=50)
    trainer = Trainer(options, load("synthetic", rows=2000))
    paces: list[list[float]] = []
    trainer.train_epoch(lambda _, __: paces.append([g["pace"] for g in trainer.optimizer.param_groups]) or False)
    changes = [step for step in range(1, len(paces)) if paces[step] != paces[step - 1]]
    assert changes == list(range(EVERY, len(paces), EVERY))
    twin = Trainer(options, load("synthetic", rows=2000))
    twin.restore(trainer.checkpoint(0.0, 0), "here")
    assert [g["pace"] for g in twin.optimizer.param_groups] == paces[-1]


def test_gradients_of_faint_networks_do_not_vanish_beside_the_epsilon_of_adam() -> None:
    options = RunOptions(depth=20, width=16, match_step=True, sigma="shared", architecture="independent")
    model = build_model(options, 3)
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    match_start_(model, options, x, (x[:, 0] > 0).float())
    before = [w.detach().clone() for w in layers_of(model).weights]
    model(x).sum().backward()
    assert max(w.grad.abs().max().item() for w in layers_of(model).weights if w.grad is not None) < 1e-8
    build_optimizer(options, model).step()
    moved = zip(layers_of(model).weights, before, strict=True)
    lengths = [((w.detach() - b).square().sum() / b.square().sum()).sqrt().item() for w, b in moved]
    # The first step of Adam is η for every entry that has a gradient: together as long as the weights.
    assert 0.3 < sum(lengths) < 1.1


@pytest.mark.parametrize("architecture", ["chain", "independent"])
def test_a_faint_network_is_held_back_as_its_gradient_grows_and_resumes_so(architecture: str) -> None:
    options = RunOptions(
        depth=8,
        width=8,
        architecture=architecture,
        match_step=True,
        sigma="he",
        optimizer="sgd",
        rows=2000,
        epochs=2,
        batch_size=50,
        alpha=100.0,
    )
    data = load("synthetic", rows=2000)
    trainer, stopped = Trainer(options, data), Trainer(options, data)
    start = alphas_of(trainer.model)
    trainer.train_epoch(lambda _, __: False)
    assert max(a / b for a, b in zip(alphas_of(trainer.model), start, strict=True)) > 2
    stopped.train_epoch(lambda _, __: alphas_of(stopped.model) != start and stopped.step > 20)
    assert stopped.step < trainer.step
    twin = Trainer(options, data)
    twin.restore(stopped.checkpoint(0.0, 0), "here")
    assert alphas_of(twin.model) == alphas_of(stopped.model)
    twin.train_epoch(lambda _, __: False)
    for a, b in zip(twin.model.parameters(), trainer.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert alphas_of(twin.model) == alphas_of(trainer.model)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_matched_start_is_the_same_network(optimizer: str) -> None:
    options = RunOptions(optimizer=optimizer, depth=2, width=8, match_step=True, sigma="he")
    x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    y = (x[:, 0] > 0).float()
    model, matched = build_model(options, 3), build_model(options, 3)
    match_start_(matched, options, x, y)
    torch.testing.assert_close(matched(x), model(x))
    assert all(not torch.equal(a, b) for a, b in zip(layers_of(model).weights, layers_of(matched).weights, strict=True))


def test_a_plain_network_has_nothing_to_match() -> None:
    with pytest.raises(DomainError, match="need architecture chain or independent with match_step"):
        RunOptions(architecture="mlp", match_step=True)
