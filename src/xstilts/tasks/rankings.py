"""Ranking candidates of many languages with a dual encoder: LAReQA and Mewsli-X, with what XTREME-R trains them on."""

from __future__ import annotations

from msgspec.structs import replace

from xstilts.forms import Match, Retrieve
from xstilts.languages.benchmarks import XTREME_R
from xstilts.sources import Answering, Asked, FirstOf, Linked, Mirror, Odd, Table
from xstilts.sources.mentions import linked_pair
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Exam, Task

ASKING = Match(longest_query=96)
LINKING = Match()
ANSWERS = Retrieve("rank", longest_query=96)
ENTITIES = Retrieve("rank")


def _answers(split: str, rows: dict[str, int] | None = None) -> FirstOf:
    return found(ASKING, Answering(), Mirror("squad", split), hub("rajpurkar/squad", "plain_text", split), rows=rows)


def _pool(languages: tuple[str, ...]) -> Table:
    return Table(form=ANSWERS, columns=Asked(pool=languages, second="context"), place=Mirror("lareqa", "test"))


def _entities(split: str) -> Table:
    return Table(form=LINKING, columns=Odd(linked_pair), place=Mirror("mewslix", split))


LAREQA = Task(
    name="lareqa", form=ASKING, lang="en", train=_answers("train", {"en": 87_599}), dev=_answers("validation"),
    licence="CC BY-SA 4.0", about="Roy et al. 2020, https://github.com/google-research-datasets/lareqa",
    notes="SQuAD 1.1: a question belongs to the sentence in which its answer begins, read together with its paragraph. "
    "Sentences are cut by a few rules of our own; XTREME-R's cutter is another. XTREME-R's settings: rate 2e-5, batch "
    "16, 3 epochs, max_length 256, questions of 96 tokens. XQuAD-R's paragraphs are of SQuAD's development part. "
    f"{UNVERIFIED}",
)  # fmt: skip

LAREQA_EXAM = Exam(
    name="lareqa", of="lareqa", form=ANSWERS, languages=XTREME_R["lareqa"], pivot="en", parallel=True,
    test=_pool(XTREME_R["lareqa"]), licence=LAREQA.licence, about=LAREQA.about,
    notes="XQuAD-R: one pool of all languages' sentences, in which every language's answer is right; the score is "
    "MAP@20. The pool must be whole: with a language less it is easier. From a mirror only: what the Hub has of "
    "XQuAD-R is not cut into sentences.",
    place_where="Cut XQuAD-R (google-research-datasets/lareqa on GitHub) into sentences with its own program, and put "
    "into the folder lareqa of the mirror, gzipped JSON lines of each language: {lang}.test.questions.jsonl.gz (id, "
    "question, answer_candidate_id) and {lang}.test.candidates.jsonl.gz (candidate_id, sentence, context).",
)  # fmt: skip

LAREQA_ALONE = replace(
    LAREQA_EXAM, name="lareqa-alone", test=_pool(()),
    notes="LAReQA's questions, each with the sentences of its own language alone. No exam of XTREME-R. From a mirror "
    "only, which needs no other language for it.",
)  # fmt: skip

MEWSLIX = Task(
    name="mewslix", form=LINKING, lang="en", train=_entities("train"), dev=_entities("validation"),
    licence="CC BY-SA 3.0 (Wikipedia), CC BY 2.5 (WikiNews)",
    about="Ruder et al. 2021; https://github.com/google-research/google-research/tree/master/"
    "dense_representations_for_entity_retrieval",
    notes="English Wikipedia: a mention in its sentence, between { and } and put before it, belongs to the description "
    "of its entity. XTREME-R's settings: rate 1e-5, batch 32, 2 epochs, max_length 64. From a mirror only: the Hub "
    "has no copy of it.",
    place_where="Build it with Mewsli-X's own program and put into the folder mewslix of the mirror, gzipped: "
    "wikipedia_pairs-train.jsonl as en.train.jsonl.gz, wikipedia_pairs-dev.jsonl as en.validation.jsonl.gz.",
)  # fmt: skip

MEWSLIX_EXAM = Exam(
    name="mewslix", of="mewslix", form=ENTITIES, languages=XTREME_R["mewslix"], pivot="en",
    test=Table(form=ENTITIES, columns=Linked(), place=Mirror("mewslix", "test")),
    licence=MEWSLIX.licence, about=MEWSLIX.about,
    notes="WikiNews: one entity is right for a mention, so that MAP@20 is MRR@20. The pool, in any language, is the "
    "same for all. From a mirror only: the Hub has no copy of it.",
    place_where="Build it with Mewsli-X's own program and put into the folder mewslix of the mirror, gzipped: the "
    "mentions of each language as {lang}.test.mentions.jsonl.gz, the candidate set as all.test.candidates.jsonl.gz.",
)  # fmt: skip
