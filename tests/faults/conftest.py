"""Fixtures of the fault tests: small studies, real on the lab and pretended, and processes that can be hurt."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "studies"))
sys.path.insert(0, str(Path(__file__).parent))

import faults_victim
import studies_fakes

from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.store import Store
from xstilts.studies.study import load_study


@pytest.fixture
def pretended(tmp_path: Path) -> Path:
    """A study file of 17 steps that only pretend."""
    path = tmp_path / "pretended.toml"
    path.write_text(studies_fakes.STUDY.format(encoder=studies_fakes.make_encoder(tmp_path / "encoder")))
    return path


@pytest.fixture
def planned(pretended: Path) -> Plan:
    return plan(load_study(pretended))


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A study file on the lab, small enough to be killed often."""
    path = tmp_path / "small.toml"
    path.write_text(faults_victim.LAB)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")
