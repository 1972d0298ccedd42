"""The checker accepts 10,000 random certificates and refuses each of them with a single number changed.

Certificates of variances, resolvents, moments of both signs and existence at random sizes, scales and digits. Changed
is a digit anywhere, an end by a unit in its last place, a moment by one, the order (or the first power), or m and n
change places. Then the time of a certificate of 25 digits at 64×128, σ = 1/√n, checked by `python -I check.py`, the
start of the interpreter included.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.measure import Candidate, Case
from wishart_moments import certified_resolvent, certified_variance, existence_certificate, moment_certificate
from wishart_moments.proofs.certificates import CHECKER
from wishart_moments.proofs.check import check

Document = dict[str, Any]
CHANGES = ("a digit", "an end", "a moment", "the order", "m and n")


def random_certificate(rng: random.Random) -> Document:
    """Return a certificate, one in three of moments or existence."""
    m = rng.randint(1, 12)
    kind = rng.randrange(6)
    beta = rng.choice([1, 2, 4])
    if kind == 0:
        return moment_certificate(rng.randint(2, 12), m, rng.randint(1, 12), beta=beta).document
    if kind == 1:
        k = rng.randint(1, 4)
        n = m + 2 * k + rng.choice([Fraction(0), Fraction(1, 2), Fraction(3)])
        if rng.random() < 0.5:
            return moment_certificate(-k, m, n, beta=beta).document
        parts = [-rng.randint(1, 3) for _ in range(rng.randint(1, 3))]
        return existence_certificate(parts, m, n, beta=beta).document
    n = rng.randint(1, 24)
    sigma = rng.choice(["he", "1/7", "sqrt(sqrt(1/n))", f"{rng.randint(1, 40)}/(50*sqrt(n))"])
    given: dict[str, Any] = {
        "alpha": Fraction(rng.randint(1, 40), 10),
        "digits": rng.randint(1, 6),
        "method": "moments",
    }
    if kind < 4:
        gamma = Fraction(rng.randint(1, 9), 3)
        return certified_variance(m, n, sigma, gamma=gamma, **given).certificate().document
    return certified_resolvent(m, n, sigma, **given).certificate().document


def changed(document: Document, change: str, rng: random.Random) -> Document | None:
    """Return the certificate with one number changed, None where there is no such number."""
    new = deepcopy(document)
    if change == "m and n":
        new["m"], new["n"] = document["n"], str(document["m"])
        return None if document["n"] == str(document["m"]) else new
    if change == "the order":
        name = "order" if "order" in new else "first"
        if name not in new:
            return None
        new[name] += rng.choice([-1, 1])
        return new
    if change == "a moment":
        if "moments" not in new:
            return None
        index = rng.randrange(len(new["moments"]))
        new["moments"][index] = str(Fraction(new["moments"][index]) + 1)
        return new
    if change == "an end":
        name = rng.choice(["lower", "upper", "decimals"])
        if name not in new:
            return None
        if name == "decimals":
            side = rng.randrange(2)
            unit = Fraction(rng.choice([-1, 1]), 10 ** new["places"])
            new[name][side] = str(Fraction(new[name][side]) + unit)
        else:
            end = Fraction(new[name])
            new[name] = str(Fraction(end.numerator + rng.choice([-1, 1]), end.denominator))
        return new
    return _with_a_digit_changed(document, rng)


def _with_a_digit_changed(document: Document, rng: random.Random) -> Document:
    text = json.dumps(document)
    digit = rng.choice([each.start() for each in re.finditer(r"\d", text)])
    while True:
        other = text[:digit] + str((int(text[digit]) + rng.randint(1, 9)) % 10) + text[digit + 1 :]
        try:
            return json.loads(other)
        except ValueError:  # 07 is no number in JSON
            digit = rng.choice([each.start() for each in re.finditer(r"\d", text)])


class Findings(NamedTuple):
    """What the checker said of so many certificates and their mutants."""

    refused: int
    accepted: int
    mutants: int


def accepted(document: Document) -> bool:
    """Return whether the checker accepts a certificate."""
    try:
        return check(document).startswith("proved")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False


@cache
def findings(count: int, seed: int = 15) -> Findings:
    """Return how many of `count` certificates are refused, and how many of as many mutants are accepted."""
    rng = random.Random(seed)
    refused = wrong = mutants = 0
    for index in range(count):
        document = random_certificate(rng)
        refused += not accepted(document)
        new = changed(document, CHANGES[index % len(CHANGES)], rng) or changed(document, "a digit", rng)
        assert new is not None
        assert new != document
        mutants += 1
        wrong += accepted(new)
    return Findings(refused, wrong, mutants)


def _large(folder: Path) -> float:
    path = folder / "variance.json"
    certified_variance(64, 128, "he", digits=25).certificate().write(path, overwrite=True)
    start = perf_counter()
    run = subprocess.run([sys.executable, "-I", str(CHECKER), str(path)], cwd=folder, capture_output=True, check=False)
    seconds = perf_counter() - start
    assert run.returncode == 0
    return seconds


def _timed() -> tuple[None, float]:
    with tempfile.TemporaryDirectory() as folder:
        return None, _large(Path(folder))


def cases(quick: bool) -> Iterator[Case]:
    """Yield what was refused and what was accepted wrongly, then the checker's time and lines."""
    count = 50 if quick else 10_000
    for name, subject in (("refused", "certificates that are refused"), ("accepted", "mutants that are accepted")):
        amount = Candidate(
            f"check.py, {count:,} tried", lambda name=name: (None, float(getattr(findings(count), name))), metered=True,
            once=True,
        )  # fmt: skip
        yield Case(subject, (amount,), 0, unit="count", repeats=1)
    lines = float(len(CHECKER.read_text("utf-8").splitlines()))
    yield Case("lines of the checker", (Candidate("check.py", lambda: (None, lines), metered=True, once=True),), 80,
               unit="count", repeats=1)  # fmt: skip
    yield Case("25 digits at 64×128, σ = 1/√n, checked", (Candidate("check.py", _timed, metered=True),), 1.0)
