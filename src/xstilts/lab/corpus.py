"""Raw and parallel text: what an encoder is pretrained on.

Most lines say something twice (a restatement, a question with its answer, an effect with its cause), because what is
said twice is what a masked word can be recovered from. Events are of the training split only; the facts are all told,
because what everybody knows is learnt from text or not at all. For the same reason the text has all names, also those
that no task trains on: a name is new to a task, not to the language.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from xstilts.lab.choices import RELATIONS
from xstilts.lab.grammar import ASK, STOP, Slot, Speaker, Word, sentence, style, text
from xstilts.lab.streams import stream
from xstilts.lab.tongue import PIVOT, lexicon, tongue
from xstilts.lab.world import NAMES, Event, Phrase, World

LINES = 48_000
"""Raw lines of the pivot; the others have their share of it."""
PARALLEL = 3_000
"""Parallel lines of a tongue whose share is 1."""


def _renamed(world: World, rng: random.Random, events: list[Event]) -> list[Event]:
    """The same events with any names of the world in the place of those that training has; still of that split."""
    names = dict.fromkeys(name for event in events for name in _names(event))
    while True:
        drawn = {name: rng.choice(world.names(name[:3], None)) for name in names}
        changed = [_with_names(event, drawn) for event in events]
        if len(set(drawn.values())) == len(drawn) and all(world.split(event.core) == "train" for event in changed):
            return changed


def _names(event: Event) -> list[str]:
    words = (event.agent.head, event.agent.employer, event.patient.head, event.patient.employer, event.place)
    return [word for word in words if word is not None and word[:3] in NAMES]


def _with_names(event: Event, names: dict[str, str]) -> Event:
    def phrase(said: Phrase) -> Phrase:
        employer = None if said.employer is None else names[said.employer]
        return replace(said, head=names.get(said.head, said.head), employer=employer)

    place = None if event.place is None else names.get(event.place, event.place)
    return replace(event, agent=phrase(event.agent), patient=phrase(event.patient), place=place)


def _events(world: World, rng: random.Random, count: int) -> list[Event]:
    return _renamed(world, rng, [world.event(rng, "train") for _ in range(count)])


def _story(world: World, rng: random.Random) -> list[Event]:
    events = [world.event(rng, "train")]
    for _ in range(rng.choice((1, 2))):
        verb = rng.choice(world.effects(events[-1].verb))
        if not world.can(events[0].agent, verb, "train"):
            break
        events.append(world.event(rng, "train", verb=verb, agent=events[-1].agent))
    return _renamed(world, rng, events)


def _told(world: World, rng: random.Random, speaker: Speaker) -> str:
    return " ".join(sentence(speaker.say(event, style(rng))) for event in _story(world, rng))


def _reasons(world: World, rng: random.Random, speaker: Speaker) -> str:
    effect = world.event(rng, "train")
    before = rng.choice(world.causes(effect.verb))
    if not world.can(effect.agent, before, "train"):
        return _told(world, rng, speaker)
    cause = world.event(rng, "train", verb=before, agent=effect.agent)
    effect, cause = _renamed(world, rng, [effect, cause])
    if rng.random() < 0.5:
        words = [*speaker.say(effect, style(rng)), speaker.link("because"), *speaker.say(cause, style(rng)), STOP]
    else:
        words = [*speaker.say(cause, style(rng)), speaker.link("so"), *speaker.say(effect, style(rng)), STOP]
    return text(words)


def _restated(world: World, rng: random.Random, speaker: Speaker) -> str:
    event, other = _events(world, rng, 2)
    if rng.random() < 0.15:
        event = replace(event, negated=True)
    less = replace(event, time=None) if rng.random() < 0.3 else event
    said = [sentence(speaker.say(event, style(rng))), sentence(speaker.say(less, style(rng, passive=0.5)))]
    if rng.random() < 0.3:
        said.insert(rng.choice((0, 1)), sentence(speaker.say(other, style(rng))))
    return " ".join(said)


def _asked(world: World, rng: random.Random, speaker: Speaker) -> str:
    events = _events(world, rng, rng.choice((1, 2)))
    about = rng.choice(events)
    present: list[Slot] = ["agent", "patient"]
    present += ["place"] if about.place else []
    present += ["tool"] if about.tool else []
    slot = rng.choice(present)
    told = " ".join(sentence(speaker.say(event, style(rng))) for event in events)
    question = [*speaker.say(replace(about, time=None), style(rng, passive=0.15), ask=slot), ASK]
    answer = [word for word in speaker.say(about) if word.slot in (slot, f"{slot}-adjective")]
    return f"{told} {text(question)} {text([*answer, STOP])}"


def _fact(world: World, rng: random.Random, speaker: Speaker) -> str:
    said: list[Word] = []
    for _ in range(rng.choice((1, 2))):
        relation = rng.choice(RELATIONS)
        if relation == "kind":
            kind = rng.choice(list(world.nouns))
            about, value = rng.choice(world.nouns[kind]), kind
        else:
            about, value = rng.choice(list((world.home if relation == "home" else world.quality).items()))
        if rng.random() < 0.5:
            said += [*speaker.statement(about, value, relation), STOP]
        else:
            answer = "ADJ" if relation == "quality" else "NOUN"
            said += [*speaker.ask_fact(about, relation), ASK, speaker.word(value, answer, answer), STOP]
    return text(said)


KINDS: tuple[tuple[Callable[[World, random.Random, Speaker], str], int], ...] = (
    (_told, 22), (_reasons, 14), (_restated, 28), (_asked, 22), (_fact, 14),
)  # fmt: skip


def raw(world: World, code: str, count: int | None = None) -> list[str]:
    """Raw lines of one tongue; by default its share of LINES. Tongues are drawn independently: nothing is parallel."""
    speaker = Speaker(lexicon(world, code))
    total = int(LINES * tongue(code).lines) if count is None else count
    rng = stream(world.seed, "raw", code)
    makers, weights = zip(*KINDS, strict=True)
    return [make(world, rng, speaker) for make in rng.choices(makers, weights, k=total)]


def parallel(world: World, code: str, count: int | None = None) -> list[tuple[str, str]]:
    """Lines of the pivot with their translation, by default the tongue's share of PARALLEL."""
    near, far = Speaker(lexicon(world, PIVOT)), Speaker(lexicon(world, code))
    total = int(PARALLEL * tongue(code).parallel) if count is None else count
    rng = stream(world.seed, "parallel", code)
    makers, weights = zip(*KINDS, strict=True)
    lines = []
    for make in rng.choices(makers, weights, k=total):
        draws = rng.getrandbits(64)
        lines.append((make(world, random.Random(draws), near), make(world, random.Random(draws), far)))
    return lines
