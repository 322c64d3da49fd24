"""Multiple choice: common sense, cause and effect, dialogue, science; with XCOPA and cross-lingual Winograd."""

from __future__ import annotations

from xstilts.forms import Choose
from xstilts.languages.benchmarks import XTREME_R, XWINOGRAD
from xstilts.sources import FirstOf, Mirror, Options
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Exam, Task

TWO, THREE, FOUR, FIVE = Choose(2), Choose(3), Choose(4), Choose(5)
COSMOS = Options("{context} {question}", ("answer0", "answer1", "answer2", "answer3"))
CAUSE = Options("{premise} What was the {question}?", ("choice1", "choice2"))
SOCIAL = Options("{context} {question}", ("answerA", "answerB", "answerC"), counts="1")
LETTERED = Options("question", ("choices.text",), "answerKey", "A")
SCIENCE = Options("question_stem", ("choices.text",), "answerKey", "A")
GAP = Options("sentence", ("option1", "option2"), "answer", "1")


def _split(form: Choose, columns: Options, name: str, repo: str, config: str, split: str, **more: object) -> FirstOf:
    return found(form, columns, Mirror(name, split), hub(repo, config, split), **more)  # type: ignore[arg-type]


def _hellaswag(split: str) -> FirstOf:
    place = hub("Rowan/hellaswag", "default", split)
    begun = Options("ctx_a", ("{ctx_b} {endings}",))
    return found(FOUR, Options("ctx", ("endings",)), Mirror("hellaswag", split), place, hub_columns=begun)


def _cosmosqa(split: str, rows: int) -> FirstOf:
    return _split(FOUR, COSMOS, "cosmos_qa", "allenai/cosmos_qa", "default", split, rows={"en": rows})


def _commonsenseqa(split: str) -> FirstOf:
    return _split(FIVE, LETTERED, "commonsense_qa", "tau/commonsense_qa", "default", split)


def _siqa(split: str) -> FirstOf:
    return _split(THREE, SOCIAL, "social_i_qa", "allenai/social_i_qa", "default", split)


def _copa(split: str) -> FirstOf:
    return _split(TWO, CAUSE, "copa", "aps/super_glue", "copa", split)


def _piqa(split: str) -> FirstOf:
    return _split(TWO, Options("goal", ("sol1", "sol2")), "piqa", "ybisk/piqa", "plain_text", split)


def _winogrande(split: str) -> FirstOf:
    return _split(TWO, GAP, "winogrande", "allenai/winogrande", "winogrande_xl", split)


def _openbookqa(split: str) -> FirstOf:
    return _split(FOUR, SCIENCE, "openbookqa", "allenai/openbookqa", "main", split)


HELLASWAG = Task(
    name="hellaswag", form=FOUR, lang="en", examples=39_905, train=_hellaswag("train"), dev=_hellaswag("validation"),
    licence="MIT", about="Zellers et al. 2019, https://rowanzellers.com/hellaswag/",
    notes="Prompt: ctx_a; each option: ctx_b and an ending, as jiant has it. A mirror that has only the whole ctx "
    f"gives that as the prompt and the endings as options. Official: 39,905 and 10,042. {UNVERIFIED}",
)  # fmt: skip

COSMOSQA = Task(
    name="cosmosqa", form=FOUR, lang="en", examples=25_262,
    train=_cosmosqa("train", 25_262), dev=_cosmosqa("validation", 2_985),
    licence="CC BY 4.0", about="Huang et al. 2019, https://wilburone.github.io/cosmos/",
    notes=f"Prompt: the context and the question. Official: 25,262 and 2,985. {UNVERIFIED}",
)  # fmt: skip

COMMONSENSEQA = Task(
    name="commonsenseqa", form=FIVE, lang="en", examples=9_741,
    train=_commonsenseqa("train"), dev=_commonsenseqa("validation"),
    licence="MIT", about="Talmor et al. 2019, https://www.tau-nlp.sites.tau.ac.il/commonsenseqa",
    notes=f"Prompt: the question alone. Official: 9,741 and 1,221. {UNVERIFIED}",
)  # fmt: skip

SIQA = Task(
    name="siqa", form=THREE, lang="en", train=_siqa("train"), dev=_siqa("validation"),
    licence="CC BY 4.0", about="Social IQa, Sap et al. 2019, https://allenai.org/data/socialiqa",
    notes="Prompt: the context and the question. In XTREME-R an encoder is trained on this before COPA. "
    f"{UNVERIFIED}",
)  # fmt: skip

COPA = Task(
    name="copa", form=TWO, lang="en", train=_copa("train"), dev=_copa("validation"),
    licence="BSD 2-clause", about="Roemmele et al. 2011, https://people.ict.usc.edu/~gordon/copa.html",
    notes=f'Prompt: the premise and "What was the cause?" or "What was the effect?", as XTREME-R has it. {UNVERIFIED}',
)  # fmt: skip

PIQA = Task(
    name="piqa", form=TWO, lang="en", train=_piqa("train"), dev=_piqa("validation"),
    licence="AFL-3.0", about="Bisk et al. 2020, https://yonatanbisk.com/piqa/",
    notes=f"Prompt: the goal. {UNVERIFIED}",
)  # fmt: skip

WINOGRANDE = Task(
    name="winogrande", form=TWO, lang="en", train=_winogrande("train"), dev=_winogrande("validation"),
    licence="CC BY 4.0", about="Sakaguchi et al. 2020, https://winogrande.allenai.org/",
    notes="Prompt: the sentence with its gap `_`; the options are what may stand there, not whole sentences. "
    f"Training: the size xl. {UNVERIFIED}",
)  # fmt: skip

OPENBOOKQA = Task(
    name="openbookqa", form=FOUR, lang="en", train=_openbookqa("train"), dev=_openbookqa("validation"),
    licence="Apache-2.0", about="Mihaylov et al. 2018, https://allenai.org/data/open-book-qa",
    notes=f"Prompt: the beginning of the sentence, without the book's facts. {UNVERIFIED}",
)  # fmt: skip

XCOPA = Exam(
    name="xcopa", of="copa", form=TWO, languages=XTREME_R["xcopa"], pivot="en", parallel=True,
    test=found(
        TWO, CAUSE, Mirror("xcopa", "test"), hub("cambridgeltl/xcopa", "{lang}", "test"),
        rows=dict.fromkeys(XTREME_R["xcopa"], 500),
    ),
    licence="CC BY 4.0", about="Ponti et al. 2020, https://github.com/cambridgeltl/xcopa",
    notes="XTREME-R trains on Social IQa, then on COPA: declare siqa as the intermediate. The prompt's question stays "
    f"English. {UNVERIFIED}",
)  # fmt: skip

XWINOGRAD_EXAM = Exam(
    name="xwinograd", of="winogrande", form=TWO, languages=XWINOGRAD, pivot="en",
    test=found(
        TWO, GAP, Mirror("xwinograd", "test"), hub("Muennighoff/xwinograd", "{lang}", "test", {"ja": "jp"})
    ),
    licence="Apache-2.0; the collections' own, by language",
    about="Tikhonov and Ryabinin 2021, https://github.com/yandex-research/crosslingual_winograd",
    notes=f"The pronoun stands as `_`, as in WinoGrande. {UNVERIFIED}",
)  # fmt: skip
