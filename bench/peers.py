"""transformers' Trainer, driven as its example scripts run_xnli, run_glue and run_qa drive it.

They pad every row to `max_seq_length` by default (`pad_to_max_length`); without that, every batch to its longest row;
`--train_sampling_strategy group_by_length --bf16` is the best that they offer. Rows lie in a list, which is quicker
than the Arrow table that they read from, and are tokenised beforehand on both sides.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from typing import Any

import torch
from harness import clock
from material import CLASSES, Material, config, tokenizer
from torch.utils.data import Dataset
from transformers import (
    DataCollatorWithPadding,
    PreTrainedTokenizerFast,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    XLMRobertaForQuestionAnswering,
    XLMRobertaForSequenceClassification,
    default_data_collator,
)

MODELS = {"nli": XLMRobertaForSequenceClassification, "qa": XLMRobertaForQuestionAnswering}


class Features(Dataset[dict[str, Any]]):
    """Rows in a list."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: int) -> dict[str, Any]:
        return self.rows[at]


class Watch(TrainerCallback):
    """Takes the time of the training alone."""

    def __init__(self) -> None:
        self.begun = self.seconds = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Start the clock."""
        self.begun = clock()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Stop it."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds = clock() - self.begun


def fast_tokenizer(table: int) -> PreTrainedTokenizerFast:
    """What pads a batch."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(table), bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        cls_token="<s>", sep_token="</s>", mask_token="<mask>",
    )  # fmt: skip


def model(size: str, material: Material, *, table: int) -> torch.nn.Module:
    """Their model of the same shape, with random weights."""
    torch.manual_seed(0)
    shape = config(size, table=table)
    shape.num_labels = CLASSES if material.kind == "nli" else 2
    return MODELS[material.kind](shape)


def arguments(folder: str, *, batch: int, **more: Any) -> TrainingArguments:
    """One pass, everything else as the scripts have it; nothing saved, nothing reported."""
    return TrainingArguments(
        folder, per_device_train_batch_size=batch, num_train_epochs=1, save_strategy="no", report_to="none",
        disable_tqdm=True, use_cpu=not torch.cuda.is_available(), remove_unused_columns=False, seed=0, **more,
    )  # fmt: skip


def trained(
    size: str, material: Material, *, table: int, batch: int, padded: bool = False, grouped: bool = False,
    bf16: bool = False, **more: Any,
) -> float:  # fmt: skip
    """Examples a second of one pass over the rows."""
    rows = Features(material.features(pad_to=material.longest if padded else None))
    collator = default_data_collator if padded else DataCollatorWithPadding(fast_tokenizer(table))
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        strategy = "group_by_length" if grouped else "random"
        trainer = Trainer(
            model=model(size, material, table=table), train_dataset=rows, data_collator=collator, callbacks=[watch],
            args=arguments(folder, batch=batch, bf16=bf16, train_sampling_strategy=strategy, **more),
        )  # fmt: skip
        trainer.train()
    return len(rows) / watch.seconds
