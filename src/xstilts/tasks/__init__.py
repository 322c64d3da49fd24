"""What one can train on and be tested on: tasks, exams and the sources of their rows."""

from xstilts.tasks.catalogue import exam, exams, suite, suites, task, tasks
from xstilts.tasks.suites import Suite
from xstilts.tasks.task import Exam, Source, Task, pinned

__all__ = ["Exam", "Source", "Suite", "Task", "exam", "exams", "pinned", "suite", "suites", "task", "tasks"]
