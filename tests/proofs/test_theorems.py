"""The recurrences are theorems: the identities hold, by two programs; every mutant of them fails in both."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import acb, fmpq_mpoly

from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.inverse.inverse_recurrence import inverse_traces_at
from wishart_moments.moments.recurrence import TraceMomentTable, trace_moments_at
from wishart_moments.moments.recurrence_coefficients import coefficients
from wishart_moments.proofs import check_identity
from wishart_moments.proofs.densities import COMPLEX, JACOBI, ORDERS, REAL, Density
from wishart_moments.proofs.finder import find_recurrence
from wishart_moments.proofs.identities import Identity, Recurrence
from wishart_moments.proofs.theorems import THEOREMS, Theorem, theorem
from wishart_moments.spectrum.density import eigenvalue_density, panel_edges
from wishart_moments.spectrum.panels import Panels

each_theorem = pytest.mark.parametrize("subject", THEOREMS, ids=lambda each: each.name)


@each_theorem
def test_the_theorem_is_proved_by_polynomials_and_again_by_integers(subject: Theorem) -> None:
    assert subject.proved()
    assert check_identity.holds(subject.document())


@each_theorem
def test_what_is_proved_is_what_the_exact_moments_obey(subject: Theorem) -> None:
    table = TraceMomentTable(12, subject.beta, packed=False)
    _, m, n = ORDERS.gens()
    moments = {0: m} | {k: p.to_dict() for k, p in table.items()}
    at = {k: ORDERS.from_dict({(0, *e): c for e, c in p.items()}) if k else m for k, p in moments.items()}
    for k in range(9):
        stated = coefficients(subject.beta, 0 * m + k, m, n)
        assert not sum((p * at[k + j] for j, p in enumerate(stated)), start=0 * m)
    assert subject.recurrence.coefficients == coefficients(subject.beta, *ORDERS.gens())


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_the_proved_recurrence_joins_negative_and_positive_moments(beta: int) -> None:
    m, n, reach = 3, 12, 4
    moments = [*inverse_traces_at(reach, m, n, beta)[::-1], *trace_moments_at(6, m, n, beta)]
    for k in range(-reach, 1):
        stated = coefficients(beta, k, m, n)
        assert sum(p * moments[reach + k + j] for j, p in enumerate(stated)) == 0


def mutants(recurrence: Recurrence) -> Iterator[Recurrence]:
    """The recurrence with one coefficient of one monomial changed, or one monomial k too many."""
    for j, p in enumerate(recurrence.coefficients):
        for exponents, c in p.to_dict().items():
            for wrong in (c + 1, -c, 0 * c):
                changed = ORDERS.from_dict({**p.to_dict(), exponents: wrong})
                yield Recurrence((*recurrence.coefficients[:j], changed, *recurrence.coefficients[j + 1 :]))
        yield Recurrence((*recurrence.coefficients[:j], p + ORDERS.gens()[0], *recurrence.coefficients[j + 1 :]))


@each_theorem
def test_every_mutant_of_the_recurrence_fails_in_both_programs(subject: Theorem) -> None:
    killed = 0
    for mutant in mutants(subject.recurrence):
        if subject.beta == 4:
            claim = Theorem(subject.name, 4, mutant, subject.identity, "", "")
        else:
            claim = Theorem(subject.name, subject.beta, mutant, Identity(subject.identity.density, mutant), "", "")
        assert not claim.proved()
        assert not check_identity.holds(claim.document())
        killed += 1
    assert killed >= 20


def test_a_wrong_density_proves_nothing() -> None:
    for i in range(len(REAL.basis)):
        start = tuple(c + (i == index) for index, c in enumerate(REAL.start))
        wrong = replace(REAL, start=start)
        assert not Identity(wrong, theorem("real").recurrence).holds
    assert not Identity(REAL, Recurrence(tuple(2 * p for p in theorem("complex").recurrence.coefficients))).holds


@pytest.mark.parametrize(("density", "name"), [(REAL, "real"), (COMPLEX, "complex")])
def test_the_finder_finds_the_recurrence_and_proves_it(density: Density, name: str) -> None:
    found = find_recurrence(density)
    assert found.holds
    assert found.recurrence == theorem(name).recurrence


# A search of some seconds.
@pytest.mark.slow
def test_the_finder_finds_the_recurrence_of_the_jacobi_ensemble() -> None:
    """Five terms of D_k = E tr B^k − E tr B^{k+1}, six of E tr B^k; proved by both programs, and true for m = 1."""
    found = find_recurrence(JACOBI, terms=5, degree=5)
    assert found.holds
    assert check_identity.holds(found.document())
    for first, second in ((3, 4), (1, 7), (6, 2)):

        def moment(k: int, first: int = first, second: int = second) -> Fraction:
            """E B^k of the Beta(n_1/2, n_2/2) law."""
            return prod((Fraction(first + 2 * i, first + second + 2 * i) for i in range(k)), start=Fraction(1))

        for k in range(6):
            stated = [p(k, 1, first, second) for p in found.recurrence.coefficients]
            terms = (Fraction(int(p.p), int(p.q)) * (moment(k + j) - moment(k + j + 1)) for j, p in enumerate(stated))
            assert sum(terms) == 0
    wrong = Recurrence((*found.recurrence.coefficients[:4], found.recurrence.coefficients[4] + 1))
    assert not Identity(JACOBI, wrong).holds
    assert not check_identity.holds(Identity(JACOBI, wrong).document())


def test_there_is_no_shorter_recurrence() -> None:
    with pytest.raises(LimitError, match="no recurrence of at most 4 terms, of degree 7 in k, was found for real"):
        find_recurrence(REAL, terms=4)
    with pytest.raises(LimitError, match="at most 2 terms"):
        find_recurrence(COMPLEX, terms=2)


def _laguerre(degree: int, a: int, x: acb) -> acb:
    return acb(x).laguerre_l(degree, a)


@pytest.mark.parametrize(("m", "n"), [(2, 2), (2, 5), (3, 3), (3, 4), (4, 7), (5, 6), (6, 6), (7, 12)])
def test_the_vector_of_the_module_is_the_density_that_is_cited(m: int, n: int) -> None:
    """The vectors at points, with F from its derivative by quadrature, against `spectrum.density`: at 12 digits."""
    big_n, a = m - 1, n - m
    panels = Panels(panel_edges(m, n))
    points = [0.3 * n, 1.1 * n, 2.2 * n]
    _, cited = eigenvalue_density(m, n, 1, panels)
    expected = cited(np.array(points))
    scale = acb(big_n + 1).gamma() / acb(big_n + a + 1).gamma()

    def parts(x: acb) -> tuple[acb, acb, acb, acb]:
        laguerre = _laguerre(big_n, a, x)
        slope = -x * (_laguerre(big_n - 1, a + 1, x))
        return laguerre, slope, x**a * (-x).exp(), (x.log() * (a - 1) / 2 - x / 2).exp()

    def kernel(x: acb) -> acb:
        laguerre, slope, w, _ = parts(x)
        return scale * w * (big_n * x * laguerre**2 + (a - x) * laguerre * slope + slope**2) / x

    def derivative(x: acb) -> acb:
        laguerre, slope, _, u = parts(x)
        return u * (big_n * laguerre - slope)

    # ρ = kernel − ½ scale u L F: F at the first point is read off there, and the others must follow.
    heights = [acb(x) for x in points]
    first = parts(heights[0])
    value = (kernel(heights[0]) - acb(float(expected[0]))) / (scale * first[3] * first[0] / 2)
    for i in (1, 2):
        value += acb.integral(lambda x, _: derivative(x), heights[i - 1], heights[i])
        now = parts(heights[i])
        density = kernel(heights[i]) - scale * now[3] * now[0] * value / 2
        assert abs(float(density.real) - float(expected[i])) < 1e-11 * max(1.0, abs(float(expected[i])))


def test_an_unknown_theorem_is_named() -> None:
    with pytest.raises(DomainError, match="need a theorem out of real, complex, quaternion; got 'octonion'"):
        theorem("octonion")


def test_the_command_proves_every_theorem(command_line: Callable[..., Any]) -> None:
    code, out, err = command_line("prove")
    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [[each.name, "proved"] for each in THEOREMS]
    document = json.loads(command_line("prove", "--json").out)
    assert [line["proved"] for line in document] == [True] * len(THEOREMS)


def test_the_command_exits_1_when_an_identity_fails(
    command_line: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: list[fmpq_mpoly] = list(theorem("complex").recurrence.coefficients)
    wrong[1] += 1
    claim = Theorem("complex", 2, Recurrence(tuple(wrong)), Identity(COMPLEX, Recurrence(tuple(wrong))), "", "")
    monkeypatch.setattr("wishart_moments.proofs.theorems.THEOREMS", (claim,))
    code, out, err = command_line("prove")
    assert code == 1
    assert "complex      FAILS" in out
    assert err == "wishart-moments: the identity of theorem complex does not hold\n"


def test_the_command_shows_the_identity_in_text_and_latex(command_line: Callable[..., Any]) -> None:
    text = command_line("prove", "real", "--show", "text").out
    assert "x rho = N x w L^2 + (a - x) w L T + w T^2 - 1/2 x u L F" in text
    assert "sum_j p_j(-theta)[x^j x rho] = 0" in text
    latex = command_line("prove", "quaternion", "--show", "latex").out
    assert r"\begin{align*}" in latex
    assert r"(-2)^j p_j^{\text{real}}(k, -2m, -2n)" in latex
    assert command_line("prove", "--show", "svg").code == 2
    assert command_line("prove", "octonion").code == 2


@each_theorem
def test_a_stranger_checks_the_emitted_identity_with_the_standard_library(
    subject: Theorem, command_line: Callable[..., Any], tmp_path: Path
) -> None:
    written = tmp_path / "identity.json"
    written.write_text(command_line("prove", subject.name, "--show", "json").out)
    call = [sys.executable, "-I", check_identity.__file__, str(written)]
    good = subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (good.returncode, good.stdout) == (0, "the identity holds\n")
    document = json.loads(written.read_text())
    document["dual" if subject.beta == 4 else "recurrence"][1][0][0] += 1
    written.write_text(json.dumps(document))
    bad = subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (bad.returncode, bad.stdout) == (1, "the identity FAILS\n")
