"""A working folder that somebody else filled: links, devices, pipes, broken and endless files cost at most their own name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql import catalog
from iamsql.catalog import untrusted_files
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runfile.template import template
from tests.verdicts import control, make

CANARY = "canary-7f3a"
ALIAS = ("check", "alias", "--fail-on", "none")
GOOD = "-- title: T\n"
OK = "select 'arn:aws:::111111111111' as resource, 'ok' as status, 'r' as reason, '111111111111' as account_id, 'global' as region"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a run beside two controls and a benchmark, which take the place of the shipped ones."""
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


def test_the_folder_is_read_without_a_word_where_it_adds_nothing() -> None:
    Path("queries/own.sql").write_text(f"{GOOD}select 1 as n")
    Path("iamsql.toml").write_text("[args.own]\n")
    assert run("check", "first_v1.0").stderr.count("queries/") == 0
    assert run("query", "select 1").stderr == ""


# -- a broken file ----------------------------------------------------------------------------------------------------------


def test_a_broken_file_fails_what_needs_it_alone() -> None:
    whole = run("check", "first_v1.0")
    Path("queries/bad.sql").write_text("select 1")
    why = "queries/bad.sql:1: no title: a query file must start with '-- title: …'"
    done = run("check", "first_v1.0")
    assert (done.exit_code, done.stdout) == (whole.exit_code, whole.stdout)
    assert done.stderr == f"{why}. The file queries/bad.sql is skipped.\n{whole.stderr}"
    assert run("check", "mfa").stdout
    for asked in (("query", "bad"), ("queries", "bad"), ("check", "bad"), ("check", "mfa", "bad")):
        failed = run(*asked)
        assert (failed.exit_code, failed.stdout, failed.stderr) == (2, "", f"Error: {why}\n")
    listed = run("queries")
    assert (listed.exit_code, "alias" in listed.stdout, why in listed.stderr) == (0, True, True)
    every = run("check", "all")
    assert (every.exit_code, f"Error: {why}" in every.stderr, "First" in every.stdout or "mfa" in every.stdout) == (
        2,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("head", "names", "fails"),
    [
        ("-- kind: report\n", "all", False),
        ("-- kind: detection\n", "all", False),
        ("-- kind: control\n", "all", True),
        ("-- kind: contrl\n", "all", True),
        ("-- kind: control\n-- tags: first\n", "first", True),
        ("-- kind: control\n-- tags: other\n", "first", False),
    ],
)
def test_everything_needs_a_broken_control(head: str, names: str, fails: bool) -> None:
    Path("queries/bad.sql").write_text(f"{GOOD}{head}-- nonsense: 1\nselect 1")
    done = run("check", names, "--fail-on", "none")
    assert (done.exit_code == 2, "Error: queries/bad.sql" in done.stderr) == (fails, fails)
    assert "queries/bad.sql:" in done.stderr and done.stdout


def test_a_query_of_a_shipped_name_takes_no_place_and_fails_that_name_alone() -> None:
    control(Path(), "mfa", OK)
    path = Path("queries/theme/mfa.sql")
    for asked in (("check", "mfa"), ("query", "mfa"), ("check", "first_v1.0")):
        done = run(*asked)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "two files define the query mfa: " in done.stderr and str(path) in done.stderr
    done = run(*ALIAS)
    assert done.exit_code == 0 and "two files define the query mfa" in done.stderr
    every = run("check", "all", "-o", "csv")
    assert every.exit_code == 2 and ",mfa," not in every.stdout and ",alias," in every.stdout


def test_a_broken_benchmark_and_one_of_a_shipped_name() -> None:
    Path("queries/benchmarks/bad.toml").write_text("x = ")
    Path("queries/benchmarks/first_v1.0.toml").write_text(
        "title = 'Mine'\n[[section]]\ntitle = 's'\ncontrol = [{control = 'alias'}]\n"
    )
    done = run(*ALIAS)
    assert done.exit_code == 0 and "queries/benchmarks/bad.toml: " in done.stderr
    assert "queries/benchmarks/bad.toml" in run("check", "bad").stderr
    twice = run("check", "first_v1.0")
    assert (twice.exit_code, twice.stdout) == (2, "") and "two files define the benchmark first_v1.0" in twice.stderr
    assert run("check", "--list").exit_code == 0


def test_settings_for_a_broken_query_are_for_nothing() -> None:
    Path("queries/bad.sql").write_text("select 1")
    Path("iamsql.toml").write_text("[args.bad]\nx = 1\n")
    assert run(*ALIAS).exit_code == 0


# -- links and files that are none ------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs procfs")
@pytest.mark.parametrize("target", ["/proc/self/environ", "/proc/self/../self/environ", "/proc/1/cmdline"])
def test_a_query_is_no_file_of_proc(target: str) -> None:
    Path("queries/x.sql").symlink_to(target)
    for text in ("queries/x.sql", "./queries/x.sql", "x"):
        done = run("query", text)
        assert done.exit_code == 2 and CANARY not in done.output
    assert "is a link that leads out of queries: not read." in run("query", "x").stderr
    assert "not a regular file, or it is a file of /proc" in run("query", "queries/x.sql").stderr


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs procfs")
def test_a_file_of_procfs_is_empty_wherever_that_is_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_files, "PSEUDO", re.compile("no path"))
    assert untrusted_files.read_text(Path("/proc/self/environ")) == ""


def test_links_in_the_folder() -> None:
    outside = Path("../outside")
    (outside / "deep").mkdir(parents=True)
    for folder in (outside, outside / "deep"):
        (folder / "theirs.sql").write_text(f"{GOOD}select 1 as n")
    Path("queries/own.sql").write_text(f"{GOOD}select 2 as n")
    Path("queries/other.sql").symlink_to("own.sql")
    Path("queries/theirs.sql").symlink_to("../../outside/theirs.sql")
    Path("queries/deep").symlink_to("../../outside/deep")
    Path("queries/loop.sql").symlink_to("loop.sql")
    listed = run("queries", "--kind", "report", "-o", "csv")
    assert "own" in listed.stdout or "other" in listed.stdout
    assert "theirs" not in listed.stdout
    for name in ("theirs.sql", "deep"):
        assert f"queries/{name} is a link that leads out of queries: not read." in listed.stderr
    assert "cannot read queries/loop.sql" in listed.stderr
    assert run("query", "queries/theirs.sql", "-o", "csv").stdout.split() == ["n", "1"]  # which the user typed


def test_a_folder_that_is_a_link_out_is_not_walked() -> None:
    Path("../other").mkdir()
    Path("../other/theirs.sql").write_text(f"{GOOD}select 1 as n")
    Path("queries/benchmarks").rmdir()
    Path("queries").rmdir()
    Path("queries").symlink_to("/")
    done = run(*ALIAS)
    assert done.exit_code == 0
    assert done.stderr.startswith(
        "queries is a link that leads out of the working folder: not read. Give the path of the folder itself: --queries DIR.\n"
    )
    assert "leads out of the working folder" in run("query", "theirs").stderr
    Path("queries").unlink()
    Path("queries").symlink_to("../other")
    assert run("query", "theirs").exit_code == 2
    named = run("query", "theirs", "--queries", "../other", "-o", "csv")
    assert (named.stdout.split(), named.stderr) == (["n", "1"], "")
    Path("queries").unlink()
    Path("mine").mkdir()
    Path("mine/own.sql").write_text(f"{GOOD}select 2 as n")
    Path("queries").symlink_to("mine")
    assert run("query", "own", "-o", "csv").stdout.split() == ["n", "2"]


def test_a_folder_of_benchmarks_that_is_a_link_out_is_not_read() -> None:
    Path("queries/benchmarks").rmdir()
    Path("queries/benchmarks").symlink_to("../..")
    done = run(*ALIAS)
    assert done.exit_code == 0 and "queries/benchmarks is a link that leads out of queries: not read." in done.stderr


def test_a_walk_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_files, "MAX_ENTRIES", 50)
    deep = Path("queries", *["d"] * 60)
    deep.mkdir(parents=True)
    assert "queries has more than 50 entries: not read." in run(*ALIAS).stderr
    for number in range(60):
        Path(f"queries/.{number}").touch()
    assert run(*ALIAS).exit_code == 0
    assert "more than 50 entries" in run("query", "own").stderr


@pytest.mark.parametrize(
    "put",
    [
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.write_bytes(b"-" * (untrusted_files.MAX_BYTES + 1)),
    ],
    ids=["pipe", "device", "large"],
)
@pytest.mark.parametrize("name", ["queries/x.sql", "queries/benchmarks/x.toml", "iamsql.toml", "m.csv"])
def test_what_is_no_text_of_a_bounded_size_is_refused(put: Callable[[Path], None], name: str) -> None:
    put(Path(name))
    asked = {"queries/x.sql": ("query", name), "m.csv": ("check", "alias", "--mutes", name)}
    done = run(*asked.get(name, ("check", "x")))
    assert (done.exit_code, done.stdout) == (2, "")
    assert name in done.stderr and len(done.stderr) < 400


def test_iamsql_toml_is_no_link_out_of_the_folder() -> None:
    Path("../theirs.toml").write_text("[args.alias]\nwant = 'y'\n")
    Path("iamsql.toml").symlink_to("../theirs.toml")
    for asked in (("check", "alias"), ("query", "alias")):
        done = run(*asked)
        assert done.exit_code == 2 and "./iamsql.toml is a link that leads out of the working folder." in done.stderr
    assert run("check", "alias", "--config", "iamsql.toml", "--fail-on", "none").exit_code == 0
    assert run("query", "select 1").exit_code == 0


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 50_000,
        "x = " + "{a=" * 50_000,
        "section = " + "[{title='t',section=" * 400 + "[]" + "}]" * 400,
        "x" + ".a" * 500_000 + " = 1",
        f"title = {'9' * 5000}",
        f"title = [{'1,' * 50_000}]",
        "\x00",
    ],
    ids=["arrays", "tables", "sections", "dots", "number", "long", "nul"],
)
def test_toml_that_breaks_its_reader_is_a_line(text: str) -> None:
    Path("queries/benchmarks/x.toml").write_text(text)
    Path("queries/more.toml").write_text(text)
    for asked in (
        ("check", "x"),
        ("check", "alias", "--config", "queries/more.toml"),
        ("check", "alias", "--mutes", "queries/more.toml"),
    ):
        done = run(*asked)
        assert (done.exit_code, done.stdout) == (2, "") and len(done.stderr) < 600, done.stderr[:300]
        assert isinstance(done.exception, SystemExit)
    assert run(*ALIAS).exit_code == 0


def test_a_descriptor_that_the_user_passes_may_be_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"[args.alias]\nwant = 'y'\n")
    os.close(writing)
    done = run("check", "alias", "--config", f"/dev/fd/{reading}", "-o", "csv", "--fail-on", "none")
    os.close(reading)
    assert done.exit_code == 0 and "Wanted y." in done.stdout
    Path("iamsql.toml").write_text("[args.alias]\nwant = 'z'\n")
    assert "Wanted x." in run("check", "alias", "--config", "/dev/null", "-o", "csv").stdout


def test_names_from_the_folder_cannot_steer_the_terminal() -> None:
    Path("queries/a\x1b[2J.sql").write_text("select 1")
    Path("queries/b\x1b[2J.sql").symlink_to("/etc/hostname")
    done = run(*ALIAS)
    assert done.exit_code == 0 and "\x1b" not in done.stderr and "leads out" in done.stderr


def test_shipped_files_may_be_links() -> None:
    folder = catalog.shipped_folder()
    real = folder / "theme" / "alias.sql"
    real.rename(folder.parent / "alias.sql")
    real.symlink_to(folder.parent / "alias.sql")
    assert catalog.load_one([folder], "alias").shipped
    with pytest.raises(IamsqlError, match="no query named"):
        catalog.load_one([Path("queries")], "alias")
