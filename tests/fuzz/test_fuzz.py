"""Whatever is asked, by a call or a command line: an answer, or a refusal in one line; never a crash or a hang."""

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import wishart_moments
from tests.fuzz.calls import CALLS, UNCALLED
from tests.fuzz.cases import Case, case, command_of, commands, lines, public_callables
from tests.fuzz.lines import LINES, REFUSED
from tests.fuzz.runner import Failure, Report, Worker, run_cases
from tests.fuzz.worker import command, contents, fill


def described(failures: list[Failure]) -> str:
    return "\n".join(map(str, failures))


def share(cases: int, of: int, number: int) -> Report:
    """Run every of-th of the first cases of seed 0."""
    return run_cases((case(0, k) for k in range(number, cases, of)), Report())


@pytest.mark.parametrize("number", range(4))
def test_a_thousand_cases_are_answered_or_refused(number: int) -> None:
    report = share(1000, 4, number)
    assert not report.failures, described(report.failures)
    assert report.counts.total() == 250


# Ten times as many: minutes.
@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_ten_thousand_cases_are_answered_or_refused(number: int) -> None:
    report = share(10_000, 20, number)
    assert not report.failures, described(report.failures)
    assert report.counts.total() == 500


def test_cases_are_functions_of_seed_and_number() -> None:
    first = [case(0, k) for k in range(200)]
    assert first == [case(0, k) for k in range(200)]
    assert len({each.text for each in first}) > 190
    assert first != [case(1, k) for k in range(200)]


def test_every_public_name_every_command_and_every_option_is_reached() -> None:
    calls = [case(0, k, "api").text for k in range(3000)]
    assert [name for name in public_callables() if not any(f"w.{name}(" in call for call in calls)] == []
    words = [shlex.split(case(0, k, "cli").text)[1:] for k in range(10_000)]
    for name, options in commands().items():
        used = {word for line in words if command_of(line) == name for word in line}
        assert used, name
        assert [each.words for each in options if each.words and not used & set(each.words)] == [], name


def test_there_is_a_valid_call_of_every_public_name() -> None:
    """Names that users are handed and do not build are listed in UNCALLED, exceptions are raised."""
    called = {name for call in CALLS for name in re.findall(r"\bw\.(\w+)", call)}
    public = {name: getattr(wishart_moments, name) for name in wishart_moments.__all__}
    raised = {name for name, each in public.items() if isinstance(each, type) and issubclass(each, Exception)}
    assert public.keys() - raised - UNCALLED == called


def test_the_valid_calls_are_answered_and_the_valid_lines_run() -> None:
    with Worker() as worker:
        for call in CALLS:
            assert worker.run(Case("api", call)) == {"outcome": "answered"}, call
        for line in LINES:
            if command_of(shlex.split(line)) not in REFUSED:
                assert worker.run(Case("cli", f"wishart-moments {line}"))["outcome"] != "failed", line


def test_commands_that_run_long_are_only_asked_for_what_they_refuse() -> None:
    assert REFUSED.keys() <= commands().keys()
    assert {command_of(list(line)) for line in lines()} == set(commands())
    for k in range(3000):
        line = shlex.split(case(0, k, "cli").text)[1:]
        ends = REFUSED.get(command_of(line) or "", [[]])
        assert any(line[len(line) - len(end) :] == end for end in ends)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("flint.ctx.__setattr__('prec', 99)", "precision left changed"),
        ("mpmath.mp.__setattr__('prec', 99)", "precision left changed"),
        ("bytearray(5 << 29)", "memory over 2 GB"),
        ("__import__('os').abort()", "crash by SIGABRT"),
        ("__import__('os').kill(__import__('os').getpid(), 11)", "crash by SIGSEGV"),
        ("w.trace_moment(3, 4, 7, bogus=1)", "refused"),
        ("w.trace_moment(2.5)", "refused"),
        ("w.trace_moment(3, 4, 7)", "answered"),
        ("__import__('wishart_moments.files').files.write_atomically(1, b'')", "failed"),
        # Twenty seconds of computing.
        pytest.param("[k for k in iter(int, 1) if k]", "hang over 20 s", marks=pytest.mark.slow),
    ],
)
def test_the_runner_sees_what_is_wrong(text: str, kind: str) -> None:
    with Worker() as worker:
        found = worker.run(Case("api", text))
        assert kind in (found.get("kind"), found["outcome"])
        assert worker.run(Case("api", "w.trace_moment(3, 4, 7)")) == {"outcome": "answered"}


def _writes_and_refuses() -> None:
    Path("left.txt").write_text("x")
    print("no", file=sys.stderr)
    sys.exit(2)


def _prints_a_traceback() -> None:
    print("Traceback (most recent call last):", file=sys.stderr)
    sys.exit(1)


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        (_writes_and_refuses, "files left by a refusal"),
        (_prints_a_traceback, "traceback printed"),
        (lambda: sys.exit(2), "refused without a word"),
        (lambda: sys.exit(3), "exit 3"),
        (lambda: print("\udcff"), "UnicodeEncodeError"),
        (lambda: 1 // 0, "ZeroDivisionError"),
        (lambda: sys.exit(130), "answered"),
        (lambda: print("σ"), "answered"),
    ],
)
def test_what_a_command_may_not_do_is_seen(
    program: Callable[[], object], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wishart_moments.__main__.main", program)
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    before = contents(tmp_path)
    found = command("wishart-moments table", tmp_path)
    assert kind in (found.get("kind"), found["outcome"])
    assert contents(tmp_path) == before, "the next command finds the folder as it was"
