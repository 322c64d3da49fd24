"""Parts of speech, names, and the tags of words in syntax: UD, PAN-X, the Masakhane sets, CCG and its stand-in."""

from __future__ import annotations

from msgspec.structs import replace

from xstilts.forms import Tag
from xstilts.languages import language
from xstilts.languages.benchmarks import MASAKHANER, MASAKHAPOS, XTREME, XTREME_R
from xstilts.sources import FirstOf, Joined, Mirror, Table, Words
from xstilts.sources.ccgbank import CcgBank
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Exam, Task

UPOS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM",
    "VERB", "X",
)  # fmt: skip
NAMES = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
POS, NER = Tag(labels=UPOS), Tag(labels=NAMES)
LEARNT = Tag(labels=(), spans=False)
"""Its labels are those of its data: the catalogue collects them when the task is asked for by name."""
DATED = {"B-DATE": "O", "I-DATE": "O"}


def _udpos(split: str) -> FirstOf:
    names = {lang: language(lang).name for lang in XTREME_R["udpos"]}
    place = hub("google/xtreme", "udpos.{lang}", split, names)
    return found(POS, Words(tags="upos"), Mirror("udpos", split), place, hub_columns=Words(tags="pos_tags"))


def _panx(split: str, rows: dict[str, int] | None = None) -> FirstOf:
    place = hub("google/xtreme", "PAN-X.{lang}", split)
    columns = Words(tags="ner_tags", prefix="{lang}:")
    return found(NER, columns, Mirror("panx", split), place, rows=rows)


def _masakhapos(split: str) -> FirstOf:
    codes = {
        "bm": "bam", "ee": "ewe", "ha": "hau", "ig": "ibo", "rw": "kin", "lg": "lug", "ny": "nya", "sn": "sna",
        "sw": "swa", "tn": "tsn", "tw": "twi", "wo": "wol", "xh": "xho", "yo": "yor", "zu": "zul",
    }  # fmt: skip
    place = hub("masakhane/masakhapos", "{lang}", split, codes)
    return found(POS, Words(tags="upos"), Mirror("masakhapos", split), place)


def _masakhaner(split: str) -> FirstOf:
    codes = {
        "am": "amh", "ha": "hau", "ig": "ibo", "rw": "kin", "lg": "lug", "sw": "swa", "wo": "wol", "yo": "yor",
    }  # fmt: skip
    place = hub("masakhane/masakhaner", "{lang}", split, codes)
    numbered = Words(tags="ner_tags", numbers=(*NAMES, "B-DATE", "I-DATE"), spelt=DATED)
    columns = Words(tags="ner_tags", spelt=DATED)
    return found(NER, columns, Mirror("masakhaner", split), place, hub_columns=numbered)


def _deptag(split: str, part: str) -> Table:
    return Table(form=LEARNT, columns=Words(), place=Mirror("en_deptag", split, part))


def _ccg(first: int, last: int) -> Table:
    return Table(form=LEARNT, columns=Words(id="id"), place=CcgBank(first, last))


UD = "UD 2.5 (Zeman et al. 2019, http://hdl.handle.net/11234/1-3105) as XTREME uses it, https://universaldependencies.org/"
FUSED = (
    "F1 is that of runs of equal tags, as XTREME counts, not accuracy. XTREME keeps fused words (du, im) as one; the "
    "Hub's copy, and a mirror unless it says otherwise, has them split as UD does, so that scores in Arabic, German, "
    "Spanish, French, Hebrew, Italian, Portuguese and others are not those of XTREME's own files."
)

UDPOS = Task(
    name="udpos", form=POS, lang="en", examples=21_253, train=_udpos("train"), dev=_udpos("validation"),
    licence="of each treebank; English: CC BY-SA 4.0", about=UD,
    notes=f"{FUSED} XTREME's English: 21,253 and 3,974 sentences. {UNVERIFIED}",
)  # fmt: skip

UDPOS_EXAM = Exam(
    name="udpos", of="udpos", form=POS, languages=XTREME["udpos"], pivot="en", test=_udpos("test"),
    licence="of each treebank, some CC BY-NC-SA", about=UD, notes=f"{FUSED} {UNVERIFIED}",
)  # fmt: skip

UDPOS_XR = replace(
    UDPOS_EXAM, name="udpos-xr", languages=XTREME_R["udpos"],
    notes=f"XTREME-R's: the same and five more languages, those of UD 2.7. {FUSED} {UNVERIFIED}",
)  # fmt: skip

MASAKHAPOS_TASK = Task(
    name="masakhapos", form=POS, lang=MASAKHAPOS[0], languages=MASAKHAPOS,
    train=_masakhapos("train"), dev=_masakhapos("validation"),
    licence="CC BY-NC 4.0", about="Dione et al. 2023, https://github.com/masakhane-io/masakhane-pos",
    notes=f"All its languages at once, or some: masakhapos@yo, masakhapos@ha+sw. No English part. {UNVERIFIED}",
)  # fmt: skip

MASAKHAPOS_EXAM = Exam(
    name="masakhapos", of="udpos", form=POS, languages=MASAKHAPOS, pivot="en", test=_masakhapos("test"),
    akin={"masakhapos": "training data in its languages: no zero-shot transfer"},
    licence=MASAKHAPOS_TASK.licence, about=MASAKHAPOS_TASK.about,
    notes=f"After training on English (udpos). No English part. {UNVERIFIED}",
)  # fmt: skip

PANX = Task(
    name="panx", form=NER, lang="en", examples=20_000,
    train=_panx("train", {"en": 20_000}), dev=_panx("validation", {"en": 10_000}),
    licence="ODC-BY; Wikipedia's text CC BY-SA",
    about="WikiANN, Pan et al. 2017, in the split of Rahimi et al. 2019, https://github.com/afshinrahimi/mmner",
    notes=f"The prefix of the words (en:) is taken off. {UNVERIFIED}",
)  # fmt: skip

PANX_EXAM = Exam(
    name="panx", of="panx", form=NER, languages=XTREME["panx"], pivot="en", test=_panx("test"),
    licence=PANX.licence, about=PANX.about,
    notes="The prefix of the words is taken off. A mirror may hold the official development part instead: its manifest "
    f"says so. {UNVERIFIED}",
)  # fmt: skip

PANX_XR = replace(
    PANX_EXAM, name="panx-xr", languages=XTREME_R["panx"], notes=f"XTREME-R's: with eight more languages. {UNVERIFIED}"
)

MASAKHANER_TASK = Task(
    name="masakhaner", form=NER, lang=MASAKHANER[0], languages=MASAKHANER,
    train=_masakhaner("train"), dev=_masakhaner("validation"),
    licence="CC BY-NC 4.0", about="Adelani et al. 2021, https://github.com/masakhane-io/masakhane-ner",
    notes="MasakhaNER 1.0, all its languages at once, or some: masakhaner@yo, masakhaner@ha+sw. Dates, which PAN-X "
    f"does not have, count as no name. No English part. {UNVERIFIED}",
)  # fmt: skip

MASAKHANER_EXAM = Exam(
    name="masakhaner", of="panx", form=NER, languages=MASAKHANER, pivot="en", test=_masakhaner("test"),
    akin={"masakhaner": "training data in its languages: no zero-shot transfer"},
    licence=MASAKHANER_TASK.licence, about=MASAKHANER_TASK.about,
    notes="MasakhaNER 1.0, after training on English (panx). Dates, which PAN-X does not have, count as no name. No "
    f"English part. {UNVERIFIED}",
)  # fmt: skip

CCG = Task(
    name="ccg", form=LEARNT, lang="en", examples=38_015, train=_ccg(2, 21), dev=_ccg(0, 0),
    licence="LDC (LDC2005T13): to be bought, not to be passed on",
    about="CCGbank, Hockenmaier and Steedman 2007, https://catalog.ldc.upenn.edu/LDC2005T13",
    notes="Supertags, on the first piece of each word; the labels are all categories of sections 02-21 and 00. "
    "XSTILTS_CCGBANK names the folder. Without CCGbank, deptag is a free stand-in, which is something else.",
)  # fmt: skip

DEPTAG = Task(
    name="deptag", form=LEARNT, lang="en",
    train=Joined({part: _deptag("train", part) for part in ("atis", "lines", "partut")}),
    dev=_deptag("validation", "lines"),
    licence="CC BY-SA 4.0 and CC BY-NC-SA 4.0, by treebank",
    about="A stand-in for CCG supertagging, not CCG: tags made of UD trees, https://universaldependencies.org/",
    notes="A tag says part of speech, relation, side of the head and kinds of arguments; the labels are all tags of "
    "the data. From a mirror only. No score on it says anything about CCGbank.",
)  # fmt: skip
