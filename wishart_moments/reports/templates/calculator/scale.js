// Sigma as it is pasted, and the power sums of it or of its inverse, exactly.

const LARGEST_SCALE = 30;

function cells(text) {
  // of [[2, 1], [1, 2]], of "2 1; 1 2", or of a CSV file, without the names of its columns and rows
  const bare = text
      .replace(/^\[\s*\[/, "")
      .replace(/\]\s*,?\s*\]$/, "")
      .replace(/["']/g, ""),
    file = /\n.*;|;.*\n/.test(bare) && !/;\s*\n/.test(bare);
  const rows = bare
    .split(file ? /\n/ : /\]\s*,?\s*\[|[;\n]/)
    .filter((row) => row.trim())
    .map((row) => row.split(file ? ";" : row.includes(",") ? "," : /\s+/).map((cell) => cell.trim()));
  const whole = rows.map((row) =>
    row.at(-1) === ""
      ? row.slice(0, -1)
      : row[0] === "" && !row.slice(1).includes("") && !bare.includes(",")
        ? row.slice(1)
        : row,
  );
  const named = whole.length > 1 && whole[0].every((cell) => !/^[+-]?[\d.]/.test(cell)),
    body = named ? whole.slice(1) : whole;
  return named && body.every((row) => row.length === body.length + 1) ? body.map((row) => row.slice(1)) : body;
}

function readScale(text) {
  // {kind: "identity" | "symbol" | "matrix", ...}
  const plain = text.trim();
  if (plain === "" || /^(I|identity)$/i.test(plain)) return { kind: "identity" };
  if (/^(symbolic|sigma|Σ)$/i.test(plain)) return { kind: "symbol" };
  const rows = cells(plain).map((row) =>
    row.map((cell) => readNumber(cell, "Sigma", "rows of numbers, symbolic, or nothing for the identity")),
  );
  const m = rows.length;
  if (rows.some((row) => row.length !== m))
    refuse(
      `need Sigma as a square matrix, got ${m} rows of lengths ${rows
        .map((row) => row.length)
        .slice(0, 5)
        .join(", ")}`,
    );
  if (m > LARGEST_SCALE)
    refuse(
      `need Sigma of at most ${LARGEST_SCALE} rows here, got ${m}; write wishart-moments moment --scale FILE instead`,
    );
  rows.forEach((row, i) =>
    row.forEach((x, j) => {
      if (!same(x, rows[j][i]))
        refuse(
          `need a symmetric Sigma, got ${shown(x)} in row ${i + 1}, column ${j + 1} and ${shown(rows[j][i])} across`,
        );
    }),
  );
  const unit = rows.flat().reduce((d, [, q]) => (d * q) / gcd(d, q), 1n);
  return { kind: "matrix", m, rows, unit, whole: rows.map((row) => row.map(([p, q]) => (p * unit) / q)) };
}

function elementary({ whole, m }) {
  // e_0..e_m of the eigenvalues of an integer matrix: Faddeev and LeVerrier
  const e = [1n];
  let now = whole;
  for (let k = 1; k <= m; k++) {
    const c = now.reduce((total, row, i) => total + row[i], 0n) / BigInt(k);
    e.push(k % 2 ? c : -c);
    const reduced = now.map((row, i) => row.map((x, j) => (i === j ? x - c : x)));
    if (k < m) now = whole.map((row) => row.map((_, j) => row.reduce((total, x, i) => total + x * reduced[i][j], 0n)));
  }
  return e;
}

function powerSums(scale, count, inverse) {
  // p_1..p_count of Sigma or of its inverse: Newton's identities
  const e = elementary(scale),
    { m, unit } = scale;
  if (e.some((x) => x < 0n)) refuse("need a positive definite Sigma, got one with a negative eigenvalue");
  if (inverse && e[m] === 0n) refuse("need a positive definite Sigma for inverse moments, got a singular one");
  const at = (j) =>
    j > m ? [0n, 1n] : inverse ? times(over(e[m - j], e[m]), [unit ** BigInt(j), 1n]) : over(e[j], unit ** BigInt(j));
  const p = [];
  for (let k = 1; k <= count; k++) {
    let total = times([BigInt(k % 2 ? k : -k), 1n], at(k));
    for (let j = 1; j < k; j++) total = plus(total, times(times([j % 2 ? 1n : -1n, 1n], at(j)), p[k - j - 1]));
    p.push(total);
  }
  return p;
}
