"""Each bench does its whole work at a look's size and keeps a result: the commands of bench/README.md stay true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("accelerate", reason="Trainer, the peer of the benches, needs accelerate")

ROOT = Path(__file__).parents[2]
LOOKS = {
    "train_nli": "--size test --examples 64 --many 0 --rounds 1",
    "train_qa": "--size test --examples 32 --many 0 --rounds 1",
    "train_jiant": "--size test --rounds 1",
    "eval_languages": "--size test --languages 3 --rows 5 --rounds 1",
    "memory": "--size test --steps 2 --rounds 1",
    "overhead": "--steps 5 --rounds 1",
    "startup": "--rounds 1",
    "step_shares": "--size test --examples 64 --rounds 1",
    "grid": "--intermediates squad1 --targets panx --seeds 1 --languages 2 --examples 32 --rounds 1",
    "accuracy": "--task lab-mnli --steps 5 --seeds 2",
}


def test_every_bench_is_in_the_readme() -> None:
    told = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
    for bench in sorted((ROOT / "bench").glob("*.py")):
        assert f"{bench.name}`" in told or f"bench/{bench.name}" in told, bench.name
    for kept in (ROOT / "bench" / "results").glob("*.json"):
        assert kept.name in told or kept.name.startswith("lab_effects_world"), kept.name


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, which would be measured")
def test_without_a_gpu_its_bench_says_so() -> None:
    command = [sys.executable, ROOT / "bench" / "gpu.py"]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "skipped: torch sees no GPU" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOKS)
def test_a_look_ends_with_a_result(name: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    command = [sys.executable, ROOT / "bench" / f"{name}.py", *LOOKS[name].split(), "--out", kept]
    paths = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    said = json.loads(kept.read_text())
    assert _numbers(said), f"{name} kept no number"


def _numbers(said: object) -> list[float]:
    """All numbers in it above zero, however deep."""
    if isinstance(said, dict):
        return [n for value in said.values() for n in _numbers(value)]
    if isinstance(said, list):
        return [n for value in said for n in _numbers(value)]
    return [said] if isinstance(said, float) and said > 0 else []
