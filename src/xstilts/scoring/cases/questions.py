"""Answers to questions against those that are right: SQuAD 1.1, MLQA, SQuAD 2.0, as their programs have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xstilts.errors import BadInput
from xstilts.scoring.answers import best_match, mlqa, squad_normal
from xstilts.scoring.cases import params
from xstilts.scoring.cases.pairs import Pair, Scored, strangers
from xstilts.scoring.cases.rows import Row, by_id
from xstilts.scoring.squad2 import raw_scores, squad2_scores


def answers(pair: Pair) -> Scored:
    """xquad, tydiqa: SQuAD 1.1. Questions without a prediction count 0; predictions without a question do not count."""
    return _answers(pair, squad_normal)


def mlqa_answers(pair: Pair) -> Scored:
    """mlqa: the same with the language's own normal form."""
    return _answers(pair, mlqa(pair.language))


def _answers(pair: Pair, normal: Callable[[str], str]) -> Scored:
    if not pair.lenient:
        by_id(pair.gold, lenient=False, otherwise="both count")
    if not pair.gold:
        raise BadInput("There is nothing to score: gold.jsonl is empty.", way_out="Give at least one question.")
    # All of them are looked at, those for unknown ids too: a row that is spoilt is no row that is passed over.
    found = {name: row.text("prediction_text") for name, row in by_id(pair.predictions, lenient=pair.lenient).items()}
    exact = f1 = 0.0
    items: dict[str, dict[str, float]] = {}
    for row in pair.gold:
        name, references = row.text("id"), row.texts("answers")
        if name not in found:
            items.setdefault(name, {"exact_match": 0.0, "f1": 0.0})
            continue
        if not references:
            raise BadInput(f"{row.where}: there are no answers to compare with.", way_out="Give at least one.")
        same, overlap = best_match(found[name], references, normal=normal)
        exact += same
        f1 += overlap
        items[name] = {"exact_match": 100.0 * same, "f1": 100.0 * overlap}
    total = len(pair.gold)
    return Scored(
        {"exact_match": 100.0 * exact / total, "f1": 100.0 * f1 / total},
        items=items,
        notes=strangers([row.text("id") for row in pair.gold], found),
    )


def squad2(pair: Pair) -> Scored:
    """squad_v2: every question needs a prediction; probabilities are used if the case says so, or if all have one."""
    golds = {name: row.texts("answers") for name, row in by_id(pair.gold, lenient=pair.lenient).items()}
    rows = by_id(pair.predictions, lenient=pair.lenient)
    found = {name: row.text("prediction_text") for name, row in rows.items()}
    absent = next((name for name in golds if name not in found), None)
    if absent is not None:
        raise BadInput(
            f"predictions.jsonl: there is no prediction for question {absent!r}.",
            way_out='SQuAD 2.0 wants one for every question: "" where there is no answer.',
        )
    threshold = params.number(pair.params, "na_prob_thresh", 1.0)
    metrics = squad2_scores(found, golds, silence=_silence(pair, rows, golds), threshold=threshold)
    exact, f1 = raw_scores(found, golds)
    items = {name: {"exact": 100.0 * exact[name], "f1": 100.0 * f1[name]} for name in golds}
    return Scored(metrics, items=items, notes=strangers(list(golds), found))


def _silence(pair: Pair, rows: Mapping[str, Row], golds: Mapping[str, object]) -> dict[str, float] | None:
    """Probabilities of "no answer", if they are to be used."""
    name = "no_answer_probability"
    having = [one for one, row in rows.items() if row.has(name)]
    # Predictions for unknown ids do not count, so they may do without.
    lacking = next((row for one, row in rows.items() if one in golds and not row.has(name)), None)
    use = params.truth(pair.params, "use_na_probs")
    if use is None:
        if having and lacking is not None and not pair.lenient:
            raise BadInput(
                f"{lacking.where}: there is no {name}, but {rows[having[0]].where} has one.",
                way_out="Give one with every prediction, or with none.",
            )
        use = bool(having) and lacking is None
    if not use:
        return None
    if lacking is not None:
        raise BadInput(f"{lacking.where}: there is no {name}.", way_out="Give one with every prediction.")
    return {one: rows[one].number(name, finite=not pair.lenient) for one in having}
