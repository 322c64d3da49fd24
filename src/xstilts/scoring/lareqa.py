"""LAReQA: the questions, candidate sentences and right answers that XQuAD-R documents come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xstilts.errors import BadInput


@dataclass(frozen=True, slots=True)
class Pool:
    """Questions and candidates of all languages, in the order of the documents."""

    questions: dict[str, str] = field(default_factory=dict)
    """Question (`x1_en`) → what it is called in every language (`x1`)."""
    candidates: dict[str, int] = field(default_factory=dict)
    """Sentence → its row. `en_3_0` is the first sentence of the third English paragraph."""
    answers: dict[str, set[str]] = field(default_factory=dict)
    """Question in every language → the sentences that answer it, in any language."""

    def targets(self, question: str) -> set[str]:
        """The sentences that answer a question, in any language."""
        return self.answers[self.questions[question]]


def pool(documents: Mapping[str, Any]) -> Pool:
    """Read documents: language → SQuAD-like JSON with `sentence_breaks`.

    Questions whose answer begins in no sentence are dropped, and with them the sentences of a paragraph that has no
    other question. A sentence whose text comes twice in a paragraph answers twice.
    """
    found = Pool()
    for lang, squad in documents.items():
        try:
            paragraphs = [paragraph for passage in squad["data"] for paragraph in passage["paragraphs"]]
            for number, paragraph in enumerate(paragraphs, start=1):
                _add(found, paragraph, lang, f"{lang}_{number}")
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BadInput(
                f"The documents in {lang!r} do not have the shape of XQuAD-R ({type(error).__name__}: {error}).",
                way_out="Expected: data, paragraphs, context, sentence_breaks, qas with one answer each.",
            ) from error
    return found


def _add(found: Pool, paragraph: Mapping[str, Any], lang: str, name: str) -> None:
    context, breaks = paragraph["context"], paragraph["sentence_breaks"]
    sentences = [context[start:end] for start, end in breaks]
    for question in paragraph["qas"]:
        if len(question["answers"]) != 1:
            raise BadInput(
                f"Question {question['id']!r} in {lang} has {len(question['answers'])} answers.",
                way_out="LAReQA's questions have exactly one.",
            )
        begin = question["answers"][0]["answer_start"]
        answer = next((context[start:end] for start, end in breaks if start <= begin < end), None)
        if not answer:
            continue
        key = f"{question['id']}_{lang}"
        if key in found.questions:
            raise BadInput(f"Question {question['id']!r} comes twice in {lang}.", way_out="Give it another id.")
        found.questions[key] = question["id"]
        targets = found.answers.setdefault(question["id"], set())
        for place, sentence in enumerate(sentences):
            candidate = f"{name}_{place}"
            found.candidates.setdefault(candidate, len(found.candidates))
            if sentence == answer:
                targets.add(candidate)
