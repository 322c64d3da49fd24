"""What a study's intermediate may say of languages, text and mixtures, and what it may not."""

from pathlib import Path

import pytest

from xstilts.errors import XstiltsError
from xstilts.studies.planning.plan import plan
from xstilts.studies.study import Study, read_study
from xstilts.training.mixture import Mixture


def study(text: str, table: str, *, corpora: str = "", folder: Path | None = None) -> Study:
    told = text.replace("[recipe.intermediate]", f"{table}\n[recipe.intermediate]", 1)
    return read_study(told + corpora, where="x.toml", folder=folder)


def test_languages_make_tasks_in_several(text: str) -> None:
    found = study(text, "both = { tasks = ['lab-mnli'], languages = ['lab-mid', 'lab-far-sov'] }")
    (stage,) = found.routes[1].stages
    assert stage.tasks == ("lab-mnli@lab-mid+lab-far-sov",) and stage.mixture is None
    found = study(text, "both = { tasks = ['lab-mnli'], languages = ['lab-mid'], floors = {} }")
    assert found.routes[1].stages[0].tasks == ("lab-mnli@lab-mid",)
    found = study(text, "same = { tasks = ['lab-mnli'], languages = ['lab-piv'] }")
    assert found.routes[1].stages[0].tasks == ("lab-mnli",)


def test_names_in_a_mixture_are_those_of_its_tasks(text: str) -> None:
    table = """
        [intermediates.all]
        tasks = ["lab-mnli", "lab-anli-plus", "lab-squad1", "lab-mlm"]
        languages = ["lab-mid", "lab-far-sov"]
        heads = { nli = ["lab-mnli", "lab-anli-plus"] }
        batches = { lab-squad1 = 8 }
        portions = { lab-mlm = 0.25 }
        floors = { lab-mid = 0.1 }
    """
    (stage,) = study(text, table).routes[1].stages
    both = "@lab-mid+lab-far-sov"
    assert stage.tasks == (f"lab-mnli{both}", f"lab-anli-plus{both}", f"lab-squad1{both}", "lab-mlm")
    assert stage.mixture == Mixture(
        heads={"nli": (f"lab-mnli{both}", f"lab-anli-plus{both}")}, batches={f"lab-squad1{both}": 8},
        portions={"lab-mlm": 0.25}, floors={"lab-mid": 0.1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("x = { tasks = ['lab-mnli'], languages = ['lab-nowhere'] }", "lab-nowhere"),
        ("x = { tasks = ['lab-mnli@lab-mid'], languages = ['lab-near'] }", "Keep one of the two"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], batches = { lab-qpq = 3 } }", "Did you mean 'lab-qqp'"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], batches = { lab-qqp = 0 } }", "`batches` of at least 1"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], portions = { lab-qqp = 1.0 } }", "Portions"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], heads = { one = ['lab-mnli', 'lab-qqp'] } }", "cannot share the head"),
        ("x = { tasks = ['lab-mnli', 'lab-anli-plus'], heads = { lab-anli-plus = ['lab-mnli'] } }", "called like"),
        (
            "x = { tasks = ['lab-mnli', 'lab-anli-plus'], heads = { a = ['lab-mnli'], b = ['lab-mnli'] } }",
            "lab-mnli has two heads",
        ),
        ("x = { tasks = ['lab-mnli', 'lab-mlm'], floors = { sw = 0.3 } }", "language to draw from"),
        ("x = { tasks = ['lab-mlm'], floors = { lab-mid = 0.7, lab-near = 0.7 } }", "No shares"),
        ("x = { tasks = ['lab-mlm'], languages = ['lab-naer'] }", "says nothing of running text"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], rule = 'temperature', temperature = 0.01 }", "at least 0.1"),
        ("x = { tasks = ['lab-mlm'], alpha = -1.0 }", "an `alpha` of at least 0"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], rule = 'fixed', shares = [1] }", "Give one share"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], cap = 0 }", "a `cap` of at least 1"),
        ("x = { tasks = ['lab-mnli', 'lab-qqp'], epoch = 'half' }", "invalid enum value 'half'"),
    ],
)  # fmt: skip
def test_impossible_mixtures_are_told_before_anything_runs(text: str, table: str, says: str) -> None:
    with pytest.raises(XstiltsError) as caught:
        study(text, table)
    assert says in str(caught.value)


def test_a_corpus_is_declared_in_the_study_and_its_text_is_in_the_digest(text: str, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "sw.txt").write_text("mstari wa kwanza\nmstari wa pili\n")
    corpora = "\n[corpora.wiki]\nfiles = 'text'\n"
    tables = {"beside": "x = { tasks = ['lab-mnli', 'wiki'] }", "alone": "x = 'wiki'"}

    def digests(table: str, corpora: str = corpora) -> set[str]:
        return {step.digest for step in plan(study(text, table, corpora=corpora, folder=tmp_path)).steps}

    before = {name: digests(table) for name, table in tables.items()}
    assert all(digests(table) == before[name] for name, table in tables.items())
    with (tmp_path / "text" / "sw.txt").open("a") as file:
        file.write("mstari wa tatu\n")
    for name, table in tables.items():
        changed = digests(table)
        # What does not go through the text stays what it is.
        assert changed != before[name] and changed & before[name]
        assert digests(table, corpora + "rate = 0.3\n") != changed
    with pytest.raises(XstiltsError, match="Did you mean 'files'"):
        study(text, tables["alone"], corpora="\n[corpora.wiki]\nfile = 'text'\n", folder=tmp_path)
    with pytest.raises(XstiltsError, match=r"no intermediate reads the text `corpora\.wiki`"):
        study(text, "x = 'lab-mnli'", corpora=corpora, folder=tmp_path)
    with pytest.raises(XstiltsError, match="the catalogue has that name"):
        study(text, tables["alone"], corpora="\n[corpora.lab-mnli]\nfiles = 'text'\n", folder=tmp_path)


def test_a_plan_counts_what_a_mixture_trains_on(text: str) -> None:
    """Batches of their own, portions and caps are counted as the training will have them."""
    tables = {
        "tasks = ['lab-mnli', 'lab-qqp'], rule = 'uniform', batches = { lab-qqp = 16 }": 30 * 24,
        "tasks = ['lab-mnli', 'lab-qqp'], epochs = 1.0": 12_000,
        "tasks = ['lab-mnli', 'lab-qqp'], epochs = 1.0, cap = 3200, epoch = 'capped'": 6_400,
        "tasks = ['lab-mnli', 'lab-tlm'], epochs = 1.0, portions = { lab-tlm = 0.5 }": 12_032,
        "tasks = ['lab-mnli'], languages = ['lab-mid', 'lab-near'], epochs = 1.0": 12_000,
    }
    for table, count in tables.items():
        planned = plan(study(text, f"x = {{ {table} }}"))
        assert {step.examples for step in planned.steps if step.label == "x"} == {count}, table
