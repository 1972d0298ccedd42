"""E p_λ(S) = Σ_μ c(n) p_μ(Σ), all λ of one degree, by WishartMoments, which rests on SageMath.

Run by the interpreter of the peers' environment: `python wishartmoments_scale.py K`. Prints JSON: the rows
{λ: {μ: coefficients of 1, n, …}} and the seconds. Its matrix is for power sums of 2Σ.
"""

import json
import sys
from time import perf_counter

from sage.all import QQ
from WishartMoments.Expectations import Expectations


def main(k: int) -> None:
    """Compute the matrix of degree k and print it."""
    start = perf_counter()
    moments = Expectations(k)
    moments.compute_M()
    seconds = perf_counter() - start
    names = [",".join(map(str, label)) for label in moments.P]
    n = moments.R3.gens()[0]
    rows = {}
    for i, name in enumerate(names):
        row = {mu: moments.M["+"][i, j] for j, mu in enumerate(names)}
        rows[name] = {
            mu: [str(2**k * QQ(c.monomial_coefficient(n**d))) for d in range(c.degree() + 1)]
            for mu, c in row.items()
            if c
        }
    print(json.dumps([rows, seconds]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
