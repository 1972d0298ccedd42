"""Every E p_λ of degree <= K from symfn's zonal polynomials by James' theorem; python-flint adds up the polynomials.

Run by the interpreter of the peers' environment: `python symfn_moments.py moments K` or `… zonal K`. Prints JSON:
the seconds, and {λ: {"i,j": coefficient of m^i n^j}} or {κ: {λ: coefficient of p_λ in J_κ}}.
"""

import json
import sys
from fractions import Fraction
from math import factorial, prod
from time import perf_counter

import symfn
from flint import fmpq, fmpq_mat, fmpq_mpoly_ctx

Label = tuple[int, ...]
CONTEXT = fmpq_mpoly_ctx.get(("m", "n"), "deglex")


def partitions(k: int, largest: int) -> list[Label]:
    if k == 0:
        return [()]
    return [(first, *rest) for first in range(min(k, largest), 0, -1) for rest in partitions(k - first, first)]


def zonal_in_power_sums(k: int) -> tuple[list[Label], fmpq_mat]:
    """Return the labels of degree k and the matrix of J_κ = Σ_λ θ^κ_λ p_λ: J in monomials, monomials in power sums."""
    labels = partitions(k, k)
    at = {label: i for i, label in enumerate(labels)}
    in_monomials, in_powers = fmpq_mat(len(labels), len(labels)), fmpq_mat(len(labels), len(labels))
    for label in labels:
        for mu, numerator, denominator in symfn.zonal(list(label), True):
            in_monomials[at[label], at[tuple(mu)]] = fmpq(numerator, denominator)
        for mu, (numerator, denominator) in symfn.to_power([(list(label), 1)], "m"):
            in_powers[at[label], at[tuple(mu)]] = fmpq(numerator, denominator)
    return labels, in_monomials * in_powers


def norm(kappa: Label) -> int:
    """Return j_κ = Π (2 arm + leg + 1)(2 arm + leg + 2)."""
    columns = [sum(part > j for part in kappa) for j in range(kappa[0])]
    boxes = [(2 * (part - j - 1), columns[j] - i - 1) for i, part in enumerate(kappa) for j in range(part)]
    return prod((arm + leg + 1) * (arm + leg + 2) for arm, leg in boxes)


def moments_of_degree(k: int) -> dict:
    labels, theta = zonal_in_power_sums(k)
    m, n = CONTEXT.gens()
    values = []
    for kappa in labels:
        contents = [2 * j - i for i, part in enumerate(kappa) for j in range(part)]
        values.append(prod(m + c for c in contents) * prod(n + c for c in contents) / norm(kappa))
    result = {}
    for column, label in enumerate(labels):
        centralizer = prod(part for part in label) * prod(factorial(label.count(part)) for part in set(label))
        total = sum(theta[row, column] * value for row, value in enumerate(values) if theta[row, column])
        result[label] = centralizer * 2 ** len(label) * total
    return result


def name(label: Label) -> str:
    return ",".join(map(str, label))


def main(what: str, degree: int) -> None:
    start = perf_counter()
    if what == "zonal":
        labels, theta = zonal_in_power_sums(degree)
        seconds = perf_counter() - start
        entries = range(len(labels))
        value = {
            name(kappa): {name(labels[j]): str(theta[i, j]) for j in entries if theta[i, j]}
            for i, kappa in enumerate(labels)
        }
    else:
        moments = {label: value for k in range(1, degree + 1) for label, value in moments_of_degree(k).items()}
        seconds = perf_counter() - start
        value = {
            name(label): {name(exponents): str(Fraction(str(c))) for exponents, c in moment.to_dict().items()}
            for label, moment in moments.items()
        }
    print(json.dumps([value, seconds]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
