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
