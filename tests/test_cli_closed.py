"""The commands of what is closed: tables of words and covariances, determinants, entries; options given twice."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from wishart_moments import (
    Wishart,
    WishartSpectrum,
    determinant_moment,
    entry_moment,
    hypergeometric,
    kronecker_moment,
    log_determinant_mean,
    log_determinant_variance,
    trace_covariance,
    wishart_divergence,
    wishart_entropy,
)
from wishart_moments.codegen import FORMATS, family_table, render, word_table

Run = Callable[..., Any]
SCALE = [[Fraction(2), Fraction(1)], [Fraction(1), Fraction(3)]]
SIGMA = "[[2, 1], [1, 3]]"


@pytest.fixture
def run(command_line: Run) -> Run:
    return command_line


@pytest.mark.parametrize("format", FORMATS)
def test_tables_of_words_and_covariances_are_what_is_generated(run: Run, format: str) -> None:
    assert run("table", "--words", "--beta", "2", "--format", format).out == render(word_table(2), format)
    scaled, inverse = family_table("scaled_trace_covariances", 3), family_table("inverse_trace_covariances", 3)
    assert run("table", "--covariances", "--max-k", "3", "--format", format).out == render(scaled, format)
    assert run("table", "--covariances", "--inverse", "--max-k", "3", "--format", format).out == render(inverse, format)


def test_their_provenance_names_the_routes(run: Run) -> None:
    assert "k = 1..2: confirmed by words, zonal" in run("table", "--words", "--provenance").out


def test_determinants_are_those_of_the_library(run: Run) -> None:
    assert run("determinant", "1/2", "--m", "2", "--n", "5").out == "4\n"
    assert run("determinant", "-1", "--n", "11/2", "--scale", SIGMA).out == (
        f"{determinant_moment(-1, n='11/2', scale=SCALE)}\n"
    )
    assert run("determinant", "h", "--m", "2", "--n", "5", "--format", "latex").out == (
        "\\frac{\\Gamma\\left(2 h + 4\\right)}{6}\n"
    )


def test_gamma_functions_that_are_too_many_to_be_merged_stay(run: Run) -> None:
    assert run("determinant", "h", "--m", "30").out.count("gamma") == 60
    assert run("determinant", "1/2", "--m", "3", "--beta", "1e40").out.count("gamma") == 6


def test_the_log_determinant_with_entropy_and_divergence(run: Run) -> None:
    found = json.loads(run("log-determinant", "--m", "2", "--n", "5", "--other-n", "13/2", "--json").out)
    assert found["mean"] == log_determinant_mean(2, 5)
    assert found["variance"] == log_determinant_variance(2, 5)
    assert found["entropy"] == wishart_entropy(2, 5)
    assert found["divergence"] == wishart_divergence(Wishart(2, 5), Wishart(2, "13/2"))
    scaled = run("log-determinant", "--n", "5", "--scale", SIGMA, "--other-scale", "[[1,0],[0,1]]").out.split()
    wanted = wishart_divergence(Wishart(n=5, scale=SCALE), Wishart(2, 5))
    assert float(scaled[-1]) == pytest.approx(wanted, rel=1e-14)
    assert "entropy" not in run("log-determinant", "--m", "2", "--n", "5", "--beta", "2").out


def test_entries_and_kronecker_powers_of_both_signs(run: Run) -> None:
    words = ("1,2", "1,2", "--n", "9", "--scale", SIGMA)
    assert Fraction(run("entry", *words).out) == entry_moment([(1, 2), (1, 2)], 9, scale=SCALE)
    assert run("entry", *words, "--inverse").out == "1/350\n"
    assert run("entry", "1,2", "--inverse").out == "K_12/(n - m - 1)\nfinite for n - m + 1 > 2\n"
    found = json.loads(run("kronecker", "-2", "--n", "9", "--scale", SIGMA, "--format", "json").out)["moment"]
    assert [[Fraction(x) for x in row] for row in found] == kronecker_moment(-2, 9, scale=SCALE).tolist()


def test_covariances_of_inverse_traces_at_every_scale(run: Run) -> None:
    assert run("cumulant", "-1", "-1", "--scale", "symbolic", "--m", "2", "--n", "8").out == (
        "1/225 tr(Sigma^-1)^2 + 1/45 tr(Sigma^-2)\n"
    )
    assert Fraction(4, 225) + Fraction(2, 45) == trace_covariance(-1, -1, 2, 8)
    assert run("cumulant", "-1", "-1", "--scale", "symbolic").out.endswith("\nfinite for n - m + 1 > 4\n")
    assert run("cumulant", "1", "-1", "--scale", "symbolic").out == (
        "-2 m/(n - m - 1)\nfinite for n - m + 1 > 2 (m >= 2)\n"
    )


def test_formulas_of_two_wishart_matrices_say_when_they_hold(run: Run) -> None:
    assert run("manova", "2", "--of", "F", "--beta", "2").out.endswith("\nfinite for n2 - m + 1 > 2\n")
    assert run("manova", "-1").out.endswith("\nfinite for n1 - m + 1 > 2\n")
    assert "finite" not in run("manova", "2").out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("table --words --inverse", "--covariances (with --inverse) and --words are tables by themselves"),
        ("table --covariances --m 2 --n 9", "--covariances (with --inverse) and --words are tables by themselves"),
        ("table --covariances --max-k 1", "need 2 <= max-k <= 8 for a table of covariances, got 1"),
        ("table --words --beta 4", "need beta 1 or 2 for a table of words, got 4"),
        ("determinant 2", "need --m or --scale"),
        ("determinant -3 --m 2 --n 5", "need n - m + 1 > 6 for a finite moment"),
        ("determinant 1/2 --m 3 --n 5 --beta 99999999999999999999", "need (beta/2) n <= 100,000 for an exact h"),
        ("cumulant -1 -1 --beta 1e308", "need beta as a fraction of numbers up to 10^50 for a formula"),
        (
            "determinant 2 --scale symbolic",
            "need --scale as [[2,1],[1,2]] or the name of a file of rows, got 'symbolic'",
        ),
        ("extreme 3 --m 2 --n 3 --scale symbolic", "need --scale as [[2,1],[1,2]] or the name of a file of rows"),
        ("log-determinant --m 2 --n 5 --other-scale x", "need --other-scale as [[2,1],[1,2]] or the name of a file"),
        ("entry 1,1 --scale 3", "need --scale as [[2,1],[1,2]] or the name of a file of rows, got '3'"),
        ("density 1 --n 3", "need --m or --scale"),
        ("density nan --n 3 --m 2", "need x as a number and finite, got 'nan'"),
        ("density 1 --m 3 --n 5 --scale [[1,0],[0,2]]", "need a scale of m = 3 rows, got 2"),
        ("hypergeometric x", "need X as [[2,1],[1,2]]"),
        ("hypergeometric [[1,0],[0,2]] --lower -1", "need lower parameters with no (b)_κ = 0"),
        ("determinant --what --m 2", "no such option: --what"),
        ("log-determinant --n 5", "need --m or --scale"),
        ("log-determinant --m 2 --n 5 --other-n 6 --beta 2", "need real Wishart laws, beta = 1, for a divergence"),
        ("entry 12", "need an entry as row,column, such as 1,2, got '12'"),
        ("entry a,b", "need pairs of numbers from 1 on"),
        ("cumulant 2 0 --scale symbolic", "need orders other than 0 with --scale symbolic"),
        ("moment 2 --m 3 --n 5 --df 6", "need one of --n, --df, got 2 of them"),
        ("moment 2 --m 3 --df=5 --n=5", "need one of --n, --df, got 2 of them"),
        ("extreme 50 --m 10 --n 20 --df 20", "need one of --n, --df, got 2 of them"),
        ("ridge --alpha 5 --df 9 --n 10 --m 2", "need one of --n, --df, got 2 of them"),
        ("plot variance --output a.svg -o b.svg", "need one of --output, -o, got 2 of them"),
    ],
)
def test_mistakes_are_one_line(run: Run, line: str, message: str) -> None:
    code, out, err = run(*line.split())
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err


def test_options_may_be_repeated_and_of_others_the_last_counts(run: Run) -> None:
    assert run("moment", "2", "--m", "3", "--n", "4", "--n", "5").out == run("moment", "2", "--m", "3", "--n", "5").out
    assert run("certify", "4x4", "--sigma", "1", "--sigma", "2", "--digits", "3").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "4,5;1\n1;2,5\n",  # decimal commas
        '"";"a";"b"\n"1";4,5;1\n"2";1;2,5\n',  # as R's write.csv2 writes them
        '"a";"b"\n4,5;1\n1;2,5\n',
        "4,5\t1,0\n1,0\t25,0E-1\n",
        "4.5;1\n1;2.5\n",
        "4.5,1\n1,2.5\n",
    ],
)
def test_decimal_commas_between_semicolons_are_read(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "sigma.csv").write_text(text, "utf-8")
    words = ["moment", "1", "--power", "1", "--n", "2", "--scale", str(tmp_path / "sigma.csv"), "--format", "csv"]
    assert run(*words).out == "211,56\n56,99\n"  # n² tr(Σ) Σ + 2 n Σ²


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4,5 1,0\n1,0 2,5\n", "need decimals of --scale with a point, or with a comma between semicolons"),
        ("4.5;1\n1;2,5\n", "need decimals of --scale with a point or with a comma, got '2,5' and '4.5'"),
        ("4,5,1,0\n1,0,2,5\n", "need scale to be a square matrix"),
    ],
)
def test_commas_that_could_be_both_are_refused(run: Run, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "sigma.csv").write_text(text, "utf-8")
    code, _, err = run("moment", "2", "--n", "7", "--scale", str(tmp_path / "sigma.csv"))
    assert (code, len(err.splitlines())) == (2, 1)
    assert message in err


def test_density_and_hypergeometric_print_what_the_functions_give(run: Run) -> None:
    spectrum = WishartSpectrum(2, 5, scale=SCALE)
    printed = [line.split() for line in run("density", "1/2", "3", "--n", "5", "--scale", SIGMA).out.splitlines()]
    assert [point for point, _ in printed] == ["1/2", "3"]
    assert [float(value) for _, value in printed] == pytest.approx(spectrum.density([0.5, 3]).tolist(), rel=1e-11)
    flat = json.loads(run("density", "2", "--m", "3", "--n", "5", "--beta", "2", "--json").out)
    assert flat["density"] == [float(WishartSpectrum(3, 5, 2).density(2.0))]
    found = hypergeometric([Fraction(1, 2)], [2], SCALE)
    assert run("hypergeometric", SIGMA, "--upper", "1/2", "--lower", "2").out == f"{found}\n"
    both = json.loads(run("hypergeometric", SIGMA, "--second", "[[1, 0], [0, 0]]", "--log", "--json").out)
    assert both["value"] == pytest.approx(float(hypergeometric([], [], SCALE, [[1, 0], [0, 0]], log=True)), rel=1e-12)
