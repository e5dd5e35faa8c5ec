"""Arguments, conditions, suppressions, settings and names are values, and never SQL."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.runs.store.sandbox_env import CANARY, SandboxFolder, is_refused, make_sandbox_folder, run_command
from tests.tiers import slow_but_every

CONTROL = """-- title: Names
-- kind: control
-- severity: low
-- param: name text = x   # A name
select 'arn:' || name as resource, case when name = $name then 'ok' else 'alarm' end as status, $name as reason,
  account_id, '' as region from aws_iam_user
"""
TEXTS = (
    "'; drop table aws_iam_user; --", "' or 1 = 1 --", "$$", "$name", "{0}", "{{x}}", "%s", "\\", "''", '"', "x\ny", "\x1b[2J",
    "=cmd|' /C calc'!A0", "'||(select content from read_text('{dir}/canary.csv'))||'", "\u202e\u200b\ufeff", "\U0001f600",
    "--", "/*", "*/", ";", "x" * 70_000,
)  # fmt: skip
CONDITIONS = (
    "true); drop table aws_iam_user; --", "true) union all select * from read_text('{dir}/canary.csv') --",
    "(select content from read_text('{dir}/canary.csv')) is not null", "exists (from '{dir}/canary.csv')",
    "true); attach '{dir}/canary.duckdb' as c; select (true", "true; set threads = 1", "1 = 1) /*", "(", ")", "'", '"', "$$", "$x",
    "--",     "status = 'alarm' --'", "reason in (from glob('{dir}/*'))", "getenv('CANARY') is null",
    ";", "\x00", "select 1", "{}", "[", "*",
    "columns(*)", "true) group by all having (true", "error('x') is null", "true) order by sleep_ms(1", "?", "status = ?",
)  # fmt: skip


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SandboxFolder:
    sandbox = make_sandbox_folder(tmp_path)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "names.sql").write_text(CONTROL)
    monkeypatch.chdir(tmp_path)
    return sandbox


def test_arguments_are_values(sandbox: SandboxFolder) -> None:
    before = sandbox.state()
    for text in map(sandbox.spelled, TEXTS):
        result = run_command("query", "select $x as x", "--arg", f"x={text}", "--run", str(sandbox.run), "-o", "jsonl")
        assert (result.exit_code, json.loads(result.stdout)) == (0, {"x": text})
        result = run_command("query", "names", "--arg", f"name={text}", "--run", str(sandbox.run), "-o", "csv")
        rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
        assert result.exit_code == 0 and {row["reason"] for row in rows} == {text}, result.stderr
    assert sandbox.state() == before


@pytest.mark.parametrize(
    "value", ["1; drop table x", "1 or 1=1", "(select 1)", "0x10", "1e400", "nan", "\u0661", "9" * 5000, ""]
)
def test_a_number_is_validated(sandbox: SandboxFolder, value: str) -> None:
    (sandbox.folder / "queries" / "n.sql").write_text(
        "-- title: N\n-- param: n integer = 1  # A number\nselect $n as n"
    )
    assert is_refused(run_command("query", "n", "--arg", f"n={value}", "--run", str(sandbox.run)))


@pytest.mark.parametrize("condition", slow_but_every(12, CONDITIONS))
def test_a_condition_cannot_add_statements(sandbox: SandboxFolder, condition: str) -> None:
    before = sandbox.state()
    result = run_command(
        "check", "names", "--where", sandbox.spelled(condition), "--run", str(sandbox.run), "-o", "jsonl"
    )
    assert CANARY not in result.output and "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert is_refused(result) or (result.exit_code in (0, 1) and all(row["control"] == "names" for row in rows)), (
        result.output
    )
    assert sandbox.state() == before


@pytest.mark.slow
def test_suppressions_are_values(sandbox: SandboxFolder) -> None:
    before = sandbox.state()
    texts = [
        text for text in map(sandbox.spelled, TEXTS) if text.strip() and "\n" not in text and not text.endswith(".")
    ]
    for text in texts:
        mutes = sandbox.folder.parent / f"{sandbox.folder.name}.csv"
        with mutes.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerow(("control", "account", "resource", "owner", "reason", "expires"))
            csv.writer(stream).writerow(("names", "*", "arn:ana", text, text, "2027-01-01"))
            csv.writer(stream).writerow(("names", "*", text, "o", "r", "2027-01-01"))
        result = run_command("check", "names", "--mutes", str(mutes), "--run", str(sandbox.run), "-o", "jsonl")
        rows = {row["resource"]: row for row in map(json.loads, result.stdout.splitlines())}
        assert rows["arn:ana"]["status"] == "muted" and text.strip() in rows["arn:ana"]["reason"], (text, result.output)
        assert rows["arn:bo"]["status"] == "alarm" and CANARY not in result.output
    assert sandbox.state() == before


@pytest.mark.parametrize("text", slow_but_every(9, TEXTS))
def test_settings_are_values(sandbox: SandboxFolder, text: str) -> None:
    text = sandbox.spelled(text)
    (sandbox.folder / "iamsql.toml").write_text(
        f"[args.names]\nname = {json.dumps(text, ensure_ascii=False)}\n", encoding="utf-8"
    )
    result = run_command("query", "names", "--run", str(sandbox.run), "-o", "jsonl")
    assert {json.loads(line)["reason"] for line in result.stdout.splitlines()} == {text}, result.stderr


@pytest.mark.parametrize("text", slow_but_every(2, TEXTS))
def test_names_of_accounts_tables_and_runs_are_values(sandbox: SandboxFolder, text: str) -> None:
    before, text = sandbox.state(), sandbox.spelled(text)
    out = str(sandbox.folder.parent / f"{sandbox.folder.name}-out")
    for args in (
        ("check", "names", "--account", text, "--run", str(sandbox.run)),
        ("export", out, "--table", text, "--run", str(sandbox.run)),
        ("query", "select 1", "--run", text, "--runs", str(sandbox.folder / "run")),
        ("tables", "--", text),
        ("queries", "--", text),
        ("check", "--run", str(sandbox.run), "--", text),
    ):
        result = run_command(*args)
        assert result.exit_code == 2 and CANARY not in result.output and "Traceback" not in result.output, (
            args,
            result.output,
        )
        assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert sandbox.state() == before
