"""Settings that do nothing where they stand are refused, or told of by the plan."""

import json
from pathlib import Path

import pytest

from xstilts.encoders.catalogue import encoder
from xstilts.encoders.encoder import Encoder
from xstilts.encoders.files import load_network
from xstilts.encoders.shape import longest_row
from xstilts.errors import BadStudy
from xstilts.studies.planning.plan import plan
from xstilts.studies.study import Study, read_study

STUDY = """
name = "idle"
encoder = "lab"
seeds = [1, 2]
exams = ["lab-xnli"]
{top}
[intermediates]
x = {{ tasks = {tasks} }}
[recipe.intermediate]
steps = 20
max_length = 64
{before}
[recipe.target]
steps = 20
max_length = {length}
{after}
"""
TWO = "['lab-mnli', 'lab-squad1']"


def study(*, tasks: str = "['lab-mnli']", top: str = "", before: str = "", after: str = "", length: int = 64) -> Study:
    return read_study(STUDY.format(top=top, tasks=tasks, before=before, after=after, length=length))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"after": "evaluate = 5"}, "how often to `evaluate`, and nothing does"),
        ({"before": "evaluate = 5"}, "how often to `evaluate`, and nothing does"),
        ({"after": "adapter = { alpha = 0.0 }"}, "an `alpha` above 0"),
        ({"tasks": "['lab-mnli'], batches = { lab-mnli = 4 }"}, "one task, and `batches` is of several"),
        ({"tasks": "['lab-mnli'], rule = 'uniform'"}, "one task, and `rule` is of several"),
        ({"tasks": "['lab-mlm'], alpha = 0.5, cap = 9"}, "one task, and `cap` is of several"),
        ({"tasks": f"{TWO}, shares = [0.9, 0.1]"}, 'only the rule "fixed" goes by'),
        ({"tasks": f"{TWO}, temperature = 5.0"}, "only the rule of that name goes by"),
        ({"tasks": f"{TWO}, alpha = 0.5"}, "none of its tasks is in several"),
        ({"tasks": f"{TWO}, heads = {{ one = [] }}"}, "a head that no task trains"),
    ],
)
def test_what_would_be_passed_over_is_refused(how: dict[str, str], says: str) -> None:
    with pytest.raises(BadStudy) as caught:
        study(**how)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "how",
    [
        {"after": "evaluate = 5\npatience = 2"},
        {"after": "evaluate = 5\nselect = 'english-dev'"},
        {"top": "select = 'english-dev'", "after": "evaluate = 5"},
        # The common recipe's looks are not meant for the one that keeps the last weights.
        {"before": "evaluate = 5\nselect = 'english-dev'\nfor.x = { select = 'last' }"},
        {"tasks": "['lab-mlm'], alpha = 0.5, floors = { lab-mid = 0.2 }"},
        {"tasks": "['lab-mnli', 'lab-mlm'], alpha = 0.5, cap = 50"},
        {"tasks": f"{TWO}, rule = 'fixed', shares = [0.9, 0.1]"},
        {"tasks": f"{TWO}, rule = 'uniform', epoch = 'capped', epochs = 1.0, cap = 50"},
        {"tasks": f"{TWO}, rule = 'temperature', temperature = 5.0, cap = 50"},
        {"tasks": "['lab-mnli', 'lab-mlm'], smoothing = 0.1"},
        {"after": "warmup_steps = 5\nadapter = { kind = 'ia3' }"},
    ],
)
def test_what_does_something_is_neither(how: dict[str, str]) -> None:
    assert plan(study(**how)).warnings == ()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"tasks": "['lab-mlm'], smoothing = 0.1"}, "x: `smoothing` is of labels"),
        ({"after": "warmup = 0.3\nwarmup_steps = 5"}, "the target lab-xnli: `warmup` says nothing"),
        ({"after": "adapter = { kind = 'ia3', rank = 4, dropout = 0.1 }"}, "ia3 has no `rank`, `dropout`."),
        ({"tasks": f"{TWO}, rule = 'uniform', cap = 50"}, 'x: `cap` changes nothing where the rule is "uniform"'),
        ({"tasks": f"{TWO}, epoch = 'capped'"}, "its recipe counts steps"),
        ({"length": 193}, "`max_length` is 193, but lab has places for 192 tokens, so rows are cut there"),
    ],
)
def test_what_does_nothing_is_told(how: dict[str, str], says: str) -> None:
    (warning,) = plan(study(**how)).warnings
    assert says in warning


def test_places_are_counted_as_the_network_counts_them(tmp_path: Path) -> None:
    """Some number them from the padding id on."""
    assert longest_row(encoder("lab")) == load_network(encoder("lab")).longest == 192
    assert longest_row(encoder("xlm-roberta-large")) == longest_row(encoder("mbert")) == 512
    assert longest_row(Encoder(name="x", source="some/where")) is None
    for kind, pad, said in (
        ("modernbert", 3, 64),
        ("bert", 0, 64),
        ("camembert", 1, 62),
        ("roberta", None, 62),
        ("bert", None, 64),
    ):
        config = {"model_type": kind, "max_position_embeddings": 64} | ({} if pad is None else {"pad_token_id": pad})
        (tmp_path / "config.json").write_text(json.dumps(config))
        assert longest_row(Encoder(name="x", source=str(tmp_path))) == said
    (tmp_path / "config.json").write_text("{}")
    assert longest_row(Encoder(name="x", source=str(tmp_path))) is None
