"use strict";
(() => {
  // The plots and the examples of one cell at a time, chosen by lists or by a click on the heat map.
  const form = document.querySelector("form[data-for=forests]");
  const text = (select) => select.options[select.selectedIndex].text;
  const pick = (select, wanted) => {
    const found = [...select.options].find((option) => option.text === wanted);
    if (found) select.value = found.value;
    return Boolean(found);
  };

  const plots = [...document.querySelectorAll(".forests > details")];
  const show = () => {
    const wanted = [text(form.elements.exam), text(form.elements.route)];
    let there = false;
    for (const one of plots) {
      one.open = one.dataset.exam === wanted[0] && one.dataset.route === wanted[1];
      there ||= one.open;
    }
    form.querySelector("output").textContent = there ? "" : "No pair of scores stands there.";
  };
  if (form) {
    document.querySelector(".forests").classList.add("chosen");
    for (const one of plots) one.querySelector("summary").addEventListener("click", (event) => event.preventDefault());
    form.hidden = false;
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  // Examples: texts come from data sets, so they are only ever set as text.
  const browser = document.querySelector("form[data-for=examples]");
  const { examples } = JSON.parse(document.getElementById("explore").textContent);
  const made = (name, ...inner) => {
    const element = document.createElement(name);
    element.append(...inner);
    return element;
  };
  const card = ([place, , without, withRoute], route) => {
    const [lang, id, asked, right] = examples.asked[place];
    const rows = [...asked, ["right", right], [examples.baseline, without], [route, withRoute]];
    return made("article", made("p", made("b", lang), " ", made("small", id)),
      made("dl", ...rows.map(([term, said]) => made("div", made("dt", term), made("dd", said)))));
  };
  // Several languages take turns: the most changed of each, then the second of each.
  const turns = (lists, most) => {
    const found = [];
    for (let round = 0; round < most; round += 1) for (const one of lists) if (one[round]) found.push(one[round]);
    return found;
  };
  const number = (value) => value.toLocaleString("en");
  const browse = () => {
    const [exam, route, lang] = ["exam", "route", "lang"].map((name) => text(browser.elements[name]));
    const cells = examples.cells.filter((cell) =>
      cell[0] === exam && cell[1] === route && (lang === examples.every || cell[2] === lang));
    const sum = (place) => cells.reduce((all, cell) => all + cell[place], 0);
    const sides = [["Fixed", 1], ["Broken", 0]].map(([title, fixed]) => {
      const there = turns(cells.map((cell) => cell[6].filter((one) => one[1] === fixed)), examples.each);
      const shown = there.slice(0, 2 * examples.each);
      const told = `${title}: ${number(shown.length)} of ${number(sum(fixed ? 4 : 5))}`;
      return made("div", made("h4", told), ...shown.map((one) => card(one, route)));
    });
    const beside = made("div", ...sides);
    beside.className = "beside";
    document.getElementById("shown").replaceChildren(beside);
    browser.querySelector("output").textContent = cells.length
      ? `${number(sum(3))} answers were looked at; ${number(sum(4))} got better, ${number(sum(5))} got worse.`
      : "No examples stand there: no predictions of both sides were found.";
  };
  if (browser && examples) {
    browser.hidden = false;
    browser.addEventListener("input", browse);
    browser.addEventListener("submit", (event) => event.preventDefault());
    browse();
  }

  const heads = [...document.querySelectorAll("#gains table.heat th[scope=row]")].map((head) => head.textContent);
  const columns = [...document.querySelectorAll("#gains table.heat thead th")].slice(1)
    .map((head) => head.firstChild.textContent);
  for (const cell of document.querySelectorAll("td[data-cell]")) {
    const [route, exam] = cell.dataset.cell.split(",").map(Number);
    if (!form || !plots.some(({ dataset }) => dataset.exam === columns[exam] && dataset.route === heads[route])) continue;
    const leads = () => {
      for (const one of document.querySelectorAll("form[data-for]")) {
        pick(one.elements.exam, columns[exam]);
        pick(one.elements.route, heads[route]);
        one.dispatchEvent(new Event("input"));
      }
      document.getElementById("languages").scrollIntoView({ block: "start" });
    };
    cell.dataset.leads = "yes";
    cell.classList.add("leads");
    cell.tabIndex = 0;
    cell.title = "Language by language";
    cell.addEventListener("click", leads);
    cell.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      leads();
    });
  }
})();
