"""Budgets for readable code: short files, short typed functions, a docstring for each module."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest

from iamsql.runs.store import sandbox

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "iamsql").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN, NINE_OF_TEN = 250, 50, 8, 25
MOST_PARAMETERS = 7
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "shared", "base", "misc", "manager"}
BINARIES = {
    "tests/runs/file/earlier_schema/earlier.duckdb.xz": 150_000,
    "docs/images/report.png": 300_000,
}  # most bytes of each
# The words are in two parts, so this file does not match itself.
FORBIDDEN = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "black" + "list", "white" + "list")
MACHINE = ("/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/", "index" + "-url", "find" + "-links", "files.python" + "hosted")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Imports = ast.Import | ast.ImportFrom
IMPORTING = {  # modules that load others by a name: modules of a folder, or of a package that the user names
    "iamsql/query/frames.py",  # pandas or polars
    "iamsql/automation/notify/targets/__init__.py",
    "iamsql/cli/errors.py",  # the commands
    "iamsql/dialect/registry.py",  # the rewrites
    "iamsql/tables/registry.py",
}


def short(path: Path) -> str:
    """Return the path from the root of the repository."""
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text())


@cache
def functions(path: Path) -> list[Function]:
    """Return every function of a file, with nested functions and methods."""
    return [node for node in ast.walk(parsed(path)) if isinstance(node, Function)]


def length(function: Function) -> int:
    """Return the number of lines from `def` to the last."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def untyped(function: Function) -> Iterator[str]:
    """Yield the parameters without a type, and `return` where the return type is missing."""
    spec = function.args
    every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, (spec.vararg, spec.kwarg))]
    yield from (arg.arg for arg in every if arg.annotation is None and arg.arg not in ("self", "cls"))
    if function.returns is None:
        yield "return"


def tracked() -> list[Path]:
    """Return the files that git tracks, and those that the next `git add` would add."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def is_binary(content: bytes) -> bool:
    """Return whether the bytes are not UTF-8 text, or hold a NUL."""
    try:
        return "\0" in content.decode()
    except UnicodeDecodeError:
        return True


def test_an_import_in_a_function_has_a_reason() -> None:
    """`tests/test_loaded_modules.py` checks what each of them saves."""
    lines = [
        (f"{short(path)}:{node.lineno}", path.read_text().splitlines()[node.end_lineno - 1])
        for path in SOURCES
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, Imports)
    ]
    assert len(lines) > 10
    assert [at for at, line in lines if not re.search(r"# noqa: PLC0415 - \S+ .+", line)] == []


def test_modules_are_imported_by_statements() -> None:
    importing = {short(path) for path in SOURCES if re.search(r"\bimport_module\(", path.read_text())}
    assert importing == IMPORTING


def problems(path: Path) -> Iterator[str]:
    """Yield what is too long, lacks a type or has no docstring in a module."""
    if (lines := path.read_text().count("\n")) > LONGEST_FILE:
        yield f"{short(path)} has {lines} lines"
    if not ast.get_docstring(parsed(path)):
        yield f"{short(path)} does not say why it exists"
    for function in functions(path):
        at = f"{short(path)}:{function.lineno} {function.name}"
        if length(function) > LONGEST_FUNCTION:
            yield f"{at} has {length(function)} lines"
        if lacking := list(untyped(function)):
            yield f"{at} leaves untyped: {', '.join(lacking)}"


def test_a_module_is_short_typed_and_has_a_docstring() -> None:
    assert [problem for path in SOURCES for problem in problems(path)] == []


def test_functions_are_short_as_a_rule() -> None:
    lengths = sorted(length(function) for path in SOURCES for function in functions(path))
    assert statistics.median(lengths) <= MEDIAN
    assert lengths[int(0.9 * len(lengths)) - 1] <= NINE_OF_TEN


def test_no_module_has_a_vague_name() -> None:
    assert not [short(path) for path in SOURCES if path.stem.strip("_") in VAGUE_NAMES]


def parameters(function: Function) -> int:
    """Return the number of parameters."""
    spec = function.args
    return len([*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, (spec.vararg, spec.kwarg))])


def test_a_function_has_few_parameters() -> None:
    offenders = {
        f"{short(path)} {function.name}"
        for path in SOURCES
        for function in functions(path)
        if parameters(function) > MOST_PARAMETERS
    }
    assert not offenders


@pytest.mark.slow
def test_no_except_clause_catches_everything() -> None:
    bare = [
        f"{short(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not bare


@pytest.mark.slow
def test_no_file_names_a_machine_a_registry_or_unfinished_work() -> None:
    forbidden = re.compile(rf"\b(?:{'|'.join(FORBIDDEN)})\b")
    machine = re.compile(
        rf"(?<![\w.])(?:{'|'.join(map(re.escape, MACHINE))})"
    )  # a folder named `root` in the repository is allowed
    findings = []
    for path in tracked():
        if path.name == "LICENSE" or is_binary(content := path.read_bytes()):
            continue
        for number, line in enumerate(content.decode().splitlines(), 1):
            matches = (*forbidden.findall(line), *machine.findall(line))
            findings += [f"{short(path)}:{number} {word}" for word in matches]
    assert not findings


def test_the_repository_has_no_binary_files_but_the_listed_ones() -> None:
    sizes = {short(path): path.stat().st_size for path in tracked() if is_binary(path.read_bytes())}
    assert sizes.keys() == BINARIES.keys()
    assert not [name for name, size in sizes.items() if size > BINARIES[name]]


def test_git_ignores_what_duckdb_and_the_tools_write() -> None:
    written = ["run.duckdb", "run.duckdb.partial", ".tmp/duckdb_temp_storage-0.tmp", "build/x", "dist/x", ".venv/x"]
    result = subprocess.run(["git", "check-ignore", *written], cwd=ROOT, capture_output=True, text=True)
    if result.returncode == 128:
        pytest.skip("not a git checkout")
    assert result.stdout.splitlines() == written


def test_a_database_in_memory_does_not_write_to_the_working_folder() -> None:
    with duckdb.connect() as con:
        ((folder,),) = con.execute("select current_setting('temp_directory')").fetchall()
    assert Path(folder).is_absolute()


def test_the_product_writes_temporary_files_only_where_a_caller_says() -> None:
    with sandbox.connect() as con:
        assert con.execute("select current_setting('temp_directory')").fetchall() == [("",)]


def test_pins_are_exact_and_plain() -> None:
    pins = (ROOT / "constraints.txt").read_text().split()
    assert pins
    assert not [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)]
