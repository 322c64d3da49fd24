"""Sentence pairs: nothing that can be seen without reading both sentences in order tells the label."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from xstilts.lab.grammar import Speaker
from xstilts.lab.pairs import PARAPHRASE, Pair, inference, paraphrase
from xstilts.lab.streams import stream
from xstilts.lab.tongue import lexicon, tongues
from xstilts.lab.world import World


def paraphrases(count: int, *, questions: bool = False) -> list[Pair]:
    return list(islice(paraphrase(World(0), stream("pairs"), "train", questions=questions), count))


@pytest.mark.parametrize("questions", [False, True])
@pytest.mark.parametrize("code", tongues())
def test_no_paraphrase_is_the_same_string(code: str, questions: bool) -> None:
    speaker = Speaker(lexicon(World(0), code))
    for pair in paraphrases(60, questions=questions):
        one, other = pair.words(speaker)
        assert one != other


@pytest.mark.parametrize("questions", [False, True])
def test_who_stands_first_and_the_voice_do_not_tell_a_paraphrase_by_themselves(questions: bool) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    pairs = paraphrases(4000, questions=questions)
    for pair in pairs:
        (one, how), (other, way) = pair.first[0], pair.second
        leaders = [event.patient if style.passive else event.agent for event, style in ((one, how), (other, way))]
        counts[pair.label, "voice"] += how.passive == way.passive
        counts[pair.label, "person"] += leaders[0].head == leaders[1].head
        counts[pair.label, "adjective"] += leaders[0].adjective == leaders[1].adjective
        counts[pair.label, "fronted"] += how.fronted
        assert how.fronted != way.fronted
    for label in PARAPHRASE:
        for what in ("voice", "person", "adjective", "fronted"):
            assert 0.44 < counts[label, what] / 2000 < 0.56, (label, what)


def test_questions_tell_nothing_of_what_is_asked() -> None:
    tricks = Counter[bool]()
    for pair in paraphrases(1200, questions=True):
        event = pair.second[0]
        told = {"place": event.place, "time": event.time, "tool": event.tool}
        assert sum(value is not None for value in told.values()) == 1
        assert all(slot and told[slot] is None for slot in pair.ask)
        if pair.label == "different":
            tricks[pair.ask[0] != pair.ask[1]] += 1
    assert 0.27 < tricks[True] / tricks.total() < 0.4


def test_one_event_alone_decides_an_inference() -> None:
    for split in ("train", "dev"):
        for pair in islice(inference(World(0), stream("nli"), split, events=(2,)), 3000):
            core = pair.second[0].core
            assert sum(event.core == core for event, _ in pair.first) == 1
