"""Gains in words: the marks, the numbers as people read them, and the answer in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from xstilts.findings.gains import BASELINE, in_order, leaning, pivots, zero_shot

Row = Mapping[str, Any]

MARKS = {
    "up": "▲", "small up": "▲≈", "down": "▼", "small down": "▼≈", "leaning up": "△", "leaning down": "▽", "same": "≈",
    "unsure": "·", "one seed": "○",
}  # fmt: skip
"""Shape alone tells the verdicts apart; colour only repeats it. ≈ stands where `held_to` has set a margin."""

SURE = ("up", "small up", "down", "small down")
"""The states in which a gain surely differs from zero."""

MEANING = {
    "up": "sure gain",
    "small up": "sure gain, and surely smaller than the margin",
    "down": "sure loss",
    "small down": "sure loss, and surely smaller than the margin",
    "leaning up": "leans up: its plain interval leaves out zero, but not after correction",
    "leaning down": "leans down: likewise, below zero",
    "same": "no difference that matters: surely smaller than the margin, either way",
    "unsure": "unsure",
    "one seed": "one seed, or published without seeds: nothing to judge by",
}

FEW = 5
"""With fewer seeds than this only large, steady gains can be told from chance."""


TOLD, LISTED = 6, 12
"""How many sure gains, and losses, have a sentence each, and how many pairs a list names. Tables have them all."""


class Sentence(msgspec.Struct, frozen=True):
    """One statement of the answer."""

    state: str
    """A key of MARKS; empty for the sentence that opens the answer."""
    text: str


def state(row: Row) -> str:
    """The key of MARKS for a row of gains."""
    if row["same"]:
        return f"small {row['verdict']}" if row["verdict"] in ("up", "down") else "same"
    if leaning(row):
        return "leaning up" if row["mean"] > 0 else "leaning down"
    return str(row["verdict"])


def mark(row: Row) -> str:
    """The sign for a row's verdict."""
    return MARKS[state(row)]


def meaning(name: str, margin: float | None = None) -> str:
    """What a state means, with the margin as it was declared."""
    return MEANING[name] if margin is None else MEANING[name].replace("the margin", f"the margin of {margin:g}")


def from_margin(row: Row) -> str:
    """The margin from which on no difference is shown, rounded up: what is printed is shown too."""
    return f"{math.ceil(row['within'] * 100 - 1e-9) / 100:.2f}"


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign; zero has none."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return ("+" if value > 0 else "\N{MINUS SIGN}") + text


def end(value: float, digits: int = 1) -> str:
    """An end of an interval. It keeps its sign where it rounds to zero: on that hangs whether zero is left out."""
    if value == 0:
        return signed(value, digits)
    return ("+" if value > 0 else "\N{MINUS SIGN}") + f"{abs(value):.{digits}f}"


def between(low: float, high: float, digits: int = 1) -> str:
    """An interval: −1.2 to +3.4."""
    return f"{end(low, digits)} to {end(high, digits)}"


def interval(row: Row, digits: int = 1) -> str:
    """The interval of a row that is shown, corrected as its verdict is, or why there is none."""
    if row["shown_low"] is None:
        return {0: "no seeds given", 1: "one seed"}.get(row["seeds"], "no spread")
    return between(row["shown_low"], row["shown_high"], digits)


def listing(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def answer_sentences(found: pl.DataFrame) -> list[str]:
    """The answer in plain text, best news first, caveats last."""
    told = [f"{MARKS[one.state]} {one.text}" if one.state else one.text for one in answer(found)]
    return told + caveats(found)


def answer(found: pl.DataFrame) -> list[Sentence]:
    """What helps, what hurts and what stays open, zero-shot, each with its size."""
    cells = list(zero_shot(found).iter_rows(named=True))
    if not cells:
        return [
            Sentence(
                "",
                "No answer yet: no zero-shot language was scored on both sides, by the baseline and by another route.",
            )
        ]
    beside = pivots(found)
    told = [Sentence("", _opening(cells))]
    over = cells[0]["baseline"]
    verbs = ("helps", "hurts") if over == BASELINE else (f"is above {over} in", f"is below {over} in")
    for verdict, verb in zip(("up", "down"), verbs, strict=True):
        sure = sorted((row for row in cells if row["verdict"] == verdict), key=lambda row: -abs(row["mean"]))
        told += [Sentence(state(row), _sure(row, verb, beside.get((row["route"], row["exam"])))) for row in sure[:TOLD]]
        if sure[TOLD:]:
            told.append(Sentence(verdict, _listed(sure[TOLD:], verdict)))
    for name in ("same", "leaning up", "leaning down", "unsure", "one seed"):
        rest = [row for row in cells if state(row) == name]
        if rest:
            told.append(Sentence(name, _listed(rest, name)))
    return told


def _opening(cells: Sequence[Row]) -> str:
    states = [state(row) for row in cells]
    count = {name: sum(row["verdict"] == name for row in cells) for name in ("up", "down", "one seed")}
    one = len(cells) == 1
    pairs = "the one pair" if one else f"{len(cells)} pairs"
    if count["one seed"] == len(cells):
        seeds = "With one seed" if any(row["seeds"] for row in cells) else "Without seeds"
        what = "the gain of the one pair of route and exam is a single number"
        return (
            f"{seeds} nothing is sure: {what if one else f'the gains of {pairs} of route and exam are single numbers'}."
        )
    parts = [
        _several(count["up"], "sure gain", "sure gains") + _small(states.count("small up")),
        _several(count["down"], "sure loss", "sure losses") + _small(states.count("small down")),
        *([f"{states.count('same')} surely within the margin"] if "same" in states else []),
        f"{len(cells) - count['up'] - count['down'] - states.count('same') or 'none'} unsure",
    ]
    margin = cells[0]["margin"]
    held = "" if margin is None else f" The margin is {margin:g} points."
    over = cells[0]["baseline"]
    against = "" if over == BASELINE else f", each held against {over}"
    return f"Zero-shot, over {pairs} of route and exam{against}: {', '.join(parts)}.{held}"


def _route(row: Row) -> str:
    """Its name; the route without a stage is called so where it is not what others are compared with."""
    return "no stage (none)" if row["route"] == BASELINE else str(row["route"])


def _small(count: int) -> str:
    return f" ({count} of them within the margin)" if count else ""


def _several(count: int, one: str, more: str) -> str:
    return f"{count or 'no'} {one if count == 1 else more}"


def _sure(row: Row, verb: str, pivot: Row | None) -> str:
    same = row["up"] if row["mean"] > 0 else len(row["languages"]) - row["up"]
    text = (
        f"{_route(row)} {verb} {row['exam']}: {signed(row['mean'])} points "
        f"(interval {interval(row)}, {row['seeds']} seeds), {row['verdict']} in {same} of {_languages(row)}."
    )
    if row["same"]:
        text += f" It is surely smaller than the margin of {row['margin']:g}."
    return text if pivot is None else f"{text} {_beside(row, pivot)}"


def _beside(row: Row, pivot: Row) -> str:
    """What the pivot did: a gain no larger than the pivot's says something of the task, not of the transfer."""
    if pivot["mean"] / row["mean"] >= 1:
        much = f"at least as much ({signed(pivot['mean'])})"
        return f"The pivot moves {much}: this may be the task, not the transfer."
    text = f"The pivot moves by {signed(pivot['mean'])}"
    if row["beyond_low"] is None or row["beyond_low"] * row["beyond_high"] > 0:
        return f"{text}."
    ends = between(row["beyond_low"], row["beyond_high"])
    move = "gain" if row["mean"] > 0 else "lose"
    return f"{text}: that the other languages {move} more than that is not sure ({ends})."


def _languages(row: Row) -> str:
    return _several(len(row["languages"]), "language", "languages")


def _listed(rows: Sequence[Row], name: str) -> str:
    opening = {
        "up": "Sure gains too",
        "down": "Sure losses too",
        "same": "Surely smaller than the margin, either way",
        "leaning up": "Leans up, but not sure once all pairs are counted",
        "leaning down": "Leans down, but not sure once all pairs are counted",
        "unsure": "Unsure",
        "one seed": "One seed only, or none given",
    }[name]
    rows = sorted(rows, key=lambda row: -abs(row["mean"]))
    shown = [f"{_route(row)} on {row['exam']} ({_brief(row)})" for row in rows[:LISTED]]
    if len(rows) > len(shown):
        shown.append(f"and {len(rows) - len(shown)} more")
    return f"{opening}: {', '.join(shown)}."


def _brief(row: Row) -> str:
    if row["shown_high"] is None:
        return signed(row["mean"])
    sign = f"\N{NO-BREAK SPACE}{MARKS['same']}" if row["same"] and row["verdict"] in SURE else ""
    return f"{signed(row['mean'])}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{row['shown_high'] - row['mean']:.1f}{sign}"


def caveats(found: pl.DataFrame) -> list[str]:
    """What the numbers do not say."""
    cells = list(zero_shot(found).iter_rows(named=True))
    if not cells:
        return []
    told = [_about_seeds(cells)]
    tests = max(row["family"] for row in cells)
    if tests > 1:
        told.append(
            f"Verdicts and intervals are corrected (Holm) for {tests} tests, one for each pair of route and exam: an "
            "interval leaves out zero where the gain is sure."
        )
    told += _about_size(cells)
    told.append("The pivot, in which every task is trained, stands beside the zero-shot mean and never in it.")
    told += _about_holes(cells)
    stuck = [f"{row['route']} on {row['exam']}" for row in cells if row["sd"] == 0]
    if stuck:
        told.append(f"Every seed gave the same gain for {', '.join(stuck)}: that has no interval and counts as unsure.")
    sick = [f"{row['route']} on {row['exam']} ({_without(row)})" for row in cells if row["sick"]]
    if sick:
        told.append(f"Some runs diverged, collapsed or stayed flat, and are counted in: {', '.join(sick)}.")
    return told


def _without(row: Row) -> str:
    """What stands without the sick runs."""
    if not row["healthy_seeds"]:
        return "no healthy seed is left"
    seeds = _several(row["healthy_seeds"], "healthy seed", "healthy seeds")
    return f"without them {healthy(row)}, {seeds}"


def healthy(row: Row) -> str:
    """What a row comes to without its sick runs, held to the same margin."""
    within = row["margin"] is not None and row["healthy_within"] is not None and row["healthy_within"] < row["margin"]
    return f"{signed(row['healthy_mean'])}, {row['healthy_verdict']}{', within the margin' if within else ''}"


def _about_size(cells: Sequence[Row]) -> list[str]:
    """Of what is unsure: how large a gain would have been seen."""
    seen = [row["detectable"] for row in cells if row["verdict"] == "unsure" and row["detectable"] is not None]
    if not seen:
        return []
    sizes = f"{min(seen):.1f}" if len(seen) == 1 else f"{min(seen):.1f} to {max(seen):.1f}"
    return [
        f"With the spread found, a true gain of {sizes} points would have been called sure 4 times of 5; smaller "
        "ones are likely to stay unsure."
    ]


def _about_seeds(cells: Sequence[Row]) -> str:
    least, most = min(row["seeds"] for row in cells), max(row["seeds"] for row in cells)
    if most == 0:
        return "These are published means, or single runs, without seeds: no interval can be given, so nothing is sure."
    seeds = _several(least, "seed", "seeds") if least == most else f"{least} to {most} seeds"
    text = f"{seeds}: an interval tells what other seeds would give in these languages and exams, not in others."
    if most < FEW:
        text += " So few tell only large, steady gains from chance; unsure does not mean no effect."
    return text


def _about_holes(cells: Sequence[Row]) -> list[str]:
    holes: dict[str, list[str]] = {}
    for row in cells:
        for lang in row["left_out"]:
            holes.setdefault(f"{row['exam']} {lang}", []).append(row["route"])
    if not holes:
        return []
    shown = [f"{where} ({', '.join(in_order(routes))})" for where, routes in holes.items()]
    return [f"Left out on both sides, because a score is missing: {'; '.join(shown)}."]
