"""Cases drawn at random, of every task, with what scorers trip over in them: the same in every run.

What the official programs say of them is kept in `official.json`; `bench/official.py` asks them anew.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from xstilts.languages import benchmarks

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case that is not on disk yet."""

    name: str
    """`task.language.kind.number`"""
    task: str
    language: str
    files: dict[str, Any]
    """`gold`, `predictions`, … as rows; vectors as arrays; `documents` as one value."""
    params: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Its files in a folder, with an expected.json that expects nothing."""
        folder.mkdir(parents=True)
        for name, value in self.files.items():
            if isinstance(value, np.ndarray):
                np.save(folder / f"{name.removesuffix('.npy')}.npy", value)
            elif isinstance(value, list):
                (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in value), "ascii")
            else:
                (folder / f"{name}.json").write_text(json.dumps(value), "ascii")
        told = {"task": self.task, "language": self.language, "params": self.params}
        (folder / "expected.json").write_text(json.dumps(told))
        return folder

    @property
    def sum(self) -> str:
        """Of everything in it: kept beside the official answer, so that another draw is not taken for a wrong score."""
        found = hashlib.sha256(json.dumps([self.name, self.params]).encode())
        for name, value in self.files.items():
            found.update(name.encode())
            found.update(value.tobytes() if isinstance(value, np.ndarray) else json.dumps(value).encode())
        return found.hexdigest()[:16]


# ── text ──


def words(text: str) -> tuple[str, ...]:
    """What stands between spaces."""
    return tuple(text.split())


WORDS = {
    "en": "House mill river blue 1984 anthem theatre The-end Ann a1 them",
    "de": "Straße Größe Fluß Mühle Dem Einer desto Eine-Welt 3,5 Übung",
    "es": "niño montaña canción La-Paz unánime él elogio 1.000 Año lasaña",
    "vi": "vườn mây đảo thầy hè củađảo là-là cái những_ga Vua",
    "ar": "موسيقى الحديقة جزيرة ال المال كتابـ ١٩٨٤ والبيت",
    "hi": "गाँव बगीचा राज्य। क़लम १२३ चिकित्सक",
    "zh": "上海 2020年 铁路 豈老师 〇 abc，def 龥龦 𠀀㐀 亿3.5",
    "th": "บ้าน แม่น้ำ โรงเรียน๑๒ ฯลฯ กรุงเทพฯ",
    "ru": "Река мельница Ёж ёж 5-й ДОМ дома",
    "ko": "여름 숲 마을 선생님 역은",
    "el": "ΟΔΟΣ οδός Σίσυφος ΣΑΣ νερό",
    "tr": "İstanbul ılık Iğdır köprü i̇nce",
}
ODD = (
    "the", "A", "an", "THE", "el", "Las", "unos", "der", "EINES", "của", "chiếc", "ال", "لا", "«", "»", "。", "、", "·",
    "’", "'", "-", "–", "—", "$", "^", "`", "+", "=", "|", "~", "€", "°", "٪", "؟", "।", "॥", "…", "¿", "(", "]", "_",
    "\u00a0", "\u200b", "\u200d", "\u2028", "\x85", "\x1c", "\t", "\n", "\u3000", "ﬁ", "ß", "İ", "Σ", "ŉ", "３", "Ａ",
    "e\u0301", "é", "क\u093c", "क़", "", " ",
)  # fmt: skip
JOINS = (" ", " ", " ", " ", "  ", "\u00a0", "-", "", "\t", ", ")


def phrase(draw: Random, lang: str, most: int = 5) -> str:
    """Some words, with odd signs among them."""
    known = words(WORDS.get(lang, WORDS["en"]))
    found = ""
    for _ in range(draw.randint(1, most)):
        found += (draw.choice(JOINS) if found else "") + draw.choice(known if draw.random() < 0.75 else ODD)
    return found


def altered(draw: Random, text: str, lang: str) -> str:
    """What a system might answer instead."""
    split = text.split(" ")
    ways: tuple[Callable[[], str], ...] = (
        lambda: text,
        lambda: text,
        lambda: text.upper(),
        lambda: text.lower(),
        lambda: text + draw.choice(ODD),
        lambda: draw.choice(ODD) + " " + text,
        lambda: " ".join(draw.sample(split, len(split))),
        lambda: " ".join(split[1:]),
        lambda: " ".join(split + split[:1]),
        lambda: unicodedata.normalize(draw.choice(("NFC", "NFD", "NFKC", "NFKD")), text),
        lambda: text.replace(" ", draw.choice(JOINS)),
        lambda: phrase(draw, lang),
        lambda: "",
    )
    return draw.choice(ways)()


# ── one language of one task ──


def _broken(draw: Random, gold: Rows, said: Rows, how: str) -> None:
    """Rows that do not go together, in one of the ways that official programs refuse."""
    if how == "too_many":
        said.append({**said[-1], "id": "more"})
    elif how == "too_few":
        said.pop(draw.randrange(len(said)))
    elif how == "none_said":
        said.clear()
    elif how == "nothing":
        said.clear()
        gold.clear()
    else:
        raise ValueError(how)


def _labels(draw: Random, kind: str, classes: tuple[Any, ...]) -> tuple[Rows, Rows]:
    gold = [{"id": str(i), "label": draw.choice(classes)} for i in range(draw.randint(1, 60))]
    said = [{"id": one["id"], "label": one["label"] if draw.random() < 0.6 else draw.choice(classes)} for one in gold]
    if kind == "white_space":
        for one in said:
            label = draw.choice((one["label"], one["label"].upper(), one["label"] + ".", one["label"] + ".0"))
            around = (draw.choice(("", " ", "\t", "\u00a0", "\u2003", "\x1f", "\u200b")) for _ in range(2))
            one["label"] = label.join(around)
    elif kind != "random":
        _broken(draw, gold, said, kind)
    return gold, said


UPOS = words("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X")
BIO = (*(f"{role}-{what}" for what in ("PER", "ORG", "LOC") for role in "BI"), "O", "O")
STRANGE = words(
    "O I-O O-PER B-PER-X I-PER-X PER PER-B .-PER . E-PER S-PER E S B I I- B- -PER b-per o _ L-LOC U-LOC 1-LOC SPORT "
    "EVENT ORG OTHER X INST B-МЕСТО I-МЕСТО S-МЕСТО M-LOC --- - I-I"
)
TAGS = {"udpos": UPOS, "sticky": UPOS, "s_and_c": ("SYM", "SCONJ", "CCONJ", "ADJ", "X", "_", "O"), "panx": BIO,
        "strange": STRANGE, "broken_bio": (*BIO, "B-PER", "I-LOC"), "empty": BIO + UPOS,
        "prefixless": ("PER", "SPORT", "ORG", "O", "BOOK", "EVENT")}  # fmt: skip


def _tags(draw: Random, kind: str, plain: str) -> tuple[Rows, Rows]:
    names = TAGS.get(kind, TAGS[plain])
    sticky = 0.6 if kind == "sticky" else 0.2
    gold: Rows = []
    said: Rows = []
    for place in range(draw.randint(1, 25)):
        tags: list[str] = []
        for _ in range(draw.randint(0 if kind == "empty" else 1, 9)):
            tags.append(tags[-1] if tags and draw.random() < sticky else draw.choice(names))
        gold.append({"id": str(place), "tags": tags})
        said.append({"id": str(place), "tags": [one if draw.random() < 0.8 else draw.choice(names) for one in tags]})
    if kind == "all_outside":
        for one in (*gold, *said):
            one["tags"] = ["O"] * len(one["tags"])
    if kind in ("too_many", "too_few", "none_said"):
        _broken(draw, gold, said, kind)
    return gold, said


def _answers(draw: Random, kind: str, lang: str) -> tuple[Rows, Rows]:
    gold: Rows = []
    said: Rows = []
    for place in range(draw.randint(1, 12)):
        some = [phrase(draw, lang) for _ in range(draw.randint(1, 3))]
        if kind == "signs":
            some = ["".join(draw.choices(ODD, k=draw.randint(1, 3))) for _ in some]
        gold.append({"id": f"q{place}", "answers": some})
        said.append({"id": f"q{place}", "prediction_text": altered(draw, draw.choice(some), lang)})
    if kind == "missing":
        said = [one for one in said if draw.random() < 0.6]
        said += [{"id": f"z{place}", "prediction_text": "x"} for place in range(draw.randint(0, 3))]
        draw.shuffle(said)
    elif kind == "no_answers":
        gold[draw.randrange(len(gold))]["answers"] = []
    elif kind in ("nothing", "none_said"):
        _broken(draw, gold, said, kind)
    return gold, said


def _squad2(draw: Random, kind: str) -> tuple[Rows, Rows, dict[str, Any]]:
    gold, said = _answers(draw, "signs" if kind == "signs" else "random", "en")
    for one in gold:
        if draw.random() < 0.4 or kind == "none_answerable":
            one["answers"] = []
    if kind == "all_answerable":
        for one in gold:
            one["answers"] = one["answers"] or ["mill"]
    chances = (0.0, 0.25, 0.5, 0.75, 1.0) if kind == "ties" else ()
    for one in said:
        if draw.random() < 0.3:
            one["prediction_text"] = ""
        one["no_answer_probability"] = draw.choice(chances) if chances else draw.random()
    draw.shuffle(said)
    params: dict[str, Any] = {"use_na_probs": True, "na_prob_thresh": draw.choice((0.5, 0.25, 0.0, 1.0, 0.6))}
    if kind == "unasked":
        params = {}
        for one in said:
            del one["no_answer_probability"]
    elif kind == "not_used":
        params = {"use_na_probs": False}
    elif kind == "strangers":
        said.insert(0, {"id": "z", "prediction_text": "mill", "no_answer_probability": 0.0})
    elif kind == "missing":
        said.pop(draw.randrange(len(said)))
    elif kind == "no_probability":
        del said[draw.randrange(len(said))]["no_answer_probability"]
    return gold, said, params


def _pairs(draw: Random, kind: str) -> tuple[Rows, Rows]:
    gold = [{"src_id": f"de-{i:03}", "trg_id": f"en-{draw.randrange(50):03}"} for i in range(draw.randint(1, 30))]
    said = [one for one in gold if draw.random() < 0.6]
    said += [{"src_id": f"de-{draw.randrange(40):03}", "trg_id": f"en-{draw.randrange(50):03}"} for _ in range(8)]
    if kind == "twice":
        said += draw.choices(said, k=5)
        gold += draw.choices(gold, k=3)
    elif kind == "none_right":
        said = [{"src_id": "x", "trg_id": "y"}]
    elif kind == "none_said":
        said = []
    return gold, said


def _rankings(draw: Random, kind: str, task: str) -> tuple[Rows, Rows]:
    gold: Rows = []
    said: Rows = []
    for place in range(draw.randint(1, 20)):
        many = draw.randint(1, 25) if kind == "many" else draw.randint(1, 4)
        right = draw.sample([f"Q{i}" for i in range(60)], many)
        ranking = [f"Q{draw.randrange(60)}" for _ in range(draw.randint(0, 30))]
        if kind == "cut":
            ranking = [*(f"Z{i}" for i in range(draw.randint(17, 22))), *right]
        gold.append({"id": f"m{place}", "entities" if task == "mewslix" else "targets": right})
        said.append({"id": f"m{place}", "ranking": ranking})
    if kind == "missing":
        said = [*said[:: draw.choice((1, 2))], {"id": "z", "ranking": ["Q1"]}]
        draw.shuffle(said)
    elif kind == "no_targets":
        gold[0]["entities" if task == "mewslix" else "targets"] = []
    elif kind == "nothing":
        _broken(draw, gold, said, kind)
    return gold, said


# ── XTREME-UP ──

UP = ("asr", "transliteration", "translation", "qa_in_lang", "qa_cross_lang", "retrieval_in_lang",
      "retrieval_cross_lang", "ner", "semantic_parsing", "autocomplete")  # fmt: skip


def _spans(draw: Random, lang: str) -> str:
    signs = (" $$ ", " $$ ", " $$ ", "$$", " $$", " $  $$ ")
    tags, colons = ("PER", "LOC", " ORG ", ""), (": ", ":", " : ", "::", "")
    parts = [draw.choice(tags) + draw.choice(colons) + phrase(draw, lang, 2) for _ in range(draw.randint(0, 4))]
    return draw.choice(signs).join(parts)


def _up(draw: Random, kind: str, task: str, lang: str) -> tuple[Rows, Rows]:
    gold: Rows = []
    said: Rows = []
    for _ in range(draw.randint(1, 10)):
        target: str = _spans(draw, lang) if task == "ner" else phrase(draw, lang, 2 if kind == "short" else 6)
        found: Any = altered(draw, target, lang)
        if task.startswith("retrieval"):
            target = f"p{draw.randrange(9)}"
            found = [f"p{draw.randrange(9)}" for _ in range(draw.randint(0, 14))]
        elif task == "autocomplete":
            found = [altered(draw, target, lang) for _ in range(3)]
        gold.append({"input": "", "id" if task.startswith("retrieval") else "target": target})
        said.append({"prediction": found})
    if kind == "empty":
        if not task.startswith("retrieval"):
            gold[0]["target"] = ""
        if task not in ("asr", "transliteration") and not isinstance(said[-1]["prediction"], list):
            said[-1]["prediction"] = ""
    elif kind == "null":
        said[-1]["prediction"] = None
    elif kind == "two":
        said[-1]["prediction"] = said[-1]["prediction"][:2]
    elif kind == "no_characters":
        for one in gold:
            one["target"] = draw.choice(("", " ", "?!")) if task == "asr" else ""
    elif kind in ("too_many", "too_few", "none_said", "nothing"):
        _broken(draw, gold, said, kind)
    return gold, said


# ── vectors ──


def _mining(draw: Random, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    numbers = np.random.RandomState(draw.randrange(2**31))
    files: dict[str, Any] = {}
    gold: Rows = []
    sentences: Rows = []
    for part in ("dev", "test"):
        count = draw.randint(12, 40)
        both = count if kind == "all_pairs" else count // 2
        base = numbers.normal(size=(count, 12))
        noise = 0.05 if kind == "all_pairs" else 0.4
        for side in ("src", "trg"):
            more = draw.randint(1, 9)
            found = np.concatenate((base[:both], numbers.normal(size=(0 if kind == "all_pairs" else more, 12))))
            found = found + noise * numbers.normal(size=found.shape)
            if kind == "lengths":
                found *= numbers.uniform(0.1, 9, size=(len(found), 1))
            texts = [f"{part} {side} {place}" for place in range(len(found))]
            if kind == "repeats":
                for place in range(1, len(found), 4):
                    texts[place] = draw.choice((texts[place - 1], texts[place - 1] + " "))
                    found[place] = found[place - 1]
            sentences += [{"split": part, "side": side, "id": f"{side}{place}", "text": text}
                          for place, text in enumerate(texts)]  # fmt: skip
            files[f"{part}_{side}"] = found.astype(np.float32)
        gold += [{"split": part, "src_id": f"src{place}", "trg_id": f"trg{place}"} for place in range(both)
                 if kind == "all_pairs" or draw.random() < 0.9]  # fmt: skip
    margin = draw.choice(("distance", "absolute")) if kind == "margins" else "ratio"
    params = {"k": draw.choice((2, 3, 60)) if kind == "margins" else 4, "margin": margin, "retrieval": "max"}
    return {"gold": gold, "predictions": [], "sentences": sentences, **files}, params


def _search(draw: Random, kind: str) -> dict[str, Any]:
    numbers = np.random.RandomState(draw.randrange(2**31))
    count = draw.randint(3, 40)
    source = numbers.normal(size=(count, 10))
    english = source[::-1] + 0.8 * numbers.normal(size=source.shape)
    if kind == "lengths":
        source, english = source * numbers.uniform(0.1, 9, size=(count, 1)), english * 7
    if kind == "repeats":
        source[1::3] = source[0::3][: len(source[1::3])]
    gold = [{"id": str(place), "label": str(count - 1 - place)} for place in range(count)]
    if kind == "too_few":
        gold.pop()
    return {"gold": gold, "predictions": [], "src": source.astype(np.float32), "eng": english.astype(np.float32)}


def _lareqa(draw: Random, kind: str) -> dict[str, Any]:
    """Three languages with the same questions, a space between sentences that belongs to none of them."""
    documents: dict[str, Any] = {}
    gold: Rows = []
    candidates: list[str] = []
    targets: dict[str, list[str]] = {}
    blocks = [[(draw.randrange(4), kind == "dropped" and draw.random() < 0.4) for _ in range(2)] for _ in range(5)]
    for lang in ("en", "de", "ar"):
        paragraphs = []
        for block, questions in enumerate(blocks, start=1):
            texts = [f"{lang} {block} {0 if kind == 'repeats' and place == 2 else place}." for place in range(4)]
            breaks = [[place * (len(texts[0]) + 1), place * (len(texts[0]) + 1) + len(texts[0])] for place in range(4)]
            names = [f"{lang}_{block}_{place}" for place in range(4)]
            qas = []
            for number, (answer, dropped) in enumerate(questions):
                start = breaks[answer][1] if dropped else breaks[answer][0] + 1
                name = f"x{block}{number}"
                qas.append({"id": name, "question": "?", "answers": [{"text": "t", "answer_start": start}]})
                if not dropped:
                    candidates += [one for one in names if one not in candidates]
                    gold.append({"id": f"{name}_{lang}", "language": lang, "xling_id": name, "targets": []})
                    right = [one for one, text in zip(names, texts, strict=True) if text == texts[answer]]
                    targets.setdefault(name, []).extend(right)
            paragraphs.append({"context": " ".join(texts), "sentence_breaks": breaks, "qas": qas})
        documents[lang] = {"data": [{"paragraphs": paragraphs}]}
    for one in gold:
        one["targets"] = sorted(targets[one["xling_id"]])
    numbers = np.random.RandomState(draw.randrange(2**31))
    vectors = {name: numbers.normal(size=(count, 12)).astype(np.float32)
               for name, count in (("questions", len(gold)), ("candidates", len(candidates)))}  # fmt: skip
    rows = {"gold": gold, "predictions": [], "candidates": [{"id": one} for one in candidates]}
    # The list and the matrix of candidates bear one name, and differ in the ending of their files.
    return {**rows, "questions": vectors["questions"], "candidates.npy": vectors["candidates"], "documents": documents}


# ── whole benchmarks ──


def _suite(draw: Random, kind: str, name: str) -> dict[str, Any]:
    languages = dict(benchmarks.XTREME if name == "xtreme" else benchmarks.XTREME_R)
    languages.pop("lareqa", None)
    tasks = list(languages) if kind == "whole" else draw.sample(list(languages), draw.randint(1, len(languages) - 1))
    rows: Rows = []
    for task in tasks:
        for lang in languages[task]:
            names = (
                ("exact_match", "f1") if task in ("xquad", "mlqa", "tydiqa")
                else ("f1", "precision", "recall") if task in ("udpos", "panx", "bucc2018")
                else ("map@20",) if task == "mewslix" else ("accuracy",)
            )  # fmt: skip
            rows.append({"task": task, "language": lang, "metrics": {one: 100 * draw.random() for one in names}})
    if kind == "hole":
        rows.pop(draw.randrange(len(rows)))
    elif kind == "homeless":
        rows.append({"task": "lareqa", "language": "en", "metrics": {"map@20": 50.0}})
    elif kind == "strangers":
        rows.append({**rows[0], "language": "xx"})
    draw.shuffle(rows)
    return {"scores": rows}


def _up_suite(draw: Random, kind: str) -> dict[str, Any]:
    metrics = {"transliteration": "CER", "translation": "ChrF", "ner": "Span_F1", "asr": "CER_normalized",
               "semantic_parsing": "sequence_accuracy", "autocomplete": "top3_accuracy", "qa_in_lang": "f1",
               "qa_cross_lang": "f1", "retrieval_in_lang": "mrr", "retrieval_cross_lang": "mrr"}  # fmt: skip
    tasks = list(metrics) if kind == "whole" else draw.sample(list(metrics), draw.randint(1, 9))
    rows: Rows = []
    for task in tasks:
        for lang in draw.sample(["am", "bn", "de", "en", "hi", "fr", "sw", "te", "yo", "zu"], draw.randint(1, 8)):
            name = f"Latn2Ethi.{lang}" if task == "transliteration" else lang
            score = draw.random() * (1 if metrics[task] == "mrr" else 100)
            rows.append({"task": task, "language": name, "metric": metrics[task], "score": score})
    if kind == "holes":
        draw.choice(rows)["score"] = None
    return {"scores": rows}


def _from_predictions(draw: Random) -> dict[str, Any]:
    files: dict[str, Rows] = {"gold": [], "predictions": []}
    for task in draw.sample(["xnli", "udpos", "mlqa", "tydiqa", "bucc2018", "pawsx"], 2):
        for lang in benchmarks.XTREME[task]:
            kind = "missing" if task == "tydiqa" else "random"
            rows = _one(draw, task, lang, kind)
            for name in files:
                files[name].append({"task": task, "language": lang, "rows": rows[name]})
    return files


# ── all of them ──

LABELS = {"xnli": ("entailment", "neutral", "contradiction"), "pawsx": ("0", "1"), "tatoeba": ("0", "7", "12", "3"),
          "xcopa": (0, 1)}  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    "xnli": ("random", "random", "white_space", "too_many", "too_few", "none_said", "nothing"),
    "pawsx": ("random", "white_space", "too_many", "too_few"),
    "tatoeba": ("random", "white_space", "too_few", "vectors", "lengths", "repeats"),
    "xcopa": ("random", "too_many", "too_few"),
    "udpos": ("random", "sticky", "s_and_c", "empty", "strange", "too_many", "too_few"),
    "panx": ("random", "strange", "broken_bio", "prefixless", "empty", "all_outside", "too_few", "none_said"),
    "xquad": ("random", "random", "signs", "missing", "no_answers", "nothing", "none_said"),
    "tydiqa": ("random", "signs", "missing", "no_answers"),
    "mlqa": ("random", "random", "signs", "missing", "no_answers", "nothing"),
    "squad_v2": ("random", "ties", "signs", "unasked", "not_used", "strangers", "missing", "no_probability",
                 "none_answerable", "all_answerable"),
    "bucc2018": ("random", "twice", "none_right", "none_said", "vectors", "lengths", "repeats", "margins",
                 "all_pairs"),
    "mewslix": ("random", "many", "cut", "missing", "no_targets"),
    "lareqa": ("random", "many", "cut", "no_targets", "vectors", "repeats", "dropped"),
    "xtreme_up": ("random", "random", "short", "empty", "null", "two", "no_characters", "too_many", "too_few",
                  "none_said", "nothing"),
    "suite_xtreme": ("whole", "part", "hole", "strangers", "predictions"),
    "suite_xtreme_r": ("whole", "part", "hole", "homeless"),
    "suite_xtreme_up": ("whole", "part", "holes"),
}  # fmt: skip
LANGUAGES = {"mlqa": ("en", "de", "es", "vi", "ar", "hi", "zh", "fr"),
             "xquad": ("en", "el", "th", "zh", "ar", "tr", "ru"), "tydiqa": ("ko", "te", "ru", "en")}  # fmt: skip
VECTORS = ("vectors", "lengths", "repeats", "margins", "all_pairs", "dropped")


def _one(draw: Random, task: str, lang: str, kind: str) -> dict[str, Any]:
    """Gold and predictions of one language."""
    if task in LABELS:
        gold, said = _labels(draw, kind, LABELS[task])
    elif task in ("udpos", "panx"):
        gold, said = _tags(draw, kind, task)
    elif task in ("xquad", "tydiqa", "mlqa"):
        gold, said = _answers(draw, kind, lang)
    elif task == "bucc2018":
        gold, said = _pairs(draw, kind)
    elif task in ("mewslix", "lareqa"):
        gold, said = _rankings(draw, kind, task)
    else:
        gold, said = _up(draw, kind, task.removeprefix("xtreme_up_"), lang)
    return {"gold": gold, "predictions": said}


def _case(task: str, lang: str, kind: str, number: int, salt: str) -> Drawn:
    name = f"{task}.{lang}.{kind}.{number}"
    draw, params = Random(salt + name), dict[str, Any]()
    files: dict[str, Any]
    if task == "squad_v2":
        gold, said, params = _squad2(draw, kind)
        files = {"gold": gold, "predictions": said}
    elif task == "bucc2018" and kind in VECTORS:
        files, params = _mining(draw, kind)
    elif task == "tatoeba" and (kind in VECTORS):
        files = _search(draw, kind)
    elif task == "lareqa" and kind in VECTORS:
        files, params = _lareqa(draw, kind), {"k": draw.choice((20, 5))}
    elif task == "suite_xtreme_up":
        files = _up_suite(draw, kind)
    elif kind == "predictions":
        files = _from_predictions(draw)
    elif task.startswith("suite_"):
        files = _suite(draw, kind, task.removeprefix("suite_"))
        params = {"version": "xtreme-r" if task == "suite_xtreme_r" else "xtreme"}
    else:
        files = _one(draw, task, lang, kind)
        params = {"k": draw.choice((20, 20, 3))} if task == "lareqa" else {}
    return Drawn(name, task, lang, files, params)


def drawn(salt: str = "") -> Iterator[Drawn]:
    """All of them, in one order; with another salt others of the same kinds."""
    for task, kinds in KINDS.items():
        tasks = [f"xtreme_up_{one}" for one in UP] if task == "xtreme_up" else [task]
        for full in tasks:
            for place, kind in enumerate(kinds):
                if not _fits(full, kind):
                    continue
                whole = task.startswith("suite_")
                langs = LANGUAGES.get(
                    task, ("all",) if whole else ("de", "sw", "ar") if task == "xtreme_up" else ("de",)
                )
                for number, lang in enumerate(langs if len(langs) > 1 else langs * 3):
                    yield _case(full, lang, kind, 10 * place + number, salt)


def _fits(task: str, kind: str) -> bool:
    if not task.startswith("xtreme_up_"):
        return True
    lists = task.startswith(("xtreme_up_retrieval", "xtreme_up_autocomplete"))
    only = {"two": "xtreme_up_autocomplete", "no_characters": ("xtreme_up_asr", "xtreme_up_transliteration")}
    if kind in only:
        return task.startswith(only[kind])
    return not (kind == "short" and lists)
