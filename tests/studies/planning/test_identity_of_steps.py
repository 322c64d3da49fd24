"""Digests: the same everywhere, moved by every setting that can change a number, and by nothing else."""

import json
import os
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from xstilts.studies.grid import Route, Stage, Study
from xstilts.studies.planning.plan import Plan, plan
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Recipe

GOLDEN = Path(__file__).parent / "golden_digests.json"
DECLARED = """
name = "golden"
encoder = "xlm-roberta-base"
seeds = [1, 2]
exams = ["xnli", "xquad", "mlqa", "tatoeba", "lab-tatoeba"]
languages = ["en", "sw", "de", "lab-near"]
[intermediates]
qqp = "qqp"
chain = ["mnli", "squad1"]
mixed = { tasks = ["mnli", "qqp", "squad2"], cap = 1000 }
german = "mnli@de"
[recipe.intermediate]
epochs = 1.5
[recipe.intermediate.for]
squad1 = { steps = 300, max_length = 384 }
[recipe.target]
rate = 2e-5
"""
"""A study that reads nothing but what the package declares: no file, no network."""

DIGESTS = """
import json, sys
from xstilts.studies.planning.plan import plan
from xstilts.studies.study import read_study
print(json.dumps({f"{step.label}, seed {step.seed}": step.digest for step in plan(read_study(sys.stdin.read())).steps}))
assert not {"torch", "transformers", "huggingface_hub"} & set(sys.modules)
"""


def elsewhere(folder: Path, seed: str) -> dict[str, str]:
    """Digests made by another process, in another folder, with another order of hashes, without data."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XSTILTS_", "HF_"))}
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS], input=DECLARED, capture_output=True, text=True, cwd=folder,
        env=environment | {"PYTHONHASHSEED": seed, "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_digests_are_those_that_they_always_were(tmp_path: Path) -> None:
    found = elsewhere(tmp_path, "11")
    assert found == json.loads(GOLDEN.read_text()), (
        "Digests moved, so that no earlier run is found any more. If numbers would change, raise BEHAVIOUR and keep "
        f"the new digests: python {Path(__file__).name}"
    )


def test_digests_are_the_same_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert elsewhere(tmp_path, "0") == elsewhere(tmp_path / "other", "4242")


def test_a_mark_for_few_moves_no_others(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    falling = replace(study, target=replace(study.target, layer_decay=0.9))
    before, fell = plan(study), plan(falling)
    monkeypatch.setattr("xstilts.studies.planning.plan.LAYERS", 3)
    assert plan(study).by_digest.keys() == before.by_digest.keys()
    trained = {
        step.digest for step in fell.steps if step.kind == "train" and step.stage and step.stage.recipe.layer_decay != 1
    }
    assert trained and not trained & plan(falling).by_digest.keys()


# Every field of every value that a digest is made of. A field that is added later is here by itself.


def other(kind: Any, value: Any, name: str = "") -> Any:
    """Another value of a field's type."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return next(one for one in inside if one != value)
    if inside and type(None) in inside:
        return other(next(one for one in inside if one is not type(None)), value, name)
    if kind is bool:
        return not value
    if kind is int:
        return (value or 0) + 1
    if kind is float:
        return (value or 0.0) / 2 + 0.03
    if kind is str:
        return f"{value}x"
    if origin is tuple:
        return (*(value or ()), other(inside[0], value[0] if value else None, name))
    if origin is dict:
        return {**value, "z": other(inside[1], next(iter(value.values()), None), name)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        wanted = [field for field in msgspec.structs.fields(kind) if field.required]
        return kind(**{field.name: other(field.type, None, field.name) for field in wanted})
    raise AssertionError(f"Say how to change {name}, of type {kind}.")


def fields(kind: type[msgspec.Struct]) -> list[str]:
    notes = getattr(kind, "__notes__", ())
    return [name for name in kind.__struct_fields__ if name not in notes]


def changed(value: msgspec.Struct, name: str) -> Any:
    kinds = {field.name: field.type for field in msgspec.structs.fields(type(value))}
    return replace(value, **{name: other(kinds[name], getattr(value, name), name)})


INTERMEDIATE = Recipe(rate=1e-3, steps=30, epochs=None)
MIXED = Mixture(cap=500)


@pytest.fixture
def grid(study: Study) -> Study:
    """squad1, then mixed tasks, then squad1 again after qqp; the baseline."""
    stages = {
        "alone": [Stage(tasks=("lab-squad1",), recipe=INTERMEDIATE)],
        "mixed": [Stage(tasks=("lab-mnli", "lab-qqp"), recipe=INTERMEDIATE, mixture=MIXED)],
        "chain": [Stage(tasks=(name,), recipe=INTERMEDIATE) for name in ("lab-qqp", "lab-squad1")],
    }
    return replace(study, routes=tuple(Route(name=name, stages=tuple(of)) for name, of in stages.items()))


def moved(before: Plan, after: Plan) -> set[str]:
    """Labels of the steps that are no longer there."""
    kept = after.by_digest
    return {step.label for step in before.steps if step.digest not in kept}


def after_route(planned: Plan, name: str) -> set[str]:
    return {step.label for step in planned.steps if step.label.split(" → ")[0].split(",")[0] == name}


def unchecked(study: Study, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A plan of values that no study file may have: what matters here is that they are told apart."""
    monkeypatch.setattr("xstilts.studies.planning.plan.check", lambda study: study)
    return plan(study)


@pytest.mark.parametrize("name", fields(Recipe))
def test_a_field_of_an_intermediates_recipe_moves_its_route_alone(grid: Study, name: str, monkeypatch) -> None:
    before = unchecked(grid, monkeypatch)
    route = replace(grid.routes[0], stages=(Stage(tasks=("lab-squad1",), recipe=changed(INTERMEDIATE, name)),))
    after = unchecked(replace(grid, routes=(route, *grid.routes[1:])), monkeypatch)
    assert moved(before, after) == after_route(before, "alone")


@pytest.mark.parametrize("name", fields(Recipe))
def test_a_field_of_the_targets_recipe_moves_what_is_trained_so(grid: Study, name: str, monkeypatch) -> None:
    before = unchecked(grid, monkeypatch)
    after = unchecked(replace(grid, target=changed(grid.target, name)), monkeypatch)
    assert moved(before, after) == {step.label for step in before.steps if "→" in step.label}


@pytest.mark.parametrize("name", fields(Mixture))
def test_a_field_of_a_mixture_moves_its_route_alone(grid: Study, name: str, monkeypatch) -> None:
    before = unchecked(grid, monkeypatch)
    stage = replace(grid.routes[1].stages[0], mixture=changed(MIXED, name))
    route = replace(grid.routes[1], stages=(stage,))
    after = unchecked(replace(grid, routes=(grid.routes[0], route, grid.routes[2])), monkeypatch)
    assert moved(before, after) == after_route(before, "mixed")


def test_the_arithmetic_of_scoring_moves_exams_alone(grid: Study) -> None:
    before = plan(grid)
    assert not moved(before, plan(replace(grid, scoring="fp32")))
    after = plan(replace(grid, scoring="bf16"))
    assert moved(before, after) == {step.label for step in before.steps if step.kind == "test"}


def test_the_first_stage_of_a_chain_moves_the_second(grid: Study) -> None:
    before = plan(grid)
    first = replace(grid.routes[2].stages[0], recipe=replace(INTERMEDIATE, steps=31))
    route = replace(grid.routes[2], stages=(first, grid.routes[2].stages[1]))
    after = plan(replace(grid, routes=(*grid.routes[:2], route)))
    assert moved(before, after) == after_route(before, "chain") | {"lab-qqp"}


@settings(max_examples=25, deadline=None)
@given(
    names=st.permutations(["a", "b", "c"]), order=st.permutations([0, 1, 2]), seeds=st.permutations([1, 2]),
    exams=st.permutations(["lab-xquad", "lab-mlqa", "lab-tatoeba"]), text=st.text(),
)  # fmt: skip
def test_names_and_orders_move_nothing(names, order, seeds, exams, text: str) -> None:
    routes = [
        Route(name=name, stages=(Stage(tasks=(task,), recipe=INTERMEDIATE),))
        for name, task in zip(names, ("lab-squad1", "lab-qqp", "lab-mnli"), strict=True)
    ]
    study = Study(
        name="any", encoder=ENCODER, exams=tuple(exams), seeds=tuple(seeds), target=INTERMEDIATE, question=text,
        given={"text": text}, routes=tuple(routes[place] for place in order),
    )  # fmt: skip
    assert {step.digest for step in plan(study).steps} == STEADY


def _steady() -> tuple[Any, set[str]]:
    from xstilts.encoders.catalogue import encoder

    routes = tuple(
        Route(name=task, stages=(Stage(tasks=(task,), recipe=INTERMEDIATE),))
        for task in ("lab-squad1", "lab-qqp", "lab-mnli")
    )
    study = Study(
        name="steady", encoder=encoder("lab"), exams=("lab-xquad", "lab-mlqa", "lab-tatoeba"), seeds=(1, 2),
        target=INTERMEDIATE, routes=routes,
    )  # fmt: skip
    return study.encoder, {step.digest for step in plan(study).steps}


ENCODER, STEADY = _steady()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(elsewhere(Path.cwd(), "0"), indent=1) + "\n")
