"""Scoring against the official scripts: the same material from files to score, in alternating runs.

    python bench/score.py                               # ours alone
    python bench/score.py --official FOLDER             # against a checkout of google-research/xtreme
    python bench/score.py --official FOLDER --runs 11 --questions 20000 --sentences 5000

Answers (SQuAD 1.1 and MLQA's zh), tags (needs seqeval 0.0.12) and mining for BUCC (needs faiss) are measured where what
the official side needs is installed. A pair of runs is one of ours and one of theirs, right after one another, in
turns first; the ratio of each pair is theirs over ours, and its median and range are what counts: other work on the
machine moves both alike. Both sides must come to the same scores. Results go to bench/results/score.json.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from xstilts.scoring.cases import score_case

RESULTS = Path(__file__).parent / "results" / "score.json"
Scores = dict[str, float]
Side = Callable[[], Scores]


def write(folder: Path, **files: list[dict[str, Any]]) -> None:
    """A case's files, one row a line."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="ascii")


def ours(folder: Path) -> Side:
    """Our side of a case."""

    def run() -> Scores:
        found = score_case(folder)
        assert found.metrics is not None, found.error
        return found.metrics

    return run


def answers(folder: Path, count: int, language: str, task: str, script: str) -> tuple[Side, Callable[[], Side]]:
    """Questions with one or two answers, half of them answered with some of the words."""
    draw = random.Random(0)
    words = ["the", "House", "of", "a", "mill,", "«river»", "上海", "blue.", "year", "1984", "An", "stone-age"]
    gold, said = [], []
    for number in range(count):
        some = [" ".join(draw.choices(words, k=draw.randint(1, 6))) for _ in range(draw.randint(1, 2))]
        gold.append({"id": f"q{number}", "answers": some})
        guess = some[0] if draw.random() < 0.5 else " ".join(draw.choices(words, k=4))
        said.append({"id": f"q{number}", "prediction_text": guess})
    place = folder / f"{task}.{language}.1"
    write(place, gold=gold, predictions=said)
    qas = [{"id": one["id"], "answers": [{"text": text} for text in one["answers"]]} for one in gold]
    (place / "gold.json").write_text(json.dumps({"data": [{"paragraphs": [{"qas": qas}]}]}))
    (place / "predictions.json").write_text(json.dumps({one["id"]: one["prediction_text"] for one in said}))

    def official() -> Side:
        evaluate = importlib.import_module(f"third_party.{script}").evaluate
        more = (language,) if task == "mlqa" else ()

        def run() -> Scores:
            data = json.loads((place / "gold.json").read_text())["data"]
            found: Scores = evaluate(data, json.loads((place / "predictions.json").read_text()), *more)
            return found

        return run

    return ours(place), official


def tags(folder: Path, count: int) -> tuple[Side, Callable[[], Side]]:
    """Sentences of parts of speech, four of five tags right."""
    draw = random.Random(0)
    names = [
        "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
        "SYM", "VERB", "X",
    ]  # fmt: skip
    gold = [draw.choices(names, k=draw.randint(3, 40)) for _ in range(count)]
    said = [[tag if draw.random() < 0.8 else draw.choice(names) for tag in sentence] for sentence in gold]
    place = folder / "udpos.en.1"
    rows = {"gold": gold, "predictions": said}
    write(place, **{name: [{"id": str(i), "tags": one} for i, one in enumerate(some)] for name, some in rows.items()})
    for name, some in rows.items():
        (place / f"{name}.tsv").write_text("".join("".join(f"{tag}\n" for tag in one) + "\n" for one in some))

    def official() -> Side:
        script = importlib.import_module("evaluate")

        def run() -> Scores:
            found: Scores = script.evaluate_one_task(place / "predictions.tsv", place / "gold.tsv", "udpos", "en")
            return found

        return run

    return ours(place), official


def mining(folder: Path, count: int, width: int = 768) -> tuple[Side, Callable[[], Side]]:
    """Sentence vectors of two languages; a third of the sentences have their translation on the other side."""
    draw = np.random.RandomState(0)
    place = folder / "bucc2018.de.1"
    gold, sentences = [], []
    for part in ("dev", "test"):
        base = draw.normal(size=(count, width))
        for side in ("src", "trg"):
            keep = (
                base
                if side == "src"
                else np.concatenate((base[: count // 3], draw.normal(size=base.shape)[count // 3 :]))
            )
            vectors = (keep + 0.7 * draw.normal(size=base.shape)).astype(np.float32)
            place.mkdir(parents=True, exist_ok=True)
            np.save(place / f"{part}_{side}.npy", vectors)
            ids, texts = [f"{side}-{i}" for i in range(count)], [f"{side} {i}" for i in range(count)]
            (place / f"{part}.{side}.id").write_text("".join(f"{one}\n" for one in ids))
            (place / f"{part}.{side}").write_text("".join(f"{one}\n" for one in texts))
            sentences += [
                {"split": part, "side": side, "id": one, "text": text} for one, text in zip(ids, texts, strict=True)
            ]
        pairs = [(f"src-{i}", f"trg-{i}") for i in range(count // 3)]
        gold += [{"split": part, "src_id": one, "trg_id": other} for one, other in pairs]
        (place / f"{part}.gold").write_text("".join(f"{one}\t{other}\n" for one, other in pairs))
    write(place, gold=gold, predictions=[], sentences=sentences)

    def official() -> Side:
        script, evaluate = importlib.import_module("third_party.utils_retrieve"), importlib.import_module("evaluate")

        def run() -> Scores:
            threshold = None
            for part in ("dev", "test"):
                x, y = (np.load(place / f"{part}_{side}.npy") for side in ("src", "trg"))
                files = [str(place / f"{part}.{end}") for end in ("src", "trg", "candidates", "src.id", "trg.id")]
                script.mine_bitext(x, y, files[0], files[1], files[2])
                known = str(place / "dev.gold") if part == "dev" else None
                found = script.bucc_eval(
                    files[2], known, files[0], files[1], files[3], files[4], str(place / f"{part}.found"), threshold
                )
                threshold = found["best-threshold"] if found else threshold
            lines = [(place / name).read_text().splitlines() for name in ("test.gold", "test.found")]
            scores: Scores = evaluate.bucc_f1(*lines)
            return scores

        return run

    return ours(place), official


def timed(side: Side) -> tuple[float, Scores]:
    """Seconds and scores; what the official scripts print is kept quiet."""
    begin = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        scores = side()
    return time.perf_counter() - begin, scores


def measure(name: str, mine: Side, theirs: Side | None, runs: int) -> dict[str, Any]:
    """Alternating runs after one that does not count, whose scores must agree."""
    _, scores = timed(mine)
    if theirs is not None:
        _, official = timed(theirs)
        for metric, value in official.items():
            assert abs(scores[metric] - value) < 1e-6, (name, metric, scores[metric], value)
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for number in range(runs):
        for who in ("ours", "theirs") if number % 2 else ("theirs", "ours"):
            side = mine if who == "ours" else theirs
            if side is not None:
                seconds[who].append(timed(side)[0])
    ratios = [other / one for one, other in zip(*seconds.values(), strict=False)]
    found: dict[str, Any] = {"what": name, "ours_seconds": statistics.median(seconds["ours"]), "runs": runs}
    if ratios:
        found |= {"official_seconds": statistics.median(seconds["theirs"]), "ratio": statistics.median(ratios)}
        found |= {"ratio_low": min(ratios), "ratio_high": max(ratios)}
    return found


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--official", type=Path, help="a checkout of google-research/xtreme")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.official:
        sys.path.insert(0, str(given.official))
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, (mine, official) in {
            "answers, SQuAD 1.1": answers(folder, given.questions, "en", "xquad", "evaluate_squad"),
            "answers, MLQA zh": answers(folder, given.questions, "zh", "mlqa", "evaluate_mlqa"),
            "chunks": tags(folder, given.questions),
            "mining, BUCC": mining(folder, given.sentences),
        }.items():
            theirs = None
            if given.official:
                try:
                    theirs = official()
                except ImportError as error:
                    print(f"{name}: the official side is left out ({error})")
            results.append(measure(name, mine, theirs, given.runs))
            one = results[-1]
            more = (
                f"   official {one['official_seconds']:.3f} s   official/ours {one['ratio']:.2f}"
                if "ratio" in one
                else ""
            )
            spread = f" ({one['ratio_low']:.2f} to {one['ratio_high']:.2f})" if more else ""
            print(f"{name:20} ours {one['ours_seconds']:.3f} s{more}{spread}")
    kept = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "questions": given.questions,
        "sentences": given.sentences,
        "results": results,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
