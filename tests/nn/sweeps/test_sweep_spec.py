"""Specifications: which runs a sweep consists of, in which order, and what it refuses before anything runs."""

from itertools import product
from pathlib import Path

import pytest

from wishart_moments.errors import DomainError, MethodError
from wishart_nn.sweeps import Range, SweepSpec
from wishart_nn.sweeps.drawing import drawn_before, draws_of
from wishart_nn.sweeps.reading import read_sweep
from wishart_nn.training import RunOptions, key

GRID = {"optimizer": ["sgd", "adamw"], "depth": [2, 5, 10]}


def test_a_grid_is_every_combination_with_every_seed() -> None:
    spec = SweepSpec(base=RunOptions(), grid=GRID, seeds=[3, 1])
    runs = [(each.optimizer, each.depth, each.seed) for each in spec.plan()]
    assert set(runs) == set(product(["sgd", "adamw"], [2, 5, 10], [3, 1]))
    assert len(runs) == spec.runs == 12


def test_one_seed_is_run_at_all_settings_before_the_next() -> None:
    spec = SweepSpec(base=RunOptions(), grid=GRID, seeds=[3, 1])
    assert [each.seed for each in spec.plan()] == [3] * 6 + [1] * 6


def test_runs_on_the_same_data_follow_each_other() -> None:
    spec = SweepSpec(base=RunOptions(), grid={**GRID, "features": ["all", "low"]}, seeds=[0, 1])
    assert [each.features for each in spec.plan()] == ["all"] * 12 + ["low"] * 12


def test_every_run_of_a_grid_has_its_own_key() -> None:
    spec = SweepSpec(base=RunOptions(), grid=GRID, seeds=[0, 1])
    assert len({key(each) for each in spec.plan()}) == 12


def test_a_draw_of_a_search_is_run_with_every_seed() -> None:
    spec = SweepSpec(base=RunOptions(), search={"lr": "1e-4..1e-1:log"}, seeds=[0, 1, 2], draws=7)
    runs = [(each.lr, each.seed) for each in spec.plan(lambda i: {"lr": 0.001 * (i + 1)})]
    assert runs == [(0.001 * (i + 1), seed) for i in range(7) for seed in (0, 1, 2)]
    assert spec.runs == 21


def test_starts_pair_sigma_and_matching_and_leave_out_what_cannot_be_matched() -> None:
    grid = {"start": ["he", "shared+match"], "lr": [1e-3, 3e-3], "architecture": ["chain", "mlp"]}
    spec = SweepSpec(base=RunOptions(), grid=grid)
    pairs = {(each.architecture, each.sigma, each.match_step) for each in spec.plan()}
    assert pairs == {("chain", "he", False), ("mlp", "he", False), ("chain", "shared", True)}
    assert spec.runs == 6
    assert spec.varied == ["sigma", "match_step", "lr", "architecture"]
    assert SweepSpec.from_json(spec.to_json()) == spec


def test_no_axis_is_one_setting() -> None:
    assert SweepSpec(base=RunOptions(), seeds=[0, 1]).runs == 2


def test_random_draws_are_the_same_at_every_setting_of_a_grid(tmp_path: Path) -> None:
    spec = SweepSpec(
        base=RunOptions(), grid={"depth": [2, 5]}, search={"lr": Range(1e-4, 0.1, log=True)}, draws=3, sampler="random"
    )
    runs = [(each.depth, each.lr) for each in spec.plan(draws_of(tmp_path, spec))]
    rates = [lr for depth, lr in runs if depth == 2]
    assert rates == [lr for depth, lr in runs if depth == 5]
    assert len(set(rates)) == 3
    # What was drawn stays, whoever asks; another three do not change it.
    again = SweepSpec(base=spec.base, grid=spec.grid, search=spec.search, draws=6, sampler="random")
    assert [each.lr for each in again.plan(draws_of(tmp_path, again)) if each.depth == 2][:3] == rates
    assert [each["lr"] for each in drawn_before(tmp_path, spec)][:3] == rates


def test_a_specification_survives_json() -> None:
    spec = SweepSpec(
        base=RunOptions(width=32),
        grid={"sigma": ["he", 0.1]},
        search={"lr": "1e-4..1e-1:log", "optimizer": ["sgd", "adamw"]},
        seeds=[0, 5],
        draws=9,
        sampler="random",
    )
    assert SweepSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"grid": {"depth": [2, 0]}}, "need depth to be an integer >= 1, got 0 .at depth = 0."),
        ({"grid": {"depth": []}}, "need at least one value of depth"),
        ({"grid": {"depth": [2, 2]}}, "need different values of depth"),
        ({"grid": {"seed": [1, 2]}}, "give the seeds as the sweep's seeds"),
        ({"grid": {"optimizer": ["sgd", "lion"]}}, "need optimizer as one of adamw, adam, sgd, muon, lamb; got 'lion'"),
        ({"grid": {"optimiser": ["sgd", "adamw"]}}, "need an option of a run"),
        ({"grid": {"sigma": ["he", "10/sqrt(k)"]}}, "need sigma as a formula"),
        ({"grid": {"lr": [None, 3e-3]}}, "need different runs, got one run as lr = None and lr = 0.003"),
        ({"search": {"lr": "0..1"}}, "need lr > 0 and finite, got 0.0"),
        ({"search": {"optimizer": Range(0.0, 1.0)}}, "need a list of choices for optimizer"),
        ({"search": {"depth": Range(1.5, 3.5)}}, "need a list of choices for depth"),
        ({"search": {"depth": Range(1, 5, suffix="/sqrt(n)")}}, "need a range of numbers for depth"),
        ({"grid": {"depth": [1, 2]}, "search": {"depth": [2, 3]}}, "got depth twice"),
        ({"grid": {"depth": [1, 2]}, "search": {"lr": "0.1..1"}}, "need sampler random for a search at every setting"),
        ({"grid": {"start": ["he"], "sigma": ["he", 0.1]}}, "got sigma twice"),
        ({"grid": {"start": ["he"]}, "search": {"match_step": [True, False]}}, "got match_step twice"),
        ({"grid": {"start": ["0.1", "0.10"]}}, "need different values of sigma"),
        ({"grid": {"start": ["he+match"], "optimizer": ["muon"]}}, "need a start without .match for an mlp"),
        ({"sampler": "grid"}, "need sampler tpe or random, got 'grid'"),
        ({"draws": 0}, "need draws to be an integer >= 1, got 0"),
        ({"seeds": []}, "need different seeds >= 0, at least one"),
        ({"seeds": [1, 1]}, "need different seeds"),
        ({"grid": {"depth": list(range(1, 1000)), "width": list(range(1, 1000))}}, "need at most 100,000 settings"),
    ],
)
def test_what_no_run_could_do_is_refused_before_anything_runs(given: dict[str, object], message: str) -> None:
    with pytest.raises((DomainError, MethodError), match=message) as refused:
        SweepSpec(base=RunOptions(), **given)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("document", [None, [], {}, {"format": 1}, {"format": 9}, {"format": 1, "base": {}, "grid": 3}])
def test_a_document_that_is_no_specification_is_refused(document: object) -> None:
    with pytest.raises(DomainError, match="need"):
        SweepSpec.from_json(document)


def test_texts_become_base_grid_and_search() -> None:
    spec = read_sweep({"depth": "2,5", "width": "32", "lr": None, "data": "synthetic"}, seeds="0-1")
    assert (spec.base.width, spec.grid, spec.search, spec.seeds) == (32, {"depth": [2, 5]}, {}, [0, 1])


def test_beside_a_range_lists_are_choices_or_a_grid() -> None:
    texts = {"lr": "1e-3..1e-1:log", "optimizer": "sgd,adamw"}
    tpe, random = read_sweep(texts, draws=4), read_sweep(texts, draws=4, sampler="random")
    assert (tpe.grid, sorted(tpe.search), tpe.runs) == ({}, ["lr", "optimizer"], 4)
    assert (random.grid, sorted(random.search), random.runs) == ({"optimizer": ["sgd", "adamw"]}, ["lr"], 8)


def test_the_columns_of_a_table_are_no_list_of_values() -> None:
    spec = read_sweep({"data": "t.csv", "label": "y", "features": "a,b", "depth": "2,5", "optimizer": "muon,lamb"})
    assert (spec.base.features, spec.base.label, spec.runs) == ("a,b", "y", 4)
    assert read_sweep({"features": "low,high"}).grid == {"features": ["low", "high"]}


def test_starts_are_read_beside_lists() -> None:
    spec = read_sweep({"lr": "1e-3,3e-3"}, start="he; 10/sqrt(n); shared+match", seeds="0-2")
    assert (spec.grid, spec.runs) == ({"start": ["he", "10/sqrt(n)", "shared+match"], "lr": [1e-3, 3e-3]}, 18)
    with pytest.raises(DomainError, match="need sigma as a part of the starts"):
        read_sweep({"sigma": "he"}, start="he")
    with pytest.raises(DomainError, match="need starts such as"):
        read_sweep({}, start=" ; ")
