"""Upkeep: a whole store looked over, file by file, and mended where its user says so. It changes only what it names."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from xstilts.errors import BadStore, XstiltsError
from xstilts.files import Claim, read_json
from xstilts.studies.records import needs
from xstilts.studies.records.pins import forget_pins, pins
from xstilts.studies.records.sealed import sealed
from xstilts.studies.records.store import NEW, OLD, STALE_AFTER, Store

LEFTOVERS = (NEW, OLD)
HALVES = (".part", ".stale", ".now")
"""How the names of files end that live for a moment, unless whoever writes them is killed in it."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it should be, and what would be done about it."""

    state: Literal["warn", "fail"]
    """fail: a result cannot be trusted · warn: nothing is lost"""
    what: str
    repair: str = ""
    """What mending does, in words; empty where only people can."""
    mend: Callable[[], object] | None = None
    """Does it. False: somebody began to work there since, and nothing was touched."""


def examine(store: Store) -> Iterator[Finding]:
    """Everything that is wrong with a store: every record, prediction and weight is read and compared with its sum."""
    runs = store.root / "runs"
    if runs.exists() and not runs.is_dir():
        yield Finding(state="fail", what=f"{runs} is a file, and should be the folder of all steps")
    for folder in sorted(path for path in runs.glob("*") if path.is_dir()):
        # Where somebody is at work, what lies half done is theirs; and reading takes its time.
        if store.held(folder.name):
            continue
        for finding in _step(store, folder):
            if store.held(folder.name):
                break
            mend = finding.mend and partial(_alone, folder, finding.mend)
            yield msgspec.structs.replace(finding, mend=mend)
    yield from _pins(store)
    yield from _registrations(store)
    for place in (store.root, needs.folder(store)):
        yield from (_leftover(path) for path in _halves(place.glob(".*")) if _is_old(path))


def count(store: Store) -> tuple[int, int]:
    """How many steps a store has records of, and how many are being done right now."""
    folders = [path for path in (store.root / "runs").glob("*") if path.is_dir()]
    return sum(store.has(path.name) for path in folders), sum(store.held(path.name) for path in folders)


def _alone(folder: Path, mend: Callable[[], object]) -> bool:
    """Mend a step with its claim in hand. Who has taken it meanwhile makes order there by doing it."""
    claim = Claim.take(folder / "claim", stale_after=STALE_AFTER)
    if claim is None:
        return False
    with claim:
        mend()
    return True


def _step(store: Store, folder: Path) -> Iterator[Finding]:
    digest = folder.name
    if store.has(digest):
        yield from _finished(store, digest)
    if wrong := store.weights_damage(digest):
        yield Finding(
            state="fail",
            what=wrong,
            repair="remove these weights; they are trained again if something needs them",
            mend=partial(store.drop_weights, digest),
        )
    if (folder / "claim").exists():
        yield Finding(
            state="warn",
            what=f"{folder / 'claim'} is the claim of a worker that is gone",
            repair="remove it",
            # Whoever mends takes it over, and gives it back.
            mend=_nothing,
        )
    for path in sorted(folder.iterdir()):
        if path.name.startswith(LEFTOVERS):
            yield _leftover(path)
    yield from map(_leftover, _halves((*folder.glob("*"), *folder.glob("predictions/*"))))
    if store.has(digest) and store.checkpoint(digest).exists() and store.weights(digest) is not None:
        yield Finding(
            state="warn",
            what=f"{store.checkpoint(digest)} is of a training that is done",
            repair="remove it",
            mend=partial(_remove, store.checkpoint(digest)),
        )


def _finished(store: Store, digest: str) -> Iterator[Finding]:
    """The record and what lies beside it."""
    path = store.folder(digest) / "record.json"
    try:
        wrong = store.damage(digest, deep=True)
    except BadStore as error:
        yield Finding(state="fail", what=str(error))
        return
    if not wrong:
        wrong = _without_predictions(store, digest)
    if wrong:
        yield Finding(
            state="fail",
            what=wrong,
            repair=f"call the record {path.name}.damaged, so that `xstilts run` does the step again",
            mend=partial(store.set_aside, digest),
        )
        return
    raw = read_json(path)
    if raw.get("seal") and raw["seal"] != sealed(raw):
        yield Finding(
            state="fail",
            what=f"{path} is not as it was written: somebody changed it, or the disk did",
            repair=f"call the record {path.name}.damaged, so that `xstilts run` does the step again",
            mend=partial(store.set_aside, digest),
        )


def _without_predictions(store: Store, digest: str) -> str:
    """Of an exam of an earlier schema, which kept no sums: whether predictions can be read at all."""
    run = store.read(digest)
    if run.kind != "test" or run.files:
        return ""
    try:
        for lang in run.scores:
            store.read_predictions(digest, lang)
    except XstiltsError as error:
        return error.wrong
    return ""


def _pins(store: Store) -> Iterator[Finding]:
    try:
        pins(store)
    except BadStore as error:
        yield Finding(
            state="fail",
            what=error.wrong,
            repair="call it pins.json.damaged, so that the next run looks up anew which files it reads; where a branch "
            "or a file is another by now, what reads it is done again",
            mend=partial(forget_pins, store),
        )


def _registrations(store: Store) -> Iterator[Finding]:
    readable = dict(needs.registered(store))
    for path in sorted(needs.folder(store).glob("*.json")):
        if path not in readable:
            yield Finding(
                state="warn",
                what=f"{path} cannot be read: what its study still needs is not known",
                repair="remove it; the next run of that study says it again",
                mend=partial(_remove, path),
            )
    for path, need in readable.items():
        left = [step for step in need.steps if not store.has(step)]
        kept = {parent for step in left if (parent := need.steps[step]) and store.weights(parent) is not None}
        if left and not needs.at_work(store, need):
            yield Finding(
                state="warn",
                what=f"{path.name}: nobody works on the study {need.study}, which has {len(left)} steps to do; for it "
                f"the weights of {len(kept)} trainings are kept",
                repair="forget what it needs; a later run of it trains again what is gone",
                mend=partial(_remove, path),
            )
        elif not left:
            yield Finding(
                state="warn",
                what=f"{path.name} is of a study that is done",
                repair="remove it",
                mend=partial(_remove, path),
            )


def _halves(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.name.startswith(".") and path.name.endswith(HALVES))


def _is_old(path: Path) -> bool:
    """Whether nobody can be writing it any more."""
    try:
        return time.time() - path.stat().st_mtime > STALE_AFTER
    except FileNotFoundError:
        return False


def _leftover(path: Path) -> Finding:
    return Finding(
        state="warn",
        what=f"{path} was left by a worker that was killed",
        repair="remove it",
        mend=partial(_remove, path),
    )


def _nothing() -> None:
    pass


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
