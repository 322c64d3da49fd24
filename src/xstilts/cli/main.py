"""The command `xstilts`: its verbs, and what it says when something is wrong. Only the verb that is typed is loaded."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from xstilts.cli import options
from xstilts.errors import XstiltsError

VERBS = {
    "demo": "See it work, offline, in minutes.",
    "list": "What there is: tasks, exams, languages, suites, encoders, studies.",
    "show": "The facts about one of them, with example rows.",
    "plan": "What a study would do, before anything is done.",
    "fetch": "Bring what a study reads, for machines without a network.",
    "run": "Do a study, or go on with it.",
    "status": "How far a study is, also while another terminal runs it.",
    "score": "Score predictions: of cases in a folder, of runs, of a study.",
    "compare": "The gains, and which of them are sure.",
    "judge": "Published claims: reproduced, contradicted, inconclusive or not tested.",
    "report": "Write one HTML file with all that a study says.",
    "replay": "Bring published tables into a store, to be compared and reported like a study.",
    "audit": "What is wrong with a machine-written synthesis of papers.",
    "export": "Write a study's scores as a table, or its predictions as a leaderboard's folder.",
    "doctor": "Check this machine, this installation and the data.",
    "sweep": "The layer and pooling to read sentences at, chosen on a development language.",
    "pretrain": "Make a new encoder from text.",
}
"""Verb → its line in the help. Its file in this folder has the same name, and in it a function of that name."""

ABOUT = "Does an intermediate task before the target task help zero-shot transfer, and are we sure? Begin: xstilts demo"


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what was typed. Exits with 1 for an error, said in one line, 2 for what it cannot read, 130 after Ctrl-C."""
    # Idle threads must sleep: spinning ones slow down whoever shares the machine. Both are read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [word for word in given if word != "--debug"]
    verb = next((word for word in given if not word.startswith("-")), None)
    try:
        app = application(verb, debug=debug)
    except (Exception, KeyboardInterrupt) as error:
        sys.exit(tell(error, debug=debug))
    app(args=given, prog_name="xstilts")


def application(verb: str | None = None, *, debug: bool = False) -> typer.Typer:
    """The command line. Only the file of `verb` is loaded; the others are there with their names and one line each."""
    app = typer.Typer(
        help=ABOUT,
        add_completion=False,
        pretty_exceptions_enable=False,
        # Typer's boxes need rich's Markdown, which takes longer to load than all the rest.
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_without_verb)
    for name, line in VERBS.items():
        if name == verb:
            function = getattr(import_module(f"xstilts.cli.{name}"), name)
            app.command(name, short_help=line)(guarded(function, debug=debug))
        else:
            app.command(name, help=line)(_absent)
    return app


def guarded(function: Callable[..., None], *, debug: bool) -> Callable[..., None]:
    """The verb, with its errors said in one line and turned into exit codes."""

    @functools.wraps(function)
    def verb(*args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            raise typer.Exit(tell(error, debug=debug)) from error

    return verb


def tell(error: BaseException, *, debug: bool) -> int:
    """Say on stderr what went wrong; the exit code that means it."""
    # Rich and numpy are loaded where something is printed: the help of all verbs does without.
    from xstilts.cli import screen

    if debug:
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt):
        screen.complain("Stopped.", "The same command goes on from here.", kind="")
        return options.STOPPED
    if isinstance(error, XstiltsError):
        screen.complain(error.wrong, error.way_out)
        return 1
    said = str(error).strip().splitlines()
    wrong = f"{type(error).__name__}: {said[0] if said else 'nothing more is known'}"
    screen.complain(wrong, "" if debug else "This should not happen: add --debug to see where it comes from.")
    return 1


def _without_verb(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    # `main` has taken --debug out of what was typed, so that it may stand anywhere; here it is for the help alone.
    if version:
        typer.echo(f"xstilts {options.VERSION}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _absent() -> None:
    raise AssertionError("only the verb that was typed is called")


if __name__ == "__main__":
    main()
