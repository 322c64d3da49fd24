"""Planning and reading text files load neither polars nor huggingface_hub."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from xstilts.forms import Classify
from xstilts.sources import Hub, Table, Texts
Table(form=Classify(("a", "b")), place=Hub("o/r", "a" * 40, ("x.parquet",)), columns=Texts()).pin(["en"])
import xstilts.sources.formats, xstilts.sources.cache
print(*[name for name in ("polars", "huggingface_hub", "torch", "transformers") if name in sys.modules])
"""


def test_a_plan_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
