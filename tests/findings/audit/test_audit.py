"""Audits of hand-written syntheses with known faults, in every layout, and of what is none.

XSTILTS_BRIEFS names the folder of the five briefs, or they stand in shared/briefs beside the repository; else that test
skips.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xstilts.errors import BadInput
from xstilts.findings.audit import Audit, audit, parse, read_synthesis

LAYOUTS = ("marked, tabs", "marked, pipes", "bare, tabs")

CLAIMS = [
    ("Training on questions first helps answering in Swahili by 3 points.", "✓", "0.31"),
    ("The gain falls with the distance between the languages, as far as the data of this st", "✓", "0.22"),
    ("Tagging before parsing does not help, as Table 4 shows.", "✓", "0.64"),
    ("The four tasks include reading, tagging, parsing, naming, and ordering.", "✓", "0.40"),
    ("Training on questions first helps answering in Swahili by 3 points.", "✓", "0.31"),
    ("Names of places were learnt in all nine tongues.7", "✓", "0.12"),
    ("Mixed training is described in [2].", "✓", "0.55"),
]
"""Of these: one cut, one with a locator, one miscounted, one twice, one with a footnote's number, one that cites."""


def brief(
    layout: str = LAYOUTS[0],
    *,
    claims: list[tuple[str, str, str]] = CLAIMS,
    question: str = "Does the order of tagging tasks matter for Quechua?",
    answer: str = "",
    methods: str = "A search yielded 12 papers. The score was 9.1/10.",
    references: tuple[str, ...] = ("Mole (2019), On order", "Vole (2021), On mixing", "Owl (2022), On nothing"),
    abstract: str = "We train on tasks. It helps some tongues.",
) -> str:
    """A synthesis of the briefs' kind."""
    mark = "## " if layout.startswith("marked") else ""
    head = ("Claim", "Verified", "Confidence")
    if "pipes" in layout:
        rows = ["|---|----------|-----|", *(f"| {' | '.join(row)} |" for row in claims)]
        table = "\n".join([f"| {' | '.join(head)} |", *rows])
    else:
        table = "\n".join("\t".join(row) for row in [head, *claims])
    listed = "\n".join(f"- {one}" for one in references)
    parts = [
        f"{'# ' if mark else ''}A Title of Some Length",
        f"{mark}Abstract\n\n{abstract}",
        f"{mark}1 Introduction\n\nThis paper examines: On Order Among Tasks. Research question: {question}",
        f"{mark}2 Methodology\n\n{methods}",
        f"{mark}3 Conclusion\n\n{answer}" if answer else "",
        f"{mark}5 Extracted Claims\n\n{table}",
        f"{mark}References\n\n{listed}",
    ]
    return "\n\n".join(part for part in parts if part)


def kinds(found: Audit) -> Counter[str]:
    return Counter(one.kind for one in found.findings)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_known_faults_are_found_in_every_layout(layout: str) -> None:
    text = brief(layout)
    found = audit([parse(text, name="a")])
    assert (found.rows, found.distinct, found.cut, found.unclosed, found.ticked) == (7, 6, 1, 2, 7)
    assert (found.located, found.references, found.never_used) == (1, 3, 2)
    assert (found.questions, found.answered) == (1, 0) and found.confidence == pytest.approx(2.55 / 7)
    assert kinds(found) == Counter(
        cut=1,
        duplicate=1,
        unlocated=6,
        unused=2,
        confidence=2,
        verified=1,
        score=1,
        count=1,
        debris=1,
        unlisted=1,
        question=1,
    )
    lines = text.splitlines()
    by_kind = {one.kind: one for one in found.findings}
    assert lines[by_kind["cut"].line - 1].strip("| ").startswith("The gain falls")
    assert lines[by_kind["debris"].line - 1].strip("| ").startswith("Names of places")
    assert "announces 4 and lists 5" in by_kind["count"].says
    assert "quechua" in by_kind["question"].says and "12 papers" in by_kind["unlisted"].says


def test_the_layouts_say_the_same() -> None:
    told = [audit([parse(brief(layout), name="a")]) for layout in LAYOUTS]
    plain = [[(one.kind, one.says, one.text) for one in each.findings if one.kind != "duplicate"] for each in told]
    assert sorted(plain[0]) == sorted(plain[1]) == sorted(plain[2])


def test_a_sound_synthesis_has_nothing_wrong_with_it() -> None:
    sound = [
        ("Order matters for Quechua: tagging tasks first add 2 points (Table 3 of [1]).", "✓", "0.92"),
        ("For Aymara it does not (Section 4 of [2]).", "", "0.81"),
        ("Nobody has tried Guarani, says [3], p. 4.", "✗", "0.10"),
    ]
    text = brief(
        claims=sound,
        answer="The order of tagging tasks does matter for Quechua, by 2 points.",
        methods="A search yielded 3 papers. Confidence is calibrated on 200 hand-labelled claims.",
    )
    assert audit([parse(text, name="a")]).findings == ()


def test_an_answer_must_be_of_the_question() -> None:
    elsewhere = brief(answer="Training helps. More of it helps more, in many tongues and for many people.")
    assert audit([parse(elsewhere, name="a")]).answered == 0
    assert "question" in kinds(audit([parse(brief(question="").replace("Research question:", ""), name="a")]))


def test_cut_or_only_without_full_stops() -> None:
    """Where nobody closes a sentence, a limit shows in the lengths, or in a word that ends none."""
    style = [("Order matters for tagging", "✓", "0.9"), ("Distance does not", "✓", "0.9"), ("It is so", "✓", "0.9")]
    assert audit([parse(brief(claims=style), name="a")]).cut == 0
    ends = [("Order matters for", "✓", "0.9"), *style]
    assert audit([parse(brief(claims=ends), name="a")]).cut == 1
    wall = [(f"{word} " + "words upon words " * 5, "✓", "0.9") for word in ("some", "more", "many")]
    wall = [(text[:72].ljust(72, "x"), *rest) for text, *rest in wall]
    assert audit([parse(brief(claims=[*wall, *style]), name="a")]).cut == 3
    assert audit([parse(brief(claims=[("It goes on …", "✓", "0.9"), ("All is well.", "✓", "0.9")]), name="a")]).cut == 1


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("As [1] has it.", {1}),
        ("As [1, 3] have it.", {1, 3}),
        ("As [1-3] have it.", {1, 2, 3}),
        ("As arXiv:1901.00001v2 has it.", {1}),
        ("See https://arxiv.org/abs/1901.00001.", {1}),
        ("See doi 10.1000/ABC.7.", {2}),
        ("After Owl et al. (2022) it is so.", {3}),
        ("After Owl et al. (2021) it is so.", set()),
        ("As [9] has it.", set()),
    ],
)
def test_what_a_claim_cites(text: str, cited: set[int]) -> None:
    references = ("Mole, arXiv:1901.00001v1", "Vole, https://doi.org/10.1000/abc.7", "Owl (2022), On nothing")
    text = brief(claims=[(text, "✓", "0.9")], references=references, methods="None.").replace(
        "This paper examines", "Of"
    )
    document = parse(text, name="a")
    never = {one.line for one in audit([document]).findings if one.kind == "unused"}
    assert {one.number for one in document.references if one.line not in never} == cited


@pytest.mark.parametrize(
    "text",
    [
        "See Section 3.",
        "See § 4.",
        "It is in Table 2.",
        "Fig. 7 shows it.",
        "So says p. 12.",
        "Appendix B has it.",
        "ll. 3-5.",
    ],
)
def test_what_is_a_place(text: str) -> None:
    assert audit([parse(brief(claims=[(text, "✓", "0.9")]), name="a")]).located == 1


@pytest.mark.parametrize(
    "text", ["See this section.", "A table of content.", "On page and screen.", "Line of sight (i)."]
)
def test_what_is_no_place(text: str) -> None:
    assert audit([parse(brief(claims=[(text, "✓", "0.9")]), name="a")]).located == 0


def test_a_column_may_say_where_and_whence() -> None:
    table = "Claim | Section | Source\n---|---|---\nIt helps. | 4.2 | [1]\nIt hurts. | | [2]\n"
    text = f"{table}\n# References\n1. One\n2. Two\n3. Three"
    found = audit([parse(text, name="a")])
    assert (found.rows, found.located, found.never_used) == (2, 1, 1)


def test_borders_inside_a_claim() -> None:
    text = "| Claim | Verified |\n|---|---|\n| p(a \\| b) is high. | ✓ |\n| so is p(b | a). | ✓ |\n"
    claims = parse(f"{text}\nAfter the table.\n\nNo\tclaim").claims
    assert [claim.text for claim in claims] == ["p(a | b) is high.", "so is p(b | a)."]
    assert all(claim.ticked for claim in claims)


def test_documents_are_held_against_each_other() -> None:
    first = parse(brief(references=("http://x.org/own", "http://x.org/b")), name="a")
    again = parse(
        brief(LAYOUTS[1], question="Does Aymara gain?", references=("http://x.org/own", "http://x.org/c")), name="b"
    )
    other = parse(brief(claims=[("Something else is said.", "✗", "0.9")], abstract="Another."), name="c")
    found = audit([first, again, other])
    twice = [one for one in found.findings if one.kind == "duplicate" and one.file != "a" and one.text == ""]
    assert [one.says for one in twice] == [
        "the abstract is that of a, which asks another question",
        "7 of 7 claims stand in a too",
    ] or {one.says for one in twice} == {
        "the abstract is that of a, which asks another question",
        "6 of 6 claims stand in a too",
    }
    assert found.distinct == 7


def test_the_paper_that_is_examined_is_not_unused() -> None:
    """The only reference that all documents on it share is granted; alone nobody can tell which it is."""
    texts = [
        brief(claims=[("It is so.", "✓", "0.9")], references=("http://x.org/own", f"http://x.org/{n}")) for n in "bc"
    ]
    alone = audit([parse(texts[0], name="a")])
    assert alone.never_used == 1 and [one.kind for one in alone.findings].count("unused") == 1
    both = audit([parse(texts[0], name="a"), parse(texts[1], name="b")])
    unused = {one.text for one in both.findings if one.kind == "unused"}
    assert both.never_used == 2 and unused == {"http://x.org/b", "http://x.org/c"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"  \n\t\n", "is empty"),
        (b"\x00\x01\x02", "is not text"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        (b"A letter to a friend.\n\nIt has no claims.", "neither a table of claims nor a list"),
    ],
    ids=["empty", "blank", "binary", "another-encoding", "a-letter"],
)
def test_what_is_no_synthesis_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read_synthesis(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_synthesis(tmp_path / "no.txt")
    with pytest.raises(BadInput, match="cannot be read"):
        read_synthesis(tmp_path)
    huge = tmp_path / "huge.txt"
    huge.write_bytes(b"x" * 4_000_001)
    with pytest.raises(BadInput, match="longer than"):
        read_synthesis(huge)


HOSTILE = {
    "a claim without end": "Claim\tVerified\n" + "a " * 50_000 + "\t✓",
    "only borders": "| Claim | x |\n" + "|" * 5_000 + "\n|---|\n",
    "brackets": "Claim\tx\n" + "[" * 20_000 + "\ty\n",
    "digits": "Claim\tConfidence\nSo.\t" + "9" * 5_000 + "\nSo.\t.\nSo.\tnan\nSo.\t%",
    "ranges": "Claim\tx\nAs [1-999999999999] has it.\ty\n# References\n- one",
    "numbered headings": "1.1.1.1.1.1.1.1.1.1 " * 2_000 + "\nClaim\tx\na.\tb",
    "commas": "Claim\tx\nThe nine tasks include " + "a, " * 5_000 + "b.\ty",
    "marks": "Claim\tx\n" + "a" * 50 + "." * 10_000 + "\ty",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_texts_are_read_to_the_end(case: str) -> None:
    found = audit([parse(HOSTILE[case], name="a")])
    assert found.rows >= 0 and all(one.line >= 1 for one in found.findings)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=400), st.lists(st.text(max_size=60), max_size=4))
def test_any_text_can_be_audited(text: str, cells: list[str]) -> None:
    table = "Claim\tVerified\tConfidence\n" + "\t".join(cells)
    for whole in (text, f"{text}\n{table}", brief(claims=[(text, "✓", "0.5")])):
        found = audit([parse(whole, name="a"), parse(whole, name="b")])
        assert 0 <= found.cut <= found.rows and 0 <= found.never_used <= found.references


def folder() -> Path | None:
    """Where the five briefs are, if they are here."""
    named = os.environ.get("XSTILTS_BRIEFS")
    place = Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "briefs"
    return place if place.is_dir() else None


BRIEFS = folder()


@pytest.mark.skipif(BRIEFS is None, reason="no briefs: set XSTILTS_BRIEFS to their folder")
def test_the_five_briefs() -> None:
    assert BRIEFS is not None
    found = audit([read_synthesis(path) for path in sorted(BRIEFS.glob("*.txt"))])
    assert (found.rows, found.distinct, found.cut, found.unclosed) == (51, 19, 42, 43)
    assert (found.never_used, found.located, found.ticked) == (10, 0, 51)
    assert (found.questions, found.answered) == (5, 0)
    count = kinds(found)
    assert count["cut"] == 42 + 5 and count["unused"] == 10 and count["question"] == 5
    # Three of the lists repeat the first; so do the four other abstracts, under other questions.
    assert count["duplicate"] == 3 + 4
