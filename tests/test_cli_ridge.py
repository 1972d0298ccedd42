"""The command ridge prints what the functions return; mistakes are one line and exit 2."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from wishart_moments import expected_log_determinant, expected_resolvent, output_variance, ridge_degrees_of_freedom
from wishart_moments.errors import DomainError, MethodError

SCALE = [[2, 1], [1, 2]]


def test_it_prints_what_the_functions_return(command_line: Callable[..., Any]) -> None:
    given = ["ridge", "--alpha", "5", "--n", "50", "--scale", json.dumps(SCALE), "--quantity"]
    used = ridge_degrees_of_freedom(5, 50, SCALE)
    known = {"first": used.first, "second": used.second, "log-determinant": expected_log_determinant(5, 50, SCALE)}
    for name, value in known.items():
        code, out, _ = command_line(*given, name)
        assert (code, float(out)) == (0, value)
    code, out, _ = command_line(*given, "resolvent", "--format", "json")
    assert np.array(json.loads(out)["resolvent"], dtype=float).tolist() == expected_resolvent(5, 50, SCALE).tolist()


def test_certified_ends_are_rounded_outwards(command_line: Callable[..., Any]) -> None:
    given = ["ridge", "--alpha", "200", "--n", "50", "--scale", json.dumps(SCALE), "--certified", "--order", "10"]
    for name, value in (("first", ridge_degrees_of_freedom(200, 50, SCALE).first),
                        ("log-determinant", expected_log_determinant(200, 50, SCALE))):  # fmt: skip
        code, out, _ = command_line(*given, "--quantity", name, "--digits", "8")
        lower, _, middle, _, upper = out.split()
        assert (code, middle) == (0, name)
        assert float(lower) <= value <= float(upper)
        assert float(upper) - float(lower) < 1e-3
    code, out, _ = command_line(*given, "--format", "json")
    assert Fraction(json.loads(out)["lower"]) < Fraction(json.loads(out)["upper"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--alpha", "0", "--m", "3"], "need alpha > 0"),
        (["--alpha", "1"], "need either --scale or --m"),
        (["--alpha", "1", "--m", "3", "--beta", "4"], "need beta 1"),
        (["--alpha", "1", "--m", "3", "--quantity", "x"], "need --quantity"),
        (["--alpha", "1", "--m", "3", "--order", "4"], "need --certified with --order"),
        (["--alpha", "1", "--m", "3", "--certified", "--quantity", "resolvent"], "need first, second"),
        (["--alpha", "1", "--m", "3", "--certified", "--format", "csv"], "need"),
    ],
)
def test_mistakes_are_one_line(command_line: Callable[..., Any], words: list[str], message: str) -> None:
    code, _, error = command_line("ridge", "--n", "5", *words)
    assert code == 2
    assert message in error
    assert len(error.strip().splitlines()) == 1


def test_the_variance_of_structured_weights() -> None:
    identity = [output_variance(3, 5, s, alpha=0.5, gamma=2) for s in (0.0, 1.0, "he")]
    assert output_variance(3, 5, [0.0, 1.0], alpha=0.5, gamma=2, scale=np.eye(3)) == pytest.approx(
        identity[:2], rel=1e-13
    )
    assert output_variance(3, 5, "he", alpha=0.5, gamma=2, scale=np.eye(3)) == pytest.approx(identity[2], rel=1e-13)
    generator, root = np.random.default_rng(1), np.linalg.cholesky(np.array(SCALE, dtype=float))
    w = root @ generator.standard_normal((20_000, 2, 3))
    s = w @ w.transpose(0, 2, 1)
    traces = np.trace(s @ np.linalg.inv(np.eye(2) + s), axis1=1, axis2=2) / 2
    exact = output_variance(2, 3, 1, scale=SCALE)
    assert abs(traces.mean() - exact) < 4.5 * traces.std() / 20_000**0.5
    with pytest.raises(DomainError, match="need a scale of m = 3 rows"):
        output_variance(3, 5, 1, scale=SCALE)
    with pytest.raises(MethodError, match="needs method 'exact'"):
        output_variance(2, 5, 1, scale=SCALE, method="series")
