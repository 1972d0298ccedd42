"""The command line of MANOVA, extreme eigenvalues, Gaussian ensembles and inverses in words."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from wishart_moments import (
    condition_number_cdf,
    f_trace_moment,
    largest_eigenvalue_cdf,
    largest_eigenvalue_quantile,
    manova_trace_product_moment,
    roy_test,
    smallest_eigenvalue_cdf,
)

Run = Callable[..., Any]


@pytest.fixture
def run(command_line: Run) -> Run:
    return command_line


def test_manova_prints_formulas_and_numbers(run: Run) -> None:
    assert run("manova", "1").out == "m n1/(n1 + n2)\n"
    assert run("manova", "1", "--of", "F").out == "m n1/(n2 - m - 1)\nfinite for n2 - m + 1 > 2\n"
    number = manova_trace_product_moment([2, 1], 3, 4, "41/2", beta=2)
    assert run("manova", "2", "1", "--m", "3", "--n1", "4", "--n2", "41/2", "--beta", "2").out == f"{number}\n"
    document = json.loads(
        run("manova", "-1", "--of", "F", "--m", "3", "--n1", "9", "--n2", "4", "--format", "json").out
    )
    assert Fraction(document["moment"]) == f_trace_moment(-1, 3, 9, 4)


def test_gaussian_prints_the_numbers_of_maps(run: Run) -> None:
    assert run("gaussian", "8", "--beta", "2").out == "7 m (2 m^4 + 10 m^2 + 3)\n"
    assert run("gaussian", "4", "--m", "2").out == "46\n"


def test_condition_number_prints_its_law(run: Run) -> None:
    assert run("condition-number", "30", "--m", "10", "--n", "20").out == f"{condition_number_cdf(30, 10, 20)}\n"
    assert json.loads(run("condition-number", "4", "--m", "2", "--n", "3", "--json").out)["value"] == 0.36
    assert "need t >= 1" in run("condition-number", "1/2", "--m", "2", "--n", "3").err


def test_extreme_prints_probabilities_with_their_error(run: Run) -> None:
    assert run("extreme", "50", "--m", "10", "--n", "20").out == f"{largest_eigenvalue_cdf(50, 10, 20)}\n"
    lines = run("extreme", "1/2", "--smallest", "--m", "3", "--n", "4", "--json").out
    assert json.loads(lines)["value"] == smallest_eigenvalue_cdf("1/2", 3, 4).value
    assert (
        run("extreme", "0.95", "--quantile", "--m", "4", "--n", "9").out
        == f"{largest_eigenvalue_quantile('0.95', 4, 9)}\n"
    )
    scaled = run("extreme", "1", "--smallest", "--survival", "--m", "2", "--n", "3", "--scale", "[[2,1],[1,2]]").out
    assert float(scaled.split(" ")[0]) == pytest.approx(2.718281828459045 ** (-2 / 3), rel=1e-14)


def test_roy_prints_a_p_value(run: Run) -> None:
    words = ("roy", "0.9", "--m", "4", "--n1", "2", "--n2", "33", "--of", "F")
    found = roy_test("0.9", 4, 2, 33, of="F")
    assert run(*words).out == f"{found}\n"
    assert json.loads(run(*words, "--json").out)["p"] == found.value


def test_words_with_inverses_say_when_they_are_finite(run: Run) -> None:
    lines = run("word", "S A S^-1 B").out.splitlines()
    assert lines == [
        "n/(n - m - 1) Sigma A Sigma^-1 B - 1/(n - m - 1) A^T B - 1/(n - m - 1) tr(A) B",
        "finite for n - m + 1 > 2",
    ]
    latex = run("word", "S^-1", "--format", "latex").out.splitlines()
    assert latex == [r"\frac{1}{n - m - 1} \Sigma^{-1}", "% finite for n - m + 1 > 2"]
    assert json.loads(run("word", "tr(S^-2)", "--scale", "I", "--format", "json").out)["condition"]
    assert run("word", "S^-1", "--at", "n=7", "--at", "Sigma=[[2,0],[0,1]]").out == "[1/8,   0]\n[  0, 1/4]\n"


def test_cumulants_of_negative_orders(run: Run) -> None:
    assert run("cumulant", "-1", "-1", "--m", "2", "--n", "8").out == "14/225\n"
    lines = run("cumulant", "1", "-1").out.splitlines()
    assert lines == ["-2 m/(n - m - 1)", "finite for n - m + 1 > 2 (m >= 2)"]


@pytest.mark.parametrize(
    "words",
    [
        ("manova", "1", "--of", "G"),
        ("manova", "1", "-1"),
        ("manova", "2", "--of", "F", "--m", "3", "--n1", "4", "--n2", "6"),
        ("manova", "x"),
        ("gaussian", "x"),
        ("extreme", "50", "--m", "10", "--n", "x"),
        ("extreme", "0.5", "--m", "3", "--n", "4", "--quantile", "--survival"),
        ("extreme", "1", "--smallest", "--m", "3", "--n", "5", "--scale", "[[1,0,0],[0,2,0],[0,0,3]]"),
        ("roy", "2", "--m", "3", "--n1", "4", "--n2", "9"),
        ("word", "A^-1 S"),
        ("cumulant", "-1", "-1", "--m", "2", "--n", "5"),
    ],
)
def test_bad_input_is_one_line(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.code != 0
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
