"""Words refuse what they do not know, in one line, at once."""

import time
from typing import Any

import numpy as np
import pytest

from wishart_moments import expected_word
from wishart_moments.errors import DomainError, LimitError


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("trace(S^2)", r"write tr\(\.\.\.\)"),
        ("Tr(S^2)", r"write tr\(\.\.\.\)"),
        ("tr(S) trace (S)", r"write tr\(\.\.\.\)"),
        ("inv(S) A", r"write S\^-1 for that of S, and give the inverse of A as a letter"),
        ("S1 inv(S2)", r"write S\^-1 for that of S, and give the inverse of A as a letter"),
        ("det(S)", "there is tr"),
        ("log (S)", "there is tr"),
        ("S A(S B)", "a space before its bracket"),
    ],
)
def test_a_name_before_a_bracket_is_a_function_and_there_is_one(text: str, near: str) -> None:
    with pytest.raises(DomainError, match=near) as refusal:
        expected_word(text)
    assert "there is tr, such as tr(S A)" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_brackets_after_a_space_are_a_product() -> None:
    assert expected_word("S A (S B)") == expected_word("S A S B")
    assert expected_word("tr (S A)") == expected_word("tr(S A)")
    assert expected_word("(" * 50 + "S" + ")" * 50) == expected_word("S")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 500 + "S" + ")" * 500, "at most 50 brackets"),
        ("tr(" * 51 + "S" + ")" * 51, "at most 50 brackets"),
        ("S" + "a" * 10_000, "at most 10,000 characters"),
        ("S " * 30, "adds up more than 4,000,000 terms"),
        (" ".join(f"S A{i}" for i in range(30)), "adds up more than 4,000,000 terms"),
    ],
)
def test_limits_are_named(text: str, message: str) -> None:
    start = time.process_time()
    with pytest.raises(LimitError, match=message):
        expected_word(text)
    assert time.process_time() - start < 10


class Module:
    """Neither a mapping nor a collection of names."""


@pytest.mark.parametrize(
    "arguments",
    [
        {"symmetric": [{1: 2}]},
        {"symmetric": 3},
        {"symmetric": None},
        {"symmetric": Module()},
        {"shapes": Module()},
        {"shapes": 3},
        {"shapes": {(1, 2): 1}},
        {"shapes": {"X": "mn"}},
        {"shapes": np.array([["a", "b"], ["b", "a"]])},
        {"scale": 3},
        {"scale": Module()},
        {"scale": {"S": 3}},
        {"columns": np.eye(2)},
        {"means": ["S"]},
        {"beta": np.eye(2)},
    ],
)
def test_arguments_of_wrong_types_are_refused_in_one_line(arguments: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refusal:
        expected_word("S A S B", **arguments)
    assert "\n" not in str(refusal.value)
