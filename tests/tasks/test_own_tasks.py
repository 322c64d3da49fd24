"""A task of one's own in a few lines of TOML: read strictly, found by name, planned like any other."""

from __future__ import annotations

import pickle
from pathlib import Path

import msgspec
import pytest

from xstilts.errors import BadInput, UnknownName, XstiltsError
from xstilts.forms import Classify
from xstilts.sources.table import _memory
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.recording import declaration
from xstilts.studies.study import load_study
from xstilts.tasks import catalogue, exam, exams, neighbours, task, tasks
from xstilts.tasks.catalogue import passed_over
from xstilts.tasks.own import read_declaration

TOML = """
name = "intents"
files = "data/{lang}.{split}.csv"
lang = "en"
languages = ["en", "sw"]
licence = "mine"

[form]
type = "classify"
labels = ["order", "question"]
fields = ["utterance"]

[columns]
label = "intent"
"""
STUDY = """
name = "own"
encoder = "lab"
exams = ["intents"]
seeds = [1]
tasks = ["mine/intents.toml"]
"""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(neighbours, "_added", {})
    _memory.kept.clear()
    monkeypatch.setenv("XSTILTS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("XSTILTS_TASKS", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "mine" / "data"
    data.mkdir(parents=True)
    for name in ("en.train", "en.dev", "en.test", "sw.test"):
        (data / f"{name}.csv").write_text(f"utterance,intent\ngo {name},order\nwhy {name},question\n")
    (tmp_path / "mine" / "intents.toml").write_text(TOML)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def test_a_declaration_becomes_a_task_and_its_exam(folder: Path) -> None:
    made, sat = read_declaration(folder / "mine" / "intents.toml")
    assert made is not None and sat is not None
    assert made.form == Classify(labels=("order", "question"), fields=("utterance",))
    assert [one.label for one in made.train.read("en")] == ["order", "question"]
    assert (sat.of, sat.zero_shot, len(sat.test.read("sw"))) == ("intents", ("sw",), 2)


def test_two_columns_of_words_and_tags_need_no_map(tmp_path: Path) -> None:
    for part in ("en.train", "en.dev", "sw.test"):
        (tmp_path / f"{part}.conll").write_text("Juma\tB-PER\nruns\tO\n\nNairobi\tO\n")
    (tmp_path / "names.toml").write_text(
        'name = "names"\nfiles = "{lang}.{split}.conll"\nlanguages = ["sw"]\n'
        '[form]\ntype = "tag"\nlabels = ["O", "B-PER", "I-PER"]\n'
    )
    made, sat = read_declaration(tmp_path / "names.toml")
    assert made is not None and sat is not None
    assert [one.words for one in made.train.read("en")] == [("Juma", "runs"), ("Nairobi",)]
    assert [one.tags for one in sat.test.read("sw")] == [("B-PER", "O"), ("O",)]


def test_a_folder_of_declarations_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName):
        task("intents")
    monkeypatch.setenv("XSTILTS_TASKS", str(folder / "mine"))
    assert task("intents").licence == "mine"
    assert {"intents", "lab-mnli"} <= set(tasks())
    assert "intents" in exams()
    (folder / "mine" / "study.toml").write_text(STUDY)
    assert "intents" in exams(), "a study beside it is no task, and does no harm"
    monkeypatch.setenv("XSTILTS_TASKS", str(folder / "nowhere"))
    with pytest.raises(BadInput, match="no such folder"):
        tasks()


def test_a_study_names_its_declarations_and_is_planned_by_their_content(folder: Path) -> None:
    study = load_study(folder / "study.toml")
    assert exam("intents").of == "intents"
    planned = plan(study)
    assert [step.kind for step in planned.steps] == ["train", "test"]
    assert [one.digest for one in plan(study).steps] == [one.digest for one in planned.steps]
    assert pickle.loads(pickle.dumps(planned)) == planned, "workers of their own process get it so"
    for step in planned.steps:
        msgspec.json.encode(declaration(step, planned))
    (folder / "mine" / "data" / "sw.test.csv").write_text("utterance,intent\nenda,order\n")
    train, test = plan(study).steps
    assert train.digest == planned.steps[0].digest
    assert test.digest != planned.steps[1].digest
    with pytest.raises(BadInput, match="changed since"):
        planned.exams["intents"].test.read("sw")


def test_a_declaration_that_changes_is_read_again(folder: Path) -> None:
    load_study(folder / "study.toml")
    path = folder / "mine" / "intents.toml"
    path.write_text(TOML.replace('"mine"', '"ours, since today"'))
    assert task("intents").licence == "ours, since today"


def test_two_of_one_name_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "x.toml").write_text(TOML)
    monkeypatch.setenv("XSTILTS_TASKS", str(other))
    load = folder / "study.toml"
    with pytest.raises(BadInput, match="Rename one of them"):
        load_study(load)


def test_a_file_that_cannot_be_read_spoils_its_own_name_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSTILTS_TASKS", str(folder / "mine"))
    for name, text in {
        "broken": 'name = "broken',
        "typed": TOML.replace('"intents"', '"typo"').replace("labels =", "lables ="),
        "taken": TOML.replace('"intents"', '"mnli"'),
        "twice": TOML,
    }.items():
        (folder / "mine" / f"{name}.toml").write_text(text)
    assert sorted(path.name for path in passed_over()) == ["broken.toml", "taken.toml", "twice.toml", "typed.toml"]
    assert {"mnli", "lab-mnli"} <= set(tasks()) and task("mnli").about.startswith("Williams")
    with pytest.raises(BadInput, match=r"broken\.toml is not valid TOML"):
        task("broken")
    with pytest.raises(BadInput, match=r"unknown key 'lables'"):
        exam("typo")
    with pytest.raises(BadInput, match=r"twice\.toml declares 'intents', as .*intents\.toml does"):
        task("intents")
    with pytest.raises(UnknownName, match=r"Not read: broken\.toml, "):
        task("other")
    with pytest.raises(BadInput, match=r"broken\.toml is not valid TOML"):
        catalogue.add(folder / "mine" / "broken.toml")
    with pytest.raises(BadInput, match="declares 'mnli', as the catalogue does"):
        catalogue.add(folder / "mine" / "taken.toml")


def test_an_exam_of_a_known_task(folder: Path) -> None:
    path = folder / "mine" / "exam.toml"
    path.write_text(TOML.replace('lang = "en"', 'of = "lab-mnli"').replace('"intents"', '"more"'))
    made, sat = read_declaration(path)
    assert made is None
    assert sat is not None and sat.of == "lab-mnli"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("licence =", "license =", "unknown key 'license'. Did you mean 'licence'"),
        ("labels =", "lables =", "unknown key 'lables'. Did you mean 'labels'"),
        ("label = ", "lable = ", r"\[columns\] has an unknown key 'lable'. Did you mean 'label'"),
        ('"classify"', '"clasify"', "Did you mean 'classify'"),
        ('["order", "question"]', '"order"', "expected `array`, got `str` at `labels`"),
        ('["en", "sw"]', '["en", "swa"]', "no language 'swa'"),
        ('"intents"', '"My Intents"', "cannot name a task"),
        ("files =", "test =", "says nothing about train files"),
        ("name =", "name = =", "not valid TOML"),
        ('lang = "en"', 'lang = "en"\nmetric = "f2"', "no metric of classify .* 'f2'"),
        ('lang = "en"', 'lang = "en"\nrepair = ["start"]', "nvalid enum value 'start'"),
    ],
)
def test_mistakes_are_named(folder: Path, old: str, new: str, said: str) -> None:
    path = folder / "mine" / "intents.toml"
    assert old in TOML
    path.write_text(TOML.replace(old, new, 1))
    with pytest.raises(XstiltsError, match=said):
        read_declaration(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no task file"):
        read_declaration(tmp_path / "none.toml")
