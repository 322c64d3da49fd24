"""Pairs for a dual encoder: from columns, from SQuAD's paragraphs cut into sentences, from Mewsli-X's own JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xstilts.errors import BadInput
from xstilts.forms import Line, Match, Pair, Retrieve
from xstilts.sources import Answering, Asked, Linked, Matched, Odd, Own, Table
from xstilts.sources.mentions import linked_pair
from xstilts.sources.sentences import sentence_at, sentences
from xstilts.tasks.own import read_declaration

TEXT = 'Dr. J. Smith left. "Why?" he asked. It cost 3.5 million in the U.S. state of Ohio! (Vol. 2 ends'
CUT = ["Dr. J. Smith left.", '"Why?" he asked.', "It cost 3.5 million in the U.S. state of Ohio!", "(Vol. 2 ends"]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (TEXT, CUT),
        ("他走了。為什麼？", ["他走了。", "為什麼？"]),
        ("Он ушёл. Почему? Никто не знает, т. е. никто", ["Он ушёл.", "Почему?", "Никто не знает, т. е. никто"]),
        ("  one line\n\n another (so.) ", ["one line", "another (so.)"]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_are_cut_by_a_few_rules(text: str, cut: list[str]) -> None:
    assert [text[begin:end] for begin, end in sentences(text)] == cut


def test_every_place_has_its_sentence() -> None:
    text = "One. Two."
    assert [sentence_at(text, place) for place in (0, 3, 4, 5, 8)] == ["One."] * 3 + ["Two."] * 2
    assert sentence_at(text, 9) == sentence_at(text, -1) == ""


def written(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    (folder / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def table(folder: Path, form: Any, columns: Any, pattern: str = "{lang}.jsonl", **more: Any) -> Table:
    return Table(form=form, columns=columns, place=Own(pattern, folder=str(folder)), **more)


ASKED = {"id": "1", "question": "Who left?", "context": TEXT, "answers": {"text": ["Smith"], "answer_start": [7]}}


def test_a_question_belongs_to_the_sentence_its_answer_begins_in(tmp_path: Path) -> None:
    written(tmp_path, "en.jsonl", ASKED)
    (one,) = table(tmp_path, Match(), Answering()).read("en")
    assert one == Pair("1", "Who left?", "Dr. J. Smith left.", TEXT)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"text": [], "answer_start": []}, "0 answers"),
        ({"text": ["Smith"], "answer_start": [8]}, "does not stand at 8"),
        ({"text": ["Smith"], "answer_start": [-3]}, "does not stand"),
        ({"text": ["Smith"], "answer_start": ["7"]}, "does not stand"),
    ],
)
def test_answers_that_stand_nowhere_are_refused(tmp_path: Path, answers: dict[str, Any], wrong: str) -> None:
    written(tmp_path, "en.jsonl", ASKED, ASKED | {"id": "2", "answers": answers})
    with pytest.raises(BadInput, match=f"line 2: .*{wrong}"):
        table(tmp_path, Match(), Answering()).read("en")
    dropping = table(tmp_path, Match(), Answering(), drop=("answers", "starts"))
    assert [one.id for one in dropping.read("en")] == ["1"]


def test_pairs_by_columns(tmp_path: Path) -> None:
    written(
        tmp_path, "en.jsonl", {"q": "a", "r": "b", "s": "c", "w": ["d", "e"]}, {"q": "f", "r": "g", "s": "", "w": None}
    )
    columns = Matched(query="q", right="r", second="s", wrong="w")
    found = table(tmp_path, Match(), columns).read("en")
    assert list(found) == [Pair("1", "a", "b", "c", ("d", "e")), Pair("2", "f", "g")]
    written(tmp_path, "en.jsonl", {"query": "a", "right": "\n"})
    with pytest.raises(BadInput, match="right is empty"):
        table(tmp_path, Match(), Matched()).read("en")


def test_a_candidate_is_read_with_its_paragraph(tmp_path: Path) -> None:
    written(tmp_path, "de.questions.jsonl", {"id": "1", "question": "Wer?", "answer_candidate_id": "s0"})
    written(tmp_path, "de.candidates.jsonl", {"candidate_id": "s0", "sentence": "Er.", "context": "Er. Sie."})
    asked, answer = table(tmp_path, Retrieve("rank"), Asked(second="context"), "{lang}.{part}.jsonl").read("de")
    assert (asked.second, answer.second) == ("", "Er. Sie.")


def spans(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"start": begin, "end": end} for begin, end in pairs]


NEWS = {"text": "News.\nFor Smith, {who} left. Then", "sentence_spans": spans((0, 5), (6, 28), (29, 33))}
MENTION = {"example_id": "x1", "entity_id": "Q1", "mention_span": {"start": 10, "end": 15, "text": "Smith"}}
SAID = "Smith: For { Smith } , (who) left."
ENTITY = {"entity_id": "Q1", "description": "Smith is\na smith. He. Cut", "sentence_spans": spans((0, 17), (18, 21))}


def test_mentions_are_marked_in_their_sentence_and_linked_to_one_pool(tmp_path: Path) -> None:
    again = MENTION | {"example_id": "x2"}
    written(
        tmp_path, "de.mentions.jsonl", {"context": NEWS, "mentions": [MENTION]}, {"context": NEWS, "mention": again}
    )
    written(tmp_path, "all.candidates.jsonl", ENTITY)
    found = table(tmp_path, Retrieve("rank"), Linked(), "{lang}.{part}.jsonl").read("de")
    assert list(found) == [
        Line("x1", SAID, "query", gold=("Q1",)), Line("x2", SAID, "query", gold=("Q1",)),
        Line("Q1", "Smith is a smith. He.", "index"),
    ]  # fmt: skip


def test_a_pair_of_wikipedia(tmp_path: Path) -> None:
    row = {"contextual_mention": {"context": NEWS, "mention": MENTION}, "entity": ENTITY}
    written(tmp_path, "en.jsonl", row)
    (one,) = table(tmp_path, Match(), Odd(linked_pair)).read("en")
    assert one == Pair("x1", SAID, "Smith is a smith. He.")
    outside = MENTION | {"mention_span": {"start": 4, "end": 9, "text": "s.\nFo"}}
    written(tmp_path, "en.jsonl", row | {"contextual_mention": {"context": NEWS, "mention": outside}})
    with pytest.raises(BadInput, match=r"line 1: .*no sentence"):
        table(tmp_path, Match(), Odd(linked_pair)).read("en")


def test_a_dual_encoder_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "faq.toml").write_text('name = "faq"\nfiles = "{lang}.{split}.jsonl"\n[form]\ntype = "match"\n')
    (tmp_path / "find.toml").write_text(
        'name = "find"\nof = "faq"\ntest = "{lang}.{part}.jsonl"\nlanguages = ["de"]\n'
        '[form]\ntype = "retrieve"\nkind = "rank"\n[columns]\ntype = "asked"\n'
    )
    trained, _ = read_declaration(tmp_path / "faq.toml")
    _, sat = read_declaration(tmp_path / "find.toml")
    assert trained is not None and isinstance(trained.train, Table) and trained.train.columns == Matched()
    assert sat is not None and sat.of == "faq"
