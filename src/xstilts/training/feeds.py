"""A stage's tasks as feeds: their rows, in one language or several, with words hidden where they are to be guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xstilts.encoders.network import Network
from xstilts.forms import Mask
from xstilts.forms.form import Rows
from xstilts.sources.cache import encoded
from xstilts.tasks.task import Task
from xstilts.training.batches import Feed, RowFeed, together
from xstilts.training.look import sample
from xstilts.training.masking import masked, masker
from xstilts.training.mixture import Mixture
from xstilts.training.recipe import Recipe
from xstilts.training.tongues import drawn, tongues


@dataclass(frozen=True, slots=True)
class Served:
    """A task, ready to be trained on."""

    feed: Feed
    plain: RowFeed
    """The same before any word was hidden."""
    sizes: dict[str, int]
    """Examples by language."""

    @property
    def examples(self) -> int:
        """In all languages."""
        return self.plain.examples

    def given(self, batches: int) -> dict[str, int]:
        """Examples by language in the first batches."""
        return drawn(self.plain, batches, self.sizes)


def serve(network: Network, task: Task, mixture: Mixture | None, recipe: Recipe, seed: int) -> Served:
    """The feed of one task. It depends on the seed, the task and the recipe, not on the tasks beside it."""
    parts = {lang: _rows(network, task, lang, recipe, seed) for lang in task.spoken}
    sizes = {lang: len(np.unique(rows.example)) for lang, rows in parts.items()}
    mixture = mixture or Mixture()
    draw = None
    if len(parts) > 1:
        shares = mixture.languages(sizes, alpha=task.alpha)
        draw = tongues(sizes, shares, seed=seed, name=task.name)
    plain = RowFeed(
        together(list(parts.values())), mixture.batches.get(task.name, recipe.batch), seed, network.pad_id,
        order=recipe.order, name=task.name, draw=draw,
    )  # fmt: skip
    if not isinstance(task.form, Mask):
        return Served(plain, plain, sizes)
    hider = masker(network, rate=task.form.rate)
    return Served(masked(plain, hider, seed=seed, name=task.name), plain, sizes)


def _rows(network: Network, task: Task, lang: str, recipe: Recipe, seed: int) -> Rows:
    count = len(task.train.read(lang))
    chosen = sample(count, recipe.examples, seed=seed, name=task.name)
    length = min(recipe.max_length, network.longest)
    only = None if len(chosen) == count else chosen
    return encoded(task.form, task.train, lang, network.tokenizer, length, only=only)
