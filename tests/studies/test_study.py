"""A study file is read strictly: whatever is wrong is named, and so is the way out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from xstilts.errors import BadStudy, XstiltsError
from xstilts.studies.planning.plan import plan
from xstilts.studies.study import load_study, read_study, shipped_studies
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Recipe


def test_fields_arrive(text: str) -> None:
    study = read_study(text)
    assert study.name == "small" and study.seeds == (1, 2) and study.select == "last"
    assert [route.name for route in study.all_routes] == ["none", "squad1"]
    assert study.routes[0].stages[0].recipe == Recipe(rate=1e-3, steps=30, epochs=None)
    assert study.target == Recipe(rate=1e-3, steps=20, epochs=None)
    assert study.given["recipe"]["target"]["steps"] == 20


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seeds =", "seed =", "unknown key 'seed'. Did you mean 'seeds'"),
        ("rate = 1e-3\nsteps = 30", "rat = 1e-3", "unknown key 'rat' in [recipe.intermediate]. Did you mean 'rate'"),
        ("[recipe.target]", "[recipe.targte]", "unknown key 'targte' in [recipe]. Did you mean 'target'"),
        ("[recipe.target]", "[retrieval]\nlayr = 2\n[recipe.target]", "unknown key 'layr' in [retrieval]"),
        ("[recipe.target]", '[recipe.target.for."lab-xqad"]\nsteps = 3\n[recipe.target]', "Did you mean 'lab-xquad'"),
        ("[recipe.target]", "[recipe.intermediate.for.squad2]\nsteps = 3\n[recipe.target]", "Did you mean 'squad1'"),
        ("[recipe.target]", '[recipe.target.for."lab-xquad"]\nstep = 3\n[recipe.target]', "Did you mean 'steps'"),
        ("seeds = [1, 2]", 'seeds = ["1"]', "expected `int`, got `str` at `seeds[0]`"),
        ("seeds = [1, 2]", "seeds = []", "has no seeds"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "1 stands more than once in the seeds"),
        ("seeds = [1, 2]", "seeds = [-1]", "Seed -1 is out of range"),
        ("seeds = [1, 2]", "", "missing required field `seeds`"),
        ("seeds = [1, 2]", "seeds = [1, 2", "is not valid TOML"),
        ("lab-mlqa", "lab-mlqaa", "no exam 'lab-mlqaa'. Did you mean 'lab-mlqa'"),
        ("lab-mlqa", "lab-xquad", "lab-xquad stands more than once in the exams"),
        ('"lab-squad1"', '"lab-squad11"', "no task 'lab-squad11'. Did you mean 'lab-squad1'"),
        ("squad1 =", "none =", "The baseline `none` is always there"),
        ("squad1 =", '"a b" =', "'a b' cannot name an intermediate"),
        ("steps = 30", "steps = 30\nepochs = 2.0", "has both `steps` and `epochs`"),
        ("steps = 30", "steps = 0", "trains for no step"),
        ("rate = 1e-3\nsteps = 30", "rate = -1.0", "needs 0 < `rate` < 1"),
        ("steps = 30", "steps = 30\nlayer_decay = 0.0", "needs `layer_decay` above 0"),
        ("steps = 30", "steps = 30\nsmoothing = 1.0", "`smoothing` from 0 to below 1"),
        ("steps = 30", "steps = 30\nwarmup_steps = -1", "needs `warmup_steps` of at least 0"),
        ("steps = 30", "steps = 30\ndecay = 'expo'", "invalid enum value 'expo'"),
        ("steps = 30", 'steps = "30"', "expected `int | null`, got `str`"),
        ('squad1 = "lab-squad1"', "squad1 = { rule = 'uniform' }", "has no `tasks`"),
        ('squad1 = "lab-squad1"', "squad1 = { tasks = ['lab-squad1'], ruel = 'uniform' }", "Did you mean 'rule'"),
        (
            'squad1 = "lab-squad1"',
            "squad1 = { tasks = ['lab-squad1', 'lab-qqp'], rule = 'x' }",
            "invalid enum value 'x'",
        ),
        ('squad1 = "lab-squad1"', "squad1 = 3", "intermediates"),
        ('squad1 = "lab-squad1"', "squad1 = []", "has no stage"),
        ('name = "small"', 'name = "small"\nselect = "oracel"', "invalid enum value 'oracel'"),
        ('name = "small"', 'name = "small"\nlanguages = ["lab-fra"]', "lab-fra"),
        ('name = "small"', 'name = "Big Study"', "cannot name a study"),
        (
            'name = "small"',
            'name = "small"\nlanguage = ["lab-mid"]',
            "'language'. Did you mean 'languages'",
        ),
        (
            'squad1 = "lab-squad1"',
            "squad1 = { tasks = ['lab-squad1', 'lab-qqp'], rule = 'fixed', shares = [1.0] }",
            "shares",
        ),
        ('squad1 = "lab-squad1"', "squad1 = 'lab-tatoeba'", "no task 'lab-tatoeba'"),
    ],
)
def test_wrong_is_named(text: str, old: str, new: str, says: str) -> None:
    assert old in text
    with pytest.raises(XstiltsError) as caught:
        read_study(text.replace(old, new, 1), where="x.toml")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_encoder(text: str, encoder: Path) -> None:
    with pytest.raises(XstiltsError, match="'xlm-roberta-base'"):
        read_study(text.replace(str(encoder), "xlm-roberta-bass"))


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('name = "a"\nseeds = [1\nexams = 3\n')
    with pytest.raises(BadStudy, match=r"x\.toml is not valid TOML: .*line 3"):
        load_study(path)


def test_missing_file_and_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="Cannot read the study file"):
        load_study(tmp_path / "none.toml")
    with pytest.raises(XstiltsError, match="'lab-demo'"):
        load_study("lab-dmeo")


def test_overrides_go_from_common_to_special(text: str) -> None:
    special = '[recipe.intermediate.for."lab-squad1"]\nepochs = 1.0\n[recipe.target.for."lab-xquad"]\nsteps = 7\n'
    study = read_study(text + special)
    assert study.routes[0].stages[0].recipe == Recipe(rate=1e-3, steps=None, epochs=1.0)
    assert study.target_stage("lab-xquad").recipe == Recipe(rate=1e-3, steps=7, epochs=None)


def test_mixed_and_chained_intermediates(text: str) -> None:
    more = (
        "several = { tasks = ['lab-squad1', 'lab-mnli'], rule = 'uniform', steps = 9 }\n"
        "then = ['lab-mnli', 'lab-squad1']\n[recipe.intermediate]"
    )
    study = read_study(text.replace("[recipe.intermediate]", more))
    several, then = study.routes[1:]
    assert several.stages[0].mixture == Mixture(rule="uniform") and several.stages[0].recipe.steps == 9
    assert [stage.tasks for stage in then.stages] == [("lab-mnli",), ("lab-squad1",)]


def test_encoder_beside_the_file(tmp_path: Path, text: str, encoder: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text.replace(str(encoder), "./encoder"))
    assert Path(load_study(path).encoder.source) == encoder.resolve()


def test_retrieval_table(text: str) -> None:
    study = read_study(text + "[retrieval]\nlayer = 2\npooling = 'first'\n")
    assert (study.encoder.retrieval_layer, study.encoder.pooling) == (2, "first")


def test_scoring_table(text: str) -> None:
    assert read_study(text).scoring == "fp32"
    assert read_study(text + '\n[scoring]\nprecision = "bf16"\n').scoring == "bf16"
    with pytest.raises(BadStudy, match="precision"):
        read_study(text + '\n[scoring]\nprecison = "bf16"\n')
    with pytest.raises(BadStudy, match="int8"):
        read_study(text + '\n[scoring]\nprecision = "int8"\n')


def test_exam_without_a_wanted_language(text: str) -> None:
    with pytest.raises(BadStudy, match="Exam 'lab-tatoeba' has none of the languages lab-piv"):
        read_study(text.replace('name = "small"', 'name = "small"\nlanguages = ["lab-piv"]'))


@pytest.mark.parametrize("name", sorted(shipped_studies()))
def test_shipped_studies_load(name: str) -> None:
    study = load_study(name)
    assert study.name == name and study.question
    first = shipped_studies()[name].read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")


def test_a_layer_that_the_encoder_does_not_have(text: str, encoder: Path) -> None:
    there = text.replace(str(encoder), "xlm-roberta-base") + "[retrieval]\nlayer = 13\n"
    with pytest.raises(BadStudy, match=r"has no layer 13 .* Give 0, its embeddings, to 12"):
        read_study(there)
    assert read_study(there.replace("13", "12")).encoder.retrieval_layer == 12


def test_a_study_is_a_frozen_value(text: str) -> None:
    study = read_study(text)
    with pytest.raises(AttributeError):
        study.name = "other"  # type: ignore[misc]
    assert msgspec.structs.replace(study, name="other") != study


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seeds": (1.0,)}, "Expected `int`"),
        ({"seeds": ("1",)}, "Expected `int`"),
        ({"encoder": "lab"}, "encoder"),
        ({"scoring": "fp16"}, "fp16"),
        ({"target": Recipe(steps=5, epochs=None, precision="fp16")}, "fp16"),  # type: ignore[arg-type]
        ({"target": Recipe(steps=5, epochs=None, order="randm")}, "randm"),  # type: ignore[arg-type]
        ({"target": Recipe(steps=5, epochs=None, decay="cosin")}, "cosin"),  # type: ignore[arg-type]
        ({"target": Recipe(steps=5.5, epochs=None)}, "Expected `int"),  # type: ignore[arg-type]
        ({"target": Recipe(epochs=1e300)}, "1,000,000 epochs"),
        ({"name": "x" * 101}, "101 letters"),
    ],
)
def test_a_study_made_in_python_is_held_to_what_a_file_is(text: str, change: dict[str, Any], says: str) -> None:
    made = msgspec.structs.replace(read_study(text), **change)
    with pytest.raises(BadStudy, match=says):
        plan(made)


def test_what_chooses_weights_is_known_of_a_study_made_in_python(text: str) -> None:
    study = read_study(text)
    assert study.select == "last"
    made = msgspec.structs.replace(study, target=msgspec.structs.replace(study.target, select="oracle"))
    assert made.select == "oracle" and any("Oracle" in warning for warning in plan(made).warnings)
