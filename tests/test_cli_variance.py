"""The commands on variances: what they print is what the functions return; mistakes are one line and exit 2."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import wishart_moments as w
from wishart_moments.cli.variance import read_widths

Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run) -> Run:
    return lambda line, *more: command_line(*line.split(), *more)


@pytest.mark.parametrize(
    "command",
    [
        *(
            "variance",
            "sigma",
            "depth",
            "certify",
            "plot variance",
            "plot density",
            "plot depth",
            "benchmark truncation",
        ),
        *("prove", "certificate moments", "certificate existence", "certificate check"),
    ],
)
def test_help_of_every_command_shows_an_example(run: Run, command: str) -> None:
    code, out, _ = run(f"{command} --help")
    assert code == 0
    assert f"Example: wishart-moments {command}" in " ".join(out.split())


def _line(out: str, start: str) -> str:
    return next(line for line in out.splitlines() if line.startswith(start))


def test_variance_prints_the_exact_value_the_certificate_and_the_derivative(run: Run) -> None:
    code, out, err = run("variance --m 64 --n 128 --sigma he --digits 30")
    assert (code, err) == (0, "")
    assert "sigma = he = 0.08838834764831845, n sigma^2 = 1" in out
    value = w.output_variance(64, 128, 128**-0.5)
    assert float(_line(out, "exact").split()[-1]) == value
    certified = _line(out, "certified, 30 digits").split()[-1]
    assert certified == w.certified_variance(64, 128, 1, alpha=128, digits=30).decimal(30)
    assert len(certified) == 32
    gradient = w.variance_gradient(64, 128, 128**-0.5)
    assert float(_line(out, "derivative in sigma").split()[-1]) == pytest.approx(gradient.sigma, rel=1e-14)
    assert "series" not in out


def test_all_methods_stand_side_by_side(run: Run) -> None:
    code, out, err = run("variance --m 10 --n 12 --method all --draws 2000")
    assert (code, err) == (0, "")
    assert len(re.findall(r"^  order \d+ ", out, re.MULTILINE)) == 13
    assert "optimal order of the series: 0" in out
    z = re.search(r"Monte Carlo, 2,000 draws +0\.39\d+ \+- \S+, z = ([+-]\d\.\d\d)$", out, re.MULTILINE)
    assert z is not None
    assert abs(float(z[1])) < 5
    assert re.search(r"^bounds from 10 moments +\[0\.3932\d*, 0\.3934\d*\]   width 0\.00019$", out, re.MULTILINE)
    assert not re.search(r"[^ -~\n]", out)


def test_json_holds_the_same_numbers(run: Run) -> None:
    document = json.loads(run("variance --m 4 --n 7 --sigma 0.1 --method all --draws 100 --json").out)
    assert document["exact"] == w.output_variance(4, 7, 0.1)
    assert document["certified"]["lower"] == str(w.certified_variance(4, 7, "0.1").lower)
    assert document["sigma_squared"] == "1/100"
    assert len(document["series"]) == 10


def test_sigma_reaches_the_target(run: Run) -> None:
    code, out, err = run("sigma --m 64 --n 64 --target 0.9")
    assert (code, err) == (0, "")
    sigma = w.solve_sigma(64, 64, 0.9)
    assert _line(out, "sigma").split()[1] == repr(sigma)
    assert "9.830040281 / sqrt(n)" in out
    document = json.loads(run("sigma --m 28 --n 64 --target 1/2 --alpha 0.1 --gamma 2 --json").out)
    assert w.output_variance(28, 64, document["sigma"], alpha=0.1, gamma=2) == pytest.approx(0.5, rel=1e-13)


def test_depth_prints_the_profile_and_the_best_sigma(run: Run) -> None:
    code, out, err = run("depth --widths 28,64x5,1 --sigma he --architecture chain --activation relu")
    assert (code, err) == (0, "")
    profile = w.depth_profile((28, *[64] * 5, 1), lambda n: n**-0.5, architecture="chain", activation="relu")
    rows = [line.split() for line in out.splitlines() if "->" in line and "layer" not in line]
    assert [row[1:4] for row in rows] == [[str(each.n), "->", str(each.m)] for each in profile.layers]
    assert [float(row[5]) for row in rows] == pytest.approx([each.before for each in profile.layers], abs=5e-7)
    best = w.best_sigma(profile.widths, activation="relu")
    assert f"sigma = {best.scale:.4g}/sqrt(n)" in out
    assert "all entries exact" in out


def test_depth_without_a_best_sigma_says_so(run: Run) -> None:
    out = run("depth --widths 4,8,8 --architecture chain --activation relu").out
    assert "best sigma of this chain: none; need a chain whose output has a maximum" in out
    assert "best sigma" not in run("depth --widths 4,8,8 --architecture independent").out
    assert "approximate: " in run("depth --widths 4,8,8 --activation tanh").out
    assert "best sigma" not in run("depth --widths 4,8").out


def test_depth_as_json_is_one_document(run: Run) -> None:
    document = json.loads(run("depth --widths 8x3,1 --sigma sqrt(1/m) --json").out)
    assert document["widths"] == [8, 8, 8, 1]
    assert document["layers"][2]["sigma"] == 1.0
    assert document["best_sigma"]["scale"] == w.best_sigma((8, 8, 8, 1)).scale


def test_widths_repeat() -> None:
    assert read_widths("28,64x5,1") == (28, 64, 64, 64, 64, 64, 1)
    assert read_widths(" 3 , 4x1") == (3, 4)


@pytest.mark.parametrize(
    "line",
    [
        "plot variance --m 3 --n 4 --draws 100",
        "plot density --m 3 --n 4 --draws 20",
        "plot depth --widths 4x3,1 --sigma he --sigma 3/sqrt(n)",
    ],
)
def test_plots_are_written_and_not_overwritten(run: Run, line: str, tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    assert run(f"{line} --output", path) == (0, "", "")
    drawn = path.read_bytes()
    assert drawn.startswith(b"<?xml")
    code, _, err = run(f"{line} --output", path)
    assert (code, err.count("\n")) == (2, 1)
    assert run(f"{line} --force --output", path).code == 0
    assert path.read_bytes() == drawn


def test_the_truncation_benchmark_writes_its_pages_and_resumes(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "comparison"
    code, out, err = run("benchmark truncation --sizes 2-3 --draws 200 --output", folder)
    assert (code, err) == (0, "")
    names = {"truncation.csv", "truncation.html", "truncation.json", "truncation.png", "truncation.svg"}
    assert {path.name for path in folder.iterdir()} == names
    assert re.search(r"^true +Square layers have variance 0\.9 at 10/√n", out, re.MULTILINE)
    assert re.search(r"^false +Square layers have variance 0\.41 at 1/√n", out, re.MULTILINE)
    record = (folder / "truncation.json").read_bytes()
    code, out, err = run("benchmark truncation --sizes 2-3 --draws 300 --output", folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "holds a run with draws = 200, not 300" in err
    assert (folder / "truncation.json").read_bytes() == record


SIZES = "--m 3 --n 4"
BAD = [
    ("variance --m 0 --n 4", "need m to be an integer >= 1"),
    ("variance --m 3 --n 2.5", "need n to be an integer >= 1"),
    (f"variance {SIZES} --sigma -1", "need sigma >= 0 and finite"),
    (f"variance {SIZES} --sigma nan", "need sigma as a formula"),
    (f"variance {SIZES} --sigma __import__('os')", "need sigma as a formula"),
    (f"variance {SIZES} --sigma 1/0", "need sigma >= 0 and finite"),
    (f"variance {SIZES} --alpha 0", "need alpha > 0"),
    (f"variance {SIZES} --alpha inf", "need alpha > 0"),
    (f"variance {SIZES} --gamma -2", "need gamma > 0"),
    (f"variance {SIZES} --gamma x", "need gamma > 0"),
    (f"variance {SIZES} --method magic", "need method to be one of exact"),
    (f"variance {SIZES} --method series --order 11", "need order <= 10"),
    (f"variance {SIZES} --method series --order 0", "need order >= 1"),
    (f"variance {SIZES} --method limit --order 3", "need order <= 2"),
    (f"variance {SIZES} --order 3", "need an order only with method"),
    (f"variance {SIZES} --digits 1001", "need digits <= 1000"),
    (f"variance {SIZES} --digits -1", "need digits to be an integer >= 0"),
    (f"variance {SIZES} --method monte-carlo --draws 1", "need at least 2 draws"),
    (f"variance {SIZES} --method monte-carlo --seed -1", "need seed to be an integer >= 0"),
    ("variance --m 5000 --n 4", "'limit'"),
    ("sigma --m 128 --n 28 --target 0.5", "need 0 <= target < 0.21875"),
    (f"sigma {SIZES} --target nan", "need target >= 0"),
    (f"sigma {SIZES} --target 1", "need 0 <= target < 1"),
    ("depth --widths 28", "need widths of 2 integers"),
    ("depth --widths 28,x", "need --widths as integers"),
    ("depth --widths 28,0", "need --widths as integers"),
    ("depth --widths 28,4x0", "need --widths as integers"),
    ("depth --widths 28,4x99999", "need at most 1000 layers"),
    ("depth --widths 4,5,4 --activation groupsort", "multiples of 2"),
    ("depth --widths 4,4 --activation magic", "no activation 'magic'"),
    ("depth --widths 4,4 --architecture magic", "need architecture to be one of independent, chain; got 'magic'"),
    ("depth --widths 4,4 --alpha 0", "need alpha > 0"),
    (f"plot variance {SIZES} --output plot.txt", ".svg"),
    (f"plot variance {SIZES} --order 11 --output plot.svg", "need order <= 10"),
    (f"plot variance {SIZES} --order 0 --output plot.svg", "need order >= 1"),
    (f"plot density {SIZES} --draws -1 --output plot.svg", "need draws to be an integer >= 0"),
    ("plot density --m 5000 --n 1 --output plot.svg", "4096"),
    ("plot depth --widths 4,4 --sigma x --output plot.svg", "need sigma as a formula"),
    ("benchmark truncation --sizes 9-2", "need --sizes as groups"),
    ("benchmark truncation --draws 1", "need at least 2 draws"),
    ("benchmark truncation --seed x", "need seed to be an integer >= 0"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=[line for line, _ in BAD])
def test_bad_input_gives_one_clear_line_and_exit_2(
    run: Run, line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(line)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("wishart-moments: ")
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_plots_name_the_extra(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = run("plot variance --m 3 --n 4 --output", tmp_path / "x.svg")
    assert (code, out) == (2, "")
    assert "pip install 'wishart-trace-moments[plot]'" in err


def test_certify_prints_a_table_of_proved_digits(run: Run) -> None:
    code, out, err = run("certify 4x7 10×10 --sigma he --sigma 1/7 --digits 30")
    assert (code, err) == (0, "")
    head, _, names, *rows, _, note = out.splitlines()
    assert note == "he = 1/sqrt(n), as in arXiv 2601.08253; torch's kaiming_normal_ is kaiming = sqrt(2/n)"
    assert head == "output variance of an LDLT layer, alpha = 1, gamma = 1: 30 certified digits"
    assert re.split(r"\s{2,}", names) == ["m x n", "sigma = he", "sigma = 1/7"]
    found = [re.split(r"\s{2,}", row) for row in rows]
    assert [row[0] for row in found] == ["4 x 7", "10 x 10"]
    for (m, n), row in zip([(4, 7), (10, 10)], found, strict=True):
        assert row[1] == w.certified_variance(m, n, 1, alpha=n, digits=30).decimal(30)
        assert row[2] == w.certified_variance(m, n, "1/7", digits=30).decimal(30)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("certify 4by7", "need shapes as m x n such as 64x128, got '4by7'"),
        ("certify 99999999999x4", "need m <= 4,096 here, got 99999999999; method 'limit' takes any size"),
        ("certify 4x٤", "need shapes as m x n such as 64x128, got '4x٤'"),
        ("certify 0x7", "need m to be an integer >= 1, got 0"),
        ("certify 4x7 --digits 2000", "need digits <= 1000, got 2000"),
        ("certify 4x7 --sigma pi", "need sigma as a formula in m and n: 0.1, he, 10/sqrt(n); got 'pi'"),
    ],
)
def test_certify_refuses_bad_input_in_one_line(run: Run, line: str, text: str) -> None:
    code, out, err = run(line)
    assert (code, out) == (2, "")
    assert err == f"wishart-moments: {text}\n"
