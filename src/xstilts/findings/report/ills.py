"""Health on the page: which runs are sick, and which trainings were begun again and after what."""

from __future__ import annotations

from xstilts.findings.account import BEGUN_AGAIN, Account, RunNote
from xstilts.findings.report.markup import Html, join, listed, tag


def health_parts(told: Account) -> list[Html]:
    """The paragraphs and lists."""
    parts = [tag("h3", "Health")]
    if told.sick:
        parts.append(tag("p", "These runs are kept and counted; a sick run is a result too."))
        parts.append(listed(_ill(run) for run in told.sick))
    else:
        parts.append(tag("p", told.sound))
    if told.begun_again:
        parts.append(tag("p", BEGUN_AGAIN))
        parts.append(listed(join([run.history, " ", tag("code", run.digest)]) for run in told.begun_again))
    return parts


def _ill(run: RunNote) -> Html:
    where = f" {run.label}, seed {run.seed}: {run.why or 'no reason was recorded'}. "
    return join([tag("span", run.health, class_="sick"), where, tag("code", run.digest)])
