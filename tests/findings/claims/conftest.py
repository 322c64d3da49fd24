"""Fixtures of claims."""

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import claims_made_up


@pytest.fixture(scope="session")
def scores() -> pl.DataFrame:
    """The made-up table with five seeds."""
    return claims_made_up.made_up()
