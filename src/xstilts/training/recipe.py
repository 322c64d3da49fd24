"""Recipe: everything about a training that can change a number. Machine: everything that cannot."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

Precision = Literal["fp32", "bf16"]
"""bf16: matrix products in 16 bits; weights, moments and losses stay in 32."""


class Adapter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A few new weights that are trained in place of the encoder's own, by peft, and merged into them at the end."""

    kind: Literal["lora", "dora", "ia3"] = "lora"
    rank: int = 8
    alpha: float = 16.0
    """What the adapter adds is scaled by alpha / rank. Not of ia3, as rank and dropout are not."""
    dropout: float = 0.0
    modules: tuple[str, ...] = ()
    """How names of the linear layers end that are adapted; empty: the attention's queries and values, of ia3 keys and
    values."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one stage is trained. Two runs with equal recipes, data, parent and seed are the same run."""

    rate: float = 1e-5
    """Peak learning rate of AdamW."""
    batch: int = 32
    """Examples a step (a choice example counts once, whatever its options; a long one once, whatever its windows)."""
    epochs: float | None = 2.0
    """Passes over the training data; exactly one of `epochs` and `steps` is set."""
    steps: int | None = None
    warmup: float = 0.1
    """Share of the steps in which the rate rises; then it falls linearly to zero."""
    weight_decay: float = 0.01
    """Not applied to biases and normalisations."""
    clip: float = 1.0
    """Norm to which the whole gradient is clipped, once a step."""
    dropout: float | None = None
    """None: as the encoder's own configuration says."""
    max_length: int = 256
    examples: int | None = None
    """Train on the first n examples of the seed's shuffle, of a task in several languages on n of each; None: all."""
    precision: Precision = "fp32"
    order: Literal["random", "length", "tokens"] = "random"
    """random: a plain shuffle, packed · length: shuffled, then rows of like length meet in a batch · tokens: the same,
    but a batch has as many tokens as any other, and `batch` examples only on average: more short ones, fewer long"""
    warmup_steps: int | None = None
    """The rise in steps, whatever `warmup` says; None: by its share."""
    decay: Literal["linear", "cosine", "root", "constant"] = "linear"
    """What the rate does after the rise: linear and cosine fall to zero · root: as one over the root of the step."""
    layer_decay: float = 1.0
    """Each layer's rate is this times that of the layer above; embeddings are the lowest, heads at the full rate."""
    smoothing: float = 0.0
    """Label smoothing: this share of the target is spread evenly over all answers. Not of hidden words and pairs."""
    attempts: int = 3
    """How often at most a training is begun whose optimisation fails (diverged, or dead by `training/health.py`): the
    second time everything is drawn anew, from the third on with half the rate of the time before. 1: never again."""
    select: Literal["last", "english-dev", "oracle"] = "last"
    """Which weights are kept: the last, or the best on development data, in the language of training or, as nobody
    could who has no labels there, in the languages of `oracle`."""
    evaluate: int | None = None
    """Steps between looks at development data, where weights are chosen or `patience` is set; None: ten looks."""
    patience: int | None = None
    """Stop after so many looks in a row without a better score; None: never."""
    oracle: tuple[str, ...] = ()
    """select = "oracle": the languages whose development rows choose; of a study's target, unless they are named, those
    of its exams."""
    adapter: Adapter | None = None
    """None: all weights are trained."""
    __later__: ClassVar[tuple[str, ...]] = (
        "warmup_steps", "decay", "layer_decay", "smoothing", "select", "evaluate", "patience", "oracle", "adapter",
        "attempts",
    )  # fmt: skip
    """Fields that bear identity only where they are set: see identity.py."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of a training. Never part of an identity."""

    device: str = "auto"
    """auto, cpu, cuda or cuda:1"""
    threads: int | None = None
    """CPU threads of one worker; None: as many as there are cores for it."""
    micro: int | None = None
    """Examples that run through the network at once; a step of more is done in pieces and is the same step. None: all.
    Where memory runs out, a training halves it by itself and says so in its record."""
    recompute: bool = False
    """Gradient checkpointing: a layer's inner states are computed again on the way back, not kept."""
    devices: int = 1
    """GPUs, or on a CPU processes, that train one network together: each takes its share of every batch."""
    shards: bool = False
    """With several devices: each holds a part of the weights, gradients and moments, not all of them (FSDP)."""
