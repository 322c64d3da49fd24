"""Workbench: where one process does a step that it has claimed: tell of it, record it or say why not, tidy up."""

from __future__ import annotations

import errno
import socket
import time
import traceback
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

import msgspec

from xstilts.errors import BadStore, Lacking, XstiltsError
from xstilts.files import Claim, steady
from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Step
from xstilts.studies.records.left import Graph, graph, is_open, is_wanted, left_out, to_do
from xstilts.studies.records.needs import Needs
from xstilts.studies.records.provenance import worker
from xstilts.studies.records.record import Failure
from xstilts.studies.records.recording import recorded
from xstilts.studies.records.store import Store
from xstilts.studies.working.errand import Do, Errand, Memory, Stopped
from xstilts.studies.working.progress import Event, Watch
from xstilts.studies.working.pulse import Pulse
from xstilts.training.recipe import Machine
from xstilts.training.record import Overtaken

End = Literal["done", "barred", "orphan", "taken"]
"""What became of a step. barred: it failed, or was skipped here, in this run · orphan: the weights that it starts from
are gone, and must be made again first · taken: another worker has it, or everything stops."""
Look = End | Literal["free"]
"""What can be done about a step now; free: it can be done."""


@dataclass(kw_only=True)
class Workbench:
    """One process with a plan, a store and a way to do a step."""

    plan: Plan
    store: Store
    do: Do
    machine: Machine
    watch: Watch
    stop: Callable[[], bool]
    since: float
    """When this run began. Failures from before it are tried again."""
    keep: bool = False
    memory: Memory = field(default_factory=Memory)

    @cached_property
    def graph(self) -> Graph:
        """Who starts from whom."""
        return graph(self.plan)

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Steps that cannot be done here, and why."""
        return left_out(self.plan)

    @cached_property
    def needs(self) -> Needs:
        """What other studies of the store still need."""
        return Needs(self.store, self.plan)

    def look(self, step: Step) -> Look:
        """What can be done about a step now."""
        if not self.is_open(step.digest):
            return "done"
        if step.digest in self.left_out:
            return "barred"
        failure = self.store.failure(step.digest)
        if failure is not None and failure.when >= self.since and failure.host in ("", socket.gethostname()):
            return "barred"
        if step.parent is None or self.memory.digest == step.parent:
            return "free"
        return "free" if self.store.weights(step.parent) is not None else "orphan"

    def is_open(self, digest: str) -> bool:
        """Whether a step is to do."""
        return is_open(self.store, self.graph, digest)

    def left(self, only: Collection[str] | None = None) -> dict[str, Step]:
        """The steps to do, or those of them that are asked for."""
        if only is None:
            left = to_do(self.plan, self.store)
        else:
            left = {digest: self.plan.by_digest[digest] for digest in only if self.is_open(digest)}
        return {digest: step for digest, step in left.items() if digest not in self.left_out}

    def take(self, step: Step) -> dict[str, Claim] | None:
        """Claims on a step and, after a training, on its exams: its network is at hand. None: another has the step."""
        claim = self.store.claim(step.digest)
        if claim is None:
            return None
        taken = {step.digest: claim}
        if step.kind == "train":
            for child in self.plan.children[step.digest]:
                if child.kind == "test" and child.digest not in self.left_out and self.is_open(child.digest):
                    also = self.store.claim(child.digest)
                    if also is not None:
                        taken[child.digest] = also
        return taken

    def do_all(self, taken: dict[str, Claim], tell: Callable[[str, End], None]) -> None:
        """Do the steps that were claimed, in order, until one is not done. `tell` hears how each ended."""
        with Pulse(self.store, taken) as pulse:
            for digest in list(taken):
                if self.stop():
                    return
                end = self._do(self.plan.by_digest[digest], pulse)
                tell(digest, end)
                if end != "done":
                    return
                pulse.release(digest)

    def _do(self, step: Step, pulse: Pulse) -> End:
        if self._damaged(step):
            return "orphan"
        restarts = self.store.begin(step.digest)
        started, telling = time.time(), _Telling(self, step, pulse)
        try:
            outcome = self.do(self._errand(step, telling.moved))
        except (Stopped, Overtaken):
            telling.ended(state="stopped")
            return "taken"
        except BadStore:
            raise
        except Exception as error:
            _refuse_full_disk(error, self.store)
            if step.parent is not None and self.look(step) == "orphan":
                # Somebody removed the weights meanwhile: nothing is wrong, they are made again.
                telling.ended(state="stopped")
                return "orphan"
            return self._failed(step, error, telling, restarts)
        pulse.hide(step.digest)
        run = recorded(
            step,
            self.plan,
            outcome,
            machine=self.machine,
            started=started,
            seconds=telling.seconds,
            restarts=restarts,
        )
        run = msgspec.structs.replace(run, files=self.store.predicted(step.digest))
        if not pulse.holds(step.digest):
            # It was frozen for so long that another took over. That one's record counts.
            telling.ended(state="stopped")
            return "taken"
        if self.keep and step.kind == "train":
            self.store.keep(step.digest)
        self.store.write(run)
        self._tidy(step)
        why = str(run.health.get("why", "")) if run.health.get("state", "ok") != "ok" else ""
        done = telling.event.total
        telling.ended(state="done", done=done, health=why, device=outcome.device, scores=outcome.scores)
        return "done"

    def _damaged(self, step: Step) -> bool:
        """Whether the weights to start from are damaged. Then they are told of, and removed."""
        if step.parent is None or self.memory.digest == step.parent:
            return False
        wrong = self.store.weights_damage(step.parent)
        if wrong:
            self.store.drop_weights(step.parent)
            self.watch(damaged(self.plan.by_digest[step.parent], wrong))
        return bool(wrong)

    def _errand(self, step: Step, moved: Callable[[int, int, float | None], None]) -> Errand:
        return Errand(
            step=step,
            plan=self.plan,
            store=self.store,
            machine=self.machine,
            memory=self.memory,
            save=step.kind == "train" and (self.keep or self._wanted(step.digest)),
            moved=moved,
        )

    def _wanted(self, digest: str) -> bool:
        return is_wanted(self.store, self.graph, digest) or self.needs.wanted(digest)

    def _failed(self, step: Step, error: Exception, telling: _Telling, before: int) -> End:
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        name = "" if isinstance(error, XstiltsError) else f"{type(error).__name__}: "
        failure = Failure(
            digest=step.digest,
            label=step.name,
            error=name + line,
            details="".join(traceback.format_exception(error)),
            when=max(time.time(), self.since),
            attempts=before + 1,
            skipped=isinstance(error, Lacking),
            host=socket.gethostname() if isinstance(error, Lacking) else "",
        )
        self.memory.digest, self.memory.network = None, None
        self.store.fail(failure)
        telling.ended(state="skipped" if failure.skipped else "failed", error=failure.error)
        return "barred"

    def _tidy(self, step: Step) -> None:
        """Drop weights that no step needs any more: this one's, and its parent's."""
        if not self.keep:
            among = (step.digest, *([step.parent] if step.parent else []))
            drop_unneeded(self.store, self.graph, self.needs, among=among)


class _Telling:
    """What is said of a step while it is done, to the watcher and to the store."""

    def __init__(self, bench: Workbench, step: Step, pulse: Pulse) -> None:
        self.bench, self.pulse = bench, pulse
        self.began = steady()
        self.event = Event(step=step.digest, label=step.label, kind=step.kind, state="started", worker=worker())
        self._say()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return steady() - self.began

    def moved(self, done: int, total: int, loss: float | None) -> None:
        """It is so far. Raises Stopped if it is to go no further, Overtaken if another has taken the step."""
        device = self.bench.memory.device
        self._become(state="moved", done=done, total=total, loss=loss, device=device)
        self._say()
        if not self.pulse.alive():
            raise Overtaken
        if self.bench.stop():
            raise Stopped

    def ended(self, **what: Any) -> None:
        """It is over."""
        self._become(**what)
        self.bench.watch(self.event)

    def _become(self, **what: Any) -> None:
        self.event = msgspec.structs.replace(self.event, seconds=self.seconds, **what)

    def _say(self) -> None:
        self.pulse.show(self.event)
        self.bench.watch(self.event)


def damaged(step: Step, wrong: str) -> Event:
    """Word of a step that must be done again because what it left is damaged."""
    return Event(step=step.digest, label=step.label, kind=step.kind, state="damaged", error=wrong, worker=worker())


def drop_unneeded(store: Store, graph: Graph, needs: Needs, *, among: Iterable[str]) -> int:
    """Drop the weights that no step still to be done starts from, here or in another study; how many there were."""
    dropped = 0
    for digest in among:
        if store.weights(digest) is None or not store.has(digest) or store.kept(digest):
            continue
        if not is_wanted(store, graph, digest) and not needs.wanted(digest):
            dropped += store.drop_weights(digest, unless=partial(needs.wanted, digest))
    return dropped


def _refuse_full_disk(error: Exception, store: Store) -> None:
    """A disk that is full or read-only is no failure of the step: every other step would fail on it too."""
    known = {
        errno.ENOSPC: "is full",
        errno.EDQUOT: "is over its quota",
        errno.EFBIG: "takes no file of that size",
        errno.EROFS: "is read-only",
    }
    for number, says in known.items():
        # safetensors gives no errno, only the text of the system's error.
        if getattr(error, "errno", None) == number or f"(os error {number})" in str(error):
            raise BadStore(f"The disk of {store.root} {says}.", way_out="Free space there and run again.") from error
