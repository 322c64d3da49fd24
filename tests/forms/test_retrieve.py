"""Retrieve: search and mining, with a threshold that never sees the test."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

from xstilts.errors import BadInput
from xstilts.forms import Line, Retrieve, Rows

SEARCH, MINE = Retrieve("search"), Retrieve("mine")


def rows_for(examples: list[Line]) -> Rows:
    n = len(examples)
    return Rows(np.zeros(n, np.int32), np.arange(n + 1), np.arange(n))


def pool(part: str, n: int, gold: int, *, seed: int, noise: float = 0.3) -> tuple[list[Line], NDArray[np.float32]]:
    """n queries and n index lines about n things; only the first `gold` count as pairs, the rest lead astray."""
    draw = np.random.default_rng(seed)
    things = draw.normal(size=(n, 16))
    queries = [
        Line(f"q{part}{place}", f"q {place}", "query", part, (f"i{part}{place}",) if place < gold else ())  # type: ignore[arg-type]
        for place in range(n)
    ]
    index = [Line(f"i{part}{place}", f"i {place}", "index", part) for place in range(n)]  # type: ignore[arg-type]
    right = np.where(np.arange(n)[:, None] < gold, things, draw.normal(size=(n, 16)))
    vectors = np.concatenate((things, right)) + noise * draw.normal(size=(2 * n, 16))
    return [*queries, *index], vectors.astype(np.float32)


def both(seed: int = 0) -> tuple[list[Line], NDArray[np.float32]]:
    dev, one = pool("dev", 60, 30, seed=seed)
    test, two = pool("test", 80, 40, seed=seed + 1)
    return [*dev, *test], np.concatenate((one, two))


def test_rows_are_single_texts(tokenizer: Tokenizer) -> None:
    lines = [Line("1", "The river runs", "query", "test", ("2",)), Line("2", "Anna", "index")]
    rows = SEARCH.encode(lines, tokenizer, max_length=50)
    assert rows.tokens.tolist() == tokenizer.encode("The river runs").ids + tokenizer.encode("Anna").ids


def test_search_finds_the_nearest_of_the_same_part_whatever_the_length() -> None:
    dev, one = pool("dev", 10, 10, seed=1, noise=0.01)
    test, two = pool("test", 20, 20, seed=2, noise=0.01)
    scale = np.random.default_rng(0).uniform(0.1, 9, size=(60, 1))
    found = SEARCH.decode(rows_for(dev + test), np.concatenate((one, two)) * scale, dev + test)
    assert found[:10] == [f"idev{place}" for place in range(10)]
    assert found[10:20] == [None] * 10
    assert SEARCH.score(found, dev + test) == {"accuracy": 100}
    assert SEARCH.chance(dev + test) == 5


def test_search_scores_the_test_part_alone() -> None:
    dev, test = pool("dev", 4, 4, seed=1)[0], pool("test", 4, 4, seed=2)[0]
    found = ["x"] * 8 + ["itest0", "itest1", "x", "x"] + [None] * 4
    assert SEARCH.score(found, dev + test) == {"accuracy": 50}


def test_equally_near_lines_go_to_the_first() -> None:
    lines = [
        Line("q", "a", "query", "test", ("1",)),
        *(Line(str(place), "a", "index") for place in range(3)),
    ]
    vectors = np.array([[1, 1], [0, 1], [1, 1], [1, 1]], np.float32)
    assert SEARCH.decode(rows_for(lines), vectors, lines)[0] == "1"


def test_perfect_vectors_mine_everything() -> None:
    examples, _ = both()
    vectors = np.concatenate([pool(part, n, n, seed=n, noise=0.01)[1] for part, n in (("dev", 60), ("test", 80))])
    full = [
        msgspec.structs.replace(one, gold=(one.id.replace("q", "i"),)) if one.side == "query" else one
        for one in examples
    ]
    found = MINE.decode(rows_for(full), vectors, full)
    assert MINE.score(found, full)["f1"] == pytest.approx(100, abs=3)


def test_mining_pairs_are_one_to_one_and_beat_chance() -> None:
    examples, vectors = both()
    found = MINE.decode(rows_for(examples), vectors, examples)
    given_out = [one for one in found if one is not None]
    assert len(given_out) == len(set(given_out))
    assert MINE.score(found, examples)["f1"] > 60 > MINE.chance(examples)


def test_the_threshold_comes_from_dev_alone() -> None:
    examples, vectors = both()
    blind = [
        msgspec.structs.replace(one, gold=()) if one.part == "test" and one.side == "query" else one for one in examples
    ]
    wrong = [
        msgspec.structs.replace(one, gold=("itest7",)) if one.part == "test" and one.side == "query" else one
        for one in examples
    ]
    rows = rows_for(examples)
    assert MINE.threshold(vectors, blind) == MINE.threshold(vectors, wrong) == MINE.threshold(vectors, examples)
    assert (
        MINE.decode(rows, vectors, blind) == MINE.decode(rows, vectors, examples) == MINE.decode(rows, vectors, wrong)
    )
    swapped = np.concatenate((vectors[:120], np.random.default_rng(9).normal(size=(160, 16)).astype(np.float32)))
    assert MINE.threshold(swapped, examples) == MINE.threshold(vectors, examples)


def test_a_sentence_that_comes_twice_is_never_mined() -> None:
    examples, vectors = both()
    found = MINE.decode(rows_for(examples), vectors, examples)
    hit = next(place for place, one in enumerate(found) if one and examples[place].part == "test")
    other = next(place for place, one in enumerate(examples) if one.id == "qtest79")
    twice = list(examples)
    twice[other] = msgspec.structs.replace(examples[other], text=examples[hit].text + " ")
    again = MINE.decode(rows_for(twice), vectors, twice)
    assert again[hit] is None and again[other] is None
    index = next(place for place, one in enumerate(examples) if one.id == found[hit])
    twin = next(place for place, one in enumerate(examples) if one.id == "itest79")
    twice = list(examples)
    twice[twin] = msgspec.structs.replace(examples[twin], text=examples[index].text)
    assert examples[index].id not in MINE.decode(rows_for(twice), vectors, twice)


def test_mining_scores_pairs_as_a_set() -> None:
    lines = [
        Line("a", "1", "query", "test", ("x", "y")),
        Line("a", "2", "query", "test", ("x",)),
        Line("b", "3", "query", "test", ("z",)),
        Line("c", "4", "query", "dev", ("z",)),
        Line("x", "5", "index"),
    ]
    scores = MINE.score(["x", "x", None, "z", None], lines)
    assert scores == pytest.approx({"f1": 50, "precision": 100, "recall": 100 / 3})


def test_mining_without_dev_gold_says_so() -> None:
    test, vectors = pool("test", 10, 5, seed=0)
    with pytest.raises(BadInput, match="part 'dev'"):
        MINE.decode(rows_for(test), vectors, test)


@pytest.mark.parametrize(
    ("form", "example", "match"),
    [
        (SEARCH, Line("1", "a", "query"), "gold is empty"),
        (MINE, Line("1", "a", "index", "dev", ("2",)), "index line"),
        (MINE, Line("1", " ", "index"), "text is empty"),
        (MINE, Line("1", "a", "left"), "side"),  # type: ignore[arg-type]
        (MINE, Line("1", "a", "query", "train"), "part"),  # type: ignore[arg-type]
    ],
)
def test_check_refuses(form: Retrieve, example: Line, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        form.check(example)
    MINE.check(Line("1", "a", "query"))
