"""Natural language inference: MNLI with its exams XNLI and AmericasNLI, SNLI, ANLI, and all three as ANLI+."""

from __future__ import annotations

from xstilts.forms import Classify
from xstilts.languages.benchmarks import AMERICASNLI, XTREME
from xstilts.sources import FirstOf, Joined, Mirror, Texts
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Exam, Task

NLI = Classify(labels=("entailment", "neutral", "contradiction"))
ROUNDS = ("r1", "r2", "r3")


def _snli(split: str) -> FirstOf:
    places = Mirror("snli", split), hub("stanfordnlp/snli", "plain_text", split)
    return found(NLI, Texts(), *places, drop=("label",))


def _mnli(split: str, matched: str, rows: dict[str, int] | None = None) -> FirstOf:
    # The last place has no English part of its own: it serves translations, `mnli@de`.
    places = Mirror("mnli", split), hub("nyu-mll/glue", "mnli", matched), hub("facebook/xnli", "{lang}", split)
    return found(NLI, Texts(), *places, rows=rows)


def _anli(split: str) -> Joined:
    names = [f"{split}_{part}" for part in ROUNDS]
    places = {name: (Mirror("anli", name), hub("facebook/anli", "plain_text", name)) for name in names}
    return Joined({name.partition("_")[2]: found(NLI, Texts(), *two) for name, two in places.items()})


SNLI = Task(
    name="snli", form=NLI, lang="en", examples=549_367, train=_snli("train"), dev=_snli("validation"),
    licence="CC BY-SA 4.0", about="Bowman et al. 2015, https://nlp.stanford.edu/projects/snli/",
    notes=f"Pairs without a gold label (-1) are left out and counted. Official: 549,367 and 9,842. {UNVERIFIED}",
)  # fmt: skip

MNLI = Task(
    name="mnli", form=NLI, lang="en", examples=392_702,
    train=_mnli("train", "train", {"en": 392_702}), dev=_mnli("validation", "validation_matched"),
    licence="OANC, CC BY-SA 3.0 and others, by genre",
    about="Williams et al. 2018, https://cims.nyu.edu/~sbowman/multinli/",
    notes="Development: the matched genres. In other languages (mnli@de) the machine translations that come with XNLI, "
    f"or the mirror's. {UNVERIFIED}",
)  # fmt: skip

ANLI = Task(
    name="anli", form=NLI, lang="en", examples=162_865, train=_anli("train"), dev=_anli("dev"),
    licence="CC BY-NC 4.0", about="Nie et al. 2020, https://github.com/facebookresearch/anli",
    notes=f"Rounds 1 to 3, one after the other, none weighted. Official: 162,865 and 3,200. {UNVERIFIED}",
)  # fmt: skip

ANLI_PLUS = Task(
    name="anli-plus", form=NLI, lang="en", examples=1_104_934,
    akin={"mnli": "it contains mnli's training data"},
    train=Joined({"snli": SNLI.train, "mnli": MNLI.train, "anli": ANLI.train}),
    dev=Joined({"snli": SNLI.dev, "mnli": MNLI.dev, "anli": ANLI.dev}),
    licence="CC BY-SA 4.0; OANC and others, by genre; CC BY-NC 4.0",
    about="SNLI, MNLI and ANLI together, as in Phang et al. 2020, https://arxiv.org/abs/2005.13013",
    notes="Concatenated, none weighted and without FEVER; Nie et al. weight the rounds and add FEVER. Official: "
    f"1,104,934 and 22,857. {UNVERIFIED}",
)  # fmt: skip

XNLI = Exam(
    name="xnli", of="mnli", form=NLI, languages=XTREME["xnli"], pivot="en", parallel=True,
    test=found(
        NLI, Texts(), Mirror("xnli", "test"), hub("facebook/xnli", "{lang}", "test"),
        rows=dict.fromkeys(XTREME["xnli"], 5_010),
    ),
    licence="CC BY-NC 4.0", about="Conneau et al. 2018, https://github.com/facebookresearch/XNLI",
    notes=f"5,010 pairs in every language, the same ones in the same order. {UNVERIFIED}",
)  # fmt: skip

AMERICAS = Exam(
    name="americasnli", of="mnli", form=NLI, languages=AMERICASNLI, pivot="en",
    test=found(
        NLI, Texts(), Mirror("americasnli", "test", codes={"ay": "aym", "qu": "quy"}),
        hub("nala-cub/americas_nli", "{lang}", "test", {"ay": "aym", "qu": "quy"}),
    ),
    licence="none given; built on XNLI, CC BY-NC 4.0",
    about="Ebrahimi et al. 2022, https://github.com/nala-cub/AmericasNLI",
    notes="Pairs of XNLI in languages of the Americas; not all have all pairs. It has development and test rows alone: "
    f"there is nothing to train on. No English part. {UNVERIFIED}",
)  # fmt: skip
