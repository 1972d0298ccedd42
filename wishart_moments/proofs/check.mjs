// check.py in JavaScript: node check.mjs FILE.json, or in a page `import {check} from "./check.mjs"`.
// Exact: rationals [p, q] of BigInt. What is proved, and how, is said in check.py, function by function.

const gcd = (a, b) => { while (b) [a, b] = [b, a % b]; return a < 0n ? -a : a; };
const over = (p, q) => { const g = gcd(p, q) * (q < 0n ? -1n : 1n); return [p / g, q / g]; };
const Q = (x) => { // from "3/4", "0.12", 5 or 5n
  const [, sign, whole, decimals = "", below = "1"] = /^(-?)(\d+)(?:\.(\d+))?(?:\/(\d+))?$/.exec(String(x));
  return over(BigInt(sign + whole + decimals), BigInt(below) * 10n ** BigInt(decimals.length));
};
const plus = ([a, b], [c, d]) => over(a * d + c * b, b * d);
const times = ([a, b], [c, d]) => over(a * c, b * d);
const minus = (x, y) => plus(x, [-y[0], y[1]]);
const by = (x, y) => times(x, [y[1], y[0]]);
const less = ([a, b], [c, d]) => a * d < c * b;
const same = (x, y) => x[0] === y[0] && x[1] === y[1];
const sum = (list) => list.reduce(plus, [0n, 1n]);
const floor = ([a, b]) => (a - (((a % b) + b) % b)) / b;
const need = (...truths) => { if (!truths.every(Boolean)) throw new Error("a number of the certificate is not what it must be"); };

function recurrence(beta, k, m, n) { // [p_0(k), p_1(k), ...], rationals
  const c = (x) => [BigInt(x), 1n], poly = (...list) => list.reduce((value, x) => plus(times(value, c(k)), c(x)));
  if (beta === 4) { // the dual of the real case
    const real = recurrence(1, k, times(c(-2), m), times(c(-2), n));
    return real.map((p, j) => times([(-2n) ** BigInt(j), 1n], p));
  }
  const s = plus(m, n), d = times(minus(m, n), minus(m, n)), squared = (x) => minus(c(x * x), d);
  if (beta === 2) return [times(c(-k), squared(k + 1)), times(c(-2 * k - 3), s), c(k + 3)];
  const t = minus(s, c(1)), twice = times(times(c(2), s), minus(s, c(2)));
  const p2 = minus(poly(c(5), 44, 125, 115), times(c(2 * k + 5), plus(d, twice)));
  const p1 = times(t, minus(poly(c(10), 52, 86, 45), times(c(4 * k + 5), d)));
  return [times(c(k), times(squared(k + 2), squared(2 * k + 1))), p1, times(c(-1), p2), times(c(-4 * k - 15), t), c(k + 5)];
}

function moments(c, m, n, beta) { // Map of k to M_k
  const { first } = c, a = over(2n, BigInt(beta)), s = plus(m, n), p = times(m, n), order = beta === 2 ? 2 : 4;
  need(Number.isInteger(first), Array.isArray(c.moments));
  const M = new Map(c.moments.map((x, i) => [first + i, Q(x)])), last = first + M.size - 1, one = Q(1);
  const rest = plus(minus(times(times(Q(2), a), a), times(Q(3), a)), Q(2));
  const third = plus(plus(times(s, s), p), plus(times(times(Q(3), minus(a, one)), s), rest));
  const known = [m, p, times(p, minus(plus(s, a), one)), times(p, third)];
  need(first <= 0 && last >= 0, known.every((x, k) => k > last || same(M.get(k), x)));
  need(first === 0 || (last >= order - 1 && less(times(a, Q(-first)), plus(minus(n, m), one))));
  for (let k = first; k <= last - order; k++) {
    const ps = recurrence(beta, k, m, n);
    need(sum(ps.map((q, j) => times(q, M.get(k + j))))[0] === 0n, k >= 0 || ps[0][0] !== 0n);
  }
  return M;
}

function below(M, w, r, t) { // E sum x^t (2p - (r+x) p^2) for p = sum_i c_i x^i / 2^(bits + i step)
  const p = w.coefficients.map(BigInt), bits = BigInt(w.bits), step = BigInt(w.step), square = Array(2 * p.length - 1).fill(0n);
  p.forEach((x, i) => p.forEach((y, j) => { square[i + j] += x * y; }));
  const twice = p.map((x, i) => times(over(2n * x, 2n ** (bits + BigInt(i) * step)), M.get(i + t)));
  const part = (x, k) => times(over(x, 2n ** (2n * bits + BigInt(k) * step)), plus(times(r, M.get(k + t)), M.get(k + t + 1)));
  return minus(sum(twice), sum(square.map(part)));
}

export function check(c) { // the verdict on a certificate that holds, or that proves nothing; otherwise an exception
  need(c.format === "wishart-moments certificate", c.version === 1);
  if (c.kind === "evaluation") return `NOT CHECKED: it rests on ball arithmetic alone; evaluate ${JSON.stringify(c.functions).replaceAll(",", ", ")}`;
  const m = Q(c.m), n = Q(c.n), { beta } = c, one = Q(1), gap = minus(n, m), whole = n[1] === 1n;
  need(m[1] === 1n, m[0] >= 1n, [1, 2, 4].includes(beta), less(Q(-1), gap) || (whole && n[0] >= 1n));
  if (c.kind === "existence") {
    need(c.parts.every(Number.isInteger));
    const total = c.parts.reduce((x, y) => x + y, 0), negative = c.parts.reduce((x, y) => x + Math.min(y, 0), 0);
    const k = m[0] === 1n ? Math.max(0, -total) : -negative, excess = Q(c.excess);
    need(same(excess, minus(plus(gap, one), over(2n * BigInt(k), BigInt(beta)))), c.finite === (k === 0 || excess[0] > 0n));
    return `proved: E prod tr S^k, k in [${c.parts.join(", ")}], is ${c.finite ? "finite" : "infinite"}`;
  }
  const M = moments(c, m, n, beta), last = c.first + M.size - 1;
  if (c.kind === "moments") return `proved: E tr S^k, k = ${c.first}..${last}, at m = ${c.m}, n = ${c.n}, beta = ${beta}`;
  const { lower: low, upper: high } = c.witness, ranks = less(m, n) ? m : n, alpha = Q(c.alpha);
  const [far, near] = c.sigma2.map((x) => by(alpha, Q(x)));
  need(near[0] > 0n && !less(far, near), c.first === 0, last === c.order, whole, ["variance", "resolvent"].includes(c.kind));
  need(low.coefficients.length === c.order >> 1, high.coefficients.length === (c.order + 1) >> 1, alpha[0] > 0n);
  M.set(0, ranks); // from here on of the eigenvalues > 0
  let ends = [below(M, low, far, 1), minus(ranks, times(near, below(M, high, near, 0)))]; // bounds of T
  if (c.kind === "variance") ends = ends.map((t) => times(by(times(Q(c.gamma), Q(c.gamma)), m), t));
  else ends = [by(minus(m, ends[1]), alpha), by(minus(m, ends[0]), alpha)];
  const unit = [10n ** BigInt(c.places), 1n], [lower, upper] = ends, up = times([-1n, 1n], times(upper, unit));
  const rounded = [[floor(times(lower, unit)), 1n], [-floor(up), 1n]].map((x) => by(x, unit));
  need(same(lower, Q(c.lower)), same(upper, Q(c.upper)), rounded.every((x, i) => same(x, Q(c.decimals[i]))), !less(upper, lower));
  return `proved: ${c.decimals[0]} <= ${c.kind} <= ${c.decimals[1]}`;
}

if (typeof process !== "undefined" && process.argv[1]?.endsWith("check.mjs")) {
  const { readFileSync } = await import("node:fs");
  const verdict = check(JSON.parse(readFileSync(process.argv[2], "utf-8")));
  console.log(verdict);
  process.exitCode = verdict.startsWith("NOT") ? 2 : 0;
}
