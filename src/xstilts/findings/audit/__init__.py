"""Audit: what is wrong with a machine-written synthesis of papers, told from its own text alone.

    audit([read_synthesis("report.md")])      findings with line and reason, and totals over all that is given

`layout` reads the text into claims, references and sections; `signs` are what single sentences show; `checks`,
`question`, `references` and `repeats` judge.
"""

from __future__ import annotations

from xstilts.findings.audit.checks import Audit, audit
from xstilts.findings.audit.finding import KINDS, Finding
from xstilts.findings.audit.layout import Claim, Reference, Synthesis, parse, read_synthesis

__all__ = ["KINDS", "Audit", "Claim", "Finding", "Reference", "Synthesis", "audit", "parse", "read_synthesis"]
