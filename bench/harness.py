"""What the benches share: sides that take turns, ratios of what they took, and a file of results.

A ratio is made within one round, where both sides ran right after one another, and what counts is its median over the
rounds: other work on the machine moves both alike. With one thread the clock is the processor time of this process,
which neighbours hardly touch; with more it is the wall clock, which wants a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
import transformers

RESULTS = Path(__file__).parent / "results"
Side = Callable[[], float]
"""Does its work once; says how many units of it (examples) a second it did, by the clock that it was given."""
FAST, PLAIN = "bf16", "none"


def parser(about: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """The options that every bench has."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--rounds", type=int, default=rounds, help="rounds in which every side runs once")
    made.add_argument("--threads", type=int, default=1, help="1: processor time; more: wall clock, on a quiet machine")
    made.add_argument("--only", nargs="*", default=[], help="only sides whose names begin so")
    made.add_argument("--out", type=Path, help="file of results, if not one in bench/results/")
    return made


def clock() -> float:
    """Seconds: processor time with one thread, else wall time."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def products(fast: bool) -> None:
    """Matrix products in fp32 as torch does them by default, or through oneDNN, which our engine finds exact here."""
    torch.backends.mkldnn.matmul.fp32_precision = FAST if fast else PLAIN


def alternate(sides: Mapping[str, Side], *, rounds: int) -> dict[str, list[float]]:
    """Every side once a round, forwards and backwards in turns; what each said."""
    said: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in list(sides) if number % 2 == 0 else reversed(list(sides)):
            said[name].append(sides[name]())
            print(f"  round {number + 1}/{rounds}  {name:34} {said[name][-1]:10.2f}", flush=True)
    return said


def ratios(said: Mapping[str, Sequence[float]], one: str, other: str) -> dict[str, Any]:
    """How many times `one` is `other`, round by round."""
    found = [a / b for a, b in zip(said[one], said[other], strict=True)]
    return {"of": one, "to": other, "median": statistics.median(found), "low": min(found), "high": max(found)}


def table(said: Mapping[str, Sequence[float]], unit: str) -> None:
    """Print the medians."""
    for name, values in said.items():
        print(f"{name:36} {statistics.median(values):10.2f} {unit}   ({min(values):.2f} to {max(values):.2f})")


def compare(
    said: Mapping[str, Sequence[float]], pairs: Sequence[tuple[str, str, float | None]], *, less: bool = False
) -> list[dict[str, Any]]:
    """Print and give the ratios of some pairs beside what they should be at least (with `less`, at most)."""
    found = []
    for one, other, aim in pairs:
        if one not in said or other not in said:
            continue
        ratio = ratios(said, one, other) | {"aim": aim}
        met = "" if aim is None else " met" if (ratio["median"] <= aim) is less or ratio["median"] == aim else " missed"
        wanted = "" if aim is None else f"   aim {'<=' if less else '>='} {aim:g}:{met}"
        spread = f"({ratio['low']:.2f} to {ratio['high']:.2f})"
        print(f"{one:30} / {other:30} {ratio['median']:6.2f}  {spread:18}{wanted}")
        found.append(ratio)
    return found


def keep(name: str, given: argparse.Namespace, found: Mapping[str, Any]) -> Path:
    """Write a bench's results; the file says what it was run with."""
    path: Path = given.out or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = {key: value for key, value in vars(given).items() if not isinstance(value, Path) and value is not None}
    machine = {
        "python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__,
        "processor": processor(), "clock": "processor" if torch.get_num_threads() == 1 else "wall",
    }  # fmt: skip
    path.write_text(json.dumps({"machine": machine, "asked": asked} | dict(found), indent=1) + "\n")
    print(f"kept in {path}")
    return path


def processor() -> str:
    """The processor's name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
