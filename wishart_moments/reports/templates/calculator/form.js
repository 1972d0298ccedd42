// The page: a question in the fragment (#moment?powers=2+1&beta=1...), read into a form, answered below it.

const ANSWERS = { moment: momentAnswer, variance: varianceAnswer, sigma: sigmaAnswer };
const sectionOf = (name) => document.getElementById(`ask-${name}`);
const heading = (text) => `<h3>${escaped(text)}</h3>`;
const definitions = (list) =>
  `<dl>${list
    .filter(([, text]) => text)
    .map(([name, text]) => `<dt>${escaped(name)}</dt><dd>${escaped(text)}</dd>`)
    .join("")}</dl>`;
let copies = 0;
const copyable = (name, text) =>
  `<div class="copy"><label for="copy${++copies}">${escaped(name)}</label><textarea id="copy${copies}" class="code" readonly rows="2">${escaped(text)}</textarea><button type="button" data-copy="copy${copies}" aria-label="Copy ${escaped(name)}">Copy</button></div>`;
const LAW = { 1: "W has real entries", 2: "W has complex entries", 4: "W has quaternion entries" };

function momentAnswer(question) {
  const found = moment(question),
    { q, formula, value, exists, table, dual, ways, p } = found,
    parts = [];
  parts.push(heading("Value"));
  if (value) {
    const exact = shown(value),
      about = rounded(value, 15);
    parts.push(
      `<p class="value"><output>${exact}</output></p>${exact === about || (value[1] === 1n && exact.length < 16) ? "" : `<p class="quiet">≈ ${about}</p>`}`,
    );
    parts.push(`<p class="quiet">Exact; found by ${escaped(ways.join(", and equally by "))}.</p>`);
  } else if (exists.finite === false) parts.push('<p class="value"><output>∞</output></p>');
  else
    parts.push(
      `<p class="quiet">For a number give ${q.scale.kind === "symbol" ? "Σ as numbers, and n" : "m and n"}.</p>`,
    );
  parts.push(heading("Existence"), `<p>${escaped(exists.words)}</p>`);
  if (formula) {
    const text = written(found);
    parts.push(
      heading("Formula"),
      `<div class="formula scroll" tabindex="0" role="math" aria-label="${escaped(text.text)}">${text.html}</div>`,
    );
    if (text.meant)
      parts.push(
        `<p class="quiet">In code: ${escaped(text.meant)}${p.length ? `; here ${p.map((x, i) => `p${i + 1} = ${brief(shown(x))}`).join(", ")}` : ""}.</p>`,
      );
    parts.push(copyable("LaTeX", text.latex), ...text.codes.map(([name, code]) => copyable(name, code)));
  } else
    parts.push(`<p class="quiet">The formula is in the tables to k = 10; this value is found by the recurrence.</p>`);
  const known = table.provenance,
    steps = { 1: 4, 2: 2, 4: 4 }[q.beta];
  const theorem =
    found.kind !== "trace_moments"
      ? ""
      : `sum_j p_j(k) M_(k+j) = 0, j = 0..${steps}, M_k = E tr S^k${q.beta === 2 ? ": p_2 = k + 3, p_1 = -(2k + 3)(m + n), p_0 = -k ((k + 1)^2 - (m - n)^2)" : ""}; proved for all k, m, n`;
  parts.push(
    heading("Where this comes from"),
    definitions([
      ["Law", LAW[q.beta]],
      ["Table", known.table],
      ["Quantity", table.quantity],
      ["Holds for", known["holds for"]],
      ["Routes", known.routes],
      ["Status", known.status],
      ["Theorem", theorem],
      ["Duality", dual ? "beta = 4 is beta = 1 at -2m, -2n, term by term" : ""],
      ["Sources", table.sources.join("; ")],
    ]),
  );
  return parts.join("");
}

function picture({ layer, square, lower, upper }) {
  const { m, n } = layer,
    at = curve(layer),
    root = Math.sqrt(Number(n)),
    unit = Math.sqrt(toFloat(layer.alpha));
  const [left, right, top, bottom] = [64, 604, 14, 250],
    most = toFloat(times(times(layer.gamma, layer.gamma), n < m ? over(n, m) : [1n, 1n]));
  const here = Math.log10((Math.sqrt(toFloat(square)) * root) / unit),
    ends = [Math.min(-1, Math.floor(here)), Math.max(2, Math.ceil(here))];
  const x = (e) => left + ((e - ends[0]) / (ends[1] - ends[0])) * (right - left),
    y = (v) => bottom - (v / most) * (bottom - top);
  const points = Array.from({ length: 121 }, (_, i) => {
    const e = ends[0] + (i / 120) * (ends[1] - ends[0]);
    return [e, ...at((10 ** e * unit) / root)];
  });
  const path = (list) => list.map(([e, v]) => `${x(e).toFixed(1)},${y(v).toFixed(1)}`).join(" ");
  const lows = points.map(([e, v]) => [e, v]),
    highs = points.map(([e, , v]) => [e, v]),
    step = Math.ceil((ends[1] - ends[0]) / 6);
  const ticks = Array.from({ length: ends[1] - ends[0] + 1 }, (_, i) => ends[0] + i).filter(
    (e) => (e - ends[0]) % step === 0,
  );
  const label = (v) => Number(v.toPrecision(3)),
    value = toFloat(times(plus(lower, upper), [1n, 2n]));
  const said = points
    .filter((_, i) => i % 20 === 0)
    .map(([e, a, b]) => `${label(10 ** e)}: ${label((a + b) / 2)}`)
    .join(", ");
  return `<figure class="picture"><svg viewBox="0 0 640 306" role="img" aria-label="Variance over sigma sqrt(n/alpha): ${said}">
${[0, 0.25, 0.5, 0.75, 1].map((v) => `<line class="grid" x1="${left}" x2="${right}" y1="${y(v * most)}" y2="${y(v * most)}"/><text x="${left - 6}" y="${y(v * most) + 4}" text-anchor="end">${label(v * most)}</text>`).join("")}
${ticks.map((e) => `<line class="axis" x1="${x(e)}" x2="${x(e)}" y1="${bottom}" y2="${bottom + 5}"/><text x="${x(e)}" y="${bottom + 23}" text-anchor="middle">${label(10 ** e)}</text>`).join("")}
<polygon class="band" points="${path(lows)} ${path(highs.reverse())}"/><polyline class="line" points="${path(lows)}"/><polyline class="line" points="${path(highs)}"/>
<line class="rule" x1="${x(here)}" x2="${x(here)}" y1="${y(value)}" y2="${bottom}"/><circle class="here" cx="${x(here)}" cy="${y(value)}" r="5"/>
<text x="${(left + right) / 2}" y="298" text-anchor="middle">σ √(n/α)</text></svg>
<figcaption>The variance lies between the two lines, the bounds of 78 moments${most === 1 ? "" : `; the top is γ² min(1, n/m) = ${label(most)}`}. The dot is this σ.</figcaption></figure>`;
}

function varianceAnswer(question) {
  const found = variance(question),
    { layer, decimal, digits, reached, certificate: proof } = found,
    parts = [heading("Variance")];
  parts.push(`<p class="value"><output>${decimal}</output></p>`);
  if (!proof) return `${parts.join("")}<p>At σ = 0 the layer is 0: exact.</p>`;
  const more = `wishart-moments certify ${layer.m}x${layer.n} --sigma "${question.sigma.trim()}" --alpha ${shown(layer.alpha)} --gamma ${shown(layer.gamma)} --digits ${layer.digits}`;
  if (!reached)
    parts.push(
      `<p class="error">Proved here: ${digits} of the ${layer.digits} digits. All of them: ${escaped(more)}</p>`,
    );
  const ends = [
    ["At least", 0],
    ["At most", 1],
  ].map(([name, i]) => [name, rounded(Q(proof.decimals[i]), layer.digits + 2)]);
  const verdict = check(proof),
    text = JSON.stringify(proof);
  parts.push(
    picture(found),
    heading("Proof"),
    `<p>${found.order} exact moments and two polynomials bound the variance on both sides: 1/(r + x) ≥ 2p − (r + x)p² for every p, as (1 − (r + x)p)² ≥ 0.</p>`,
    definitions([
      ...ends,
      ["Checked", `within this page, by check.mjs: ${verdict.split(":")[0]}`],
      ["Theorem", "the recurrence of E tr S^k, wishart-moments prove real"],
      [
        "Sources",
        "arXiv 2601.08253 (the layer); Golub, Meurant, Matrices, Moments and Quadrature (2010), ch. 6 (the bounds)",
      ],
    ]),
    copyable("Certificate, for python -I check.py FILE or node check.mjs FILE", text),
    copyable("The same on the command line", more),
  );
  return parts.join("");
}

function sigmaAnswer(question) {
  const found = wantedSigma(question),
    { layer, lower, upper, decimal, target } = found,
    middle = times(plus(lower, upper), [1n, 2n]);
  const root = Math.sqrt(Number(layer.n)),
    address = `#variance?${new URLSearchParams({ m: layer.m, n: layer.n, sigma: rounded(middle, 14), alpha: question.alpha, gamma: question.gamma, digits: "12" })}`;
  return `${heading("σ")}<p class="value"><output>${decimal}</output></p><p class="quiet">${Number((toFloat(middle) * root).toPrecision(8))} / √n</p>
${picture({ layer, square: times(middle, middle), lower: target, upper: target })}${heading("Proof")}${definitions([
    [`Above σ = ${rounded(lower, 14)}`, `the variance there is proved to be smaller than ${shown(target)}`],
    [`Below σ = ${rounded(upper, 14)}`, `the variance there is proved to be larger; it grows with σ`],
  ])}<p><a href="${escaped(address)}">The variance at this σ, with its certificate</a></p>`;
}

function answer(name) {
  const section = sectionOf(name),
    box = section.querySelector(".answer"),
    question = Object.fromEntries(new FormData(section.querySelector("form")));
  const address = `#${name}?${new URLSearchParams(question)}`;
  try {
    box.innerHTML = `${ANSWERS[name](question)}<p class="quiet"><a href="${escaped(address)}">Permanent address of this question</a></p>`;
    document.getElementById("said").textContent = box.querySelector("output")?.textContent ?? "";
  } catch (error) {
    box.innerHTML = `<p class="error" role="alert">${escaped(error.message)}</p>`;
  }
  return address;
}

function go() {
  // to the question of the fragment
  const [name, query = ""] = location.hash.slice(1).split("?"),
    chosen = Object.hasOwn(ANSWERS, name) ? name : "moment";
  for (const each of Object.keys(ANSWERS)) sectionOf(each).hidden = each !== chosen;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const form = sectionOf(chosen).querySelector("form"),
    asked = new URLSearchParams(query);
  if (query) form.reset();
  for (const field of form.querySelectorAll("[name]")) if (asked.has(field.name)) field.value = asked.get(field.name);
  answer(chosen);
}

for (const name of Object.keys(ANSWERS)) {
  const form = sectionOf(name).querySelector("form");
  let waiting = 0;
  const now = () => history.replaceState(null, "", answer(name));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    now();
  });
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(now, 400);
  });
}
document.addEventListener("click", async ({ target }) => {
  const text = target.dataset?.copy && document.getElementById(target.dataset.copy);
  if (!text) return;
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    document.execCommand("copy");
  }
  target.textContent = "Copied";
});
addEventListener("hashchange", go);
go();
