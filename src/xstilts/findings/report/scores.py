"""The report's sections on scores as they are: the baseline's, and how they fall with distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from xstilts.findings import figures
from xstilts.findings.figures import dress
from xstilts.findings.gains import in_order
from xstilts.findings.report.facts import Facts, by_an_oracle
from xstilts.findings.report.markup import Html, drawing, folded, grid, join, tag
from xstilts.findings.table import main_scores

COLOURS = {dress.UP: "var(--up)", dress.DOWN: "var(--down)", dress.INK: "var(--ink)", dress.SOFT: "var(--soft)"}
COLOURS |= {dress.LINE: "var(--line)", dress.PAPER: "var(--paper)"}


def baseline_section(table: pl.DataFrame, order: Sequence[str], metrics: Mapping[str, str], facts: Facts) -> Html:
    """Absolute scores of the baseline. `metrics`: each exam's, with where it was read."""
    baseline = facts["baseline"]
    scores_of = "scores without an intermediate" if facts["staged"] else f"scores of {baseline}"
    scores = main_scores(table).filter(pl.col("route") == baseline)
    exams = in_order(scores["exam"])
    lines, columns = [], {}
    for exam in exams:
        part = scores.filter(pl.col("exam") == exam)
        by_lang = dict(zip(part["lang"], part["value"], strict=True))
        away = part.filter(~pl.col("pivot")).sort("value")
        home = part.filter(pl.col("pivot"))
        mean = float(away["value"].to_numpy().mean()) if len(away) else None
        at_home = float(home["value"][0]) if len(home) else None
        ends = [_end(away, place) for place in (0, -1)]
        gap = f"{at_home - mean:.1f}" if mean is not None and at_home is not None else ""
        lines.append([exam, metrics[exam], _score(at_home), _score(mean), gap, *ends, str(len(away))])
        columns[exam] = by_lang
    known = {lang for column in columns.values() for lang in column}
    whole = [[lang, *(_score(column.get(lang)) for column in columns.values())] for lang in order if lang in known]
    head = ["exam", "metric", "pivot", "zero-shot mean", "pivot ahead by", "lowest", "highest", "languages"]
    return tag(
        "section",
        tag("h2", f"Where it starts: {scores_of}{by_an_oracle(facts)}"),
        tag(
            "p",
            "Scores from 0 to 100, averaged over seeds. Gains are counted from here.",
            class_="lead",
        ),
        grid(head, lines, caption="", texts=2),
        folded(
            "Every language",
            grid(["language", *exams], whole, caption=f"{scores_of.capitalize()}{by_an_oracle(facts)}"),
        ),
        id="baseline",
    )


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _end(rows: pl.DataFrame, place: int) -> Html:
    if not len(rows):
        return Html("")
    row = rows.row(place, named=True)
    return join([f"{row['value']:.1f} ", tag("small", row["lang"])])


def distance_section(table: pl.DataFrame, distances: Mapping[str, float], *, baseline: str) -> Html:
    """Scores against distance, exam by exam; nothing when no distance is known."""
    drawn = []
    for exam in in_order(table["exam"]):
        chart = figures.scores_by_distance(table, exam, distances, baseline=baseline)
        if chart is not None:
            label = f"Scores in {exam} against distance to the pivot; the numbers stand in the tables of this page."
            drawn.append(tag("figure", tag("figcaption", tag("b", exam)), drawing(figures.svg(chart), label, COLOURS)))
    if not drawn:
        return Html("")
    return tag(
        "section",
        tag("h2", "Scores and distance"),
        tag(
            "p",
            "Distance is the share of the vocabulary that is not the pivot’s. Each ring is a language by the "
            f"route {baseline}; on its stem stand the others, of many the highest and the lowest: ▲ higher, ▼ lower, "
            "sure or not. Point at one for its name.",
            class_="lead",
        ),
        tag("div", *drawn, class_="figures"),
        id="distance",
    )
