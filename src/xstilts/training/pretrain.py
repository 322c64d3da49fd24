"""A new encoder from text: a vocabulary, a warm start, then masked (and translation) language modelling in the loop."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import numpy as np
import torch
from transformers import XLMRobertaConfig

from xstilts.encoders.files import fresh_network, save_network
from xstilts.encoders.network import Network
from xstilts.errors import BadInput
from xstilts.files import write_json
from xstilts.forms import Head, Lines, Mask
from xstilts.training.batches import RowFeed
from xstilts.training.journal import Watch
from xstilts.training.loop import train
from xstilts.training.masking import masked, masker
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Training
from xstilts.training.streams import stream
from xstilts.training.text import Text
from xstilts.training.vocabulary import learn_tokenizer
from xstilts.training.warmstart import aligned_vectors

HEAD = "words"
CHECKPOINT = "checkpoint"


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a new XLM-R-shaped encoder."""

    layers: int = 3
    width: int = 128
    heads: int = 4
    inner: int = 512
    positions: int = 194
    vocabulary: int = 4096
    activation: str = "gelu"
    spread: float = 0.04
    """Standard deviation of new weights; small encoders want more than XLM-R's 0.02."""


class Pretraining(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that determines a new encoder beside its text."""

    shape: Shape = Shape()
    recipe: Recipe
    masked: float = 0.2
    """Share of tokens that are hidden."""
    translation: float = 0.25
    """Share of the steps that take parallel lines (translation LM)."""
    warm_start: bool = True
    seed: int = 0


def pretrain(
    text: Text, how: Pretraining, folder: Path, *, machine: Machine | None = None, watch: Watch | None = None
) -> Training:
    """Make an encoder from the text and write it to `folder`; started again after an interruption, it goes on."""
    if not how.recipe.steps:
        raise BadInput("Pretraining counts steps, not epochs.", way_out="Give the recipe `steps`.")
    tokenizer = learn_tokenizer(text.sample(how.seed), size=how.shape.vocabulary)
    network = fresh_network(_config(how.shape, tokenizer.get_vocab_size()), tokenizer, seed=how.seed)
    if how.warm_start:
        vectors = aligned_vectors(
            tokenizer, text.documents(), width=how.shape.width, spread=how.shape.spread, seed=how.seed
        )
        words = network.body.get_input_embeddings()
        assert isinstance(words, torch.nn.Embedding)
        with torch.no_grad():
            words.weight.copy_(torch.from_numpy(vectors))
    heads = {name: _feed(network, lines, how, name) for name, lines in _kinds(text, how.translation).items()}
    for name in heads:
        network.add_head(name, Head("mask"), seed=how.seed)
    training = train(
        network,
        {
            name: masked(feed, masker(network, rate=how.masked), seed=how.seed, name=name)
            for name, feed in heads.items()
        },
        how.recipe,
        steps=how.recipe.steps,
        seed=how.seed,
        machine=machine,
        schedule=_turns(how) if len(heads) > 1 else None,
        watch=watch,
        checkpoint=folder / CHECKPOINT,
    )
    network.drop_heads()
    save_network(network, folder, dtype=torch.float16)
    write_json(folder / "pretraining.json", {"how": how, "text": text.summary(), "training": training})
    shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
    return training


def _kinds(text: Text, translation: float) -> dict[str, list[Lines]]:
    kinds = {"text": [Lines(id=str(i), text=line) for i, line in enumerate(text.every_line())]}
    if translation and text.pairs:
        pairs = text.every_pair()
        kinds["pairs"] = [Lines(id=str(i), text=one, second=two) for i, (one, two) in enumerate(pairs)]
    return kinds


def _feed(network: Network, lines: list[Lines], how: Pretraining, name: str) -> RowFeed:
    rows = Mask(rate=how.masked).encode(lines, network.tokenizer, max_length=how.recipe.max_length)
    recipe = how.recipe
    return RowFeed(rows, batch=recipe.batch, seed=how.seed, pad=network.pad_id, order=recipe.order, name=name)


def _turns(how: Pretraining) -> np.ndarray:
    return (stream(how.seed, "mix").random(how.recipe.steps) < how.translation).astype(np.int64)


def _config(shape: Shape, vocabulary: int) -> XLMRobertaConfig:
    return XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        hidden_act=shape.activation,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=shape.spread,
        type_vocab_size=1,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
    )
