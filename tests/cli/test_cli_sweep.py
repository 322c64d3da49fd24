"""`xstilts sweep`: a table with the best marked, and what to write into the study."""

from __future__ import annotations

import json

import pytest

ONE = ("--threads", 1)


def test_the_best_is_marked_and_can_be_written_into_a_study(xstilts) -> None:
    said = xstilts("sweep", "lab-tatoeba", "--lang", "lab-mid", *ONE)
    assert said.code == 0, said.err
    assert "lab-tatoeba in lab-mid, lab: accuracy by layer and pooling" in said.out
    assert "development rows that the lab draws, none of them an exam's; 150 queries" in said.out
    assert sum("◄" in line for line in said.out.splitlines()) == 2
    told = json.loads(xstilts("sweep", "lab-tatoeba", "--lang", "lab-mid", "--json", *ONE).out)
    best = told["best"]
    assert best["scores"]["accuracy"] == max(one["scores"]["accuracy"] for one in told["readings"])
    assert f"layer = {best['layer']}" in said.out and f'pooling = "{best["pooling"]}"' in said.out
    assert (told["without"]["layer"], told["without"]["pooling"]) == (2, "mean")
    assert len(told["readings"]) == 16 and told["language"] == "lab-mid"


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        (("lab-xquad", "--lang", "lab-near"), "no retrieval exam"),
        (("lareqa", "--lang", "de"), "the head that lareqa trains"),
        (("lab-tatoba", "--lang", "lab-near"), "'lab-tatoeba'"),
        (("lab-tatoeba", "--lang", "lab-near", "--encoder", "labb"), "'lab'"),
    ],
)
def test_what_cannot_be_swept_is_said_at_once(xstilts, asked: tuple[str, ...], wrong: str) -> None:
    said = xstilts("sweep", *asked)
    assert said.code == 1 and wrong in said.err and not said.out
