"""Readings must be read: the facts, the question and the words it shares with the passage do not answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from xstilts.lab import reading
from xstilts.lab.grammar import Slot
from xstilts.lab.probes_reading import probe_facts, probe_overlap, probe_questions
from xstilts.lab.reading import Reading
from xstilts.lab.streams import stream
from xstilts.lab.world import Event, Phrase, Split, World

SPLITS: tuple[Split, ...] = ("train", "dev", "test")


def some(world: int, split: Split, count: int = 60, **how: Any) -> Iterator[Reading]:
    return islice(reading.readings(World(world), stream("test", world), split, **how), count)


def given(one: Reading) -> dict[str, Any]:
    """What the question says of the event, by slot."""
    said = {slot: getattr(one.asked, slot) for slot in ("verb", "agent", "patient", "place", "time", "tool")}
    return {slot: what for slot, what in said.items() if what is not None and slot != one.slot}


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("world", range(5))
def test_one_event_answers_or_none(world: int, split: Split) -> None:
    for one in some(world, split, unanswerable=0.5):
        fits = [
            i
            for i, (event, _) in enumerate(one.passage)
            if all(getattr(event, slot) == what for slot, what in given(one).items())
        ]
        assert fits == ([] if one.answer is None else [one.answer])
        assert World(world).split(one.asked.core) == split


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("events", [2, 3, 4])
def test_passages_have_their_length(events: int, split: Split) -> None:
    assert {len(one.passage) for one in some(3, split, events=events)} == {events}


def test_all_that_an_unanswerable_question_gives_is_told_of_its_deed() -> None:
    for one in some(0, "train", 200, unanswerable=1.0):
        events = [event for event, _ in one.passage if event.verb == one.asked.verb]
        for slot, what in given(one).items():
            assert what in [getattr(event, slot) for event in events]


def test_questions_give_as_much_with_an_answer_as_without() -> None:
    shapes: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    for one in some(0, "train", 600, unanswerable=0.5):
        shapes[one.answer is None].add((one.slot, *given(one)))
    assert shapes[True] == shapes[False]
    assert all(len(shape) == 5 for shape in shapes[True]), "what is asked, the deed, the time and two parts"


def test_the_two_events_of_a_deed_share_the_time_only() -> None:
    for one in some(0, "train", 200, unanswerable=0.5):
        first, second = (event for event, _ in one.passage if event.verb == one.asked.verb)
        assert first.time == second.time
        assert {first.agent.head, first.patient.head}.isdisjoint({second.agent.head, second.patient.head})
        assert first.place != second.place
        assert (first.tool is None) == (second.tool is None)
        assert first.tool is None or first.tool != second.tool


MARGINS = {"agent": 14.0, "patient": 7.0, "place": 7.0, "tool": 7.0}
"""Points above chance. Some agents are typical of a deed, and are told of it more often than others."""


def test_the_question_alone_does_not_answer() -> None:
    for slot, found in probe_questions(train=3000, test=1600).items():
        assert max(found["question"], found["deed"]) < found["chance"] + MARGINS[slot]


def test_the_facts_do_not_answer() -> None:
    found = probe_facts(test=2400)
    assert all(abs(one["chosen"] - 50) < 6 for one in found.values())
    assert found["tool"]["blind"] < 100 / 8 + 6
    assert found["place"]["blind"] < 100 / 10 + 4


def test_shared_words_do_not_tell_whether_there_is_an_answer() -> None:
    found = probe_overlap(train=2000, test=800)
    assert found["overlap"] < found["chance"] + 6


def usual_event(world: World, rng: random.Random, split: Split, verb: str, *, tools: bool) -> Event:
    """With the circumstances that the facts lead to expect."""
    event = world.event(rng, split, verb=verb, circumstances=False)
    tool = world.instrument(rng, verb) if tools else None
    return replace(event, place=world.place(rng, event, split), time=rng.choice(world.times), tool=tool)


def asked_with_a_part_untold(target: Event, source: Event, slot: Slot, clue: Slot) -> Event:
    """Instead of a part of the rival, something that hardly any passage tells."""
    asked = replace(target, place=None, tool=None)
    if source is target:
        return asked
    return replace(asked, agent=Phrase("food0"), patient=Phrase("food0"))


def test_facts_that_answer_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_event", usual_event)
    found = probe_facts(test=1200)
    assert found["tool"]["blind"] > 30
    assert found["place"]["blind"] > 18


def test_words_that_are_told_nowhere_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_asked", asked_with_a_part_untold)
    # A world that nothing else reads: read rows are remembered.
    assert probe_overlap(world=991, train=1000, test=500)["overlap"] > 65
