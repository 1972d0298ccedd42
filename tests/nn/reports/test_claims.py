"""Verdicts on sweeps whose AUC is known: each claim is told from its opposite and from noise."""

from collections.abc import Callable, Iterable
from math import log10
from typing import Any

import numpy as np
import pytest

from wishart_nn.reports.cells import TUNED, Cell, best_of, cells_of, swept
from wishart_nn.reports.claims import claims
from wishart_nn.reports.comparisons import agreement, contests
from wishart_nn.reports.records import Run, Sweep
from wishart_nn.reports.scales import scale_of
from wishart_nn.reports.stability import MOST, change, decades
from wishart_nn.reports.verdicts import Claim

SIGMAS = ("sqrt(1/(3*n))", "he", "kaiming", "3/sqrt(n)", "10/sqrt(n)", "predicted")
SEEDS = range(5)

Auc = Callable[[dict[str, Any], int], float]


def ended(options: dict[str, Any], auc: float, *, status: str = "finished", variance: float = 1.0) -> Run:
    """A run that has ended with this AUC, and whose hidden layers' mean squares went from 1 to `variance`."""
    final = {part: {"auc": auc} for part in ("train", "validation", "test")}
    layers = [[{"variance": value, "predicted_variance": 1.0} for value in (v, v, 0.5)] for v in (1.0, variance)]
    epochs = tuple({"epoch": i, "layers": layers[i]} for i in (0, 1))
    return Run(str(options), options, {}, {}, status, epochs, {"status": status, "final": final})


def sweep(
    auc: Auc,
    *,
    variance: Auc = lambda _o, _s: 1.0,
    seeds: Iterable[int] = SEEDS,
    sigmas: Iterable[str] = SIGMAS,
    **more: list[Any],
) -> list[Cell]:
    grid: list[dict[str, Any]] = [{}]
    axes = {
        "architecture": ["chain", "independent"],
        "optimizer": ["adamw", "sgd"],
        "depth": [2, 5, 10],
        "sigma": list(sigmas),
        "seed": list(seeds),
    }
    for name, values in (axes | more).items():
        grid = [point | {name: value} for point in grid for value in values]
    runs = tuple(ended(p, auc(p, p["seed"]), variance=variance(p, p["seed"])) for p in grid)
    return cells_of(Sweep("s", {}, runs, {}))


def noise(point: dict[str, Any], size: float = 0.002) -> float:
    key = repr(sorted(point.items())).encode()
    return float(np.random.default_rng(list(key)).normal(0, size))


def unit(point: dict[str, Any]) -> float:
    found = scale_of(point["sigma"]).unit
    return 1.0 if found == float("inf") else found


def as_the_paper_says(point: dict[str, Any], _seed: int) -> float:
    s = log10(unit(point))
    loss = 0.02 * s + 0.001 * point["depth"]
    if point["optimizer"] == "sgd":
        loss += 0.02 + 0.004 * point["depth"] + 0.03 * (s + 0.3)
    return 0.78 - loss + noise(point)


def verdicts(found: list[Claim]) -> list[str]:
    return [claim.verdict for claim in found]


def test_a_sweep_as_the_paper_has_it_reproduces_all_four() -> None:
    cells = sweep(as_the_paper_says, variance=lambda p, _: unit(p) * (3 if p["optimizer"] == "sgd" else 1) + 1)
    found = claims(cells)
    assert verdicts(found) == ["reproduced"] * 4
    assert len(found[1].parts) == 3
    slopes = found[0].parts[0]
    assert len(slopes.effects) == 12
    assert slopes.supporting == 12
    # 0.02 per decade for AdamW, 0.05 for SGD
    assert slopes.mean.effect == pytest.approx(0.035, abs=0.002)
    assert {part.where for part in found[0].by_architecture} == {"LDLᵀ chain", "independent LDLT layers"}


def test_the_opposite_sweep_reproduces_none_of_the_first_two_nor_the_last() -> None:
    found = claims(sweep(lambda p, s: 1.2 - as_the_paper_says(p, s)))
    assert [verdicts(found)[i] for i in (0, 1, 3)] == ["not reproduced"] * 3
    assert found[0].parts[0].contrary == 12


def test_noise_decides_nothing_except_that_ten_is_not_better_and_nothing_moves() -> None:
    found = claims(sweep(lambda p, _: 0.7 + noise(p, 0.01), variance=lambda p, _: 10 ** noise(p, 0.1)))
    assert verdicts(found)[:2] == ["undecided", "undecided"]
    assert found[2].verdict in ("not reproduced", "undecided")
    assert found[0].parts[0].supporting + found[0].parts[0].contrary == 0


def test_alike_within_the_margin_does_not_beat() -> None:
    claim = claims(sweep(lambda p, _: 0.7 + noise(p, 1e-4)))[3]
    assert claim.verdict == "reproduced"
    assert abs(claim.parts[0].mean.effect) < 2e-4


def test_an_effect_that_turns_with_the_setting_is_not_reproduced() -> None:
    def turning(point: dict[str, Any], _seed: int) -> float:
        sign = 3 if point["depth"] == 2 else -1
        return 0.7 - sign * 0.02 * log10(unit(point)) + noise(point, 0.0005)

    part = claims(sweep(turning))[0].parts[0]
    assert part.mean.effect > 0
    assert part.mean.significant
    assert (part.supporting, part.contrary) == (4, 8)
    assert part.verdict == "not reproduced"


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_fewer_than_three_seeds_decide_nothing(seeds: list[int]) -> None:
    assert set(verdicts(claims(sweep(as_the_paper_says, seeds=seeds)))) == {"undecided"}


def test_what_was_not_run_is_undecided_and_says_what_is_missing() -> None:
    found = claims(sweep(as_the_paper_says, sigmas=["predicted"], optimizer=["adamw"]))
    assert set(verdicts(found)) == {"undecided"}
    assert "σ√n = 10" in found[3].parts[0].detail
    assert "both AdamW and SGD" in found[1].parts[0].detail
    assert claims([])[0].verdict == "undecided"


def test_plain_networks_have_no_say() -> None:
    ours = sweep(as_the_paper_says)
    theirs = sweep(lambda p, s: 1.2 - as_the_paper_says(p, s), architecture=["mlp"])
    assert claims([*ours, *theirs]) == claims(ours)


def test_settings_are_paired_within_the_same_other_options() -> None:
    shifted = sweep(lambda p, s: as_the_paper_says(p, s) - 0.2 * (p["alpha"] == 0.1), alpha=[1.0, 0.1])
    part = claims(shifted)[1].parts[0]
    assert len(part.effects) == 2 * 3 * 6 * 2
    assert part.mean.effect == pytest.approx(claims(sweep(as_the_paper_says))[1].parts[0].mean.effect, abs=0.002)


def test_a_learning_rate_of_each_optimiser_is_no_option_of_its_own() -> None:
    runs = [
        ended({"architecture": "chain", "optimizer": o, "lr": lr, "sigma": "he", "depth": 2, "seed": s}, 0.7)
        for o, lr in (("adamw", 3e-3), ("sgd", 0.1))
        for s in (0, 1)
    ]
    assert swept(runs) == ()
    assert len(cells_of(Sweep("s", {}, tuple(runs), {}))) == 2


def test_what_was_searched_is_chosen_by_validation_and_not_by_test() -> None:
    runs: list[Run] = []
    for lr, validation, test in ((0.1, 0.7, 0.6), (0.2, 0.6, 0.9)):
        for seed in (0, 1):
            options = {"architecture": "chain", "optimizer": "sgd", "sigma": "he", "depth": 2, "lr": lr, "seed": seed}
            final = {"validation": {"auc": validation}, "test": {"auc": test}}
            runs.append(Run("r", options, {}, {}, "finished", (), {"final": final}))
    (cell,) = cells_of(Sweep("s", {"search": {"lr": "0.1..1:log"}}, tuple(runs), {}))
    assert cell.chosen == (("lr", 0.1),)
    assert cell.interval.mean == 0.6
    low, high = cells_of(Sweep("s", {"grid": {"lr": [0.1, 0.2]}}, tuple(runs), {}))
    assert (low.interval.mean, high.interval.mean) == (0.6, 0.9)
    assert best_of([low, high])[0] is low


def test_a_diverged_run_counts_as_chance_and_as_the_largest_change() -> None:
    place = {"architecture": "chain", "optimizer": "sgd", "sigma": "he", "depth": 2}
    runs = (ended(place | {"seed": 0}, 0.8), ended(place | {"seed": 1}, 0.9, status="diverged"))
    (cell,) = cells_of(Sweep("s", {}, runs, {}))
    assert cell.auc == {0: 0.8, 1: 0.5}
    assert cell.diverged == 1
    assert decades(cell) == {0: 0.0, 1: MOST}
    assert best_of([cell]) == []


def test_stability_is_in_decades_and_has_no_sign() -> None:
    assert change([1.0, 1.0], [100.0, 0.01]) == 2.0
    assert change([1.0], [1e-30]) == change([1.0], [0.0]) == MOST
    assert change([0.0], [0.0]) == 0.0


def test_the_predicted_scale_meets_every_fixed_one_of_its_place_and_the_best_is_found_by_validation() -> None:
    found = contests(sweep(lambda p, _: as_the_paper_says(p, 0) + 0.05 * (p["sigma"] == "predicted")))
    assert len(found) == 12 * 5
    best = [each for each in found if each.best]
    assert len(best) == 12
    assert all(each.rival.scale.label == "1/√3" and each.test.effect > 0 and each.p < 0.05 for each in best)
    assert contests(sweep(as_the_paper_says, sigmas=["he", "kaiming"])) == []


def tuned(point: dict[str, Any], part: str) -> float:
    """A learning rate of 0.01 is the best for he by validation, though 0.1 is on the test rows; of mlps 0.1 is."""
    if point["match_step"]:
        return 0.8
    good = point["lr"] == (0.1 if point["architecture"] == "mlp" or part == "test" else 0.01)
    return 0.75 + 0.02 * good + 0.001 * point["seed"]


def test_rivals_are_tuned_on_validation_and_met_on_test_rows() -> None:
    runs: list[Run] = []
    starts = [("chain", "he", False), ("mlp", "kaiming", False), ("chain", "shared", True)]
    for architecture, sigma, match in starts:
        for lr in (0.01, 0.1):
            for seed in range(3):
                point = {"architecture": architecture, "optimizer": "adamw", "depth": 2, "sigma": sigma}
                point |= {"match_step": match, "lr": lr, "seed": seed}
                run = ended(point, tuned(point, "test"))
                run.result["final"]["validation"] = {"auc": tuned(point, "validation")}
                runs.append(run)
    found = contests(cells_of(Sweep("s", {}, tuple(runs), {}), TUNED))
    assert [(each.rival.architecture, dict(each.rival.chosen)["lr"], each.best) for each in found] == [
        ("chain", 0.01, True),
        ("mlp", 0.1, True),
    ]
    assert all(each.rule.scale.label == "shared+match" and each.rule.tried == each.rival.tried == 6 for each in found)
    he, mlp = found
    assert he.test.effect == pytest.approx(0.8 - 0.751)
    assert mlp.test.effect == pytest.approx(0.8 - 0.771)
    assert claims(cells_of(Sweep("s", {}, tuple(runs), {})))[0].parts[0].effects == ()


def test_rules_and_rivals_on_other_data_or_budgets_never_meet() -> None:
    for odd in ("data", "epochs"):
        runs = [
            ended({"architecture": kind, "optimizer": "sgd", "depth": 2, "sigma": sigma, "seed": seed, odd: value}, 0.7)
            for kind, sigma, value in (("chain", "predicted", "a"), ("mlp", "kaiming", "b"))
            for seed in range(3)
        ]
        assert contests(cells_of(Sweep("s", {}, tuple(runs), {}), TUNED)) == []


def test_the_agreement_of_the_variances_is_a_geometric_mean() -> None:
    runs = [ended({"seed": 0}, 0.5)]
    found = agreement(runs)
    assert found is not None
    # measured 1, 1, 0.5 over predicted 1
    assert found.count == 3
    assert found.middle == pytest.approx(0.5 ** (1 / 3))
    assert found.within == 1.0
    assert agreement([]) is None


@pytest.mark.parametrize(
    ("sigma", "label", "fixed"),
    [
        ("he", "1", True),
        ("1/sqrt(n)", "1", True),
        ("kaiming", "√2", True),
        ("0.577/sqrt(n)", "1/√3", True),
        ("1.41/sqrt(n)", "1.41", True),
        ("0.3/sqrt(n)", "0.3", True),
        ("predicted", "predicted", False),
        (0.125, "σ = 0.125", True),
        ("xavier", "xavier", True),
    ],
)
def test_scales_are_recognised_by_what_they_are(sigma: Any, label: str, fixed: bool) -> None:
    found = scale_of(sigma)
    assert (found.label, found.fixed) == (label, fixed)


def test_an_absolute_scale_stands_where_it_belongs() -> None:
    assert scale_of(0.125, "chain", 64).near(1.0)
    assert sorted([scale_of("predicted"), scale_of("3/sqrt(n)"), scale_of(0.125)])[0].label == "σ = 0.125"
