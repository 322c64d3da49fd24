"""Cases that come as sentence vectors: what is found is computed here, then scored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xstilts.errors import BadInput
from xstilts.scoring.cases import params
from xstilts.scoring.cases.pairs import Pair, Scored, mean_precision
from xstilts.scoring.cases.reading import Folder
from xstilts.scoring.cases.rows import Row, single_ids
from xstilts.scoring.labels import accuracy
from xstilts.scoring.lareqa import pool
from xstilts.scoring.mining import MARGINS, best_threshold, drop_repeats, mine
from xstilts.scoring.ranking import average_precision, rank
from xstilts.scoring.sets import set_scores
from xstilts.scoring.vectors import nearest, unit

Vectors = NDArray[np.float32]
Ids = tuple[str, str]


def mined(folder: Folder, pair: Pair) -> Scored:
    """bucc2018: mine the dev part, take the threshold of best F1, mine the test part, keep what reaches it."""
    sentences = folder.rows("sentences.jsonl")
    for row in (*sentences, *pair.gold):
        if row.text("split") not in ("dev", "test"):
            raise row.wrong("split", "dev or test", row.text("split"))
    k, margin = params.whole(pair.params, "k", 4), params.one_of(pair.params, "margin", "ratio", MARGINS)
    # The protocol's way of retrieval; the official code has more.
    params.one_of(pair.params, "retrieval", "max", ("max",))
    golds = {part: {_ids(row) for row in pair.gold if row.text("split") == part} for part in ("dev", "test")}
    found = {part: _candidates(folder, sentences, part, k, margin) for part in ("dev", "test")}
    # Pairs of ids that were found twice stay where they were first: from the best score down, unless ids repeat.
    items = sorted(found["dev"].items(), key=lambda item: -item[1])
    right = [ids in golds["dev"] for ids, _ in items]
    scores = np.asarray([score for _, score in items], np.float64)
    threshold = best_threshold(scores, right, len(golds["dev"]), at_end="refuse")
    kept = {part: {ids for ids, score in pairs.items() if score >= threshold} for part, pairs in found.items()}
    dev = set_scores(kept["dev"], golds["dev"])
    metrics = set_scores(kept["test"], golds["test"]) | {"dev_threshold": threshold}
    metrics |= {f"dev_{name}": value for name, value in dev.items()}
    given = {_ids(row) for row in pair.predictions}
    return Scored(metrics, notes=_differences(len(given & kept["test"]), len(given), len(kept["test"]), "pairs"))


def _candidates(folder: Folder, sentences: Sequence[Row], part: str, k: int, margin: str) -> dict[Ids, float]:
    """Pairs of ids and their scores, of sentences that come once, best first."""
    sides = {}
    for side in ("src", "trg"):
        rows = [row for row in sentences if row.text("split") == part and row.text("side") == side]
        vectors = folder.vectors(f"{part}_{side}.npy")
        _as_many(vectors, f"{part}_{side}.npy", len(rows), "sentences")
        if not rows:
            raise BadInput(f"sentences.jsonl: there are none of split {part!r}, side {side!r}.", way_out="Add them.")
        texts = [row.line("text") for row in rows]
        kept, once = drop_repeats(texts)
        sides[side] = ([rows[place] for place in kept.tolist()], once, unit(vectors[kept]))
    (sources, once_source, x), (targets, once_target, y) = sides["src"], sides["trg"]
    _as_wide(x, y, f"{part}_src.npy", f"{part}_trg.npy")
    found: dict[Ids, float] = {}
    for i, j, score in zip(*(column.tolist() for column in mine(x, y, k, margin=margin)), strict=True):
        for row in (sources[i], targets[j]):
            if "\t" in row.text("text"):
                raise BadInput(f"{row.where}: the text holds a tab.", way_out="The format separates texts by tabs.")
        if once_source[i] and once_target[j]:
            ids = (sources[i].line("id").strip(), targets[j].line("id").strip())
            found[ids] = max(score, found.get(ids, score))
    return found


def _ids(row: Row) -> Ids:
    return row.line("src_id").strip(), row.line("trg_id").strip()


def searched(folder: Folder, pair: Pair) -> Scored:
    """tatoeba: for each row of eng.npy the nearest of src.npy, against the label."""
    index, queries = folder.vectors("src.npy"), folder.vectors("eng.npy")
    _as_wide(index, queries, "src.npy", "eng.npy")
    _as_many(queries, "eng.npy", len(pair.gold), "gold rows")
    if not pair.lenient:
        single_ids(pair.gold)
    golds = [_place(row) for row in pair.gold]
    found = [str(place) for place in nearest(queries, index).tolist()] if len(queries) else []
    given = [_place(row) for row in pair.predictions]
    same = sum(one == other for one, other in zip(given, found, strict=False))
    return Scored({"accuracy": accuracy(found, golds)}, notes=_differences(same, len(given), len(found), "rows"))


def _place(row: Row) -> str:
    value = row.any("label")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else row.line("label").strip()


def embedded(folder: Folder, pair: Pair) -> Scored:
    """lareqa: inner products of questions.npy and candidates.npy as they are, average precision at k."""
    k = params.whole(pair.params, "k", 20)
    questions, candidates = folder.vectors("questions.npy"), folder.vectors("candidates.npy")
    _as_wide(questions, candidates, "questions.npy", "candidates.npy")
    rows = folder.rows("candidates.jsonl")
    _as_many(questions, "questions.npy", len(pair.gold), "gold rows")
    _as_many(candidates, "candidates.npy", len(rows), "rows of candidates.jsonl")
    places: dict[str, int] = {}
    for place, row in enumerate(rows):
        if places.setdefault(row.text("id"), place) != place:
            raise BadInput(f"{row.where}: the id {row.text('id')!r} was there before.", way_out="Keep one of them.")
    documents = folder.json("documents.json") if folder.has("documents.json") else None
    targets = _targets(pair.gold, places, documents)
    items: dict[str, dict[str, float]] = {}
    same = 0
    given = {row.text("id"): row.texts("ranking") for row in pair.predictions}
    names = list(places)
    for row, wanted, ranking in zip(pair.gold, targets, rank(questions, candidates, k), strict=True):
        name = row.text("id")
        if name in items:
            raise BadInput(f"{row.where}: the question {name!r} was there before.", way_out="Keep one of them.")
        items[name] = {f"ap@{k}": average_precision(wanted, ranking, k)}
        same += given.get(name, [])[:k] == [names[place] for place in ranking]
    return replace(
        mean_precision(items, k, lenient=pair.lenient), notes=_differences(same, len(given), len(items), "rankings")
    )


def _targets(gold: Sequence[Row], places: Mapping[str, int], documents: Any) -> list[list[int]]:
    """Rows of the right candidates of each question, which must be those of the documents where there are any."""
    known = None
    if documents is not None:
        if not isinstance(documents, dict):
            raise BadInput("documents.json: must be an object, language → document.", way_out="Save it so.")
        known = pool(documents)
        if list(known.candidates) != list(places):
            raise BadInput(
                f"candidates.jsonl: its {len(places)} ids are not the {len(known.candidates)} of documents.json.",
                way_out="Write the candidates in the order of the documents.",
            )
    found = []
    for row in gold:
        name, wanted = row.text("id"), list(dict.fromkeys(row.texts("targets")))
        strange = next((one for one in wanted if one not in places), None)
        if strange is not None:
            raise BadInput(f"{row.where}: the target {strange!r} is no candidate.", way_out="Check candidates.jsonl.")
        if not wanted:
            raise BadInput(f"{row.where}: there are no targets.", way_out="Give every question at least one.")
        if known is not None and (name not in known.questions or known.targets(name) != set(wanted)):
            ours = json.dumps(sorted(known.targets(name)) if name in known.questions else None)
            raise BadInput(
                f"{row.where}: documents.json gives {name!r} the targets {ours}.", way_out="Make both agree."
            )
        found.append([places[one] for one in wanted])
    return found


def _as_wide(one: Vectors, other: Vectors, name: str, beside: str) -> None:
    if one.shape[1] != other.shape[1]:
        raise BadInput(
            f"{name} has vectors of {one.shape[1]} numbers, {beside} of {other.shape[1]}.",
            way_out="Both must come from one encoder.",
        )


def _as_many(vectors: Vectors, name: str, rows: int, what: str) -> None:
    if len(vectors) != rows:
        raise BadInput(f"{name} has {len(vectors)} rows for {rows} {what}.", way_out="Give one vector for each.")


def _differences(same: int, given: int, found: int, what: str) -> tuple[str, ...]:
    """The score is of what the vectors give; predictions.jsonl beside them may hold something else."""
    if not given or same == given == found:
        return ()
    return (f"scored from the vectors: {found} {what}, of which {same} are among the {given} of predictions.jsonl",)
