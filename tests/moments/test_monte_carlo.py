"""Sampling: the exact values lie within five standard errors, a chance of 6e-7 to fail each; the seeds are fixed."""

import math

import pytest

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments.loop_equations import expected_power_sum_at
from wishart_moments.moments.monte_carlo import estimate_power_sum
from wishart_moments.moments.polynomials import as_number


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(
    ("parts", "m", "n"), [((1,), 2, 3), ((2,), 4, 2), ((2, 1), 3, 3), ((3,), 1, 4), ((1, 1), 2, 5)]
)
def test_the_sample_mean_is_within_five_standard_errors(parts: Partition, m: int, n: int, beta: int) -> None:
    exact = as_number(expected_power_sum_at(parts, m, n, beta))
    estimate = estimate_power_sum(parts, m, n, beta=beta, draws=20_000, seed=20)
    assert abs(estimate.z(exact)) < 5
    assert estimate.standard_error < exact / 10  # sharp enough to see a wrong normalisation
    assert abs(estimate.z(2 * exact)) > 5


def test_one_seed_gives_one_sample_and_another_a_different_one() -> None:
    first, again, other = (estimate_power_sum((2,), 2, 2, draws=1000, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_the_draws_of_all_batches_count() -> None:
    # Four times the draws: half the standard error, to the 10 % that the sample of 100,000 determines it.
    few, many = (estimate_power_sum((1,), 3, 3, draws=draws).standard_error for draws in (25_000, 100_000))
    assert math.isclose(few, 2 * many, rel_tol=0.1)


def test_other_ensembles_and_single_draws_are_refused() -> None:
    with pytest.raises(MethodError, match="beta = 1, 2 and 4"):
        estimate_power_sum((1,), 2, 2, beta=3)
    with pytest.raises(DomainError, match="at least 2 draws"):
        estimate_power_sum((1,), 2, 2, draws=1)
