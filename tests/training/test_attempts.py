"""Attempts: what is tried after what, what is remembered, and what stands in the end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from xstilts.training import Health, Recipe, Training
from xstilts.training.attempts import FILE, Try, persevere

RECIPE = Recipe(rate=1e-3)


def done(now: Try, *, dead: bool) -> Training:
    health = Health("collapsed", f"seed {now.seed}") if dead else Health()
    return Training(
        steps=5, examples=1, tokens=1, seconds=1.0, losses=[(1, 1.0)], dev={"nli": {"accuracy": 33.0}}, health=health,
        dead=dead,
    )  # fmt: skip


def trying(dead: int) -> tuple[list[Try], Callable[[Try], Training]]:
    """What is tried, and a training whose first `dead` attempts fail."""
    tried: list[Try] = []

    def once(now: Try) -> Training:
        tried.append(now)
        return done(now, dead=len(tried) <= dead)

    return tried, once


def test_a_healthy_one_is_not_begun_again() -> None:
    tried, once = trying(0)
    training = persevere(once, RECIPE, seed=7)
    assert [(now.seed, now.recipe, now.last) for now in tried] == [(7, RECIPE, False)]
    assert training.abandoned == ()


def test_new_streams_then_half_the_rate() -> None:
    tried, once = trying(9)
    training = persevere(once, Recipe(rate=1e-3, attempts=4), seed=7)
    assert [now.recipe.rate for now in tried] == [1e-3, 1e-3, 5e-4, 2.5e-4]
    assert [now.last for now in tried] == [False, False, False, True]
    assert tried[0].seed == 7 and len({now.seed for now in tried}) == 4
    # The last stands, with its verdict; the others are told with theirs.
    assert training.dead and training.health.why == f"seed {tried[-1].seed}"
    assert [(one.seed, one.rate, one.health.state) for one in training.abandoned] == [
        (now.seed, now.recipe.rate, "collapsed") for now in tried[:3]
    ]
    assert training.abandoned[0].dev == {"nli": {"accuracy": 33.0}} and training.abandoned[0].losses == [(1, 1.0)]


def test_the_first_that_is_alive_stands() -> None:
    tried, once = trying(1)
    training = persevere(once, RECIPE, seed=7)
    assert len(tried) == 2 and training.health.state == "ok" and len(training.abandoned) == 1


def test_never_again() -> None:
    tried, once = trying(9)
    training = persevere(once, Recipe(attempts=1), seed=7)
    assert len(tried) == 1 and tried[0].last and training.dead and training.abandoned == ()


def test_the_same_seeds_in_every_process() -> None:
    tried, once = trying(9)
    persevere(once, RECIPE, seed=1)
    assert [now.seed for now in tried] == [1, 5810433000786149971, 375050676305628055]


class Killed(BaseException):
    """A kill."""


@pytest.mark.parametrize("kills", [1, 2])
def test_killed_in_a_later_attempt_it_goes_on_there(tmp_path: Path, kills: int) -> None:
    tried, once = trying(2)

    def killed(now: Try) -> Training:
        assert now.folder is not None
        now.folder.mkdir(parents=True, exist_ok=True)
        if now.seed != 7 and len(tried) == kills:
            raise Killed
        return once(now)

    with pytest.raises(Killed):
        persevere(killed, RECIPE, seed=7, folder=tmp_path)
    # The checkpoints of the attempts that were given up are gone, those of the one that was killed are there.
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"attempt-{kills + 1}", FILE]
    training = persevere(once, RECIPE, seed=7, folder=tmp_path)
    _, straight = trying(2)
    assert training == persevere(straight, RECIPE, seed=7) and len(tried) == 3


@pytest.mark.parametrize("content", ["", "[]", '[{"seed": 1, "rate": 3.0, "steps": 1, "seconds": 1, "health": {}}]'])
def test_what_cannot_be_used_remembers_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    tried, once = trying(1)
    persevere(once, RECIPE, seed=7, folder=tmp_path)
    assert [now.seed for now in tried][:1] == [7] and len(tried) == 2
