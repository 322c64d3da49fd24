"""`xstilts pretrain`: a new encoder from text, of a lab world or of one's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xstilts.cli import screen
from xstilts.cli.display import Meter
from xstilts.cli.options import Device, Threads
from xstilts.encoders.catalogue import check_folder
from xstilts.errors import BadEncoder, BadInput, BadStore
from xstilts.files import write_atomic
from xstilts.lab import World
from xstilts.studies.working.work import stopping
from xstilts.training.recipe import Machine, Recipe
from xstilts.training.record import Progress, Training

LAB = "lab"
HEAD_WIDTH = 32
"""Dimensions of one attention head."""


class Precision(StrEnum):
    """Arithmetic of the forward pass."""

    fp32 = "fp32"
    bf16 = "bf16"


def pretrain(
    text: Annotated[str, typer.Argument(help="`lab`, or a folder with one <lang>.txt a language, a sentence a line.")],
    to: Annotated[Path, typer.Option("--to", help="The folder for the encoder.")],
    world: Annotated[int, typer.Option("--world", min=0, help="Which lab world.")] = 0,
    steps: Annotated[int, typer.Option("--steps", min=1)] = 16_000,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Lines a step.")] = 96,
    rate: Annotated[float, typer.Option("--rate", help="Peak learning rate.")] = 2e-3,
    layers: Annotated[int, typer.Option("--layers", min=1)] = 3,
    width: Annotated[int, typer.Option("--width", min=HEAD_WIDTH, help=f"A multiple of {HEAD_WIDTH}.")] = 128,
    vocabulary: Annotated[int, typer.Option("--vocabulary", min=300, help="Pieces.")] = 4096,
    translation: Annotated[float, typer.Option("--translation", min=0, max=1, help="Share of parallel steps.")] = 0.25,
    masked: Annotated[float, typer.Option("--masked", min=0.01, max=0.9, help="Share of hidden pieces.")] = 0.2,
    no_warm_start: Annotated[bool, typer.Option("--no-warm-start", help="Begin with random vectors.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    device: Device = "auto",
    threads: Threads = None,
    precision: Annotated[Precision, typer.Option("--precision")] = Precision.bf16,
) -> None:
    """Make a small encoder from text. Ctrl-C stops it after a checkpoint; the same command goes on from there."""
    if width % HEAD_WIDTH:
        raise BadInput(f"A width of {width} cannot be shared among heads of {HEAD_WIDTH}.", way_out="Give a multiple.")
    folder = None if text == LAB else _folder(text)
    _check_target(to)
    # Pretraining loads torch, and only the one who asks for it needs that.
    from xstilts.training import pretrain as floor
    from xstilts.training import text as texts

    screen.say(f"Reading the text of {text}" + (f", world {world}" if text == LAB else ""))
    found = texts.lab_text(World(world)) if folder is None else texts.folder_text(folder)
    screen.say(
        f"{screen.several(sum(map(len, found.lines.values())), 'line')} in "
        f"{screen.several(len(found.lines), 'language')}, "
        f"{screen.several(sum(map(len, found.pairs.values())), 'parallel line')}. Learning a vocabulary"
    )
    recipe = Recipe(
        rate=rate, batch=batch, epochs=None, steps=steps, warmup=0.06, dropout=0.0, max_length=128, order="length",
        precision=precision.value,
    )  # fmt: skip
    shape = floor.Shape(
        layers=layers, width=width, heads=width // HEAD_WIDTH, inner=4 * width, vocabulary=vocabulary
    )  # fmt: skip
    how = floor.Pretraining(
        shape=shape, recipe=recipe, masked=masked, translation=translation, warm_start=not no_warm_start, seed=seed
    )
    machine = Machine(device=device, threads=threads)
    training = _watched(lambda watch: floor.pretrain(found, how, to, machine=machine, watch=watch))
    _conclude(training, to)


def _check_target(to: Path) -> None:
    """Refuse a folder with a finished encoder, and one that cannot be written, before anything is computed."""
    if to.is_dir():
        try:
            check_folder(to)
        except BadEncoder:
            pass
        else:
            raise BadStore(f"{to} holds a finished encoder.", way_out="Give another folder, or remove that one.")
    probe = to / ".writable"
    write_atomic(probe, "")
    probe.unlink(missing_ok=True)


def _folder(text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise BadInput(f"There is no folder {text}.", way_out="Give a folder with one <lang>.txt a language, or `lab`.")
    return folder


def _watched(train: Callable[[Callable[[Progress], None]], Training]) -> Training:
    """Train with the progress in sight. Once it moves, Ctrl-C waits for a checkpoint; before that it ends at once."""
    with ExitStack() as stack, Meter() as meter:
        asked: Callable[[], bool] | None = None

        def watch(progress: Progress) -> None:
            nonlocal asked
            if asked is None:
                asked = stack.enter_context(stopping())
            meter.show(progress)
            if asked():
                raise KeyboardInterrupt

        return train(watch)


def _conclude(training: Training, to: Path) -> None:
    loss = training.losses[-1][1] if training.losses else None
    screen.gap()
    screen.facts(
        [
            ("steps", f"{training.steps:,}"),
            ("loss", "" if loss is None else f"{loss:.3f} nats a hidden piece"),
            ("time", screen.duration(training.seconds)),
            ("tokens", f"{training.tokens:,}"),
            ("health", "" if training.health.state == "ok" else f"{training.health.state}: {training.health.why}"),
            ("encoder", to.resolve()),
        ]
    )
    screen.say("Use it in a study:")
    screen.show(f'  encoder = "{to.resolve()}"')
