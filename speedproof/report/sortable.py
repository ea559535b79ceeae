"""A table of a page that can be sorted and filtered; without scripts it is a table."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A click on a heading sorts, a second one the other way round. What is filtered out goes with its section.
SCRIPT = """
(() => {
  const table = document.querySelector("table.sortable");
  if (!table) return;
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  table.querySelectorAll("thead button").forEach((button, column) => {
    const heading = button.closest("th");
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") !== "descending";
      const rows = [...body.rows].sort((a, b) => {
        const x = value(a, column), y = value(b, column);
        const order = typeof x === "number" ? x - y : x.localeCompare(y);
        return down ? -order : order;
      });
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...rows);
    });
  });
  const words = document.querySelector("#filter-words"), verdict = document.querySelector("#filter-verdict");
  const filter = () => {
    let shown = 0;
    for (const row of body.rows) {
      const text = row.cells[0].textContent.toLowerCase();
      const fits = words.value.toLowerCase().split(/\\s+/).every((word) => text.includes(word));
      row.hidden = !fits || (verdict.value !== "" && row.dataset.verdict !== verdict.value);
      shown += !row.hidden;
      const section = document.querySelector(row.querySelector("a").getAttribute("href"));
      if (section) section.hidden = row.hidden;
    }
    document.querySelector("#filter-count").textContent = `${shown} of ${body.rows.length}`;
  };
  words.addEventListener("input", filter);
  verdict.addEventListener("change", filter);
  document.querySelector("#filter").hidden = false;
  filter();
})();
"""
SCRIPT_HASH = "sha256-" + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
"""By which a page says that this script may run, and no other."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`markup` is HTML already. What has a `value` is sorted by it, else by its text."""

    markup: str
    value: float | None = None
    kind: str = ""


def sortable(headings: Sequence[str], rows: Iterable[tuple[str, Sequence[Cell]]], caption: str) -> str:
    """Rows come with their verdict; the first cell of each holds a link to its section. All is HTML already."""
    rows = list(rows)
    columns = "".join(f"<th scope='col'><button type='button'>{heading}</button></th>" for heading in headings)
    body = "".join(
        f"<tr data-verdict='{verdict}'>{''.join(map(_cell, enumerate(cells)))}</tr>" for verdict, cells in rows
    )
    verdicts = "".join(f"<option>{verdict}</option>" for verdict in dict.fromkeys(verdict for verdict, _ in rows))
    return (
        "<p id='filter' hidden><label>Functions with <input id='filter-words' type='search'></label> "
        f"<label>Verdict <select id='filter-verdict'><option value=''>any</option>{verdicts}</select></label> "
        "<output id='filter-count' for='filter-words filter-verdict'></output></p>\n"
        f"<table class='sortable'><caption>{caption}</caption>"
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(numbered: tuple[int, Cell]) -> str:
    number, cell = numbered
    if number == 0:
        return f"<th scope='row'>{cell.markup}</th>"
    kind = f" class='{cell.kind}'" if cell.kind else ""
    value = f" data-value='{cell.value:.9g}'" if cell.value is not None else ""
    return f"<td{kind}{value}>{cell.markup}</td>"
