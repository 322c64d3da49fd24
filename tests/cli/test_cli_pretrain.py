"""Pretraining from the command line: a tiny real one, and what is refused before anything is computed."""

import random
from pathlib import Path

import pytest

from xstilts.encoders.catalogue import check_folder

TINY = ("--steps", 3, "--batch", 4, "--layers", 1, "--width", 32, "--vocabulary", 320, "--precision", "fp32")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    folder.mkdir()
    rng = random.Random(0)
    words = ["".join(rng.choices("abdefgiklmnoprstuvz", k=rng.randint(2, 6))) for _ in range(200)]
    for lang in ("one", "two"):
        (folder / f"{lang}.txt").write_text("\n".join(" ".join(rng.choices(words, k=7)) for _ in range(150)))
    return folder


def test_a_tiny_encoder(xstilts, text: Path, tmp_path: Path) -> None:
    said = xstilts("pretrain", text, "--to", tmp_path / "new", *TINY, "--device", "cpu", "--threads", 1)
    assert said.code == 0, said.err
    check_folder(tmp_path / "new")
    assert "300 lines in 2 languages" in said.out
    assert f'encoder = "{tmp_path / "new"}"' in said.out
    again = xstilts("pretrain", text, "--to", tmp_path / "new", *TINY)
    assert again.code == 1
    assert "holds a finished encoder" in again.err


def test_ctrl_c_ends_with_130(xstilts, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object, watch: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xstilts.training.pretrain.pretrain", interrupted)
    said = xstilts("pretrain", text, "--to", tmp_path / "new", *TINY)
    assert said.code == 130
    assert "same command" in said.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["nowhere", "--to", "new"], "There is no folder nowhere."),
        (["empty", "--to", "new"], "no *.txt"),
        (["empty", "--to", "new", "--width", "33"], "heads of 32"),
        (["empty", "--to", "file/new"], "file/new"),
    ],
)
def test_what_is_refused(xstilts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], hint: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("file").write_text("")
    said = xstilts("pretrain", *words)
    assert said.code == 1
    assert hint in said.err and said.err.count("\n") == 1
