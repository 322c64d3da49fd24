"""xstilts: does stage S before task T help language L, and are we sure?

This is the door: the names below are the public ones. Each is loaded when it is first asked for, so that
`import xstilts` costs nothing and never loads torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xstilts.encoders.catalogue import encoder
    from xstilts.encoders.encoder import Encoder
    from xstilts.errors import XstiltsError
    from xstilts.findings.gains import gains
    from xstilts.findings.report import write_report
    from xstilts.findings.table import long_table
    from xstilts.languages import Language, all_languages, langs, language
    from xstilts.studies.grid import Route, Stage, Study
    from xstilts.studies.planning.plan import Plan, plan
    from xstilts.studies.records.record import Run
    from xstilts.studies.records.store import Store
    from xstilts.studies.study import load_study
    from xstilts.studies.working.work import run
    from xstilts.tasks import Exam, Task, exam, task
    from xstilts.tasks import exams as all_exams
    from xstilts.tasks import tasks as all_tasks
    from xstilts.training.mixture import Mixture
    from xstilts.training.recipe import Machine, Recipe

__version__ = "0.1.0"

__all__ = [
    "Encoder",
    "Exam",
    "Language",
    "Machine",
    "Mixture",
    "Plan",
    "Recipe",
    "Route",
    "Run",
    "Stage",
    "Store",
    "Study",
    "Task",
    "XstiltsError",
    "__version__",
    "all_exams",
    "all_languages",
    "all_tasks",
    "encoder",
    "exam",
    "gains",
    "langs",
    "language",
    "load_study",
    "long_table",
    "plan",
    "run",
    "task",
    "write_report",
]

# `all_tasks` and not `tasks`: the package xstilts.tasks has that name already.
_RENAMED = {"all_exams": "exams", "all_tasks": "tasks"}
_HOME = {
    "encoders.catalogue": ("encoder",),
    "encoders.encoder": ("Encoder",),
    "errors": ("XstiltsError",),
    "findings.gains": ("gains",),
    "findings.report": ("write_report",),
    "findings.table": ("long_table",),
    "languages": ("Language", "all_languages", "langs", "language"),
    "studies.grid": ("Route", "Stage", "Study"),
    "studies.planning.plan": ("Plan", "plan"),
    "studies.records.record": ("Run",),
    "studies.records.store": ("Store",),
    "studies.study": ("load_study",),
    "studies.working.work": ("run",),
    "tasks": ("Exam", "Task", "all_exams", "all_tasks", "exam", "task"),
    "training.mixture": ("Mixture",),
    "training.recipe": ("Machine", "Recipe"),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{module}"), _RENAMED.get(name, name))
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
