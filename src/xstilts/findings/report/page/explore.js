"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const data = JSON.parse(document.getElementById("explore").textContent);
  const cells = [...document.querySelectorAll("td[data-cell]")];
  const gains = new Map();
  for (const [route, exam, metric, lang, values] of data.gains) {
    const key = [route, exam, metric].join();
    if (!gains.has(key)) gains.set(key, new Map());
    gains.get(key).set(lang, values);
  }

  const signed = (value) => {
    const text = Math.abs(value).toFixed(1);
    return Number(text) === 0 ? text : (value > 0 ? "+" : "\u2212") + text;
  };
  // On the sign of an end hangs whether zero is left out: it stays where the end rounds to zero.
  const end = (value) => (value === 0 ? "" : value > 0 ? "+" : "\u2212") + Math.abs(value).toFixed(1);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  // One value a seed: the mean over the languages that every one of these seeds has.
  const bySeed = (langs, seeds) => {
    const used = seeds.filter((seed) => langs.some((values) => values[seed] !== null));
    const whole = langs.filter((values) => used.every((seed) => values[seed] !== null));
    return whole.length ? used.map((seed) => mean(whole.map((values) => values[seed]))) : [];
  };

  const estimate = (values) => {
    if (!values.length) return null;
    const middle = mean(values);
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
    if (values.length < 2) return { mean: middle, text: "one seed", clear: false };
    if (spread <= 1e-9) return { mean: middle, text: "no spread", clear: false };
    const half = data.t[values.length - 1] * spread / Math.sqrt(values.length);
    const [low, high] = [middle - half, middle + half];
    return { mean: middle, text: `${end(low)} to ${end(high)}`, clear: low > 0 || high < 0 };
  };

  const show = () => {
    const seeds = [...form.querySelectorAll("[name=seed]:checked")].map((box) => Number(box.value));
    const all = form.lang.value === "all" && form.metric.value === "main" && seeds.length === data.seeds.length;
    form.querySelector("button").disabled = all;
    document.querySelector("table.heat").classList.toggle("filtered", !all);
    form.querySelector("output").textContent = all ? "" : !seeds.length ? "Choose a seed." :
      "Filtered: plain 95% intervals, not corrected, so no verdicts; \u25b3 \u25bd the interval leaves out zero.";
    const found = cells.map((cell) => {
      const [route, exam] = cell.dataset.cell.split(",").map(Number);
      const { main, pivot } = data.exams[exam];
      const metric = form.metric.value === "main" ? main : Number(form.metric.value);
      const here = gains.get([route, exam, metric].join()) ?? new Map();
      const chosen = form.lang.value === "all"
        ? [...here].filter(([lang]) => lang !== pivot).map(([, values]) => values)
        : [here.get(Number(form.lang.value))].filter(Boolean);
      const home = form.lang.value === "all" && here.has(pivot) ? estimate(bySeed([here.get(pivot)], seeds)) : null;
      return { whole: estimate(bySeed(chosen, seeds)), home };
    });
    cells.forEach((cell, place) => {
      if (all) {
        cell.innerHTML = first[place].html;
        cell.className = `${first[place].kind}${cell.dataset.leads ? " leads" : ""}`;
        cell.setAttribute("style", first[place].style ?? "");
        return;
      }
      const { whole, home } = found[place];
      const leads = cell.dataset.leads ? " leads" : "";
      cell.className = `open${leads}`;
      if (!whole) {
        cell.replaceChildren(made("small", "no pair"));
        return;
      }
      cell.className = `${!whole.clear ? "open" : whole.mean > 0 ? "up lean" : "down lean"}${leads}`;
      const sign = !whole.clear ? "" : whole.mean > 0 ? " \u25b3" : " \u25bd";
      cell.replaceChildren(made("b", signed(whole.mean) + sign), made("small", whole.text));
      if (home) cell.append(made("small", `pivot ${signed(home.mean)}`));
    });
  };

  const made = (name, text) => {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  };

  // The table as it was computed for the page, with its verdicts: what a reset goes back to.
  const first = cells.map((cell) => ({ html: cell.innerHTML, kind: cell.className, style: cell.getAttribute("style") }));
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  show();
})();
