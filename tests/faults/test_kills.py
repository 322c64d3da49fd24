"""kill -9 at random moments: what was done stays done, and in the end every prediction is the same byte for byte."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from studies_fakes import logged

from xstilts.studies.records.store import NEW, OLD, Store

VICTIM = Path(__file__).parent / "faults_victim.py"


def predictions(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.glob("runs/*/predictions/*.jsonl"))}


def scores(root: Path) -> dict[str, object]:
    return {run.digest: (run.scores, run.n) for run in Store(root).runs()}


@pytest.mark.parametrize(
    ("kills", "share"),
    [pytest.param(5, 0.5, id="five"), pytest.param(50, 0.25, id="fifty", marks=pytest.mark.slow)],
)
def test_killed_at_random_moments(lab: Path, store: Store, kills: int, share: float) -> None:
    done = subprocess.run(
        [sys.executable, VICTIM, lab, store.root, "real", f"kills={kills}", "seed=7", f"share={share}"],
        capture_output=True, text=True, timeout=3000,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kills"] == kills
    assert told["at work"] > kills / 2, "most kills hit it at work"
    undisturbed = store.root.with_name("undisturbed")
    expected = predictions(undisturbed)
    assert len(expected) == 6, "xnli on two routes in two languages, tatoeba on two in one"
    for root in map(Path, told["rounds"]):
        assert predictions(root) == expected
        assert scores(root) == scores(undisturbed)
        lines = logged(Store(root))
        assert lines and not [line for line in lines if line.startswith("twice")], "nothing is begun that has a record"
        # Weights on their way in or out when the kill came are the doctor's to find.
        left = [path for path in root.glob("runs/*/.*") if not path.name.startswith((NEW, OLD))]
        assert not list(root.glob("runs/*/claim")) and not left
    restarts = [run.restarts for root in told["rounds"] for run in Store(root).runs()]
    assert sum(restarts) > 0
