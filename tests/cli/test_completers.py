"""The shell completes commands, options and values; names that a shell would interpret are not offered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem, ShellComplete

from iamsql.cli import COMMANDS, main
from iamsql.cli.aws_profiles import profile_names
from tests.cli.commands import RUN
from tests.minimal_run import GAPS, make_run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    make_run(tmp_path / "runs" / f"{RUN}.duckdb", GAPS)
    return tmp_path


def items(*words: str) -> list[CompletionItem[str]]:
    """Return the completions of the last word."""
    shell = ShellComplete(main, {}, "iamsql", "_IAMSQL_COMPLETE")
    return shell.get_completions(list(words[:-1]), words[-1])


def values(*words: str) -> list[str]:
    """Return the values of the completions of the last word."""
    return [item.value for item in items(*words)]


def test_commands_are_completed_with_their_summaries_without_loading_them() -> None:
    assert values("") == sorted(COMMANDS)
    assert [(item.value, item.help) for item in items("exp")] == [("export", COMMANDS["export"][1])]
    code = """
import sys
from click.shell_completion import ShellComplete
from iamsql.cli import main
ShellComplete(main, {}, "iamsql", "_IAMSQL_COMPLETE").get_completions([], "")
print([name for name in ("boto3", "duckdb", "iamsql.cli.sync", "iamsql.cli.query") if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("runs", ""), "list show verify prune"),
        (("--log",), "--log-file --log-format"),
        (("role", "--ext"), "--external-id"),
        (("query", "stale"), "stale_keys"),
        (("queries", "stale"), "stale_keys"),
        (("diff", "--query", "stale"), "stale_keys"),
        (("tables", "aws_iam_us"), "aws_iam_user"),
        (("sync", "--table", "aws_iam_us"), "aws_iam_user"),
        (("sync", "--table", "al"), "all"),
        (("export", "out", "--table", "aws_reg"), "aws_region"),
        (("check", "cis_v7"), "cis_v7.0"),
        (("check", "root_m"), "root_mfa root_member_credentials"),
        (("check", "detec"), "detections"),
        (("check", "key_added_to"), ""),
        (("check", "access_denied"), "access_denied_burst"),
        (("check", "access-k"), "access-keys"),
        (("check", "cis_v7.0:2.5"), "cis_v7.0:2.5"),
        (("diff", "--check", "cis_v7"), "cis_v7.0"),
        (("report", "x.html", "--benchmark", "cis_v7"), "cis_v7.0"),
        (("sync", "--for", "cis_v7"), "cis_v7.0"),
        (("sync", "--for", "stale"), "stale_keys"),
        (("query", "x", "--run", ""), f"latest previous {RUN}"),
        (("runs", "show", "2"), RUN),
        (("runs", "verify", "2"), RUN),
        (("diff", "2"), RUN),
        (("diff", RUN, "l"), "latest"),
        (("report", "x.html", "--since", "p"), "previous"),
        (("query", "-o", "j"), "json jsonl"),
        (("check", "-o", "sa"), "sarif"),
        (("diff", "--only", "user"), "user"),
        (("diff", "--change", "gon"), "gone"),
        (("sync", "--region", "eu-central-"), "eu-central-1 eu-central-2"),
        (("sync", "--event", ""), "all-writes none"),
        (("check", "--severity", "cri"), "critical"),
        (("--log-format", "j"), "json"),
        (("completion", "z"), "zsh"),
        (("nonsense", "x"), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_word_is_completed(words: tuple[str, ...], expected: str) -> None:
    completed, expected_words = {*values(*words)}, {*expected.split()}
    assert expected_words <= completed if words[-1] == "" else expected_words == completed


def test_the_runs_of_another_folder_are_completed(folder: Path) -> None:
    make_run(folder / "other" / "20260401T100000Z-o-2.duckdb", GAPS)
    assert values("query", "--runs", "other", "--run", "2") == ["20260401T100000Z-o-2"]


def test_folders_and_files_are_left_to_the_shell() -> None:
    for words in (("query", "--runs", "x"), ("query", "--queries", "x")):
        assert [(item.type, item.value) for item in items(*words)] == [("dir", "x")]
    for words in (("query", "queries/x"), ("query", "--export", "x"), ("--log-file", "x")):
        assert [item.type for item in items(*words)] == ["file"]


def test_own_queries_controls_and_benchmarks_are_completed(folder: Path) -> None:
    (folder / "queries" / "benchmarks").mkdir(parents=True)
    (folder / "queries" / "mine.sql").write_text("-- title: My own\n-- kind: control\n-- tags: house\nselect 1\n")
    (folder / "queries" / "ours.sql").write_text("-- title: Ours\nselect 1\n")
    (folder / "queries" / "benchmarks" / "house_v1.toml").write_text("title = 'x'\n")
    assert values("check", "mi") == ["mine"] and values("query", "our") == ["ours"]
    assert values("check", "hou") == ["house_v1", "house"]


def test_profiles_come_from_the_files_of_the_aws_cli(folder: Path) -> None:
    (folder / "config").write_text(
        "[default]\nregion = x\n[profile audit]\n[profile 'a b']\n[sso-session corp]\n[services s]\n[audit-like]\n"
    )
    (folder / "credentials").write_text(
        "[legacy]\naws_access_key_id = AKIA\naws_secret_access_key = s3cr3t\n[default]\n"
    )
    assert profile_names() == ["'a b'", "audit", "default", "legacy"]
    assert values("sync", "--profile", "") == ["audit", "default", "legacy"]  # bash would split the other
    (folder / "config").write_bytes(b"[profile \xff]\n")
    assert profile_names() == ["default", "legacy"]
    (folder / "credentials").write_text("no section\n")
    assert profile_names() == []


def test_a_name_that_a_shell_would_interpret_is_not_offered(folder: Path) -> None:
    (folder / "queries").mkdir()
    for name in ("$(touch x)", "a b", "*", "`id`", "a;b", "a\nplain,b", "\x1b[31m", "good"):
        (folder / "queries" / f"zz{name}.sql").write_text("-- title: x\nselect 1\n")
    assert values("query", "zz") == ["zzgood"]


def test_nothing_is_printed_when_names_cannot_be_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "queries").mkdir()
    (folder / "queries" / "bad.sql").write_bytes(b"-- kind: control\n\xff\xfe")
    os.mkfifo(folder / "queries" / "pipe.sql")
    assert "cis_v7.0" in values("check", "cis")
    (folder / "file").write_text("")
    monkeypatch.setenv("IAMSQL_RUNS", str(folder / "file"))
    monkeypatch.setenv("IAMSQL_QUERIES", str(folder / "missing"))
    assert values("runs", "show", "2") == [] and values("query", "stale") == [] and values("check", "x") == []
    assert capfd.readouterr() == ("", "")
