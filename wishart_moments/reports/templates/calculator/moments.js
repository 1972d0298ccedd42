// E of a product of traces of powers of S: its formula, its value, where it exists, and where they come from.

const LARGEST = 1000000000,
  LARGEST_K = 200; // sizes; single traces by the recurrence
const NAMES = { 1: "real", 2: "complex", 4: "quaternion" };
const sizeOf = (parts) => parts.reduce((total, part) => total + part, 0);

function commandFor({ powers, beta, m, n, scale }) {
  // what answers the question where this page does not
  const options = [
    [beta === "1" ? "" : beta, "--beta"],
    [m, "--m"],
    [n, "--n"],
    [scale.trim() && "FILE", "--scale"],
  ];
  return `wishart-moments moment ${powers
    .trim()
    .split(/[\s,]+/)
    .join(" ")}${options.map(([x, name]) => (x.trim() ? ` ${name} ${x.trim()}` : "")).join("")}`;
}

function readParts(question) {
  const text = question.powers;
  const parts = text
    .trim()
    .split(/[\s,]+/)
    .map((part) =>
      /^[+-]?\d{1,6}$/.test(part)
        ? Number(part)
        : refuse(`need powers as integers such as 2 1 or -2, got ${brief(part) || "nothing"}`),
    );
  if (parts.includes(0)) refuse("need powers other than 0: tr S^0 is m");
  if (new Set(parts.map(Math.sign)).size > 1)
    refuse(`need powers of one sign here, got ${parts.join(" ")}; write ${commandFor(question)} instead`);
  return parts.sort((a, b) => Math.abs(b) - Math.abs(a));
}

function readMoment(question) {
  // the question, admitted
  const { beta, m, n, scale } = question,
    parts = readParts(question),
    index = Number(beta),
    sigma = readScale(scale);
  if (![1, 2, 4].includes(index)) refuse(`need beta as 1, 2 or 4, got ${brief(beta)}`);
  let rows = m.trim() ? readSize(m, "m", LARGEST) : null;
  const degrees = n.trim() ? readPositive(n, "n") : null;
  if (sigma.kind === "matrix") {
    if (rows !== null && rows !== BigInt(sigma.m)) refuse(`need m = ${sigma.m}, the size of Sigma, got ${rows}`);
    rows = BigInt(sigma.m);
  }
  if (degrees && degrees[0] > BigInt(LARGEST) * degrees[1]) refuse(`need n <= ${LARGEST}, got ${brief(n)}`);
  if (rows !== null && degrees && degrees[1] !== 1n && !less([rows - 1n, 1n], degrees))
    refuse(`need n an integer or n > m - 1, got m = ${rows}, n = ${shown(degrees)}`);
  const inverse = parts[0] < 0,
    lambda = parts.map(Math.abs),
    k = sizeOf(lambda);
  return { lambda, k, inverse, beta: index, m: rows && [rows, 1n], n: degrees, scale: sigma };
}

function existence({ inverse, k, beta, m, n }) {
  // {condition, finite: true | false | null, words}
  if (!inverse) return { condition: "", finite: true, words: "It is finite at every m and n." };
  const bound = over(2n * BigInt(k), BigInt(beta)),
    condition = `n - m + 1 > ${shown(bound)}`;
  if (!m || !n)
    return { condition, finite: null, words: `It is finite if and only if ${condition}; otherwise it is infinite.` };
  const gap = plus(minus(n, m), [1n, 1n]),
    finite = less(bound, gap),
    least = floor(plus(minus(m, [1n, 1n]), bound)) + 1n;
  const words = finite
    ? `It is finite: n - m + 1 = ${shown(gap)} is larger than ${shown(bound)}.`
    : `It is infinite: n - m + 1 = ${shown(gap)} is not larger than ${shown(bound)}; the smallest integer n at m = ${shown(m)} is ${least}.`;
  return { condition, finite, words };
}

function tableFor({ lambda, k, inverse, beta, scale }) {
  // the table of the question, or why there is none
  const single = lambda.length === 1 && scale.kind === "identity" && !inverse;
  const kind = single
    ? "trace_moments"
    : inverse
      ? "inverse_power_sums"
      : scale.kind === "identity"
        ? "power_sums"
        : "scaled_power_sums";
  const dual = beta === 4 && !single,
    name = `${kind}_${NAMES[dual ? 1 : beta]}`,
    table = tables[name];
  return { kind, name, dual, table, terms: table.entries[single ? k : lambda.join(",")] };
}

function dualFactor(kind, lambda, [first, second]) {
  // beta = 4 is beta = 1 at -2m, -2n, times this
  const k = sizeOf(lambda),
    l = lambda.length,
    powers = Array.isArray(first) ? first.length + second : first + second;
  return toPower([-2n, 1n], powers + (kind === "inverse_power_sums" ? k - l : -(k + l)));
}

function momentFormula(q) {
  // {terms: [{c, m, n, gap, mu}], roots, shift}: sum c m^i n^j gap^h p_mu / prod (gap - e), gap = n - m + shift
  const { kind, dual, table, terms } = tableFor(q);
  if (!terms) return null;
  const symbols = q.scale.kind === "identity";
  const found = terms.map((term) => {
    const [first, second, x] = term,
      c = dual ? times(Q(x), dualFactor(kind, q.lambda, term)) : Q(x),
      one = { c, m: 0, n: 0, gap: 0, mu: [] };
    if (!Array.isArray(first)) return { ...one, m: first, n: second };
    return { ...one, [q.inverse ? "gap" : "n"]: second, ...(symbols ? { m: first.length } : { mu: first }) };
  });
  const merged = new Map();
  for (const term of found) {
    const key = JSON.stringify([term.m, term.n, term.gap, term.mu]),
      before = merged.get(key);
    merged.set(key, before ? { ...term, c: plus(before.c, term.c) } : term);
  }
  let roots = q.inverse ? table.denominators[q.k].roots.map(([e, power]) => [Q(e), power]) : [];
  const degree = roots.reduce((total, [, power]) => total + power, 0);
  if (dual) roots = roots.map(([e, power]) => [times([-1n, 2n], e), power]);
  const unit = dual ? toPower([-2n, 1n], -degree) : [1n, 1n];
  const list = [...merged.values()].filter(({ c }) => c[0] !== 0n).map((term) => ({ ...term, c: times(term.c, unit) }));
  return { terms: list, roots, shift: minus([1n, 1n], over(2n, BigInt(q.beta))), inverse: q.inverse };
}

function byFormula({ terms, roots, shift }, m, n, p) {
  // the value, a rational
  const gap = m ? plus(minus(n, m), shift) : null;
  const value = sum(
    terms.map((t) =>
      [[m, t.m], [n, t.n], [gap, t.gap], ...t.mu.map((j) => [p[j - 1], 1])].reduce(
        (product, [x, power]) => (power ? times(product, toPower(x, power)) : product),
        t.c,
      ),
    ),
  );
  return roots.reduce((v, [e, power]) => by(v, toPower(minus(gap, e), power)), value);
}

function byProgram(q, { kind, name, dual }, p) {
  // the same by the generated program, where it takes the question; otherwise null
  const { m, n, lambda, k } = q,
    program = programs[name];
  if (n[1] !== 1n || (dual && q.inverse)) return null;
  const rational = (x) => (typeof x === "bigint" ? [x, 1n] : over(x.numerator, x.denominator));
  const unit = p.reduce((d, [, below]) => (d * below) / gcd(d, below), 1n),
    f = dual ? -2n : 1n;
  const sums = p.map((x, i) => times(x, [f * unit ** BigInt(i + 1), 1n])[0]);
  const [rows, columns] = [f * (m ? m[0] : 1n), f * n[0]];
  const value =
    kind === "trace_moments"
      ? program.traceMomentExact(k, rows, columns)
      : kind === "power_sums"
        ? program.expectedPowerSumExact(lambda, rows, columns)
        : kind === "scaled_power_sums"
          ? program.expectedPowerSumExact(lambda, columns, sums)
          : program.expectedInversePowerSumExact(lambda, rows, columns, sums);
  const scaled =
    kind === "scaled_power_sums" || q.inverse ? by(rational(value), [unit ** BigInt(k), 1n]) : rational(value);
  return dual ? times(scaled, toPower([-2n, 1n], -(k + lambda.length))) : scaled;
}

function byRecurrence(k, m, n, beta) {
  // E tr S^k from the first moments
  const a = over(2n, BigInt(beta)),
    one = [1n, 1n],
    s = plus(m, n),
    p = times(m, n);
  const rest = plus(minus(times([2n, 1n], times(a, a)), times([3n, 1n], a)), [2n, 1n]);
  const M = [
    m,
    p,
    times(p, minus(plus(s, a), one)),
    times(p, plus(plus(times(s, s), p), plus(times(times([3n, 1n], minus(a, one)), s), rest))),
  ];
  if (beta === 2) M.length = 2;
  for (let order = M.length; order <= k; order++) {
    const steps = beta === 2 ? 2 : 4,
      ps = recurrence(beta, order - steps, m, n),
      at = order - steps;
    M.push(
      by(sum(ps.slice(0, -1).map((x, j) => (x[0] === 0n ? x : times(x, M[at + j])))), times([-1n, 1n], ps.at(-1))),
    );
  }
  return M[k];
}

function moment(question) {
  // everything that is said of E prod tr S^lambda
  const q = readMoment(question),
    exists = existence(q),
    found = tableFor(q),
    formula = momentFormula(q),
    { m, n, k, lambda } = q;
  const most = Math.max(...Object.keys(found.table.entries).map((key) => sizeOf(key.split(",").map(Number))));
  const known = q.scale.kind !== "symbol" && m && n;
  if (!formula && (found.kind !== "trace_moments" || !known || k > LARGEST_K)) {
    const numbers = found.kind === "trace_moments" ? `, or at numbers m and n to ${LARGEST_K}` : "";
    refuse(
      `need powers that add up to at most ${most}${numbers} here, got ${k}; write ${commandFor(question)} instead`,
    );
  }
  const p = q.scale.kind === "matrix" ? powerSums(q.scale, k, q.inverse) : q.inverse && m ? Array(k).fill(m) : [];
  let value = null,
    ways = [];
  if (known && exists.finite) {
    const all = formula
      ? [
          ["the table's terms", byFormula(formula, m, n, p)],
          ["the generated program", byProgram(q, found, p)],
        ]
      : [];
    if (found.kind === "trace_moments") all.push(["the recurrence", byRecurrence(k, m, n, q.beta)]);
    const values = all.filter(([, x]) => x);
    if (!values.every(([, x]) => same(x, values[0][1])))
      refuse("the routes to this value disagree: this page is damaged");
    value = values[0][1];
    ways = values.map(([way]) => way);
  }
  return { q, formula, value, ways, exists, p: q.scale.kind === "matrix" ? p : [], ...found };
}
