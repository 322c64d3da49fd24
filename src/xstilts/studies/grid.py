"""Study, Route, Stage: a declared grid as a value, and what makes one impossible. `study.py` reads it from TOML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from xstilts.encoders.encoder import Encoder
from xstilts.encoders.shape import shape_of
from xstilts.errors import BadStudy, unknown
from xstilts.forms import Match, Retrieve
from xstilts.studies.mixing import check_mixture
from xstilts.tasks import Exam, exam, task
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Precision, Recipe

BASELINE = "none"
"""The route without an intermediate stage. It is in every study."""

LOOKS = "?"
"""Stands in the name of a task that only looks, which no task of one's own may have in its name."""

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
LONGEST_NAME = 100
"""Letters: names become those of files, and no file system takes more than 255 bytes with what is added to them."""
LONGEST = 1_000_000
"""Epochs: whoever asks for more has slipped, and no number of steps comes of it."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One training: a task, or several mixed."""

    tasks: tuple[str, ...]
    recipe: Recipe
    mixture: Mixture | None = None
    """How several tasks share the steps; None where there is one task."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What an encoder goes through before the target task: stages in order, none for the baseline."""

    name: str
    stages: tuple[Stage, ...] = ()


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """A question asked of a whole grid. `check` refuses one that cannot be planned."""

    name: str
    encoder: Encoder
    exams: tuple[str, ...]
    seeds: tuple[int, ...]
    routes: tuple[Route, ...] = ()
    """Routes with an intermediate stage. The baseline need not be given: see `all_routes`."""
    target: Recipe = Recipe()
    """How target tasks are trained."""
    target_for: dict[str, Recipe] = {}
    """Target tasks that are trained otherwise, by name."""
    languages: tuple[str, ...] = ()
    """Only these languages of each exam; empty: all of them."""
    scoring: Precision = "fp32"
    """Arithmetic in which exams are sat; of trainings, and of looks at development data, their recipes say."""
    question: str = ""
    claims: tuple[str, ...] = ()
    """Ledgers that the study is judged by: files, or names of those that ship. They change no step."""
    given: dict[str, Any] = {}
    """The declaration as it was written, for the record."""

    @property
    def select(self) -> Literal["last", "english-dev", "oracle"]:
        """Which weights of a training are kept: the least that a user without labels could have had, of all recipes.

        No exam's rows choose any; "oracle": development rows in target languages choose some.
        """
        before = (stage.recipe for route in self.routes for stage in route.stages)
        return strongest((self.target, *self.target_for.values(), *before))

    @property
    def all_routes(self) -> tuple[Route, ...]:
        """The baseline, then the routes of the study."""
        return (Route(name=BASELINE), *self.routes)

    def target_stage(self, name: str) -> Stage:
        """The training of one target task."""
        recipe = self.target_for.get(name, self.target)
        if recipe.select == "oracle" and not recipe.oracle:
            langs = (lang for one in map(exam, self.exams) if one.of == name for lang in self.languages_of(one))
            recipe = msgspec.structs.replace(
                recipe, oracle=tuple(lang for lang in dict.fromkeys(langs) if lang != task(name).lang)
            )
        return Stage(tasks=(name,), recipe=recipe)

    def languages_of(self, exam: Exam) -> tuple[str, ...]:
        """The languages in which this study sits an exam, in the exam's order."""
        return tuple(lang for lang in exam.languages if not self.languages or lang in self.languages)


def check(study: Study) -> Study:
    """The study itself, or BadStudy/UnknownName saying what cannot be planned."""
    _check_types(study)
    _check_name("study", study.name)
    _check_list("exams", study.exams)
    _check_list("seeds", study.seeds)
    for seed in study.seeds:
        if not 0 <= seed < 2**32:
            raise BadStudy(f"Seed {seed} is out of range.", way_out="Seeds are whole numbers from 0 to 4294967295.")
    _check_list("intermediates", [route.name for route in study.all_routes])
    for route in study.routes:
        _check_route(route)
    for name in study.exams:
        known_exam(name)
    for name, recipe in (("target", study.target), *study.target_for.items()):
        check_recipe(recipe, f"the recipe of {name}")
    targets = target_tasks(study.exams)
    for name in study.target_for:
        if name not in targets:
            raise unknown("target task in this study", name, targets)
    _check_languages(study)
    _check_retrieval(study.encoder)
    return study


def known_exam(name: str) -> Exam:
    """The exam of that name; one that belongs to an unknown task is refused too."""
    found = exam(name)
    if found.of is not None:
        known_task(found.of)
    return found


def known_task(name: str) -> str:
    """The name itself, if there is such a task."""
    return task(name).name


def target_tasks(names: Iterable[str]) -> tuple[str, ...]:
    """The tasks that these exams belong to, each once, in order. Retrieval exams belong to none."""
    of = (exam(name).of for name in names)
    return tuple(dict.fromkeys(name for name in of if name is not None))


def reads_encoder(exam: Exam) -> bool:
    """Whether an exam reads the encoder's own layer and pooling: retrieval, unless its task trains a head for it."""
    return isinstance(exam.form, Retrieve) and (exam.of is None or not isinstance(task(exam.of).form, Match))


def strongest(recipes: Iterable[Recipe]) -> Literal["last", "english-dev", "oracle"]:
    """What most is known by, of what chooses weights in some recipes."""
    rules = {recipe.select for recipe in recipes}
    return "oracle" if "oracle" in rules else "english-dev" if "english-dev" in rules else "last"


def guide_of(stage: Stage) -> str:
    """What a plan calls the development rows that an oracle chooses by; empty where there is none."""
    return f"{stage.tasks[0]}{LOOKS}{'+'.join(stage.recipe.oracle)}" if stage.recipe.select == "oracle" else ""


def check_recipe(recipe: Recipe, where: str) -> None:
    """Refuse a recipe that no training can follow."""
    wrong = ""
    if (recipe.steps is None) == (recipe.epochs is None):
        wrong = "needs exactly one of `steps` and `epochs`"
    elif (recipe.steps if recipe.steps is not None else recipe.epochs or 0) <= 0:
        wrong = "trains for no step at all"
    elif (recipe.epochs or 0) > LONGEST:
        wrong = f"trains for more than {LONGEST:,} epochs"
    elif recipe.batch < 1 or recipe.max_length < 8 or (recipe.examples is not None and recipe.examples < 1):
        wrong = "needs `batch` and `examples` of at least 1 and `max_length` of at least 8"
    elif not 0 < recipe.rate < 1 or recipe.weight_decay < 0 or recipe.clip <= 0:
        wrong = "needs 0 < `rate` < 1, `weight_decay` of at least 0 and `clip` above 0"
    elif not 0 <= recipe.warmup < 1 or not 0 <= (recipe.dropout or 0) < 1:
        wrong = "needs `warmup` and `dropout` from 0 to below 1"
    elif recipe.warmup_steps is not None and recipe.warmup_steps < 0:
        wrong = "needs `warmup_steps` of at least 0"
    elif not 0 < recipe.layer_decay <= 1 or not 0 <= recipe.smoothing < 1:
        wrong = "needs `layer_decay` above 0 and up to 1, and `smoothing` from 0 to below 1"
    elif recipe.attempts < 1:
        wrong = "needs `attempts` of at least 1"
    elif any(count is not None and count < 1 for count in (recipe.evaluate, recipe.patience)):
        wrong = "needs `evaluate` and `patience` of at least 1"
    elif recipe.evaluate is not None and recipe.select == "last" and recipe.patience is None:
        wrong = "says how often to `evaluate`, and nothing does: it has neither a `select` nor a `patience`"
    elif recipe.oracle and recipe.select != "oracle":
        wrong = 'names languages for an oracle, and `select` is not "oracle"'
    elif (one := recipe.adapter) is not None and (one.rank < 1 or one.alpha <= 0 or not 0 <= one.dropout < 1):
        wrong = "needs an `adapter` with a `rank` of at least 1, an `alpha` above 0 and a `dropout` from 0 to below 1"
    if wrong:
        raise BadStudy(f"{where[:1].upper()}{where[1:]} {wrong}.", way_out="Change it in the study file.")


def _check_types(study: Study) -> None:
    """What a file is held to as it is read: numbers that are numbers, words that are among those allowed."""
    try:
        msgspec.convert(msgspec.to_builtins(study), Study)
    except (msgspec.ValidationError, TypeError) as error:
        raise BadStudy(f"The study cannot be planned: {error}.", way_out="Change that value.") from error


def _check_route(route: Route) -> None:
    _check_name("intermediate", route.name)
    if not route.stages:
        raise BadStudy(f"Intermediate {route.name!r} has no stage.", way_out="The baseline is always there; drop it.")
    for stage in route.stages:
        _check_list(f"tasks of {route.name!r}", stage.tasks)
        for name in stage.tasks:
            known_task(name)
        check_recipe(stage.recipe, f"the recipe of intermediate {route.name!r}")
        if stage.recipe.select == "oracle":
            raise BadStudy(
                f"An oracle cannot choose the weights of intermediate {route.name!r}: it has no target languages.",
                way_out='Say select = "english-dev" there; an oracle is for targets.',
            )
        if stage.mixture is not None:
            check_mixture(stage.mixture, stage.tasks, f"intermediate {route.name!r}")


def _check_languages(study: Study) -> None:
    if not study.languages:
        return
    _check_list("languages", study.languages)
    known = {lang for name in study.exams for lang in exam(name).languages}
    for lang in study.languages:
        if lang not in known:
            raise unknown("language in the exams of this study:", lang, known)
    for name in study.exams:
        if not study.languages_of(exam(name)):
            raise BadStudy(
                f"Exam {name!r} has none of the languages {', '.join(study.languages)}.",
                way_out=f"It has {', '.join(exam(name).languages)}. Add one of them, or drop the exam.",
            )


def _check_retrieval(encoder: Encoder) -> None:
    """Refuse a layer that the encoder does not have, where its shape is known."""
    shape, layer = shape_of(encoder), encoder.retrieval_layer
    if shape is not None and layer is not None and not 0 <= layer <= shape.layers:
        raise BadStudy(
            f"{encoder.name} has no layer {layer} to read sentences at.",
            way_out=f"Give 0, its embeddings, to {shape.layers}, its last.",
        )


def _check_name(kind: str, name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise BadStudy(
            f"{name[:20]}… has {len(name)} letters, which no folder bears.", way_out=f"Use {LONGEST_NAME} at most."
        )
    if not NAME.fullmatch(name):
        raise BadStudy(
            f"{name!r} cannot name {'an' if kind[0] in 'aeiou' else 'a'} {kind}.",
            way_out="Use small letters, digits, '-', '_' and '.', a letter or digit first.",
        )


def _check_list(what: str, values: Iterable[str | int]) -> None:
    values = list(values)
    if not values:
        raise BadStudy(f"The study has no {what}.", way_out=f"Give at least one in `{what.split()[0]}`.")
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        hint = " The baseline `none` is always there." if BASELINE in twice else ""
        raise BadStudy(f"{', '.join(twice)} stands more than once in the {what}.{hint}", way_out="Name each once.")
