"""Store: the folder of runs. A step is done when its `record.json` is there, and that is written last."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from xstilts.errors import BadStore
from xstilts.files import Claim, Sightings, Sum, damage, read_whole, sums, write_atomic, write_json
from xstilts.files.whole import refused
from xstilts.studies.records.record import Failure, Progress, Run
from xstilts.studies.records.sealed import Damaged, read_record, seal

__all__ = ["STALE_AFTER", "Failure", "Progress", "Run", "Store"]

STALE_AFTER = 60.0
"""Seconds without a heartbeat after which a step is free again."""

SUMS = "sums.json"
NEW, OLD = ".weights.new.", ".weights.old."
"""How folders of weights are called on their way in and out. What a kill leaves of them the doctor finds: the next
attempt cannot tell it from what a frozen worker is about to go on with."""

S = TypeVar("S", bound=msgspec.Struct)


class Store:
    """`root/runs/<digest>/`: record, predictions, and for as long as a later step needs them, weights."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        self._sightings = Sightings()

    def folder(self, digest: str) -> Path:
        """Where everything of one step lies."""
        return self.root / "runs" / digest

    def checkpoint(self, digest: str) -> Path:
        """Where a training keeps what it needs to go on after it was killed."""
        return self.folder(digest) / "checkpoint"

    def prepare(self) -> None:
        """Make the folder, and raise BadStore now if nothing can be written there."""
        try:
            (self.root / "runs").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadStore(
                f"Cannot make the folder {self.root / 'runs'}: {error.strerror or error}.",
                way_out="Give another folder, or free space and permissions there.",
            ) from error
        probe = self.root / "runs" / ".writable"
        write_atomic(probe, "")
        probe.unlink(missing_ok=True)

    # Records

    def has(self, digest: str) -> bool:
        """Whether the step is done."""
        return (self.folder(digest) / "record.json").is_file()

    def read(self, digest: str) -> Run:
        """The record of a finished step. Records of earlier schemas load too."""
        path = self.folder(digest) / "record.json"
        if not path.is_file():
            raise BadStore(f"There is no record {path}.", way_out="Run the study first.")
        return read_record(path)

    def runs(self) -> Iterator[Run]:
        """Every record there is, by digest."""
        for path in sorted((self.root / "runs").glob("*/record.json")):
            yield read_record(path)

    def write(self, run: Run) -> None:
        """Write the record: from here on the step is done. What it leaves behind of the way there is removed."""
        folder = self.folder(run.digest)
        # A published run is made again from its table in no time, and there may be thousands: no disk is waited for.
        durable = run.kind != "published"
        write_json(folder / "record.json", msgspec.structs.replace(run, seal=seal(run)), durable=durable)
        _remove(self.checkpoint(run.digest))
        for name in ("failed.json", "progress.json", "attempts.json"):
            (folder / name).unlink(missing_ok=True)

    def damage(self, digest: str, *, deep: bool = False) -> str:
        """What is wrong with a finished step, in words; empty for nothing. `deep` reads what lies beside the record.

        A record that a later xstilts wrote, or that may not be read here, is not damaged: that raises BadStore.
        """
        folder = self.folder(digest)
        try:
            run = read_record(folder / "record.json")
        except Damaged as error:
            return error.wrong
        if run.digest != digest:
            return f"{folder / 'record.json'} is the record of {run.digest}"
        return "; ".join(f"{folder}: {one}" for one in damage(folder, run.files, deep=deep))

    def set_aside(self, digest: str) -> None:
        """Make a damaged step one to be done; its record is kept under another name. Harmless if another did it."""
        path = self.folder(digest) / "record.json"
        with suppress(FileNotFoundError):
            path.replace(path.with_name("record.json.damaged"))

    # Predictions

    def predicted(self, digest: str) -> dict[str, Sum]:
        """The sums of a step's predictions, for its record. What a killed worker left half written is none of them."""
        found = sums(self.folder(digest) / "predictions")
        return {f"predictions/{name}": one for name, one in found.items() if not name.startswith(".")}

    def write_predictions(self, digest: str, lang: str, ids: Sequence[str], predictions: Sequence[Any]) -> None:
        """One line for each example, in the order of the exam."""
        lines = (
            msgspec.json.encode({"id": one, "prediction": prediction})
            for one, prediction in zip(ids, predictions, strict=True)
        )
        write_atomic(self._predictions(digest, lang), b"".join(line + b"\n" for line in lines))

    def read_predictions(self, digest: str, lang: str) -> list[Any]:
        """The predictions of one language, in the order of the exam."""
        path = self._predictions(digest, lang)
        record = _read(self.folder(digest) / "record.json", _Files)
        told = {} if record is None else record.files
        try:
            raw = path.read_bytes()
            if (was := told.get(f"predictions/{lang}.jsonl")) and hashlib.sha256(raw).hexdigest() != was.sha256:
                raise BadStore(
                    f"{path} is not what was written.",
                    way_out=f"`xstilts doctor --store {self.root} --repair`, then run the study again.",
                )
            return [msgspec.json.decode(line)["prediction"] for line in raw.splitlines()]
        except (OSError, msgspec.DecodeError, KeyError, TypeError) as error:
            raise BadStore(
                f"Cannot read the predictions {path}.", way_out=f"Remove {path.parent.parent} and run the study again."
            ) from error

    def _predictions(self, digest: str, lang: str) -> Path:
        return self.folder(digest) / "predictions" / f"{lang}.jsonl"

    # Weights

    def weights(self, digest: str) -> Path | None:
        """The folder of a trained network, if it is kept."""
        path = self.folder(digest) / "weights"
        return path if path.is_dir() else None

    @contextmanager
    def saving(self, digest: str) -> Iterator[Path]:
        """An empty folder to save a network into; put in place at the end, at once: a folder `weights` is whole.

        Weights that are there already stay: a step has one network, and somebody may be reading it.
        """
        path = self.folder(digest) / f"{NEW}{uuid.uuid4().hex[:12]}"
        try:
            path.mkdir(parents=True)
            yield path
            write_json(path / SUMS, sums(path, durable=True))
            if self.weights(digest) is None:
                path.rename(self.folder(digest) / "weights")
        except OSError as error:
            raise refused(path, error) from error
        finally:
            _remove(path)

    def weights_damage(self, digest: str) -> str:
        """What is wrong with the weights of a step, in words; empty for nothing, also where there are none."""
        folder = self.folder(digest) / "weights"
        told = _read(folder / SUMS, dict[str, Sum])
        wrong = [f"{SUMS} is gone, or cannot be read"] if told is None else damage(folder, told, deep=True)
        # Gone altogether, perhaps since a moment ago, they are no longer needed, or made again: nothing is wrong.
        return "; ".join(f"{folder}: {one}" for one in wrong) if folder.is_dir() else ""

    def drop_weights(self, digest: str, *, unless: Callable[[], bool] = lambda: False) -> bool:
        """Remove the weights of a step, if there are any. `unless` is asked when nobody can find them any more.

        So whoever says that they are needed either says it in time, or sees that they are gone.
        """
        kept = self.weights(digest)
        if kept is None:
            return False
        doomed = self.folder(digest) / f"{OLD}{uuid.uuid4().hex[:12]}"
        try:
            kept.rename(doomed)
        except FileNotFoundError:
            return False
        if unless():
            with suppress(OSError):
                doomed.rename(kept)
        _remove(doomed)
        return not kept.is_dir()

    def keep(self, digest: str) -> None:
        """Say that the weights of a step are kept for good, whatever later studies need."""
        write_atomic(self.folder(digest) / "keep", "", durable=False)

    def kept(self, digest: str) -> bool:
        """Whether the weights of a step are kept for good."""
        return (self.folder(digest) / "keep").is_file()

    # The way to a record

    def claim(self, digest: str) -> Claim | None:
        """The right to do a step, or None while another worker has it."""
        folder = self.folder(digest)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadStore(f"Cannot make {folder}: {error.strerror or error}.", way_out="Free space there.") from error
        return Claim.take(folder / "claim", stale_after=STALE_AFTER, sightings=self._sightings)

    def held(self, digest: str) -> bool:
        """Whether somebody alive has the claim on a step."""
        path = self.folder(digest) / "claim"
        return path.is_file() and Claim.held(path, stale_after=STALE_AFTER) is not None

    def begin(self, digest: str) -> int:
        """Count an attempt, and return how many there were before it."""
        path = self.folder(digest) / "attempts.json"
        before = int(_read(path, int) or 0) if path.is_file() else 0
        if self.has(digest):
            before = max(before, self.read(digest).restarts + 1)
        write_json(path, before + 1, durable=False)
        return before

    def fail(self, failure: Failure) -> None:
        """Leave word of why a step failed."""
        write_json(self.folder(failure.digest) / "failed.json", failure)
        (self.folder(failure.digest) / "progress.json").unlink(missing_ok=True)

    def failure(self, digest: str) -> Failure | None:
        """Why the step failed, if it did and was not done since."""
        path = self.folder(digest) / "failed.json"
        return _read(path, Failure) if path.is_file() and not self.has(digest) else None

    def clear_failure(self, digest: str) -> None:
        """Forget a failure: the step is tried again."""
        (self.folder(digest) / "failed.json").unlink(missing_ok=True)

    def write_progress(self, progress: Progress) -> None:
        """Say how far a running step is."""
        write_json(self.folder(progress.digest) / "progress.json", progress, durable=False)

    def progress(self, digest: str) -> Progress | None:
        """How far a step is, or was when its worker was killed."""
        path = self.folder(digest) / "progress.json"
        return _read(path, Progress) if path.is_file() else None


class _Files(msgspec.Struct, frozen=True):
    """As much of a record as says what lies beside it."""

    files: dict[str, Sum] = {}


def _read(path: Path, kind: Any) -> Any:
    """A small file that may vanish or be of another version: then it says nothing."""
    try:
        return msgspec.json.decode(read_whole(path), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
