"""Finding translations: BUCC, Tatoeba, and a mining set like BUCC made of NTREX-128. Nothing is trained on them."""

from __future__ import annotations

from msgspec.structs import replace

from xstilts.forms import Retrieve
from xstilts.languages.benchmarks import NTREX, XTREME, XTREME_R
from xstilts.sources import FirstOf, Joined, Mined, Mirror, Parallel, Table
from xstilts.tasks.places import UNVERIFIED, found, hub
from xstilts.tasks.task import Exam

SEARCH, MINE = Retrieve("search"), Retrieve("mine")
ISO3 = {
    "af": "afr", "ar": "ara", "az": "aze", "bg": "bul", "bn": "ben", "de": "deu", "el": "ell", "es": "spa",
    "et": "est", "eu": "eus", "fa": "pes", "fi": "fin", "fr": "fra", "he": "heb", "hi": "hin", "hu": "hun",
    "id": "ind", "it": "ita", "ja": "jpn", "jv": "jav", "ka": "kat", "kk": "kaz", "ko": "kor", "lt": "lit",
    "ml": "mal", "mr": "mar", "nl": "nld", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sw": "swh",
    "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl", "tr": "tur", "uk": "ukr", "ur": "urd", "vi": "vie",
    "zh": "cmn",
}  # fmt: skip
"""How Tatoeba's files are named, as in XTREME's preprocessing."""


def _tatoeba() -> FirstOf:
    columns = Parallel(query="target_sentence", index="source_sentence")
    place = hub("google/xtreme", "tatoeba.{lang}", "validation", ISO3)
    return found(SEARCH, columns, Mirror("tatoeba", "test"), place)


TATOEBA = Exam(
    name="tatoeba", of=None, form=SEARCH, languages=XTREME["tatoeba"], pivot="en", test=_tatoeba(), examples=72_000,
    licence="CC BY 2.0 FR",
    about="Artetxe and Schwenk 2019, https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
    notes="For every English sentence the nearest of the other language. XTREME hides the order by sorting the English "
    f"side; scores are the same, and an exported submission is in that order. {UNVERIFIED}",
)  # fmt: skip

TATOEBA_XR = replace(
    TATOEBA, name="tatoeba-xr", languages=XTREME_R["tatoeba"], examples=None,
    notes="XTREME-R's: with five more languages, which the Hub's copy lacks. XTREME-R sits it after training on SQuAD; "
    f"here it is sat as the encoder is. {UNVERIFIED}",
)  # fmt: skip

BUCC = Exam(
    name="bucc2018", of=None, form=MINE, languages=XTREME["bucc2018"], pivot="en", examples=2_657_641,
    test=Joined(
        {
            "dev": Table(form=MINE, columns=Mined(part="dev"), place=Mirror("bucc2018", "validation")),
            "test": Table(form=MINE, columns=Mined(part="test"), place=Mirror("bucc2018", "test")),
        }
    ),
    licence="text of Wikipedia and News Commentary, for research",
    about="Zweigenbaum et al. 2018, https://comparable.limsi.fr/bucc2018/bucc2018-task.html",
    notes="validation: the official sample, on which the threshold is chosen; test: the official training files, as in "
    "XTREME. Texts that occur twice make no pair. From a mirror only: what the Hub has of it in google/xtreme are the "
    "gold pairs alone, in which there is nothing to mine; mteb/bucc-bitext-mining has the sentences, at revision "
    "d5151968 only, in another layout, and is not read.",
    place_where="Get the shared task's archives (https://comparable.limsi.fr/bucc2018) and put into the folder "
    "bucc2018 of the mirror, for de, fr, ru and zh, gzipped JSON lines: of its training part "
    "{lang}.test.source.jsonl.gz and, for the English side, {lang}.test.target.jsonl.gz (id, text), and "
    "{lang}.test.gold.jsonl.gz (source_id, target_id); of its sample the same three as "
    "{lang}.validation.source.jsonl.gz and so on.",
)  # fmt: skip

NTREX_MINING = Exam(
    name="ntrex-mining", of=None, form=MINE, languages=NTREX, pivot="en",
    test=Table(form=MINE, columns=Mined(dev=0.3), place=Mirror("ntrex_mining", "test")),
    licence="CC BY-SA 4.0",
    about="Sentences of NTREX-128, Federmann et al. 2022, https://github.com/MicrosoftTranslator/NTREX",
    notes="Like BUCC, but not BUCC: a part of the sentences stands on one side only. Three in ten of the lines, always "
    "the same, serve to choose the threshold. From a mirror only.",
)  # fmt: skip
