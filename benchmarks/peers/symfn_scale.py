"""E p_λ(S) = Σ_μ c(n) p_μ(Σ), all λ of one degree, from symfn's zonal polynomials by James' theorem, in python-flint.

Run by the interpreter of the peers' environment: `python symfn_scale.py K`. Prints JSON: the rows
{λ: {μ: coefficients of 1, n, …}} and the seconds.
"""

import json
import sys
from math import factorial, prod
from time import perf_counter

from flint import fmpz_poly
from symfn_moments import name, norm, zonal_in_power_sums


def table(k: int) -> dict:
    labels, theta = zonal_in_power_sums(k)
    growth = [prod(fmpz_poly([2 * j - i, 1]) for i, part in enumerate(kappa) for j in range(part)) for kappa in labels]
    rows = {}
    for column, label in enumerate(labels):
        centralizer = prod(label) * prod(factorial(label.count(part)) for part in set(label))
        scale = centralizer * 2 ** len(label)
        weights = [scale * theta[row, column] / norm(kappa) for row, kappa in enumerate(labels)]
        # One matrix product: the coefficients of n in Σ_κ weight · growth, times θ.
        powers = [[weights[row] * growth[row][d] for d in range(k + 1)] for row in range(len(labels))]
        product = type(theta)(powers).transpose() * theta
        rows[label] = {
            mu: [product[d, i] for d in range(k + 1)]
            for i, mu in enumerate(labels)
            if any(product[d, i] for d in range(k + 1))
        }
    return rows


if __name__ == "__main__":
    start = perf_counter()
    found = table(int(sys.argv[1]))
    seconds = perf_counter() - start
    text = {name(label): {name(mu): [str(c) for c in row] for mu, row in rows.items()} for label, rows in found.items()}
    print(json.dumps([text, seconds]))
