"""The report: what a study says, for people. One HTML file, and the same as text, tables, figures and a record."""

from xstilts.findings.report.build import PARTS, report, report_study, write_report

__all__ = ["PARTS", "report", "report_study", "write_report"]
