"""Check an identity that `wishart-moments prove NAME --show json` wrote: integers, the standard library, nothing else.

    python -I check_identity.py identity.json        exit 0: every coefficient is zero; exit 1: it is not

The file holds p_0, p_1, … in Z[k, m, n, …] and, in Z[x, N, a, …], what stands for m, n, … ("sizes"), a polynomial q(x)
("pole"; 1 or 1 − x), twice xρ as a vector over a basis of functions, and twice q θ of every function of the basis, θ =
x d/dx. What is checked, with all products expanded: Σ_j p_j(−θ)[x^j · xρ] = 0 in every component (times 2^{d+1} q^d, d
the highest power of k, so that everything is a polynomial with integer coefficients) and, where the file has a dual,
(−2)^j p_j(k, −2m, −2n) = dual_j. A polynomial is {exponents: coefficient}.
"""

import json
import sys
from operator import add


def read(terms):
    """Return a polynomial from its terms [c, exponents]; c must be an integer."""
    assert all(type(c) is int for c, _ in terms), "need integers"
    return {tuple(exponents): c for c, exponents in terms}


def plus(f, g):
    """Return f + g."""
    total = dict(f)
    for exponents, c in g.items():
        total[exponents] = total.get(exponents, 0) + c
    return {exponents: c for exponents, c in total.items() if c}


def times(f, g):
    """Return f g."""
    total = {}
    for e, c in f.items():
        for other, d in g.items():
            key = tuple(map(add, e, other))
            total[key] = total.get(key, 0) + c * d
    return {exponents: c for exponents, c in total.items() if c}


def slope(f):
    """Return x ∂f/∂x."""
    return {e: e[0] * c for e, c in f.items() if e[0]}


def following(vector, i, pole, theta):
    """Return v_{i+1} = 2 (q θv − i (θq) v) for v = v_i: then 2θ(v_i/q^i) = v_{i+1}/q^{i+1}."""
    result = [times({e: 2 * c for e, c in pole.items()}, slope(entry)) for entry in vector]
    back = {e: -2 * i * c for e, c in slope(pole).items() if i}
    result = [plus(new, times(back, v)) for new, v in zip(result, vector, strict=True)]
    for entry, row in zip(vector, theta, strict=True):
        result = [plus(old, times(entry, new)) for old, new in zip(result, row, strict=True)]
    return result


def coefficients_of_k(p, sizes):
    """Return the polynomials in N, a, … that stand with k^0, k^1, … in p(k, m, n, …)."""
    found = [{} for _ in range(1 + max(e[0] for e in p))]
    for (i, *exponents), c in p.items():
        term = {(0,) * len(next(iter(sizes[0]))): c}
        for size, exponent in zip(sizes, exponents, strict=True):
            for _ in range(exponent):
                term = times(term, size)
        found[i] = plus(found[i], term)
    return found


def residual(document):
    """Return 2^{d+1} q^d Σ_j p_j(−θ)[x^j · xρ], a polynomial for every function of the basis."""
    recurrence, sizes = [read(p) for p in document["recurrence"]], [read(p) for p in document["sizes"]]
    theta, pole = [[read(entry) for entry in row] for row in document["twice_theta"]], read(document["pole"])
    degree, variables = max(e[0] for p in recurrence for e in p), len(next(iter(pole)))
    total = [{} for _ in theta]
    for j, p in enumerate(recurrence):
        vector = [times({(j, *(0,) * (variables - 1)): 1}, read(entry)) for entry in document["twice_start"]]
        for i, c in enumerate(coefficients_of_k(p, sizes)):  # vector is (2θ)^i [x^j · 2xρ], times q^i
            scaled = times({(0,) * variables: (-1) ** i * 2 ** (degree - i)}, c)
            for _ in range(degree - i):
                scaled = times(scaled, pole)
            total = [plus(old, times(scaled, entry)) for old, entry in zip(total, vector, strict=True)]
            vector = following(vector, i, pole, theta)
    return total


def holds(document):
    """Return whether the identity holds, and the duality where there is one."""
    dual = document.get("dual", [])
    real = [read(p) for p in document["recurrence"]]
    mirrored = [{e: (-2) ** (j + e[1] + e[2]) * c for e, c in p.items()} for j, p in enumerate(real)]
    return not any(residual(document)) and (not dual or mirrored == [read(p) for p in dual])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123
        verdict = holds(json.load(file))
    print("the identity holds" if verdict else "the identity FAILS")
    sys.exit(not verdict)
