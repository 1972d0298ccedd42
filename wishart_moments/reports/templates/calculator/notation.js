// A formula in MathML, LaTeX and code: one walk over its terms, one printer for each.

const escaped = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const MINUS = "\u2212";
const mn = (x) => `<mn>${x}</mn>`,
  mi = (x) => `<mi>${x}</mi>`,
  mo = (x) => `<mo>${x}</mo>`;
const open = '<mo stretchy="false">(</mo>',
  shut = '<mo stretchy="false">)</mo>';
const infix = (x) => `<mo form="infix" lspace="0.22em" rspace="0.22em">${x}</mo>`;
const signed = (x, number, plusSign, minusSign) =>
  x[0] < 0n ? `${minusSign}${number([-x[0], x[1]])}` : `${plusSign}${number(x)}`;
const gapText = (x, name, number, p, m) => `${name("n")}${m}${name("m")}${x[0] === 0n ? "" : signed(x, number, p, m)}`;

const codePrinter = (power) => ({
  name: (x) => x,
  trace: (j) => `p${j}`,
  number: (x) => (x[1] === 1n ? shown(x) : `(${shown(x)})`),
  times: "*",
  plus: " + ",
  minus: " - ",
  first: "-",
  power: (x, k) => `${x}${power}${k}`,
  group: (x) => `(${x})`,
  over: (x, y) => `(${x})/(${y})`,
  line: (x) => x,
});
const PRINTERS = {
  starred: codePrinter("**"),
  caret: codePrinter("^"),
  latex: {
    name: (x) => x,
    trace: (j, inverse) => `\\operatorname{tr}(\\Sigma${inverse || j > 1 ? `^{${inverse ? "-" : ""}${j}}` : ""})`,
    times: " ",
    plus: " + ",
    minus: " - ",
    first: "-",
    number: (x) => (x[1] === 1n ? shown(x) : `\\tfrac{${x[0]}}{${x[1]}}`),
    power: (x, k) => `${x}^{${k}}`,
    group: (x) => `\\left(${x}\\right)`,
    over: (x, y) => `\\frac{${x}}{${y}}`,
    line: (x) => x,
    named: "c",
    equals: " = ",
  },
  // One <math> a term, so that a long formula breaks between terms.
  mathml: {
    name: mi,
    times: mo("\u2062"),
    number: (x) => (x[1] === 1n ? mn(x[0]) : `<mfrac>${mn(x[0])}${mn(x[1])}</mfrac>`),
    trace: (j, inverse) =>
      `<mspace width="0.15em"/><mrow>${mi("tr")}${mo("\u2061")}${open}${inverse || j > 1 ? `<msup>${mi("\u03a3")}<mrow>${inverse ? mo(MINUS) : ""}${mn(j)}</mrow></msup>` : mi("\u03a3")}${shut}</mrow>`,
    plus: infix("+"),
    minus: infix(MINUS),
    first: mo(MINUS),
    power: (x, k) => `<msup><mrow>${x}</mrow>${mn(k)}</msup>`,
    group: (x) => `${open}${x}${shut}`,
    over: (x, y) => `<span class="over"><span>${x}</span><span>${y}</span></span>`,
    line: (x) => `<math>${x}</math>`,
    named: mi("c"),
    equals: mo("="),
  },
};

function sumOf(pieces, s) {
  // [[sign, text]]: what stands before the first term is a minus or nothing
  return pieces.map(([negative, text], i) => `${negative ? (i ? s.minus : s.first) : i ? s.plus : ""}${text}`);
}

function spelled({ terms, roots, shift, inverse }, s) {
  // the right side; {text, c}: c where it is a name for n - m + shift
  const math = s === PRINTERS.mathml,
    c = s.named && terms.some((t) => t.gap) ? s.named : null;
  const gap = (e) => {
    // n - m + shift - e
    if (!c) return s.group(gapText(minus(shift, e), s.name, s.number, s.plus, s.minus));
    return e[0] === 0n ? c : s.group(`${c}${signed([-e[0], e[1]], s.number, s.plus, s.minus)}`);
  };
  const powers = (list) => list.filter(([, k]) => k).map(([base, k]) => (k === 1 ? base : s.power(base, k)));
  const bases = [
    ["m", s.name("m")],
    ["n", s.name("n")],
    ["gap", gap([0n, 1n])],
  ];
  const one = terms.length === 1,
    common = bases.map(([name]) => (one ? 0 : Math.min(...terms.map((t) => t[name]))));
  const traces = (mu) => powers([...new Set(mu)].map((j) => [s.trace(j, inverse), mu.filter((x) => x === j).length]));
  const piece = (t, mu) => {
    const list = [...powers(bases.map(([name, base], i) => [base, t[name] - common[i]])), ...traces(mu)];
    const size = t.c[0] < 0n ? [-t.c[0], t.c[1]] : t.c;
    return [t.c[0] < 0n, (same(size, [1n, 1n]) && list.length ? list : [s.number(size), ...list]).join(s.times)];
  };
  const groups = new Map(); // by the traces, so that each product of traces stands once
  for (const t of terms) groups.set(t.mu.join(), [...(groups.get(t.mu.join()) ?? []), t]);
  const pieces = [...groups.values()].flatMap((list) =>
    list.length === 1 || !list[0].mu.length
      ? list.map((t) => piece(t, t.mu))
      : [
          [
            false,
            [
              s.group(
                sumOf(
                  list.map((t) => piece(t, [])),
                  s,
                ).join(""),
              ),
              ...traces(list[0].mu),
            ].join(s.times),
          ],
        ],
  );
  const outside = powers(bases.map(([, base], i) => [base, common[i]])),
    first = outside.length ? outside.join(s.times) + s.times : "";
  const lines = sumOf(pieces, s),
    bracket = outside.length > 0;
  const above = math
    ? lines
        .map((line, i) =>
          s.line(
            `${i ? "" : first}${bracket && !i ? open : ""}${line}${bracket && i + 1 === lines.length ? shut : ""}`,
          ),
        )
        .join(" ")
    : bracket
      ? first + s.group(lines.join(""))
      : lines.join("");
  return {
    c,
    text: roots.length ? s.over(above, s.line(powers(roots.map(([e, k]) => [gap(e), k])).join(s.times))) : above,
  };
}

function leftSide({ lambda, inverse }, style) {
  const each = lambda.map((j) => (inverse ? -j : j));
  if (style === "latex")
    return `\\mathbb{E}\\,${each.map((j) => `\\operatorname{tr} S${j === 1 ? "" : `^{${j}}`}`).join(" \\, ")}`;
  if (style === "mathml")
    return `<math>${mi("E")}<mspace width="0.2em"/>${each.map((j) => `${mi("tr")}<mspace width="0.15em"/>${j === 1 ? mi("S") : `<msup>${mi("S")}<mrow>${j < 0 ? mo(MINUS) : ""}${mn(Math.abs(j))}</mrow></msup>`}`).join('<mspace width="0.25em"/>')}${mo("=")}</math>`;
  return `E ${each.map((j) => `tr S${j === 1 ? "" : `^${j}`}`).join(" ")}`;
}

function written({ q, formula }) {
  // {html, latex, text, meant, codes: [[languages, code]]}
  const traces = [...new Set(formula.terms.flatMap((t) => t.mu))].sort((a, b) => a - b);
  const meant = traces.map((j) => `p${j} = tr(Sigma^${q.inverse ? -j : j})`).join(", ");
  const [starred, caret, latex, mathml] = ["starred", "caret", "latex", "mathml"].map((name) =>
    spelled(formula, PRINTERS[name]),
  );
  const where = (found, s) =>
    found.c ? `${found.c}${s.equals}${gapText(formula.shift, s.name, s.number, s.plus, s.minus)}` : "";
  const [inLatex, inMath] = [where(latex, PRINTERS.latex), where(mathml, PRINTERS.mathml)];
  return {
    html: `${leftSide(q, "mathml")} ${mathml.text}${inMath ? ` <span>where <math>${inMath}</math></span>` : ""}`,
    latex: `${leftSide(q, "latex")} = ${latex.text}${inLatex ? `, \\quad ${inLatex}` : ""}`,
    text: `${leftSide(q, "text")} = ${caret.text}`,
    meant,
    codes: [
      ["Python, JavaScript", starred.text],
      ["R, Octave, Wolfram, Maple", caret.text],
    ],
  };
}
