"""`list` and `show`: every name there is can be shown, and no text from outside steers the terminal."""

from pathlib import Path

import cli_fakes
import pytest

from xstilts.cli import screen
from xstilts.encoders.catalogue import encoders
from xstilts.forms import Text
from xstilts.languages import all_languages
from xstilts.sources import Reading
from xstilts.studies.study import shipped_studies
from xstilts.tasks import exams, suites, tasks


def test_the_overview_counts(xstilts) -> None:
    said = xstilts("list")
    assert said.code == 0
    for count in (len(tasks()), len(exams()), len(all_languages()), len(encoders()), len(shipped_studies())):
        assert f" {count} " in said.out


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("tasks", tasks()),
        ("exams", exams()),
        ("languages", [one.code for one in all_languages()]),
        ("suites", suites()),
        ("encoders", encoders()),
        ("studies", shipped_studies()),
    ],
)
def test_every_list_has_every_name(xstilts, kind: str, names: list[str]) -> None:
    said = xstilts("list", kind)
    assert said.code == 0
    first = {line.split()[0] for line in said.out.splitlines() if line.strip()}
    assert set(names) <= first


def test_the_lab_is_marked_as_invented(xstilts) -> None:
    for kind in ("tasks", "exams", "languages"):
        said = xstilts("list", kind)
        assert all("invented" in line for line in said.out.splitlines() if line.startswith("lab-"))
    assert "invented" not in next(
        line for line in xstilts("list", "languages").out.splitlines() if line.startswith("sw")
    )
    assert screen.LAB in xstilts("show", "lab-tatoeba").out


def test_an_exam_shows_three_rows_of_a_language(xstilts) -> None:
    said = xstilts("show", "lab-mlqa", "--lang", "lab-mid")
    assert said.code == 0
    assert "Exam lab-mlqa" in said.out and "Middlese" in said.out
    examples = exams()["lab-mlqa"].test.read("lab-mid")
    for example in examples[:3]:
        assert example.question in said.out and example.answers[0] in said.out
    assert examples[3].question not in said.out


def test_lists_are_narrowed(xstilts) -> None:
    def named(*words: str) -> set[str]:
        lines = xstilts("list", *words).out.splitlines()[2:-2]
        return {line.split()[0] for line in lines if line.strip()}

    assert named("tasks", "--form", "span") == {
        "squad1", "squad2", "tydiqa", "lab-squad1", "lab-squad2", "lab-xquad", "lab-tydiqa",
    }  # fmt: skip
    assert named("exams", "--language", "ur") == {
        "xnli", "udpos", "udpos-xr", "panx", "panx-xr", "tatoeba", "tatoeba-xr", "sib200",
    }  # fmt: skip
    assert named("tasks", "--licence", "cc by-nc 4.0") == {"anli", "anli-plus", "masakhaner", "masakhapos"}
    assert "'choose'" in xstilts("list", "tasks", "--form", "chose").err
    assert "'sw'" in xstilts("list", "exams", "--language", "swahil").err


def test_a_list_without_hits_says_what_there_is(xstilts) -> None:
    said = xstilts("list", "exams", "--form", "span", "--language", "zu")
    assert said.code == 0 and "None of the exams is so." in said.out
    assert "classify" in said.out and " zu" in said.out and "CC BY-NC 4.0" in said.out
    assert "after training on" not in said.out, "no empty table"


@pytest.mark.parametrize("kind", ["languages", "suites", "encoders", "studies", ""])
def test_filters_are_for_tasks_and_exams(xstilts, kind: str) -> None:
    said = xstilts("list", *filter(None, [kind]), "--form", "span")
    assert said.code == 1 and "--form narrow tasks and exams" in said.err


def test_a_name_inside_others_suggests_those(xstilts) -> None:
    said = xstilts("show", "mlm")
    assert said.code == 1 and "'lab-mlm'" in said.err and "[corpora.NAME]" in said.err
    assert "'lab-tatoeba'" in xstilts("show", "b-tato").err


def test_suites_are_shown_with_what_is_here(xstilts) -> None:
    said = xstilts("show", "xtreme-r")
    assert said.code == 0
    assert "XTREME-R" in said.out and "lareqa" in said.out and "udpos-xr" in said.out


def test_what_is_not_here_is_shown_without_examples(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XSTILTS_DATA", "XSTILTS_CCGBANK"):
        monkeypatch.delenv(name, raising=False)
    said = xstilts("show", "xnli")
    assert said.code == 0
    assert "0 of 15 languages" in said.out and "No examples" in said.out and "facebook/xnli" in said.out
    said = xstilts("show", "ccg")
    assert said.code == 0
    assert "LDC2005T13" in said.out and "XSTILTS_CCGBANK" in said.out
    assert "CC BY-SA" in xstilts("show", "squad1").out


def test_the_tokens_of_an_encoder_are_counted(xstilts) -> None:
    said = xstilts("show", "lab-xnli", "--encoder", "lab")
    assert said.code == 0
    assert "Tokens a row for lab, of the first 150 examples" in said.out
    assert "Tokens a row for lab, of the first 150 examples" in xstilts("show", "lab-xnli").out, "it is always at hand"


def test_a_task_in_another_language_is_shown(xstilts) -> None:
    assert "Task lab-qqp@lab-mid" in xstilts("show", "lab-qqp@lab-mid").out


def test_a_folder_of_a_tasks_name_is_no_encoder(xstilts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lab-mnli").mkdir()
    monkeypatch.chdir(tmp_path)
    said = xstilts("show", "lab-mnli")
    assert said.code == 0 and "Task lab-mnli" in said.out and "Encoder" not in said.out


def test_a_name_that_two_things_share_shows_both(xstilts) -> None:
    both = xstilts("show", "lab-xquad").out
    assert "Task lab-xquad" in both and "Exam lab-xquad" in both
    both = xstilts("show", "lab").out
    assert "Encoder lab" in both and "Study lab" in both


def test_languages_by_code_and_by_name(xstilts) -> None:
    assert xstilts("show", "sw").out == xstilts("show", "swahili").out
    assert "none" in next(line for line in xstilts("show", "lab-far-new").out.splitlines() if "pretraining" in line)


def test_folders_and_files(xstilts, tmp_path: Path, study: Path) -> None:
    assert "Encoder enc" in xstilts("show", tmp_path / "enc").out
    assert "[bold]help[/bold]" in xstilts("show", study).out
    assert xstilts("show", "org/name").code == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["lab-xquadd"], "'lab-xquad'"),
        (["Swahilli"], "'Swahili'"),
        (["lab-mlqa", "--lang", "lab-mit"], "'lab-mid'"),
        (["./nothing"], "Check the path"),
        (["nothing.toml"], "nothing.toml"),
    ],
)
def test_unknown_names_give_the_nearest(xstilts, words: list[str], hint: str) -> None:
    said = xstilts("show", *words)
    assert said.code == 1
    assert said.err.count("\n") == 1 and hint in said.err
    assert said.out == ""


def test_text_from_outside_is_shown_and_never_obeyed(xstilts, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = Text(id="[red]x", texts=("[bold]loud[/bold] \x1b[2J\x07", "[/nothing]"), label="neutral")
    monkeypatch.setattr("xstilts.cli.examples.rows_of", lambda source, lang: Reading((evil,) * 3, (), 3))
    said = xstilts("show", "lab-xnli")
    assert said.code == 0
    assert "[bold]loud[/bold] \\x1b[2J\\x07" in said.out and "[/nothing]" in said.out and "[red]x" in said.out
    assert "\x1b[2J" not in said.out and "\x07" not in said.out


def test_corrupt_encoder_folders_have_a_way_out(xstilts, tmp_path: Path) -> None:
    folder = cli_fakes.make_encoder(tmp_path / "cut")
    (folder / "model.safetensors").write_bytes(b"\xff" * 20)
    said = xstilts("show", folder)
    assert said.code == 1
    assert "model.safetensors" in said.err and said.err.count("\n") == 1
