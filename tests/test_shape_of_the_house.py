"""The budgets that keep the house readable: short files, short functions, everything typed, every module says why."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "iamsql").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN, NINE_OF_TEN = 250, 50, 8, 25
JUNK_DRAWERS = {"utils", "util", "helpers", "helper", "common", "shared", "base", "misc", "manager"}
# Spelled in halves, so that this file is not its own first finding.
FORBIDDEN = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "black" + "list", "white" + "list")
MACHINE = ("/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/", "index" + "-url", "find" + "-links", "files.python" + "hosted")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def short(path: Path) -> str:
    """Name a file from the root of the house."""
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[Function]:
    """Find every function of a file, nested ones and methods too."""
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function))


def length(function: Function) -> int:
    """Count its lines, from `def` to the last."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def untyped(function: Function) -> Iterator[str]:
    """Name what has no type in a signature."""
    spec = function.args
    every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, (spec.vararg, spec.kwarg))]
    yield from (one.arg for one in every if one.annotation is None and one.arg not in ("self", "cls"))
    if function.returns is None:
        yield "the return"


def tracked() -> list[Path]:
    """List the files that a clone would hold, or would after the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_a_module_is_short_typed_and_says_why_it_exists(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE, f"{short(path)} has {text.count(chr(10))} lines"
    assert ast.get_docstring(ast.parse(text)), f"{short(path)} does not say why it exists"
    for function in functions(path):
        at = f"{short(path)}:{function.lineno} {function.name}"
        assert length(function) <= LONGEST_FUNCTION, f"{at} has {length(function)} lines"
        assert not list(untyped(function)), f"{at} leaves untyped: {', '.join(untyped(function))}"


def test_functions_are_short_as_a_rule() -> None:
    lengths = sorted(length(function) for path in SOURCES for function in functions(path))
    assert statistics.median(lengths) <= MEDIAN
    assert lengths[int(0.9 * len(lengths)) - 1] <= NINE_OF_TEN


def test_no_module_is_a_junk_drawer() -> None:
    assert not [short(path) for path in SOURCES if path.stem.strip("_") in JUNK_DRAWERS]


def test_errors_are_never_swallowed_whole() -> None:
    bare = [
        f"{short(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not bare


def test_no_file_names_a_machine_a_registry_or_a_job_left_undone() -> None:
    words = re.compile(rf"\b(?:{'|'.join(FORBIDDEN)})\b")
    machine = re.compile(
        rf"(?<![\w.])(?:{'|'.join(map(re.escape, MACHINE))})"
    )  # a folder `root` of ours is none of them
    found = []
    for path in tracked():
        if path.name == "LICENSE" or b"\0" in (content := path.read_bytes()):
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            named = (*words.findall(line), *machine.findall(line))
            found += [f"{short(path)}:{number} {word}" for word in named]
    assert not found


def test_pins_are_exact_and_plain() -> None:
    pins = (ROOT / "constraints.txt").read_text().split()
    assert pins
    assert not [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)]
