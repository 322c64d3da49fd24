"""Gold rows against predicted rows: labels, tags, pairs, rankings. Each function follows its official reader."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

from xstilts.errors import BadInput
from xstilts.scoring.cases import params
from xstilts.scoring.cases.rows import Row, by_id, side_by_side
from xstilts.scoring.chunks import chunk_scores
from xstilts.scoring.labels import accuracy
from xstilts.scoring.ranking import average_precision, reciprocal_rank
from xstilts.scoring.sets import set_scores

Scale = Literal["percent", "fraction"]


@dataclass(frozen=True, slots=True)
class Pair:
    """What there is to score."""

    gold: list[Row]
    predictions: list[Row]
    language: str
    params: Mapping[str, Any] = field(default_factory=dict)
    """What the official scorer is told beside the files."""
    lenient: bool = False
    """Follow the official readers where they pass over what is wrong."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of it, under the official names."""

    metrics: dict[str, Any]
    scale: Scale = "percent"
    items: dict[str, dict[str, float]] = field(default_factory=dict)
    """Example → its scores alone, where there are such."""
    notes: tuple[str, ...] = ()


def labels(pair: Pair) -> Scored:
    """xnli, pawsx, tatoeba: equal labels. White space around them does not count."""
    both = side_by_side(pair.gold, pair.predictions, lenient=pair.lenient)
    golds = [_label(gold, pair.lenient) for gold, _ in both]
    return Scored({"accuracy": accuracy([_label(one, pair.lenient) for _, one in both], golds)})


def _label(row: Row, lenient: bool) -> str:
    value = row.any("label")
    # The official files are plain text, in which a number and its digits are the same.
    return (str(value) if isinstance(value, int | float) and lenient else row.line("label")).strip()


def numbers(pair: Pair) -> Scored:
    """xcopa: the number of the right one of two choices."""
    both = side_by_side(pair.gold, pair.predictions, lenient=pair.lenient)
    read: Callable[[Row], Any] = (lambda row: row.any("label")) if pair.lenient else _choice
    golds = [read(gold) for gold, _ in both]
    return Scored({"accuracy": accuracy([read(one) for _, one in both], golds)})


def _choice(row: Row) -> int:
    found = row.integer("label")
    if found not in (0, 1):
        raise row.wrong("label", "0 or 1", found)
    return found


def tags(pair: Pair) -> Scored:
    """udpos, panx: chunks. Official files know no words, so a sentence with a tag too many shifts all that follow."""
    if pair.lenient:
        golds, found = (_read_back([_tags(row) for row in rows]) for rows in (pair.gold, pair.predictions))
        if len(golds) != len(found):
            raise BadInput(
                f"With empty tags as ends of sentences there are {len(found)} predicted sentences for {len(golds)}.",
                way_out="Give every word a tag: O where there is none.",
            )
        return Scored(chunk_scores(found, golds))
    both = side_by_side(pair.gold, pair.predictions, lenient=False)
    golds, found = [_tags(gold) for gold, _ in both], [_tags(one) for _, one in both]
    for (gold, one), wanted, given in zip(both, golds, found, strict=True):
        _check_tags(gold, wanted)
        _check_tags(one, given)
        if len(wanted) != len(given):
            raise BadInput(
                f"{one.where}: {len(given)} tags, but {gold.where} has {len(wanted)}.",
                way_out="Give every word one tag, or add --lenient to score them as the official reader would.",
            )
    return Scored(chunk_scores(found, golds))


def _tags(row: Row) -> list[str]:
    return [tag.strip() for tag in row.lines("tags")]


def _check_tags(row: Row, found: list[str]) -> None:
    if "" in found:
        raise BadInput(f"{row.where}: tag {found.index('') + 1} is empty.", way_out="Write O for a word without a tag.")


def _read_back(sentences: list[list[str]]) -> list[list[str]]:
    """Sentences as the official reader finds them: one tag a line, an empty line ends a sentence."""
    found: list[list[str]] = [[]]
    for tag in chain.from_iterable((*sentence, "") for sentence in sentences):
        if tag:
            found[-1].append(tag)
        else:
            found.append([])
    return found[:-1]


def given_pairs(pair: Pair) -> Scored:
    """bucc2018: pairs as a set."""
    return Scored(set_scores(map(_pair, pair.predictions), map(_pair, pair.gold)))


def _pair(row: Row) -> tuple[str, str]:
    source, _, target = f"{row.line('src_id')}\t{row.line('trg_id')}".strip().partition("\t")
    return source, target


def entities(pair: Pair) -> Scored:
    """mewslix: the reciprocal rank of the first gold entity among 20; mentions without a ranking count 0."""
    found = _ranked(pair)
    golds: dict[str, str] = {}
    for name, row in by_id(pair.gold, lenient=pair.lenient).items():
        wanted = row.texts("entities")
        if not wanted:
            raise BadInput(f"{row.where}: there are no entities.", way_out="Give the right one.")
        golds[name] = wanted[0].strip()
    ranks = [reciprocal_rank((gold,), found[one], 20) if one in found else 0.0 for one, gold in golds.items()]
    # The official mean of nothing.
    mean = 100.0 * sum(ranks) / len(ranks) if ranks else 0.0
    return Scored({"map@20": mean, "mrr@20": mean}, notes=strangers(list(golds), found))


def rankings(pair: Pair) -> Scored:
    """lareqa: average precision at 20, a fraction."""
    k = params.whole(pair.params, "k", 20)
    found = _ranked(pair)
    golds = by_id(pair.gold, lenient=pair.lenient)
    absent = next((name for name in golds if name not in found), None)
    if absent is not None and not pair.lenient:
        raise BadInput(f"predictions.jsonl: there is no ranking for {absent!r}.", way_out="Give every question one.")
    items: dict[str, dict[str, float]] = {}
    for name, row in golds.items():
        targets = row.texts("targets")
        if not targets:
            raise BadInput(f"{row.where}: there are no targets.", way_out="Give every question at least one.")
        items[name] = {f"ap@{k}": average_precision(targets, found.get(name, []), k)}
    return mean_precision(items, k, lenient=pair.lenient, notes=strangers(list(golds), found))


def _ranked(pair: Pair) -> dict[str, list[str]]:
    """Rankings by id, those for unknown ids too."""
    return {name: row.texts("ranking") for name, row in by_id(pair.predictions, lenient=pair.lenient).items()}


def mean_precision(items: dict[str, dict[str, float]], k: int, *, lenient: bool, notes: tuple[str, ...] = ()) -> Scored:
    """The mean over questions, of which there must be some; with `lenient` the official mean of none is NaN."""
    if not items and lenient:
        return Scored({f"map@{k}": math.nan}, "fraction")
    if not items:
        raise BadInput("There is nothing to score: gold.jsonl is empty.", way_out="Give at least one question.")
    values = [one for item in items.values() for one in item.values()]
    return Scored({f"map@{k}": sum(values) / len(values)}, "fraction", items, notes)


def strangers(golds: list[str], found: Mapping[str, object]) -> tuple[str, ...]:
    """What is to be said about ids that stand on one side only."""
    known = set(golds)
    absent = [name for name in golds if name not in found]
    extra = [name for name in found if name not in known]
    notes = []
    if absent:
        notes.append(f"{len(absent)} without a prediction ({json.dumps(absent[0])} …): each scores 0")
    if extra:
        notes.append(f"{len(extra)} predictions for unknown ids ({json.dumps(extra[0])} …): not counted")
    return tuple(notes)
