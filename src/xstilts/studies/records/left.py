"""What is left to do: steps without a record, and trainings whose weights are gone while something starts from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xstilts.studies.planning.plan import Plan
from xstilts.studies.planning.step import Step
from xstilts.studies.records.store import Store

Graph = Mapping[str, Sequence[str]]
"""Step → the steps that start from its network, by digest. Those with none may be missing."""


def graph(plan: Plan) -> Graph:
    """Who starts from whom in a plan."""
    return {digest: tuple(step.digest for step in steps) for digest, steps in plan.children.items() if steps}


def to_do(plan: Plan, store: Store) -> dict[str, Step]:
    """The steps of a plan that must be done, in order."""
    found: set[str] = set()
    for step in reversed(plan.steps):
        wanted = any(child.digest in found for child in plan.children[step.digest])
        if not store.has(step.digest) or (wanted and store.weights(step.digest) is None):
            found.add(step.digest)
    return {step.digest: step for step in plan.steps if step.digest in found}


def left_out(plan: Plan) -> dict[str, str]:
    """The steps that are not worth beginning here, and why: rows are missing, for them or for all that follows."""
    if not plan.absent:
        return {}
    found: dict[str, str] = {}
    for step in reversed(plan.steps):
        below = [found.get(child.digest, "") for child in plan.children[step.digest]]
        reason = plan.cannot(step) or (below[0] if below and all(below) else "")
        if reason:
            found[step.digest] = reason
    return found


def is_open(store: Store, graph: Graph, digest: str) -> bool:
    """Whether one step is among those to do."""
    if not store.has(digest):
        return True
    return bool(graph.get(digest)) and store.weights(digest) is None and is_wanted(store, graph, digest)


def is_wanted(store: Store, graph: Graph, digest: str) -> bool:
    """Whether something is to do that starts from this step's weights."""
    return any(is_open(store, graph, child) for child in graph.get(digest, ()))


def why_not(plan: Plan, store: Store, digest: str) -> str:
    """Why a step is not done: what it, or one before it, lacked, or how that failed. Empty: nobody tried."""
    at: str | None = digest
    while at is not None:
        step = plan.by_digest[at]
        if reason := plan.cannot(step):
            return reason
        if (failure := store.failure(at)) is not None:
            return f"{'left out' if failure.skipped else 'failed'}: {failure.error}"
        at = step.parent
    return ""
