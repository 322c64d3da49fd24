"""What the benches are run on: rows of tokens with lengths and words like the real ones, encoders with random weights.

Lengths are log-normal with the means and limits of MNLI and of SQuAD's windows in XLM-R's pieces; words follow Zipf's
law. Of a table with 250,002 rows, English text meets some 40,000: so many may occur here, however few rows are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import XLMRobertaConfig

from xstilts.encoders.files import fresh_network
from xstilts.encoders.network import Network
from xstilts.forms.form import Head, Rows

Kind = Literal["nli", "qa"]
LENGTHS: dict[Kind, tuple[float, float, int]] = {"nli": (41, 0.43, 128), "qa": (172, 0.40, 384)}
"""Mean, spread of the logarithm, limit."""
SIZES = {
    "test": {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 2, "intermediate_size": 256},
    "small": {"num_hidden_layers": 4, "hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 1024},
    "base": {"num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072},
    "large": {"num_hidden_layers": 24, "hidden_size": 1024, "num_attention_heads": 16, "intermediate_size": 4096},
}
ENGLISH = 40_000
"""Ids of a large table that may occur."""
CLASSES = 3


@dataclass(frozen=True, slots=True)
class Material:
    """Rows for both sides of a bench."""

    kind: Kind
    rows: Rows
    words: NDArray[np.int64]
    """Every id that may occur."""
    longest: int

    def features(self, *, pad_to: int | None = None, pad_id: int = 1) -> list[dict[str, Any]]:
        """The rows as transformers' example scripts hold them: a dictionary each, padded to a length or not at all."""
        found = []
        for i in range(len(self.rows)):
            ids = self.rows.tokens[self.rows.starts[i] : self.rows.starts[i + 1]].tolist()
            more = 0 if pad_to is None else pad_to - len(ids)
            one: dict[str, Any] = {
                "input_ids": ids + [pad_id] * more,
                "attention_mask": [1] * len(ids) + [0] * more,
            }
            if self.kind == "nli":
                one["labels"] = int(self.rows.targets["label"][i])
            else:
                one |= {f"{name}_positions": int(self.rows.targets[name][i]) for name in ("start", "end")}
            found.append(one)
        return found


def lengths(kind: Kind, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Lengths of so many rows."""
    mean, spread, most = LENGTHS[kind]
    drawn = random.lognormal(np.log(mean) - spread**2 / 2, spread, count)
    return np.clip(np.round(drawn), 8, most).astype(np.int64)


def material(kind: Kind, count: int, *, table: int, seed: int = 0) -> Material:
    """So many rows with their targets, each an example of its own."""
    random = np.random.default_rng(seed)
    words = np.arange(5, table)
    if table > 2 * ENGLISH:
        words = np.sort(random.permutation(words)[:ENGLISH])
    sizes = lengths(kind, count, random)
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    chances = 1 / np.arange(2, len(words) + 2)
    ranks = random.choice(len(words), size=int(starts[-1]), p=chances / chances.sum())
    tokens = random.permutation(words)[ranks].astype(np.int32)
    tokens[starts[:-1]], tokens[starts[1:] - 1] = 0, 2
    if kind == "nli":
        targets = {"label": random.integers(0, CLASSES, count)}
    else:
        begin = random.integers(1, sizes - 4)
        targets = {"start": begin, "end": begin + random.integers(0, 3, count)}
    return Material(kind, Rows(tokens, starts, np.arange(count), targets), words, LENGTHS[kind][2])


def config(size: str, *, table: int, positions: int = 514) -> XLMRobertaConfig:
    """XLM-R's shape in some size, its dropout and its ids included."""
    return XLMRobertaConfig(
        **SIZES[size], vocab_size=table, max_position_embeddings=positions, type_vocab_size=1, layer_norm_eps=1e-5,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, num_labels=CLASSES,
    )  # fmt: skip


def tokenizer(table: int) -> Tokenizer:
    """A tokenizer that knows XLM-R's specials; rows come as ids, so it needs no other word."""
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = Tokenizer(models.WordLevel({token: i for i, token in enumerate(specials)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.add_special_tokens(specials)
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return made


def network(size: str, kind: Kind, *, table: int, seed: int = 0) -> Network:
    """Our side: an encoder with random weights and the head for this kind of rows."""
    made = fresh_network(config(size, table=table), tokenizer(table), seed=seed)
    made.add_head("task", Head("sequence", CLASSES) if kind == "nli" else Head("span", 2), seed=seed)
    return made
