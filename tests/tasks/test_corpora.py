"""Running text and tasks in several languages: what they read, what they are called, what makes them who they are."""

from pathlib import Path

import msgspec
import pytest

from xstilts.errors import Absent, BadInput
from xstilts.forms import Lines, Mask
from xstilts.identity import digest
from xstilts.sources import Own, Table, Texts
from xstilts.tasks import Task, pinned, task
from xstilts.tasks.corpora import Corpus, corpus_task
from xstilts.tasks.nli import NLI
from xstilts.tasks.translated import in_languages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for lang, count in (("de", 300), ("sw", 40)):
        (tmp_path / f"{lang}.txt").write_text("\n\n".join(f"{lang} line {i}" for i in range(count)), encoding="utf-8")
    (tmp_path / "sw.tsv").write_text("\n".join(f'line {i}\tmstari "{i}' for i in range(50)), encoding="utf-8")
    return tmp_path


def test_a_folder_is_a_task_in_its_languages(folder: Path) -> None:
    text = corpus_task("wiki", Corpus(files=folder.name, held_out=0.1), folder.parent)
    assert text.languages == ("de", "sw") and text.alpha == 0.3 and text.form == Mask()
    for lang, count in (("de", 300), ("sw", 40)):
        train, dev = ({one.text for one in part.read(lang)} for part in (text.train, text.dev))
        assert len(train) + len(dev) == count and not train & dev
        assert 0.04 < len(dev) / count < 0.2


def test_parallel_lines_are_read_in_one_row(folder: Path) -> None:
    pairs = corpus_task("pairs", Corpus(files=".", parallel=True, held_out=0.0), folder)
    assert pairs.languages == () and pairs.lang == "sw" and pairs.alpha == 1.0
    first = pairs.train.read("sw")[0]
    assert isinstance(first, Lines) and (first.text, first.second) == ("line 0", 'mstari "0')
    assert list(pairs.dev.read("sw")) == []


def test_what_is_written_is_its_identity_and_where_it_lies_is_not(folder: Path, tmp_path: Path) -> None:
    def told() -> str:
        return digest(pinned(corpus_task("wiki", Corpus(files=".", languages=("sw",)), folder)))

    before = told()
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (moved / "sw.txt").write_bytes((folder / "sw.txt").read_bytes())
    assert (
        digest(pinned(corpus_task("wiki", Corpus(files="elsewhere/{lang}.txt", languages=("sw",)), tmp_path))) == before
    )
    with (folder / "sw.txt").open("a") as file:
        file.write("\none more")
    assert told() != before
    kinds = [
        Corpus(files="."),
        Corpus(files=".", alpha=0.5),
        Corpus(files=".", rate=0.2),
        Corpus(files=".", held_out=0.2),
    ]
    assert len({digest(pinned(corpus_task("wiki", one, folder))) for one in kinds}) == 4


@pytest.mark.parametrize(
    ("corpus", "says"),
    [
        (Corpus(files="."), "names no language that is known"),
        (Corpus(files="nowhere"), "no file"),
        (Corpus(files=".", rate=0.0), "cannot be"),
        (Corpus(files=".", languages=("de", "de")), "de"),
    ],
    ids=["strange", "folder", "rate", "twice"],
)
def test_what_cannot_be_read_is_told(folder: Path, corpus: Corpus, says: str) -> None:
    (folder / "notes.txt").write_text("not in any language")
    with pytest.raises(BadInput, match=says):
        corpus_task("wiki", corpus, folder)


def test_a_language_that_is_named_may_lie_elsewhere(folder: Path) -> None:
    task = corpus_task("wiki", Corpus(files=".", languages=("de", "fr"), lines=70), folder)
    assert task.spoken == ("de", "fr") and task.examples == 70
    with pytest.raises(Absent, match=r"no file .*fr.txt"):
        pinned(task)


def test_files_called_otherwise(folder: Path) -> None:
    (folder / "ger.txt").write_text("eine Zeile")
    (folder / "de.txt").unlink()
    text = corpus_task("wiki", Corpus(files=".", codes={"de": "ger"}, held_out=0.0), folder)
    assert text.languages == ("de", "sw") and text.train.read("de")[0].text == "eine Zeile"


@pytest.mark.parametrize("name", ["lab-mlm", "lab-tlm", "lab3-mlm"])
def test_the_labs_text(name: str) -> None:
    text = task(name)
    assert "lab-far-new" not in text.languages and "lab-near-small" in text.languages and text.alpha == 0.3
    assert ("lab-piv" in text.languages) == name.endswith("mlm")
    train, dev = text.train.read("lab-near-small"), text.dev.read("lab-near-small")
    assert all(bool(one.second) == name.endswith("tlm") for one in train)
    assert train and len(dev) == 100 and not {one.id for one in train} & {one.id for one in dev}
    with pytest.raises(BadInput, match="Nothing is written"):
        text.train.read("lab-far-new")


def test_a_task_in_several_languages_has_the_rows_of_each() -> None:
    both = task("lab-mnli@lab-mid+lab-piv")
    assert both.name == "lab-mnli@lab-mid+lab-piv" and both.languages == ("lab-mid", "lab-piv")
    for lang, alone in (("lab-mid", task("lab-mnli@lab-mid")), ("lab-piv", task("lab-mnli"))):
        assert both.train.read(lang) == alone.train.read(lang)
        assert both.dev.read(lang) == alone.dev.read(lang)
    with pytest.raises(BadInput, match="lab-mid"):
        task("lab-mnli@lab-mid+lab-mid")
    assert digest(pinned(both)) != digest(pinned(task("lab-mnli@lab-piv+lab-mid")))
    assert task("lab-mlm@lab-mid+lab-near").languages == ("lab-mid", "lab-near")
    assert task("lab-mlm@lab-mid").languages == ()


def test_translations_come_from_their_own_files(tmp_path: Path) -> None:
    for lang in ("en", "de", "sw"):
        rows = [{"premise": f"{lang} {i}", "hypothesis": "h", "label": i % 3} for i in range(4)]
        (tmp_path / f"{lang}.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    table = Table(form=NLI, place=Own("{lang}.jsonl", folder=str(tmp_path)), columns=Texts())
    mnli = Task(name="mnli", form=NLI, lang="en", train=table, dev=table)
    both = pinned(in_languages(mnli, ("de", "en", "sw")))
    assert [both.train.read(lang)[0].texts[0] for lang in both.languages] == ["de 0", "en 0", "sw 0"]
    assert pinned(both) == both
    with pytest.raises(BadInput, match=r"fr\.jsonl"):
        pinned(in_languages(mnli, ("de", "fr")))
    one = digest(both)
    (tmp_path / "sw.jsonl").write_bytes(msgspec.json.encode({"premise": "x", "hypothesis": "h", "label": 0}))
    assert digest(pinned(in_languages(mnli, ("de", "en", "sw")))) != one


def test_a_task_in_one_language_is_the_task_it_was() -> None:
    found = task("lab-mnli")
    assert found.languages == () and found.spoken == (found.lang,)
    assert digest(found) == digest(msgspec.structs.replace(found, languages=(), alpha=1.0))
