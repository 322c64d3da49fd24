"""XTREME-UP as a whole: only under-represented languages count, and a missing score leaves a hole in every mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xstilts.errors import BadInput


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TASKS = _words(
    "transliteration translation ner semantic_parsing qa_in_lang qa_cross_lang "
    "retrieval_in_lang retrieval_cross_lang asr autocomplete"
)

UNDER_REPRESENTED = frozenset(
    _words(
        "af am as ast az bbj be bem ber bg bho bm bn bo brx bs ceb ckb cy da ee el et eu ff fil fon ful ga gbm gd gl "
        "gom gu ha he hne hsb hy id ig is jv ka kam kea kk km kn ku ky lb lg lij ln lo lt luo lv mai mg mi mk ml mn "
        "mni mos mr ms mt mwr my nb nd ne no nso nw ny oc oci olo om or pa pcm ps ro rup rw sa sd se si sk sl sme sn "
        "so ss st sw ta te tg th tl tn ts tw ug uk umb ur uz ve wo xh yo zu"
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One score. In transliteration the language is written `Latn2Ethi.am`."""

    task: str
    language: str
    metric: str
    score: float | None


@dataclass(frozen=True, slots=True)
class UpStanding:
    """What the scores come to. None: a score is missing there."""

    total: float | None
    """As the official program has it: normalised error rates (ASR) enter as they are, where lower is better."""
    total_asr_inverted: float | None
    """With 100 minus the error rate for them too."""
    tasks: dict[str, float | None]
    counted: dict[str, int]
    """Task → under-represented languages."""
    missing: tuple[str, ...]


def up_standing(entries: Iterable[Entry]) -> UpStanding:
    """Means of tasks and their total, over whatever tasks there are."""
    by_task: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        langs = by_task.setdefault(entry.task, {})
        before = langs.get(entry.language)
        if before is not None and before.score is not None:
            raise BadInput(f"{entry.task} in {entry.language} has two scores.", way_out="Keep one of them.")
        langs[entry.language] = entry
    counted = {task: [one for one in langs.values() if _counts(one.language)] for task, langs in by_task.items()}
    tasks = {task: _mean([one.score for one in some]) for task, some in counted.items()}
    metrics = {task: next(iter(langs.values())).metric.lower() for task, langs in by_task.items()}
    return UpStanding(
        total=_mean([_upwards(score, metrics[task], ("cer",)) for task, score in tasks.items()]),
        total_asr_inverted=_mean(
            [_upwards(score, metrics[task], ("cer", "cer_normalized")) for task, score in tasks.items()]
        ),
        tasks=tasks,
        counted={task: len(some) for task, some in counted.items()},
        missing=tuple(task for task in TASKS if task not in by_task),
    )


def _counts(language: str) -> bool:
    """Whether a language is under-represented; what stands before a dot are scripts."""
    return (language.split(".")[1] if "." in language else language) in UNDER_REPRESENTED


def _upwards(score: float | None, metric: str, errors: Sequence[str]) -> float | None:
    """A score so that more is better, 0 to 100."""
    if score is None:
        return None
    if metric in errors:
        return 100 - score
    return 100 * score if metric == "mrr" else score


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    # The official program's mean of nothing.
    return sum(known) / len(known) if known else 0.0
