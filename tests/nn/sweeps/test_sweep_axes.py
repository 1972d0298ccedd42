"""Texts of options: single values, lists, ranges, seeds."""

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishart_moments.errors import DomainError
from wishart_nn.sweeps.axes import Range, Start, axis_from_json, axis_to_json, read_axis, read_seeds, read_value
from wishart_nn.sweeps.reading import read_sweep


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("depth", "5", 5),
        ("lr", "3e-3", 3e-3),
        ("lr", "none", None),
        ("rows", "None", None),
        ("alpha", "1/8", 0.125),
        ("sigma", "predicted", "predicted"),
        ("sigma", "0.1", 0.1),
        ("sigma", "1/7", "1/7"),
        ("learn_alpha", "true", True),
        ("learn_alpha", "no", False),
        ("optimizer", " sgd ", "sgd"),
        ("data", "../a,b..c.csv.gz", "../a,b..c.csv.gz"),
    ],
)
def test_a_value_has_the_type_of_its_option(name: str, text: str, value: object) -> None:
    found = read_value(name, text)
    assert found == value
    assert type(found) is type(value)


def test_a_list_keeps_its_order() -> None:
    assert read_axis("depth", "10,2,5") == [10, 2, 5]
    assert read_axis("sigma", "he, 10/sqrt(n),0.1") == ["he", "10/sqrt(n)", 0.1]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("lr", "1e-4..1e-1:log", Range(1e-4, 0.1, log=True)),
        ("lr", "1..2:0.25", Range(1.0, 2.0, step=0.25)),
        ("depth", "2..20", Range(2, 20)),
        ("width", "16..128:16", Range(16, 128, step=16)),
        ("sigma", "0.3..10/sqrt(n):log", Range(0.3, 10.0, log=True, suffix="/sqrt(n)")),
    ],
)
def test_a_range_is_low_to_high(name: str, text: str, found: Range) -> None:
    assert read_axis(name, text) == found
    assert read_axis(name, str(found)) == found


def drawn(axis: Range) -> float:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return study.ask({"it": axis.distribution()}).params["it"]


def test_integers_stay_integers_in_a_range() -> None:
    axis = read_axis("width", "16..128:16")
    assert isinstance(axis, Range)
    value = axis.value(drawn(axis))
    assert isinstance(value, int)
    assert value % 16 == 0


def test_a_range_with_a_suffix_gives_formulas() -> None:
    axis = Range(0.3, 10.0, log=True, suffix="/sqrt(n)")
    value = axis.value(drawn(axis))
    assert isinstance(value, str)
    assert value.endswith("/sqrt(n)")
    assert 0.3 <= float(value.removesuffix("/sqrt(n)")) <= 10


@given(low=st.floats(1e-9, 1e9), ratio=st.floats(1.001, 1e6), log=st.booleans())
def test_a_range_survives_text_and_json(low: float, ratio: float, log: bool) -> None:
    axis = Range(low, low * ratio, log=log)
    assert read_axis("lr", str(axis)) == axis
    assert axis_from_json("lr", axis_to_json(axis)) == axis


def test_seeds_are_ranges_and_single_ones() -> None:
    assert read_seeds("0-4") == [0, 1, 2, 3, 4]
    assert read_seeds("7, 1-2") == [7, 1, 2]


@pytest.mark.parametrize("text", ["", "a", "-1", "3-1", "1,1", "0-2,2", "1.5", "0-99999", "0--2"])
def test_what_is_no_list_of_seeds_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="need"):
        read_seeds(text)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("depth", "2,2", "need different values of depth, got 2 twice"),
        ("depth", "two", "need depth as an integer, got 'two'"),
        ("depth", "", "need depth as an integer, got ''"),
        ("depth", "1.5..3", "need a range of integers for depth"),
        ("depth", "1..20/sqrt(n)", "need a range of numbers for depth"),
        ("lr", "x", "need lr as a number or none, got 'x'"),
        ("lr", "1..x", "need a range of numbers for lr"),
        ("lr", "1..1", "need a range low..high with low < high"),
        ("lr", "0..1:log", "need low > 0 and no step"),
        ("lr", "0..1:2", "need a step between 0 and high - low"),
        ("lr", "0..inf", "need a range of numbers for lr"),
        ("lr", "1e400", "floats end at 1.8e308"),
        ("depth", "1_0", "need depth as an integer, got '1_0'"),
        ("depth", "٣", "need depth as an integer"),
        ("learn_alpha", "maybe", "need learn_alpha as true or false"),
        ("seed", "1,2", "give the seeds as the sweep's seeds"),
        ("device", "cpu,cuda", "need one device for all runs of a sweep"),
        ("dept", "1,2", "need an option of a run, data, label, features, .*; got 'dept'"),
    ],
)
def test_what_is_no_axis_is_refused_in_one_line(name: str, text: str, message: str) -> None:
    with pytest.raises(DomainError, match=message) as refused:
        read_axis(name, text)
    assert "\n" not in str(refused.value)


def test_a_document_that_is_no_axis_is_refused() -> None:
    for document in ({"low": 1}, 5, {"low": 0.1, "high": 1.0, "odd": 2}):
        with pytest.raises(DomainError, match="need lr to run over a list or a range"):
            axis_from_json("lr", document)


@pytest.mark.parametrize(
    ("text", "sigma", "matched"),
    [("he", "he", False), (" shared+match ", "shared", True), ("1/(m+n)", "1/(m+n)", False), ("0.1 +match", 0.1, True)],
)
def test_a_start_is_a_sigma_and_whether_steps_are_matched(text: str, sigma: object, matched: bool) -> None:
    found = Start.read(text)
    assert found.options == {"sigma": sigma, "match_step": matched}
    assert Start.read(str(found)) == found


def test_a_start_without_sigma_is_refused() -> None:
    for text in ("", "+match"):
        with pytest.raises(DomainError, match="need starts such as he; 10/sqrt"):
            Start.read(text)
    for text in ("", "he;;shared", "he; ", ";"):
        with pytest.raises(DomainError, match="need starts such as he; 10/sqrt"):
            read_sweep({}, start=text)
