"""The report's section on how its numbers came about: every run with its health, or the tables they were taken from."""

from __future__ import annotations

from xstilts.findings.account import BEGUN_AGAIN, Account, RunNote
from xstilts.findings.pairs import HEALTHY
from xstilts.findings.report.facts import clock
from xstilts.findings.report.markup import Html, folded, grid, join, listed, pairs, tag


def published_section(told: Account) -> Html:
    """Of published scores: the tables that they stand in. Of how they were run nothing is known here."""
    tables = [[name, source or "not known", licence or "not known"] for name, source, licence in told.published]
    facts = pairs(
        [
            ("Encoder", told.encoder),
            ("Seeds", ", ".join(map(str, told.seeds)) or "none given"),
            ("Baseline", told.baseline),
            ("Replayed", told.ended),
            ("Runs", str(told.planned) if told.planned else "not known"),
        ],
        class_="plain",
    )
    return tag(
        "section",
        tag("h2", "Where the scores are from"),
        facts,
        grid(["table", "source", "licence"], tables, caption="Published tables", texts=3),
        tag("p", told.sound),
        id="account",
    )


def account_section(told: Account) -> Html:
    """Encoder, recipes, versions, machines, and every run with its health."""
    if told.published:
        return published_section(told)
    seeds = ", ".join(map(str, told.seeds))
    facts = pairs(
        [
            ("Encoder", join([told.encoder, " ", tag("small", told.about_encoder)])),
            ("Seeds", seeds),
            ("Baseline", told.baseline),
            ("Checkpoint", told.select),
            ("Machine", join(told.machines, "; ")),
            ("From, to", f"{told.started} to {told.ended}" if told.started else ""),
            ("Versions", ", ".join(f"{name} {version}" for name, version in told.packages.items())),
            ("Commit", ", ".join(told.commits)),
            ("Steps", f"{len(told.runs)} finished of {told.planned or len(told.runs)} planned"),
        ],
        class_="plain",
    )
    parts = [tag("h2", "How it was run"), facts]
    if told.recipes:
        recipes = [[stage, tag("span", recipe, class_="note")] for stage, recipe in told.recipes]
        parts.append(grid(["stage", "recipe"], recipes, caption="What was trained, and how", texts=2))
    parts.append(tag("h3", "Health"))
    if told.sick:
        parts.append(tag("p", "These runs are kept and counted; a sick run is a result too."))
        parts.append(listed(_ill(run) for run in told.sick))
    else:
        parts.append(tag("p", told.sound))
    if told.begun_again:
        parts.append(tag("p", BEGUN_AGAIN))
        parts.append(listed(join([run.history, " ", tag("code", run.digest)]) for run in told.begun_again))
    if told.missing:
        parts.append(folded(f"Missing results ({len(told.missing)})", listed(told.missing)))
    if told.runs:
        parts.append(folded(f"Every run ({len(told.runs)})", _runs(told.runs)))
    return tag("section", *parts, id="account")


def _ill(run: RunNote) -> Html:
    where = f" {run.label}, seed {run.seed}: {run.why or 'no reason was recorded'}. "
    return join([tag("span", run.health, class_="sick"), where, tag("code", run.digest)])


def _runs(runs: tuple[RunNote, ...]) -> Html:
    head = ["run", "kind", "seed", "steps", "last loss", "dev score", "time", "health", "digest"]
    lines = [
        [
            run.label,
            run.kind,
            "" if run.seed is None else str(run.seed),
            "" if run.steps is None else str(run.steps),
            "" if run.loss is None else f"{run.loss:.3f}",
            tag("span", run.dev, class_="note"),
            clock(run.seconds),
            tag("span", run.health, class_="sick") if run.health != HEALTHY else run.health,
            tag("code", run.digest),
        ]
        for run in runs
    ]
    return grid(head, lines, caption="Every run of the study", texts=2)
