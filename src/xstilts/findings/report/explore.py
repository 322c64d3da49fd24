"""The heat map's filters: the gains of every seed and language go into the page; a script averages them.

Without a script, or before it has run, the page shows the table that was computed here. What the script computes for
a filter is the same mean over the same languages with the same t interval, but never a verdict: those are corrected for
all tests of the study, and a filter that was chosen by looking is not one of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from scipy.special import stdtrit

from xstilts.findings.gains import in_order
from xstilts.findings.pairs import pairs
from xstilts.findings.report.markup import Html, join, tag
from xstilts.findings.statistics import LEVEL

MAIN = "main metric of each exam"
DIGITS = 5


def data(table: pl.DataFrame, order: Sequence[str], *, baseline: str) -> dict[str, Any]:
    """What the filters need. `order`: the languages as the page lists them."""
    found = pairs(table, baseline=baseline)
    routes, exams = in_order(found["route"]), in_order(found["exam"])
    metrics, seeds = in_order(found["metric"]), sorted(set(found["seed"].to_list()))
    langs = [lang for lang in order if lang in set(found["lang"])]
    main = dict(found.filter(pl.col("main")).select("exam", "metric").iter_rows())
    home = dict(found.filter(pl.col("pivot")).select("exam", "lang").iter_rows())
    keys = ("route", "exam", "metric", "lang")
    values: dict[tuple[str, ...], list[float | None]] = {}
    for *key, seed, gain in found.select(*keys, "seed", "gain").iter_rows():
        values.setdefault(tuple(key), [None] * len(seeds))[seeds.index(seed)] = round(gain, DIGITS)
    return {
        "routes": routes,
        "exams": [
            {"name": exam, "main": metrics.index(main[exam]), "pivot": _place(langs, home, exam)} for exam in exams
        ],
        "metrics": metrics,
        "langs": langs,
        "seeds": seeds,
        "t": [None, *(float(stdtrit(df, 0.5 + LEVEL / 2)) for df in range(1, max(len(seeds), 2)))],
        "gains": [
            [routes.index(route), exams.index(exam), metrics.index(metric), langs.index(lang), each]
            for (route, exam, metric, lang), each in values.items()
        ],
    }


def _place(langs: list[str], home: dict[str, str], exam: str) -> int | None:
    return langs.index(home[exam]) if exam in home else None


def filters(found: Mapping[str, Any]) -> Html:
    """The controls. The page's script shows them; without it they would do nothing."""
    metrics = [tag("option", MAIN, value="main"), *_options(found["metrics"])]
    langs = [tag("option", "all zero-shot languages", value="all"), *_options(found["langs"])]
    seeds = [
        tag("label", Html(f'<input type="checkbox" name="seed" value="{place}" checked>'), str(seed))
        for place, seed in enumerate(found["seeds"])
    ]
    return tag(
        "form",
        tag("label", "Language ", tag("select", *langs, name_="lang")),
        tag("label", "Metric ", tag("select", *metrics, name_="metric")),
        tag("fieldset", tag("legend", "Seeds"), *seeds),
        tag("button", "Everything again", type="reset"),
        tag("output", "", aria_live="polite"),
        id="filters",
        class_="filters",
        hidden="hidden",
        autocomplete="off",
    )


def _options(names: Sequence[str]) -> list[Html]:
    return [tag("option", name, value=place) for place, name in enumerate(names)]


def embedded(found: Mapping[str, Any], name: str) -> Html:
    """Data inside the page, where no text of it can end the element or begin another."""
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
    return join([Html(f'<script type="application/json" id="{name}">'), Html(text), Html("</script>")])
