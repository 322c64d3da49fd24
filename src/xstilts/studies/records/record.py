"""Run: the record of one step, written last. It says what was done, from what, with what, and what came of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from xstilts.files import Sum
from xstilts.sources.account import Account

SCHEMA = 2
"""Raised when a record gets other fields; `store.read` loads every earlier schema."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where and with what a step was done. Circumstances: none of it enters a digest."""

    packages: dict[str, str] = {}
    python: str = ""
    platform: str = ""
    device: str = ""
    threads: int | None = None
    asked: dict[str, Any] = {}
    """The machine as it was asked for: `device` above is what it came to."""
    commit: str = ""
    """Of the checkout that xstilts was run from; empty: it was installed."""
    dirty: bool = False
    """Whether that checkout had changes that no commit holds."""
    worker: str = ""
    """Host and process."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in one step."""

    schema: int = SCHEMA
    digest: str
    kind: Literal["train", "test", "published"]
    """published: nothing was run here; the scores are those of a published table, which `declaration` names."""
    label: str
    study: str
    """The study that had it done; another one with the same step finds it done."""
    encoder: str
    routes: tuple[str, ...] = ()
    """The routes of that study that go through this step."""
    exams: tuple[str, ...] = ()
    """The exams that rest on it; for a test, the exam itself."""
    seed: int | None = None
    parents: tuple[str, ...] = ()
    """Digests from the encoder on, the nearest last."""
    declaration: dict[str, Any] = {}
    """As resolved: encoder with its identity, tasks or exam, recipe, mixture, languages, behaviour number."""
    given: dict[str, Any] = {}
    """As written in the study file."""
    select: str = "last"
    """Which weights of the training were kept, or of those before a test: of several, what has seen most."""
    provenance: Provenance = Provenance()
    started: str = ""
    """ISO 8601, UTC."""
    ended: str = ""
    seconds: float = 0.0
    """Of the attempt that ended it."""
    restarts: int = 0
    """Attempts before that one: killed, interrupted or failed; also a repeat for weights that were gone."""
    training: dict[str, Any] = {}
    """Steps, examples, tokens, losses, … as the training floor reports them."""
    scores: dict[str, dict[str, float]] = {}
    """Language → metric → 0 to 100, except where the metric says otherwise."""
    n: dict[str, int] = {}
    """Language → examples scored."""
    health: dict[str, Any] = {}
    """State and reason. A sick run is kept and shown, never dropped."""
    data: dict[str, dict[str, Account]] = {}
    """Since schema 2. `mnli, train` → language → the files that were read, and how many rows were left out."""
    lab: bool = False
    """Whether tasks are the lab's: invented languages."""
    files: dict[str, Sum] = {}
    """Name → length and SHA-256 of the files that lie beside the record: the predictions."""
    seal: str = ""
    """SHA-256 of all the rest of the record, which the store sets: it shows whether the file was touched since."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a step failed. Removed when it is tried again."""

    digest: str
    label: str
    """For people: the way to the step, with its seed."""
    error: str
    """In one line."""
    details: str = ""
    """The traceback."""
    when: float = 0.0
    """Unix time."""
    attempts: int = 1
    skipped: bool = False
    """Nothing went wrong: the machine lacks what the step needs, and `error` says what."""
    host: str = ""
    """The machine it was tried on."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a running step is."""

    digest: str
    label: str
    kind: Literal["train", "test"]
    done: int = 0
    total: int = 0
    loss: float | None = None
    seconds: float = 0.0
    """Since this attempt began."""
    first: int = 0
    """Where this attempt began: a resumed training does not begin at 0."""
    worker: str = ""
    device: str = ""
    when: float = 0.0
    """Unix time of this line."""
