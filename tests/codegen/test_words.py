"""The means of words as functions of matrices: exact in Python, and floats within the stated error."""

import json
import re
import runpy
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import wishart_generated
from tests.codegen.word_cases import SIGMA, A, F, arguments_of, assert_close, every_case, floats
from wishart_generated import words_complex, words_real
from wishart_moments import entry_moment, expected_word, matrix_moment
from wishart_moments.codegen import (
    TableError,
    WordTable,
    render,
    table_from_json,
    table_to_json,
    word_table,
)
from wishart_moments.errors import DisagreementError, DomainError
from wishart_moments.moments.words import word_confirmation
from wishart_moments.moments.words.word_confirmation import WORDS


@pytest.fixture
def module(words: WordTable) -> ModuleType:
    """The generated module of a table."""
    return getattr(wishart_generated, words.name)


@pytest.mark.parametrize("n", [9, F(15, 2)], ids=str)
@pytest.mark.parametrize("word", WORDS)
def test_python_is_exact(words: WordTable, module: ModuleType, word: str, n: Any) -> None:
    moment = expected_word(word, beta=int(words.beta))
    values = {"n": n, "Sigma": SIGMA} | ({"A": A} if "A" in word else {})
    found = module.expected_word(word, n, *arguments_of(word))
    assert found == moment.at(values)
    assert all(isinstance(entry, int | F) for row in found for entry in row)


def test_words_without_a_are_matrix_moments(words: WordTable, module: ModuleType) -> None:
    """Another route: marked moments for S, signed equations for S^{-1}."""
    for word, r in (("S", 1), ("S^2", 2), ("S^-1", -1), ("S^-2", -2)):
        assert module.expected_word(word, 9, SIGMA) == matrix_moment(r, n=9, scale=SIGMA, beta=words.beta)


def test_sandwiches_are_sums_of_moments_of_entries(words: WordTable, module: ModuleType) -> None:
    """(S A S)_il = Σ_jk S_ij A_jk S_kl, the moments of entries by integration by parts."""
    size = range(3)

    def entry(i: int, last: int) -> Any:
        pairs = ((((i + 1, j + 1), (k + 1, last + 1)), A[j][k]) for j, k in product(size, size))
        return sum(entry_moment(each, 5, scale=SIGMA, beta=words.beta) * a for each, a in pairs)

    assert module.expected_word("S A S", 5, SIGMA, A) == [[entry(i, j) for j in size] for i in size]


def test_one_dimension_is_chi_squared() -> None:
    """E χ² = n, E χ⁴ = n (n + 2), E χ^{-2} = 1/(n − 2), E χ^{-4} = 1/((n − 2)(n − 4))."""
    n = F(11, 2)
    wanted = {"S": n, "S^2": n * (n + 2), "S^-1": 1 / (n - 2), "S^-2": 1 / ((n - 2) * (n - 4))}
    assert {word: words_real.expected_word(word, n, [[1]])[0][0] for word in wanted} == wanted


def test_the_closed_form_of_the_literature() -> None:
    """Σ = [[2, 1], [1, 3]], n = 9, A = [[1, 3/10], [3/10, 2]]."""
    found = words_real.expected_word(" S^-1  A S^-1", 9, [[2, 1], [1, 3]], [[1, F(3, 10)], [F(3, 10), 2]])
    assert found == [[F(31, 1750), F(-179, 21000)], [F(-179, 21000), F(149, 10500)]]


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor], ids=["lists", "arrays", "tensors"])
def test_floats_of_python_keep_the_stated_error(
    words: WordTable, module: ModuleType, kind: Callable[[Any], Any]
) -> None:
    for case in every_case():
        word, n, sigma, a = case
        given = [np.array(floats(each)) for each in (sigma, a) if each]
        given = [each.tolist() if kind is list else kind(each) for each in given]
        found = module.expected_word(word, float(n), *given)
        assert isinstance(found, type(given[0]))
        assert_close(words, case, found if kind is list else found.tolist())


def test_stacks_of_matrices_are_taken_one_by_one(module: ModuleType) -> None:
    rng = np.random.default_rng(3)
    w = rng.normal(size=(2, 5, 3, 8))
    sigma, a = w @ w.swapaxes(-2, -1), rng.normal(size=(2, 5, 3, 3))
    for word in WORDS:
        given = [sigma, a] if "A" in word else [sigma]
        found = module.expected_word(word, 9, *given)
        assert found.shape == sigma.shape
        one = module.expected_word(word, 9, *(each[1, 2] for each in given))
        np.testing.assert_allclose(found[1, 2], one, rtol=1e-13)
        tensors = module.expected_word(word, 9, *map(torch.tensor, given))
        np.testing.assert_allclose(tensors.numpy(), found, rtol=1e-12)


def test_scalars_of_numpy_are_numbers() -> None:
    for n in (np.int8(9), np.array(9)):
        assert words_real.expected_word("S^-2", n, SIGMA) == words_real.expected_word("S^-2", 9, SIGMA)
    rows = list(map(list, np.array([[2, 1], [1, 2]], dtype=np.float32)))
    assert words_real.expected_word("S", np.float32(3), rows) == [[6.0, 3.0], [3.0, 6.0]]


def test_tensors_carry_gradients() -> None:
    """E tr S^{-1} at m = 1 is 1/(σ (n − 2)); its derivative in σ is −1/(σ² (n − 2))."""
    sigma = torch.tensor([[2.0]], dtype=torch.float64, requires_grad=True)
    words_real.expected_word("S^-1", 6, sigma).sum().backward()
    assert sigma.grad is not None
    assert float(sigma.grad) == pytest.approx(-1 / 16)


def test_hermitian_matrices_are_for_the_complex_table() -> None:
    sigma = np.array([[2, 1 + 1j], [1 - 1j, 3]])
    found = words_complex.expected_word("S^-1 A S^-1", 9, sigma, np.eye(2) * 1j)
    wanted = expected_word("S^-1 A S^-1", beta=2).at(n=9, Sigma=sigma, A=np.eye(2) * 1j)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
    with pytest.raises(ValueError, match="need a real matrix Sigma, got a complex one"):
        words_real.expected_word("S", 9, sigma)


REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "another word": (("S^3", 9, SIGMA), "need one of the words S, S^2, S A S, S^-1, S^-2, S^-1 A S^-1, got S^3"),
    "an infinite mean": (("S^-1", 4, SIGMA), "need n - m + 1 > 2 for finite inverse moments of degree 1, got m = 3"),
    "an infinite square": (
        ("S^-2", F(13, 2) - F(1, 2), SIGMA),
        "need n - m + 1 > 4 for finite inverse moments of degree 2",
    ),
    "no degrees of freedom": (("S", F(3, 2), SIGMA), "need n > m - 1 = 2, or an integer n >= 1, got n = 3/2"),
    "not symmetric": (("S", 9, A), "need a symmetric matrix Sigma"),
    "not definite": (("S^-1", 9, [[1, 2], [2, 1]]), "need a positive definite matrix Sigma, for its inverse"),
    "an array that is not definite": (("S^-1", 9, np.array([[1, 2], [2, 1]])), "need a positive definite matrix Sigma"),
    "a tensor that is not definite": (("S^-1", 9, torch.tensor([[1.0, 2], [2, 1]])), "need a positive definite matrix"),
    "no A": (("S A S", 9, SIGMA), "need a matrix A for the word S A S"),
    "an A too many": (("S", 9, SIGMA, A), "need no matrix A for the word S"),
    "an A of another size": (("S A S", 9, SIGMA, [[1]]), "need A as a matrix of 3 rows, as Sigma is, got 1"),
    "an array of another size": (
        ("S A S", 9, np.eye(2), np.eye(3)),
        "need A as a matrix of 2 rows, as Sigma is, got 3",
    ),
    "a mixture": (("S A S", 9, SIGMA, np.eye(3)), "need Sigma and A as nested lists, or both as arrays"),
    "no matrix": (("S", 9, [1, 2]), "need Sigma as a square matrix, such as"),
    "a text": (("S", 9, "[[1]]"), "need Sigma as a square matrix, such as"),
    "rows of two lengths": (("S", 9, [[1, 2], [2]]), "need Sigma as a square matrix, such as"),
    "nothing": (("S", 9, []), "need Sigma as a square matrix, such as"),
    "not square": (("S", 9, np.ones((2, 3))), "need Sigma as a square matrix, or a stack of them, got the shape"),
    "a bool": (("S", 9, [[True]]), "need a real number Sigma[0][0], got True"),
    "not finite": (("S", 9, [[float("nan")]]), "need a finite Sigma[0][0], got nan"),
    "an n that is none": (("S", "9", [[1]]), "need a real number, array or tensor n, got 9"),
    "an array n": (("S", np.array([4, 5]), [[1]]), "need single numbers n and entries of matrices"),
    "an n beyond floats": (("S", 10**400, np.eye(2)), "need n within the range of floats"),
    "one of a stack": (("S", 9, np.array([1e12 * np.eye(2), [[1, 5], [0, 1]]])), "need a symmetric matrix Sigma"),
    "one of a stack of tensors": (
        ("S", 9, torch.tensor([[[1e12, 0], [0, 1]], [[1, 5], [0, 1]]])),
        "need a symmetric matrix Sigma",
    ),
    "half precision": (
        ("S^-1", 9, np.eye(2, dtype=np.float16)),
        "need Sigma of 32 or 64 bits, for its inverse, got float16",
    ),
    "a tensor of half precision": (
        ("S^-1", 9, torch.eye(2, dtype=torch.bfloat16)),
        "need Sigma of 32 or 64 bits, for its inverse, got torch.bfloat16",
    ),
    "long doubles": (("S^-1", 9, np.eye(2, dtype=np.longdouble)), "need Sigma of 32 or 64 bits, for its inverse"),
    "an array of objects": (("S", 9, np.array([[F(1)]], dtype=object)), "need Sigma as a matrix of floats or integers"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_python_says_what_it_refuses_in_one_line(what: str) -> None:
    arguments, message = REFUSED[what]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}") as caught:
        words_real.expected_word(*arguments)
    assert "\n" not in str(caught.value)


def test_a_rendered_module_stands_alone(words: WordTable, tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(render(words, "python"), "utf-8")
    functions = runpy.run_path(str(tmp_path / "words.py"))
    module = getattr(wishart_generated, words.name)
    for word in WORDS:
        assert functions["expected_word"](word, 9, *arguments_of(word)) == module.expected_word(
            word, 9, *arguments_of(word)
        )


def test_the_formulas_as_text_and_latex(words: WordTable) -> None:
    text, latex = render(words, "text"), render(words, "latex")
    assert "\nE[S^2] = n (n + 1) Sigma^2 + n tr(Sigma) Sigma\n" in text or words.beta == 2
    condition = {1: "n - m + 1 > 4", 2: "n - m + 1 > 2"}[int(words.beta)]
    assert f"finite if and only if {condition}\nD[S^-1 A S^-1] E[S^-1 A S^-1] = " in text
    assert r"\operatorname{E}\bigl[S A S\bigr] &= n^{2} \Sigma A \Sigma + n " in latex
    assert latex.count("{") == latex.count("}")


def test_csv_holds_every_term(words: WordTable) -> None:
    rows = [line.split(",") for line in render(words, "csv").splitlines()[1:]]
    found = [
        (
            row[1],
            ((tuple(tuple(x.split()) for x in row[2].split("; ") if x), tuple(row[3].split())), int(row[4]), F(row[5])),
        )
        for row in rows
    ]
    assert found == [(word, term) for word, terms in words.entries.items() for term in terms]


def test_json_gives_the_table_back(words: WordTable) -> None:
    assert table_from_json(table_to_json(words)) == words
    assert table_to_json(table_from_json(table_to_json(words))) == table_to_json(words)


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "SHA-256": lambda data: data["entries"]["S"][0].__setitem__(2, "2"),
    "a denominator for every word in S\\^-1": lambda data: data["denominators"].pop("S^-1"),
    "the condition n - m \\+ 1 > 2": lambda data: data["denominators"]["S^-1"].update(condition="n > 2"),
    "words in Sigma or Sigma\\^-1": lambda data: data["entries"]["S"][0].__setitem__(0, [[], ["B"]]),
    "distinct terms in order": lambda data: data["entries"]["S^2"].reverse(),
    "the confirming routes": lambda data: data["routes"].pop("2"),
    "something else": lambda data: data["entries"].update(S=[[1, 1, "1"]]),
}


@pytest.mark.parametrize("message", DAMAGES)
def test_a_damaged_table_is_refused(message: str, every_table: Any) -> None:
    data = json.loads(table_to_json(every_table["words_real"]))
    DAMAGES[message](data)
    with pytest.raises(TableError, match=message):
        table_from_json(json.dumps(data))


def _none(word: str, beta: int) -> dict[Any, Any]:
    """Return no terms, whatever the word and beta."""
    return {} if word and beta else {"": 0}


def test_two_routes_that_differ_are_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    confirmed = word_confirmation.confirmed_word("S A S")
    assert confirmed.routes == ("words", "zonal")
    monkeypatch.setattr(word_confirmation, "_by_words", _none)
    with pytest.raises(DisagreementError, match=r"E\[S A S\], beta = 1: words and zonal differ"):
        word_confirmation.confirmed_word("S A S")


def test_the_tree_holds_what_is_derived(words: WordTable) -> None:
    assert word_table(words.beta) == words
    assert replace(words, name="other").digest == words.digest
    with pytest.raises(DomainError, match="need beta 1 or 2 for a table of words, got 4"):
        word_table(4)
