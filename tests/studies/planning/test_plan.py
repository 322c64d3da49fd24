"""The plan: what is shared, what moves a digest and what does not, and in what order steps stand."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import studies_fakes

from xstilts.studies.planning.devices import device
from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.planning.step import Step
from xstilts.studies.planning.tree import as_dict, counts, tree
from xstilts.studies.study import Route, Stage, Study, read_study
from xstilts.training.recipe import Recipe

NINE = ["anli-plus", "mnli", "qqp", "squad1", "squad2", "hellaswag", "ccg", "cosmosqa", "commonsenseqa"]
EXAMS = ["xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba"]


def grid(encoder: Path, intermediates: list[str]) -> Study:
    recipe = Recipe(steps=20, epochs=None)
    routes = [Route(name=n, stages=(Stage(tasks=(f"lab-{n}",), recipe=recipe),)) for n in intermediates]
    base = read_study(studies_fakes.STUDY.format(encoder=encoder))
    exams = tuple(f"lab-{name}" for name in EXAMS)
    return msgspec.structs.replace(base, routes=tuple(routes), exams=exams, seeds=(1, 2, 3), target=recipe)


def test_the_grid_of_nine_by_nine_by_three_is_201_trainings_not_453(encoder: Path) -> None:
    # As with MNLI and SQuAD on XTREME: two of the nine intermediates are target tasks themselves, so the training of
    # the baseline for those exams is the same one.
    found = plan(grid(encoder, ["xnli", "xquad", *(n for n in NINE if n not in ("mnli", "squad1"))]))
    assert (found.trainings, found.trainings_unshared, len(found.cells)) == (201, 453, 10 * 9 * 3)


def test_with_targets_of_their_own_it_is_207(encoder: Path) -> None:
    found = plan(grid(encoder, NINE))
    assert (found.trainings, found.trainings_unshared) == ((9 + 10 * 6) * 3, 453)
    # The untouched encoder sits the two retrieval exams once, not once a seed.
    assert found.tests == 3 * (10 * 7 + 9 * 2) + 2


def test_the_same_task_twice_is_said(encoder: Path) -> None:
    warnings = plan(grid(encoder, ["xquad"])).warnings
    assert "xquad → lab-xquad, lab-mlqa: the same task twice, lab-xquad before lab-xquad." in warnings
    assert any("no retrieval layer is set" in line for line in warnings)


def test_parents_first_tests_at_once(planned: Plan) -> None:
    place = {step.digest: index for index, step in enumerate(planned.steps)}
    for step in planned.steps:
        if step.parent is not None:
            assert place[step.parent] < place[step.digest]
        if step.kind == "train":
            tests = [place[child.digest] for child in planned.children[step.digest] if child.kind == "test"]
            assert sorted(tests) == list(range(place[step.digest] + 1, place[step.digest] + 1 + len(tests)))
    assert {cell.digest for cell in planned.cells} == {step.digest for step in planned.steps if step.kind == "test"}


def test_seed_by_seed_and_most_work_first(planned: Plan) -> None:
    def work(step: Step) -> int:
        return (step.examples or 0) + sum(work(child) for child in planned.children[step.digest])

    roots = [step for step in planned.steps if step.parent is None and step.kind == "train"]
    assert [step.seed for step in roots] == sorted(step.seed or 0 for step in roots)
    for seed in planned.study.seeds:
        loads = [work(step) for step in roots if step.seed == seed]
        assert loads == sorted(loads, reverse=True)
        assert len(set(loads)) > 1


def digests(study: Study, kind: str | None = None) -> set[str]:
    return {step.digest for step in plan(study).steps if kind in (None, step.kind)}


def test_names_and_places_move_nothing(study: Study, tmp_path: Path) -> None:
    other = studies_fakes.make_encoder(tmp_path / "elsewhere" / "copy")
    renamed = msgspec.structs.replace(
        study,
        name="other",
        question="Why?",
        given={},
        encoder=msgspec.structs.replace(study.encoder, name="copy", source=str(other)),
        routes=tuple(msgspec.structs.replace(route, name="renamed") for route in study.routes),
        exams=tuple(reversed(study.exams)),
        seeds=tuple(reversed(study.seeds)),
    )
    assert digests(renamed) == digests(study)


def test_another_encoder_moves_everything(study: Study, tmp_path: Path) -> None:
    other = studies_fakes.make_encoder(tmp_path / "other", seed=1)
    moved = msgspec.structs.replace(study, encoder=msgspec.structs.replace(study.encoder, source=str(other)))
    assert not digests(moved) & digests(study)


def test_a_target_recipe_moves_only_targets(study: Study) -> None:
    moved = msgspec.structs.replace(study, target=Recipe(steps=21, epochs=None))
    kept = digests(moved) & digests(study)
    steps = plan(study).by_digest
    assert {steps[digest].label for digest in kept} == {"squad1", "none, exam lab-tatoeba", "squad1, exam lab-tatoeba"}


def test_retrieval_settings_move_only_retrieval_exams(study: Study) -> None:
    moved = msgspec.structs.replace(study, encoder=msgspec.structs.replace(study.encoder, retrieval_layer=1))
    assert digests(moved, "train") == digests(study, "train")
    gone = digests(study) - digests(moved)
    assert {plan(study).by_digest[digest].exam for digest in gone} == {"lab-tatoeba"}


def test_languages_move_only_tests(study: Study) -> None:
    moved = msgspec.structs.replace(study, languages=("lab-near", "lab-mid"))
    assert digests(moved, "train") == digests(study, "train")
    assert not digests(moved, "test") & digests(study, "test")


def test_more_seeds_move_nothing(study: Study) -> None:
    assert digests(study) < digests(msgspec.structs.replace(study, seeds=(1, 2, 3)))


def test_same_digests_in_another_process(text: str, planned: Plan, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    code = (
        "import sys; from xstilts.studies.planning.plan import plan; from xstilts.studies.study import load_study\n"
        "print(*[step.digest for step in plan(load_study(sys.argv[1])).steps])\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [step.digest for step in planned.steps]


def test_counts_and_tree(planned: Plan) -> None:
    found = counts(planned)
    assert (found.cells, found.trainings, found.trainings_unshared, found.tests) == (12, 6, 14, 11)
    assert found.examples == 2 * (30 * 32 + 2 * 20 * 32) and found.unknown == 0
    root = tree(planned)
    labels = {child.label: child for child in root.children}
    assert set(labels) == {"lab-tatoeba", "lab-xquad", "squad1 (lab-squad1)"}
    assert labels["lab-tatoeba"].times == 1 and labels["squad1 (lab-squad1)"].times == 2
    assert [child.label for child in labels["squad1 (lab-squad1)"].children] == ["lab-tatoeba", "lab-xquad"]
    msgspec.json.encode(as_dict(planned, device("h200")))


def test_epochs_are_counted_where_the_source_knows_its_size(study: Study) -> None:
    moved = msgspec.structs.replace(study, target=Recipe(epochs=2.0, examples=50))
    sizes = {step.examples for step in plan(moved).steps if step.label == "none → lab-xquad"}
    assert sizes == {100}


def test_routes_that_are_one_are_said(study: Study) -> None:
    (route,) = study.routes
    again = msgspec.structs.replace(route, name="again")
    (told,) = (line for line in plan(msgspec.structs.replace(study, routes=(route, again))).warnings if "again" in line)
    assert told == "squad1 and again are the same stages: they have the same trainings and the same scores."
