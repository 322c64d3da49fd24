"""A tongue: an invented language as the knobs that make it, and the words that follow from them and the world's seed.

A family has one proto-word a concept. A tongue keeps its family's word with probability `kinship` (family A is the
pivot's), else it has its genus' own; then the sound changes of the genus apply; then its script spells the word. So
tongues of one family, genus, kinship and change have the same words: twins that differ in grammar or script alone.
"""

from __future__ import annotations

import csv
import random
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
    "not", "in", "with", "by", "of", "because", "so", "who", "what", "where", "which-tool", "when", "why", "found",
    "kind", "like", "next",
)  # fmt: skip
NAME_ENDS = "nlsr"
"""Names end in one of these, other words in a vowel: as a capital letter does, that tells a name but not its kind."""
ENDINGS = ("-passive", "-object", "-in", "-with", "-by", "-of")


@dataclass(frozen=True, slots=True)
class Tongue:
    """The knobs of one invented language; `languages/lab.tsv` holds the dozen."""

    code: str
    script: str
    family: str
    genus: str
    """Where its own words and its sound changes come from."""
    order: str
    """SVO, SOV or VSO"""
    adposition: str
    """pre, post, or suffix: endings on the noun instead of words beside it"""
    adjective: str
    """AN: before its noun · NA: after it"""
    morphology: str
    """agglutinating and inflecting tongues mark the object; inflecting ones have two declensions, by the word's end"""
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
        """The same tongue with other knobs. It has the same words unless a knob that makes words is turned."""
        return replace(self, code=code, **knobs)


@cache
def tongues() -> dict[str, Tongue]:
    """The dozen, the pivot first."""
    with (files("xstilts.languages") / "lab.tsv").open(encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        knobs = Tongue.__annotations__
        return {row["code"]: Tongue(**{name: _cast(row[name], knobs[name]) for name in knobs}) for row in rows}


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
    def forms(self) -> dict[str, tuple[str, ...]]:
        """concept → spelled forms; about one content word in six has a synonym."""
        seed = self.world.seed
        table = {
            concept: tuple(self._spell(self.base(concept, which)) for which in range(_synonyms(seed, concept)))
            for concept in concepts(self.world)
        }
        names = _names(seed)
        return table | {name: (" ".join(self._spell(part) for part in parts),) for name, parts in names.items()}

    def base(self, concept: str, which: int = 0) -> str:
        """The form before spelling: inherited or coined, after the sound changes."""
        return self._bases[concept, which]

    @cached_property
    def _bases(self) -> dict[tuple[str, int], str]:
        words = {key: self._root(*key) for key in _words(self.world, self.tongue.family, "")}
        for i in range(self.tongue.change):
            words = self._changed(words, i)
        return words

    def _root(self, concept: str, which: int) -> str:
        """The word before any sound change."""
        # One draw a concept for all tongues: equal kinship keeps the same words, less kinship keeps a part of them.
        tongue, seed = self.tongue, self.world.seed
        kept = tongue.kinship == 0 or stream(seed, "kept", concept, which).random() < tongue.kinship
        words = _words(self.world, *((tongue.family, "") if kept else (tongue.genus, tongue.family)))
        return words[concept, which]

    def _changed(self, words: dict[tuple[str, int], str], i: int) -> dict[tuple[str, int], str]:
        """One letter becomes another everywhere: the first such change drawn that leaves all words apart."""
        rng = stream(self.world.seed, "change", self.tongue.genus, i)
        while True:
            old, new = rng.sample(CONSONANTS if i % 3 < 2 else VOWELS, 2)
            changed = {key: word.replace(old, new) for key, word in words.items()}
            if len(set(changed.values())) == len(set(words.values())):
                return changed

    def _spell(self, base: str) -> str:
        first = SCRIPTS[self.tongue.script]
        return "".join(chr(first + ord(letter) - ord("a")) for letter in base)

    @cached_property
    def _second_declension(self) -> tuple[str, ...]:
        """What words end in that take the other endings; in most tongues nothing does."""
        return tuple(self._spell(letter) for letter in "ei") if self.tongue.morphology == "inflecting" else ()

    def ended(self, word: str, ending: str) -> str:
        """A spelled word with the ending of that name, such as `-object`."""
        which = int(word[-1] in self._second_declension)
        return word + self._spell(self.base(ending, which))


@cache
def concepts(world: World) -> tuple[str, ...]:
    """Everything that has a word in every tongue, endings and proper names aside."""
    nouns = [noun for kind in world.nouns.values() for noun in kind]
    return (*GRAMMAR_WORDS, *world.nouns, *nouns, *world.verbs, *world.adjectives, *world.times)


def _synonyms(seed: int, concept: str) -> int:
    """How many forms a concept has."""
    return 1 if concept in GRAMMAR_WORDS or number(seed, "synonym", concept) % 6 else 2


@cache
def _words(world: World, origin: str, parent: str) -> dict[tuple[str, int], str]:
    """The words coined in one place, no two alike, and none alike to a word of the parent's."""
    taken = set(_words(world, parent, "").values()) if parent else set()
    table: dict[tuple[str, int], str] = {}
    for concept in (*concepts(world), *ENDINGS):
        short = 1 if concept in ENDINGS else 2 if concept in GRAMMAR_WORDS else 0
        for which in range(2):
            rng = stream(world.seed, "coin", origin, concept, which)
            word = _coin(rng, short)
            while word in taken:
                word = _coin(rng, short)
            taken.add(word)
            table[concept, which] = word
    return table


@cache
def _names(seed: int) -> dict[str, tuple[str, ...]]:
    """Proper names: the same sounds in every tongue, in its own script; no two alike, about a third of two words."""
    table: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for kind, count in NAMES.items():
        for i in range(count):
            rng = stream(seed, "name", kind, i)
            parts: list[str] = []
            # By fours, because the split goes by fours: every split has names of one and of two words.
            while len(parts) < (2 if i // 4 % 3 == 0 else 1):
                part = _coin(rng, 2) + rng.choice(NAME_ENDS)
                if part not in taken:
                    taken.add(part)
                    parts.append(part)
            table[f"{kind}{i}"] = tuple(parts)
    return table


def _coin(rng: random.Random, syllables: int) -> str:
    count = syllables or rng.choice((2, 2, 3))
    return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(count))


@cache
def lexicon(world: World, code: str) -> Lexicon:
    """The words of one of the dozen in a world."""
    return Lexicon(world, tongue(code))


def distance(world: World, code: str) -> float:
    """Share of concepts whose base form differs from the pivot's: how much of the vocabulary must be learnt."""
    near, far = lexicon(world, PIVOT), lexicon(world, code)
    words = [concept for concept in concepts(world) if concept not in GRAMMAR_WORDS]
    return sum(near.base(concept) != far.base(concept) for concept in words) / len(words)
