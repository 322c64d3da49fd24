"""Worker: take a free step, do it, record it, until none is left. Any number of workers may walk the same plan.

There is no orchestrator. A worker claims a step with a heartbeat; the claim of a dead one goes stale and is taken over.
Whatever kills a worker, finished steps stay finished and a training goes on from its checkpoint.
"""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from xstilts.errors import BadStore, XstiltsError
from xstilts.files import Claim
from xstilts.studies.errand import Do, Errand, Memory, Stopped
from xstilts.studies.plan import Plan, Step
from xstilts.studies.progress import Event, Watch, is_open, to_do
from xstilts.studies.provenance import worker
from xstilts.studies.pulse import Pulse
from xstilts.studies.record import Failure
from xstilts.studies.recording import recorded
from xstilts.studies.store import Store
from xstilts.training.recipe import Machine

POLL = 0.5
"""Seconds between looks when all that is left is in others' hands."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """One process walking the plan."""

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

    def walk(self) -> None:
        """Take free steps in order until all are done, blocked by a failure, or somebody says stop."""
        while not self.stop():
            open_steps = to_do(self.plan, self.store)
            free = [step for step in open_steps.values() if not self._blocked(step, open_steps)]
            if not free:
                return
            taken = self._take(free, open_steps)
            if not taken:
                time.sleep(POLL)
                continue
            self._do_all(taken)

    def _blocked(self, step: Step, open_steps: dict[str, Step]) -> bool:
        failure = self.store.failure(step.digest)
        if failure is not None and failure.when >= self.since:
            return True
        return step.parent in open_steps and self._blocked(open_steps[step.parent], open_steps)

    def _take(self, free: list[Step], open_steps: dict[str, Step]) -> dict[str, Claim]:
        """Claims on the first step that can be done now and, after a training, on its exams: its network is at hand."""
        for step in free:
            if step.parent in open_steps:
                continue
            claim = self.store.claim(step.digest)
            if claim is None:
                continue
            if not self._open(step.digest) or (step.parent is not None and self._open(step.parent)):
                claim.release()
                continue
            taken = {step.digest: claim}
            if step.kind == "train":
                for child in self.plan.children[step.digest]:
                    if child.kind == "test" and self._open(child.digest):
                        also = self.store.claim(child.digest)
                        if also is not None:
                            taken[child.digest] = also
            return taken
        return {}

    def _do_all(self, taken: dict[str, Claim]) -> None:
        with Pulse(self.store, taken) as pulse:
            for digest in list(taken):
                if self.stop() or not self._do(self.plan.by_digest[digest], pulse):
                    return
                pulse.release(digest)

    def _do(self, step: Step, pulse: Pulse) -> bool:
        """Do one step and record it; False if it failed or was stopped."""
        restarts = self.store.begin(step.digest)
        started = time.time()
        event = Event(step=step.digest, label=step.label, kind=step.kind, state="started", worker=worker())

        def moved(done: int, total: int, loss: float | None) -> None:
            nonlocal event
            seconds = time.time() - started
            event = msgspec.structs.replace(event, state="moved", done=done, total=total, loss=loss, seconds=seconds)
            pulse.show(event)
            self.watch(event)
            if self.stop() or pulse.lost:
                raise Stopped

        pulse.show(event)
        self.watch(event)
        try:
            outcome = self.do(self._errand(step, moved))
        except Stopped:
            self.watch(msgspec.structs.replace(event, state="stopped", seconds=time.time() - started))
            return False
        except BadStore:
            raise
        except Exception as error:
            _refuse_full_disk(error, self.store)
            return self._failed(step, error, event, restarts)
        pulse.hide(step.digest)
        run = recorded(step, self.plan, outcome, machine=self.machine, started=started, restarts=restarts)
        self.store.write(run)
        self._tidy(step)
        why = str(run.health.get("why", "")) if run.health.get("state", "ok") != "ok" else ""
        seconds = time.time() - started
        self.watch(msgspec.structs.replace(event, state="done", done=event.total, seconds=seconds, health=why))
        return True

    def _errand(self, step: Step, moved: Callable[[int, int, float | None], None]) -> Errand:
        needed = any(self._open(child.digest) for child in self.plan.children[step.digest])
        return Errand(
            step=step,
            plan=self.plan,
            store=self.store,
            machine=self.machine,
            memory=self.memory,
            save=step.kind == "train" and (self.keep or needed),
            moved=moved,
        )

    def _open(self, digest: str) -> bool:
        return is_open(self.plan, self.store, self.plan.by_digest[digest])

    def _failed(self, step: Step, error: Exception, event: Event, before: int) -> bool:
        if step.parent is not None and self.store.has(step.parent) and self.store.weights(step.parent) is None:
            # Another study on this store dropped the weights meanwhile: nothing is wrong, they are trained again.
            return False
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        name = "" if isinstance(error, XstiltsError) else f"{type(error).__name__}: "
        failure = Failure(
            digest=step.digest,
            label=step.label,
            error=name + line,
            details="".join(traceback.format_exception(error)),
            when=time.time(),
            attempts=before + 1,
        )
        self.memory.digest, self.memory.network = None, None
        self.store.fail(failure)
        self.watch(msgspec.structs.replace(event, state="failed", error=failure.error))
        return False

    def _tidy(self, step: Step) -> None:
        """Drop weights that no step needs any more: this one's, and its parent's."""
        if not self.keep:
            drop_unneeded(self.plan, self.store, among=(step.digest, *([step.parent] if step.parent else [])))


def _refuse_full_disk(error: Exception, store: Store) -> None:
    """A disk that is full or read-only is no failure of the step: every other step would fail on it too."""
    known = {errno.ENOSPC: "is full", errno.EROFS: "is read-only", errno.EDQUOT: "is over its quota"}
    for number, says in known.items():
        # safetensors gives no errno, only the text of the system's error.
        if getattr(error, "errno", None) == number or f"(os error {number})" in str(error):
            raise BadStore(f"The disk of {store.root} {says}.", way_out="Free space there and run again.") from error


def drop_unneeded(plan: Plan, store: Store, *, among: tuple[str, ...] | None = None) -> int:
    """Drop the weights that no step still to be done starts from; how many there were."""
    dropped = 0
    for digest in plan.by_digest if among is None else among:
        if store.weights(digest) is None or not store.has(digest):
            continue
        if not any(is_open(plan, store, child) for child in plan.children[digest]):
            store.drop_weights(digest)
            dropped += 1
    return dropped
