"""Oracles in studies: what they are made of, that they are marked, and that no test row reaches a training."""

import ast
from pathlib import Path
from typing import Any

import msgspec
import pytest

import xstilts.training
from xstilts.errors import BadInput, BadStudy
from xstilts.forms import Classify, Text
from xstilts.sources import Own, Table, Texts
from xstilts.studies.oracles import files, guides, keep_apart
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.recording import recorded
from xstilts.studies.records.store import Store
from xstilts.studies.study import read_study
from xstilts.studies.working import steps as steps_module
from xstilts.studies.working.errand import Errand, Memory
from xstilts.tasks import Exam, Task, pinned, task
from xstilts.tasks.translated import watched
from xstilts.training import Machine


def told(text: str, top: str = "", more: str = "") -> Plan:
    return plan(read_study(text.replace('name = "small"', f'name = "small"\n{top}') + more))


def test_the_choice_is_part_of_the_digest_and_last_is_what_it_was(text: str) -> None:
    rules = ("last", "english-dev", "oracle")
    digests = {rule: {s.digest for s in told(text, f'select = "{rule}"').steps} for rule in rules}
    assert digests["last"] == {step.digest for step in plan(read_study(text)).steps}
    untouched = {step.digest for step in plan(read_study(text)).steps if step.seed is None}
    for one, other in (("last", "oracle"), ("last", "english-dev")):
        assert digests[one] & digests[other] == untouched
    # Under an oracle intermediates go by their own language, as under english-dev.
    assert digests["oracle"] & digests["english-dev"] > untouched


def test_an_oracle_looks_at_the_development_rows_of_its_exams_languages(text: str) -> None:
    planned = told(text, 'select = "oracle"\nlanguages = ["lab-piv", "lab-mid", "lab-far-sov"]')
    (name,) = (name for name in planned.tasks if "?" in name)
    guide = planned.tasks[name]
    assert name == "lab-xquad?lab-mid+lab-far-sov" and guide.languages == ("lab-mid", "lab-far-sov")
    assert guide.dev.read("lab-mid") == task("lab-xquad@lab-mid").dev.read("lab-mid")
    with pytest.raises(BadInput):
        guide.train.read("lab-mid")
    assert planned.study.select == "oracle" and any("Oracle" in warning for warning in planned.warnings)
    named = told(text, "", '\n[recipe.target.for.lab-xquad]\nselect = "oracle"\noracle = ["lab-mid"]\n')
    assert named.study.select == "oracle" and "lab-xquad?lab-mid" in named.tasks


def test_every_record_says_who_chose(text: str) -> None:
    planned = told(text, "", '\n[recipe.target.for.lab-xquad]\nselect = "oracle"\noracle = ["lab-mid"]\n')
    for step in planned.steps:
        run = recorded(step, planned, steps_module.Outcome(), machine=Machine(), started=0.0, seconds=0.0, restarts=0)
        expected = "oracle" if "lab-xquad" in step.label or "lab-mlqa" in step.label else "last"
        assert run.select == expected, step.label


@pytest.mark.parametrize(
    ("top", "more", "says"),
    [
        ("", '[recipe.intermediate]\nselect = "oracle"', "an oracle is for targets"),
        ("", '[recipe.target]\noracle = ["lab-mid"]', 'and `select` is not "oracle"'),
        ("", "[recipe.target]\npatience = 0", "`evaluate` and `patience` of at least 1"),
        ('select = "oracel"', "", "invalid enum value 'oracel'"),
        ('select = "oracle"\nlanguages = ["lab-piv", "lab-mid"]', '[recipe.target]\noracle = ["sw"]', "'sw'"),
    ],
    ids=["intermediate", "unused", "patience", "spelling", "absent"],
)
def test_impossible_choices_are_told(text: str, top: str, more: str, says: str) -> None:
    for line in more.splitlines()[:1]:
        text = text.replace(line, "\n".join([line, *more.splitlines()[1:]]), 1)
    with pytest.raises((BadStudy, BadInput)) as caught:
        told(text, top)
    assert says in str(caught.value)


FORM = Classify(("a", "b"), fields=("text",))


def own(folder: Path, pattern: str) -> Table:
    return Table(form=FORM, place=Own(pattern, folder=str(folder)), columns=Texts())


def test_no_oracle_reads_what_an_exam_is_sat_from(tmp_path: Path) -> None:
    """Some sets publish one part for both, TyDi QA's among them: there is no oracle for these."""
    written = {"en.train": "x", "en.dev": "y", "sw.dev": "z", "sw.test": "t", "de.dev": "d", "de.test": "d"}
    for name, text in written.items():
        (tmp_path / f"{name}.jsonl").write_bytes(msgspec.json.encode({"text": text, "label": "a"}))
    train, dev, test = (own(tmp_path, f"{{lang}}.{split}.jsonl") for split in ("train", "dev", "test"))
    toy = Task(name="toy", form=FORM, lang="en", train=train, dev=dev)
    sat = pinned(Exam(name="toys", of="toy", form=FORM, test=test, languages=("sw", "de"), pivot="en"))
    keep_apart({"toy?sw": pinned(watched(toy, ("sw",)))}, {"toys": sat})
    with pytest.raises(BadStudy, match="in 'de' are the test rows of toys"):
        keep_apart({"toy?sw+de": pinned(watched(toy, ("sw", "de")))}, {"toys": sat})
    assert len(set(files(sat.test, "sw"))) == 1


class Poisoned(msgspec.Struct, frozen=True):
    """Test rows that nobody may read."""

    def read(self, lang: str) -> list[Text]:
        raise AssertionError(f"test rows in {lang} were read")


@pytest.mark.parametrize("rule", ["last", "english-dev", "oracle"])
def test_no_training_reads_a_test_row(rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every exam's rows are out of reach while every training of a study is done, whoever chooses its weights."""
    text = """
        name = "small"
        encoder = "lab"
        seeds = [1]
        exams = ["lab-xnli", "lab-tatoeba"]
        languages = ["lab-mid"]
        [intermediates]
        mnli = { tasks = ["lab-mnli"], examples = 40 }
        [recipe.intermediate]
        batch = 4
        steps = 4
        max_length = 64
        [recipe.target]
        batch = 4
        steps = 4
        max_length = 64
    """ + ("" if rule == "last" else "evaluate = 2\n")
    planned = told(text, f'select = "{rule}"')
    poisoned = {name: msgspec.structs.replace(one, test=Poisoned()) for name, one in planned.exams.items()}
    planned = msgspec.structs.replace(planned, exams=poisoned)
    memory, store, trained = Memory(), Store(tmp_path), 0
    for step in planned.steps:
        errand = Errand(
            step=step, plan=planned, store=store, machine=Machine(device="cpu", threads=1), memory=memory,
            save=True, moved=lambda *given: None,
        )  # fmt: skip
        if step.kind == "test":
            with pytest.raises(AssertionError, match="were read"):
                steps_module.do_step(errand)
            continue
        done = steps_module.do_step(errand)
        chosen: Any = done.training["selection"]
        assert (chosen is None) == (rule == "last")
        trained += 1
    assert trained == 3


def test_the_training_floor_knows_no_exam() -> None:
    """It is given tasks, and a task has no test rows; nothing there imports an exam, or asks for one by name."""
    assert not {"test", "exam"} & set(Task.__struct_fields__)
    for path in sorted(Path(xstilts.training.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                assert not names & {"Exam", "exam", "exams", "suite", "suites"}, path.name
                assert "studies" not in (node.module or ""), path.name
            if isinstance(node, ast.Attribute):
                assert node.attr != "test", f"{path.name}:{node.lineno}"


def test_guides_are_only_asked_for_by_oracles(text: str) -> None:
    assert guides(read_study(text)) == {}
