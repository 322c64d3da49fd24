"""Fixtures of the findings floor."""

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import findings_synthetic

from xstilts.findings.account import Account


@pytest.fixture
def table() -> pl.DataFrame:
    """The synthetic table with three seeds."""
    return findings_synthetic.synthetic()


@pytest.fixture
def told() -> Account:
    """How it came about."""
    return findings_synthetic.account()
