"""What must start in a blink loads neither torch nor transformers, nor Altair where no page is written."""

import os
import subprocess
import sys
from pathlib import Path

import xstilts as door
from xstilts.findings.replay import EXAMPLE

PROGRAM = """
import sys
from xstilts.cli.main import main
heavy, commands = {heavy!r}, {commands!r}
for command in commands:
    try:
        main(command)
    except SystemExit as ended:
        assert not ended.code, (command, ended.code)
    loaded = [name for name in heavy if name in sys.modules]
    assert not loaded, (command, loaded)
"""


def check(heavy: list[str], commands: list[list[str]], folder: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(door.__file__).parents[1])}
    program = PROGRAM.format(heavy=heavy, commands=commands)
    done = subprocess.run([sys.executable, "-c", program], env=env, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_help_loads_no_verb(tmp_path: Path) -> None:
    heavy = ["torch", "transformers", "altair", "numpy", "polars", "rich.console", "msgspec"]
    check(heavy, [["--help"], ["--version"]], tmp_path)


def test_verbs_that_load_no_torch(study: Path, finished: Path, tmp_path: Path) -> None:
    asked = [str(study), "--store", str(finished)]
    commands = [
        ["list"], ["list", "encoders"], ["show", "lab-panx"], ["plan", str(study)], ["status", *asked],
        ["score", *asked], ["compare", *asked], ["judge", *asked, "--claims", "phang2020-lab"],
        ["run", *asked], ["demo", "--help"], ["doctor", "--help"],
    ]  # fmt: skip
    light = [command for command in commands if command[0] != "demo"]
    check(["torch", "transformers", "altair"], light, tmp_path)
    check(["torch", "transformers"], [["report", *asked], ["demo", "--help"]], tmp_path)


def test_replay_and_audit_load_no_torch(tmp_path: Path) -> None:
    (tmp_path / "brief.md").write_text("| Claim | Verified |\n|---|---|\n| It is so. | ✓ |\n", encoding="utf-8")
    encoder = ["--encoder", "microsoft/mdeberta-v3-base"]
    table = str(EXAMPLE / "auxtasks_bavarian_sid.csv.gz")
    commands = [["replay", table], ["compare", "auxtasks-bavarian-sid", *encoder], ["audit", "brief.md"]]
    check(["torch", "transformers", "altair"], commands, tmp_path)
    check(["torch", "transformers"], [["report", "auxtasks-bavarian-sid", *encoder]], tmp_path)
