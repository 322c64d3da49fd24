"""The progress of a running study: a live table in a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from types import TracebackType

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from xstilts.cli import screen
from xstilts.errors import XstiltsError
from xstilts.studies.planning.plan import Plan
from xstilts.studies.records.left import to_do
from xstilts.studies.records.store import Store
from xstilts.studies.working.progress import Event, status
from xstilts.training.record import Progress

LOOK = 2.0
"""Seconds between two looks at the store, and more where a look takes long."""
LAST = 3
"""Finished and failed steps that stay in sight."""
STOPPING = "Stopping at the next checkpoint, from which the same command goes on. Ctrl-C again stops now."
QUIET = 30.0
"""Seconds after which a step that only goes on gets a plain line."""


class Display:
    """Give it to `run` as the watcher, inside a `with`."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self.plan, self.store = plan, store
        self.total = len(plan.steps)
        self.to_do = set(to_do(plan, store))
        self.running: dict[str, Event] = {}
        self.first: dict[str, tuple[int, float]] = {}
        self.last: deque[Text] = deque(maxlen=LAST)
        self.failed = self.skipped = 0
        self.stops = False
        self.took: dict[str, float] = {}
        self.begun = self.printed = time.monotonic()
        self._eta: tuple[float, float | None] = (0.0, None)
        self._next_look = 0.0
        out = screen.console()
        self.live = Live(get_renderable=self.view, console=out, refresh_per_second=4) if out.is_terminal else None

    def __enter__(self) -> Display:
        if self.live is not None:
            self.live.start()
        else:
            screen.say(f"{self.plan.study.name}: {self.done} of {self.total} steps are done.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.live is not None:
            self.live.stop()

    @property
    def done(self) -> int:
        """Steps of the plan that need nothing more."""
        return self.total - len(self.to_do)

    def __call__(self, event: Event) -> None:
        """Take in what happened."""
        if event.state in ("started", "moved"):
            self.running[event.step] = event
            if event.total:
                self.first.setdefault(event.step, (event.done, event.seconds))
            self._plain_moved(event)
            return
        self.running.pop(event.step, None)
        self.first.pop(event.step, None)
        if event.state == "done":
            self.to_do.discard(event.step)
            self._tell(f"{self._name(event)}: done in {screen.duration(event.seconds)}", "")
            if event.health:
                self._tell(f"! {self._name(event)}: {event.health}", "yellow")
        elif event.state == "failed":
            self.failed += 1
            self._tell(f"✗ {self._name(event)}: {event.error}", "red")
        elif event.state == "skipped":
            self.skipped += 1
            self._tell(f"– {self._name(event)} is skipped: {event.error}", "yellow")
        elif event.state == "damaged":
            self.to_do.add(event.step)
            self._tell(f"! {self._name(event)} is done again: {event.error}", "yellow")
        self._next_look = 0.0

    def stopping(self) -> None:
        """Somebody asked to stop. It is said at once: until the next checkpoint nothing else would be seen."""
        self.stops = True
        screen.complain(STOPPING, kind="")
        if self.live is not None:
            self.live.refresh()

    def _name(self, event: Event) -> str:
        return self.plan.by_digest[event.step].name

    # Plain lines

    def _tell(self, text: str, style: str) -> None:
        self.last.append(screen.cell(text, style))
        if self.live is None:
            self.printed = time.monotonic()
            left = self.left()
            ahead = f", {screen.duration(left)} left" if left is not None and self.to_do else ""
            screen.say(f"[{self.done}/{self.total}{ahead}] {text}")

    def _plain_moved(self, event: Event) -> None:
        if self.live is None and event.total and time.monotonic() - self.printed > QUIET:
            self.printed = time.monotonic()
            loss = "" if event.loss is None else f", loss {event.loss:.3f}"
            screen.say(f"[{self.done}/{self.total}] {self._name(event)}: {event.done:,} of {event.total:,}{loss}")

    # The live view

    def view(self) -> RenderableType:
        """The table as it is now."""
        waiting = max(0, len(self.to_do) - len(self.running) - self.failed - self.skipped)
        parts = [f"{self.done} of {self.total} done", f"{len(self.running)} running", f"{waiting} waiting"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if self.skipped:
            parts.append(f"{self.skipped} skipped")
        left = self.left()
        parts.append(f"time left about {screen.duration(left)}" if left is not None else "time left not known yet")
        top = Table.grid(padding=(0, 2))
        top.add_row(
            screen.cell(self.plan.study.name, "bold"),
            ProgressBar(total=max(1, self.total), completed=self.done, width=24),
            screen.cell(" · ".join(parts)),
        )
        stops = [screen.cell(STOPPING, "red")] if self.stops else []
        return Group(top, *([self._running()] if self.running else []), *self.last, *stops)

    def _running(self) -> Table:
        rows = Table.grid(padding=(0, 2))
        for event in list(self.running.values()):
            rate, left = self._speed(event)
            rows.add_row(
                screen.cell(f"  {self._name(event)}"),
                ProgressBar(total=max(1, event.total), completed=event.done, width=16, pulse=not event.total),
                screen.cell(f"{event.done:,}/{event.total:,}" if event.total else "reading"),
                screen.cell("" if event.loss is None else f"loss {event.loss:.3f}"),
                screen.cell("" if rate is None else f"{rate:.1f}/s"),
                screen.cell("" if left is None else screen.duration(left)),
                screen.cell(event.device, "dim"),
            )
        return rows

    def _speed(self, event: Event) -> tuple[float | None, float | None]:
        """Steps a second since this step was first seen moving, and the seconds it has left."""
        done, seconds = self.first.get(event.step, (0, 0.0))
        if event.done <= done or event.seconds <= seconds:
            return None, None
        rate = (event.done - done) / (event.seconds - seconds)
        return rate, (event.total - event.done) / rate

    def left(self) -> float | None:
        """Seconds until the end as far as anybody knows; the store is asked now and then, the clock in between."""
        now = time.monotonic()
        if now >= self._next_look:
            with suppress(XstiltsError):
                found = status(self.store, self.plan, took=self.took)
                # Others may work on it too: what they have done is no event here.
                self.to_do = {one.step.digest for one in found.steps if one.state != "done"}
                self._eta = (now, found.eta)
            self._next_look = time.monotonic() + max(LOOK, 20 * (time.monotonic() - now))
        when, eta = self._eta
        return None if eta is None else max(0.0, eta - (now - when))


class Meter:
    """The progress of one training: one live line in a terminal, plain lines now and then anywhere else."""

    def __init__(self) -> None:
        out = screen.console()
        self.live = Live(console=out, refresh_per_second=4, transient=True) if out.is_terminal else None
        self.first: Progress | None = None
        self.printed = time.monotonic()

    def __enter__(self) -> Meter:
        if self.live is not None:
            self.live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.live is not None:
            self.live.stop()

    def show(self, progress: Progress) -> None:
        """Take in where the training is."""
        self.first = self.first or progress
        text = f"{progress.done:,} of {progress.total:,} steps, loss {progress.loss:.3f}"
        done, seconds = progress.done - self.first.done, progress.seconds - self.first.seconds
        if done > 0 and seconds > 0:
            left = (progress.total - progress.done) * seconds / done
            text += f", {done / seconds:.1f} steps/s, {screen.duration(left)} left"
        if self.live is not None:
            row = Table.grid(padding=(0, 2))
            row.add_row(ProgressBar(total=progress.total, completed=progress.done, width=32), text)
            self.live.update(row)
        elif time.monotonic() - self.printed > QUIET:
            self.printed = time.monotonic()
            screen.say(text)
