"""The official programs' answers to the drawn cases of tests/scoring/drawn.py; writes tests/scoring/official.json.

    python bench/official.py --xtreme FOLDER --xtreme-up FOLDER --squad FOLDER
    python bench/official.py … --others 8        # eight times as many others: compared with ours at once, not kept

FOLDER is each a checkout: of google-research/xtreme, of google-research/xtreme-up (the folder itself must be called
xtreme_up), and of rajpurkar/SQuAD-explorer. They want seqeval 0.0.12, faiss-cpu, nltk, absl-py and sacrebleu 2. They
run as they are, with two exceptions: XTREME-UP's own file opener calls itself for ever where there is no TensorFlow, so
Python's is put in its place, and its chrF call is one that sacrebleu 2 does not know, so the call is made anew.

A case's answer is its metrics, or the name of the exception. Nothing of these programs is kept but that.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import importlib
import importlib.util
import io
import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from xstilts.scoring.cases import score_case

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = ROOT / "tests" / "scoring" / "official.json"
Rows = list[dict[str, Any]]
Answer = dict[str, Any]


class Official:
    """The programs, each asked in the files that it reads."""

    def __init__(self, xtreme: Path, up: Path, squad: Path) -> None:
        sys.path[:0] = [str(xtreme), str(up.resolve().parent)]
        self.xtreme = importlib.import_module("evaluate")
        self.retrieve = importlib.import_module("third_party.utils_retrieve")
        self.lareqa = importlib.import_module("third_party.utils_lareqa")
        self.metrics = importlib.import_module("xtreme_up.evaluation.metrics")
        self.system = importlib.import_module("xtreme_up.evaluation.score_system")
        self.squad = _module(squad / "evaluate-v2.0.py")
        importlib.import_module("xtreme_up.evaluation.file_utils").open = builtins.open  # type: ignore[attr-defined]
        sacrebleu = importlib.import_module("sacrebleu")
        self.metrics.chrf = lambda targets, said: sacrebleu.corpus_chrf(said, [targets]).score  # type: ignore[attr-defined]

    def answer(self, case: Any, folder: Path) -> Answer:
        """Metrics, or the exception's name."""
        try:
            quiet = io.StringIO()
            with warnings.catch_warnings(), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
                warnings.simplefilter("ignore")
                metrics = self._ask(case)(case, folder)
        except Exception as error:
            return {"error": type(error).__name__}
        return {"metrics": _plain(metrics)}

    def _ask(self, case: Any) -> Callable[[Any, Path], Answer]:
        if case.task.startswith("suite_"):
            up = case.task == "suite_xtreme_up"
            return self._up_suite if up else self._suite_of_scores if "scores" in case.files else self._suite
        if case.task.startswith("xtreme_up_"):
            return self._up
        special = {"squad_v2": self._squad, "lareqa": self._lareqa_rankings}
        vectors = {"sentences": self._mine, "src": self._search, "questions": self._lareqa}
        found = next((ask for name, ask in vectors.items() if name in case.files), special.get(case.task))
        return found or (lambda case, folder: self._task(case.task, case.language, case.files, folder))

    # ── XTREME ──

    def _task(self, task: str, lang: str, files: dict[str, Any], folder: Path) -> Answer:
        said, gold = (folder / f"{name}.txt" for name in ("said", "gold"))
        said.write_text(_official_text(task, files["predictions"], gold=False), "utf-8")
        gold.write_text(_official_text(task, files["gold"], gold=True), "utf-8")
        found: Answer = self.xtreme.evaluate_one_task(str(said), str(gold), task, lang)
        return found

    def _suite(self, case: Any, folder: Path) -> Answer:
        version = case.params.get("version", "xtreme")
        for name in ("gold", "predictions"):
            for row in case.files[name]:
                end = self.xtreme.get_suffix(row["task"], self.xtreme.XTREME_VERSIONS_GROUP_DICT[version])
                path = folder / name / row["task"] / f"test-{row['language']}.{end}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_official_text(row["task"], row["rows"], gold=name == "gold"), "utf-8")
        return _whole(*self.xtreme.evaluate(str(folder / "predictions"), str(folder / "gold"), version))

    def _suite_of_scores(self, case: Any, folder: Path) -> Answer:
        """With empty files, and each file's score as it is given: the program reads, groups and averages."""
        version = case.params["version"]
        known = {(row["task"], row["language"]): row["metrics"] for row in case.files["scores"]}
        for task, lang in known:
            end = self.xtreme.get_suffix(task, self.xtreme.XTREME_VERSIONS_GROUP_DICT[version])
            (folder / task).mkdir(exist_ok=True)
            (folder / task / f"test-{lang}.{end}").touch()
        own = self.xtreme.evaluate_one_task
        self.xtreme.evaluate_one_task = lambda said, gold, task, language: known[task, language]  # type: ignore[attr-defined]
        try:
            return _whole(*self.xtreme.evaluate(str(folder), str(folder), version))
        finally:
            self.xtreme.evaluate_one_task = own  # type: ignore[attr-defined]

    def _mine(self, case: Any, folder: Path) -> Answer:
        params, found = case.params, None
        for part in ("dev", "test"):
            for side in ("src", "trg"):
                rows = [row for row in case.files["sentences"] if (row["split"], row["side"]) == (part, side)]
                (folder / f"{part}.{side}").write_text("".join(f"{row['text']}\n" for row in rows), "utf-8")
                (folder / f"{part}.{side}.id").write_text("".join(f"{row['id']}\n" for row in rows))
            pairs = [f"{row['src_id']}\t{row['trg_id']}\n" for row in case.files["gold"] if row["split"] == part]
            (folder / f"{part}.gold").write_text("".join(pairs))
            files = [str(folder / f"{part}.{end}") for end in ("src", "trg", "candidates", "src.id", "trg.id", "found")]
            x, y = (case.files[f"{part}_{side}"].copy() for side in ("src", "trg"))
            more = {"neighborhood": params["k"], "margin": params["margin"], "retrieval": params["retrieval"]}
            self.retrieve.mine_bitext(x, y, *files[:3], **more)
            gold = None if found else str(folder / "dev.gold")
            threshold = found["best-threshold"] if found else None
            found = self.retrieve.bucc_eval(files[2], gold, *files[:2], *files[3:], threshold) or found
        lines = [(folder / name).read_text().splitlines() for name in ("test.gold", "test.found")]
        assert found is not None
        dev = {"dev_f1": found["F1"], "dev_precision": found["precision"], "dev_recall": found["recall"]}
        return {**self.xtreme.bucc_f1(*lines), "dev_threshold": found["best-threshold"], **dev}

    def _search(self, case: Any, folder: Path) -> Answer:
        index, queries = case.files["src"].copy(), case.files["eng"].copy()
        places = self.retrieve.similarity_search(index, queries, index.shape[1], normalize=True)
        said = [{"label": str(int(place[0]))} for place in places]
        return self._task("tatoeba", case.language, {"gold": case.files["gold"], "predictions": said}, folder)

    def _lareqa_rankings(self, case: Any, folder: Path) -> Answer:
        said = {row["id"]: row["ranking"] for row in case.files["predictions"]}
        k, ask = case.params["k"], self.lareqa.average_precision_at_k
        return {f"map@{k}": np.mean([ask(row["targets"], said[row["id"]], k) for row in case.files["gold"]])}

    def _lareqa(self, case: Any, folder: Path) -> Answer:
        k, name = case.params["k"], "sentences_and_contexts"
        questions, candidates = self.lareqa.load_data(case.files["documents"])
        assert [one.uid for one in candidates.as_list()] == [row["id"] for row in case.files["candidates"]]
        for row, vector in zip(case.files["gold"], case.files["questions"], strict=True):
            questions.by_uid[row["id"]].encoding = vector
        for one, vector in zip(candidates.as_list(), case.files["candidates.npy"], strict=True):
            one.encoding = {name: vector}
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            self.lareqa.mean_avg_prec_at_k(questions, candidates, k)
        return {f"map@{k}": float(said.getvalue().rpartition(": ")[2])}

    # ── SQuAD 2.0 ──

    def _squad(self, case: Any, folder: Path) -> Answer:
        said, out = case.files["predictions"], folder / "scores.json"
        names = {"data_file": _squad_json(case.files["gold"]), "pred_file": _by_id(said, "prediction_text")}
        if case.params.get("use_na_probs"):
            asked = [row for row in said if "no_answer_probability" in row]
            names["na_prob_file"] = _by_id(asked, "no_answer_probability")
        for name, text in names.items():
            (folder / name).write_text(text)
        options = {name: str(folder / name) if name in names else None for name in ("na_prob_file", *names)}
        self.squad.OPTS = SimpleNamespace(  # type: ignore[attr-defined]
            **options, out_file=str(out), out_image_dir=None, na_prob_thresh=case.params.get("na_prob_thresh", 1.0)
        )
        self.squad.main()
        found: Answer = json.loads(out.read_text())
        return found

    # ── XTREME-UP ──

    def _up(self, case: Any, folder: Path) -> Answer:
        names = {"asr": "cer_normalized", "transliteration": "cer", "translation": "chrf", "ner": "span_f1",
                 "semantic_parsing": "sequence_accuracy", "autocomplete": "top3_accuracy", "qa_in_lang": "f1",
                 "qa_cross_lang": "f1", "retrieval_in_lang": "mrr", "retrieval_cross_lang": "mrr"}  # fmt: skip
        for name in ("gold", "predictions"):
            (folder / name).write_text("".join(json.dumps(row) + "\n" for row in case.files[name]))
        name = names[case.task.removeprefix("xtreme_up_")]
        return {name: self.metrics.score_file(str(folder / "gold"), str(folder / "predictions"), name)}

    def _up_suite(self, case: Any, folder: Path) -> Answer:
        found = self.system.Results("drawn")
        for row in case.files["scores"]:
            one = found.get(row["task"]).get(row["language"]).get(row["task"])
            one.set(metric=row["metric"], score=row["score"])
        return {"total_official_code": found.score, "tasks": {name: one.score for name, one in found.results.items()}}


def _whole(overall: Answer, tasks: Answer) -> Answer:
    for one in tasks.values():
        # The command line looks for it after all is computed, and ends with a KeyError where there is none.
        one["avg_metric"]
    averages = {task: {name: value for name, value in one.items() if name.startswith("avg_")}
                for task, one in tasks.items()}  # fmt: skip
    return {"overall": overall, "tasks": averages}


def _official_text(task: str, rows: Rows, *, gold: bool) -> str:
    """Rows as the file that XTREME's program reads."""
    if task in ("xquad", "tydiqa", "mlqa"):
        return _squad_json(rows) if gold else _by_id(rows, "prediction_text")
    if task == "mewslix":
        return _by_id(rows, "entities" if gold else "ranking")
    if task == "xcopa":
        return "".join(json.dumps(row) + "\n" for row in rows)
    if task in ("udpos", "panx"):
        return "".join("".join(f"{tag}\n" for tag in row["tags"]) + "\n" for row in rows)
    if task == "bucc2018":
        return "".join(f"{row['src_id']}\t{row['trg_id']}\n" for row in rows)
    return "".join(f"{row['label']}\n" for row in rows)


def _squad_json(rows: Rows) -> str:
    qas = [{"id": row["id"], "answers": [{"text": one} for one in row["answers"]]} for row in rows]
    return json.dumps({"data": [{"paragraphs": [{"qas": qas}]}]})


def _by_id(rows: Rows, name: str) -> str:
    return json.dumps({row["id"]: row[name] for row in rows})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return None if value is None or value != value else float(value)


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("squad_program", path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def compare(official: Official, drawn: ModuleType, against: ModuleType, times: int) -> None:
    """Ask about other cases, score them, strictly and leniently, and say where the two differ."""
    asked = differ = 0
    for salt in range(1, times + 1):
        for case in drawn.drawn(f"{salt} "):
            with tempfile.TemporaryDirectory() as scratch:
                answer = official.answer(case, Path(scratch))
            with tempfile.TemporaryDirectory() as scratch:
                folder = case.write(Path(scratch) / case.name)
                for lenient in (False, True):
                    why = against.differs(score_case(folder, lenient=lenient), answer, case, lenient=lenient)
                    differ += bool(why)
                    if why:
                        print(f"{salt} {case.name} {'lenient' if lenient else 'strict'}: {why}", flush=True)
            asked += 1
    print(f"{asked} other cases, each scored strictly and leniently: {differ} scores differ")


def main() -> None:
    """Ask, keep, say how many."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("xtreme", "xtreme-up", "squad"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ANSWERS)
    parser.add_argument("--others", type=int, default=0, help="draw so many times others, and only compare")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests" / "scoring"))
    drawn = importlib.import_module("drawn")
    official = Official(given.xtreme, given.xtreme_up, given.squad)
    if given.others:
        compare(official, drawn, importlib.import_module("against"), given.others)
        return
    kept: dict[str, Answer] = {}
    for case in drawn.drawn():
        with tempfile.TemporaryDirectory() as scratch:
            kept[case.name] = {"sum": case.sum, **official.answer(case, Path(scratch))}
    lines = [f"{json.dumps(name)}: {json.dumps(answer, separators=(',', ':'))}" for name, answer in kept.items()]
    given.out.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    refused = sum("error" in answer for answer in kept.values())
    print(f"{len(kept)} cases in {given.out}: {len(kept) - refused} scored, {refused} refused")


if __name__ == "__main__":
    main()
