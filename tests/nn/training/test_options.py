"""Options: equal runs have equal options and equal keys; what makes no sense is refused by name."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import WishartError
from wishart_nn.training import RunOptions, key

OTHER: dict[str, Any] = {
    "data": "HIGGS.csv.gz",
    "label": "y",
    "missing": "median",
    "clip": 1.0,
    "patience": 3,
    "features": "low",
    "rows": 1000,
    "split_seed": 1,
    "depth": 6,
    "width": 32,
    "architecture": "independent",
    "activation": "abs",
    "optimizer": "sgd",
    "sigma": 0.1,
    "alpha": 0.5,
    "learn_alpha": True,
    "match_step": True,
    "step_length": 2.0,
    "lipschitz": 2.0,
    "temperature": 1.0,
    "epochs": 6,
    "batch_size": 128,
    "lr": 1e-2,
    "momentum": 0.8,
    "weight_decay": 1e-4,
    "schedule": "constant",
    "seed": 1,
    "diagnose_rows": 100,
    "factor": "symmetric",
    "amp": "bf16",
}
"""A value other than the default for every option that determines the result."""

NEEDS = {"step_length": {"match_step": True}}
"""What an option is not taken without."""


def test_every_option_but_where_it_runs_is_in_the_table_above() -> None:
    assert {each.name for each in fields(RunOptions)} == OTHER.keys() | {"device", "threads"}


@pytest.mark.parametrize("name", OTHER)
def test_the_key_depends_on_every_option_that_determines_the_result(name: str) -> None:
    needs = NEEDS.get(name, {})
    assert key(RunOptions(**needs, **{name: OTHER[name]})) != key(RunOptions(**needs))


def test_the_key_does_not_depend_on_where_a_run_computes() -> None:
    assert key(RunOptions(device="cuda:1", threads=None)) == key(RunOptions())


def test_the_key_is_the_same_in_every_process_and_version() -> None:
    assert key(RunOptions()) == "1ee2e45f899ec5ae"


@settings(deadline=None, max_examples=50)
@given(st.sets(st.sampled_from(sorted(OTHER))))
def test_options_come_back_from_json(names: set[str]) -> None:
    needs = {need: value for name in names for need, value in NEEDS.get(name, {}).items()}
    options = RunOptions(**(needs | {name: OTHER[name] for name in names}))
    again = RunOptions.from_json(json.loads(json.dumps(options.to_json())))
    assert again == options
    assert key(again) == key(options)


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert RunOptions(alpha="1/2", sigma="0.1", depth=5.0, lr="1e-3") == RunOptions(alpha=0.5, sigma=0.1, lr=0.001)
    assert key(RunOptions(optimizer="sgd")) == key(RunOptions(optimizer="sgd", lr=0.1))
    assert replace(RunOptions(), alpha=1) == RunOptions()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"depth": 0}, "need depth to be an integer >= 1, got 0"),
        ({"width": 2.5}, "need width to be an integer >= 1, got 2.5"),
        ({"epochs": "many"}, "need epochs to be an integer >= 1, got 'many'"),
        ({"rows": 0}, "need rows to be an integer >= 1"),
        ({"threads": 0}, "need threads to be an integer >= 1"),
        ({"seed": -1}, "need seed to be an integer >= 0, got -1"),
        ({"alpha": 0}, "need alpha > 0 and finite, got 0"),
        ({"lr": float("nan")}, "need lr > 0 and finite, got nan"),
        ({"lipschitz": "inf"}, "need lipschitz > 0 and finite, got 'inf'"),
        ({"weight_decay": -1}, "need weight_decay >= 0 and finite, got -1"),
        ({"momentum": 1}, "need 0 <= momentum < 1, got 1.0"),
        ({"architecture": "cnn"}, "need architecture as one of chain, independent, mlp; got 'cnn'"),
        ({"optimizer": "lion"}, "need optimizer as one of adamw, adam, sgd, muon, lamb; got 'lion'"),
        ({"schedule": None}, "need schedule as one of one-cycle, cosine, constant; got None"),
        ({"features": "some"}, "need features as one of all, low, high; got 'some'"),
        ({"amp": "fp16"}, "need amp as one of none, bf16; got 'fp16'"),
        ({"factor": "lu"}, "need factor as one of cholesky, symmetric; got 'lu'"),
        ({"activation": "gelu"}, "no activation 'gelu'"),
        ({"sigma": "n+"}, "need sigma as a formula"),
        ({"sigma": -0.1}, "need sigma >= 0 and finite, got -0.1"),
        ({"data": ""}, "need data as a text, got ''"),
        ({"clip": 0}, "need clip > 0 and finite, got 0"),
        ({"patience": 0}, "need patience to be an integer >= 1, got 0"),
        ({"missing": "zero"}, "need missing as one of refuse, median; got 'zero'"),
        ({"label": ""}, "need label as a text, got ''"),
        ({"features": "a,b"}, "need features as one of all, low, high; got 'a,b'"),
        ({"step_length": 2.0}, "need step_length 1, got 2.0; give match_step with it"),
        ({"match_step": True, "step_length": 0}, "need step_length > 0 and finite, got 0"),
        ({"sigma": "tried", "step_length": 2.0}, "need step_length 1, got 2.0; it is tried with sigma tried"),
        ({"sigma": "tried", "optimizer": "lamb"}, "need optimizer adamw, adam, sgd with sigma tried, got 'lamb'"),
        (
            {"sigma": "tried", "architecture": "mlp"},
            "need architecture chain or independent with sigma tried, got 'mlp', which has no alpha",
        ),
        ({"match_step": True, "optimizer": "muon"}, "need optimizer adamw, adam, sgd with match_step, got 'muon'"),
        ({"learn_alpha": 1}, "need learn_alpha as a bool, got 1"),
    ],
)
def test_values_outside_their_domains_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(WishartError) as refused:
        RunOptions(**given)
    assert message in str(refused.value)


@pytest.mark.parametrize("document", [None, [], {"depht": 3}])
def test_what_is_no_document_of_options_is_refused(document: Any) -> None:
    with pytest.raises(WishartError, match="need options"):
        RunOptions.from_json(document)
