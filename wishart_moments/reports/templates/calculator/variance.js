// The variance of an LDLT layer between two rationals: the proof that check.mjs checks, found here. Polynomials p are
// found in fixed point, of any quality; the bounds that they prove are exact.

const ORDERS = [8, 12, 18, 26, 38, 54, 78, 110, 150, 200, 260],
  LARGEST_LAYER = 4096,
  MOST_DIGITS = 60,
  FARTHEST = 10n ** 60n; // of r = alpha/sigma^2, or of its inverse
const bitLength = (x) => (x < 0n ? -x : x).toString(2).length - (x === 0n ? 1 : 0);

function readSigma(text, m, n) {
  // sigma^2, exactly
  const plain = text.trim().toLowerCase().replace(/\s|\*/g, ""),
    M = BigInt(m),
    N = BigInt(n);
  const named = { he: over(1n, N), lecun: over(1n, N), kaiming: over(2n, N), xavier: over(2n, M + N) }[plain];
  if (named) return named;
  const root = /^(.+)\/sqrt\((n|m)\)$/.exec(plain),
    wanted = "a number >= 0, he, kaiming, xavier or 10/sqrt(n)";
  const number = readNumber(root ? root[1] : plain, "sigma", wanted);
  if (number[0] < 0n) refuse(`need sigma as ${wanted}, got ${brief(text)}`);
  return root ? by(times(number, number), [root[2] === "n" ? N : M, 1n]) : times(number, number);
}

const kept = new Map(); // of the last shapes
function traces(m, n, last) {
  // [E tr S^0 = N eigenvalues > 0, E tr S, ..., E tr S^last], BigInt
  const key = `${m},${n}`;
  if (!kept.has(key)) {
    if (kept.size > 3) kept.clear();
    kept.set(key, { M: null, jacobi: new Map() });
  }
  const known = kept.get(key),
    s = m + n,
    p = m * n,
    d = (m - n) ** 2n,
    t = s - 1n,
    q = d + 2n * s * (s - 2n);
  known.M ??= [m < n ? m : n, p, p * (s + 1n), p * (s * s + p + 3n * s + 4n)];
  const { M } = known;
  for (let i = M.length - 4; M.length <= last; i++) {
    const k = BigInt(i),
      c2 = ((5n * k + 44n) * k + 125n) * k + 115n,
      c1 = ((10n * k + 52n) * k + 86n) * k + 45n;
    const lead = i ? k * ((k + 2n) ** 2n - d) * ((2n * k + 1n) ** 2n - d) * M[i] : 0n;
    M.push(
      (t * ((4n * k + 15n) * M[i + 3] - (c1 - (4n * k + 5n) * d) * M[i + 1]) +
        (c2 - (2n * k + 5n) * q) * M[i + 2] -
        lead) /
        (k + 5n),
    );
  }
  return known;
}

function jacobi(m, n, order, shift) {
  // {a, b, bits, step, degree}: x pi_k = pi_(k+1) + a_k pi_k + b_k pi_(k-1), of x / 2^step
  const known = traces(m, n, order),
    key = `${order},${shift}`,
    { M } = known,
    degree = (order + 1 - shift) >> 1;
  if (known.jacobi.has(key)) return known.jacobi.get(key);
  const step = Math.ceil((bitLength(M[order]) - bitLength(M[0])) / order) + 1,
    ratio = Math.abs(bitLength(m) - bitLength(n));
  for (let bits = 128 + order * (8 + ratio); bits < 100000; bits *= 2) {
    const B = BigInt(bits),
      S = BigInt(step),
      a = [],
      b = [];
    let before = Array(2 * degree).fill(0n),
      now = before.map((_, i) => (M[i + shift] << B) >> (S * BigInt(i + shift)));
    let last = 0n,
      sound = true;
    for (let k = 0; k < degree && sound; k++) {
      if (k) {
        const [x, y] = [a[k - 1], b[k - 1]],
          next = Array(2 * degree).fill(0n);
        for (let l = k; l < 2 * degree - k; l++)
          next[l] = now[l + 1] - ((x * now[l] + (k > 1 ? y * before[l] : 0n)) >> B);
        if (next[k] <= 0n) {
          sound = false;
          break;
        }
        b.push((next[k] << B) / now[k - 1]);
        [before, now] = [now, next];
      } else b.push(0n);
      const quotient = (now[k + 1] << B) / now[k];
      a.push(quotient - last);
      last = quotient;
    }
    if (sound) {
      const found = { a, b, bits, step, degree };
      known.jacobi.set(key, found);
      return found;
    }
  }
  return refuse("need a shape whose moments fit here; write wishart-moments certify instead");
}

function witness(m, n, order, shift, r, digits) {
  // p for 1/(r + x) (shift 0) or x/(r + x) (shift 1): proofs/witness.py
  const { a, b, bits, step, degree } = jacobi(m, n, order, shift),
    B = BigInt(bits),
    one = 1n << B;
  const at = -(((r[0] << B) / r[1]) >> BigInt(step)),
    large = Math.max(0, bitLength(r[0]) - bitLength(r[1]) + 1);
  const small = Math.max(0, bitLength(r[1]) - bitLength(r[0]) + 1),
    places = Math.ceil(3.33 * digits) + step + 2 * large + small + 64;
  let before = [0n],
    now = [one];
  for (let k = 0; k < degree; k++) {
    const next = [0n, ...now];
    now.forEach((x, i) => {
      next[i] -= (a[k] * x) >> B;
    });
    before.forEach((x, i) => {
      next[i] -= (b[k] * x) >> B;
    });
    [before, now] = [now, next];
  }
  const bottom = now.reduceRight((value, c) => ((value * at) >> B) + c, 0n),
    found = [];
  let carry = 0n;
  for (let i = degree; i > 0; i--) {
    carry = ((carry * at) >> B) + now[i];
    const top = -carry << BigInt(places - step),
      half = (bottom < 0n ? -bottom : bottom) / 2n;
    found.unshift((top + (top < 0n ? -half : half)) / bottom);
  }
  return { bits: places, step, coefficients: found };
}

function mean(M, w, [u, v], shift) {
  // E sum x^shift (2p - (r+x) p^2), r = u/v: a rational, from integers
  const c = w.coefficients,
    square = Array(2 * c.length - 1).fill(0n),
    bits = BigInt(w.bits),
    step = BigInt(w.step);
  c.forEach((x, i) =>
    c.forEach((y, j) => {
      square[i + j] += x * y;
    }),
  );
  const top = BigInt(square.length - 1) * step;
  let total = 0n;
  c.forEach((x, i) => {
    total += (2n * v * x * M[i + shift]) << (bits + top - BigInt(i) * step);
  });
  square.forEach((x, k) => {
    total -= (x * (u * M[k + shift] + v * M[k + shift + 1])) << (top - BigInt(k) * step);
  });
  return [total, v << (2n * bits + top)];
}

function traceBounds(m, n, r, order, digits) {
  // {lower, upper, low, high} of T(r) = E sum x/(r + x)
  const { M } = traces(m, n, order),
    low = witness(m, n, order, 1, r, digits),
    high = witness(m, n, order, 0, r, digits);
  const lower = mean(M, low, r, 1),
    upper = minus([M[0], 1n], times(r, mean(M, high, r, 0)));
  return { lower, upper, low, high };
}

function readLayer({ m, n, alpha, gamma, digits = "20" }) {
  const [rows, columns] = [readSize(m, "m", LARGEST_LAYER), readSize(n, "n", LARGEST_LAYER)];
  return {
    m: rows,
    n: columns,
    alpha: readPositive(alpha, "alpha"),
    gamma: readPositive(gamma, "gamma"),
    digits: Number(readSize(digits, "digits", MOST_DIGITS)),
  };
}

function layerBounds(layer, square, digits, orders = ORDERS) {
  // the first order that gives the digits, or the last one
  const { m, n, alpha, gamma } = layer,
    r = by(alpha, square),
    factor = by(times(gamma, gamma), [m, 1n]);
  if (less(r, over(1n, FARTHEST)) || less([FARTHEST, 1n], r)) refuse("need sigma^2/alpha between 1e-60 and 1e60 here");
  let best = null;
  for (const order of orders) {
    const found = traceBounds(m, n, r, order, digits),
      lower = times(factor, found.lower),
      upper = times(factor, found.upper);
    if (less(upper, lower)) refuse("the bounds contradict each other: this page is damaged");
    if (!best || less(minus(upper, lower), minus(best.upper, best.lower))) best = { ...found, order, lower, upper };
    if (!less(times(over(1n, 10n ** BigInt(digits)), upper), minus(upper, lower))) return { ...best, reached: true };
  }
  return { ...best, reached: false };
}

function certificate(layer, square, found) {
  // the document that check.py and check.mjs check
  const { m, n, alpha, gamma, digits } = layer,
    strings = ({ bits, step, coefficients }) => ({ bits, step, coefficients: coefficients.map(String) });
  const places = Math.max(0, digits - exponentOf(found.upper) + 1),
    unit = [10n ** BigInt(places), 1n];
  const up = times([-1n, 1n], times(found.upper, unit)),
    ends = [floor(times(found.lower, unit)), -floor(up)].map((x) => shown(over(x, unit[0])));
  return {
    format: "wishart-moments certificate",
    version: 1,
    kind: "variance",
    m: Number(m),
    n: Number(n),
    beta: 1,
    alpha: shown(alpha),
    gamma: shown(gamma),
    sigma2: [shown(square), shown(square)],
    order: found.order,
    first: 0,
    moments: [m, ...traces(m, n, found.order).M.slice(1, found.order + 1)].map(String),
    witness: { lower: strings(found.low), upper: strings(found.high) },
    lower: shown(found.lower),
    upper: shown(found.upper),
    places,
    decimals: ends,
  };
}

function variance(question) {
  // {lower, upper, decimal, digits, certificate, ...}
  const layer = readLayer(question),
    square = readSigma(question.sigma, layer.m, layer.n);
  if (square[0] === 0n)
    return { layer, square, decimal: "0", digits: layer.digits, reached: true, lower: [0n, 1n], upper: [0n, 1n] };
  const found = layerBounds(layer, square, layer.digits),
    [decimal, digits] = sharedDigits(found.lower, found.upper, layer.digits);
  return { layer, square, ...found, decimal, digits, certificate: certificate(layer, square, found) };
}

function curve({ m, n, alpha, gamma }, order = 78) {
  // sigma -> [lower, upper] in doubles, for pictures and for a start
  const [low, high] = [1, 0].map((shift) => {
    const { a, b, bits, step } = jacobi(m, n, order, shift),
      unit = 2 ** step,
      float = (x) => toFloat([x, 1n << BigInt(bits)]);
    return {
      a: a.map((x) => float(x) * unit),
      b: b.map((x) => float(x) * unit * unit),
      mass: Number(traces(m, n, order).M[shift]),
    };
  });
  const fraction = ({ a, b, mass }, r) =>
    mass / a.reduceRight((tail, x, k) => r + x - (k + 1 < a.length ? b[k + 1] / tail : 0), 1);
  const factor = toFloat(times(gamma, gamma)) / Number(m),
    base = toFloat(alpha),
    ranks = Number(m < n ? m : n);
  return (sigma) => {
    const r = base / (sigma * sigma);
    if (!(r < 1e30)) return [(factor * low.mass) / r, (factor * low.mass) / r]; // mn/r, up to rounding
    const lower = fraction(low, r);
    return [factor * lower, factor * Math.max(lower, Math.min(ranks, ranks - r * fraction(high, r)))];
  };
}

function wantedSigma(question) {
  // two decimals with the sigma of the wanted variance between them, proved
  const layer = readLayer(question),
    { m, n, gamma, alpha } = layer,
    target = readPositive(question.target, "target");
  const supremum = times(times(gamma, gamma), n < m ? over(n, m) : [1n, 1n]);
  if (!less(target, supremum))
    refuse(`need target < ${shown(supremum)} = gamma^2 min(1, n/m), got ${brief(question.target)}`);
  const last = ORDERS.at(-1),
    at = curve(layer, last),
    goal = toFloat(target),
    unit = Math.sqrt(toFloat(alpha));
  const solve = (side) => {
    // the lower bound reaches the target behind sigma, the upper one before it
    let [a, b] = [-50, 50];
    for (let i = 0; i < 90; i++) {
      const c = (a + b) / 2;
      if (at(Math.exp(c) * unit)[side] < goal) a = c;
      else b = c;
    }
    return Math.exp((a + b) / 2) * unit;
  };
  const [low, high] = [solve(1), solve(0)];
  for (let margin = 2e-12; margin < 1e-3 && at(Math.exp(50) * unit)[0] > goal; margin *= 100) {
    const [lower, upper] = [fromFloat(low / (1 + margin), 14), fromFloat(high * (1 + margin), 14)];
    const [below, above] = [lower, upper].map((x) => layerBounds(layer, times(x, x), 15, [78, last]));
    if (less(below.upper, target) && less(target, above.lower)) {
      const [decimal, count] = sharedDigits(lower, upper, 14);
      return { layer, target, lower, upper, decimal, digits: count };
    }
  }
  return refuse(
    `need a target that ${last} moments decide, got ${brief(question.target)}; write wishart-moments sigma --m ${m} --n ${n} --target ${brief(question.target)} instead`,
  );
}
