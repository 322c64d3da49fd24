"""In what order steps stand, and are taken: whatever is next can be done, and little has to be kept for later."""

from __future__ import annotations

from collections.abc import Iterator

from xstilts.studies.planning.step import Step


def depth_first(steps: dict[str, Step]) -> tuple[Step, ...]:
    """A step, then its tests, then each training from it with all that follows: so weights are needed briefly.

    Seed by seed, so that a study which is stopped has whole pairs; and what most work hangs on first, so that several
    workers have small steps to share at the end and none waits for another's long one.
    """
    children: dict[str | None, list[Step]] = {}
    for step in steps.values():
        children.setdefault(step.parent, []).append(step)
    work: dict[str, int] = {}
    for step in reversed(steps.values()):
        below = children.get(step.digest, [])
        work[step.digest] = (step.examples or 0) + sum(work[child.digest] for child in below)
    turn = {seed: index for index, seed in enumerate(dict.fromkeys(step.seed for step in steps.values()))}

    def place(step: Step) -> tuple[bool, int, int]:
        return step.kind == "train", turn[step.seed], -work[step.digest]

    def walk(parent: str | None) -> Iterator[Step]:
        for step in sorted(children.get(parent, []), key=place):
            yield step
            yield from walk(step.digest)

    return tuple(walk(None))
