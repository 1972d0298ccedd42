"""Check an identity that `wishart-moments prove NAME --show json` wrote: integers, the standard library, nothing else.

    python -I check_identity.py identity.json        exit 0: every coefficient is zero; exit 1: it is not

The file holds p_0, p_1, … in Z[k, m, n] and, in Z[x, N, a], what stands for m and n, twice xρ as a vector over
a basis of functions, and twice θ = x d/dx of every function of the basis. What is checked, with all products expanded:
Σ_j p_j(−θ)[x^j · xρ] = 0 in every component (times 2^{d+1}, d the highest power of k, so that everything is an integer)
and, where the file has a dual, (−2)^j p_j(k, −2m, −2n) = dual_j. A polynomial is {exponents: coefficient}.
"""

import json
import sys


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
    for (i, j, k), c in f.items():
        for (p, q, r), d in g.items():
            total[i + p, j + q, k + r] = total.get((i + p, j + q, k + r), 0) + c * d
    return {exponents: c for exponents, c in total.items() if c}


def twice_theta(vector, theta):
    """Return 2θ of a vector Σ c_i e_i: (2 x ∂c_i/∂x) e_i + c_i (2θe_i)."""
    result = [{e: 2 * e[0] * c for e, c in entry.items() if e[0]} for entry in vector]
    for entry, row in zip(vector, theta, strict=True):
        result = [plus(old, times(entry, new)) for old, new in zip(result, row, strict=True)]
    return result


def coefficients_of_k(p, m, n):
    """Return the polynomials in N and a that stand with k^0, k^1, … in p(k, m, n)."""
    found = [{} for _ in range(1 + max(e[0] for e in p))]
    for (i, rows, columns), c in p.items():
        term = {(0, 0, 0): c}
        for factor in [m] * rows + [n] * columns:
            term = times(term, factor)
        found[i] = plus(found[i], term)
    return found


def residual(document):
    """Return 2^{d+1} Σ_j p_j(−θ)[x^j · xρ], a polynomial for every function of the basis."""
    recurrence, m, n = [read(p) for p in document["recurrence"]], read(document["m"]), read(document["n"])
    theta = [[read(entry) for entry in row] for row in document["twice_theta"]]
    degree = max(e[0] for p in recurrence for e in p)
    total = [{} for _ in theta]
    for j, p in enumerate(recurrence):
        power = [times({(j, 0, 0): 1}, read(entry)) for entry in document["twice_start"]]
        for i, c in enumerate(coefficients_of_k(p, m, n)):  # power is (−2θ)^i [x^j · 2xρ]
            scaled = times({(0, 0, 0): 2 ** (degree - i)}, c)
            total = [plus(old, times(scaled, entry)) for old, entry in zip(total, power, strict=True)]
            power = [times({(0, 0, 0): -1}, entry) for entry in twice_theta(power, theta)]
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
