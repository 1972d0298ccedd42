"""The calculator's page: its answers in a browser and in node are those of Python, and its proofs hold."""

import html
import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from operator import mul
from pathlib import Path
from typing import Any

import pytest

from wishart_moments import certified_variance, trace_product_moment
from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.errors import ExistenceError
from wishart_moments.proofs import check

Question = tuple[str, dict[str, str]]
Ask = Callable[[list[Question]], list[Any]]

# The answers of the engine, and those that a reader of the page sees.
NODE = """
const say = (answer) => ({ value: answer.value ? shown(answer.value) : answer.exists.finite === false ? "∞" : null,
  ways: answer.ways, formula: answer.formula && written(answer), p: answer.p.map(shown) });
const kinds = { moment: (q) => say(moment(q)),
  variance: (q) => { const { decimal, digits, reached, certificate } = variance(q);
    return { decimal, digits, reached, certificate, verdict: certificate ? check(certificate) : null }; },
  sigma: (q) => { const { lower, upper } = wantedSigma(q); return { lower: shown(lower), upper: shown(upper) }; } };
const asked = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const said = ([kind, q]) => { try { return kinds[kind](q); } catch (error) { return { error: error.message }; } };
process.stdout.write(JSON.stringify(asked.map(said)));
"""
PAGE = """<script>
document.write(`<pre id="asked">${escaped(JSON.stringify(ASKED.map(([kind, question]) => {
  const section = document.getElementById(`ask-${kind}`);
  for (const [name, value] of Object.entries(question)) section.querySelector(`[name=${name}]`).value = value;
  answer(kind);
  const text = (wanted) => section.querySelector(`.answer ${wanted}`)?.textContent ?? null;
  return { value: text("output"), error: text("[role=alert]") };
})))}</pre>`);
</script>"""


def script(page: str, name: str) -> str:
    (text,) = re.findall(rf'<script id="{name}">\n(.*?)</script>', page, re.DOTALL)
    return text


@pytest.fixture(scope="module")
def engine(page: str, node: str, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    program = tmp_path_factory.mktemp("calculator") / "engine.cjs"
    program.write_text(script(page, "engine") + NODE, "utf-8")
    command = [node, str(program)]

    def ask(questions: list[Question]) -> list[Any]:
        run = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    return ask


@pytest.fixture(scope="module")
def browser(page: str, dumped: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Ask:
    path = tmp_path_factory.mktemp("browser") / "calculator.html"

    def ask(questions: list[Question]) -> list[Any]:
        asked = json.dumps(questions).replace("<", "\\u003c")
        path.write_text(page.replace("</main>", PAGE.replace("ASKED", asked) + "</main>"), "utf-8")
        _script, written = re.findall(r'<pre id="asked">(.*?)</pre>', dumped(path), re.DOTALL)
        return json.loads(html.unescape(written))

    return ask


def a_scale(draw: random.Random, m: int) -> list[list[Fraction]]:
    entry = [[Fraction(draw.randint(-3, 3), draw.choice((1, 2, 5))) for _ in range(m)] for _ in range(m)]
    unit = [[Fraction(i == j) for j in range(m)] for i in range(m)]
    return [[sum(map(mul, a, b), unit[i][j]) for j, b in enumerate(entry)] for i, a in enumerate(entry)]


def a_moment(draw: random.Random) -> tuple[Question, str]:
    """A question on a moment, with Python's answer."""
    inverse, beta, scaled = draw.random() < 0.4, draw.choice((1, 2, 4)), draw.random() < 0.5
    m = draw.randint(1, 4 if scaled else 12)
    n = draw.choice((Fraction(draw.randint(1, 30)), m - 1 + Fraction(draw.randint(1, 60), draw.choice((2, 3, 7)))))
    parts = draw.choice(list(partitions(draw.randint(1, 4 if inverse else 6))))
    if not inverse and not scaled and draw.random() < 0.3:
        parts = (draw.randint(1, 40),)
    powers = [-part if inverse else part for part in parts]
    scale = a_scale(draw, m) if scaled else None
    rows = "" if scale is None else "\n".join(draw.choice((",", " ", ", ")).join(map(str, row)) for row in scale)
    question = {"powers": " ".join(map(str, powers)), "beta": str(beta), "m": str(m), "n": str(n), "scale": rows}
    try:
        value = trace_product_moment(powers, n=n, scale=scale, beta=beta) if scale else None
        value = trace_product_moment(powers, m, n, beta=beta) if value is None else value
    except ExistenceError:
        return ("moment", question), "∞"
    return ("moment", question), str(Fraction(str(value)))


def a_layer(draw: random.Random) -> dict[str, str]:
    m, n = draw.randint(1, 40), draw.randint(1, 80)
    sigma = draw.choice(("he", "kaiming", "xavier", "2/sqrt(n)", "0.1", "1/7", "3e-3"))
    alpha, gamma = draw.choice(("1", "1/3", "2.5")), draw.choice(("1", "0.7", "3"))
    return {"m": str(m), "n": str(n), "sigma": sigma, "alpha": alpha, "gamma": gamma, "digits": "8"}


def python_variance(question: dict[str, str], digits: int) -> Any:
    m, n, sigma, alpha, gamma = (question[name] for name in ("m", "n", "sigma", "alpha", "gamma"))
    sigma = "sqrt(2/(m + n))" if sigma == "xavier" else str(Fraction(sigma)) if sigma == "3e-3" else sigma
    return certified_variance(int(m), int(n), sigma, alpha=Fraction(alpha), gamma=Fraction(gamma), digits=digits)


def assert_variance(question: dict[str, str], shown: str) -> None:
    """What is shown is the variance, rounded to the digits that are shown."""
    lower, upper = (Fraction(end) for end in re.findall(r"[\d.E+-]+", shown) * (1 if "[" in shown else 2))
    digits = len(re.sub(r"E.*|\.", "", shown).lstrip("0"))
    truth = python_variance(question, 30)
    slack = Fraction(1, 100) * upper if "[" in shown else Fraction(51, 100) * upper / 10 ** (digits - 1)
    assert lower - slack <= truth.lower <= truth.upper <= upper + slack


def assert_answers(ask: Ask, seed: int, moments: int, layers: int) -> None:
    draw = random.Random(seed)
    cases = [a_moment(draw) for _ in range(moments)]
    asked = [a_layer(draw) for _ in range(layers)]
    answers = ask([question for question, _ in cases] + [("variance", question) for question in asked])
    assert len(answers) == moments + layers
    for (question, value), answer in zip(cases, answers, strict=False):
        assert (answer.get("error"), answer["value"]) == (None, value), question
    for question, answer in zip(asked, answers[moments:], strict=True):
        assert answer.get("error") is None, question
        assert_variance(question, answer["value"] if "value" in answer else answer["decimal"])


def test_a_hundred_random_answers_of_the_browser_are_those_of_python(browser: Ask) -> None:
    assert_answers(browser, 1, 90, 10)


@pytest.mark.slow
def test_a_thousand_random_answers_of_the_browser_are_those_of_python(browser: Ask) -> None:
    assert_answers(browser, 2, 850, 150)


def test_random_answers_of_the_engine_are_those_of_python(engine: Ask) -> None:
    assert_answers(engine, 3, 60, 6)


def code_of(latex: str) -> str:
    """The right side of an equation in the page's LaTeX, as Python."""
    equation, _, named = latex.partition(r", \quad c = ")
    text = re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"(\1/\2)", equation.partition(" = ")[2])
    text = re.sub(r"\\operatorname\{tr\}\(\\Sigma(?:\^\{-?(\d+)\})?\)", lambda trace: f"p{trace[1] or 1}", text)
    text = re.sub(r"\^\{(\d+)\}", r"**\1", text).replace(r"\left", "").replace(r"\right", "")
    text = re.sub(r"\\frac\{(.*)\}\{(.*)\}", r"(\1)/(\2)", text).replace(" + ", "+").replace(" - ", "-")
    gap = re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"\1/\2", named).replace(" ", "")
    return re.sub(r"\bc\b", f"({gap})", text.replace(" ", "*"))


def test_the_code_and_the_latex_to_copy_give_the_value(engine: Ask) -> None:
    draw = random.Random(4)
    cases = [case for case in (a_moment(draw) for _ in range(60)) if case[1] != "∞"]
    formulas = 0
    for (question, value), answer in zip(cases, engine([question for question, _ in cases]), strict=True):
        if answer["formula"] is None:
            assert int(question[1]["powers"]) > 10
            continue
        formulas += 1
        names = {name: Fraction(question[1][name]) for name in "mn"}
        names |= {f"p{i}": Fraction(p) for i, p in enumerate(answer["p"], 1)}
        for code in (answer["formula"]["codes"][0][1], code_of(answer["formula"]["latex"])):
            exact = re.sub(r"\b(\d+)\b", r"F(\1)", code)
            assert eval(exact, {"F": Fraction, **names}) == Fraction(value), (question, code)
    assert formulas >= 20


def test_every_route_to_a_value_is_asked(engine: Ask) -> None:
    kinds = [("3", ""), ("2 1", ""), ("2 1", "2 1;1 3"), ("-2", "2 1;1 3")]
    answers = engine([("moment", {"powers": p, "beta": "1", "m": "2", "n": "9", "scale": s}) for p, s in kinds])
    both = ["the table's terms", "the generated program"]
    assert [answer["ways"] for answer in answers] == [[*both, "the recurrence"], both, both, both]


@pytest.mark.parametrize(("m", "n", "sigma"), [("64", "128", "he"), ("10", "10", "1/3"), ("128", "28", "10/sqrt(n)")])
def test_the_certificates_of_the_page_are_checked_by_the_checker_of_python(
    engine: Ask, m: str, n: str, sigma: str
) -> None:
    question = {"m": m, "n": n, "sigma": sigma, "alpha": "1", "gamma": "1", "digits": "20"}
    (answer,) = engine([("variance", question)])
    verdict = check.check(answer["certificate"])
    assert verdict == answer["verdict"]
    assert verdict.startswith("proved: ")
    truth, proof = python_variance(question, 40), answer["certificate"]
    assert Fraction(proof["lower"]) <= truth.lower <= truth.upper <= Fraction(proof["upper"])
    assert answer["reached"] is (answer["digits"] >= 19)


@pytest.mark.slow
def test_digits_that_are_not_reached_are_said(engine: Ask) -> None:
    hard = {"m": "64", "n": "64", "sigma": "10/sqrt(n)", "alpha": "1", "gamma": "1", "digits": "20"}
    (answer,) = engine([("variance", hard)])
    assert (answer["reached"], answer["decimal"]) == (False, "0.9015581")


@pytest.mark.parametrize(
    ("m", "n", "target"), [(64, 128, "0.4"), (128, 28, "1/10"), pytest.param(64, 64, "0.9", marks=pytest.mark.slow)]
)
def test_the_sigma_of_a_variance_lies_between_two_that_are_proved(engine: Ask, m: int, n: int, target: str) -> None:
    (answer,) = engine([("sigma", {"m": str(m), "n": str(n), "target": target, "alpha": "1/2", "gamma": "1"})])
    below, above = (certified_variance(m, n, Fraction(answer[end]), alpha="1/2") for end in ("lower", "upper"))
    assert below.upper < Fraction(target) < above.lower
    assert Fraction(answer["upper"]) < Fraction(answer["lower"]) * Fraction(1001, 1000)


PASTED = (
    *("[[2, 1], [1, 3]]", "2 1; 1 3", "2\t1\n1\t3", "2;1\n1;3", "a,b\n2,1\n1,3"),
    *('"","a","b"\n"a",2,1\n"b",1,3', '"","V1","V2"\n"1",2,1\n"2",1,3'),
)


def test_a_scale_is_read_as_it_is_pasted(engine: Ask) -> None:
    asked = [("moment", {"powers": "2", "beta": "1", "m": "", "n": "5", "scale": text}) for text in PASTED]
    value = str(trace_product_moment([2], n=5, scale=[[2, 1], [1, 3]]))
    assert [answer["value"] for answer in engine(asked)] == [value] * len(PASTED)


MOMENT = {"powers": "2 1", "beta": "1", "m": "4", "n": "7", "scale": ""}
WANTED = {"m": "4", "n": "7", "target": "0.5", "alpha": "1", "gamma": "1"}
LAYER = {"m": "4", "n": "7", "sigma": "he", "alpha": "1", "gamma": "1", "digits": "9"}
MISTAKES: list[tuple[str, dict[str, str], str]] = [
    ("moment", {"powers": "x"}, "need powers as integers such as 2 1 or -2, got x"),
    ("moment", {"powers": "2 0"}, "need powers other than 0: tr S^0 is m"),
    (
        "moment",
        {"powers": "2 -1"},
        "need powers of one sign here, got 2 -1; write wishart-moments moment 2 -1 --m 4 --n 7 instead",
    ),
    (
        "moment",
        {"powers": "4 3"},
        "need powers that add up to at most 6 here, got 7; write wishart-moments moment 4 3 --m 4 --n 7 instead",
    ),
    ("moment", {"m": "0"}, "need m as an integer from 1 to 1000000000, got 0"),
    ("moment", {"n": "5/2"}, "need n an integer or n > m - 1, got m = 4, n = 5/2"),
    ("moment", {"n": "nan"}, "need n as a number such as 3, 0.12, 1e-3 or 3/4, got nan"),
    ("moment", {"n": "1/0"}, "need n as a number such as 3, 0.12, 1e-3 or 3/4, got 1/0"),
    ("moment", {"m": "", "scale": "1 2;3 4"}, "need a symmetric Sigma, got 2 in row 1, column 2 and 3 across"),
    (
        "moment",
        {"m": "", "scale": "1 2;2 1"},
        "need a positive definite Sigma, got one with a negative eigenvalue",
    ),
    (
        "moment",
        {"m": "", "powers": "-1", "scale": "1 1;1 1"},
        "need a positive definite Sigma for inverse moments, got a singular one",
    ),
    ("moment", {"m": "3", "scale": "1 0;0 1"}, "need m = 2, the size of Sigma, got 3"),
    ("variance", {"m": "5000"}, "need m as an integer from 1 to 4096, got 5000"),
    ("variance", {"alpha": "0"}, "need alpha > 0, got 0"),
    ("variance", {"digits": "99"}, "need digits as an integer from 1 to 60, got 99"),
    ("variance", {"sigma": "<b>"}, "need sigma as a number >= 0, he, kaiming, xavier or 10/sqrt(n), got <b>"),
    ("variance", {"sigma": "1e40"}, "need sigma^2/alpha between 1e-60 and 1e60 here"),
    ("sigma", {"target": "1"}, "need target < 1 = gamma^2 min(1, n/m), got 1"),
    ("sigma", {"target": "-1"}, "need target > 0, got -1"),
    (
        "sigma",
        {"m": "7", "target": "0.99"},
        "need a target that 260 moments decide, got 0.99; "
        "write wishart-moments sigma --m 7 --n 7 --target 0.99 instead",
    ),
]


def mistakes() -> Iterator[Question]:
    for kind, changed, _ in MISTAKES:
        yield kind, {"moment": MOMENT, "variance": LAYER, "sigma": WANTED}[kind] | changed


def test_mistakes_are_refused_in_one_line(engine: Ask) -> None:
    assert [answer["error"] for answer in engine(list(mistakes()))] == [message for _, _, message in MISTAKES]


@pytest.mark.slow
def test_the_page_shows_what_it_refuses(browser: Ask) -> None:
    assert [answer["error"] for answer in browser(list(mistakes()))] == [message for _, _, message in MISTAKES]
