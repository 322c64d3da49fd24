"""TOML to Study, strictly: an unknown key is refused and the nearest is named. Shipped studies are found by name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from xstilts.declared import check_keys, convert
from xstilts.encoders.catalogue import encoder
from xstilts.encoders.encoder import Encoder
from xstilts.errors import BadStudy, unknown
from xstilts.forms import Pooling
from xstilts.studies.grid import BASELINE, Route, Stage, Study, check, known_exam, known_task, target_tasks
from xstilts.studies.ledgers import named_ledger
from xstilts.studies.mixing import MIXTURE, read_mixture
from xstilts.tasks.catalogue import add, add_corpus
from xstilts.tasks.corpora import Corpus
from xstilts.training.recipe import Precision, Recipe

__all__ = ["BASELINE", "Route", "Stage", "Study", "check", "load_study", "read_study", "shipped_studies"]

_check_keys = partial(check_keys, error=BadStudy)
_convert = partial(convert, error=BadStudy)
RECIPE = Recipe.__struct_fields__


class Retrieval(msgspec.Struct, frozen=True):
    """The table `[retrieval]`."""

    layer: int | None = None
    pooling: Pooling | None = None


class Scoring(msgspec.Struct, frozen=True):
    """The table `[scoring]`."""

    precision: Precision = "fp32"


class Recipes(msgspec.Struct, frozen=True):
    """The table `[recipe]`: fields of Recipe, and under `for` what is otherwise for one task or intermediate."""

    intermediate: dict[str, Any] = {}
    target: dict[str, Any] = {}


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """A study file, key by key."""

    name: str
    encoder: str
    exams: tuple[str, ...]
    seeds: tuple[int, ...]
    question: str = ""
    tasks: tuple[str, ...] = ()
    """Files that declare tasks and exams of one's own, relative to the study file."""
    claims: tuple[str, ...] = ()
    """Ledgers of claims: files, relative to the study file, or the names of those that ship."""
    languages: tuple[str, ...] = ()
    select: Literal["last", "english-dev", "oracle"] = "last"
    """Which weights are kept, where a recipe does not say. An oracle is for targets: intermediates go by their own
    language's development rows then."""
    intermediates: dict[str, str | list[str] | dict[str, Any]] = {}
    """A task; or a list: one task after the other; or a table with `tasks` mixed in one stage, in some `languages`."""
    corpora: dict[str, dict[str, Any]] = {}
    """Running text of one's own, by the name that intermediates give it: see `tasks/corpora.py`."""
    recipe: Recipes = Recipes()
    retrieval: Retrieval = Retrieval()
    scoring: Scoring = Scoring()


def load_study(name_or_path: str | Path) -> Study:
    """A study from a TOML file, or a shipped one by its name."""
    path = Path(name_or_path)
    if path.suffix != ".toml" and not path.is_file():
        shipped = shipped_studies()
        if str(name_or_path) not in shipped:
            raise unknown("study", str(name_or_path), shipped)
        path = shipped[str(name_or_path)]
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadStudy(
            f"Cannot read the study file {path}: {reason}.",
            way_out=f"Give a path, or a shipped study: {', '.join(shipped_studies())}.",
        ) from error
    return read_study(text, where=str(path), folder=path.parent)


def shipped_studies() -> dict[str, Path]:
    """The studies that come with xstilts, by name: from the package, or from the checkout it runs in."""
    packaged = Path(__file__).parent / "shipped"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_study(text: str, *, where: str = "the study", folder: Path | None = None) -> Study:
    """A study from the text of a study file. Relative paths begin where the file lies."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadStudy(f"{where} is not valid TOML: {error}.", way_out="Mend that line.") from error
    declared = _declaration(raw, where)
    for path in declared.tasks:
        add((folder or Path()) / path)
    for name, table in declared.corpora.items():
        _check_keys(table, Corpus.__struct_fields__, where, f"corpora.{name}")
        corpus = _convert(table, Corpus, where, f"corpora.{name}")
        add_corpus(name, corpus, _beside(folder, corpus.files))
    _check_corpora(declared, where)
    recipe = declared.recipe
    _check_for(recipe.intermediate, _intermediate_names(declared), where, "recipe.intermediate")
    targets = target_tasks(known_exam(name).name for name in declared.exams)
    _check_for(recipe.target, targets, where, "recipe.target")
    before = {"select": "last" if declared.select == "last" else "english-dev"}
    after = {"select": declared.select}
    routes = tuple(_route(name, declared, before, where) for name in declared.intermediates)
    target = _recipe([after, _plain(recipe.target)], where, "recipe.target")
    target_for = {
        name: _recipe([after, _plain(recipe.target), table], where, f"recipe.target.for.{name}")
        for name, table in recipe.target.get("for", {}).items()
    }
    return check(
        Study(
            name=declared.name,
            question=declared.question,
            encoder=_encoder(declared, folder),
            exams=declared.exams,
            seeds=declared.seeds,
            routes=routes,
            target=target,
            target_for=target_for,
            languages=declared.languages,
            scoring=declared.scoring.precision,
            claims=tuple(named_ledger(name, folder) for name in declared.claims),
            given=raw,
        )
    )


def _declaration(raw: dict[str, Any], where: str) -> Declaration:
    _check_keys(raw, Declaration.__struct_fields__, where, "")
    for key, inner in (("recipe", Recipes), ("retrieval", Retrieval), ("scoring", Scoring)):
        if isinstance(raw.get(key), dict):
            _check_keys(raw[key], inner.__struct_fields__, where, key)
    for key in ("intermediate", "target"):
        table = raw.get("recipe", {}).get(key, {}) if isinstance(raw.get("recipe"), dict) else {}
        if isinstance(table, dict):
            _check_keys(table, (*RECIPE, "for"), where, f"recipe.{key}")
    return _convert(raw, Declaration, where, "")


def _beside(folder: Path | None, files: str) -> Path:
    """Where relative names of a study begin: beside its file, or where the command is run, for one that ships."""
    first = Path(files).parts[0] if Path(files).parts else ""
    return folder if folder is not None and (folder / first).exists() else Path()


def _encoder(declared: Declaration, folder: Path | None) -> Encoder:
    name = declared.encoder
    if folder is not None and name.startswith(".") and (folder / name).is_dir():
        name = str((folder / name).resolve())
    # A folder that is not here may be made yet, or lie on another machine: the plan says so, and `run` refuses.
    missing = name.startswith((".", "/", "~")) and not Path(name).expanduser().exists()
    found = Encoder(name=Path(name).name, source=name) if missing else encoder(name)
    if declared.retrieval.layer is not None:
        found = msgspec.structs.replace(found, retrieval_layer=declared.retrieval.layer)
    if declared.retrieval.pooling is not None:
        found = msgspec.structs.replace(found, pooling=declared.retrieval.pooling)
    return found


def _route(name: str, declared: Declaration, common: dict[str, Any], where: str) -> Route:
    value, recipes = declared.intermediates[name], common | declared.recipe.intermediate
    if isinstance(value, dict):
        return Route(name=name, stages=(_mixed(name, value, recipes, where),))
    names = [value] if isinstance(value, str) else value
    return Route(
        name=name,
        stages=tuple(
            Stage(tasks=(known_task(one),), recipe=_stage_recipe((one, name), recipes, {}, where)) for one in names
        ),
    )


def _mixed(name: str, table: dict[str, Any], recipes: dict[str, Any], where: str) -> Stage:
    at = f"intermediates.{name}"
    _check_keys(table, ("tasks", "languages", *MIXTURE, *RECIPE), where, at)
    if "tasks" not in table:
        raise BadStudy(f"{where}: `{at}` has no `tasks`.", way_out='Give it tasks = ["…", "…"].')
    tasks, mixture = read_mixture(table, where, at)
    own = {key: table[key] for key in RECIPE if key in table}
    return Stage(tasks=tasks, recipe=_stage_recipe((name,), recipes, own, where), mixture=mixture)


def _stage_recipe(names: Iterable[str], recipes: dict[str, Any], own: dict[str, Any], where: str) -> Recipe:
    """The common recipe, then what `for` says for the task, then for the intermediate, then its own table."""
    special = recipes.get("for", {})
    layers = [_plain(recipes), *(special.get(name, {}) for name in dict.fromkeys(names)), own]
    return _recipe(layers, where, f"recipe.intermediate ({next(iter(names))})")


def _recipe(layers: list[dict[str, Any]], where: str, at: str) -> Recipe:
    merged: dict[str, Any] = {}
    for layer in layers:
        if "steps" in layer and "epochs" in layer:
            raise BadStudy(f"{where}: `{at}` has both `steps` and `epochs`.", way_out="Keep one of them.")
        if "steps" in layer or "epochs" in layer:
            merged = {key: value for key, value in merged.items() if key not in ("steps", "epochs")}
        if layer.get("select") == "last" and "patience" not in merged | layer:
            # How often the others are looked at is not meant for one that is not.
            merged.pop("evaluate", None)
        merged |= layer
    if "steps" in merged:
        merged["epochs"] = None
    return _convert(merged, Recipe, where, at)


def _plain(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != "for"}


def _check_corpora(declared: Declaration, where: str) -> None:
    read: set[str] = set()
    for value in declared.intermediates.values():
        tasks = value.get("tasks", ()) if isinstance(value, dict) else [value] if isinstance(value, str) else value
        read.update(tasks if isinstance(tasks, list) else ())
    for name in declared.corpora:
        if name not in read:
            raise BadStudy(
                f"{where}: no intermediate reads the text `corpora.{name}`.", way_out="Name it in one, or leave it out."
            )


def _intermediate_names(declared: Declaration) -> list[str]:
    """What `[recipe.intermediate.for]` may name: intermediates, and the tasks of those that are not mixed."""
    names = list(declared.intermediates)
    for value in declared.intermediates.values():
        if not isinstance(value, dict):
            names += [value] if isinstance(value, str) else value
    return names


def _check_for(recipes: dict[str, Any], known: Iterable[str], where: str, at: str) -> None:
    special = _convert(recipes.get("for", {}), dict[str, dict[str, Any]], where, f"{at}.for")
    _check_keys(special, known, where, f"{at}.for")
    for name, table in special.items():
        _check_keys(table, RECIPE, where, f"{at}.for.{name}")
