"""A reference script as transformers' examples are: fine-tune a checkpoint on a file, or score files with one.

    python bench/reference.py --form classify --model FOLDER --files train.jsonl --output_dir OUT --do_train
    python bench/reference.py --form classify --model OUT --files en.jsonl de.jsonl --output_dir OUT --do_eval

It does what run_glue and run_xnli (classify), run_qa (span) and run_ner (tag) do, with their defaults: pairs and
passages padded to `--max_seq_length` unless `--pad_to_max_length False`, words padded by batch; a model with a new
head; Trainer; the trained model saved whole, with its tokenizer. They also load datasets, evaluate and scikit-learn and
keep rows in Arrow tables, which is left out here: it would only make them slower. `bench/grid.py` calls it in a loop.
"""

from __future__ import annotations

import json
import string
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import (
    AutoConfig,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    HfArgumentParser,
    Trainer,
    TrainingArguments,
    default_data_collator,
    set_seed,
)

MODELS = {
    "classify": AutoModelForSequenceClassification,
    "span": AutoModelForQuestionAnswering,
    "tag": AutoModelForTokenClassification,
}
BEST, LONGEST = 20, 30
"""run_qa's `n_best_size` and `max_answer_length`."""
Row = dict[str, Any]


@dataclass
class Asked:
    """What the scripts ask for beside Trainer's own arguments."""

    form: str = field(metadata={"help": "classify, span or tag"})
    model: str = field(metadata={"help": "folder of the checkpoint"})
    files: list[str] = field(metadata={"help": "JSON lines: one file to train on, or several to score"})
    labels: list[str] = field(default_factory=list)
    max_seq_length: int = 128
    doc_stride: int = 32
    pad_to_max_length: bool = True


def rows_of(path: str) -> list[Row]:
    """The rows of a file."""
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def pairs(rows: list[Row], tokenizer: Any, asked: Asked, *, train: bool) -> list[Row]:
    """Features of sentence pairs."""
    padding = "max_length" if asked.pad_to_max_length else False
    texts = ([row["texts"][0] for row in rows], [row["texts"][1] for row in rows])
    coded = tokenizer(*texts, padding=padding, max_length=asked.max_seq_length, truncation=True)
    labels = [asked.labels.index(row["label"]) for row in rows]
    return [{name: coded[name][i] for name in coded} | {"labels": label} for i, label in enumerate(labels)]


def words(rows: list[Row], tokenizer: Any, asked: Asked, *, train: bool) -> list[Row]:
    """Features of tagged sentences: a word's first piece bears its tag."""
    coded = tokenizer(
        [row["words"] for row in rows], truncation=True, is_split_into_words=True, max_length=asked.max_seq_length
    )
    made = []
    for i, row in enumerate(rows):
        owners, labels = coded.word_ids(i), []
        for at, owner in enumerate(owners):
            first = owner is not None and (at == 0 or owners[at - 1] != owner)
            labels.append(asked.labels.index(row["tags"][owner]) if first else -100)
        made.append({name: coded[name][i] for name in coded} | {"labels": labels})
    return made


def windows(rows: list[Row], tokenizer: Any, asked: Asked, *, train: bool) -> list[Row]:
    """Features of questions: overlapping windows of the passage; where the answer is not inside, the first token."""
    coded = tokenizer(
        [row["question"].lstrip() for row in rows], [row["context"] for row in rows], truncation="only_second",
        max_length=asked.max_seq_length, stride=asked.doc_stride, return_overflowing_tokens=True,
        return_offsets_mapping=True, padding="max_length" if asked.pad_to_max_length else False,
    )  # fmt: skip
    made = []
    for i, owner in enumerate(coded["overflow_to_sample_mapping"]):
        one = {name: coded[name][i] for name in ("input_ids", "attention_mask")}
        inside = [at for at, part in enumerate(coded.sequence_ids(i)) if part == 1]
        offsets = coded["offset_mapping"][i]
        if not train:
            kept = set(inside)
            one |= {"owner": owner, "offsets": [span if at in kept else None for at, span in enumerate(offsets)]}
        else:
            begin = rows[owner]["starts"][0]
            end = begin + len(rows[owner]["answers"][0])
            whole = inside and offsets[inside[0]][0] <= begin and offsets[inside[-1]][1] >= end
            one |= {
                "start_positions": max(at for at in inside if offsets[at][0] <= begin) if whole else 0,
                "end_positions": min(at for at in inside if offsets[at][1] >= end) if whole else 0,
            }
        made.append(one)
    return made


FEATURES = {"classify": pairs, "tag": words, "span": windows}


def answers(rows: list[Row], features: list[Row], logits: tuple[NDArray[Any], NDArray[Any]]) -> list[str]:
    """The best span of each question, over its windows."""
    best: list[tuple[float, str]] = [(-np.inf, "")] * len(rows)
    for feature, start, end in zip(features, *logits, strict=True):
        offsets, owner = feature["offsets"], feature["owner"]
        for low in np.argsort(start)[: -BEST - 1 : -1]:
            for high in np.argsort(end)[: -BEST - 1 : -1]:
                if high >= len(offsets) or low > high or high - low >= LONGEST or not (offsets[low] and offsets[high]):
                    continue
                score = float(start[low] + end[high])
                if score > best[owner][0]:
                    best[owner] = (score, rows[owner]["context"][offsets[low][0] : offsets[high][1]])
    return [text for _, text in best]


def overlap(said: str, right: str) -> float:
    """F1 of words, as SQuAD's script counts it."""
    one, other = (
        "".join(char for char in text.lower() if char not in string.punctuation).split() for text in (said, right)
    )
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other)) if common else 0.0


def scored(trainer: Trainer, asked: Asked, rows: list[Row], features: list[Row]) -> tuple[float, list[Any]]:
    """The score of a file, in percent, and the predictions."""
    if asked.form == "span":
        plain = [{name: one[name] for name in ("input_ids", "attention_mask")} for one in features]
        found = answers(rows, features, trainer.predict(plain).predictions)  # type: ignore[arg-type]
        best = [max(overlap(said, right) for right in row["answers"]) for said, row in zip(found, rows, strict=True)]
        return 100 * float(np.mean(best)), list(found)
    result = trainer.predict(features)  # type: ignore[arg-type]
    chosen, labels = np.asarray(result.predictions).argmax(-1), np.asarray(result.label_ids)
    return 100 * float((chosen == labels)[labels != -100].mean()), chosen.tolist()


def main() -> None:
    """Train or score, as the arguments say."""
    asked, arguments = HfArgumentParser([Asked, TrainingArguments]).parse_args_into_dataclasses()
    set_seed(arguments.seed)
    config = AutoConfig.from_pretrained(asked.model)
    # A question's head takes its size from the same number, which a checkpoint of sentence pairs has at three.
    config.num_labels = len(asked.labels) or 2
    tokenizer = AutoTokenizer.from_pretrained(asked.model)
    model = MODELS[asked.form].from_pretrained(asked.model, config=config, ignore_mismatched_sizes=True)
    collator: Any = DataCollatorWithPadding(tokenizer)
    if asked.form == "tag":
        collator = DataCollatorForTokenClassification(tokenizer)
    elif asked.pad_to_max_length:
        collator = default_data_collator
    features = {
        path: FEATURES[asked.form](rows_of(path), tokenizer, asked, train=arguments.do_train) for path in asked.files
    }
    trainer = Trainer(
        model=model, args=arguments, train_dataset=features[asked.files[0]] if arguments.do_train else None,
        data_collator=collator, processing_class=tokenizer,
    )  # fmt: skip
    if arguments.do_train:
        trainer.train()
        trainer.save_model()
        trainer.save_state()
    if arguments.do_eval:
        found = {Path(path).stem: scored(trainer, asked, rows_of(path), features[path]) for path in asked.files}
        folder = Path(arguments.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scores.json").write_text(json.dumps({name: score for name, (score, _) in found.items()}))
        (folder / "predictions.json").write_text(json.dumps({name: said for name, (_, said) in found.items()}))


if __name__ == "__main__":
    main()
