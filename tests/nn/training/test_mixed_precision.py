"""Mixed precision changes the products of the steps: weights, metrics and the proof stay what they are."""

import pytest
import torch

from wishart_nn.training import RunOptions, train

OPTIONS = RunOptions(rows=2000, depth=2, width=16, epochs=2, batch_size=100, diagnose_rows=200, match_step=True)


@pytest.mark.parametrize(("architecture", "optimizer"), [("chain", "adamw"), ("independent", "sgd")])
def test_steps_in_bf16_train_float32_weights_to_a_like_network(architecture: str, optimizer: str) -> None:
    given = {**OPTIONS.to_json(), "architecture": architecture, "optimizer": optimizer}
    whole, mixed = (train(RunOptions(**{**given, "amp": amp}), progress=False) for amp in ("none", "bf16"))
    assert mixed.status == "finished"
    assert mixed.model is not None
    assert {each.dtype for each in mixed.model.parameters()} == {torch.float32}
    assert mixed.records[0]["test"] == whole.records[0]["test"]  # measured in float32
    assert mixed.result["final"] != whole.result["final"]
    for part in ("train", "validation", "test"):
        assert mixed.result["final"][part]["loss"] == pytest.approx(whole.result["final"][part]["loss"], rel=0.02)
    assert mixed.result["lipschitz_certified"]
    assert mixed.result["lipschitz_bound"] <= 1 + 1e-6


def test_the_gradient_of_a_step_in_bf16_is_the_float32_one_to_its_rounding() -> None:
    from wishart_nn.chain import LDLTChain

    torch.manual_seed(0)
    chain, x = LDLTChain((8, 32, 32, 1)), torch.randn(256, 8)
    found = []
    for enabled in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            output = chain(x)
        found.append(torch.autograd.grad(output.float().square().mean(), chain.raw_weights()))
    for exact, rounded in zip(*found, strict=True):
        assert rounded.dtype == torch.float32
        assert (rounded - exact).norm() <= 0.05 * exact.norm()
