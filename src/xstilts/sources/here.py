"""A way to read rows only where their files are: whoever looks at results must not wait for a download."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_here_only: ContextVar[bool] = ContextVar("here_only", default=False)


@contextmanager
def here_only() -> Iterator[None]:
    """Inside, rows are read only where their files are on this machine: nothing is fetched."""
    token = _here_only.set(True)
    try:
        yield
    finally:
        _here_only.reset(token)


def is_here_only() -> bool:
    """Whether nothing may be fetched now."""
    return _here_only.get()
