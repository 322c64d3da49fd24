"""Events into words: a tongue's clause order, noun phrases, adpositions or endings, voice, negation and questions.

Every word carries its part of speech, entity tag, supertag and the slot it fills: all gold labels are free and exact.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Literal

from xstilts.lab.tongue import Lexicon
from xstilts.lab.world import NAMES, Event, Phrase

Slot = Literal["agent", "patient", "place", "tool", "time"]
QUESTION_WORDS: dict[Slot, str] = {
    "agent": "who",
    "patient": "what",
    "place": "where",
    "tool": "which-tool",
    "time": "when",
}


COPULAS = {"home": "found", "kind": "kind", "quality": "like"}
"""Relation → the word that states it."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word with everything that is known of it."""

    text: str
    pos: str
    tag: str
    """The supertag: part of speech, function and, on verbs, voice."""
    entity: str = "O"
    slot: str = ""
    """The slot of the event it fills; empty for grammar words."""


@dataclass(frozen=True, slots=True)
class Style:
    """How to say it: what a paraphrase may change."""

    passive: bool = False
    fronted: bool = False
    """Time and place lead."""
    synonyms: bool = False


PLAIN = Style()


def style(rng: random.Random, *, passive: float = 0.25, fronted: float = 0.3, synonyms: float = 0.5) -> Style:
    """A random way of saying something."""
    return Style(rng.random() < passive, rng.random() < fronted, rng.random() < synonyms)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says events in one tongue of one world."""

    lexicon: Lexicon

    def word(self, concept: str, pos: str, tag: str, *, slot: str = "", synonym: bool = False, end: str = "") -> Word:
        """One word, with an ending if asked."""
        forms = self.lexicon.forms[concept]
        text = forms[-1] if synonym else forms[0]
        entity = f"B-{concept[:3]}" if concept[:3] in NAMES else "O"
        return Word(self.lexicon.ended(text, end) if end else text, pos, tag, entity, slot)

    def phrase(self, phrase: Phrase, slot: str, how: Style, *, end: str = "") -> list[Word]:
        """A noun phrase; the ending, if any, goes on its head."""
        pos = "PROPN" if phrase.named else "NOUN"
        head = self._parts(self.word(phrase.head, pos, f"{pos}:{slot}", slot=slot, synonym=how.synonyms, end=end))
        if phrase.employer:
            head += self.marked(Phrase(phrase.employer), "of", "employer", how)
        if not phrase.adjective:
            return head
        adjective = self.word(phrase.adjective, "ADJ", f"ADJ:{slot}", slot=f"{slot}-adjective", synonym=how.synonyms)
        return [adjective, *head] if self.lexicon.tongue.adjective == "AN" else [*head, adjective]

    @staticmethod
    def _parts(word: Word) -> list[Word]:
        """A name of two words becomes two words, the second inside the entity."""
        first, *rest = word.text.split(" ")
        inside = word.entity.replace("B-", "I-")
        return [replace(word, text=first), *(replace(word, text=part, entity=inside) for part in rest)]

    def marked(self, phrase: Phrase, mark: str, slot: str, how: Style) -> list[Word]:
        """A phrase with its adposition or ending."""
        if self.lexicon.tongue.adposition == "suffix":
            return self.phrase(phrase, slot, how, end=f"-{mark}")
        words = self.phrase(phrase, slot, how)
        mark_word = self.word(mark, "ADP", f"ADP:{slot}")
        return [mark_word, *words] if self.lexicon.tongue.adposition == "pre" else [*words, mark_word]

    def say(self, event: Event, how: Style = PLAIN, *, ask: Slot | None = None) -> list[Word]:
        """The clause, without its full stop; with `ask`, that slot is a question word."""
        tongue = self.lexicon.tongue
        asked: list[Word] = []
        if ask:
            by = ask == "agent" and how.passive and tongue.adposition == "suffix"
            asked = [self.word(QUESTION_WORDS[ask], "PRON", f"PRON:{ask}", slot=ask, end="-by" if by else "")]
        marks_object = tongue.morphology != "isolating" and not how.passive
        agent = asked if ask == "agent" else self.phrase(event.agent, "agent", how)
        if ask == "agent" and how.passive:
            agent = self._adposed(asked, "by")
        elif how.passive:
            agent = self.marked(event.agent, "by", "agent", how)
        patient = asked if ask == "patient" else self.phrase(
            event.patient, "patient", how, end="-object" if marks_object else ""
        )  # fmt: skip
        verb = self._verb(event, how)
        subject, other = (patient, agent) if how.passive else (agent, patient)
        around = self._circumstances(event, how, ask, asked)
        early = around["time"] + around["place"] if how.fronted else []
        late = around["tool"] if how.fronted else around["tool"] + around["place"] + around["time"]
        if tongue.order == "SOV":
            clause = early + subject + late + other + verb
        elif tongue.order == "VSO":
            clause = early + verb + subject + other + late
        else:
            clause = early + subject + verb + other + late
        if ask and tongue.question == "front":
            clause = asked + [word for word in clause if word not in asked]
        return clause

    def _adposed(self, words: list[Word], mark: str) -> list[Word]:
        """Words with their adposition, if the tongue has any."""
        if self.lexicon.tongue.adposition == "suffix":
            return words
        mark_word = self.word(mark, "ADP", "ADP:agent")
        return [mark_word, *words] if self.lexicon.tongue.adposition == "pre" else [*words, mark_word]

    def _verb(self, event: Event, how: Style) -> list[Word]:
        voice = "passive" if how.passive else "active"
        verb = self.word(
            event.verb,
            "VERB",
            f"VERB:{voice}",
            slot="verb",
            synonym=how.synonyms,
            end="-passive" if how.passive else "",
        )
        if not event.negated:
            return [verb]
        negation = self.word("not", "PART", "PART:negation", slot="negation")
        return [negation, verb] if self.lexicon.tongue.negation == "pre" else [verb, negation]

    def _circumstances(self, event: Event, how: Style, ask: Slot | None, asked: list[Word]) -> dict[str, list[Word]]:
        marks = {"place": ("in", event.place), "tool": ("with", event.tool)}
        around = {
            slot: asked if ask == slot else self.marked(Phrase(value), mark, slot, how) if value else []
            for slot, (mark, value) in marks.items()
        }
        time = [self.word(event.time, "ADV", "ADV:time", slot="time", synonym=how.synonyms)] if event.time else []
        return {**around, "time": asked if ask == "time" else time}

    def link(self, concept: str) -> Word:
        """A conjunction such as `because`."""
        return self.word(concept, "CONJ", f"CONJ:{concept}")

    def statement(self, about: str, value: str, relation: str) -> list[Word]:
        """A fact: `about` is a kind of, is like, is found in, `value`."""
        subject, copula = self._about(about, relation)
        complement = self.word(value, "NOUN" if relation != "quality" else "ADJ", f"X:{relation}", slot="value")
        if self.lexicon.tongue.order == "SOV":
            return [subject, complement, copula]
        return [copula, subject, complement] if self.lexicon.tongue.order == "VSO" else [subject, copula, complement]

    def ask_fact(self, about: str, relation: str) -> list[Word]:
        """The question for a fact."""
        subject, copula = self._about(about, relation)
        wh = self.word("where" if relation == "home" else "what", "PRON", f"PRON:{relation}")
        return [wh, copula, subject] if self.lexicon.tongue.question == "front" else [subject, copula, wh]

    def _about(self, about: str, relation: str) -> tuple[Word, Word]:
        subject = self.word(about, "NOUN", "NOUN:subject", slot="subject")
        return subject, self.word(COPULAS[relation], "AUX", f"AUX:{relation}")


STOP = Word(".", "PUNCT", "PUNCT:.")
ASK = Word("?", "PUNCT", "PUNCT:?")


def text(words: list[Word]) -> str:
    """The words as a line of text."""
    return " ".join(word.text for word in words)


def sentence(words: list[Word]) -> str:
    """The words with a full stop."""
    return text([*words, STOP])
