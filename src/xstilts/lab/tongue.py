"""A tongue: an invented language as the knobs that make it, and the words that follow from them and the world's seed.

A family has one proto-word a concept. A tongue keeps its family's word with probability `kinship` (family A is the
pivot's), else coins its own; then its sound changes apply; then its script spells it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from xstilts.errors import unknown
from xstilts.lab.streams import number, stream
from xstilts.lab.world import NAMES, World

CONSONANTS = "ptkbdgmnslrfvz"
VOWELS = "aeiou"
SCRIPTS = {"Latin": ord("a"), "Cyrillic": 0x430, "Georgian": 0x10D0, "Armenian": 0x561}
"""Each letter of the Latin base form moves to the same place of its script's alphabet."""
PIVOT = "lab-piv"
GRAMMAR_WORDS = (
    "not", "in", "with", "by", "of", "is", "because", "so", "and", "who", "what", "where", "which-tool", "when",
    "why", "found", "kind", "like", "next", "whether",
)  # fmt: skip
NAME_ENDS = {"PER": "n", "LOC": "l", "ORG": "s"}
ENDINGS = ("-passive", "-object", "-in", "-with", "-by", "-of")


@dataclass(frozen=True, slots=True)
class Tongue:
    """The knobs of one invented language; `languages/lab.tsv` holds the dozen."""

    code: str
    script: str
    family: str
    order: str
    """SVO, SOV or VSO"""
    adposition: str
    """pre, post, or suffix: endings on the noun instead of words beside it"""
    adjective: str
    """AN: before its noun · NA: after it"""
    morphology: str
    """agglutinating and inflecting tongues mark the object"""
    kinship: float
    """Probability that a word is inherited from the family's proto-word."""
    change: int
    """How many sound changes separate it from the family."""
    lines: float
    """Raw text in pretraining, relative to the pivot's; 0 = never seen."""
    parallel: float
    """Parallel lines with the pivot, relative to the most."""
    negation: str
    """pre or post: where the negation stands beside the verb"""
    question: str
    """front: question words lead · place: they stay where the answer would stand"""

    def twin(self, code: str, **knobs: Any) -> Tongue:
        """The same tongue with other knobs: words are drawn anew under the new code, by the same rules."""
        return replace(self, code=code, **knobs)


@cache
def tongues() -> dict[str, Tongue]:
    """The dozen, the pivot first."""
    with (files("xstilts.languages") / "lab.tsv").open(encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        kept = {name: field for name, field in Tongue.__annotations__.items()}
        return {row["code"]: Tongue(**{name: _cast(row[name], kept[name]) for name in kept}) for row in rows}


def _cast(text: str, kind: str) -> Any:
    return {"str": str, "float": float, "int": int}[kind](text)


def tongue(code: str) -> Tongue:
    """The tongue of that code."""
    known = tongues()
    if code not in known:
        raise unknown("lab language", code, known)
    return known[code]


@dataclass(frozen=True)
class Lexicon:
    """The words of a tongue in a world: concept → its forms, the usual one first."""

    world: World
    tongue: Tongue

    @cached_property
    def concepts(self) -> tuple[str, ...]:
        """Everything that has a word."""
        world = self.world
        nouns = [noun for kind in world.nouns.values() for noun in kind]
        return (*GRAMMAR_WORDS, *world.nouns, *nouns, *world.verbs, *world.adjectives, *world.times)

    @cached_property
    def forms(self) -> dict[str, tuple[str, ...]]:
        """concept → spelled forms; about one content word in six has a synonym."""
        table: dict[str, tuple[str, ...]] = {}
        for concept in self.concepts:
            doubled = concept not in GRAMMAR_WORDS and number(self.world.seed, "synonym", concept) % 6 == 0
            table[concept] = tuple(self._spell(self._word(concept, which)) for which in range(1 + doubled))
        for ending in ENDINGS:
            table[ending] = (self._spell(self._word(ending, 0, syllables=1)),)
        for kind, count in NAMES.items():
            for i in range(count):
                table[f"{kind}{i}"] = (self._name(f"{kind}{i}"),)
        return table

    def _word(self, concept: str, which: int, *, syllables: int = 0) -> str:
        """The base form: inherited or coined, after the sound changes."""
        seed, code, family = self.world.seed, self.tongue.code, self.tongue.family
        # One draw a concept for all tongues: equal kinship keeps the same words, less kinship keeps a part of them.
        kept = stream(seed, "kept", concept, which).random() < self.tongue.kinship
        origin = family if kept or self.tongue.kinship == 0 else code
        short = syllables or (2 if concept in GRAMMAR_WORDS else 0)
        word = _coin(seed, origin, concept, which, short)
        for i in range(self.tongue.change):
            rng = stream(seed, "change", code, i)
            old, new = rng.sample(CONSONANTS if i % 3 < 2 else VOWELS, 2)
            word = word.replace(old, new)
        return word

    def _name(self, name: str) -> str:
        """A proper name: the same sounds in every tongue, in its own script; a third have two words."""
        given = _coin(self.world.seed, "names", name, 0, 3 if name.startswith("ORG") else 2) + NAME_ENDS[name[:3]]
        if number(self.world.seed, "second name", name) % 3:
            return self._spell(given)
        return f"{self._spell(given)} {self._spell(_coin(self.world.seed, 'names', name, 1, 2) + NAME_ENDS[name[:3]])}"

    def _spell(self, base: str) -> str:
        first = SCRIPTS[self.tongue.script]
        return "".join(chr(first + ord(letter) - ord("a")) for letter in base)

    def ending(self, name: str) -> str:
        """The ending of that name, such as `-object`."""
        return self.forms[name][0]


def _coin(seed: int, origin: str, concept: str, which: int, syllables: int) -> str:
    rng = stream(seed, "coin", origin, concept, which)
    count = syllables or rng.choice((2, 2, 3))
    return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(count))


@cache
def lexicon(world: World, code: str) -> Lexicon:
    """The words of one of the dozen in a world."""
    return Lexicon(world, tongue(code))


def distance(world: World, code: str) -> float:
    """Share of concepts whose base form differs from the pivot's: how much of the vocabulary must be learnt."""
    near, far = lexicon(world, PIVOT), lexicon(world, code)
    words = [concept for concept in near.concepts if concept not in GRAMMAR_WORDS]
    return sum(near._word(concept, 0) != far._word(concept, 0) for concept in words) / len(words)
