"""The lab's tasks and exams: all nine intermediate tasks and XTREME's nine exams in miniature, for any world.

World 0 carries plain names (`lab-mnli`); world 3's are `lab3-mnli`. Sizes roughly keep the order of the real ones; the
targets have few examples, because a lab target must leave room for an intermediate stage to help.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from xstilts.forms import AnyForm, Choose, Classify, Mask, Retrieve, Span, Tag
from xstilts.lab import PIVOT, LabSource, LabText, World, tongues
from xstilts.lab.pairs import NLI, PARAPHRASE
from xstilts.lab.tagging import Layer, label_set
from xstilts.tasks.corpora import ALPHA
from xstilts.tasks.task import Exam, Task

LICENCE = "Apache-2.0"
ABOUT = "Artificial: invented languages. No score says anything about a language that somebody speaks."
DEV = 300
TEST = 150
"""Test meanings of an exam; every language has the same ones."""

TEXT: dict[str, tuple[Literal["raw", "parallel"], float]] = {"mlm": ("raw", 0.05), "tlm": ("parallel", 0.25)}
"""Running text: its kind, and how much of what the lab's encoders were pretrained on; it is drawn in every process."""

LONGEST = 12
"""Tokens of an answer: the longest in the exams have two words in at most eight pieces, with the lab's encoder."""

TRAIN = {
    "anli-plus": 9000, "mnli": 6000, "qqp": 6000, "squad1": 6000, "squad2": 6000, "hellaswag": 4000,
    "ccg": 3000, "cosmosqa": 4000, "commonsenseqa": 2000,
    "xnli": 400, "pawsx": 400, "udpos": 40, "panx": 200, "xquad": 300, "tydiqa": 100,
}  # fmt: skip
"""Training examples: the nine intermediates, then the six targets."""

EXAMS = {
    "xnli": "xnli", "pawsx": "pawsx", "udpos": "udpos", "panx": "panx", "xquad": "xquad", "mlqa": "xquad",
    "tydiqa": "tydiqa", "bucc2018": None, "tatoeba": None,
}  # fmt: skip
"""Exam → the task it belongs to."""


@cache
def _forms() -> dict[str, AnyForm]:
    tags: dict[Layer, Tag] = {
        "tag": Tag(labels=label_set("tag"), spans=False),
        "pos": Tag(labels=label_set("pos"), spans=False),
        "entity": Tag(labels=label_set("entity")),
    }
    pair, question = ("premise", "hypothesis"), ("question 1", "question 2")
    return {
        **dict.fromkeys(("anli-plus", "mnli", "xnli"), Classify(labels=NLI, fields=pair)),
        "qqp": Classify(labels=PARAPHRASE, fields=question),
        "pawsx": Classify(labels=PARAPHRASE, fields=("sentence 1", "sentence 2")),
        **dict.fromkeys(("squad1", "xquad", "mlqa", "tydiqa"), Span(longest=LONGEST)),
        "squad2": Span(unanswerable=True, longest=LONGEST),
        **dict.fromkeys(("hellaswag", "cosmosqa"), Choose(options=4)),
        "commonsenseqa": Choose(options=5),
        "ccg": tags["tag"],
        "udpos": tags["pos"],
        "panx": tags["entity"],
        "tatoeba": Retrieve(kind="search"),
        "bucc2018": Retrieve(kind="mine"),
    }


def prefix(world: World) -> str:
    """How the world's names begin."""
    return "lab-" if world.seed == 0 else f"lab{world.seed}-"


def declared_tasks(world: World) -> list[Task]:
    """Everything one can train on in a world."""
    return [
        Task(
            name=prefix(world) + name,
            form=_forms()[name],
            lang=PIVOT,
            train=LabSource(name, "train", count, world.seed),
            dev=LabSource(name, "dev", DEV, world.seed),
            licence=LICENCE,
            about=ABOUT,
        )
        for name, count in TRAIN.items()
    ] + _running(world)


def _running(world: World) -> list[Task]:
    """Running text in every tongue that is written: `lab-mlm`, and with the pivot's lines beside it `lab-tlm`."""
    found: list[Task] = []
    for name, (kind, share) in TEXT.items():
        train, dev = LabText(kind, "train", share, world.seed), LabText(kind, "dev", share, world.seed)
        written = tuple(lang for lang in tongues() if train.has(lang))
        found.append(
            Task(
                name=prefix(world) + name, form=Mask(), lang=written[0], languages=written, alpha=ALPHA,
                train=train, dev=dev, licence=LICENCE, about=ABOUT,
            )
        )  # fmt: skip
    return found


def declared_exams(world: World) -> list[Exam]:
    """Everything one is tested on in a world."""
    return [
        Exam(
            name=prefix(world) + name,
            of=None if of is None else prefix(world) + of,
            form=_forms()[name],
            test=LabSource(name, "test", TEST, world.seed),
            languages=tuple(lang for lang in tongues() if of is not None or lang != PIVOT),
            pivot=PIVOT,
            parallel=True,
            licence=LICENCE,
            about=ABOUT,
        )
        for name, of in EXAMS.items()
    ]
