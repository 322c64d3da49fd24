"""Paraphrase: Quora's question pairs, PAWS, and PAWS-X with its exam."""

from __future__ import annotations

from xstilts.forms import Classify
from xstilts.languages.benchmarks import XTREME
from xstilts.sources import FirstOf, Mirror, Texts
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Exam, Task

LABELS = ("different", "same")
QUESTIONS = Classify(labels=LABELS, fields=("question1", "question2"))
SENTENCES = Classify(labels=LABELS, fields=("sentence1", "sentence2"))


def _qqp(split: str) -> FirstOf:
    return found(
        QUESTIONS, Texts(), Mirror("qqp", split), hub("nyu-mll/glue", "qqp", split), drop=("question1", "question2")
    )


def _paws(split: str) -> FirstOf:
    return found(
        SENTENCES, Texts(), Mirror("paws", split), hub("google-research-datasets/paws", "labeled_final", split)
    )


def _pawsx(split: str, rows: dict[str, int] | None = None) -> FirstOf:
    places = Mirror("pawsx", split), hub("google-research-datasets/paws-x", "{lang}", split)
    return found(SENTENCES, Texts(id="id"), *places, rows=rows)


QQP = Task(
    name="qqp", form=QUESTIONS, lang="en", examples=363_846, train=_qqp("train"), dev=_qqp("validation"),
    licence="Quora's terms of service, non-commercial",
    about="Quora question pairs as in GLUE, https://gluebenchmark.com/",
    notes="A few rows have an empty question: they are left out and counted. Official: 363,846 and 40,430. "
    f"{UNVERIFIED}",
)  # fmt: skip

PAWS = Task(
    name="paws", form=SENTENCES, lang="en", akin={"pawsx": "the same sentences"},
    train=_paws("train"), dev=_paws("validation"),
    licence="free for any purpose, acknowledgement appreciated",
    about="PAWS-Wiki, labeled final; Zhang et al. 2019, https://github.com/google-research-datasets/paws",
    notes=f"The same sentences as PAWS-X's English training data, but its own development part. {UNVERIFIED}",
)  # fmt: skip

PAWSX = Task(
    name="pawsx", form=SENTENCES, lang="en", examples=49_401,
    train=_pawsx("train", {"en": 49_401}), dev=_pawsx("validation"),
    licence="free for any purpose, acknowledgement appreciated",
    about="Yang et al. 2019, https://github.com/google-research-datasets/paws/tree/master/pawsx",
    notes=f"Training data in other languages (pawsx@de) is machine-translated. {UNVERIFIED}",
)  # fmt: skip

PAWSX_EXAM = Exam(
    name="pawsx", of="pawsx", form=SENTENCES, languages=XTREME["pawsx"], pivot="en", parallel=True,
    test=_pawsx("test", dict.fromkeys(XTREME["pawsx"], 2_000)),
    licence=PAWSX.licence, about=PAWSX.about,
    notes="Ids, not line numbers, tell which rows translate each other: copies may lack rows without a translation. "
    f"{UNVERIFIED}",
)  # fmt: skip
