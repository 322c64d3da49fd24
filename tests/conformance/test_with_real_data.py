"""What a mirror has of the declared tasks and exams: it loads with the manifest's numbers of rows, encodes, scores, and
trains for a step. Skipped where there is no mirror at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from conformance_answers import guesses, perfect

from xstilts.errors import Absent
from xstilts.files import read_json
from xstilts.forms import Choose, Classify, Match, Retrieve, Span, Tag
from xstilts.sources import FirstOf, Hub, Mirror, Reading, Table, reading
from xstilts.sources.walk import leaves
from xstilts.tasks import Exam, Task, exam, exams, task, tasks
from xstilts.training.recipe import Recipe
from xstilts.training.stage import train_stage

NEAR = Path(__file__).parents[3] / "shared" / "data"
"""Where data may lie beside a checkout."""
DATA = Path(os.environ.get("XSTILTS_DATA") or NEAR)
pytestmark = pytest.mark.skipif(
    not (DATA / "MANIFEST.json").is_file(), reason=f"no mirror: XSTILTS_DATA is not set, and {NEAR} is not there"
)
FEW = 2
"""Languages of an exam on every day; the slow tests take all."""
BATCH = 24
REAL_TASKS = [name for name in tasks() if not name.startswith("lab")]
REAL_EXAMS = [name for name in exams() if not name.startswith("lab")]
ONE_OF_EACH = ("copa", "hellaswag", "sib200", "snli", "squad1", "squad2", "udpos", "panx", "lareqa")


@cache
def manifest() -> dict[str, int]:
    return {one["file"]: one["rows"] for one in read_json(DATA / "MANIFEST.json")["files"]}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XSTILTS_DATA", str(DATA))
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("XSTILTS_TASKS", "XSTILTS_CCGBANK"):
        monkeypatch.delenv(name, raising=False)
    return


def in_mirror(source: Any, lang: str) -> bool:
    """Whether the mirror alone gives the rows."""
    return all(
        any(not isinstance(table.place, Hub) and table.has(lang) for table in getattr(leaf, "tables", (leaf,)))
        for leaf in leaves(source)
    )


def held_to_the_manifest(done: Reading, source: Any, lang: str, *, a_row: int = 1) -> None:
    """Every row of the files is an example or was left out as declared, and counted."""
    rows = sum(manifest()[found.name] for found in done.files)
    assert done.rows == rows
    assert all(found.content.startswith("sha256:") for found in done.files)
    if any(isinstance(one.form, Retrieve) for one in tables(source)):
        gold = sum(manifest()[found.name] for found in done.files if ".gold." in found.name)
        # A shared pool asks for the other languages' questions too, to know what answers them there.
        others = sum(
            manifest()[found.name]
            for found in done.files
            if ".questions." in found.name and f"/{lang}." not in found.name
        )
        assert len(done.examples) == (rows - gold - others) * a_row
    else:
        assert len(done.examples) + sum(done.dropped.values()) == rows
    allowed = {name for one in tables(source) for name in one.drop} | {"where"}
    assert set(done.dropped) <= allowed
    assert not done.repaired


def tables(source: Any) -> list[Table]:
    return [table for leaf in leaves(source) for table in (leaf.tables if isinstance(leaf, FirstOf) else (leaf,))]


def a_row_of(one: Exam) -> int:
    return 2 if one.name.startswith("tatoeba") else 1


def some(one: Exam, most: int | None) -> list[str]:
    there = [lang for lang in one.languages if in_mirror(one.test, lang)]
    return there[-(most or len(there)) :]


@pytest.mark.parametrize("name", REAL_TASKS)
@pytest.mark.parametrize("split", ["dev", pytest.param("train", marks=pytest.mark.slow)])
def test_a_task_loads_encodes_and_scores(name: str, split: str) -> None:
    one = task(name)
    source = getattr(one, split)
    if not in_mirror(source, one.lang):
        pytest.skip(f"the mirror has no {split} rows of {name}")
    done = reading(source, one.lang)
    held_to_the_manifest(done, source, one.lang)
    encodes_and_scores(one, list(done.examples))


@pytest.mark.parametrize("name", REAL_EXAMS)
@pytest.mark.parametrize("most", [FEW, pytest.param(None, marks=pytest.mark.slow, id="all")])
def test_an_exam_loads_encodes_and_scores(name: str, most: int | None) -> None:
    one = exam(name)
    langs = some(one, most)
    if not langs:
        pytest.skip(f"the mirror has no language of {name}")
    for lang in langs:
        try:
            done = reading(one.test, lang)
        except Absent:
            pytest.skip(f"the mirror has {name} without its answers")
        held_to_the_manifest(done, one.test, lang, a_row=a_row_of(one))
        encodes_and_scores(one, list(done.examples))


def encodes_and_scores(one: Task | Exam, rows: list[Any]) -> None:
    encoded = one.form.encode(rows[:BATCH], tiny.tokenizer(), max_length=64)
    assert len(encoded) >= min(BATCH, len(rows))
    assert encoded.lengths.max() <= 64 and set(np.unique(encoded.example)) == set(range(min(BATCH, len(rows))))
    # MLQA's own F1 gives nothing for an answer that is an article alone, right as it is ("una", once in Spanish).
    metric = "exact" if isinstance(one.form, Span) else one.form.metrics[0]
    if any(not isinstance(one.form, Retrieve) or row.part == "test" for row in rows):
        assert one.form.score(perfect(one, rows), rows)[metric] == pytest.approx(100)
    if isinstance(one.form, Classify | Choose):
        chance = one.form.chance(rows)
        kinds = len(one.form.labels) if isinstance(one.form, Classify) else one.form.options
        blind = [one.form.score(guesses(one, rows, seed), rows)[metric] for seed in range(5)]
        assert sum(blind) / 5 == pytest.approx(100 / kinds, abs=6)
        assert chance >= 100 / kinds - 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_task_of_each_form_trains_for_a_step(name: str) -> None:
    one = task(name)
    network = tiny.network()
    recipe = Recipe(steps=1, epochs=None, batch=4, max_length=60, examples=16)
    training = train_stage(network, [one], None, recipe, seed=1)
    assert training.health.state != "diverged"
    assert one.name in training.dev


@pytest.mark.parametrize("form", [Classify, Choose, Span, Tag, Match])
def test_every_form_has_a_task_that_is_trained(form: type) -> None:
    assert any(isinstance(tasks()[name].form, form) for name in ONE_OF_EACH)


def test_the_mirror_is_covered() -> None:
    """Every folder of the mirror that is a data set for tasks is read by something."""
    read = {place.task for name in REAL_TASKS for place in mirrors(task(name).train, task(name).dev)}
    read |= {place.task for name in REAL_EXAMS for place in mirrors(exam(name).test)}
    there = {name.split("/")[0] for name in manifest()} - {"text", "uriel"}
    assert there - read <= {"pubmed_qa"}


def mirrors(*sources: Any) -> list[Mirror]:
    return [one.place for source in sources for one in tables(source) if isinstance(one.place, Mirror)]
