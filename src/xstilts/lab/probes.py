"""Blind probes: how well a part of the input alone predicts the label. Where that is above chance, there is a shortcut.

The probe is a ridge regression on words and pairs of neighbouring words: strong on giveaways, and the same every time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from xstilts.forms import Choice, Question, Text
from xstilts.lab.source import LabSource
from xstilts.lab.tongue import GRAMMAR_WORDS, PIVOT, lexicon
from xstilts.lab.world import World

FEATURES = 2500
RIDGE = 30.0
PAIRS = ("mnli", "anli-plus", "xnli", "qqp", "pawsx")
CHOICES = ("hellaswag", "cosmosqa", "commonsenseqa")


def _grams(text: str) -> set[str]:
    words = text.split()
    return {*words, *(f"{one} {two}" for one, two in pairwise(words))}


def _table(texts: Sequence[str], features: dict[str, int]) -> csr_matrix:
    found = [[features[gram] for gram in _grams(text) if gram in features] for text in texts]
    row = np.repeat(np.arange(len(texts)), [len(one) for one in found])
    column = np.concatenate([np.asarray(one, dtype=np.int64) for one in found])
    return csr_matrix((np.ones(len(column)), (row, column)), shape=(len(texts), len(features)))


def blind_scores(train: Sequence[str], label: NDArray[np.int64], test: Sequence[str]) -> NDArray[np.float64]:
    """What the probe, fitted on the training texts, says of each label for each test text."""
    counts = Counter(gram for text in train for gram in _grams(text))
    features = {gram: i for i, (gram, _) in enumerate(counts.most_common(FEATURES))}
    seen, asked = _table(train, features), _table(test, features)
    wanted = np.eye(int(label.max()) + 1)[label]
    mean = wanted.mean(axis=0)
    gram = (seen.T @ seen).toarray() + RIDGE * np.eye(len(features))
    weights = np.linalg.solve(gram, seen.T @ (wanted - mean))
    return np.asarray(asked @ weights + mean, dtype=np.float64)


def blind_accuracy(train: Sequence[str], label: Sequence[int], test: Sequence[str], truth: Sequence[int]) -> float:
    """Accuracy of the probe in percent."""
    guess = blind_scores(train, np.asarray(label), test).argmax(axis=1)
    return 100 * float(np.mean(guess == np.asarray(truth)))


def overlap(one: str, other: str, ignored: frozenset[str] = frozenset()) -> str:
    """What two sentences share when no order is read, as words for the probe: equality, overlap, length, beginning.

    The beginning is the first word that is not `ignored`.
    """
    left, right = one.split(), other.split()
    shared = len({*left} & {*right}) / len({*left, *right})
    starts = [next((word for word in words if word not in ignored), "") for words in (left, right)]
    marks = f"equal={left == right} length={len(left) - len(right)} start={starts[0] == starts[1]}"
    return f"{marks} shared={shared:.2f}"


def probe_overlap(name: str, *, world: int = 0, train: int = 4000, test: int = 1500) -> float:
    """A sentence-pair task seen through what the sentences share, without order: for NLI, some overlap is natural."""
    parts: list[Sequence[Text]] = [LabSource(name, "train", train, world).read(PIVOT)]
    parts.append(LabSource(name, "dev", test, world).read(PIVOT))
    forms = lexicon(World(world), PIVOT).forms
    grammar = frozenset(form for concept in GRAMMAR_WORDS for form in forms[concept])
    labels = sorted({str(one.label) for one in parts[0]})
    before, after = ([labels.index(str(one.label)) for one in part] for part in parts)
    seen, asked = ([overlap(one.texts[0], one.texts[1], grammar) for one in part] for part in parts)
    return blind_accuracy(seen, before, asked, after)


def probe_pairs(name: str, *, world: int = 0, train: int = 4000, test: int = 1500) -> dict[str, float]:
    """A sentence-pair task seen through one sentence only."""
    seen: Sequence[Text] = LabSource(name, "train", train, world).read(PIVOT)
    asked: Sequence[Text] = LabSource(name, "dev", test, world).read(PIVOT)
    labels = sorted({str(one.label) for one in seen})
    before, after = ([labels.index(str(one.label)) for one in part] for part in (seen, asked))
    sides = {"first": 0, "second": 1}
    found = {
        side: blind_accuracy([one.texts[i] for one in seen], before, [one.texts[i] for one in asked], after)
        for side, i in sides.items()
    }
    return found | {"chance": 100 / len(labels)}


def probe_choices(name: str, *, world: int = 0, train: int = 2000, test: int = 1000) -> dict[str, float]:
    """A multiple-choice task seen through its options only."""
    seen: Sequence[Choice] = LabSource(name, "train", train, world).read(PIVOT)
    asked: Sequence[Choice] = LabSource(name, "dev", test, world).read(PIVOT)
    options = len(seen[0].options)
    label = np.array([int(i == one.label) for one in seen for i in range(options)])
    texts = [option for one in seen for option in one.options]
    liked = blind_scores(texts, label, [option for one in asked for option in one.options])[:, 1]
    right = liked.reshape(-1, options).argmax(axis=1) == np.array([one.label for one in asked])
    return {"options": 100 * float(right.mean()), "chance": 100 / options}


def probe_unanswerable(*, world: int = 0, train: int = 4000, test: int = 1500) -> dict[str, float]:
    """Whether squad2's question, or its passage, alone tells if there is an answer."""
    seen: Sequence[Question] = LabSource("squad2", "train", train, world).read(PIVOT)
    asked: Sequence[Question] = LabSource("squad2", "dev", test, world).read(PIVOT)
    before, after = ([int(bool(one.answers)) for one in part] for part in (seen, asked))
    return {
        "question": blind_accuracy([one.question for one in seen], before, [one.question for one in asked], after),
        "passage": blind_accuracy([one.context for one in seen], before, [one.context for one in asked], after),
        "chance": 100 * max(float(np.mean(after)), 1 - float(np.mean(after))),
    }


def probe_everything(*, world: int = 0) -> dict[str, dict[str, float]]:
    """Every probe of a world by task."""
    found = {name: probe_pairs(name, world=world) | {"overlap": probe_overlap(name, world=world)} for name in PAIRS}
    found |= {name: probe_choices(name, world=world) for name in CHOICES}
    return found | {"squad2": probe_unanswerable(world=world)}
