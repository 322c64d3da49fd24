"""Questions with options: one option is right, and the options by themselves do not tell which."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from xstilts.lab.choices import RELATIONS, Dilemma, consequences, facts_of
from xstilts.lab.streams import stream
from xstilts.lab.world import Split, World

SPLITS: tuple[Split, ...] = ("train", "dev", "test")


def dilemmas(world: int, split: Split, count: int, *, why: bool) -> list[Dilemma]:
    return list(islice(consequences(World(world), stream("dilemmas"), split, why=why), count))


def verbs(one: Dilemma) -> tuple[list[str], list[str]]:
    """The deeds told and those to choose from."""
    return [event.verb for event, _ in one.told], [event.verb for event, _ in one.options]


@pytest.mark.parametrize("why", [False, True])
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("number", range(5))
def test_one_option_is_right_and_none_follows_from_another(number: int, split: Split, why: bool) -> None:
    world = World(number)
    for one in dilemmas(number, split, 100, why=why):
        told, options = verbs(one)
        assert len({*told, *options}) == len(told) + len(options)
        assert not any(verb in world.effects(other) for verb in options for other in options)
        answers = world.causes(told[-1]) if why else world.effects(told[-1])
        assert [verb in answers for verb in options].index(True) == one.label
        tempting = {*answers} if why else {*answers, *world.effects(told[0])}
        assert sum(verb in tempting for verb in options) == 1


@pytest.mark.parametrize("why", [False, True])
def test_every_deed_is_an_option_and_the_answer_equally_often(why: bool) -> None:
    some = dilemmas(0, "train", 2400, why=why)
    right = Counter(verbs(one)[1][one.label] for one in some)
    offered = Counter(verb for one in some for verb in verbs(one)[1])
    # 100 and 400 are expected: four standard errors.
    assert all(61 < right[verb] < 139 for verb in World(0).verbs)
    assert all(327 < offered[verb] < 473 for verb in World(0).verbs)


def test_every_split_of_every_world_has_facts_of_every_relation() -> None:
    for number in range(201):
        parts = {split: facts_of(World(number), split) for split in SPLITS}
        for split, facts in parts.items():
            values = {relation: {value for kind, _, value in facts if kind == relation} for relation in RELATIONS}
            assert all(len(found) >= (4 if split == "dev" else 6) for found in values.values()), (number, split)
        every = [fact for facts in parts.values() for fact in facts]
        assert len(every) == len(set(every))
        trained = {(kind, value) for kind, _, value in parts["train"]}
        assert all((kind, value) in trained for kind, _, value in every), "every value is asked in training"
        assert 0.68 < len(parts["train"]) / len(every) < 0.74
