"""The live view of a run, and of a single training, in a terminal that only a string sees."""

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from xstilts.cli import screen
from xstilts.cli.display import Display, Meter
from xstilts.studies.planning.plan import plan
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study
from xstilts.studies.working.progress import Event
from xstilts.training.record import Progress


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    seen = io.StringIO()
    monkeypatch.setattr(
        screen, "console", lambda stream=None: Console(file=seen, force_terminal=True, width=140, color_system=None)
    )
    return seen


def drawn(display: Display) -> str:
    out = io.StringIO()
    Console(file=out, width=140).print(display.view())
    return out.getvalue()


def test_the_view_of_a_run(terminal: io.StringIO, study: Path, tmp_path: Path) -> None:
    planned = plan(load_study(study))
    first, other, *rest = planned.steps
    step = msgspec.structs.replace(first, label="[b]one[/b]")
    planned = msgspec.structs.replace(planned, steps=(step, other, *rest))
    event = Event(step=step.digest, label="one", kind="train", state="moved", done=10, total=100, loss=1.5)
    with Display(planned, Store(tmp_path / "runs")) as display:
        assert "0 of 27 done · 0 running · 27 waiting · time left not known yet" in drawn(display)
        display(event)
        assert "1 running · 26 waiting" in drawn(display)
        display(Event(**{**{f: getattr(event, f) for f in event.__struct_fields__}, "done": 30, "seconds": 4.0}))
        view = drawn(display)
        assert "[b]one[/b], seed 1" in view and "30/100" in view and "loss 1.500" in view
        assert "5.0/s" in view and "14 s" in view
        display(Event(step=step.digest, label="one", kind="train", state="done", seconds=9.0, health="loss is NaN"))
        display(Event(step=other.digest, label="two", kind="test", state="failed", error="no [rows]"))
        view = drawn(display)
        assert "1 failed" in view and f"{other.label}, seed 1: no [rows]" in view and "loss is NaN" in view
    assert "done in 9 s" in terminal.getvalue()


def test_the_meter_of_a_training(terminal: io.StringIO) -> None:
    with Meter() as meter:
        meter.show(Progress(done=1_000, total=9_000, loss=3.0, tokens=1, seconds=10.0))
        meter.show(Progress(done=3_000, total=9_000, loss=2.0, tokens=1, seconds=20.0))
        meter.live.refresh()
    assert "3,000 of 9,000 steps, loss 2.000, 200.0 steps/s, 30 s left" in terminal.getvalue()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "unknown"), (0.26, "0.3 s"), (42.4, "42 s"), (120, "2 min"), (7200, "2.0 h"), (4e5, "4.6 days")],
)
def test_durations(seconds: float | None, said: str) -> None:
    assert screen.duration(seconds) == said


def test_sizes_and_counts() -> None:
    assert [screen.size(count) for count in (7, 1500, 20e6, 3e12)] == ["7 bytes", "1.5 kB", "20 MB", "3.0 TB"]
    assert [screen.several(count, "exam") for count in (0, 1, 2000)] == ["0 exams", "1 exam", "2,000 exams"]
