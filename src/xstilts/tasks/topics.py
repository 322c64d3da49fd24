"""Topics of sentences in 205 languages and scripts: SIB-200."""

from __future__ import annotations

from xstilts.forms import Classify
from xstilts.languages.benchmarks import SIB200
from xstilts.sources import FirstOf, Mirror, Texts, source
from xstilts.sources.table import Table
from xstilts.tasks.task import Exam, Task

TOPICS = Classify(
    labels=("entertainment", "geography", "health", "politics", "science/technology", "sports", "travel"),
    fields=("text",),
)


def _sib200(split: str) -> Table | FirstOf:
    return source(TOPICS, Texts(label="category", id="index_id"), Mirror("sib200", split))


SIB = Task(
    name="sib200", form=TOPICS, lang="en", train=_sib200("train"), dev=_sib200("validation"),
    licence="Apache-2.0; the sentences, of FLORES-200, CC BY-SA 4.0",
    about="Adelani et al. 2024, https://github.com/dadelani/sib-200",
    notes="From a mirror only: the Hub names its 205 languages by codes that are not ours.",
)  # fmt: skip

SIB_EXAM = Exam(
    name="sib200", of="sib200", form=TOPICS, languages=SIB200, pivot="en", parallel=True, test=_sib200("test"),
    licence=SIB.licence, about=SIB.about,
    notes=f"204 sentences in every language. {SIB.notes}",
)  # fmt: skip
