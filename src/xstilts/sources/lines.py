"""What columns mean for Retrieve: two side by side, three files to mine, or questions and a pool of answers."""

from __future__ import annotations

import zlib
from collections import defaultdict
from typing import Any, ClassVar, Literal

import msgspec

from xstilts.errors import BadInput
from xstilts.forms import AnyForm, Line
from xstilts.sources.columns import Made, Tables
from xstilts.sources.found import Row
from xstilts.sources.values import identifier, listed, text, value

Part = Literal["dev", "test"]


class Parallel(msgspec.Struct, frozen=True, tag="parallel", forbid_unknown_fields=True):
    """Two columns of one file: each row is a query and its translation in the index."""

    query: str
    index: str
    id: str = ""

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """One file."""
        return ((lang, ""),)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """All queries, then the index."""
        index: list[tuple[Row, Any]] = []
        for number, row in enumerate(tables[lang, ""], 1):
            try:
                name = identifier(row.values, self.id, number)
                yield row, Line(f"query-{name}", text(row.values, self.query), "query", gold=(f"index-{name}",))
                index.append((row, Line(f"index-{name}", text(row.values, self.index), "index")))
            except BadInput as error:
                yield row, error
        yield from index


class Mined(msgspec.Struct, frozen=True, tag="mined", forbid_unknown_fields=True):
    """Three files, as BUCC has them: sentences, sentences of the pivot, and which of them translate each other."""

    part: Part = "test"
    dev: float = 0.0
    """Share that is set apart as part "dev", for the threshold, where the data has no such part: which lines, their ids
    say, and a pair is never torn."""
    source: str = "source"
    target: str = "target"
    gold: str = "gold"
    """What the files are called: the `part` of their names."""
    text: str = "text"
    id: str = "id"
    source_id: str = "source_id"
    target_id: str = "target_id"

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """Three files."""
        return (lang, self.source), (lang, self.target), (lang, self.gold)

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """Source lines as queries, target lines as the index."""
        golds: dict[str, list[str]] = defaultdict(list)
        leader: dict[str, str] = {}
        for row in tables[lang, self.gold]:
            try:
                query = identifier(row.values, self.source_id, 0)
                line = identifier(row.values, self.target_id, 0)
            except BadInput as error:
                yield row, error
                continue
            golds[query].append(line)
            leader.setdefault(line, query)
        for side, name in (("query", self.source), ("index", self.target)):
            for number, row in enumerate(tables[lang, name], 1):
                try:
                    own = identifier(row.values, self.id, number)
                    said = text(row.values, self.text)
                except BadInput as error:
                    yield row, error
                    continue
                if side == "query":
                    yield row, Line(own, said, "query", self._part(own), tuple(golds.pop(own, ())))
                else:
                    yield row, Line(own, said, "index", self._part(leader.get(own, own)))
        for query, lines in golds.items():
            row = Row({}, self.gold, f"pair {query} {lines[0]}")
            yield row, BadInput(f"there is no source line {query!r}.", way_out="Check the files.", field="gold")

    def _part(self, name: str) -> Part:
        if not self.dev:
            return self.part
        return "dev" if zlib.crc32(name.encode()) / 2**32 < self.dev else "test"


class Asked(msgspec.Struct, frozen=True, tag="asked", forbid_unknown_fields=True):
    """Questions of one language, and a pool of candidates that may be of several, as LAReQA has them."""

    query: str = "question"
    query_id: str = "id"
    gold: str = "answer_candidate_id"
    """The column with the id, or the list of ids, of what answers it in the question's own language. In another, what
    answers the question of the same id there is right: texts are not cut into the same sentences everywhere."""
    index: str = "sentence"
    index_id: str = "candidate_id"
    queries: str = "questions"
    candidates: str = "candidates"
    """What the files are called: the `part` of their names."""
    pool: tuple[str, ...] = ()
    """Languages of the pool; empty: the language of the questions."""
    second: str = ""
    """A column with what a candidate is read together with, such as its paragraph; empty: nothing."""
    __later__: ClassVar[tuple[str, ...]] = ("second",)

    def wanted(self, lang: str) -> tuple[tuple[str, str], ...]:
        """The questions, and questions and candidates of every language of the pool."""
        pool = self.pool or (lang,)
        asked = dict.fromkeys((lang, *pool))
        return (*((one, self.queries) for one in asked), *((one, self.candidates) for one in pool))

    def examples(self, tables: Tables, form: AnyForm, lang: str) -> Made:
        """The questions, then the pool. Ids of candidates carry their language."""
        pool = self.pool or (lang,)
        index: list[tuple[Row, Any]] = []
        for one in pool:
            for number, row in enumerate(tables[one, self.candidates], 1):
                try:
                    name = identifier(row.values, self.index_id, number)
                    beside = text(row.values, self.second) if self.second else ""
                    index.append((row, Line(f"{one}:{name}", text(row.values, self.index), "index", second=beside)))
                except BadInput as error:
                    index.append((row, error))
        asked = {one: list(tables[one, self.queries]) for one in dict.fromkeys((lang, *pool))}
        golds: dict[str, list[str]] = defaultdict(list)
        for one in pool:
            for number, row in enumerate(asked[one], 1):
                try:
                    found = listed(value(row.values, self.gold), self.gold)
                    golds[identifier(row.values, self.query_id, number)] += [f"{one}:{name}" for name in found]
                except BadInput as error:
                    yield row, error
        for number, row in enumerate(asked[lang], 1):
            try:
                name = identifier(row.values, self.query_id, number)
                yield row, Line(f"query:{name}", text(row.values, self.query), "query", gold=tuple(golds[name]))
            except BadInput as error:
                yield row, error
        yield from index
