"""Cases from a folder: what is scored, what is refused and how it is said, what --lenient passes over."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xstilts.scoring.cases import TASKS, Outcome, cases_in, score_case

Rows = Iterable[dict[str, Any]]
MLQA = ("en", "es", "de", "ar", "hi", "vi", "zh")


@pytest.fixture
def make(tmp_path: Path):
    """Write a case."""

    def written(
        name: str, gold: Rows | None = None, predictions: Rows | None = None, *, expected: Any = None, **files: Any
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        rows = {"gold.jsonl": gold, "predictions.jsonl": predictions}
        rows |= {f"{file}.jsonl": value for file, value in files.items() if isinstance(value, list)}
        for file, lines in rows.items():
            if lines is not None:
                (folder / file).write_text("".join(json.dumps(line) + "\n" for line in lines))
        for file, value in files.items():
            if isinstance(value, np.ndarray):
                np.save(folder / f"{file}.npy", value)
        if expected is not None:
            (folder / "expected.json").write_text(json.dumps(expected))
        return folder

    return written


def labelled(*labels: object) -> list[dict[str, Any]]:
    return [{"id": str(place), "label": label} for place, label in enumerate(labels)]


def tagged(*sentences: str) -> list[dict[str, Any]]:
    return [{"id": str(place), "tags": tags.split(" ") if tags else []} for place, tags in enumerate(sentences)]


def questions(**answers: list[str]) -> list[dict[str, Any]]:
    return [{"id": name, "answers": some} for name, some in answers.items()]


def answered(**texts: str) -> list[dict[str, Any]]:
    return [{"id": name, "prediction_text": text} for name, text in texts.items()]


def test_labels_without_the_space_around_them(make) -> None:
    found = score_case(make("xnli.de.1", labelled("a", "b", "c"), labelled(" a\t", "B", "c.")))
    assert found.metrics == {"accuracy": pytest.approx(100 / 3)} and found.agrees is None and found.good
    assert (found.task, found.language, found.case) == ("xnli", "de", "xnli.de.1")


@pytest.mark.parametrize(
    ("task", "gold", "predictions", "wrong"),
    [
        ("xnli", labelled("a"), labelled("a", "b"), "predictions.jsonl:2 has no counterpart"),
        ("xnli", labelled("a", "b"), labelled("a"), "gold.jsonl:2 has no counterpart"),
        ("xnli", labelled("a"), labelled(1), "predictions.jsonl:1: 'label' must be text, but it is int 1"),
        ("xnli", labelled("a"), labelled(None), "predictions.jsonl:1: 'label' must be text, but it is null"),
        ("xnli", labelled("a"), [{"id": "0"}], "predictions.jsonl:1: there is no field 'label'"),
        ("xnli", labelled("a"), [{"id": "7", "label": "a"}], "predictions.jsonl:1: the id is '7'"),
        ("xnli", [], [], "nothing to score"),
        ("xcopa", labelled(0), labelled("0"), "predictions.jsonl:1: 'label' must be a whole number"),
        ("xcopa", labelled(0), labelled(True), "predictions.jsonl:1: 'label' must be a whole number"),
        ("panx", tagged("O O"), tagged("O"), "predictions.jsonl:1: 1 tags, but gold.jsonl:1 has 2"),
        ("panx", tagged("O  O"), tagged("O O O"), "gold.jsonl:1: tag 2 is empty"),
        ("panx", [{"tags": "O"}], [{"tags": ["O"]}], "gold.jsonl:1: 'tags' must be a list of text"),
        ("panx", [{"tags": ["O", 1]}], [{"tags": ["O", "O"]}], "gold.jsonl:1: 'tags' must be a list of text alone"),
        ("xquad", questions(a=["x"]), [*answered(a="x"), *answered(a="y")], "predictions.jsonl:2: the id 'a'"),
        ("xquad", [*questions(a=["x"]), *questions(a=["x"])], [], "gold.jsonl:2: the id 'a' was there"),
        ("xquad", questions(a=[]), answered(a="x"), "gold.jsonl:1: there are no answers"),
        ("xquad", questions(a=["x"]), [{"id": "a", "prediction_text": None}], "predictions.jsonl:1: 'prediction_text'"),
        ("xquad", [], answered(a="x"), "gold.jsonl is empty"),
        ("mlqa", questions(a=["x"]), answered(a="x"), "There is no language of MLQA 'xx'"),
        ("squad_v2", questions(a=["x"]), [], "no prediction for question 'a'"),
        ("squad_v2", [], [], "nothing to score"),
        ("bucc2018", [{"src_id": "a"}], [], "gold.jsonl:1: there is no field 'trg_id'"),
        ("mewslix", [{"id": "a", "entities": []}], [], "gold.jsonl:1: there are no entities"),
        ("lareqa", [{"id": "a", "targets": []}], [{"id": "a", "ranking": []}], "gold.jsonl:1: there are no targets"),
        ("lareqa", [{"id": "a", "targets": ["x"]}], [], "no ranking for 'a'"),
        ("xtreme_up_autocomplete", [{"target": "a"}], [{"prediction": ["a", "b"]}], "jsonl:1: 2 suggestions"),
        ("xtreme_up_ner", [{"target": "a"}], [], "gold.jsonl:1 has no counterpart"),
        ("xtreme_up_asr", [{"target": ""}], [{"prediction": "a"}], "no characters"),
        ("xtreme_up_qa_in_lang", [{"target": "a"}], [{"x": "a"}], "jsonl:1: there is no field 'prediction'"),
        ("xtreme_up_retrieval_in_lang", [], [], "nothing to score"),
        ("xnly", labelled("a"), labelled("a"), "Did you mean 'xnli'"),
    ],
)  # fmt: skip
def test_what_is_refused(make, task: str, gold: Rows, predictions: Rows, wrong: str) -> None:
    found = score_case(make(f"{task}.xx.1", gold, predictions))
    assert found.metrics is None and wrong in found.error and not found.good


def test_lines_that_are_no_rows(make) -> None:
    folder = make("xnli.de.1", labelled("a", "b"), labelled("a", "b"))
    for bad, wrong in (
        (b'{"id": "0"\n', "predictions.jsonl:1: is not valid JSON"),
        (b'{"id": "0", "label": "a"}\n\n{"id": "1", "label": "b"}\n', "predictions.jsonl:2: the line is empty"),
        (b"[1]\n", "predictions.jsonl:1: must be a JSON object"),
        (b"\xff\n", "predictions.jsonl:1: is not UTF-8"),
        (b"[" * 100_000, "predictions.jsonl:1: is not valid JSON"),
    ):
        (folder / "predictions.jsonl").write_bytes(bad)
        assert wrong in score_case(folder).error
    (folder / "predictions.jsonl").unlink()
    assert "predictions.jsonl: cannot be read" in score_case(folder).error


@pytest.mark.parametrize(
    ("task", "gold", "predictions", "metrics"),
    [
        ("pawsx", labelled(1, "0"), labelled("1", 0), {"accuracy": 100}),
        ("xnli", labelled("a"), [{"label": "a", "id": "7"}], {"accuracy": 100}),
        ("xcopa", labelled(0, 1), labelled("0", 1), {"accuracy": 50}),
        ("panx", tagged("B-PER", "B-LOC O"), tagged("B-PER", "B-LOC"), {"f1": 100}),
        # An empty tag ends a sentence, so both sides have three of them.
        ("panx", tagged("B-PER  B-LOC", "O"), tagged("B-PER", "B-LOC", "O"), {"f1": 100}),
        ("xquad", questions(a=["x"]), [*answered(a="y"), *answered(a="x")], {"exact_match": 100}),
        ("xquad", [*questions(a=["x"]), *questions(a=["y"])], answered(a="x"), {"exact_match": 50}),
        ("xtreme_up_retrieval_in_lang", [{"id": "b"}], [{"prediction": "ab"}], {"mrr": 0.5}),
        ("lareqa", [{"id": "a", "targets": ["x"]}], [], {"map@20": 0}),
    ],
)  # fmt: skip
def test_what_lenient_passes_over(make, task: str, gold: Rows, predictions: Rows, metrics: dict[str, float]) -> None:
    folder = make(f"{task}.xx.1", gold, predictions)
    assert score_case(folder).error
    found = score_case(folder, lenient=True)
    assert found.metrics is not None, found.error
    assert found.metrics.items() >= metrics.items()


def test_missing_and_unknown_ids_of_questions(make) -> None:
    found = score_case(make("xquad.de.1", questions(a=["x"], b=["y"]), answered(a="x", z="y")))
    assert found.metrics == {"exact_match": 50, "f1": 50}
    assert "1 without a prediction" in found.notes[0] and "unknown" in found.notes[1]


def test_probabilities_are_used_if_all_predictions_have_one(make) -> None:
    gold = questions(a=["x"], b=[])
    both = [{"id": "a", "prediction_text": "x", "no_answer_probability": 0.1},
            {"id": "b", "prediction_text": "y", "no_answer_probability": 7}]  # fmt: skip
    assert "best_f1" in (score_case(make("squad_v2.en.1", gold, both)).metrics or {})
    stranger = {"id": "z", "prediction_text": "y"}
    assert "best_f1" in (score_case(make("squad_v2.en.1", gold, [*both, stranger])).metrics or {})
    del both[1]["no_answer_probability"]
    folder = make("squad_v2.en.1", gold, both)
    assert "predictions.jsonl:2: there is no no_answer_probability, but predictions.jsonl:1" in score_case(folder).error
    assert "best_f1" not in (score_case(folder, lenient=True).metrics or {"best_f1": 0})
    told = {"task": "squad_v2", "language": "en", "params": {"use_na_probs": True}, "accept": ["error"]}
    found = score_case(make("squad_v2.en.1", gold, both, expected=told))
    assert "no_answer_probability" in found.error and found.agrees is True
    told["params"] = {"use_na_probs": False}
    assert score_case(make("squad_v2.en.1", gold, both, expected=told)).metrics is not None


def test_empty_lines_of_xtreme_up_do_not_count(make) -> None:
    folder = make("xtreme_up_semantic_parsing.am.1", [{"target": "a"}], [])
    (folder / "predictions.jsonl").write_text('\n{"prediction": "a"}\n\n')
    assert score_case(folder).metrics == {"sequence_accuracy": 100}


# ── vectors ──


def test_search(make) -> None:
    index, queries = np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)[[2, 0, 1]]
    folder = make("tatoeba.fr.1", labelled("2", "0", 2), src=index, eng=queries)
    assert score_case(folder).metrics == {"accuracy": pytest.approx(200 / 3)}
    (folder / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in labelled("2", "2", "1")))
    assert "of which 2 are among the 3" in score_case(folder).notes[0]


@pytest.mark.parametrize(
    ("index", "wrong"),
    [
        (np.full((3, 3), np.nan, np.float32), "src.npy: row 0 holds NaN"),
        (np.eye(3, 4, dtype=np.float32), "src.npy has vectors of 4 numbers, eng.npy of 3"),
        (np.zeros(3, np.float32), "src.npy: must be a matrix"),
        (np.zeros((3, 3), np.int64), "src.npy: must be a matrix of floats"),
        (np.zeros((0, 3), np.float32), "nothing to search in"),
        (np.array([[{}]], dtype=object), "it holds Python objects"),
    ],
)
def test_vectors_that_are_refused(make, index: np.ndarray, wrong: str) -> None:
    folder = make("tatoeba.fr.1", labelled("0", "1", "2"), src=index, eng=np.eye(3, dtype=np.float32))
    assert wrong in score_case(folder).error


def test_files_that_are_no_arrays(make) -> None:
    folder = make("tatoeba.fr.1", labelled("0"), src=np.eye(1), eng=np.eye(1))
    whole = (folder / "src.npy").read_bytes()
    for raw in (b"", b"x" * 200, whole[:-4], pickle.dumps({}), whole.replace(b"(1, 1), ", b"(9**9, )")):
        (folder / "src.npy").write_bytes(raw)
        assert score_case(folder).error.startswith("src.npy: ")
    big = whole.replace(b"'shape': (1, 1), }          ", b"'shape': (1, 99999999999), }")
    assert big != whole
    (folder / "src.npy").write_bytes(big)
    assert "cut off" in score_case(folder).error


def test_links_that_lead_out_are_not_followed(make, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"id": "0", "label": "a"}\n')
    folder = make("xnli.de.1", labelled("a"))
    (folder / "predictions.jsonl").symlink_to(tmp_path / "secret")
    assert "leads out" in score_case(folder).error


def mining_case(make, texts: dict[str, list[str]], gold: Rows, **more: Any) -> Outcome:
    sentences, vectors = [], {}
    for part in ("dev", "test"):
        for side in ("src", "trg"):
            some = texts[side]
            sentences += [
                {"split": part, "side": side, "id": f"{side}{place}", "text": text} for place, text in enumerate(some)
            ]
            draw = np.random.default_rng(0).normal(size=(len(some), 8)) + (0.1 if side == "trg" else 0)
            vectors[f"{part}_{side}"] = draw.astype(np.float32)
    return score_case(make("bucc2018.de.1", gold, [], sentences=sentences, **vectors, **more))


def pairs(*places: int) -> list[dict[str, Any]]:
    return [
        {"split": part, "src_id": f"src{place}", "trg_id": f"trg{place}"}
        for part in ("dev", "test")
        for place in places
    ]


def test_mining(make) -> None:
    texts = {side: [f"{side} {place}" for place in range(8)] for side in ("src", "trg")}
    told = {"task": "bucc2018", "params": {"k": 3}}
    found = mining_case(make, texts, pairs(0, 1, 2), expected=told)
    assert found.metrics is not None and found.metrics["recall"] > 0 and found.metrics["dev_threshold"] > 1
    assert "no threshold" in mining_case(make, texts, pairs(*range(8)), expected=told).error
    assert "k is 0" in mining_case(make, texts, pairs(0), expected={"task": "bucc2018", "params": {"k": 0}}).error
    texts["src"][0] = "src\t0"
    assert "holds a tab" in mining_case(make, texts, pairs(0, 1), expected=told).error
    texts["src"] = texts["src"][1:]
    texts["trg"][1] = "a\nb"
    assert "more than one line" in mining_case(make, texts, pairs(0, 1), expected=told).error


DOCUMENTS = {
    lang: {"data": [{"paragraphs": [{
        "context": "One. Two. One.", "sentence_breaks": [[0, 4], [5, 9], [10, 14]],
        "qas": [{"id": "q", "question": "?", "answers": [{"text": "One", "answer_start": 0}]},
                {"id": "lost", "question": "?", "answers": [{"text": " ", "answer_start": 4}]}]}]}]}
    for lang in ("en", "de")
}  # fmt: skip


def lareqa(make, documents: Any = DOCUMENTS, targets: tuple[str, ...] = ("de_1_0", "de_1_2", "en_1_0", "en_1_2")):
    names = [f"{lang}_1_{place}" for lang in ("en", "de") for place in range(3)]
    gold = [{"id": f"q_{lang}", "language": lang, "xling_id": "q", "targets": list(targets)} for lang in ("en", "de")]
    vectors = np.array([[1, 0], [0, 1], [1, 0]] * 2, np.float32)
    rows = [{"id": name} for name in names]
    folder = make("lareqa.all.1", gold, candidates=rows, questions=np.array([[1.0, 0], [0, 1]]))
    np.save(folder / "candidates.npy", vectors)
    (folder / "documents.json").write_text(json.dumps(documents))
    return score_case(folder)


def test_lareqa_from_vectors_and_documents(make) -> None:
    found = lareqa(make)
    second = (1 / 3 + 2 / 4 + 3 / 5 + 4 / 6) / 4
    assert found.metrics == {"map@20": pytest.approx((1 + second) / 2)}, found.error
    assert "documents.json gives 'q_en'" in lareqa(make, targets=("en_1_0",)).error
    assert "no candidate" in lareqa(make, targets=("fr_1_0",)).error
    twice = json.loads(json.dumps(DOCUMENTS))
    qas = twice["en"]["data"][0]["paragraphs"][0]["qas"]
    qas[1] = qas[0]
    assert "comes twice in en" in lareqa(make, documents=twice).error
    qas[1] = {**qas[0], "answers": []}
    assert "has 0 answers" in lareqa(make, documents=twice).error
    assert "shape of XQuAD-R" in lareqa(make, documents={"en": {"data": [{}]}}).error


# ── whole benchmarks ──


def test_a_suite_from_scores(make) -> None:
    scores = [{"task": "mlqa", "language": lang, "metrics": {"exact_match": 40, "f1": 60}}
              for lang in MLQA]  # fmt: skip
    found = score_case(make("suite_xtreme.all.1", scores=[*scores, {**scores[0], "language": "xx"}]))
    assert found.metrics is not None and found.metrics["overall"] == {}
    assert found.metrics["tasks"]["mlqa"]["avg_metric"] == 50
    assert "not counted: mlqa xx" in found.notes[0] and "not the whole of XTREME" in found.notes[1]
    assert "has a score before" in score_case(make("suite_xtreme.all.1", scores=[*scores, scores[0]])).error
    assert "none of en" in score_case(make("suite_xtreme.all.1", scores=scores[1:])).error
    odd = {"task": "lareqa", "language": "en", "metrics": {"map@20": 1}}
    folder = make("suite_xtreme_r.all.1", scores=[*scores, odd])
    assert "no place for lareqa" in score_case(folder).error
    assert score_case(folder, lenient=True).metrics is not None


def test_a_suite_from_predictions_says_where_it_fails(make) -> None:
    gold = [{"task": "mlqa", "language": lang, "rows": questions(a=["x"])} for lang in MLQA]
    said = [{"task": "mlqa", "language": row["language"], "rows": answered(a="x")} for row in gold]
    found = score_case(make("suite_xtreme.all.1", gold, said))
    assert found.metrics is not None and found.metrics["languages"]["mlqa"]["f1"]["zh"] == 100
    said[2]["rows"] = [{"id": "a", "prediction_text": 3}]
    assert "mlqa in de: predictions.jsonl:3, row 1: 'prediction_text'" in score_case(
        make("suite_xtreme.all.1", gold, said)
    ).error  # fmt: skip
    said[2] = {**said[1], "language": "de"}
    assert "nothing for mlqa in zh" in score_case(make("suite_xtreme.all.1", gold, said[:-1])).error


def test_xtreme_up_from_scores_and_from_predictions(make) -> None:
    row = {"task": "ner", "language": "sw", "metric": "Span_F1", "score": None}
    found = score_case(make("suite_xtreme_up.all.1", scores=[row]))
    assert found.metrics is not None and found.metrics["tasks"] == {"ner": None}
    gold = [{"task": "asr", "language": "sw", "rows": [{"target": "ab"}]}]
    said = [{"task": "asr", "language": "sw", "rows": [{"prediction": "ax"}]}]
    found = score_case(make("suite_xtreme_up.all.2", gold, said))
    assert found.metrics is not None and found.metrics["total_official_code"] == 50, found.error


# ── agreement ──


@pytest.mark.parametrize(
    ("expected", "agrees"),
    [
        ({"metrics": {"accuracy": 50.0}}, True),
        ({"metrics": {"accuracy": 50.1}}, False),
        ({"metrics": {"accuracy": 50.1}, "tolerance": 0.2}, True),
        ({"metrics": {"accuracy": 0.5}, "scale": "fraction"}, True),
        ({"metrics": {"accuracy": 40}, "alternatives": {"other": {"accuracy": 50}}}, True),
        ({"metrics": {"accuracy": 40}, "tie_range": {"accuracy": [45, 50]}}, True),
        ({"metrics": {"accuracy": 40}, "tie_range": {"accuracy": [55, 60]}}, False),
        ({"metrics": {"accuracy": 50, "more": 1}}, False),
        ({"metrics": None, "accept": ["error"]}, False),
        ({"metrics": {"accuracy": 50}, "accept": ["value", "error"]}, True),
        ({"metrics": {}}, False),
        ({"metrics": {"accuracy": 40}, "alternatives": {"other": {}}}, False),
        ({"metrics": {"accuracy": 50}, "accept": "valu"}, False),
        ({"metrics": {"accuracy": 50}, "tolerance": "x"}, False),
        ({"metrics": {"accuracy": 50}, "scale": "degrees"}, False),
    ],
)
def test_agreement(make, expected: dict[str, Any], agrees: bool) -> None:
    told = {"task": "xnli", "language": "de", **expected}
    found = score_case(make("case", labelled("a", "b"), labelled("a", "x"), expected=told))
    assert found.metrics == {"accuracy": 50} and found.agrees is agrees
    assert bool(found.why or found.error) is not agrees


def test_a_refusal_agrees_where_one_was_expected(make) -> None:
    for accept, agrees in ((["error"], True), (["value"], False)):
        told = {"task": "xnli", "language": "de", "accept": accept}
        found = score_case(make("case", labelled("a"), [], expected=told))
        assert found.agrees is agrees and found.error and found.good is agrees


def test_items_are_compared(make) -> None:
    told = {"task": "xquad", "metrics": {"f1": 100}, "items": {"a": {"f1": 100}}}
    gold, said = questions(a=["x"]), answered(a="x")
    assert score_case(make("case", gold, said, expected=told)).agrees
    assert not score_case(make("case", gold, said, expected={**told, "items": {"a": {"f1": 50}}})).agrees
    assert not score_case(make("case", gold, said, expected={**told, "items": {"b": {"f1": 100}}})).agrees


def test_an_expectation_that_cannot_be_read_is_an_error(make) -> None:
    folder = make("xnli.de.1", labelled("a"), labelled("a"))
    for raw in ("{", "[]", '{"params": 3}'):
        (folder / "expected.json").write_text(raw)
        found = score_case(folder)
        assert "expected.json" in found.error and not found.good


def test_task_and_language_where_the_folder_does_not_say_them(make) -> None:
    folder = make("mine", questions(a=["das x"]), answered(a="x"))
    assert "There is no task 'mine'" in score_case(folder).error
    assert score_case(folder, task="mlqa", language="de").metrics == {"exact_match": 100, "f1": 100}


def test_a_case_does_not_vanish_with_its_gold(make, tmp_path: Path) -> None:
    make("xnli.de.1", labelled("a"), labelled("a"))
    lacking = make("xnli.de.2", None, labelled("a"))
    assert lacking in list(cases_in(tmp_path))
    assert "gold.jsonl" in score_case(lacking).error


def test_cases_are_found_at_any_depth(make, tmp_path: Path) -> None:
    for name in ("b.x.1", "deep/er/a.x.1"):
        make(name, labelled("a"), labelled("a"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [path.name for path in cases_in(tmp_path)] == ["b.x.1", "a.x.1"]
    assert len(TASKS) == 26
