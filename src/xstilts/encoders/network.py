"""Network: a pretrained encoder's body with heads on it, run on packed rows.

The body is any transformers encoder. One that calls attention through transformers' registry runs on the slots of a
batch as they are (attention.py); a trial at loading proves that its rows stay apart. Any other runs group by group
as ordinary padded batches, and says so once.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from xstilts.encoders import attention, heads
from xstilts.encoders.dropout import Dropout
from xstilts.encoders.encoder import Encoder
from xstilts.encoders.packed import Packed, pack
from xstilts.encoders.pooling import pool
from xstilts.errors import BadEncoder
from xstilts.forms.encoding import template
from xstilts.forms.form import Head, Pooling

log = logging.getLogger(__name__)

LM_HEADS = (("lm_head",), ("cls",), ("head", "decoder"))
"""What masked-language models of transformers call the modules that stand on their bodies, applied in this order."""
DROPOUT_FLOATS = ("attention_dropout",)
RELATIVE_DEPTH = 14 / 24


class Network(nn.Module):
    """A body, its tokenizer, and named heads. Built by the functions of `files.py`, not by hand."""

    def __init__(self, model: PreTrainedModel, tokenizer: Tokenizer, *, extras: dict[str, bytes] | None = None) -> None:
        super().__init__()
        self.model = model
        """The transformers model, masked-language head included where the checkpoint has one."""
        self.tokenizer = tokenizer
        self.extras = extras or {}
        """The tokenizer's other files, by name, to be written back as they were."""
        self.heads = nn.ModuleDict()
        self.kinds: dict[str, Head] = {}
        config = model.config
        self.layers = int(config.num_hidden_layers)
        self.width = int(config.hidden_size)
        self.vocabulary = int(config.vocab_size)
        self.pad_id = int(config.pad_token_id or 0)
        self.offset = _position_offset(self.body)
        self._takes = frozenset(inspect.signature(self.body.forward).parameters)
        self._separator = _id_of(tokenizer, "[SEP]") if getattr(config, "type_vocab_size", 0) > 1 else None
        self._own_dropout = dict(_dropouts(model))
        self._dropout: float | None = None
        self._lm = next((names for names in LM_HEADS if all(hasattr(model, name) for name in names)), ())
        self.packs = self._try_packing()

    @property
    def body(self) -> PreTrainedModel:
        """The encoder itself."""
        return cast(PreTrainedModel, self.model.base_model)

    @property
    def table(self) -> nn.Parameter:
        """The word vectors: all of them, or the rows that are trained (table.py)."""
        return cast(nn.Parameter, self.body.get_input_embeddings().weight)

    @property
    def mask_id(self) -> int | None:
        """The token that stands for a hidden one."""
        return next((i for t in ("<mask>", "[MASK]") if (i := _id_of(self.tokenizer, t)) is not None), None)

    @property
    def special_ids(self) -> frozenset[int]:
        """Tokens that are no text."""
        return frozenset(i for i, token in self.tokenizer.get_added_tokens_decoder().items() if token.special)

    @cached_property
    def frame_ids(self) -> tuple[int, ...]:
        """The tokens that the tokenizer puts around texts."""
        frames = (template(self.tokenizer, texts) for texts in (1, 2))
        return tuple(sorted({int(i) for one in frames for part in (one.before, one.between, one.after) for i in part}))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.body.parameters()).device

    @property
    def longest(self) -> int:
        """Tokens of the longest row that the encoder has positions for."""
        positions = int(getattr(self.model.config, "max_position_embeddings", 0) or 0)
        return positions - self.offset if positions else 1 << 20

    def layer_for(self, encoder: Encoder) -> int:
        """The layer that sentences are compared at: the encoder's own, else the same depth as 14 of 24."""
        if encoder.retrieval_layer is None:
            return round(self.layers * RELATIVE_DEPTH)
        return min(encoder.retrieval_layer, self.layers)

    def set_dropout(self, rate: float | None) -> None:
        """One rate everywhere; None: what the encoder's own configuration says."""
        self._dropout = rate
        for place, own in self._own_dropout.items():
            module, name = self.model.get_submodule(place[0]), place[1]
            setattr(module, name, own if rate is None else rate)

    def set_recompute(self, on: bool) -> None:
        """Gradient checkpointing: keep only what enters each layer, and compute the rest again on the way back."""
        # transformers 5.23 renames the two, and warns of the old names.
        new = hasattr(self.model, "activation_checkpointing_enable")
        enable, disable = (
            f"{'activation' if new else 'gradient'}_checkpointing_{one}" for one in ("enable", "disable")
        )
        try:
            if on:
                getattr(self.model, enable)({"use_reentrant": False, "context_fn": attention.again})
            else:
                getattr(self.model, disable)()
        except ValueError as error:
            raise BadEncoder(
                f"{type(self.body).__name__} knows no gradient checkpointing.", way_out="Run without --recompute."
            ) from error

    @property
    def head_dropout(self) -> float:
        """The rate in the heads."""
        if self._dropout is not None:
            return self._dropout
        config = self.model.config
        named = (getattr(config, key, None) for key in ("classifier_dropout", "hidden_dropout_prob", "dropout"))
        return float(next((rate for rate in named if rate is not None), 0.0))

    def add_head(self, name: str, head: Head, *, seed: int) -> None:
        """A new head of that name, its weights from the seed alone; an old one of that name is replaced."""
        spread = float(getattr(self.model.config, "initializer_range", 0.02))
        built = heads.build(head, width=self.width, spread=spread, seed=seed)
        if head.kind == "mask" and not self._lm:
            built = heads.build_mask(width=self.width, vocabulary=self.vocabulary, spread=spread, seed=seed)
        self.heads[name] = built.to(self.device).train(self.training)
        self.kinds[name] = head

    def drop_heads(self) -> None:
        """Forget every head (not the encoder's own masked-language head)."""
        self.heads.clear()
        self.kinds.clear()

    def slots(self, batch: Packed, *, layer: int | None = None) -> Tensor:
        """Hidden states [S, width] of every slot, padding too, after the last layer or `layer` (0: embeddings)."""
        return self._layers(batch, None if layer is None else (layer,))[0]

    def hidden(self, batch: Packed) -> Tensor:
        """Last hidden states [T, width] of the tokens, rows in the caller's order."""
        return self.slots(batch).index_select(0, batch.place)

    def hidden_at(self, batch: Packed, layer: int) -> Tensor:
        """Hidden states [T, width] after a layer; 0 is the output of the embeddings."""
        return self.slots(batch, layer=layer).index_select(0, batch.place)

    def outputs(self, name: str, batch: Packed) -> Tensor:
        """What head `name` says: [R, …] for heads by row, [T, …] for heads by token, rows in the caller's order."""
        scores = self._scores(name, batch)
        return scores.index_select(0, batch.place) if self.kinds[name].kind in ("token", "span") else scores

    def loss(self, name: str, batch: Packed, *, smoothing: float = 0.0) -> Tensor:
        """The mean loss of head `name` on a batch."""
        kind, layers, scores = self.kinds[name], self.heads[name], self._scores(name, batch)
        return heads.loss(kind, scores, batch, layers=layers, smoothing=smoothing)  # type: ignore[arg-type]

    def embed(self, batch: Packed, *, layer: int, pooling: Pooling) -> Tensor:
        """One vector [R, width] a row, from the hidden states after a layer."""
        return self.embeddings(batch, layers=(layer,), poolings=(pooling,))[0]

    def embeddings(self, batch: Packed, *, layers: Sequence[int], poolings: Sequence[Pooling]) -> list[Tensor]:
        """Vectors [R, width] for each of the layers, and of it for each of the poolings, in one forward pass."""
        frame = torch.tensor(self.frame_ids, device=batch.tokens.device)
        states = (one.float() for one in self._layers(batch, layers))
        return [pool(one, batch, pooling, frame=frame) for one in states for pooling in poolings]

    def _scores(self, name: str, batch: Packed) -> Tensor:
        head, hidden = self.kinds[name], self.slots(batch)
        if head.kind == "mask":
            return self._words(name, hidden.index_select(0, batch.targets["slot"]))
        return heads.scores(head, self.heads[name], hidden, batch, dropout=self.head_dropout)  # type: ignore[arg-type]

    def _words(self, name: str, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary, from the encoder's own head or from a new one tied to its embeddings."""
        if not self._lm:
            return heads.words(self.heads[name], hidden, self.table)  # type: ignore[arg-type]
        for part in self._lm:
            hidden = getattr(self.model, part)(hidden)
        return hidden

    def _layers(self, batch: Packed, layers: Sequence[int] | None) -> list[Tensor]:
        """Hidden states [S, width] of every slot after each of the layers; None: after the last."""
        return self._run(batch, layers) if self.packs else self._run_padded(batch, layers)

    def _run(self, batch: Packed, layers: Sequence[int] | None) -> list[Tensor]:
        wanted = {"position_ids": batch.positions + self.offset, "token_type_ids": self._types(batch)}
        given = {name: value[None] for name, value in wanted.items() if name in self._takes and value is not None}
        with attention.rows_apart(batch.groups):
            output = self.body(input_ids=batch.tokens[None], output_hidden_states=layers is not None, **given)
        return [states[0] for states in _picked(output, layers)]

    def _run_padded(self, batch: Packed, layers: Sequence[int] | None) -> list[Tensor]:
        types = self._types(batch)
        parts: list[list[Tensor]] = []
        for group in batch.groups:
            shape = (group.rows, group.length)
            real = torch.ones(shape, dtype=torch.bool, device=batch.tokens.device) if group.real is None else group.real
            given = {"input_ids": batch.tokens[group.start : group.stop].view(shape), "attention_mask": real.long()}
            if types is not None and "token_type_ids" in self._takes:
                given["token_type_ids"] = types[group.start : group.stop].view(shape)
            output = self.body(**given, output_hidden_states=layers is not None)
            parts.append([states.reshape(-1, states.shape[-1]) for states in _picked(output, layers)])
        more = len(batch.tokens) - batch.groups[-1].stop
        return [functional.pad(torch.cat(part), (0, 0, 0, more)) for part in zip(*parts, strict=True)]

    def _types(self, batch: Packed) -> Tensor | None:
        """Segment ids: for encoders that know two, 1 after a row's first separator; else all 0."""
        if self._separator is None:
            return torch.zeros_like(batch.tokens) if "token_type_ids" in self._takes else None
        ends = (batch.tokens == self._separator).long()
        before = ends.cumsum(0) - ends
        # Slots of a row follow each other, so what was counted when the row began is taken off.
        start = torch.arange(len(before), device=before.device) - batch.positions
        return ((before - before[start]) > 0).long() * (batch.tokens != self.pad_id)

    @torch.no_grad()
    def _try_packing(self) -> bool:
        """Whether two rows packed together get the states that each gets in a plain padded run."""
        if not getattr(self.model, "_supports_attention_backend", False):
            return self._cannot_pack()
        plain = self.model.config._attn_implementation
        ids = np.arange(7, 19) % self.vocabulary
        ids[ids == self.pad_id] = (self.pad_id + 1) % self.vocabulary
        batch = pack(ids, np.array([5, 4, 3]), pad=self.pad_id, groups=2).to(self.device)
        training = self.model.training
        self.model.train(False)
        try:
            expected = self._run_padded(batch, None)[0].index_select(0, batch.place)
            self.model.set_attn_implementation(attention.NAME)
            found = self._run(batch, None)[0].index_select(0, batch.place)
            close = torch.allclose(found.float(), expected.float(), rtol=1e-3, atol=1e-3)
        except (RuntimeError, TypeError, ValueError, IndexError, KeyError, LookupError, AttributeError):
            close = False
        self.model.train(training)
        if not close:
            self.model.set_attn_implementation(plain)
            return self._cannot_pack()
        return True

    def _cannot_pack(self) -> bool:
        log.warning("%s cannot run on packed rows; its batches are padded by length group.", type(self.body).__name__)
        return False


def _picked(output: Any, layers: Sequence[int] | None) -> list[Tensor]:
    """The states of an encoder's output that are wanted."""
    return [output.last_hidden_state] if layers is None else [output.hidden_states[layer] for layer in layers]


def _id_of(tokenizer: Tokenizer, token: str) -> int | None:
    found = tokenizer.token_to_id(token)
    return None if found is None else int(found)


def _position_offset(body: nn.Module) -> int:
    """RoBERTa's kin count positions from padding_idx + 1, which their position table shows by having a padding_idx."""
    for name, module in body.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            return int(module.padding_idx) + 1
    return 0


def _dropouts(model: nn.Module) -> Iterator[tuple[tuple[str, str], float]]:
    """Put our dropout in place of every torch one; gives each place of a rate, (module, attribute), and the rate."""
    for path, module in list(model.named_modules()):
        for name, child in list(module.named_children()):
            # Some models put nothing where their rate is zero; a recipe may still want a rate there.
            if isinstance(child, nn.Dropout) or (isinstance(child, nn.Identity) and "drop" in name):
                rate = float(getattr(child, "p", 0.0))
                setattr(module, name, Dropout(rate))
                yield (f"{path}.{name}".lstrip("."), "p"), rate
        for name in DROPOUT_FLOATS:
            if isinstance(getattr(module, name, None), float):
                yield (path, name), float(getattr(module, name))
