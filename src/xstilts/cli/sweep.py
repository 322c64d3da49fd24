"""`xstilts sweep`: every layer with every pooling, on a development language, and what to write into the study."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xstilts.cli import screen
from xstilts.cli.options import Device, Threads
from xstilts.cli.scored import print_json
from xstilts.encoders.catalogue import encoder, locate
from xstilts.errors import BadInput
from xstilts.forms import Retrieve
from xstilts.studies.grid import reads_encoder
from xstilts.tasks import exam
from xstilts.tasks.development import Development, development
from xstilts.training.recipe import Machine

if TYPE_CHECKING:
    from xstilts.training.sweep import Reading

QUIET = 10.0
"""Seconds between two lines on how far it is."""
BEST = "◄"


def sweep(
    name: Annotated[str, typer.Argument(metavar="EXAM", help="A retrieval exam: lab-tatoeba, bucc2018, ….")],
    lang: Annotated[str, typer.Option("--lang", help="The development language. No test row of it is read.")],
    with_encoder: Annotated[str, typer.Option("--encoder", help="A name, a folder or a Hub id.")] = "lab",
    max_length: Annotated[int, typer.Option("--max-length", min=8, help="Tokens of a sentence that are read.")] = 256,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Find the layer and pooling at which sentences are best compared, on development rows of one language alone."""
    sat, base = exam(name), encoder(with_encoder)
    if isinstance(sat.form, Retrieve) and not reads_encoder(sat):
        raise BadInput(
            f"{sat.name} is sat with the head that {sat.of} trains: no layer or pooling is chosen for it.",
            way_out="Sweep an exam that the encoder sits as it is, such as bucc2018.",
        )
    given = development(sat, lang)
    assert isinstance(sat.form, Retrieve)
    locate(base)
    # This loads torch, and what was refused above needs none.
    from xstilts.encoders.files import load_network
    from xstilts.training import sweep as floor

    network = load_network(base)
    told = None if as_json else Told()
    machine = Machine(device=device, threads=threads)
    readings = floor.sweep(network, sat.form, given.examples, max_length=max_length, machine=machine, told=told)
    best = floor.best(readings, sat.main_metric)
    used = next(one for one in readings if (one.layer, one.pooling) == (network.layer_for(base), base.pooling))
    if as_json:
        print_json(
            {"exam": sat.name, "language": lang, "encoder": base.name, "rows": given.what, "metric": sat.main_metric}
            | {"best": _plain(best), "without": _plain(used), "readings": [_plain(one) for one in readings]}
        )
        return
    _print(readings, best, used, sat.main_metric, f"{sat.name} in {lang}, {base.name}", given)
    screen.own_up([lang])


def _plain(one: Reading) -> dict[str, Any]:
    return {"layer": one.layer, "pooling": one.pooling, "scores": one.scores}


def _print(
    readings: Sequence[Reading], best: Reading, used: Reading, metric: str, title: str, given: Development
) -> None:
    queries = sum(line.side == "query" for line in given.examples)
    screen.head(f"{title}: {metric} by layer and pooling")
    screen.say(f"Read: {given.what}; {screen.several(queries, 'query', 'queries')}.")
    screen.gap()
    poolings = list(dict.fromkeys(one.pooling for one in readings))
    rows: dict[int, list[object]] = {}
    for one in readings:
        score = f"{one.scores[metric]:.1f}"
        shown = screen.cell(f"{score} {BEST}", "bold green") if one is best else screen.cell(f"{score}  ")
        rows.setdefault(one.layer, [one.layer]).append(shown)
    screen.table(["layer", *poolings], rows.values(), right=["layer", *poolings])
    screen.say(f"{BEST} the best: layer {best.layer}, {best.pooling}, {best.scores[metric]:.1f}. Layer 0: embeddings.")
    screen.say(f"Without setting anything: layer {used.layer}, {used.pooling}, {used.scores[metric]:.1f}.")
    screen.gap()
    screen.say("Write into the study:")
    for line in ("[retrieval]", f"layer = {best.layer}", f'pooling = "{best.pooling}"'):
        screen.show(f"  {line}")


class Told:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Take in how many rows are done."""
        if time.monotonic() - self.last > QUIET:
            self.last = time.monotonic()
            screen.say(f"{done:,} of {total:,} sentences read")
