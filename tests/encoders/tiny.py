"""Tiny random encoders and rows for the tests of encoders and training. Nothing is downloaded."""

from __future__ import annotations

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoConfig,
    BertConfig,
    DebertaV2Config,
    ModernBertConfig,
    PreTrainedConfig,
    XLMRobertaConfig,
)

from xstilts.encoders.files import fresh_network
from xstilts.encoders.network import Network
from xstilts.forms.form import Rows

WORDS = 100
SIZE = {"vocab_size": WORDS, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}
IDS = {"pad_token_id": 1, "bos_token_id": 0, "cls_token_id": 0, "eos_token_id": 2, "sep_token_id": 2}


def config(kind: str, **more: object) -> PreTrainedConfig:
    if kind == "xlmr":
        return XLMRobertaConfig(
            **SIZE, num_hidden_layers=2, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, **more
        )
    if kind == "bert":
        return BertConfig(**SIZE, num_hidden_layers=2, max_position_embeddings=64, pad_token_id=1, **more)
    if kind == "modernbert":
        return ModernBertConfig(
            **SIZE, **IDS, num_hidden_layers=3, max_position_embeddings=64, local_attention=8,
            global_attn_every_n_layers=2, **more,
        )  # fmt: skip
    if kind == "eurobert":
        # By name, since the oldest transformers allowed may not have it yet.
        return AutoConfig.for_model(
            "eurobert", **SIZE, num_hidden_layers=2, num_key_value_heads=1, max_position_embeddings=64, pad_token_id=1,
            bos_token_id=0, eos_token_id=2, mask_token_id=4, **more,
        )  # fmt: skip
    assert kind == "deberta"
    return DebertaV2Config(
        **SIZE, num_hidden_layers=2, max_position_embeddings=64, relative_attention=True, pos_att_type=["p2c"],
        pad_token_id=1, **more,
    )  # fmt: skip


def tokenizer(kind: str = "xlmr") -> Tokenizer:
    first, last = ("[CLS]", "[SEP]") if kind == "bert" else ("<s>", "</s>")
    specials = [first, "<pad>", last, "<unk>", "<mask>"]
    words = {word: i for i, word in enumerate(specials)} | {f"w{i}": i for i in range(5, WORDS)}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.add_special_tokens(specials)
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} {last} $B {last}" if kind != "bert" else f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(first, 0), (last, 2)],
    )
    return made


def network(kind: str = "xlmr", *, seed: int = 1, **more: object) -> Network:
    return fresh_network(config(kind, **more), tokenizer(kind), seed=seed)


def rows(count: int = 40, *, seed: int = 0, longest: int = 30, targets: str = "sequence", per: int = 1) -> Rows:
    """Rows whose label the first word gives away, `per` rows an example."""
    random = np.random.default_rng(seed)
    lengths = random.integers(4, longest + 1, count)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    tokens = random.integers(5, WORDS, starts[-1]).astype(np.int32)
    tokens[starts[:-1]], tokens[starts[1:] - 1] = 0, 2
    example = np.arange(count) // per
    found: dict[str, np.ndarray] = {}
    if targets == "sequence":
        found["label"] = (tokens[starts[:-1] + 1] % 3).astype(np.int64)
    elif targets == "choice":
        found["label"] = np.repeat(random.integers(0, per, count // per), per)
    elif targets == "token":
        found["label"] = np.where(tokens > 4, tokens % 3, -1).astype(np.int64)
    elif targets == "span":
        found["start"] = random.integers(0, lengths - 1)
        found["end"] = np.minimum(found["start"] + 1, lengths - 1)
    return Rows(tokens=tokens, starts=starts, example=example, targets=found)
