"""Check certificates of wishart-moments: python -I check.py FILE.json; exit 0 proved, 1 refused, 2 nothing to check.

S = W W^*, W m x n Gaussian, entries of variance 1; beta = 1 real, 2 complex, 4 quaternion; M_k = E tr S^k. Used:
sum_j p_j(k) M_(k+j) = 0, a theorem (`wishart-moments prove`), and 1/(r+x) >= 2p - (r+x) p^2 for every polynomial p(x)
and r, x > 0, as (1 - (r+x) p)^2 >= 0: moments bound T(r) = E sum x/(r+x) = N - r E sum 1/(r+x), sums over the
N = min(m, n) eigenvalues x > 0 of S, from below by x times this inequality, from above by itself.
"""

import json
import re
import sys
from fractions import Fraction as Q


def need(*truths):
    if not all(truths):
        raise ValueError("a number of the certificate is not what it must be")


def recurrence(beta, k, m, n):  # [p_0(k), p_1(k), ...]: the theorem
    s, d = m + n, (m - n) ** 2
    if beta == 4:  # the dual of the real case
        return [(-2) ** j * p for j, p in enumerate(recurrence(1, k, -2 * m, -2 * n))]
    if beta == 2:
        return [-k * ((k + 1) ** 2 - d), -(2 * k + 3) * s, k + 3]
    p2 = 5 * k**3 + 44 * k**2 + 125 * k + 115 - (2 * k + 5) * (d + 2 * s * (s - 2))
    p1 = (s - 1) * (10 * k**3 + 52 * k**2 + 86 * k + 45 - (4 * k + 5) * d)
    return [k * ((k + 2) ** 2 - d) * ((2 * k + 1) ** 2 - d), p1, -p2, -(4 * k + 15) * (s - 1), k + 5]


def moments(c, m, n, beta):  # {k: M_k}: M_0..M_3 by their formulas, all others tied to them by the recurrence
    first, a, s, p, order = int(c["first"]), Q(2, beta), m + n, m * n, 2 if beta == 2 else 4
    M = {first + i: Q(x) for i, x in enumerate(c["moments"])}
    known = [m, p, p * (s + a - 1), p * (s * s + p + 3 * (a - 1) * s + 2 * a * a - 3 * a + 2)]
    need(first <= 0 <= max(M), all(M[k] == x for k, x in enumerate(known) if k in M))
    need(first == 0 or (max(M) >= order - 1 and n - m + 1 > -a * first))  # negative ones: enough others, and finite
    for k, ps in ((k, recurrence(beta, k, m, n)) for k in range(first, max(M) - order + 1)):
        need(sum(p * M[k + j] for j, p in enumerate(ps)) == 0, k >= 0 or ps[0] != 0)
    return M


def below(M, w, r, t):  # E sum x^t (2p - (r+x) p^2) for p = sum_i c_i x^i / 2^(bits + i step)
    p, bits, step = [int(x) for x in w["coefficients"]], int(w["bits"]), int(w["step"])
    square = [sum(p[i] * p[k - i] for i in range(len(p)) if 0 <= k - i < len(p)) for k in range(2 * len(p) - 1)]
    twice = sum(Q(2 * x, 2 ** (bits + i * step)) * M[i + t] for i, x in enumerate(p))
    return twice - sum(Q(x, 2 ** (2 * bits + k * step)) * (r * M[k + t] + M[k + t + 1]) for k, x in enumerate(square))


def check(c):  # the verdict on a certificate that holds, or that proves nothing; otherwise an exception
    need((c["format"], c["version"]) == ("wishart-moments certificate", 1))
    text = json.dumps({**c, "finite": 0})  # integers; decimals or fractions as strings: nothing rounded, no true for 1
    need(not re.search(r'"-?[0-9][^"]*[^0-9./"]', text), not re.search("[.a-z]", re.sub(r'"[^"]*"', "", text)))
    if c["kind"] == "evaluation":
        return "NOT CHECKED: it rests on ball arithmetic alone; evaluate " + json.dumps(c["functions"])
    m, n, beta = int(c["m"]), Q(c["n"]), int(c["beta"])
    need(m >= 1, beta in (1, 2, 4), n > m - 1 or n in range(1, m))  # there is such an S
    if c["kind"] == "existence":  # n - m + 1 > 2 k/beta, k the sum of the negative powers (of all powers for m = 1)
        k = max(0, -sum(c["parts"])) if m == 1 else -sum(x for x in c["parts"] if x < 0)
        need(Q(c["excess"]) == n - m + 1 - Q(2 * k, beta), c["finite"] is (k == 0 or Q(c["excess"]) > 0))
        return f"proved: E prod tr S^k, k in {c['parts']}, is {'finite' if c['finite'] else 'infinite'}"
    M = moments(c, m, n, beta)
    if c["kind"] == "moments":
        return f"proved: E tr S^k, k = {min(M)}..{max(M)}, at m = {m}, n = {n}, beta = {beta}"
    low, high, order, ranks = c["witness"]["lower"], c["witness"]["upper"], int(c["order"]), min(m, int(n))
    near, far = (Q(c["alpha"]) / Q(x) for x in reversed(c["sigma2"]))  # r = alpha/sigma^2: T falls with r
    need(0 < near <= far, min(M) == 0, max(M) == order, n == int(n), c["kind"] in ("variance", "resolvent"))
    need((len(low["coefficients"]), len(high["coefficients"])) == (order // 2, (order + 1) // 2), Q(c["alpha"]) > 0)
    M[0] = ranks  # from here on of the eigenvalues > 0
    ends = [below(M, low, far, 1), ranks - near * below(M, high, near, 0)]  # bounds of T
    # E tr (alpha + sigma^2 S)^(-1), or of y = gamma W (alpha + W^T W)^(-1/2) x with entries of variance sigma^2
    inverse = [(m - t) / Q(c["alpha"]) for t in reversed(ends)]
    ends = inverse if c["kind"] == "resolvent" else [Q(c["gamma"]) ** 2 / m * t for t in ends]
    rounded = [Q(ends[0] * (unit := 10 ** c["places"]) // 1, unit), Q(-(-ends[1] * unit // 1), unit)]  # outwards
    need(ends == [Q(c["lower"]), Q(c["upper"])], rounded == [Q(x) for x in c["decimals"]], ends[0] <= ends[1])
    return f"proved: {c['decimals'][0]} <= {c['kind']} <= {c['decimals'][1]}"


if __name__ == "__main__":
    print(verdict := check(json.load(open(sys.argv[1], encoding="utf-8"))))  # noqa: PTH123, SIM115
    sys.exit(2 * verdict.startswith("NOT"))
