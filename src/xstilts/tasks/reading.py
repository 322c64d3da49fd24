"""Reading comprehension with answers in the text: SQuAD with XQuAD and MLQA, and TyDi QA."""

from __future__ import annotations

from msgspec.structs import replace

from xstilts.forms import Span
from xstilts.languages import language
from xstilts.languages.benchmarks import XTREME, XTREME_R
from xstilts.sources import FirstOf, Mirror, Questions, Table, Where
from xstilts.sources.parts import HeldOut
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Exam, Task

SPAN = Span()
OPEN = Span(unanswerable=True)
MLQA_SPAN = Span(normal="mlqa")
TITLED = Questions(title="title")
SQUAD_LICENCE = "CC BY-SA 4.0"
ENGLISH = 3_696
"""Questions in the English part of TyDi QA's GoldP training file. A set of another size is another set: with all nine
languages in it, no exam in eight of them would be zero-shot."""


def _squad(split: str, rows: dict[str, int] | None = None) -> FirstOf:
    return found(SPAN, TITLED, Mirror("squad", split), hub("rajpurkar/squad", "plain_text", split), rows=rows)


def _squad2(split: str) -> FirstOf:
    return found(OPEN, TITLED, Mirror("squad_v2", split), hub("rajpurkar/squad_v2", "squad_v2", split))


def _xquad(languages: tuple[str, ...]) -> FirstOf:
    return found(
        SPAN, TITLED, Mirror("xquad", "test"), hub("google/xquad", "xquad.{lang}", "validation"),
        rows=dict.fromkeys(languages, 1_190),
    )  # fmt: skip


def _mlqa(asked: str = "") -> FirstOf:
    """Contexts in the exam's language; questions in the same, or in the one given."""
    files = {lang: f"{lang}-{asked}" for lang in XTREME["mlqa"]} if asked else {}
    pair = f"mlqa.{{lang}}.{asked or '{lang}'}"
    return found(MLQA_SPAN, TITLED, Mirror("mlqa", "test", codes=files), hub("facebook/mlqa", pair, "test"))


def _tydiqa(split: str, columns: Questions, rows: dict[str, int] | None = None) -> FirstOf:
    """The Hub has all languages in one file: an id begins with the name of its language."""
    mirror, whole = Mirror("tydiqa", split), hub("google-research-datasets/tydiqa", "secondary_task", HUB_SPLIT[split])
    of_lang = Where("id", starts="{lang}-", codes={lang: language(lang).name.lower() for lang in XTREME["tydiqa"]})
    return FirstOf(
        (
            Table(form=SPAN, columns=columns, place=mirror, rows=rows or {}),
            Table(form=SPAN, columns=columns, place=whole, rows=rows or {}, where=of_lang),
        )
    )


HUB_SPLIT = {"train": "train", "test": "validation"}
_GOLDP = _tydiqa("train", Questions(title="title", id=""), {"en": ENGLISH})

SQUAD1 = Task(
    name="squad1", form=SPAN, lang="en", examples=87_599,
    train=_squad("train", {"en": 87_599}), dev=_squad("validation"),
    licence=SQUAD_LICENCE, about="Rajpurkar et al. 2016, https://rajpurkar.github.io/SQuAD-explorer/",
    notes=f"SQuAD 1.1. XQuAD's paragraphs are of its development part. Official: 87,599 and 10,570. {UNVERIFIED}",
)  # fmt: skip

SQUAD2 = Task(
    name="squad2", form=OPEN, lang="en", examples=130_319,
    akin={"squad1": "the same passages and most of the questions"}, train=_squad2("train"), dev=_squad2("validation"),
    licence=SQUAD_LICENCE, about="Rajpurkar et al. 2018, https://rajpurkar.github.io/SQuAD-explorer/",
    notes=f"SQuAD 2.0, with questions that have no answer. Official: 130,319 and 11,873. {UNVERIFIED}",
)  # fmt: skip

TYDIQA = Task(
    name="tydiqa", form=SPAN, lang="en", examples=round(ENGLISH * 0.9),
    train=HeldOut(_GOLDP, "train"), dev=HeldOut(_GOLDP, "dev"),
    licence="Apache-2.0", about="Clark et al. 2020, GoldP 1.1, https://github.com/google-research-datasets/tydiqa",
    notes="The English part only, exactly 3,696 questions. What is published as development data is the exam, so a "
    "tenth of the documents is held out for development, by the checksum of their titles, or of the contexts where "
    f"there are no titles. {UNVERIFIED}",
)  # fmt: skip

XQUAD = Exam(
    name="xquad", of="squad1", form=SPAN, languages=XTREME["xquad"], pivot="en", parallel=True,
    akin=dict.fromkeys(("squad1", "squad2"), "its passages are of SQuAD's development part"),
    test=_xquad(XTREME["xquad"]),
    licence=SQUAD_LICENCE, about="Artetxe et al. 2020, https://github.com/google-deepmind/xquad",
    notes=f"1,190 questions in every language. XTREME's score is the mean of F1 and exact match. {UNVERIFIED}",
)  # fmt: skip

XQUAD_XR = replace(
    XQUAD, name="xquad-xr", languages=XTREME_R["xquad"], test=_xquad(XTREME_R["xquad"]),
    notes=f"XTREME-R's: with Romanian. (XQuAD-R is another thing, LAReQA's retrieval set.) {UNVERIFIED}",
)  # fmt: skip

MLQA = Exam(
    name="mlqa", of="squad1", form=MLQA_SPAN, languages=XTREME["mlqa"], pivot="en", test=_mlqa(), examples=42_245,
    licence="CC BY-SA 3.0", about="Lewis et al. 2020, https://github.com/facebookresearch/MLQA",
    notes="Question and context in the same language. A mirror may hold the official development files instead: its "
    f"manifest says so. {UNVERIFIED}",
)  # fmt: skip

ACROSS = tuple(
    replace(
        MLQA, name=f"mlqa-asked-{asked}", test=_mlqa(asked), examples=None,
        languages=tuple(lang for lang in XTREME["mlqa"] if lang != asked),
        notes=f"The cross-language pairs: questions in {language(asked).name}, contexts in the exam's languages. "
        f"{UNVERIFIED}",
    )
    for asked in XTREME["mlqa"]
)  # fmt: skip
"""One exam for each language of the questions: together MLQA's 42 pairs."""

TYDIQA_EXAM = Exam(
    name="tydiqa", of="tydiqa", form=SPAN, languages=XTREME["tydiqa"], pivot="en", examples=5_077,
    test=_tydiqa("test", Questions(title="title")),
    licence=TYDIQA.licence, about=TYDIQA.about,
    notes="The published development part. XTREME averages all nine languages, TyDi QA's own protocol leaves English "
    f"out. Copies made for XTREME have their answers taken out: they cannot be scored. {UNVERIFIED}",
)  # fmt: skip
