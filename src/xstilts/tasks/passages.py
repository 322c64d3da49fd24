"""Questions about a passage or a dialogue, answered by choosing: BoolQ and DREAM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xstilts.errors import BadInput
from xstilts.forms import Choice, Choose, Classify
from xstilts.sources import FirstOf, Mirror, Odd, Texts
from xstilts.sources.values import listed, text, value
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Task

YES_NO = Classify(labels=("no", "yes"), fields=("question", "passage"))
ANSWERS = Texts(label="answer", spelt={"false": "no", "true": "yes"})
THREE = Choose(3)


def dream(row: Mapping[str, Any]) -> Choice:
    """The dialogue's turns in one text, then the question; the right answer is given by its text."""
    turns, options = listed(value(row, "dialogue"), "dialogue"), tuple(listed(value(row, "choice"), "choice"))
    answer, asked = value(row, "answer"), text(row, "question")
    if options.count(answer) != 1 or not all(isinstance(turn, str) for turn in (*turns, asked)):
        raise BadInput("the answer is not exactly one of the choices.", field="label")
    return Choice(
        f"{value(row, 'dialogue_id')}/{value(row, 'id')}", " ".join((*turns, asked)), options, options.index(answer)
    )


def _boolq(split: str) -> FirstOf:
    return found(YES_NO, ANSWERS, Mirror("boolq", split), hub("google/boolq", "default", split))


def _dream(split: str) -> FirstOf:
    return found(THREE, Odd(dream), Mirror("dream", split), hub("dataset-org/dream", "plain_text", split))


BOOLQ = Task(
    name="boolq", form=YES_NO, lang="en", train=_boolq("train"), dev=_boolq("validation"),
    licence="CC BY-SA 3.0", about="Clark et al. 2019, https://github.com/google-research-datasets/boolean-questions",
    notes=f"The question first, then the passage. {UNVERIFIED}",
)  # fmt: skip

DREAM = Task(
    name="dream", form=THREE, lang="en", train=_dream("train"), dev=_dream("validation"),
    licence="non-commercial research only", about="Sun et al. 2019, https://dataset.org/dream/",
    notes=f"Prompt: the dialogue and the question. {UNVERIFIED}",
)  # fmt: skip
