"""The check tree on a terminal: its text at several widths, its colors, and the order and number of its controls.

`make expected` writes the expected trees. Read every line that changes.
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.check.controls import run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import ControlRef, load_catalog
from iamsql.check.terminal_tree import TreeOutcome, format_trees, tree_outcome
from iamsql.check.tree import Branch, Finding, collect_trees
from iamsql.check.tree_order import arrange_tree
from iamsql.model import Query
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import display_width
from tests.check.example_controls import benchmark, control, make, run
from tests.conftest import sample_run

EXPECTED = Path(__file__).parent / "terminal"
WIDTHS = (80, 120, 200)
LARGEST = 160  # a wider terminal has lines of this width
TWICE = """
title = "A control that stands twice"
[[section]]
id = "2"
title = "Second"
[[section.control]]
id = "2.10"
control = "alias"
title = "Accounts have the alias y"
args = { want = "y" }
[[section.control]]
id = "2.9"
control = "mfa"
title = "Everyone has MFA"
[[section]]
id = "1"
title = "First"
[[section.control]]
control = "broken"
[[section.control]]
id = "1.2"
control = "mfa"
title = "Everyone has MFA"
[[section.control]]
id = "1.1"
control = "mfa"
title = "Everyone has MFA"
[[section.section]]
title = "Without a number"
[[section.section.control]]
control = "alias"
title = "Accounts have the alias y, also in a section below that has a title that no terminal of 80 columns has room for"
args = { want = "y" }
"""
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def trees(run_file: Path, name: str, widths: tuple[int, ...] = WIDTHS) -> dict[int, str]:
    """Evaluate a benchmark once; return its tree at each width."""
    with run_controls(load_catalog(), [name], Evaluation(str(run_file), run_file.parent)) as control_run:
        branches = [arrange_tree(tree) for tree in collect_trees(control_run, 10)]
        return {width: format_trees(branches, tree_outcome(control_run), Style(width)) for width in widths}


def expected(name: str, width: int) -> Path:
    """Return the file of an expected tree."""
    return EXPECTED / f"{name}.{width}.txt"


def require_expected(name: str, text_of_tree: dict[int, str]) -> None:
    """Compare trees with the expected files, and their lines with the width of the terminal."""
    for width, tree in text_of_tree.items():
        assert tree == expected(name, width).read_text(), (name, width)
        assert max(map(display_width, tree.splitlines())) <= min(width, LARGEST)


@pytest.mark.slow
def test_the_tree_of_a_shipped_benchmark() -> None:
    require_expected("cis_v7.0", trees(sample_run(), "cis_v7.0"))


def twice(folder: Path) -> Path:
    """Write a benchmark with a control that stands twice, one that fails, and names of many columns and characters."""
    name = "=1+1\x1b[2J\u202e\n" + "漢字" * 20
    users = f"insert into people values ('111111111111', '{name}', false), ('222222222222', 'e\u0301va', false)"
    run_file = make(folder, statements=(users, "update iamsql.accounts set name = 'a name of an account, ' || name"))
    control(folder, "broken", "select 1 / 0 as nothing from no_such_table")
    benchmark(folder, "twice", TWICE)
    return run_file


@pytest.mark.slow
def test_a_control_that_stands_twice(folder: Path) -> None:
    require_expected("twice", trees(twice(folder), "twice"))


def test_the_first_head_has_the_total(folder: Path) -> None:
    tree = trees(twice(folder), "twice", (100,))[100]
    head = next(line for line in tree.splitlines() if line.startswith("+ "))
    total = next(line for line in tree.splitlines() if line.startswith("TOTAL"))
    assert re.findall(r"\d+", head)[-1] == re.findall(r"\d+", total)[0]


@pytest.mark.slow
def test_a_control_whose_results_a_condition_limits_to_a_section_is_not_the_same(folder: Path) -> None:
    twice(folder)
    result = run("twice", "--color", "always", "--where", "id = '1.2' and status = 'alarm'")
    tree = ANSI.sub("", result.stdout)
    assert re.search(r"1\.1 Everyone has MFA .* 0 / 0 ", tree) and re.search(r"1\.2 Everyone has MFA .* 4 / 4 ", tree)
    assert re.search(r"2\.9 Everyone has MFA .* same results as 1\.1", tree)
    assert re.search(r"\+ A control that stands twice .* 4 / 4 ", tree) and "TOTAL .... 4" in tree


@pytest.mark.slow
def test_a_pipe_has_the_tree_of_a_file_unless_color_is_always(folder: Path) -> None:
    twice(folder)
    plain = run("twice").stdout
    run("twice", "--export", "tree.txt")
    assert plain == Path("tree.txt").read_text() and "Counts:" not in plain and "\x1b" not in plain
    assert plain.count("Everyone has MFA [mfa] (high)") == 3
    colored = run("twice", "--color", "always").stdout
    assert colored.startswith("\x1b[2mCounts:") and "\x1b[31mALARM: \x1b[0m" in colored
    assert "\x1b[35mERROR: \x1b[0m" in colored and "\x1b[36mlow\x1b[0m" in colored
    assert not re.search("\x1b(?!\\[[0-9;]*m)", colored) and "\u202e" not in colored


@pytest.mark.slow
def test_color_changes_no_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_file = twice(folder)
    monkeypatch.setenv("COLUMNS", "100")
    assert ANSI.sub("", run("twice", "--color", "always").stdout) == trees(run_file, "twice", (100,))[100]


@pytest.mark.slow
def test_wide_shortens_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice(folder)
    monkeypatch.setenv("COLUMNS", "60")
    narrow, wide = (ANSI.sub("", run("twice", "--color", "always", *wide).stdout) for wide in ((), ("--wide",)))
    full_title = "Accounts have the alias y, also in a section below that has a title that no terminal of 80 columns has room for"
    assert full_title in wide and full_title not in narrow
    assert "漢字" * 20 in wide and "漢字" * 20 not in narrow and "…" not in wide


@pytest.mark.slow
def test_alarms_without_severity_are_counted(folder: Path) -> None:
    make(folder)
    control(
        folder,
        "alias",
        (folder / "queries/theme/alias.sql").read_text().partition("\n\n")[2],
        param="want text = 'y' # W",
    )
    assert "1 without severity" in ANSI.sub("", run("alias", "--color", "always").stdout)


@pytest.mark.slow
def test_brief_has_no_findings_and_no_commands(folder: Path) -> None:
    twice(folder)
    tree = ANSI.sub("", run("twice", "--color", "always", "-o", "brief").stdout)
    assert "ALARM:" not in tree and "more:" not in tree and "FAILED" in tree and "TOTAL" in tree


@pytest.mark.slow
def test_commands_are_copied_from_the_tree_as_they_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(folder)
    path = control(folder, "mfa", (folder / "queries/theme/mfa.sql").read_text().partition("\n\n")[2])
    fix = "printf '%s\\n' --user-name {user_name} 'a text with \"quotes\" and  spaces' --serial-number SERIAL_NUMBER"
    path.write_text(
        path.read_text().replace(
            "\n\n", f"\n-- remediation: # The user's own device: look first\n-- remediation: {fix}\n\n", 1
        )
    )
    monkeypatch.setenv("COLUMNS", "60")
    tree = ANSI.sub("", run("mfa", "--fix", "--color", "always").stdout)
    lines = tree.splitlines()
    start = next(index for index, line in enumerate(lines) if line.lstrip().startswith("printf"))
    command = "\n".join(lines[start : start + 3])
    assert command.count("\\\n") == 2
    shell_lines = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.splitlines()
    assert shell_lines == ["--user-name", "bo", 'a text with "quotes" and  spaces', "--serial-number", "SERIAL_NUMBER"]
    assert "# The user's own device: look first" in [line.strip() for line in lines]


@pytest.mark.slow
def test_on_a_terminal_the_tree_has_its_width(folder: Path) -> None:
    pty = pytest.importorskip("pty", reason="no terminals of this kind here")
    twice(folder)
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 72, 0, 0))
    env = {**os.environ, "TERM": "xterm", "PAGER": "cat", "PYTHONPATH": str(Path(__file__).parents[2])}
    env.pop("COLUMNS", None)
    command = [sys.executable, "-m", "iamsql", "check", "mfa", "-q"]
    with subprocess.Popen(command, stdout=there, stderr=there, stdin=there, env=env, cwd=folder):
        os.close(there)
        output = "".join(_read(here))
    lines = ANSI.sub("", output).splitlines()
    assert lines[0].startswith("Counts: ") and lines[-2:] != [] and "\x1b[2m" in output
    heads = [line for line in lines if "/" in line and line.endswith("]")]
    assert heads and {len(line) for line in heads} == {72}


def _read(terminal: int) -> Iterator[str]:
    try:
        while output := os.read(terminal, 65536):
            yield output.decode()
    except OSError:  # Linux reports the end of the other side as an error
        return
    finally:
        os.close(terminal)


WORDS = st.text(max_size=90)
LEVELS = st.sampled_from(("critical", "info", ""))
COUNTS = st.dictionaries(st.sampled_from(("alarm", "error", "muted", "info", "skip", "ok")), st.integers(0, 9_000_000))
FINDINGS = st.builds(
    Finding,
    st.sampled_from(("alarm", "error")), WORDS, st.sampled_from(("123456789012", "")), st.none() | WORDS,
    st.sampled_from(("global", "eu-west-1")), WORDS | st.just("arn:aws:iam::123456789012:user/machines/build.server"),
    st.none() | WORDS, st.integers(1, 300), st.lists(WORDS, max_size=3), st.none(),
)  # fmt: skip
QUERIES = st.builds(Query, st.from_regex("[a-z_]{1,60}", fullmatch=True), st.just(""), st.just(""), severity=LEVELS)
CONTROLS = st.builds(ControlRef, st.just("b"), st.just(()), WORDS, WORDS, QUERIES, st.just({}))


def leaf(control: ControlRef, counts: dict[str, int], findings: list[Finding], failure: str) -> Branch:
    """Return a control with findings."""
    return Branch(control.title, control.id, control.query.name, control, Counter(counts), failure, findings)


LEAVES = st.builds(leaf, CONTROLS, COUNTS, st.lists(FINDINGS, max_size=3), st.just("") | WORDS)
BRANCHES = st.recursive(
    LEAVES, lambda inner: st.builds(Branch, WORDS, WORDS, branches=st.lists(inner, max_size=3)), max_leaves=4
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(BRANCHES, st.integers(1, 200))
def test_no_line_is_wider_than_the_terminal(branch: Branch, width: int) -> None:
    tree = format_trees(
        [arrange_tree(Branch("A benchmark", branches=[branch]))], TreeOutcome(Counter(), (), False), Style(width)
    )
    assert max(map(display_width, tree.splitlines())) <= max(60, min(width, LARGEST))
    assert all(line.isprintable() for line in tree.split("\n"))


def write_expected() -> None:
    """Write the expected trees."""
    EXPECTED.mkdir(exist_ok=True)
    written = {"cis_v7.0": trees(sample_run(), "cis_v7.0")}
    with TemporaryDirectory() as folder, chdir(folder), patch("iamsql.catalog.shipped_folder", lambda: Path("none")):
        Path("none").mkdir()
        written["twice"] = trees(twice(Path(folder)), "twice")
    for name, text_of_tree in written.items():
        for width, tree in text_of_tree.items():
            expected(name, width).write_text(tree)


if __name__ == "__main__":
    write_expected()
