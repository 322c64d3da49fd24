"""What a record says of the rows that were read: files, rows, what was left out; nothing is read for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xstilts.forms import Classify
from xstilts.sources import Joined, Mirror, Table, Texts, pin
from xstilts.sources.account import account
from xstilts.sources.parts import HeldOut
from xstilts.sources.table import _memory

FORM = Classify(labels=("no", "yes"), fields=("a", "b"))


def table(task: str) -> Table:
    return Table(form=FORM, place=Mirror(task, "test"), columns=Texts(), drop=("label",))


def row(label: int) -> dict[str, object]:
    return {"a": "x", "b": "y", "label": label}


def test_an_account_is_of_what_was_read(mirror: Callable[..., Path]) -> None:
    mirror("pairs/sw.test.jsonl.gz", row(0), row(7), row(1), row(9))
    pinned = pin(table("pairs"), ["sw"])
    before = account(pinned, "sw")
    assert before is not None and before.rows is None and list(before.files) == ["pairs/sw.test.jsonl.gz"]
    pinned.read("sw")
    _memory.kept.clear()
    found = account(pinned, "sw")
    assert found is not None and _memory.kept == {}
    assert (found.rows, found.examples, found.dropped, found.repaired) == (4, 2, {"label": 2}, {})
    assert found.files["pairs/sw.test.jsonl.gz"].startswith("sha256:")


def test_of_several_sources_it_is_the_sum_and_of_a_part_the_whole(mirror: Callable[..., Path]) -> None:
    mirror("one/sw.test.jsonl.gz", row(0), row(7))
    mirror("two/sw.test.jsonl.gz", row(1))
    joined = pin(Joined({"one": table("one"), "two": table("two")}), ["sw"])
    pin(table("one"), ["sw"]).read("sw")
    half = account(joined, "sw")
    assert half is not None and half.rows is None and len(half.files) == 2
    joined.read("sw")
    found = account(joined, "sw")
    assert found is not None and (found.rows, found.examples, found.dropped) == (3, 2, {"label": 1})
    part = account(pin(HeldOut(table("one"), "train"), ["sw"]), "sw")
    assert part is not None and (part.rows, part.examples) == (2, None)


def test_drawn_rows_have_none() -> None:
    from xstilts.tasks import task

    assert account(task("lab-qqp").train, "lab-piv") is None
