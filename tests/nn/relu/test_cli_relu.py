"""The command relu: it prints what the functions return and writes plots; mistakes are one line and exit 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wishart_nn.relu import measure_convergence, nearer_probability, relu_init_radius, saddle
from wishart_nn.relu.figures import basin_figure, field_figure, success_figure

Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run) -> Run:
    return lambda line, *more: command_line(*line.split(), *more)


COMMANDS = ("start", "field", "basins", "convergence", "errors", "critical")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example(run: Run, command: str) -> None:
    code, out, _ = run(f"relu {command} --help")
    assert code == 0
    assert f"Example: wishart-moments relu {command}" in " ".join(out.split())


def test_start_prints_radius_bound_and_measured_success(run: Run) -> None:
    code, out, err = run("relu start --d 10 --d 100 --epsilon 0.5 --draws 100")
    assert (code, err) == (0, "")
    assert "bound (1 - epsilon)/2 = 0.2500" in out
    row = next(line.split() for line in out.splitlines() if line.split()[:1] == ["100"])
    assert row[1] == f"{relu_init_radius(100, 0.5):.5f}"
    assert row[3] == f"{nearer_probability(100, 0.5):.4f}"
    (document,) = json.loads(run("relu start --d 100 --draws 50 --json").out)
    assert (document["converged"], document["bound"]) == (50, 0.25)


def test_field_prints_the_saddle_and_where_the_paths_end(run: Run) -> None:
    out = run("relu field").out
    assert [line.split()[1] for line in out.splitlines()[1:]] == [f"{saddle(k):.9f}" for k in (2, 5, 10)]
    assert out.count("(1.0000, 0.0000)") == 3
    (document,) = json.loads(run("relu field --k 3 --json").out)
    assert document["end"] == [1.0, 0.0] or np.allclose(document["end"], [1, 0], atol=1e-9)
    assert document["rate_along"] == pytest.approx(-1.5)


def test_basins_count_every_start(run: Run) -> None:
    (document,) = json.loads(run("relu basins --k 2 --points 11 --json").out)
    assert (document["teacher"], document["mirror"]) == (55, 55)
    assert document["saddle"] + document["negative saddle"] + document["undecided"] == 11
    assert document["teacher_from_x_above_y"] is True


def test_convergence_prints_what_was_measured(run: Run) -> None:
    line = "relu convergence --k 2 --noise 0,1 --trials 2 --time 40"
    document = json.loads(run(f"{line} --json").out)
    found = measure_convergence(2, noise=(0.0, 1.0), trials=2, time=40.0)
    assert document["recovered"] == found.recovered
    assert document["loss"] == found.losses.tolist()
    rows = run(line).out.splitlines()
    assert rows[-2].split()[:2] == ["0", "1.0000"]


def test_errors_and_critical_points_print_tables(run: Run) -> None:
    out = run("relu errors --d 5 --draws 50 --trials 2").out
    assert out.count("exact (Gaussian)") == 2
    document = json.loads(run("relu errors --d 5 --draws 50 --trials 2 --json").out)
    assert len(document["theta"]) == 12
    points = json.loads(run("relu critical --k 1 --d 3 --starts 6 --json").out)
    assert [(abs(round(each["loss"], 9)), each["null_directions"]) for each in points] == [(0.0, 0)]
    assert "falling" in run("relu critical --k 1 --d 3 --starts 2").out


@pytest.mark.parametrize(
    "line",
    [
        "relu start --d 5 --draws 20",
        "relu field --k 2",
        "relu basins --k 2 --points 7",
        "relu convergence --k 2 --trials 2 --time 10 --noise 0,1",
        "relu errors --d 4 --draws 20 --trials 2",
    ],
)
def test_plots_are_written_and_not_overwritten(run: Run, line: str, tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    code, out, err = run(f"{line} --output", path)
    assert (code, err) == (0, "")
    assert out
    drawn = path.read_bytes()
    assert drawn.startswith(b"<?xml")
    code, _, err = run(f"{line} --output", path)
    assert (code, err.count("\n")) == (2, 1)
    assert run(f"{line} --force --output", path).code == 0
    assert path.read_bytes() == drawn


def test_the_suffix_chooses_the_format(run: Run, tmp_path: Path) -> None:
    assert run("relu field --k 2 --output", tmp_path / "plot.png").code == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


BAD = [
    ("relu start --d 0", "need d to be an integer >= 1"),
    ("relu start --d 1", "need d >= 2"),
    ("relu start --epsilon 2", "need 0 < epsilon <= 1"),
    ("relu start --draws x", "need draws to be an integer >= 1"),
    ("relu field --k 1", "need K >= 2 ReLUs"),
    ("relu field --k two", "need K to be an integer >= 1, got 'two'"),
    ("relu basins --points 1", "need at least 2 points"),
    ("relu convergence --k 3 --d 2", "need d >= K"),
    ("relu convergence --noise a,b", "need noise >= 0"),
    ("relu convergence --top all", "need top to be one of ones"),
    ("relu errors --d 1", "need d >= 2"),
    ("relu critical --k 3 --d 2", "need d >= K"),
    ("relu field --output plot.txt --k 2", "need a path that ends in"),
]


@pytest.mark.parametrize(("line", "message"), BAD)
def test_mistakes_are_one_line_and_exit_2(run: Run, line: str, message: str) -> None:
    code, _, err = run(line)
    assert code == 2
    assert err.startswith(f"wishart-moments: {message}")
    assert err.count("\n") == 1


def test_figures_refuse_what_they_cannot_draw() -> None:
    for draw in (field_figure, basin_figure):
        with pytest.raises(ValueError, match="need 1 to 4 values of K to draw"):
            draw([2] * 5)
    with pytest.raises(ValueError, match="need at least 2 points"):
        basin_figure([2], points=1)
    with pytest.raises(ValueError, match="need measurements at one epsilon"):
        success_figure([])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("relu start --d 99999999999", "need d <= 100,000,000"),
        ("relu start --d 100000 --draws 100000", "need draws x d <= 100,000,000, got 10,000,000,000"),
        ("relu start --epsilon 1e5000", "need exponents from -1000 to 1000 in epsilon"),
        ("relu start --epsilon 1e400", "floats end at 1.8e308"),
        ("relu field --k 100000", "need K <= 100"),
        ("relu basins --points 99999999999", "need points <= 1,001"),
        ("relu critical --d 1000", "need K x d <= 400, got 2,000"),
        ("relu critical --d 99999999999999999999", "need d <= 10,000"),
        ("relu errors --d 100000 --draws 1000000", "need draws x d <= 100,000,000"),
        ("relu convergence --k 1000 --trials 1000", "need K x d x trials <= 10,000,000"),
        ("relu convergence --noise 1,1_0", "need noise >= 0 and finite, got '1_0'"),
    ],
)
def test_what_would_not_fit_is_refused_with_its_limit(run: Run, line: str, message: str) -> None:
    code, out, err = run(line)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_critical_points_are_drawn(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "critical.svg"
    code, out, err = run(f"relu critical --k 2 --d 4 --starts 5 --output {picture}")
    assert (code, err) == (0, "")
    assert out.startswith("critical points with K = 2")
    assert picture.read_text("utf-8").startswith("<?xml")
