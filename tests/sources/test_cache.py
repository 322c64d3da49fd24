"""Tokenised data on disk: the same rows, mapped; broken entries are made again; no mishap costs a result."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from xstilts.forms import Classify, Span, Tag
from xstilts.forms.form import Rows
from xstilts.lab import PIVOT, LabSource
from xstilts.sources import Mirror, Questions, Table, Texts, Words, cache

FORM = Classify(labels=("no", "yes"), fields=("a", "b"))
TABLE = Table(form=FORM, place=Mirror("pairs", "train"), columns=Texts())


def tokenizer(extra: str = "z") -> Tokenizer:
    vocabulary = {word: i for i, word in enumerate(["<unk>", *"abcdefghijklmnopqrstuvwxy0123456789", extra])}
    found = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    found.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    return found


def same(one: Rows, other: Rows) -> None:
    left, right = cache._arrays(one), cache._arrays(other)
    assert left is not None and right is not None
    assert list(left) == list(right)
    for name in left:
        assert left[name].dtype == right[name].dtype
        np.testing.assert_array_equal(left[name], right[name])


def entries(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "cache" / "rows"
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


@pytest.fixture
def rows(mirror: Any) -> None:
    mirror("pairs/en.train.jsonl.gz", *({"a": f"text {i}", "b": "abc", "label": i % 2} for i in range(50)))


@pytest.fixture
def plain(rows: None) -> Rows:
    return FORM.encode(TABLE.read("en"), tokenizer(), max_length=32)


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    encode = Classify.encode

    def counted(self: Classify, examples: Any, *rest: Any, **named: Any) -> Rows:
        calls.append(len(examples))
        return encode(self, examples, *rest, **named)

    monkeypatch.setattr(Classify, "encode", counted)
    return calls


def test_what_is_kept_is_what_was_made_and_is_mapped(plain: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counting(monkeypatch)
    for _ in range(3):
        found = cache.encoded(FORM, TABLE, "en", tokenizer(), 32)
        same(found, plain)
    assert calls == [50]
    assert isinstance(found.tokens.base, np.memmap)


def test_notes_and_targets_of_other_forms_are_kept_too(mirror: Any) -> None:
    mirror(
        "qa/en.test.jsonl.gz",
        {"id": "1", "question": "a", "context": "b c d", "answers": {"text": ["c"], "answer_start": [2]}},
    )
    mirror("tags/en.test.jsonl.gz", {"tokens": ["a", "b"], "tags": ["N", "V"]})
    span, tag = Span(), Tag(labels=("N", "V"))
    for form, table in (
        (span, Table(form=span, place=Mirror("qa", "test"), columns=Questions())),
        (tag, Table(form=tag, place=Mirror("tags", "test"), columns=Words())),
    ):
        made, kept = (cache.encoded(form, table, "en", tokenizer(), 32) for _ in range(2))
        same(made, kept)


def test_whatever_determines_the_rows_is_in_the_key(rows: None, mirror: Any, tmp_path: Path) -> None:
    cache.encoded(FORM, TABLE, "en", tokenizer(), 32)
    cache.encoded(FORM, TABLE, "en", tokenizer(), 16)
    cache.encoded(FORM, TABLE, "en", tokenizer("!"), 32)
    cache.encoded(FORM, TABLE, "en", tokenizer(), 32, only=np.arange(5))
    assert len(entries(tmp_path)) == 4
    padded = tokenizer()
    padded.enable_truncation(4)
    padded.enable_padding()
    cache.encoded(FORM, TABLE, "en", padded, 32)
    assert len(entries(tmp_path)) == 4
    mirror("pairs/en.train.jsonl.gz", {"a": "new", "b": "rows", "label": 0})
    assert len(cache.encoded(FORM, TABLE, "en", tokenizer(), 32)) == 1
    assert len(entries(tmp_path)) == 5


def test_other_code_or_another_library_makes_new_rows(
    rows: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.encoded(FORM, TABLE, "en", tokenizer(), 32)
    monkeypatch.setattr(cache, "makers", lambda: {"forms": "others", "tokenizers": "9"})
    cache.encoded(FORM, TABLE, "en", tokenizer(), 32)
    assert len(entries(tmp_path)) == 2


def test_the_lab_is_not_kept(tmp_path: Path) -> None:
    lab = Classify(labels=("entailment", "neutral", "contradiction"))
    assert len(cache.encoded(lab, LabSource("mnli", "dev", 5), PIVOT, tokenizer(), 32)) == 5
    assert entries(tmp_path) == []


@pytest.mark.parametrize("harm", ["flip", "cut", "list", "missing", "empty"])
def test_a_broken_entry_is_made_again(plain: Rows, tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.encoded(FORM, TABLE, "en", tokenizer(), 32)
    (entry,) = entries(tmp_path)
    tokens = entry / "tokens.npy"
    raw = tokens.read_bytes()
    match harm:
        case "flip":
            tokens.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        case "cut":
            tokens.write_bytes(raw[: len(raw) // 2])
        case "list":
            (entry / "entry.json").write_bytes(b"[{")
        case "missing":
            tokens.unlink()
        case "empty":
            (entry / "entry.json").unlink()
    calls = counting(monkeypatch)
    same(cache.encoded(FORM, TABLE, "en", tokenizer(), 32), plain)
    same(cache.encoded(FORM, TABLE, "en", tokenizer(), 32), plain)
    assert calls == [50]


def test_a_full_disk_only_warns(plain: Rows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*given: Any, **named: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "save", full)
    with pytest.warns(UserWarning, match="stays in memory"):
        same(cache.encoded(FORM, TABLE, "en", tokenizer(), 32), plain)
    assert entries(tmp_path) == []
    assert list((tmp_path / "cache" / "rows").iterdir()) == []


def test_it_can_be_switched_off(plain: Rows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XSTILTS_CACHE", "off")
    same(cache.encoded(FORM, TABLE, "en", tokenizer(), 32), plain)
    assert not (tmp_path / "cache" / "rows").exists()


def test_cleaning_takes_what_was_not_used_for_longest(rows: None, tmp_path: Path) -> None:
    for length in (16, 24, 32):
        cache.encoded(FORM, TABLE, "en", tokenizer(), length)
    for age, entry in enumerate(entries(tmp_path)):
        os.utime(entry, (1000 + age, 1000 + age))
    oldest, *others = sorted(entries(tmp_path), key=lambda path: path.stat().st_mtime)
    size = sum(one.stat().st_size for path in others for one in path.iterdir())
    assert cache.clean(size + 10) > 0
    assert oldest not in entries(tmp_path)
    assert len(entries(tmp_path)) == 2
    cache.clean()
    assert entries(tmp_path) == []


def _fill(barrier: Any, results: Any) -> None:
    barrier.wait()
    results.put(int(cache.encoded(FORM, TABLE, "en", tokenizer(), 32).tokens.sum()))


def test_two_processes_fill_the_cache_at_once(plain: Rows, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(2), context.Queue()
    both = [context.Process(target=_fill, args=(barrier, results)) for _ in range(2)]
    for one in both:
        one.start()
    sums = {results.get(timeout=60) for _ in both}
    for one in both:
        one.join(60)
    assert sums == {int(plain.tokens.sum())}
    assert len(entries(tmp_path)) == 1
    assert [path.name for path in (tmp_path / "cache" / "rows").iterdir() if path.name.startswith(".")] == []


KILLED = """
import sys, time, numpy
sys.path.insert(0, {here!r})
import test_cache
from xstilts.sources import cache
save, calls = numpy.save, []
def slow(path, *given, **named):
    save(path, *given, **named)
    calls.append(path)
    if len(calls) == 2:
        print("half", flush=True)
        time.sleep(60)
numpy.save = slow
cache.encoded(test_cache.FORM, test_cache.TABLE, "en", test_cache.tokenizer(), 32)
"""


def test_kill_9_in_the_middle_of_a_write(plain: Rows, tmp_path: Path) -> None:
    program = KILLED.format(here=str(Path(__file__).parent))
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert entries(tmp_path) == []
    (half,) = (tmp_path / "cache" / "rows").iterdir()
    same(cache.encoded(FORM, TABLE, "en", tokenizer(), 32), plain)
    assert len(entries(tmp_path)) == 1
    assert half.exists()
    os.utime(half, (time.time() - 2 * cache.STALE,) * 2)
    cache.clean(10**12)
    assert not half.exists()
    assert len(entries(tmp_path)) == 1
