"""A working folder with links, devices, pipes, broken and endless files: only the query of a bad file is affected."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql import catalog
from iamsql.catalog.settings import untrusted_files
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.file.template import template
from tests.check.example_controls import control, make
from tests.tiers import slow_but_every

CANARY = "canary-7f3a"
ALIAS = ("check", "alias", "--fail-on", "none")
GOOD = "-- title: T\n"
OK = "select 'arn:aws:::111111111111' as resource, 'ok' as status, 'r' as reason, '111111111111' as account_id, 'global' as region"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a run, two controls and a benchmark, which replace the shipped ones."""
    template()  # with the queries that are shipped, for the tests that come later
    shipped, work = tmp_path / "shipped", tmp_path / "work"
    work.mkdir()
    make(shipped)
    monkeypatch.setattr("iamsql.catalog.shipped_folder", lambda: shipped / "queries")
    monkeypatch.setenv("IAMSQL_RUNS", str(shipped / "runs"))
    monkeypatch.setenv("CI_TOKEN", CANARY)
    monkeypatch.chdir(work)
    (work / "queries" / "benchmarks").mkdir(parents=True)
    return work


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


@pytest.mark.slow
def test_a_folder_that_changes_nothing_is_not_reported() -> None:
    Path("queries/own.sql").write_text(f"{GOOD}select 1 as n")
    Path("iamsql.toml").write_text("[args.own]\n")
    assert run("check", "first_v1.0").stderr.count("queries/") == 0
    assert run("query", "select 1").stderr == ""


# -- a broken file ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_broken_file_fails_only_the_commands_that_name_it() -> None:
    before = run("check", "first_v1.0")
    Path("queries/bad.sql").write_text("select 1")
    why = "queries/bad.sql:1: no title: a query file must start with '-- title: …'"
    result = run("check", "first_v1.0")
    assert (result.exit_code, result.stdout) == (before.exit_code, before.stdout)
    assert result.stderr == f"{why}. The file queries/bad.sql is skipped.\n{before.stderr}"
    assert run("check", "mfa").stdout
    for command in (("query", "bad"), ("queries", "bad"), ("check", "bad"), ("check", "mfa", "bad")):
        failed = run(*command)
        assert (failed.exit_code, failed.stdout, failed.stderr) == (2, "", f"Error: {why}\n")
    all_queries = run("queries")
    assert (all_queries.exit_code, "alias" in all_queries.stdout, why in all_queries.stderr) == (0, True, True)
    every = run("check", "all")
    assert (every.exit_code, f"Error: {why}" in every.stderr, "First" in every.stdout or "mfa" in every.stdout) == (
        2,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("head", "names", "fails"),
    slow_but_every(
        3,
        [
            ("-- kind: report\n", "all", False),
            ("-- kind: detection\n", "all", False),
            ("-- kind: control\n", "all", True),
            ("-- kind: contrl\n", "all", True),
            ("-- kind: control\n-- tags: first\n", "first", True),
            ("-- kind: control\n-- tags: other\n", "first", False),
        ],
    ),
)
def test_a_broken_control_fails_the_checks_that_may_include_it(head: str, names: str, fails: bool) -> None:
    Path("queries/bad.sql").write_text(f"{GOOD}{head}-- nonsense: 1\nselect 1")
    result = run("check", names, "--fail-on", "none")
    assert (result.exit_code == 2, "Error: queries/bad.sql" in result.stderr) == (fails, fails)
    assert "queries/bad.sql:" in result.stderr and result.stdout


@pytest.mark.slow
def test_a_query_with_a_shipped_name_fails_that_name_and_no_other() -> None:
    control(Path(), "mfa", OK)
    path = Path("queries/theme/mfa.sql")
    for command in (("check", "mfa"), ("query", "mfa"), ("check", "first_v1.0")):
        result = run(*command)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "two files define the query mfa: " in result.stderr and str(path) in result.stderr
    result = run(*ALIAS)
    assert result.exit_code == 0 and "two files define the query mfa" in result.stderr
    every = run("check", "all", "-o", "csv")
    assert every.exit_code == 2 and ",mfa," not in every.stdout and ",alias," in every.stdout


@pytest.mark.slow
def test_a_broken_benchmark_and_one_with_a_shipped_name_are_errors() -> None:
    Path("queries/benchmarks/bad.toml").write_text("x = ")
    Path("queries/benchmarks/first_v1.0.toml").write_text(
        "title = 'Mine'\n[[section]]\ntitle = 's'\ncontrol = [{control = 'alias'}]\n"
    )
    result = run(*ALIAS)
    assert result.exit_code == 0 and "queries/benchmarks/bad.toml: " in result.stderr
    assert "queries/benchmarks/bad.toml" in run("check", "bad").stderr
    twice = run("check", "first_v1.0")
    assert (twice.exit_code, twice.stdout) == (2, "") and "two files define the benchmark first_v1.0" in twice.stderr
    assert run("check", "--list").exit_code == 0


@pytest.mark.slow
def test_settings_of_a_broken_query_are_ignored() -> None:
    Path("queries/bad.sql").write_text("select 1")
    Path("iamsql.toml").write_text("[args.bad]\nx = 1\n")
    assert run(*ALIAS).exit_code == 0


# -- links, and files that are not regular ---------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs procfs")
@pytest.mark.parametrize("target", ["/proc/self/environ", "/proc/self/../self/environ", "/proc/1/cmdline"])
def test_a_query_file_is_not_read_from_procfs(target: str) -> None:
    Path("queries/x.sql").symlink_to(target)
    for text in ("queries/x.sql", "./queries/x.sql", "x"):
        result = run("query", text)
        assert result.exit_code == 2 and CANARY not in result.output
    assert "is a link that leads out of queries: not read." in run("query", "x").stderr
    assert "not a regular file, or it is a file of /proc" in run("query", "queries/x.sql").stderr


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs procfs")
def test_procfs_is_recognized_wherever_it_is_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_files, "PSEUDO_FILE_PATTERN", re.compile("no path"))
    assert untrusted_files.read_text(Path("/proc/self/environ")) == ""


def test_links_inside_the_folder_are_followed() -> None:
    outside = Path("../outside")
    (outside / "deep").mkdir(parents=True)
    for folder in (outside, outside / "deep"):
        (folder / "theirs.sql").write_text(f"{GOOD}select 1 as n")
    Path("queries/own.sql").write_text(f"{GOOD}select 2 as n")
    Path("queries/other.sql").symlink_to("own.sql")
    Path("queries/theirs.sql").symlink_to("../../outside/theirs.sql")
    Path("queries/deep").symlink_to("../../outside/deep")
    Path("queries/loop.sql").symlink_to("loop.sql")
    result = run("queries", "--kind", "report", "-o", "csv")
    assert "own" in result.stdout or "other" in result.stdout
    assert "theirs" not in result.stdout
    for name in ("theirs.sql", "deep"):
        assert f"queries/{name} is a link that leads out of queries: not read." in result.stderr
    assert "cannot read queries/loop.sql" in result.stderr
    assert run("query", "queries/theirs.sql", "-o", "csv").stdout.split() == ["n", "1"]  # which the user typed


@pytest.mark.slow
def test_a_folder_that_links_outside_is_not_read() -> None:
    Path("../other").mkdir()
    Path("../other/theirs.sql").write_text(f"{GOOD}select 1 as n")
    Path("queries/benchmarks").rmdir()
    Path("queries").rmdir()
    Path("queries").symlink_to("/")
    result = run(*ALIAS)
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "queries is a link that leads out of the working folder: not read. Give the path of the folder itself: --queries DIR.\n"
    )
    assert "leads out of the working folder" in run("query", "theirs").stderr
    Path("queries").unlink()
    Path("queries").symlink_to("../other")
    assert run("query", "theirs").exit_code == 2
    by_option = run("query", "theirs", "--queries", "../other", "-o", "csv")
    assert (by_option.stdout.split(), by_option.stderr) == (["n", "1"], "")
    Path("queries").unlink()
    Path("mine").mkdir()
    Path("mine/own.sql").write_text(f"{GOOD}select 2 as n")
    Path("queries").symlink_to("mine")
    assert run("query", "own", "-o", "csv").stdout.split() == ["n", "2"]


@pytest.mark.slow
def test_a_benchmark_folder_that_links_outside_is_not_read() -> None:
    Path("queries/benchmarks").rmdir()
    Path("queries/benchmarks").symlink_to("../..")
    result = run(*ALIAS)
    assert (
        result.exit_code == 0 and "queries/benchmarks is a link that leads out of queries: not read." in result.stderr
    )


@pytest.mark.slow
def test_a_cycle_of_links_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_files, "MAX_ENTRIES", 50)
    deep = Path("queries", *["d"] * 60)
    deep.mkdir(parents=True)
    assert "queries has more than 50 entries: not read." in run(*ALIAS).stderr
    for number in range(60):
        Path(f"queries/.{number}").touch()
    assert run(*ALIAS).exit_code == 0
    assert "more than 50 entries" in run("query", "own").stderr


@pytest.mark.parametrize(
    "create",
    [
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.write_bytes(b"-" * (untrusted_files.MAX_FILE_BYTES + 1)),
    ],
    ids=["pipe", "device", "large"],
)
@pytest.mark.parametrize("name", ["queries/x.sql", "queries/benchmarks/x.toml", "iamsql.toml", "m.csv"])
def test_a_file_that_is_not_text_or_too_large_is_an_error(create: Callable[[Path], None], name: str) -> None:
    create(Path(name))
    commands = {"queries/x.sql": ("query", name), "m.csv": ("check", "alias", "--mutes", name)}
    result = run(*commands.get(name, ("check", "x")))
    assert (result.exit_code, result.stdout) == (2, "")
    assert name in result.stderr and len(result.stderr) < 400


@pytest.mark.slow
def test_settings_that_link_outside_the_folder_are_an_error() -> None:
    Path("../theirs.toml").write_text("[args.alias]\nwant = 'y'\n")
    Path("iamsql.toml").symlink_to("../theirs.toml")
    for command in (("check", "alias"), ("query", "alias")):
        result = run(*command)
        assert (
            result.exit_code == 2 and "./iamsql.toml is a link that leads out of the working folder." in result.stderr
        )
    assert run("check", "alias", "--config", "iamsql.toml", "--fail-on", "none").exit_code == 0
    # The file could also choose the runs folder, so each command refuses it.
    assert run("query", "select 1").exit_code == 2
    assert run("query", "select 1", "--config", "/dev/null").exit_code == 0


@pytest.mark.parametrize(
    "text",
    slow_but_every(
        3,
        [
            "x = " + "[" * 50_000,
            "x = " + "{a=" * 50_000,
            "section = " + "[{title='t',section=" * 400 + "[]" + "}]" * 400,
            "x" + ".a" * 500_000 + " = 1",
            f"title = {'9' * 5000}",
            f"title = [{'1,' * 50_000}]",
            "\x00",
        ],
    ),
    ids=["arrays", "tables", "sections", "dots", "number", "long", "nul"],
)
def test_toml_that_its_parser_fails_on_is_an_error(text: str) -> None:
    Path("queries/benchmarks/x.toml").write_text(text)
    Path("queries/more.toml").write_text(text)
    for command in (
        ("check", "x"),
        ("check", "alias", "--config", "queries/more.toml"),
        ("check", "alias", "--mutes", "queries/more.toml"),
    ):
        result = run(*command)
        assert (result.exit_code, result.stdout) == (2, "") and len(result.stderr) < 600, result.stderr[:300]
        assert isinstance(result.exception, SystemExit)
    assert run(*ALIAS).exit_code == 0


@pytest.mark.slow
def test_a_file_descriptor_of_the_user_may_be_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"[args.alias]\nwant = 'y'\n")
    os.close(writing)
    result = run("check", "alias", "--config", f"/dev/fd/{reading}", "-o", "csv", "--fail-on", "none")
    os.close(reading)
    assert result.exit_code == 0 and "Wanted y." in result.stdout
    Path("iamsql.toml").write_text("[args.alias]\nwant = 'z'\n")
    assert "Wanted x." in run("check", "alias", "--config", "/dev/null", "-o", "csv").stdout


@pytest.mark.slow
def test_names_from_the_folder_do_not_control_the_terminal() -> None:
    Path("queries/a\x1b[2J.sql").write_text("select 1")
    Path("queries/b\x1b[2J.sql").symlink_to("/etc/hostname")
    result = run(*ALIAS)
    assert result.exit_code == 0 and "\x1b" not in result.stderr and "leads out" in result.stderr


def test_shipped_files_may_be_links() -> None:
    folder = catalog.shipped_folder()
    real = folder / "theme" / "alias.sql"
    real.rename(folder.parent / "alias.sql")
    real.symlink_to(folder.parent / "alias.sql")
    assert catalog.load_query([folder], "alias").shipped
    with pytest.raises(IamsqlError, match="no query named"):
        catalog.load_query([Path("queries")], "alias")
