"""What one can train on and be tested on: tasks, exams and the sources of their rows."""

from xstilts.tasks.catalogue import exam, exams, task, tasks
from xstilts.tasks.task import Exam, Source, Task, pinned

__all__ = ["Exam", "Source", "Task", "exam", "exams", "pinned", "task", "tasks"]
