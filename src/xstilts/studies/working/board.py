"""Board: what a worker knows of its plan. It is read from the store once and then kept up step by step.

So a plan of n steps costs n looks and not n². What others do meanwhile is found out where it matters: at the step that
a worker is about to take.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from xstilts.files import steady
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Step

AGAIN = 0.5
"""Seconds until a step that another worker holds is looked at again."""


class Board:
    """The open steps of a plan: those that can be taken, those in others' hands, those that cannot be done."""

    def __init__(self, plan: Plan, left: Mapping[str, Step]) -> None:
        self.plan = plan
        self.place = {step.digest: index for index, step in enumerate(plan.steps)}
        self.open = dict(left)
        self.barred: set[str] = set()
        """Failed or skipped in this run. What follows from them waits in vain."""
        self._elsewhere: dict[str, float] = {}
        self._ready = sorted(self.place[digest] for digest, step in self.open.items() if step.parent not in self.open)

    def candidates(self) -> Iterator[Step]:
        """Steps that can be done as far as is known, in the order of the plan. Say of each what becomes of it."""
        for digest in [digest for digest, due in self._elsewhere.items() if due <= steady()]:
            del self._elsewhere[digest]
            self._push(digest)
        while self._ready:
            step = self.plan.steps[heapq.heappop(self._ready)]
            if step.digest in self.open and step.digest not in self.barred and step.parent not in self.open:
                yield step

    def taken(self, digest: str) -> None:
        """Another worker has it: it is looked at again in a while."""
        self._elsewhere[digest] = steady() + AGAIN

    def done(self, digest: str) -> None:
        """It is done: what starts from it can be taken."""
        if self.open.pop(digest, None) is not None:
            for child in self.plan.children[digest]:
                if child.digest in self.open:
                    self._push(child.digest)

    def bar(self, digest: str) -> None:
        """It cannot be done in this run, nor what follows from it."""
        self.barred.add(digest)

    def orphan(self, digest: str) -> None:
        """The weights that it starts from are gone: its parent must be done again first."""
        parent = self.plan.by_digest[digest].parent
        if parent is not None and parent not in self.open:
            self.open[parent] = self.plan.by_digest[parent]
            self._push(parent)

    def hopeful(self) -> bool:
        """Whether a step is left that may still be done."""
        return any(not self._hopeless(step) for step in self.open.values())

    def _hopeless(self, step: Step) -> bool:
        while step.digest in self.open:
            if step.digest in self.barred:
                return True
            if step.parent is None:
                return False
            step = self.plan.by_digest[step.parent]
        return False

    def _push(self, digest: str) -> None:
        step = self.plan.by_digest[digest]
        if step.parent not in self.open:
            heapq.heappush(self._ready, self.place[digest])
