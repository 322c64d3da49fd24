"""Fixtures of claims; `bench/verdicts.py` is the simulation that the tests repeat."""

import sys
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[3] / "bench"))

import claims_made_up


@pytest.fixture(scope="session")
def scores() -> pl.DataFrame:
    """The made-up table with five seeds."""
    return claims_made_up.made_up()
