"""Worker: take a free step, do it, record it, until none is left. Any number of workers may walk the same plan.

There is no orchestrator. A worker claims a step with a heartbeat; the claim of a dead one goes stale and is taken over.
Whatever kills a worker, finished steps stay finished and a training goes on from its checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from functools import partial

from xstilts.files import Claim
from xstilts.studies.planning.step import Step
from xstilts.studies.working.board import Board
from xstilts.studies.working.workbench import End, Workbench

POLL = 0.5
"""Seconds between looks when all that is left is in others' hands; doubled up to the second while nothing happens."""
LONGEST = 2.0


def walk(bench: Workbench, *, wait: bool = True, only: Collection[str] | None = None) -> None:
    """Take free steps in order until all are done, blocked by a failure, or somebody says stop.

    With `wait=False` it ends where others have all that is left in their hands, instead of standing by for them. `only`
    are the steps to do; of others, only what they need is done again.
    """
    board, pause = Board(bench.plan, bench.left(only)), POLL
    while not bench.stop():
        if _step(bench, board):
            pause = POLL
        elif not wait or not board.hopeful():
            return
        else:
            _sleep(bench, pause)
            pause = min(2 * pause, LONGEST)


def _step(bench: Workbench, board: Board) -> bool:
    """Do one step, with the exams of a training; False if there was none to take."""
    for step in board.candidates():
        taken = _taken(bench, board, step)
        if taken:
            bench.do_all(taken, partial(_note, board))
            return True
    return False


def _taken(bench: Workbench, board: Board, step: Step) -> dict[str, Claim]:
    """Claims on a step, if it can be done now; else the board knows why not."""
    if not _free(bench, board, step):
        return {}
    taken = bench.take(step)
    if taken is None:
        board.taken(step.digest)
        return {}
    # Between the look and the claim another may have done it.
    if _free(bench, board, step):
        return taken
    for claim in taken.values():
        claim.release()
    return {}


def _free(bench: Workbench, board: Board, step: Step) -> bool:
    found = bench.look(step)
    if found == "free":
        return True
    _note(board, step.digest, found)
    return False


def _note(board: Board, digest: str, end: End) -> None:
    """What is found of a step before it is done, or comes of doing it, is the same to the board."""
    match end:
        case "done":
            board.done(digest)
        case "barred":
            board.bar(digest)
        case "orphan":
            board.orphan(digest)
        case "taken":
            board.taken(digest)


def _sleep(bench: Workbench, seconds: float) -> None:
    """Sleep, but wake up for the wish to stop."""
    end = time.monotonic() + seconds
    while not bench.stop() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))
