"""Specifications: which runs a sweep consists of, in which order, and what it refuses before anything runs."""

from itertools import product

import optuna
import pytest

from wishart_moments.errors import DomainError, MethodError
from wishart_nn.sweeps import Range, SweepSpec
from wishart_nn.sweeps.reading import read_sweep
from wishart_nn.training import RunOptions, key

GRID = {"optimizer": ["sgd", "adamw"], "depth": [2, 5, 10]}


def test_a_grid_is_every_combination_with_every_seed() -> None:
    spec = SweepSpec(base=RunOptions(), grid=GRID, seeds=[3, 1])
    runs = {(cell.setting["optimizer"], cell.setting["depth"], *cell.seeds) for cell in spec.cells}
    assert runs == set(product(["sgd", "adamw"], [2, 5, 10], [3, 1]))
    assert len(spec.cells) == spec.runs == 12
    assert [cell.index for cell in spec.cells] == list(range(12))


def test_one_seed_is_run_at_all_settings_before_the_next() -> None:
    spec = SweepSpec(base=RunOptions(), grid=GRID, seeds=[3, 1])
    assert [cell.seeds[0] for cell in spec.cells] == [3] * 6 + [1] * 6


def test_runs_on_the_same_data_follow_each_other() -> None:
    spec = SweepSpec(base=RunOptions(), grid={**GRID, "features": ["all", "low"]}, seeds=[0, 1])
    assert [cell.setting["features"] for cell in spec.cells] == ["all"] * 12 + ["low"] * 12


def test_every_run_of_a_grid_has_its_own_key() -> None:
    spec = SweepSpec(base=RunOptions(), grid=GRID, seeds=[0, 1])
    keys = {key(spec.options(cell.setting, seed)) for cell in spec.cells for seed in cell.seeds}
    assert len(keys) == 12


def test_a_draw_of_a_search_is_run_with_every_seed() -> None:
    spec = SweepSpec(base=RunOptions(), search={"lr": "1e-4..1e-1:log"}, seeds=[0, 1, 2], draws=7)
    assert [cell.draw for cell in spec.cells] == list(range(7))
    assert all(cell.seeds == (0, 1, 2) for cell in spec.cells)
    assert spec.runs == 21


def test_no_axis_is_one_setting() -> None:
    assert SweepSpec(base=RunOptions(), seeds=[0, 1]).runs == 2


def test_random_draws_are_the_same_at_every_setting_of_a_grid() -> None:
    spec = SweepSpec(
        base=RunOptions(), grid={"depth": [2, 5]}, search={"lr": Range(1e-4, 0.1, log=True)}, draws=3, sampler="random"
    )
    values: dict[tuple[object, int | None], object] = {}
    for cell in spec.cells:
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=cell.draw))
        study.enqueue_trial(dict(cell.setting))
        drawn = spec.drawn(cell, study.ask())
        values[drawn["depth"], cell.draw] = drawn["lr"]
    assert all(values[2, draw] == values[5, draw] for draw in range(3))
    assert len({values[2, draw] for draw in range(3)}) == 3


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
    assert SweepSpec.from_json(spec.to_json()).fingerprint == spec.fingerprint


def test_the_fingerprint_tells_sweeps_apart_but_not_machines() -> None:
    def fingerprint(base: RunOptions, seeds: list[int]) -> str:
        return SweepSpec(base=base, grid=GRID, seeds=seeds).fingerprint

    assert fingerprint(RunOptions(), [0]) == fingerprint(RunOptions(device="cuda", threads=None), [0])
    assert (
        len({fingerprint(RunOptions(), [0]), fingerprint(RunOptions(), [1]), fingerprint(RunOptions(width=8), [0])})
        == 3
    )


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
        ({"grid": {"depth": [1, 2]}, "search": {"depth": [2, 3]}}, "got depth in both"),
        ({"grid": {"depth": [1, 2]}, "search": {"lr": "0.1..1"}}, "need sampler random for a search at every setting"),
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
