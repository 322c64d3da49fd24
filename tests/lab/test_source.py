"""The lab's rows: balanced, parallel, exact, and with no meaning in two splits."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

import pytest

from xstilts.errors import BadInput
from xstilts.forms import Choice, Line, Question, Sentence, Text
from xstilts.lab import corpus, pairs, reading
from xstilts.lab.grammar import Speaker, Word
from xstilts.lab.source import MAKERS, LabSource
from xstilts.lab.streams import stream
from xstilts.lab.tongue import PIVOT, tongues
from xstilts.lab.world import Event, World

SEARCH = ("tatoeba", "bucc2018")
TRAINED = [name for name in MAKERS if name not in SEARCH]


def texts_of(row: Any) -> str:
    """Everything a row says."""
    match row:
        case Text():
            return " | ".join(row.texts)
        case Question():
            return f"{row.context} | {row.question}"
        case Choice():
            return " | ".join((row.prompt, *row.options))
        case Sentence():
            return " ".join(row.words)
    raise AssertionError(row)


@pytest.mark.parametrize("name", TRAINED)
def test_no_row_of_training_is_tested(name: str) -> None:
    train = {texts_of(row) for row in LabSource(name, "train", 1500).read(PIVOT)}
    for split in ("dev", "test"):
        rows = [texts_of(row) for row in LabSource(name, split, 200).read(PIVOT)]  # type: ignore[arg-type]
        assert not train & set(rows)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every event that is drawn from here on."""
    events: list[Event] = []
    real = World.event

    def event(self: World, *args: Any, **options: Any) -> Event:
        events.append(real(self, *args, **options))
        return events[-1]

    monkeypatch.setattr(World, "event", event)
    return events


@pytest.mark.parametrize("split", ["train", "dev", "test"])
@pytest.mark.parametrize("name", MAKERS)
def test_all_meanings_of_a_split_are_its_own(name: str, split: str, drawn: list[Event]) -> None:
    # A source that nobody has read yet: read rows are remembered.
    LabSource(name, split, 83, 7).read(PIVOT)  # type: ignore[arg-type]
    assert len(drawn) >= 83
    assert {World(7).split(event.core) for event in drawn} == {split}


def test_what_a_pair_exchanges_stays_in_the_split() -> None:
    world = World(0)
    for make in (pairs.inference, pairs.paraphrase):
        for pair in islice(make(world, stream("pairs"), "dev"), 300):
            cores = [event.core for event, _ in (*pair.first, pair.second)]
            assert {world.split(core) for core in cores} == {"dev"}
    for one in islice(reading.readings(world, stream("read"), "dev", unanswerable=0.5), 200):
        assert world.split(one.asked.core) == "dev"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Every event that is put into words."""
    events: list[Event] = []
    say = Speaker.say

    def remembered(self: Speaker, event: Event, *given: Any, **named: Any) -> list[Word]:
        events.append(event)
        return say(self, event, *given, **named)

    monkeypatch.setattr(Speaker, "say", remembered)
    return events


def test_raw_and_parallel_text_tells_training_meanings_only(said: list[Event]) -> None:
    world = World(0)
    corpus.raw(world, PIVOT, 1500)
    corpus.parallel(world, "lab-mid", 300)
    assert len(said) > 2000
    assert {world.split(event.core) for event in said} == {"train"}


def test_raw_text_has_the_names_that_tasks_are_tested_with(said: list[Event]) -> None:
    world = World(0)
    corpus.raw(world, "lab-near", 4000)
    heads = Counter(event.agent.head for event in said)
    for split in ("train", "dev", "test"):
        assert all(heads[name] > 5 for name in world.names("PER", split)), split
    places = {event.place for event in said}
    employers = {event.agent.employer for event in said}
    assert set(world.names("LOC", None)) <= places and set(world.names("ORG", None)) <= employers


@pytest.mark.parametrize(
    "name", ["mnli", "anli-plus", "xnli", "qqp", "pawsx", "hellaswag", "cosmosqa", "commonsenseqa"]
)
def test_labels_are_balanced(name: str) -> None:
    rows = LabSource(name, "train", 1200).read(PIVOT)
    counts = Counter(row.label for row in rows)
    assert max(counts.values()) < 1.3 * min(counts.values())


def test_half_of_squad2_has_no_answer() -> None:
    rows = LabSource("squad2", "train", 1000).read(PIVOT)
    assert 0.42 < sum(not row.answers for row in rows) / len(rows) < 0.58


@pytest.mark.parametrize("code", tongues())
@pytest.mark.parametrize("name", ["xquad", "squad2", "mlqa", "tydiqa"])
def test_answers_stand_where_they_are_said_to(code: str, name: str) -> None:
    for row in LabSource(name, "test", 60).read(code):
        for answer, start in zip(row.answers, row.starts, strict=True):
            assert row.context[start : start + len(answer)] == answer
            assert f" {row.context} "[start : start + len(answer) + 2].strip() == answer, "whole words"
            assert answer not in row.question


@pytest.mark.parametrize("name", ["xnli", "pawsx", "xquad", "udpos", "panx"])
def test_exams_are_parallel(name: str) -> None:
    first, second = (LabSource(name, "test", 40).read(code) for code in ("lab-near", "lab-far-sov"))
    assert [row.id for row in first] == [row.id for row in second]
    if name in ("xnli", "pawsx"):
        assert [row.label for row in first] == [row.label for row in second]
    if name in ("udpos", "panx"):
        for one, other in zip(first, second, strict=True):
            count = Counter(tag for tag in one.tags if tag.startswith(("B-", "NOUN", "PROPN", "VERB")))
            assert count == Counter(tag for tag in other.tags if tag.startswith(("B-", "NOUN", "PROPN", "VERB")))


def test_every_passage_has_a_rival_event() -> None:
    for one in islice(reading.readings(World(0), stream("x"), "train"), 100):
        verbs = Counter(event.verb for event, _ in one.passage)
        assert verbs[one.asked.verb] == 2
        if one.slot == "tool":
            assert all(event.tool for event, _ in one.passage if event.verb == one.asked.verb)


def test_search_lines_name_their_translation() -> None:
    rows: Any = LabSource("tatoeba", "test", 50).read("lab-mid")
    assert all(isinstance(row, Line) for row in rows)
    index = {row.id for row in rows if row.side == "index"}
    assert [row.gold[0] in index for row in rows if row.side == "query"] == [True] * 50
    mined: Any = LabSource("bucc2018", "test", 60).read("lab-mid")
    assert {row.part for row in mined} == {"dev", "test"}
    golds = [bool(row.gold) for row in mined if row.side == "query" and row.part == "test"]
    assert sum(golds) == 30


def test_a_world_says_when_it_has_no_more_meanings() -> None:
    with pytest.raises(BadInput, match="Ask for fewer"):
        LabSource("tatoeba", "test", 5000).read("lab-near")


def test_worlds_whose_dev_split_lacks_a_relation_have_riddles_all_the_same() -> None:
    assert len(LabSource("commonsenseqa", "dev", 20, 160).read(PIVOT)) == 20


def test_parallel_lines_say_the_same_and_raw_lines_are_independent() -> None:
    world = World(0)
    for one, other in corpus.parallel(world, "lab-near-sov", 30):
        assert len(one.split()) == len(other.split())
    assert corpus.raw(world, PIVOT, 20) != corpus.raw(world, "lab-near", 20)
    assert corpus.raw(world, "lab-far-new") == []
