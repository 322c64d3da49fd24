"""Fixtures of the studies floor."""

import sys
from pathlib import Path

import pytest

# Spawned workers import the stand-ins by name, and get this path from their parent.
sys.path.insert(0, str(Path(__file__).parent))

import studies_fakes

from xstilts.studies.planning.plan import Plan, plan
from xstilts.studies.records.store import Store
from xstilts.studies.study import Study, read_study


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    return studies_fakes.make_encoder(tmp_path / "encoder")


@pytest.fixture
def text(encoder: Path) -> str:
    return studies_fakes.STUDY.format(encoder=encoder)


@pytest.fixture
def study(text: str) -> Study:
    return read_study(text)


@pytest.fixture
def planned(study: Study) -> Plan:
    return plan(study)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")
