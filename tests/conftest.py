"""The command line in this process: `command_line(...)` takes its words and returns exit code, stdout and stderr.

And how many random examples a test takes: a few in `make test`; all of them in `make test-slow`.
"""

import os
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from wishart_moments.__main__ import main

EXAMPLES = 25
"""Random examples of a test, at most, but with --hypothesis-profile=slow: there, what its settings say."""

IN_CI = bool(os.environ.get("CI"))
"""There the examples are the same at every run: a change is judged by itself. Elsewhere they are new ones each time."""

settings.register_profile("slow", deadline=None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bound the examples; with the profile "slow" mark the tests that take examples as slow instead."""
    every = settings.get_current_profile_name() == "slow"
    for item in items:
        test = getattr(item, "obj", None)
        if not is_hypothesis_test(test):
            continue
        if every:
            item.add_marker("slow")
        given = test._hypothesis_internal_use_settings
        count = given.max_examples if every else min(given.max_examples, EXAMPLES)
        # A busy machine is no failure: neither the time of an example nor that of drawing one is limited.
        slow = [*given.suppress_health_check, HealthCheck.too_slow]
        test._hypothesis_internal_use_settings = settings(
            given, max_examples=count, derandomize=IN_CI, deadline=None, suppress_health_check=slow
        )


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    def call(*words: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["wishart-moments", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = capsys.readouterr()
        return Result(int(stopped.value.code or 0), printed.out, printed.err)

    return call
