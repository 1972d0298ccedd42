// Reading and showing exact numbers: rationals [p, q] of BigInt, the arithmetic of check.mjs.

const LONGEST = 400; // characters of a number, and the largest power of ten
const refuse = (message) => {
  throw new Error(message);
};
const brief = (text) => (text.length > 40 ? `${text.slice(0, 37)}...` : text);

function readNumber(text, name, wanted = "a number such as 3, 0.12, 1e-3 or 3/4") {
  const found = /^([+-]?)(\d+|\d*\.\d+|\d+\.)(?:e([+-]?\d{1,3}))?(?:\/(\d+))?$/i.exec(text.trim());
  if (!found || text.length > LONGEST || (found[4] && BigInt(found[4]) === 0n))
    refuse(`need ${name} as ${wanted}, got ${brief(text.trim()) || "nothing"}`);
  const [, sign, digits, exponent = "0", below = "1"] = found,
    [whole, decimals = ""] = digits.split(".");
  const power = Number(exponent) - decimals.length,
    value = BigInt(whole + decimals) * (sign === "-" ? -1n : 1n);
  return power < 0
    ? over(value, BigInt(below) * 10n ** BigInt(-power))
    : over(value * 10n ** BigInt(power), BigInt(below));
}

function readPositive(text, name) {
  const value = readNumber(text, name);
  return value[0] > 0n ? value : refuse(`need ${name} > 0, got ${brief(text)}`);
}

function readSize(text, name, largest) {
  const value = readNumber(text, name, `an integer from 1 to ${largest}`);
  if (value[1] !== 1n || value[0] < 1n || value[0] > BigInt(largest))
    refuse(`need ${name} as an integer from 1 to ${largest}, got ${brief(text)}`);
  return value[0];
}

const shown = ([p, q]) => (q === 1n ? String(p) : `${p}/${q}`);
const toPower = ([p, q], k) => (k < 0 ? over(q ** BigInt(-k), p ** BigInt(-k)) : [p ** BigInt(k), q ** BigInt(k)]);
const toFloat = ([p, q]) => {
  // the nearest double, or nearly; numbers of any length
  const shift = BigInt(q.toString(2).length - p.toString(2).length + 64),
    scaled = shift > 0n ? (p << shift) / q : p / (q << -shift);
  return Number(scaled) * 2 ** Number(-shift);
};
const fromFloat = (x, digits) => readNumber(x.toExponential(digits - 1), "x");

function exponentOf([p, q]) {
  // e with 10^e <= |p/q| < 10^(e+1)
  const a = p < 0n ? -p : p;
  let e = a.toString().length - q.toString().length;
  if (e >= 0 ? a < q * 10n ** BigInt(e) : a * 10n ** BigInt(-e) < q) e -= 1;
  return e;
}

function rounded(value, count) {
  // count significant digits, half to even, as text; exact zeros kept
  const [p, q] = value;
  if (p === 0n) return "0";
  let e = exponentOf(value);
  const shift = count - 1 - e,
    a = (p < 0n ? -p : p) * (shift > 0 ? 10n ** BigInt(shift) : 1n),
    b = q * (shift < 0 ? 10n ** BigInt(-shift) : 1n);
  let whole = a / b;
  const rest = 2n * (a % b);
  if (rest > b || (rest === b && whole % 2n === 1n)) whole += 1n;
  let digits = whole.toString();
  if (digits.length > count) {
    digits = digits.slice(0, count);
    e += 1;
  }
  const sign = p < 0n ? "-" : "";
  if (e < -6 || e >= Math.max(count, 21))
    return `${sign}${digits[0]}${count > 1 ? `.${digits.slice(1)}` : ""}E${e < 0 ? "" : "+"}${e}`;
  if (e < 0) return `${sign}0.${"0".repeat(-e - 1)}${digits}`;
  return e + 1 >= count
    ? sign + digits + "0".repeat(e + 1 - count)
    : `${sign}${digits.slice(0, e + 1)}.${digits.slice(e + 1)}`;
}

function sharedDigits(lower, upper, most) {
  // [text, count]: the decimal that both ends round to
  for (let count = most; count > 0; count--) {
    const text = rounded(lower, count);
    if (text === rounded(upper, count)) return [text, count];
  }
  return [`[${rounded(lower, 3)}, ${rounded(upper, 3)}]`, 0];
}
