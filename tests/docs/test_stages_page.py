"""The study on the page about stages can be planned, and its stages are what the page says."""

import re
from pathlib import Path

from xstilts.findings.account import _words
from xstilts.studies.planning.plan import plan
from xstilts.studies.study import read_study

PAGE = Path(__file__).parents[2] / "docs" / "stages.md"


def test_the_study_of_the_page_is_planned(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "text").mkdir()
    for lang in ("lab-mid", "lab-far-sov"):
        (tmp_path / "text" / f"{lang}.txt").write_text("one line\nanother\n")
    study = read_study(text, folder=tmp_path)
    planned = plan(study)
    assert planned.trainings == 2 * (5 + 5) and study.select == "english-dev" and not planned.absent
    stages = {route.name: route.stages for route in study.routes}
    assert [stage.tasks for stage in stages["first-text"]] == [("lab-mlm",), ("lab-mnli",)]
    assert stages["translated"][0].tasks == ("lab-mnli@lab-mid+lab-far-sov",)
    mixture = stages["together"][0].mixture
    assert mixture is not None and mixture.portions == {"wiki": 0.25} and mixture.cap == 6000
    assert study.target.adapter is not None and study.target.decay == "cosine" and study.target.select == "english-dev"


def test_a_report_tells_of_everything_that_is_set(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "text").mkdir()
    for lang in ("lab-mid", "lab-far-sov"):
        (tmp_path / "text" / f"{lang}.txt").write_text("one line\n")
    study = read_study(text, folder=tmp_path)
    said = _words(study.target_stage("lab-xnli"))
    for part in ("decay cosine", "smoothing 0.1", "select english-dev", "patience 3", "adapter {kind lora, rank 8"):
        assert part in said
    mixed = _words(study.routes[-1].stages[0])
    assert "portions {wiki 0.25}" in mixed and "heads {nli [lab-mnli, lab-anli-plus]}" in mixed
    assert "decay" not in _words(study.routes[0].stages[0]).replace("weight decay", "")
