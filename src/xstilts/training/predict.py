"""Prediction: all languages of an exam in one length-sorted pass, each language's answers back in file order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from xstilts.encoders.encoder import Encoder
from xstilts.encoders.network import Network
from xstilts.encoders.packed import Packed
from xstilts.forms import Line, Mask, Retrieve
from xstilts.forms.form import Form, Rows
from xstilts.training.batches import by_tokens, take
from xstilts.training.machine import arithmetic, out_of_memory, set_up
from xstilts.training.masking import hide, masker
from xstilts.training.recipe import Machine, Precision
from xstilts.training.streams import stream

log = logging.getLogger(__name__)

BUDGET = {"cpu": 1024, "cuda": 65536}
"""Slots of one batch, which is what fits the caches of a CPU and fills a GPU."""

Told = Callable[[int, int], None]
"""Called with the rows done and the rows there are."""
Kept = Callable[[str, int], Rows]
"""The rows of a language's examples at a length in tokens, such as from a cache."""


def predict(
    network: Network,
    form: Form,
    examples: Mapping[str, Sequence[Any]],
    *,
    head: str = "",
    encoder: Encoder | None = None,
    max_length: int = 256,
    machine: Machine | None = None,
    told: Told | None = None,
    kept: Kept | None = None,
    precision: Precision = "fp32",
) -> dict[str, list[Any]]:
    """Predictions for the examples of each language, in the examples' order.

    `head` names the trained head. Retrieval without one, or after a task that trained no embedding, reads the encoder
    itself: at the layer and with the pooling that `encoder` says. `kept` may have the rows of these examples already.
    In bf16 a prediction can differ where two answers are nearly tied (`bench/accuracy.py` counts how often).
    """
    length = min(max_length, network.longest)
    if head and form.head.kind == "embed" and network.kinds[head].kind != "embed":
        head = ""
    if isinstance(form, Retrieve) and form.kind == "rank":
        return _ranked(
            network, form, examples, length,
            head=head, encoder=encoder, machine=machine, told=told, precision=precision,
        )  # fmt: skip
    encoded = {
        lang: kept(lang, length) if kept is not None else form.encode(rows, network.tokenizer, max_length=length)
        for lang, rows in examples.items()
    }
    filled = {lang: rows for lang, rows in encoded.items() if len(rows)}
    arrays = outputs(
        network, list(filled.values()), head=head, encoder=encoder, machine=machine, told=told, precision=precision
    )
    by_lang = dict(zip(filled, arrays, strict=True))
    none = np.zeros((0, 1), dtype=np.float32)
    return {lang: form.decode(encoded[lang], by_lang.get(lang, none), examples[lang]) for lang in examples}


def _ranked(
    network: Network, form: Retrieve, examples: Mapping[str, Sequence[Line]], length: int, **how: Any
) -> dict[str, list[Any]]:
    """As `predict`, but what several languages have in common, such as one pool for all, is embedded once."""
    number: dict[Line, int] = {}
    places = {lang: [number.setdefault(line, len(number)) for line in lines] for lang, lines in examples.items()}
    if not number:
        return {lang: [] for lang in examples}
    rows = form.encode(list(number), network.tokenizer, max_length=length)
    (vectors,) = outputs(network, [rows], **how)
    return {lang: form.answers(vectors[places[lang]], lines) for lang, lines in examples.items()}


def outputs(
    network: Network,
    parts: Sequence[Rows],
    *,
    head: str = "",
    encoder: Encoder | None = None,
    machine: Machine | None = None,
    told: Told | None = None,
    precision: Precision = "fp32",
) -> list[NDArray[np.float32]]:
    """What the network says of each part, by row or by token as the form's `decode` wants it."""
    if not parts:
        return []
    device = set_up(machine or Machine())
    network.to(device).eval()
    whole, say = merge(parts), _speaker(network, head, encoder)
    found: NDArray[np.float32] | None = None
    by_token = bool(head) and network.kinds[head].kind in ("token", "span")
    done, budget = 0, BUDGET.get(device.type, BUDGET["cpu"])
    todo = by_tokens(whole.lengths, budget=budget)
    while todo:
        picked = todo[0]
        batch = take(whole, picked, pad=network.pad_id, groups=1)
        try:
            with torch.inference_mode(), arithmetic(precision, device):
                said = say(batch.to(device)).float().cpu().numpy()
        except RuntimeError as error:
            if not out_of_memory(error) or len(picked) == 1:
                raise
            said = None
        if said is None:
            # Out of the except block, where the error no longer holds on to the tensors of the failed pass.
            if device.type == "cuda":
                torch.cuda.empty_cache()
            budget, rest = len(batch.tokens) // 2, np.concatenate(todo)
            todo = [rest[some] for some in by_tokens(whole.lengths[rest], budget=budget)]
            log.warning("Out of memory: going on with %d slots at once.", budget)
            continue
        todo.pop(0)
        if found is None:
            found = np.empty((len(whole.tokens) if by_token else len(whole), *said.shape[1:]), dtype=np.float32)
        found[_tokens_of(whole, picked) if by_token else picked] = said
        done += len(picked)
        if told is not None:
            told(done, len(whole))
    assert found is not None
    cuts = np.cumsum([len(rows.tokens) if by_token else len(rows) for rows in parts])[:-1]
    return np.split(found, cuts)


def guess_scores(
    network: Network, form: Mask, examples: Sequence[Any], *, head: str, max_length: int = 256
) -> dict[str, float]:
    """Loss in nats and share of right guesses, over tokens that are hidden alike every time."""
    rows = form.encode(examples, network.tokenizer, max_length=min(max_length, network.longest))
    hider, lost, right, hidden = masker(network, rate=form.rate), 0.0, 0, 0
    for at, picked in enumerate(by_tokens(rows.lengths, budget=BUDGET["cpu"])):
        batch = hide(take(rows, picked, pad=network.pad_id), hider, stream(0, "mask", at)).to(network.device)
        labels = batch.targets["label"]
        with torch.inference_mode():
            said = network.outputs(head, batch).float()
        lost += float(functional.cross_entropy(said, labels, reduction="sum"))
        right += int((said.argmax(1) == labels).sum())
        hidden += len(labels)
    return {"loss": lost / max(1, hidden), "accuracy": right / max(1, hidden)}


def merge(parts: Sequence[Rows]) -> Rows:
    """Several parts' rows as one, without targets and notes."""
    lengths = np.concatenate([rows.lengths for rows in parts])
    return Rows(
        tokens=np.concatenate([rows.tokens for rows in parts]),
        starts=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        example=np.arange(len(lengths)),
    )


def _speaker(network: Network, head: str, encoder: Encoder | None) -> Callable[[Packed], torch.Tensor]:
    if head:
        return lambda batch: network.outputs(head, batch)
    asked = encoder or Encoder(name="", source="")
    layer = network.layer_for(asked)
    return lambda batch: network.embed(batch, layer=layer, pooling=asked.pooling)


def _tokens_of(rows: Rows, picked: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.arange(rows.starts[row], rows.starts[row + 1]) for row in picked])
