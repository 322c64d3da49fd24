"""Probes of the reading tasks: what answers without reading, and whether words alone tell if there is an answer.

They compare meanings rather than strings: a guess that is right but for an adjective shows a shortcut all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from itertools import islice

import numpy as np

from xstilts.forms import Question
from xstilts.lab.grammar import QUESTION_WORDS, Slot, Speaker
from xstilts.lab.probes import blind_scores
from xstilts.lab.reading import SLOTS, Reading, readings
from xstilts.lab.source import LabSource
from xstilts.lab.streams import stream
from xstilts.lab.tongue import PIVOT, lexicon
from xstilts.lab.world import Event, World


def probe_questions(*, world: int = 0, train: int = 6000, test: int = 2000) -> dict[str, dict[str, float]]:
    """How often a question's words, or its deed alone, lead to the answer that was most frequent with them.

    Chance is a uniform guess among the values that go with the deed. Measured on other rows of training, since a probe
    that was fitted there can know no name of the other splits.
    """
    rows = _drawn(world, train + test)
    speaker = Speaker(lexicon(World(world), PIVOT))
    found: dict[str, dict[str, float]] = {}
    for slot in SLOTS:
        seen, asked = ([one for one in part if one.slot == slot] for part in (rows[:train], rows[train:]))
        deeds = [(one.asked.verb, _answer(one)) for one in seen]
        values = {deed: {value for verb, value in deeds if verb == deed} for deed, _ in deeds}
        truth = [_answer(one) for one in asked]
        found[slot] = {
            "question": agreement(_read_blindly(speaker, seen, asked), truth),
            "deed": agreement(usual(deeds, [one.asked.verb for one in asked]), truth),
            "chance": 100 * float(np.mean([1 / len(values[one.asked.verb]) for one in asked])),
        }
    return found


def probe_facts(*, world: int = 0, test: int = 3000) -> dict[str, dict[str, float]]:
    """How often the facts answer: the deed's usual tool and agents, and where the agent lives.

    `blind`: by the fact itself, unread. `chosen`: by the one of the two events of that deed which agrees with the fact,
    either if both do or none; chance is 50.
    """
    of_world, rows = World(world), _drawn(world, test)
    found = {}
    for slot in ("agent", "place", "tool"):
        asked = [one for one in rows if one.slot == slot]
        found[slot] = {"chosen": 100 * float(np.mean([_chosen(of_world, one) for one in asked]))}
        if slot != "agent":
            found[slot]["blind"] = 100 * float(np.mean([_expected(of_world, _told(one)[0], slot) for one in asked]))
    return found


def probe_overlap(*, world: int = 0, train: int = 4000, test: int = 1500) -> dict[str, float]:
    """Whether the words that squad2's question shares with its passage tell if there is an answer."""
    seen: Sequence[Question] = LabSource("squad2", "train", train, world).read(PIVOT)
    asked: Sequence[Question] = LabSource("squad2", "dev", test, world).read(PIVOT)
    words = {form for word in QUESTION_WORDS.values() for form in lexicon(World(world), PIVOT).forms[word]} | {"?"}
    before, after = ([overlap(one, words) for one in part] for part in (seen, asked))
    truth = [str(bool(one.answers)) for one in asked]
    guesses = usual([(key, str(bool(one.answers))) for key, one in zip(before, seen, strict=True)], after)
    return {"overlap": agreement(guesses, truth), "chance": 100 * max(Counter(truth).values()) / len(truth)}


def overlap(one: Question, ignored: set[str]) -> tuple[int, int, int]:
    """How many of the question's words the passage lacks, how many sentences share any, and how many are shared."""
    asked = set(one.question.split()) - ignored
    shared = [len(asked & set(line.split())) for line in one.context.split(".")]
    return len(asked - set(one.context.split())), sum(count > 0 for count in shared), sum(shared)


def usual(seen: Sequence[tuple[Hashable, str]], asked: Sequence[Hashable]) -> list[str]:
    """The most frequent label of each key; of a key never seen, the most frequent of all."""
    table: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    for key, label in seen:
        table[key][label] += 1
    most = Counter(label for _, label in seen).most_common(1)[0][0]
    return [table[key].most_common(1)[0][0] if key in table else most for key in asked]


def agreement(guesses: Sequence[str], truth: Sequence[str]) -> float:
    """How many guesses are right, in percent."""
    return 100 * float(np.mean([guess == right for guess, right in zip(guesses, truth, strict=True)]))


def _drawn(world: int, count: int) -> list[Reading]:
    return list(islice(readings(World(world), stream(world, "probe"), "train"), count))


def _read_blindly(speaker: Speaker, seen: Sequence[Reading], asked: Sequence[Reading]) -> list[str]:
    values = sorted({_answer(one) for one in seen})
    label = np.array([values.index(_answer(one)) for one in seen])
    before, after = ([one.words(speaker, "").question for one in part] for part in (seen, asked))
    return [values[i] for i in blind_scores(before, label, after).argmax(axis=1)]


def _answer(one: Reading) -> str:
    return _value(_told(one)[0], one.slot)


def _value(event: Event, slot: Slot) -> str:
    """What fills the slot, adjectives aside."""
    return str(getattr(event, slot) if slot in ("place", "tool", "time") else getattr(event, slot).head)


def _told(one: Reading) -> tuple[Event, list[Event]]:
    """The event that answers, and the others of its deed."""
    assert one.answer is not None, "only readings with an answer are asked here"
    target = one.passage[one.answer][0]
    return target, [event for event, _ in one.passage if event.verb == target.verb and event is not target]


def _expected(world: World, event: Event, slot: str) -> bool:
    """Whether the facts would have it so."""
    if slot == "tool":
        return event.tool == world.tool[event.verb]
    if slot == "place":
        return event.place == world.home.get(event.agent.head)
    return event.agent.head in world.agents[event.verb]


def _chosen(world: World, one: Reading) -> float:
    """How surely the facts choose the event that answers."""
    target, rivals = _told(one)
    right, wrong = _expected(world, target, one.slot), any(_expected(world, other, one.slot) for other in rivals)
    return 0.5 if right == wrong else float(right)
