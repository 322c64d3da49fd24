"""What the doctor looks at, one function an examination. Packages are imported by name, inside: one may be broken."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import msgspec

from xstilts.cli import screen
from xstilts.cli.options import VERSION
from xstilts.encoders.catalogue import encoder, locate
from xstilts.errors import XstiltsError
from xstilts.studies.working.room import free_memory
from xstilts.tasks import exam
from xstilts.training.recipe import Machine

PACKAGES = (
    "torch", "transformers", "tokenizers", "safetensors", "numpy", "scipy", "polars", "msgspec", "altair",
    "vl-convert-python", "rich", "typer",
)  # fmt: skip
SCARCE_DISK, SCARCE_MEMORY = 5e9, 2e9
"""Bytes below which large encoders get into trouble."""
EXACT = 1e-5
"""Largest error of a product, relative to its largest entry."""
SUMS = "SHA256SUMS"
SELF_TEST = ("lab-tatoeba", "lab-near")
"""The lab encoder must find most translations here, without any training."""
TIMES_CHANCE = 10


class Check(msgspec.Struct, frozen=True):
    """One line of the answer."""

    name: str
    state: Literal["ok", "warn", "fail"]
    found: str
    way_out: str = ""


def examinations(store: Path) -> Iterator[Check]:
    """Everything that can be checked, as it is found. An examination that breaks is a finding too."""
    examined: dict[str, Callable[[], Iterator[Check]]] = {
        "python": python,
        "packages": packages,
        "devices": devices,
        "threads": threads,
        "memory": memory,
        "store": lambda: disk(store),
        "hub": hub,
        "data": lambda: import_module("xstilts.cli.datachecks").summary(),
        "arithmetic": arithmetic,
        "lab encoder": lab,
    }
    for name, examine in examined.items():
        try:
            yield from examine()
        except XstiltsError as error:
            yield Check(name, "fail", error.wrong, error.way_out)
        except Exception as error:
            said = str(error).strip().splitlines() or [""]
            yield Check(
                name, "fail", f"{type(error).__name__}: {said[0]}", "Install xstilts again in a fresh environment."
            )


def python() -> Iterator[Check]:
    """Which Python, and where."""
    system = f"{platform.system()} {platform.machine()}"
    yield Check("python", "ok", f"{platform.python_version()} on {system}, xstilts {VERSION}")


def packages() -> Iterator[Check]:
    """Whether what xstilts needs is there, and new enough."""
    least = _least()
    found = []
    for name in PACKAGES:
        try:
            have = version(name)
        except PackageNotFoundError:
            yield Check(name, "fail", "not installed", "Install xstilts again: it brings what it needs.")
            continue
        found.append(f"{name} {have}")
        if name in least and _parts(have) < _parts(least[name]):
            yield Check(name, "warn", f"{have} is older than {least[name]}", f"Install {name} {least[name]} or newer.")
    yield Check("packages", "ok", ", ".join(found))


def _least() -> dict[str, str]:
    """The lowest version of each dependency that this installation asks for."""
    try:
        asked = requires("xstilts") or []
    except PackageNotFoundError:
        return {}
    matches = (re.match(r"([\w.-]+)\s*>=\s*([\d.]+)[^;]*$", line) for line in asked)
    return {match[1].lower().replace("_", "-"): match[2] for match in matches if match}


def _parts(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", number)[:3])


def devices() -> Iterator[Check]:
    """What torch can compute on."""
    torch = import_module("torch")
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(index)
            yield Check("device", "ok", f"cuda:{index}, {about.name}, {screen.size(about.total_memory)}")
        return
    if any(Path("/proc/driver/nvidia/gpus").glob("*")):
        way_out = "Install a torch with CUDA for this driver, or go on with the CPU."
        yield Check("device", "warn", f"there is a GPU, but torch {torch.__version__} cannot use it", way_out)
    yield Check("device", "ok", "cpu: enough for the lab; a large encoder wants a GPU")


def threads() -> Iterator[Check]:
    """Whether threads fit the cores, and whether the cores are free."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    used = import_module("torch").get_num_threads()
    found = f"{used} for {screen.several(cores, 'core')}"
    if used > cores:
        yield Check("threads", "warn", f"{found}: they get in each other's way", f"Set OMP_NUM_THREADS={cores}.")
        return
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if busy > 1.5 * cores:
        yield Check(
            "threads", "warn", f"{found}, but the machine is busy (load {busy:.1f})", "Everything will take longer."
        )
        return
    yield Check("threads", "ok", found)


def memory() -> Iterator[Check]:
    """How much memory is free, within the limit of a container if there is one."""
    free = free_memory()
    if free == float("inf"):
        yield Check("memory", "ok", "unknown")
    elif free < SCARCE_MEMORY:
        yield Check("memory", "warn", f"{screen.size(free)} free", "Use one worker, and close what is not needed.")
    else:
        yield Check("memory", "ok", f"{screen.size(free)} free")


def disk(store: Path) -> Iterator[Check]:
    """Whether runs can be written where they would be."""
    there = store.absolute()
    while not there.exists():
        there = there.parent
    way_out = "Give a folder that you can write to with --store."
    if not there.is_dir():
        yield Check("store", "fail", f"{there} is a file", way_out)
        return
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"xstilts")
    except OSError as error:
        yield Check("store", "fail", f"{there} cannot be written: {error.strerror}", way_out)
        return
    free = shutil.disk_usage(there).free
    found = f"{store} can be written, {screen.size(free)} free"
    if free < SCARCE_DISK:
        yield Check("store", "warn", found, "Enough for the lab; a large encoder takes 2 GB for each training at work.")
    else:
        yield Check("store", "ok", found)


def hub() -> Iterator[Check]:
    """Whether encoders can be fetched, and where they are kept."""
    home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    offline = [
        name for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") if os.environ.get(name, "0") not in ("", "0")
    ]
    if offline:
        yield Check("hub", "ok", f"offline ({', '.join(offline)} is set): only what is already in {home}")
    else:
        yield Check("hub", "ok", f"encoders that are asked for are fetched into {home}; the lab needs none")


def arithmetic() -> Iterator[Check]:
    """Whether matrices are multiplied right, also after the switch that makes it faster where that is exact."""
    torch = import_module("torch")
    # Loads torch, so only here.
    from xstilts.training.machine import fast_products

    fast = fast_products()
    generator = torch.Generator().manual_seed(1)
    left, right = (torch.randn(384, 384, generator=generator) for _ in range(2))
    exact = left.double() @ right.double()
    error = float(((left @ right).double() - exact).abs().max() / exact.abs().max())
    found = f"products are right to {error:.0e}, {'with' if fast else 'without'} oneDNN's fast ones"
    if error > EXACT:
        yield Check("arithmetic", "fail", found, "Scores will not be those of other machines: use another torch.")
    else:
        yield Check("arithmetic", "ok", f"{found}, {torch.backends.cpu.get_cpu_capability()}")


def lab() -> Iterator[Check]:
    """Whether the encoder that ships is whole, and does what it was made for."""
    asked = encoder("lab")
    folder = locate(asked)
    broken = [name for name, wanted in _sums(folder).items() if _sum(folder / name) != wanted]
    again = "Install xstilts again."
    if broken:
        yield Check("lab encoder", "fail", f"{', '.join(broken)} in {folder} is not as it was shipped", again)
        return
    # These load torch, so only here.
    from xstilts.encoders.files import load_network
    from xstilts.training.predict import predict

    sat, lang = exam(SELF_TEST[0]), SELF_TEST[1]
    examples = sat.test.read(lang)
    said = predict(load_network(asked), sat.form, {lang: examples}, encoder=asked, machine=Machine(device="cpu"))
    score, chance = sat.form.score(said[lang], examples)[sat.main_metric], sat.form.chance(examples)
    found = f"finds {score:.0f}% of the translations in {lang} untrained; chance is {chance:.1f}%"
    good = score > TIMES_CHANCE * chance
    yield Check("lab encoder", "ok" if good else "fail", found, "" if good else again)


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {
        name.strip().lstrip("*"): wanted for wanted, _, name in (line.partition(" ") for line in lines if line.strip())
    }


def _sum(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
