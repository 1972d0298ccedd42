"""Splits: disjoint, in proportion, the same for a seed; of the whole file, the customary one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError, LimitError
from wishart_nn.higgs import data
from wishart_nn.higgs.data import Split, split_rows


def labels_of(count: int, signal: int, seed: int = 0) -> np.ndarray:
    labels = np.zeros(count, np.float32)
    labels[:signal] = 1
    return np.random.default_rng(seed).permutation(labels)


def parts(split: Split) -> tuple[np.ndarray, ...]:
    return split.train, split.validation, split.test


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_parts_are_disjoint_ascending_and_hold_the_classes_in_proportion(data: st.DataObject) -> None:
    count = data.draw(st.integers(60, 400))
    labels = labels_of(count, data.draw(st.integers(count // 5, count - count // 5)))
    rows = data.draw(st.integers(50, count))
    test, validation = data.draw(st.integers(10, rows // 3)), data.draw(st.integers(10, rows // 3))
    seed = data.draw(st.integers(0, 10**9))
    split = split_rows(labels, rows=rows, test_rows=test, validation_rows=validation, seed=seed)
    assert [len(part) for part in parts(split)] == [rows - test - validation, validation, test]
    together = np.concatenate(parts(split))
    assert len(set(together.tolist())) == rows
    assert set(together.tolist()) <= set(range(count))
    for part in parts(split):
        assert (np.diff(part) > 0).all()
        assert abs(labels[part].sum() - len(part) * labels.mean()) < 2


def test_a_fifth_is_for_testing_and_a_tenth_for_validation_by_default() -> None:
    split = split_rows(labels_of(1000, 530))
    assert [len(part) for part in parts(split)] == [700, 100, 200]
    assert split.rule == "200 rows drawn with seed 0, the classes in proportion"
    assert [labels_of(1000, 530)[part].sum() for part in parts(split)] == [371, 53, 106]


def test_the_seed_decides() -> None:
    labels = labels_of(500, 200)
    same, again, other = (split_rows(labels, seed=seed) for seed in (7, 7, 8))
    assert all(np.array_equal(a, b) for a, b in zip(parts(same), parts(again), strict=True))
    assert not np.array_equal(same.test, other.test)


@settings(deadline=None, max_examples=50)
@given(st.integers(100, 299), st.integers(0, 1000))
def test_more_rows_only_add_training_rows(rows: int, seed: int) -> None:
    labels = labels_of(300, 160)
    few, many = (
        split_rows(labels, rows=count, test_rows=30, validation_rows=20, seed=seed) for count in (rows, rows + 1)
    )
    assert np.array_equal(few.test, many.test)
    assert np.array_equal(few.validation, many.validation)
    assert set(few.train.tolist()) < set(many.train.tolist())


@pytest.fixture
def whole_file(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Labels of what is then taken for the whole file, with the last 50 rows for testing."""
    monkeypatch.setattr(data, "FULL_ROWS", 1100)
    monkeypatch.setattr(data, "FULL_TEST_ROWS", 50)
    return labels_of(1100, 583)


def test_the_last_rows_of_the_whole_file_are_for_testing(whole_file: np.ndarray) -> None:
    split = split_rows(whole_file, seed=5)
    assert split.test.tolist() == list(range(1050, 1100))
    assert split.rule == "the last 50 rows"
    assert sorted([*split.train, *split.validation]) == list(range(1050))
    assert len(split.validation) == 50


def test_fewer_test_rows_are_drawn_among_the_last_ones_and_more_are_the_last(whole_file: np.ndarray) -> None:
    few = split_rows(whole_file, rows=200, test_rows=20)
    assert few.test.min() >= 1050
    assert few.rule == "20 of the last 50 rows"
    assert max(few.train.max(), few.validation.max()) < 1050
    assert len(few.train) == 160
    assert split_rows(whole_file, test_rows=100).test.tolist() == list(range(1000, 1100))


def test_one_row_less_is_not_the_whole_file(whole_file: np.ndarray) -> None:
    assert split_rows(whole_file[1:]).test.min() < 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": 101}, "need rows <= 100, the rows there are, got 101"),
        ({"rows": 0}, "need rows"),
        ({"test_rows": 100}, "leave 2 or more of 100 rows for training, got 100 + 10"),
        ({"test_rows": 500}, "leave 2 or more of 100 rows for training, got 500 + 10"),
        ({"test_rows": 0}, "need test rows"),
        ({"validation_rows": -1}, "need validation rows"),
        ({"test_rows": 1}, "need both classes among the test rows, got 1 rows of one; use more rows"),
        ({"validation_rows": 1}, "need both classes among the validation rows"),
        ({"seed": -1}, "need seed to be an integer >= 0"),
    ],
)
def test_what_cannot_be_split_is_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises((DomainError, LimitError)) as refused:
        split_rows(labels_of(100, 50), **options)
    assert message in str(refused.value)


@pytest.mark.parametrize(("signal", "kind"), [(0, 0), (100, 1)])
def test_one_class_alone_is_refused(signal: int, kind: int) -> None:
    with pytest.raises(DomainError, match=f"need rows of both classes, got 100 rows of class {kind} only"):
        split_rows(labels_of(100, signal))
