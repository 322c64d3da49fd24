"""Whatever is declared sits the same exam: it says what it is, whose it is and where its rows come from.

What is drawn sits the rest too: rows in order, perfect answers score 100, blind ones score chance. What is read from
files does so in `test_with_real_data.py`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from conformance_answers import guesses, perfect

from xstilts.forms import Classify, Mask, Match, Retrieve, Tag
from xstilts.languages import benchmarks, langs, language
from xstilts.sources import FirstOf, Hub, Mirror, Table
from xstilts.sources.ccgbank import CcgBank
from xstilts.sources.walk import leaves
from xstilts.tasks import Exam, Task, exams, suites, tasks
from xstilts.tasks.places import PARQUET, UNVERIFIED

COMMIT = re.compile(r"[0-9a-f]{40}")
ALL: list[Any] = [
    pytest.param(one, id=f"{kind}-{name}")
    for kind, table in (("task", tasks()), ("exam", exams()))
    for name, one in table.items()
]
DRAWN = [param for param in ALL if param.values[0].name.startswith("lab")]
READ = [param for param in ALL if not param.values[0].name.startswith("lab")]
LEARNT = {"ccg", "deptag"}
"""Their labels are those of their data."""


def sources_of(one: Task | Exam) -> list[Any]:
    return [one.train, one.dev] if isinstance(one, Task) else [one.test]


def tables_of(one: Task | Exam) -> list[Table]:
    found: list[Table] = []
    for source in sources_of(one):
        for leaf in leaves(source):
            found += leaf.tables if isinstance(leaf, FirstOf) else [leaf]
    return found


def rows_of(one: Task | Exam) -> list[Any]:
    source = one.dev if isinstance(one, Task) else one.test
    return list(source.read(one.lang if isinstance(one, Task) else one.languages[-1]))


@pytest.mark.parametrize("one", ALL)
def test_it_says_what_it_is(one: Task | Exam) -> None:
    assert one.licence
    assert one.about
    if isinstance(one, Exam):
        assert langs(one.languages) == one.languages
        assert language(one.pivot)
        assert one.main_metric in one.form.metrics
        assert one.of is None or one.name.startswith("lab") or fits(one, tasks()[one.of])
    else:
        assert language(one.lang)
    if isinstance(one.form, Classify | Tag):
        assert len(set(one.form.labels)) == len(one.form.labels)
        assert len(one.form.labels) > 1 or one.name in LEARNT


def fits(one: Exam, trained: Task) -> bool:
    """Whether what the task trains is what the exam asks for."""
    if isinstance(trained.form, Match):
        return isinstance(one.form, Retrieve) and one.form.longest_query == trained.form.longest_query
    # Exams of one task may score otherwise, as MLQA does; what is trained must be the same.
    return type(trained.form) is type(one.form) and trained.form.head == one.form.head


@pytest.mark.parametrize("one", READ)
def test_its_places_are_a_mirror_first_and_a_hub_that_is_looked_up_or_pinned(one: Task | Exam) -> None:
    assert "http" in one.about
    places = [table.place for table in tables_of(one)]
    assert isinstance(places[0], Mirror | CcgBank)
    for place in places:
        if isinstance(place, Hub):
            assert COMMIT.fullmatch(place.revision) or place.revision == PARQUET
            # Whoever pins a commit has looked, and takes the note away.
            assert (UNVERIFIED in one.notes) == (place.revision == PARQUET)
            assert all(path.endswith(".parquet") for path in place.paths)


def test_the_lists_of_languages_are_the_reference_lists() -> None:
    for name, codes in benchmarks.XTREME.items():
        assert exams()[name].languages == codes, name
    for part in suites()["xtreme-r"].parts:
        assert exams()[part.exam].languages == part.languages, part.exam
    assert "ur" in exams()["xnli"].languages


def test_the_suites_are_made_of_exams_that_there_are() -> None:
    for suite in suites().values():
        assert set(suite.exams) <= set(exams())
        for part in suite.parts:
            assert set(part.metrics) <= set(exams()[part.exam].form.metrics), part


@pytest.mark.parametrize("one", DRAWN)
def test_its_rows_are_in_order(one: Task | Exam) -> None:
    rows = rows_of(one)
    assert rows
    for row in rows:
        one.form.check(row)
    assert len({row.id for row in rows}) == len(rows)


@pytest.mark.parametrize("one", [param for param in DRAWN if not isinstance(param.values[0].form, Mask)])
def test_perfect_answers_score_100_and_blind_ones_score_chance(one: Task | Exam) -> None:
    rows = rows_of(one)
    metric = one.form.metrics[0]
    assert one.form.score(perfect(one, rows), rows)[metric] == pytest.approx(100)
    blind = [one.form.score(guesses(one, rows, seed), rows)[metric] for seed in range(5)]
    assert sum(blind) / 5 <= one.form.chance(rows) + 12
