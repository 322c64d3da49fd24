"""The house stands: floors import downwards, torch stays upstairs, files and functions stay small, the door opens."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import xstilts

ROOT = Path(xstilts.__file__).parent
FLOORS = (
    "signs", "errors", "declared", "identity", "files", "languages", "scoring", "forms", "sources", "lab", "tasks",
    "encoders", "training", "studies", "findings", "cli",
)  # fmt: skip
"""From the ground up: each imports only from floors before it."""
APART = {("encoders", "tasks"), ("encoders", "lab")}
"""Neighbours that have nothing to say to each other."""
HEAVY = ("torch", "transformers", "accelerate", "peft")
LIGHT_UPSTAIRS = {
    "encoders/__init__.py", "encoders/encoder.py", "encoders/catalogue.py", "training/__init__.py",
    "training/recipe.py", "training/mixture.py", "training/health.py", "training/length.py", "training/record.py",
}  # fmt: skip
"""Files of the two floors of torch that must do without: others need them in order to start in a blink."""
FILE_CAP, FUNCTION_CAP, LOOP_CAP = 300, 60, 120


@dataclass(frozen=True)
class Import:
    """One imported thing, as a dotted name, and where it stands."""

    name: str
    line: int
    inside: bool
    """Inside a function, that is, lazy."""


@dataclass(frozen=True)
class Source:
    """One file of the package."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def floor(self) -> str:
        return self.name.split(".")[1] if "." in self.name else ""


def _sources() -> list[Source]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(("xstilts", *(part for part in parts if part != "__init__")))
        text = path.read_text(encoding="utf-8")
        found.append(Source(name, path, text, ast.parse(text, filename=str(path))))
    return found


SOURCES = _sources()
NAMES = {source.name for source in SOURCES}


def _imports(source: Source) -> Iterator[Import]:
    """Everything a file imports when it runs; what stands under TYPE_CHECKING is for readers only."""

    def walk(node: ast.AST, inside: bool) -> Iterator[Import]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from walk(other, inside)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, inside)
        elif isinstance(node, ast.ImportFrom):
            base = _base(source, node)
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield Import(whole if whole in NAMES else base, node.lineno, inside)
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    yield from walk(source.tree, False)


def _base(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.name.split(".") if source.path.name == "__init__.py" else source.name.split(".")[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)


INSIDE = {source.name: [i for i in _imports(source) if i.name.split(".")[0] == "xstilts"] for source in SOURCES}


def test_every_file_is_on_a_known_floor() -> None:
    assert {source.floor for source in SOURCES} - {"", "__main__"} <= set(FLOORS)


def test_floors_import_downwards() -> None:
    wrong = []
    for source in SOURCES:
        if source.floor not in FLOORS:
            continue
        for found in INSIDE[source.name]:
            parts = found.name.split(".")
            below = parts[1] if len(parts) > 1 else ""
            if below not in FLOORS:
                wrong.append(f"{source.place}:{found.line} imports {found.name}: ask the floor, not the door")
            elif FLOORS.index(below) > FLOORS.index(source.floor) or (source.floor, below) in APART:
                wrong.append(f"{source.place}:{found.line} imports {found.name}")
    assert not wrong, "\n".join(wrong)


def test_no_import_cycles() -> None:
    graph = {name: sorted({i.name for i in found} & NAMES - {name}) for name, found in INSIDE.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_torch_stays_upstairs() -> None:
    wrong = []
    for source in SOURCES:
        allowed = source.floor in ("encoders", "training") and source.place not in LIGHT_UPSTAIRS
        heavy = [i for i in _imports(source) if i.name.split(".")[0] in HEAVY]
        # An import inside a function of the studies floor is the deliberate line: the work itself.
        heavy = [i for i in heavy if not (i.inside and source.floor == "studies")]
        wrong += [f"{source.place}:{i.line} imports {i.name}" for i in heavy if not allowed]
    assert not wrong, "\n".join(wrong)


def test_imports_inside_functions_say_why() -> None:
    wrong = []
    for source in SOURCES:
        lines = ["", *source.text.splitlines()]
        for found in _imports(source):
            first = found.line
            while lines[first - 1].lstrip().startswith(("import ", "from ")):
                first -= 1
            # The reason is a comment on the line or above it, or the function's docstring.
            said = "#" in lines[found.line] or lines[first - 1].lstrip().startswith("#") or "import" in lines[first - 1]
            if found.inside and not said:
                wrong.append(f"{source.place}:{found.line} imports {found.name} inside a function without a reason")
    assert not wrong, "\n".join(wrong)


def test_files_and_functions_stay_small() -> None:
    wrong = []
    for source in SOURCES:
        length = source.text.count("\n")
        if length > FILE_CAP:
            wrong.append(f"{source.place} has {length} lines (at most {FILE_CAP})")
        cap = LOOP_CAP if source.place == "training/loop.py" else FUNCTION_CAP
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > cap:
                    wrong.append(f"{source.place}:{node.lineno} {node.name} has {size} lines (at most {cap})")
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_it_is_for() -> None:
    assert [source.place for source in SOURCES if not ast.get_docstring(source.tree)] == []


def test_no_pickles_and_no_evaluated_data() -> None:
    banned = {"eval", "exec", "pickle", "torch.load", "shelve", "marshal"}
    wrong = []
    for source in SOURCES:
        wrong += [f"{source.place}:{i.line} {i.name}" for i in _imports(source) if i.name.split(".")[0] in banned]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in banned:
                wrong.append(f"{source.place}:{node.lineno} {ast.unparse(node.func)}")
    assert not wrong, "\n".join(wrong)


def _loaded(program: str) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """Run a program in a fresh process; which of the heavy packages has it loaded at its end?"""
    after = f"import sys as s; print('\\nLOADED', *[n for n in {HEAVY!r} if n in s.modules], file=s.stderr)"
    wrapped = f"try:\n    {program}\nexcept SystemExit:\n    pass\n{after}"
    env = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    done = subprocess.run([sys.executable, "-c", wrapped], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done, set(done.stderr.rsplit("LOADED", 1)[1].split())


def test_importing_the_package_loads_next_to_nothing() -> None:
    assert _loaded("import xstilts")[1] == set()


@pytest.mark.parametrize("floor", [floor for floor in FLOORS if (ROOT / floor / "__init__.py").exists()])
def test_importing_a_floor_loads_no_torch(floor: str) -> None:
    assert _loaded(f"import xstilts.{floor}")[1] == set()


@pytest.mark.skipif("xstilts.cli.main" not in NAMES, reason="no command line yet")
@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["plan", "--help"], ["run", "--help"]])
def test_the_command_line_starts_without_torch(arguments: list[str]) -> None:
    program = (
        f"import sys, runpy; sys.argv[1:] = {arguments!r}; runpy.run_module('xstilts.cli.main', run_name='__main__')"
    )
    done, loaded = _loaded(program)
    assert loaded == set()
    assert done.stdout.strip()


def test_the_door_has_exactly_its_names() -> None:
    assert len(set(xstilts.__all__)) == len(xstilts.__all__)
    assert set(xstilts.__all__) <= set(dir(xstilts))
    assert set(xstilts.__all__) == set(xstilts._WHERE) | {"__version__"}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        xstilts.nothing  # noqa: B018


@pytest.mark.parametrize("name", xstilts.__all__)
def test_every_name_of_the_door_resolves(name: str) -> None:
    found = getattr(xstilts, name)
    if name != "__version__":
        assert found.__name__ == xstilts._RENAMED.get(name, name)


def test_the_door_needs_no_torch_for_its_values() -> None:
    names = ", ".join(name for name in xstilts.__all__ if name != "__version__")
    assert _loaded(f"from xstilts import {names}")[1] == set()
