"""Scoring against the official scripts: the same material from files to score, in alternating runs.

    python bench/score.py                                    # ours alone, small
    python bench/score.py --official FOLDER                  # against a checkout of google-research/xtreme
    python bench/score.py --official FOLDER --full           # as large as the real files: mining takes hours on a core
    python bench/score.py --official FOLDER --full --pool 20000 20000 --mining-runs 2   # less to mine

Answers (SQuAD 1.1 and MLQA's zh), names (needs seqeval 0.0.12) and mining for BUCC (needs faiss) are measured where
what the official side needs is installed. --full: 11,590 questions (MLQA's English), 10,000 sentences (PAN-X), and a
pool of 94,637 and 88,860 sentences (BUCC's Chinese; from memory) after a dev part of 4,391 and 6,819.

A pair of runs is one of ours and one of theirs, right after one another, in turns first; the ratio of each pair is
theirs over ours, and its median and range are what counts: other work on the machine moves both alike. With
OMP_NUM_THREADS=1 the clock is the processor time of this process, which neighbours hardly touch, else the wall's. Both
sides must come to the same scores in every pair. Results go to bench/results/score.json, each as soon as it is there.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from xstilts.scoring.cases import score_case

RESULTS = Path(__file__).parent / "results" / "score.json"
Scores = dict[str, float]
Side = Callable[[], Scores]
ONE = os.environ.get("OMP_NUM_THREADS") == "1"
clock = time.process_time if ONE else time.perf_counter


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is to score."""

    questions: int
    tagged: int
    dev: tuple[int, int]
    pool: tuple[int, int]
    """Sentences of the two sides to mine among."""
    width: int = 768


SMALL = Sizes(questions=1000, tagged=1000, dev=(500, 500), pool=(500, 500))
FULL = Sizes(questions=11_590, tagged=10_000, dev=(4391, 6819), pool=(94_637, 88_860))


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
    """Sentences with names, nine of ten tags right."""
    draw = random.Random(0)
    names = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
    gold = [draw.choices(names, weights=(9, 2, 2, 2, 2, 2, 2), k=draw.randint(3, 20)) for _ in range(count)]
    said = [[tag if draw.random() < 0.9 else draw.choice(names) for tag in sentence] for sentence in gold]
    place = folder / "panx.en.1"
    rows = {"gold": gold, "predictions": said}
    write(place, **{name: [{"id": str(i), "tags": one} for i, one in enumerate(some)] for name, some in rows.items()})
    for name, some in rows.items():
        (place / f"{name}.tsv").write_text("".join("".join(f"{tag}\n" for tag in one) + "\n" for one in some))

    def official() -> Side:
        script = importlib.import_module("evaluate")

        def run() -> Scores:
            found: Scores = script.evaluate_one_task(place / "predictions.tsv", place / "gold.tsv", "panx", "en")
            return found

        return run

    return ours(place), official


def mining(folder: Path, sizes: Sizes) -> tuple[Side, Callable[[], Side]]:
    """Sentence vectors of two languages; a third of the fewer sentences have their translation on the other side."""
    draw = np.random.default_rng(0)
    place = folder / "bucc2018.zh.1"
    place.mkdir(parents=True)
    gold, sentences = [], []
    for part, counts in (("dev", sizes.dev), ("test", sizes.pool)):
        both = min(counts) // 3
        base = draw.standard_normal((both, sizes.width), np.float32)
        for side, count in zip(("src", "trg"), counts, strict=True):
            others = draw.standard_normal((count - both, sizes.width), np.float32)
            noise = draw.standard_normal((count, sizes.width), np.float32)
            np.save(place / f"{part}_{side}.npy", np.concatenate((base, others)) + np.float32(0.7) * noise)
            ids, texts = [f"{side}-{i}" for i in range(count)], [f"{side} {i}" for i in range(count)]
            (place / f"{part}.{side}.id").write_text("".join(f"{one}\n" for one in ids))
            (place / f"{part}.{side}").write_text("".join(f"{one}\n" for one in texts))
            sentences += [
                {"split": part, "side": side, "id": one, "text": text} for one, text in zip(ids, texts, strict=True)
            ]
        pairs = [(f"src-{i}", f"trg-{i}") for i in range(both)]
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
    begin = clock()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        scores = side()
    return clock() - begin, scores


def measure(name: str, mine: Side, theirs: Side | None, runs: int) -> dict[str, Any]:
    """Alternating runs, after a pair that does not count where there are several; the scores of a pair must agree."""
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for number in range(-1 if runs > 1 else 0, runs):
        scores: dict[str, Scores] = {}
        for who in ("ours", "theirs") if number % 2 else ("theirs", "ours"):
            side = mine if who == "ours" else theirs
            if side is not None:
                took, scores[who] = timed(side)
                seconds[who] += [took] if number >= 0 else []
        for metric, value in scores.get("theirs", {}).items():
            assert abs(scores["ours"][metric] - value) < 1e-6, (name, metric, scores, value)
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
    parser.add_argument("--mining-runs", type=int, help="of mining alone, which takes longest")
    parser.add_argument("--full", action="store_true", help="as large as the real files")
    parser.add_argument("--pool", type=int, nargs=2, metavar=("SOURCE", "TARGET"), help="sentences to mine among")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.official:
        sys.path.insert(0, str(given.official))
    sizes = FULL if given.full else SMALL
    if given.pool:
        sizes = replace(sizes, pool=tuple(given.pool))
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, make in {
            "answers, SQuAD 1.1": lambda: answers(folder, sizes.questions, "en", "xquad", "evaluate_squad"),
            "answers, MLQA zh": lambda: answers(folder, sizes.questions, "zh", "mlqa", "evaluate_mlqa"),
            "names, PAN-X": lambda: tags(folder, sizes.tagged),
            "mining, BUCC": lambda: mining(folder, sizes),
        }.items():
            mine, official = make()
            theirs = None
            if given.official:
                try:
                    theirs = official()
                except ImportError as error:
                    print(f"{name}: the official side is left out ({error})")
            runs = given.mining_runs or given.runs if name.startswith("mining") else given.runs
            results.append(measure(name, mine, theirs, runs))
            one = results[-1]
            more = (
                f"   official {one['official_seconds']:.3f} s   official/ours {one['ratio']:.2f}"
                if "ratio" in one
                else ""
            )
            spread = f" ({one['ratio_low']:.2f} to {one['ratio_high']:.2f})" if more else ""
            print(f"{name:20} ours {one['ours_seconds']:.3f} s{more}{spread}", flush=True)
            keep(given.out, sizes, results)


def keep(path: Path, sizes: Sizes, results: list[dict[str, Any]]) -> None:
    """Write what there is so far."""
    kept = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "clock": "processor time, one thread" if ONE else "wall",
        "load": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "sizes": asdict(sizes),
        "results": results,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
