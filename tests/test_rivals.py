"""The study on MNIST and the benchmarks of a GPU: what is compared is what it says; pages say what results say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import gpu, gpu_page, mnist, mnist_study
from benchmarks.__main__ import main
from benchmarks.mnist_study import Place, Setting
from benchmarks.peers import lipschitz_convolutions as convolutions
from benchmarks.peers import lipschitz_networks as networks
from wishart_nn import lipschitz_bound
from wishart_nn.positive_definite import certified_norm

WIDTHS = (12, 8, 8, 4)


def made(method: str) -> nn.Module:
    torch.manual_seed(0)
    try:
        return networks.network(method, WIDTHS)
    except ImportError:
        pytest.skip(f"{method} is not installed: see benchmarks/README.md")


@pytest.mark.parametrize("method", mnist_study.METHODS["dense"])
def test_every_network_is_1_lipschitz_and_plain_it_is_the_same(method: str) -> None:
    model, x = made(method).eval(), torch.randn(200, 12)
    with torch.no_grad():
        y, same = model(x), networks.plain(model)(x)
    assert torch.allclose(y, same, atol=1e-5)
    before, after = (x[1:] - x[:-1]).norm(dim=1), (y[1:] - y[:-1]).norm(dim=1)
    assert (after <= before * (1 + 1e-5)).all()
    if method != "SLL":
        assert lipschitz_bound(networks.plain(model)).upper <= 1 + 1e-5


@pytest.mark.parametrize("method", mnist_study.METHODS["conv"])
def test_every_convolutional_network_is_1_lipschitz_and_plain_it_is_the_same(method: str) -> None:
    try:
        model, x = convolutions.network(method).eval(), torch.randn(50, 1, 28, 28)
    except ImportError:
        pytest.skip(f"{method} is not installed: see benchmarks/README.md")
    served = convolutions.plain(model)
    with torch.no_grad():
        y = model(x)
        assert torch.allclose(y, served(x), atol=1e-4)
    assert lipschitz_bound(served).upper <= 1 + 1e-3
    classes, radius = convolutions.margins(model, x)
    assert (classes == y.argmax(1)).all()
    top = y.topk(2, 1).values
    assert bool((radius > 0).any())
    assert (radius <= (top[:, 0] - top[:, 1]).double() / 2**0.5 / lipschitz_bound(served).upper).all()


@pytest.mark.parametrize("method", mnist_study.METHODS["dense"])
def test_no_move_within_a_certified_radius_changes_a_class(method: str) -> None:
    model, x = made(method).eval(), torch.randn(300, 12)
    classes, radius = networks.margins(model, x)
    assert bool((radius > 0).any())
    model = networks.plain(model)
    for _ in range(10):  # downhill on the margin, on the sphere of the radius
        moved = x.clone().requires_grad_()
        top = model(moved).topk(2, 1).values
        (slope,) = torch.autograd.grad((top[:, 0] - top[:, 1]).sum(), moved)
        step = 0.999 * radius.float()[:, None] * (slope + 0.1 * torch.randn_like(slope)).nan_to_num()
        x_moved = x - step / slope.norm(dim=1, keepdim=True).clamp_min(1e-12)
        inside = ((x_moved - x).norm(dim=1) < radius) & (radius > 0)
        with torch.no_grad():
            assert (model(x_moved).argmax(1) == classes)[inside].all()


def test_the_bound_of_sll_is_its_theorem() -> None:
    layer = networks.SLL(6, 5)
    q = layer.scale.detach().double().exp()
    kernel = layer.kernel.detach().double()
    rows = (kernel.mT @ kernel).abs() @ q / q
    # T ⪰ WᵀW is what the theorem needs: I − 2WT⁻¹DWᵀ has norm 1 at most for every diagonal 0 <= D <= I.
    for _ in range(20):
        slopes = torch.bernoulli(torch.full((5,), 0.5, dtype=torch.float64))
        assert (
            certified_norm(torch.eye(6, dtype=torch.float64) - 2 * kernel @ ((slopes / rows)[:, None] * kernel.mT))
            <= 1 + 1e-9
        )


def idx(folder: Path, count: int = 80) -> Path:
    """Write images and labels as MNIST has them."""
    draw = np.random.default_rng(0)
    (folder / "data").mkdir(parents=True)
    for name in ("train", "t10k"):
        labels = draw.integers(0, 10, count, dtype=np.uint8)
        images = (20 * labels[:, None] + draw.integers(0, 50, (count, 784))).astype(np.uint8)
        (folder / "data" / f"{name}-images-idx3-ubyte").write_bytes(bytes(16) + images.tobytes())
        (folder / "data" / f"{name}-labels-idx1-ubyte").write_bytes(bytes(8) + labels.tobytes())
    return folder


def test_images_are_read_wherever_they_lie_and_the_parts_are_disjoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist_study, "ROWS", (50, 30))
    train, validation, test = mnist_study.parts(idx(tmp_path), 0)
    assert (len(train.x), len(validation.x), len(test.x)) == (50, 30, 80)
    known = mnist_study.images(tmp_path)[0].x
    assert 0 <= float(known.min()) <= float(known.max()) <= 1
    rows = {tuple(row) for row in train.x.tolist()} | {tuple(row) for row in validation.x.tolist()}
    assert rows == {tuple(row) for row in known.tolist()}


def test_without_mnist_the_study_is_skipped_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mnist_study.main(["--mnist", str(tmp_path)]) == 0
    assert "skipped: need train-images-idx3-ubyte below" in capsys.readouterr().err


def test_the_study_makes_every_run_once_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small: dict[str, Any] = {
        "RESULTS": tmp_path / "runs.jsonl",
        "METHODS": {"dense": ("LDLTNetwork", "AOL"), "conv": ("LDLTConv2d",)},
        "CONVOLUTIONAL_SECONDS": 0.02,
        "RATES": (0.01, 0.03),
        "TEMPERATURES": (1.0,),
        "ROWS": (50, 30),
        "WIDTHS": (784, 4, 10),
        "BUDGETS": {"time": 0.02, "epochs": 2.0},
        "BATCH": 25,
        "TURNS": 1,
    }
    for name, value in small.items():
        monkeypatch.setattr(mnist_study, name, value)
    data = ["--mnist", str(idx(tmp_path / "images"))]
    assert mnist_study.main([*data, "--minutes", "0"]) == 0
    assert small["RESULTS"].read_text() == ""
    mnist_study.main(data)
    text = small["RESULTS"].read_text()
    costs = {shape: list(found) for shape, found in mnist_study.read_costs(text).items()}
    assert costs == {"dense": ["LDLTNetwork", "AOL"], "conv": ["LDLTConv2d"]}
    lines = text.splitlines(keepends=True)
    # Costs; places and methods times settings and later seeds.
    assert len(lines) == 2 + (2 * 2 + 1) * (2 + 2)
    small["RESULTS"].write_text("".join(lines[:-1]) + lines[-1][:40])  # killed while it wrote
    results = mnist_study.read(small["RESULTS"].read_text())
    assert len(list(mnist_study.left(results))) == 1
    for (place, setting), runs in mnist_study.read(text).items():
        steps = mnist_study.steps(place, setting.method, mnist_study.read_costs(text))
        assert {run.steps for run in runs.values()} == {steps}
        if place.equal == "epochs":
            assert steps == 4


def run(certified: float) -> mnist_study.Run:
    shares = mnist_study.Shares(0.9, (0.8, 0.7, certified))
    return mnist_study.Run(shares, shares, 100)


def test_validation_chooses_and_the_lead_is_paired_with_the_best_rival() -> None:
    place = Place("time")
    results = {
        (place, s): {0: run(0.5)}
        for method in mnist_study.METHODS["dense"]
        for s in mnist_study.settings({}, place, method)
    }
    best = {"LDLTNetwork": 0.52, "torchlip": 0.51}
    for method, value in best.items():
        results[place, Setting(method, 0.03, 0.5)] = {seed: run(value + seed / 100) for seed in mnist_study.SEEDS}
    # The best is at the greatest rate: one beyond it is asked for, and it is no better.
    assert mnist_study.rates(results, place, "torchlip") == (0.003, 0.01, 0.03, 0.1)
    assert not mnist_study.is_tuned(results, place, "torchlip")
    results |= {(place, Setting("torchlip", 0.1, t)): {0: run(0.4)} for t in mnist_study.TEMPERATURES}
    assert mnist_study.chosen(results, place, "torchlip") == Setting("torchlip", 0.03, 0.5)
    assert set(mnist.complete(results, place)) == set(best)
    found = mnist.lead(results, place)
    assert found is not None
    assert found[:2] == ("LDLTNetwork", "torchlip")
    assert found[2].effect == pytest.approx(0.01)
    assert mnist.lead(results, Place("epochs")) is None
    later = {(s.method, seed) for s, seed in mnist_study.planned(results, place) if seed}
    assert later == {(method, seed) for method in mnist_study.METHODS["dense"] for seed in (1, 2)}
    assert "+1.0 ± " in mnist.verdict(results)
    assert "than the rival, is met" in " ".join(mnist.verdict(results).split())


def test_the_tables_of_the_study_are_those_of_its_results() -> None:
    page, text = mnist.TEXT.read_text("utf-8"), mnist_study.RESULTS.read_text("utf-8")
    assert mnist.render(page, text) == page
    with pytest.raises(ValueError, match="need the markers of 'verdict'"):
        mnist.render("no markers", text)


def test_the_gpu_benchmark_runs_small_on_the_processor_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    page = gpu_page.PAGE.read_bytes()
    assert main(["gpu", "--quick"]) == 0
    shown = capsys.readouterr().out
    for name in ("LDLTLinear", "LDLTChain", "LDLTConv2d", "torch Cayley", "torch matrix_exp", "independent"):
        assert name in shown
    assert "relative error of" not in shown  # all were right
    assert gpu_page.PAGE.read_bytes() == page


def test_what_is_wrong_on_a_device_is_not_timed() -> None:
    class Wrong(nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return super().forward(input) * (1 if input.dtype == torch.float64 else 2)

    found = list(gpu.measured(Wrong(8, 8), (8,), (4,), torch.device("cpu"), 0.0))
    assert len(found) == 3
    assert all("a relative error of" in each["left_out"] for each in found)


def test_the_page_of_the_gpu_says_what_was_measured() -> None:
    page = gpu_page.PAGE.read_text("utf-8")
    assert gpu_page.render(page, gpu_page.read_results()) == page
    assert "Not measured" in gpu_page.table(None)


def test_results_hold_no_machine() -> None:
    for line in mnist_study.RESULTS.read_text("utf-8").splitlines():
        assert json.loads(line).keys() <= {"costs", "place", "setting", "seed", "validation", "test", "steps"}
