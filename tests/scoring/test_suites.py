"""Whole benchmarks: averages, groups, gaps, and what is not there."""

from __future__ import annotations

import pytest

from xstilts.errors import BadInput
from xstilts.scoring.suites import XTREME, XTREME_R, Suite, standing, transfer_gap
from xstilts.scoring.up import TASKS, UNDER_REPRESENTED, Entry, up_standing


def whole(suite: Suite, score: float = 50.0) -> dict[str, dict[str, dict[str, float]]]:
    metrics = {"xquad": "qa", "mlqa": "qa", "tydiqa": "qa", "udpos": "f1", "panx": "f1", "bucc2018": "f1"}
    made: dict[str, dict[str, dict[str, float]]] = {}
    for task, langs in suite.languages.items():
        kind = metrics.get(task, "map@20" if task == "mewslix" else "accuracy")
        one = {"exact_match": score - 10, "f1": score + 10} if kind == "qa" else {kind: score}
        made[task] = {lang: dict(one) for lang in langs}
    return made


def test_sizes() -> None:
    assert {task: len(langs) for task, langs in XTREME.languages.items()} == {
        "pawsx": 7, "xnli": 15, "panx": 40, "udpos": 33, "bucc2018": 4, "tatoeba": 36, "xquad": 11, "mlqa": 7,
        "tydiqa": 9,
    }  # fmt: skip
    assert len(XTREME_R.languages["panx"]) == 48 and len(XTREME_R.languages["tatoeba"]) == 41
    assert len(UNDER_REPRESENTED) == 120 and len(TASKS) == 10


def test_a_whole_xtreme() -> None:
    found = standing(XTREME, whole(XTREME))
    assert found.missing == () and set(found.overall) == {"all_task", *XTREME.groups}
    assert found.overall["all_task"] == 50 and found.tasks["xquad"]["avg_metric"] == 50


def test_a_part_is_never_called_the_whole() -> None:
    scores = whole(XTREME)
    del scores["bucc2018"]
    found = standing(XTREME, scores)
    assert found.missing == ("bucc2018",)
    assert set(found.overall) == {"classification", "tagging", "qa"}


def test_xtreme_r_has_no_score_of_the_whole() -> None:
    found = standing(XTREME_R, whole(XTREME_R))
    assert found.missing == ("lareqa",) and "all_task" not in found.overall
    assert set(found.overall) == set(XTREME_R.groups)


def test_a_task_without_a_language_has_no_average() -> None:
    scores = whole(XTREME)
    del scores["xnli"]["sw"]
    with pytest.raises(BadInput, match="none of sw"):
        standing(XTREME, scores)
    with pytest.raises(BadInput, match="exact_match and f1"):
        standing(XTREME, {"mlqa": {lang: {"f1": 1.0} for lang in XTREME.languages["mlqa"]}})


def test_transfer_gap() -> None:
    assert transfer_gap({"accuracy": {"en": 80.0, "de": 70.0, "fr": 60.0}}) == {"accuracy": 15}
    assert transfer_gap({"accuracy": {"de": 70.0}}) == {}
    both = {"exact_match": {"en": 10.0, "de": 4.0}, "f1": {"en": 20.0, "de": 10.0}}
    assert transfer_gap(both) == {"exact_match": 6, "f1": 10, "metric": 8}


def test_xtreme_up_counts_under_represented_languages_only() -> None:
    entries = [
        Entry("transliteration", "Latn2Ethi.am", "CER", 20.0),
        Entry("transliteration", "Latn2Deva.hi", "CER", 90.0),
        Entry("asr", "sw", "CER_normalized", 30.0),
        Entry("retrieval_in_lang", "sw", "mrr", 0.5),
        Entry("ner", "en", "Span_F1", 99.0),
    ]
    found = up_standing(entries)
    assert found.tasks == {"transliteration": 20, "asr": 30, "retrieval_in_lang": 0.5, "ner": 0}
    assert found.counted == {"transliteration": 1, "asr": 1, "retrieval_in_lang": 1, "ner": 0}
    assert found.total == (80 + 30 + 50 + 0) / 4 and found.total_asr_inverted == (80 + 70 + 50 + 0) / 4
    assert "translation" in found.missing and "asr" not in found.missing


def test_a_missing_score_leaves_a_hole() -> None:
    found = up_standing([Entry("ner", "sw", "Span_F1", None), Entry("asr", "am", "CER_normalized", 3.0)])
    assert found.tasks == {"ner": None, "asr": 3} and found.total is None
    assert up_standing([Entry("ner", "sw", "Span_F1", None), Entry("ner", "sw", "Span_F1", 2.0)]).total == 2
    with pytest.raises(BadInput, match="two scores"):
        up_standing([Entry("ner", "sw", "Span_F1", 1.0), Entry("ner", "sw", "Span_F1", 2.0)])
    assert up_standing([]).total == 0
