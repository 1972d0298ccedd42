"""Certificates: a program that imports nothing of ours accepts what is true, and refuses what is changed."""

import ast
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

import wishart_moments as w
from benchmarks import certificates as sampled
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.proofs import check as checker
from wishart_moments.proofs.certificates import CHECKER, Certificate
from wishart_moments.proofs.witness import witness
from wishart_moments.spectrum.gauss_radau import GaussRadau, stieltjes_coefficients

JAVASCRIPT = CHECKER.with_suffix(".mjs")
SCHEMA = json.loads(CHECKER.with_name("certificate.schema.json").read_text("utf-8"))


def examples() -> list[Certificate]:
    """One certificate of each kind and case."""
    return [
        w.certified_variance(64, 128, "he", digits=25).certificate(),
        w.certified_variance(7, 4, "1/3", gamma="2/3").certificate(),
        w.certified_variance(5, 6, "sqrt(sqrt(1/n))", digits=8).certificate(),
        w.certified_resolvent(7, 4, "1/3", alpha="5/2").certificate(),
        w.moment_certificate(9, 4, 7),
        w.moment_certificate(5, 3, 9, beta=2),
        w.moment_certificate(-2, 3, "17/2"),
        w.moment_certificate(-3, 3, 9, beta=2),
        w.moment_certificate(-3, 3, 9, beta=4),
        w.existence_certificate([-2, 1], 3, 6),
        w.existence_certificate([-2, 1], 3, "13/2"),
        w.existence_certificate([2, -3], 1, 4, beta=4),
    ]


each_example = pytest.mark.parametrize("certificate", examples(), ids=repr)


@each_example
def test_the_checker_accepts_a_certificate(certificate: Certificate) -> None:
    assert certificate.is_proof
    assert certificate.check().startswith("proved")


def test_the_certified_ends_are_those_of_gauss_and_radau_but_for_rounding() -> None:
    m, n, order, r = 10, 12, 20, Fraction(12)
    fraction = stieltjes_coefficients(m, n, order, 1, 200)
    moments = dict(enumerate(map(int, trace_moments_at(order, m, n))))
    lower = checker.below(moments, witness(fraction, r, weighted=True, edge=60.0, bits=80).document(), r, 1)
    upper = m - r * checker.below(moments, witness(fraction, r, weighted=False, edge=60.0, bits=80).document(), r, 0)
    best = [Fraction(int(end.man_exp()[0])) * Fraction(2) ** int(end.man_exp()[1]) for end in
            GaussRadau(m, n, order).enclosure(r, 300)]  # fmt: skip
    assert best[0] - lower < (upper - lower) / 10**10
    assert upper - best[1] < (upper - lower) / 10**10
    # No polynomial of that degree proves more.
    assert lower <= best[0] + Fraction(1, 2**250)
    assert upper >= best[1] - Fraction(1, 2**250)


@pytest.mark.parametrize(
    ("m", "n", "sigma"), [(4, 7, "he"), (10, 12, "he"), (64, 128, "he"), (7, 4, "1/3"), (1, 1, "1/9")]
)
def test_a_certificate_claims_the_digits_and_the_truth(m: int, n: int, sigma: str) -> None:
    for compute in (w.certified_variance, w.certified_resolvent):
        both = compute(m, n, sigma, digits=12)
        document = both.certificate().document
        sharp = compute(m, n, sigma, digits=40, method="closed-form")
        lower, upper = Fraction(document["lower"]), Fraction(document["upper"])
        assert lower <= sharp.lower <= sharp.upper <= upper
        assert upper - lower <= max(upper / 10**12, both.width)
        assert [Fraction(x) for x in document["decimals"]] == [
            Fraction(lower * 10 ** document["places"] // 1, 10 ** document["places"]),
            -Fraction(-upper * 10 ** document["places"] // 1, 10 ** document["places"]),
        ]


def test_the_resolvent_is_what_is_left_of_the_variance() -> None:
    resolvent, variance = w.certified_resolvent(4, 7, "he", digits=30), w.certified_variance(4, 7, "he", digits=30)
    assert abs((4 - 4 * variance.lower) - resolvent.upper) < Fraction(1, 10**28)


def test_at_the_hard_edge_the_certificate_says_that_it_is_no_proof(tmp_path: Path) -> None:
    for both in (
        w.certified_variance(10, 10, "10/sqrt(n)", digits=25),
        w.certified_variance(4, 7, 1, method="closed-form"),
    ):
        certificate = both.certificate()
        assert certificate.kind == "evaluation"
        assert not certificate.is_proof
        assert certificate.check().startswith("NOT CHECKED: it rests on ball arithmetic alone")
        assert "wishart_moments.spectrum.closed_form.resolvent_enclosure" in certificate.document["functions"]
        certificate.write(tmp_path / "evaluation.json", overwrite=True)
        code, out = _alone(tmp_path / "evaluation.json")
        assert code == 2
        assert out.startswith("NOT CHECKED")


def test_an_enclosure_without_a_question_has_no_certificate() -> None:
    with pytest.raises(w.DomainError, match="need an enclosure from certified_variance or certified_resolvent"):
        w.Enclosure(Fraction(0), Fraction(1)).certificate()
    assert w.certified_variance(4, 7, 0) == w.Enclosure(Fraction(0), Fraction(0))


def _alone(path: Path) -> tuple[int, str]:
    folder = path.parent / "empty"
    folder.mkdir(exist_ok=True)
    call = [sys.executable, "-I", str(CHECKER), str(path)]
    run = subprocess.run(call, capture_output=True, text=True, check=False, cwd=folder)
    return run.returncode, run.stdout.strip()


def test_the_checker_runs_alone_and_has_eighty_lines_of_the_standard_library(tmp_path: Path) -> None:
    source = CHECKER.read_text("utf-8")
    assert len(source.splitlines()) <= 80
    imported = {
        alias.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {str(node.module) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert imported == {"json", "re", "sys", "fractions"}
    # No assert: with python -O the checks are still there.
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(source)))
    certificate = examples()[0]
    certificate.write(tmp_path / "variance.json")
    assert _alone(tmp_path / "variance.json") == (0, certificate.check())
    wrong = {**certificate.document, "upper": certificate.document["lower"]}
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    assert _alone(tmp_path / "wrong.json") == (1, "")


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node")
def test_the_checker_in_javascript_says_the_same(tmp_path: Path) -> None:
    rng = random.Random(4)
    documents = [each.document for each in examples()] + [w.certified_variance(9, 9, 10).certificate().document]
    for document in [*documents, *(sampled.random_certificate(rng) for _ in range(40))]:
        mutants = (sampled.changed(document, change, rng) for change in sampled.CHANGES)
        documents.extend(each for each in mutants if each is not None)
    (tmp_path / "all.json").write_text(json.dumps(documents))
    script = tmp_path / "run.mjs"
    script.write_text(
        f'import {{check}} from "{JAVASCRIPT.as_uri()}";\nimport {{readFileSync}} from "node:fs";\n'
        f'const all = JSON.parse(readFileSync("{tmp_path / "all.json"}", "utf-8"));\n'
        'console.log(JSON.stringify(all.map((c) => { try { return check(c); } catch { return "refused"; } })));\n'
    )
    run = subprocess.run(["node", str(script)], capture_output=True, text=True, check=True)
    ours = [checker.check(c) if sampled.accepted(c) or c["kind"] == "evaluation" else "refused" for c in documents]
    assert json.loads(run.stdout) == ours
    (tmp_path / "one.json").write_text(json.dumps(documents[0]))
    alone = subprocess.run(
        ["node", str(JAVASCRIPT), str(tmp_path / "one.json")], capture_output=True, text=True, check=True
    )
    assert alone.stdout.strip() == ours[0]


def _mutants_are_refused(count: int) -> None:
    found = sampled.findings(count)
    assert (found.refused, found.accepted, found.mutants) == (0, 0, count)


def test_random_certificates_are_accepted_and_changed_ones_refused() -> None:
    _mutants_are_refused(200)


# Ten thousand of each.
@pytest.mark.slow
def test_ten_thousand_certificates_are_accepted_and_ten_thousand_changed_ones_refused() -> None:
    _mutants_are_refused(10_000)


@each_example
def test_every_change_of_a_number_is_refused(certificate: Certificate) -> None:
    rng = random.Random(1)
    for change in [*sampled.CHANGES, *["a digit"] * 30]:
        new = sampled.changed(certificate.document, change, rng)
        # A positive power more or less leaves the condition of existence, and the truth, as it was.
        if new is not None and not (certificate.kind == "existence" and new["parts"] != certificate.document["parts"]):
            assert not sampled.accepted(new), change


def _valid(value: Any, schema: Any) -> bool:
    """What JSON Schema says, as far as the certificates' schema goes."""
    if "$ref" in schema and not _valid(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]):
        return False
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    kind = schema.get("type")
    if kind and (not isinstance(value, types[kind]) or (kind == "integer" and isinstance(value, bool))):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if not schema.get("minimum", value) <= value if "minimum" in schema else False:
        return False
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return False
        if not all(_valid(each, schema.get("items", {})) for each in value):
            return False
    if isinstance(value, dict):
        if not all(name in value for name in schema.get("required", [])):
            return False
        if not all(_valid(value[name], each) for name, each in schema.get("properties", {}).items() if name in value):
            return False
    return "oneOf" not in schema or sum(_valid(value, each) for each in schema["oneOf"]) == 1


@each_example
def test_certificates_obey_their_schema(certificate: Certificate) -> None:
    document = json.loads(certificate.to_json())
    assert document == certificate.document
    assert _valid(document, SCHEMA)
    assert not _valid({**document, "version": 2}, SCHEMA)
    assert not _valid({**document, "n": 7}, SCHEMA)
    known = {name for each in SCHEMA["oneOf"] for name in each["properties"]} | SCHEMA["properties"].keys()
    assert document.keys() <= known


def test_an_evaluation_obeys_the_schema() -> None:
    assert _valid(w.certified_variance(9, 9, 10).certificate().document, SCHEMA)


def test_something_else_is_no_certificate() -> None:
    with pytest.raises(w.DomainError, match="need the members of a certificate's JSON object, got '-1'"):
        w.Certificate("-1")  # pyright: ignore[reportArgumentType]


def test_moments_that_do_not_exist_have_no_certificate() -> None:
    with pytest.raises(w.ExistenceError, match="need n - m \\+ 1 > 4"):
        w.moment_certificate(-2, 3, 6)
    with pytest.raises(w.DomainError, match="need m and n as numbers, and beta 1, 2 or 4"):
        w.moment_certificate(2, 3, 6, beta=3)
    with pytest.raises(w.LimitError, match="5,000"):
        w.moment_certificate(5001, 3, 6)


def test_a_law_that_does_not_exist_is_refused() -> None:
    document = {**w.existence_certificate([-1], 3, "17/2").document, "n": "3/2", "excess": "-3/2", "finite": False}
    assert not sampled.accepted(document)


def test_a_claim_about_something_that_is_not_there_is_refused() -> None:
    bound = w.certified_resolvent(4, 7, "he", digits=5).certificate().document
    negative = {name: f"-{bound[name]}" for name in ("alpha",)} | {"sigma2": [f"-{x}" for x in bound["sigma2"]]}
    assert sampled.accepted(bound)
    assert not sampled.accepted({**bound, **negative})
    existence = w.existence_certificate([-1], 3, 6).document
    assert not sampled.accepted({**existence, "excess": "1/2"})
    assert not sampled.accepted({**existence, "m": 0})
    assert not sampled.accepted({**existence, "beta": 3})


def test_a_moment_that_the_recurrence_leaves_open_is_refused() -> None:
    """At β = 4 and n − m = 1/2 the coefficient of M_{−1} vanishes: any value would have residuals of zero."""
    m, n = 3, Fraction(7, 2)
    listed = ["1000", *(str(Fraction(int(x.p), int(x.q))) for x in trace_moments_at(3, m, n, 4))]
    document = {**w.moment_certificate(3, m, n, beta=4).document, "first": -1, "moments": listed}
    assert not sampled.accepted(document)
    with pytest.raises(w.MethodError, match="the recurrence leaves E tr S\\^-k open at beta = 4, n - m = 1/2"):
        w.moment_certificate(-1, m, n, beta=4)


def test_the_commands_write_and_check(command_line: Callable[..., Any], tmp_path: Path) -> None:
    variance, moments = tmp_path / "variance.json", tmp_path / "moments.json"
    line = ["certify", "64x128", "--sigma", "he", "--digits", "25", "--proof", str(variance)]
    code, out, err = command_line(*line)
    assert (code, err) == (0, "")
    assert "0.4376466445515828849072448" in out
    assert f"{variance}: proved: 0.43764664455158288490724483" in out
    assert command_line(*line).code == 2
    assert command_line(*line, "--force").code == 0
    assert command_line("certificate", "moments", "-2", "--m", "3", "--n", "8", "--output", str(moments)).code == 0
    code, out, _ = command_line("certificate", "check", str(variance), str(moments))
    assert code == 0
    assert out.count("proved") == 2
    printed = command_line("certificate", "existence", "-2", "1", "--m", "3", "--n", "6").out
    assert json.loads(printed) == w.existence_certificate([-2, 1], 3, 6).document
    moments.write_text(printed.replace('"finite": false', '"finite": true'))
    code, out, _ = command_line("certificate", "check", str(moments))
    assert code == 1
    assert "refused: a number of the certificate is not what it must be" in out
    moments.write_text("not JSON")
    assert command_line("certificate", "check", str(moments)).code == 1
    assert command_line("certificate", "check", str(tmp_path / "none.json")).code == 2
    resolvent = tmp_path / "resolvent.json"
    out = command_line("certify", "4x7", "--sigma", "he", "--resolvent", "--proof", str(resolvent)).out
    assert "2.33053431927933264" in out
    assert json.loads(resolvent.read_text())["kind"] == "resolvent"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("certify 4x7 --proof x.json", "need one shape and one --sigma with --proof, got 1 and 2"),
        ("certify 4x7 --sigma he --resolvent --gamma 2", "need no --gamma with --resolvent, got '2'"),
        ("certify 4x7 --sigma 0 --resolvent", "need sigma > 0 for a resolvent"),
        ("certificate moments -2 --m 3 --n 6", "need n - m + 1 > 4 for a finite moment"),
    ],
)
def test_mistakes_are_one_line(command_line: Callable[..., Any], line: str, message: str) -> None:
    code, _, err = command_line(*line.split())
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("m", 4.9),
        ("m", 4.0),
        ("beta", 1.9),
        ("beta", True),
        ("order", 2.5),
        ("alpha", "1e999999999"),
        ("n", "0_6"),
        ("places", 2.5),
        ("places", "2.5"),
    ],
)
def test_numbers_that_would_be_rounded_are_refused(member: str, value: object) -> None:
    document = {**w.certified_variance(4, 6, 1, digits=8).certificate().document, member: value}
    with pytest.raises((ValueError, TypeError, ArithmeticError)):
        checker.check(document)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the ways to all numbers and texts of a document."""
    if isinstance(value, dict | list):
        pairs: Any = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in pairs:
            yield from _places(each, (*path, key))
    else:
        yield path


def test_true_and_false_stand_for_no_number() -> None:
    """In Python true is 1 and false is 0: in no member but `finite` of an existence are they accepted."""
    documents = [
        w.certified_variance(1, 2, 1, digits=1).certificate().document,
        w.certified_resolvent(1, 2, 1, digits=1).certificate().document,
        w.moment_certificate(-1, 1, 5).document,
        w.existence_certificate([1], 1, 1).document,
    ]
    for document in documents:
        assert checker.check(json.loads(json.dumps(document))).startswith("proved")
        for *way, last in _places(document):
            for value in (True, False) if last != "finite" else ():
                changed = json.loads(json.dumps(document))
                reduce(lambda inner, key: inner[key], way, changed)[last] = value
                with pytest.raises((ValueError, TypeError, ArithmeticError, KeyError)):
                    checker.check(changed)


def test_a_moment_of_an_order_that_is_no_integer_is_not_proved() -> None:
    claim = {"format": "wishart-moments certificate", "version": 1, "kind": "existence", "m": 3, "n": "3", "beta": 1}
    with pytest.raises(ValueError, match="is not what it must be"):
        checker.check({**claim, "parts": [-0.9], "finite": True, "excess": "1"})
    assert checker.check({**claim, "parts": [-1], "finite": False, "excess": "-1"}).startswith("proved")
