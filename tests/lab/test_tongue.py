"""Tongues: knobs do what they say, twins differ in one knob, words are the family's or their own."""

from __future__ import annotations

import pytest

from xstilts.errors import UnknownName
from xstilts.lab.grammar import PLAIN, Speaker, Style, Word, sentence, text
from xstilts.lab.streams import stream
from xstilts.lab.tongue import PIVOT, SCRIPTS, Lexicon, Tongue, concepts, distance, lexicon, tongue, tongues
from xstilts.lab.world import NAMES, Event, Phrase, World
from xstilts.languages import language

EVENT = Event("verb0", Phrase("person0", "adjective0"), Phrase("animal1"), "place0", "time0", "tool0")
WORLD = World(0)


def order(words: list[Word]) -> str:
    """The slots in the order they are said, adjectives and grammar words left out."""
    letters = {"agent": "S", "verb": "V", "patient": "O"}
    return "".join(letters[word.slot] for word in words if word.slot in letters)


def test_there_are_a_dozen_and_two_were_never_seen() -> None:
    assert len(tongues()) == 12
    assert next(iter(tongues())) == PIVOT
    assert [code for code, one in tongues().items() if one.lines == 0] == ["lab-near-new", "lab-far-new"]


def test_no_lab_language_can_be_taken_for_a_real_one() -> None:
    for code in tongues():
        assert code.startswith("lab-")
        assert language(code).invented


@pytest.mark.parametrize("code", [code for code in tongues() if code.startswith("lab-near-")])
def test_a_twin_differs_from_nearese_in_one_knob(code: str) -> None:
    knobs = {
        "sov": {"order"},
        "script": {"script"},
        "case": {"adposition", "morphology"},
        "lex": {"family", "genus", "kinship"},
    }
    expected = knobs.get(code.removeprefix("lab-near-"), {"genus", "lines", "parallel"})
    near, twin = tongue("lab-near"), tongue(code)
    assert {knob for knob in Tongue.__annotations__ if getattr(near, knob) != getattr(twin, knob)} == expected | {
        "code"
    }


def test_a_twin_can_be_made_for_any_knob() -> None:
    near = tongue("lab-near")
    twin = near.twin("lab-near-vso", order="VSO")
    assert order(Speaker(Lexicon(WORLD, twin)).say(EVENT)) == "VSO"
    assert order(Speaker(Lexicon(WORLD, near)).say(EVENT)) == "SVO"
    assert Lexicon(WORLD, twin).forms == Lexicon(WORLD, near).forms


def test_twins_in_grammar_have_the_same_words_and_the_others_their_own() -> None:
    near = lexicon(WORLD, "lab-near")
    for code in ("lab-near-sov", "lab-near-case"):
        assert lexicon(WORLD, code).forms == near.forms
    script = lexicon(WORLD, "lab-near-script")
    assert all(script.base(concept) == near.base(concept) for concept in concepts(WORLD))
    for code in ("lab-near-small", "lab-near-new"):
        other = lexicon(WORLD, code)
        alike = sum(near.base(concept) == other.base(concept) for concept in concepts(WORLD)) / len(concepts(WORLD))
        assert 0.4 < alike < 0.9


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("code", tongues())
def test_no_two_words_are_alike(code: str, seed: int) -> None:
    said = [form for forms in lexicon(World(seed), code).forms.values() for form in forms]
    assert len(said) == len(set(said))


def test_an_inflecting_tongue_has_two_declensions_and_others_one() -> None:
    for code in tongues():
        words = lexicon(WORLD, code)
        stems = [words.forms[concept][0] for concept in concepts(WORLD)]
        endings = {words.ended(stem, "-object")[len(stem) :] for stem in stems}
        assert len(endings) == (2 if tongue(code).morphology == "inflecting" else 1)


def test_a_suffix_tongue_asks_by_whom_with_an_ending() -> None:
    words = lexicon(WORLD, "lab-near-case")
    asked = Speaker(words).say(EVENT, Style(passive=True), ask="agent")
    assert asked[0].text == words.ended(words.forms["who"][0], "-by")
    assert not [word for word in asked if word.pos == "ADP"]


def test_names_end_alike_whatever_they_name() -> None:
    ends: dict[str, set[str]] = {}
    for seed in range(3):
        for concept, forms in lexicon(World(seed), PIVOT).forms.items():
            if concept[:3] in NAMES:
                ends.setdefault(concept[:3], set()).update(part[-1] for part in forms[0].split())
    assert ends["PER"] == ends["LOC"] == ends["ORG"]


@pytest.mark.parametrize("code", tongues())
def test_clauses_have_the_order_of_their_tongue(code: str) -> None:
    speaker = Speaker(lexicon(WORLD, code))
    assert order(speaker.say(EVENT)) == tongue(code).order
    subject_first = {"SVO": "OVS", "SOV": "OSV", "VSO": "VOS"}[tongue(code).order]
    assert order(speaker.say(EVENT, Style(passive=True))) == subject_first


def test_adjectives_and_adpositions_stand_on_their_side() -> None:
    for code in tongues():
        said = Speaker(lexicon(WORLD, code)).say(EVENT)
        places = [word.slot for word in said]
        assert (places.index("agent-adjective") < places.index("agent")) == (tongue(code).adjective == "AN")
        marks = [i for i, word in enumerate(said) if word.tag == "ADP:place"]
        if tongue(code).adposition == "suffix":
            assert not marks
        else:
            assert (marks[0] < places.index("place")) == (tongue(code).adposition == "pre")


def test_scripts_share_no_letter() -> None:
    seen: dict[str, set[str]] = {}
    for code in ("lab-near", "lab-near-script", "lab-far-vso", "lab-far-sov"):
        letters = {letter for forms in lexicon(WORLD, code).forms.values() for form in forms for letter in form}
        seen[tongue(code).script] = letters - {" "}
    assert set(seen) == set(SCRIPTS)
    sets = list(seen.values())
    assert all(not one & other for i, one in enumerate(sets) for other in sets[:i])


def test_kinship_orders_the_distance_to_the_pivot() -> None:
    far = {code: distance(WORLD, code) for code in tongues()}
    assert far[PIVOT] == 0 < far["lab-near"] < far["lab-mid"] < far["lab-far-vso"]
    assert far["lab-near-lex"] > 0.95


def test_the_table_tells_the_mean_distance_of_five_worlds() -> None:
    for code in tongues():
        mean = sum(distance(World(seed), code) for seed in range(5)) / 5
        assert language(code).distance == pytest.approx(mean, abs=0.006), code


def test_questions_ask_where_the_tongue_asks() -> None:
    pivot, far = (Speaker(lexicon(WORLD, code)) for code in (PIVOT, "lab-far-sov"))
    assert pivot.say(EVENT, ask="patient")[0].tag == "PRON:patient"
    assert far.say(EVENT, ask="patient")[0].tag != "PRON:patient"
    for speaker in (pivot, far):
        asked = speaker.say(EVENT, ask="place")
        assert [word.slot for word in asked].count("place") == 1


def test_names_sound_alike_everywhere() -> None:
    event = Event("verb0", Phrase("PER1"), Phrase("person1"))
    near, pivot = (Speaker(lexicon(WORLD, code)).say(event, PLAIN) for code in ("lab-near", PIVOT))
    assert [word.text for word in near if word.entity != "O"] == [word.text for word in pivot if word.entity != "O"]


def test_a_sentence_is_words_and_a_stop() -> None:
    words = Speaker(lexicon(WORLD, PIVOT)).say(EVENT)
    assert sentence(words) == text(words) + " ."


def test_an_unknown_tongue_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="lab-near"):
        tongue("lab-neer")


def test_two_worlds_have_other_words() -> None:
    one, two = (lexicon(World(seed), PIVOT).forms for seed in (0, 1))
    assert sum(one[concept] == two[concept] for concept in one) < 5
    assert stream("a", 1).random() == stream("a", 1).random() != stream("a", 2).random()
