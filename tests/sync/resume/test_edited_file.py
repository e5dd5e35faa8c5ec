"""An edited run file cannot select the role, profile or account of a sync: nothing is sent to AWS before the user confirms."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.catalog.settings.option import CALLER, SCOPE, SOURCE, options_of
from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.runs.store.writer import RunWriter
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.sync.resume.test_resume import interrupt_at
from tests.sync.syncs import MANAGEMENT, TOOLS, WEB, SyncedRun, query, run_sync
from tests.tiers import slow_after, slow_but_every

ATTACKER = "arn:aws:iam::666666666666:role/attacker"
READER = f"arn:aws:iam::{TOOLS}:role/org-reader"
SECRET = "EXT-5d0c"
DEFAULT_ROLES = Options(Path()).roles
IDENTITIES = {
    "org_role": ATTACKER,
    "trail_role": ATTACKER,
    "profile": "prod-admin",
    "roles": ["attacker"],
    "trail": "s3://attacker-bucket/logs",
}


class RecordedProgress(Progress):
    """Progress that stores its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(autouse=True)
def no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run of one table and two accounts with one denied call."""
    denied = FakeAws(DAY, faults=Faults(deny=((WEB, "GetAccountSummary"),)))
    return run_sync(tmp_path_factory.mktemp("original"), aws=denied, **few()).path


@pytest.fixture
def run_file(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path))


def few(**options: Any) -> dict[str, Any]:
    return {"tables": ("aws_account", "aws_iam_account_summary"), "accounts": (MANAGEMENT, WEB), **options}


def edit(path: Path, changes: dict[str, Any] | str, *statements: str) -> None:
    """Change the options that a run file stores; a text replaces them."""
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        row = con.execute("select options::varchar from iamsql.run").fetchone()
        assert row
        text = changes if isinstance(changes, str) else json.dumps(json.loads(row[0]) | changes)
        con.execute("alter table iamsql.run alter column options type varchar")
        con.execute("update iamsql.run set options = ?", [text])
        for statement in statements:
            con.execute(statement)


def retried(path: Path, progress: Any = None, **options: Any) -> SyncedRun:
    """Retry the gaps of a run as a program does."""
    aws = FakeAws(DAY)
    all_options = Options(**{"runs": path.parent, "demo": True, "retry_gaps": True, "external_id": SECRET} | options)
    return SyncedRun(aws, sync(all_options, progress or Progress(), aws))


def error_of(path: Path, **options: Any) -> str:
    """Return the error of a resumed run; assert that nothing was sent to AWS."""
    aws, before = FakeAws(DAY), file_contents(path.parent)
    all_options = Options(**{"runs": path.parent, "demo": True, "retry_gaps": True, "external_id": SECRET} | options)
    with pytest.raises(IamsqlError) as error:
        sync(all_options, Progress(), aws)
    assert not aws.calls
    assert file_contents(path.parent) == before
    assert SECRET not in str(error.value)
    return str(error.value)


def file_contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def starting_options(path: Path, **options: Any) -> tuple[Options, list[str]]:
    """Return the options that a resumed run opens its source with, and the lines before; the run ends there."""
    progress, all_options = (
        RecordedProgress(),
        Options(**{"runs": path.parent, "demo": True, "retry_gaps": True} | options),
    )
    with patch("iamsql.sync.open_source", side_effect=KeyboardInterrupt) as opening, pytest.raises(KeyboardInterrupt):
        sync(all_options, progress)
    return opening.call_args.args[0], progress.lines


def assumed(aws: FakeAws) -> Iterator[tuple[str, str | None]]:
    """Yield the role and the external ID of each AssumeRole request."""
    for call in aws.calls:
        if call.operation == "AssumeRole":
            params = dict(call.params)
            yield params["RoleArn"], params.get("ExternalId")


def cli(*args: str) -> Result:
    return CliRunner().invoke(main, ["sync", *args])


def command_of(message: str) -> list[str]:
    """Return the arguments of the command that an error prints."""
    [line] = [line for line in message.splitlines() if "give them again" in line]
    return shlex.split(line.partition(": iamsql sync ")[2].partition(" and, in the section ")[0])


@pytest.mark.parametrize("name", slow_after(2, IDENTITIES))
@pytest.mark.parametrize("partial", slow_but_every(2, [False, True]))
def test_an_edited_identity_or_source_is_not_used(run_file: Path, name: str, partial: bool) -> None:
    also = {"trail": "auto"} if name == "trail_role" else {}
    edit(run_file, {name: IDENTITIES[name]} | also)
    if partial:
        edit(run_file, {}, "update iamsql.run set status = 'running'")
        run_file = run_file.rename(f"{run_file}.partial")
    message = error_of(run_file, resume=partial, retry_gaps=not partial)
    value = IDENTITIES[name]
    text = value[0] if isinstance(value, list) else value
    is_key = name in ("org_role", "trail_role")
    typed = f'{name} = "{text}"' if is_key else f"--{name.removesuffix('s')} {text}"
    assert f"  {typed}" in message.splitlines() and "the same external ID" in message
    if is_key:
        assert (
            f" and, in the section [sync] of iamsql.toml, {typed}\n" in message and text not in command_of(message)[:3]
        )
    else:
        assert typed in shlex.join(command_of(message))


@pytest.mark.slow
def test_the_fake_aws_records_the_requests_of_an_attack(run_file: Path) -> None:
    edit(run_file, {"org_role": ATTACKER})
    aws = FakeAws(DAY)
    with pytest.raises(IamsqlError, match="cannot be assumed"):
        sync(
            Options(run_file.parent, demo=True, retry_gaps=True, external_id=SECRET, org_role=ATTACKER),
            Progress(),
            aws,
        )
    assert set(assumed(aws)) == {(ATTACKER, SECRET)}


@pytest.mark.slow
def test_the_option_demo_is_not_read_from_a_file(run_file: Path) -> None:
    result = cli("--retry-gaps", "--runs", str(run_file.parent))
    assert result.exit_code == 2 and "\n  --demo\n" in result.stderr and "start a new run: iamsql sync" in result.stderr
    assert [path.name for path in run_file.parent.glob("*.duckdb*")] == [run_file.name]
    edit(run_file, "{}")
    assert "--demo cannot be changed now" in error_of(run_file)


@pytest.mark.slow
def test_the_roles_of_accounts_match_the_command_line(run_file: Path) -> None:
    edit(run_file, {"roles": ["attacker", "iamsql-audit"]})
    second_run = retried(run_file, roles=("iamsql-audit",))
    assert set(assumed(second_run.aws)) == {(f"arn:aws:iam::{WEB}:role/iamsql-audit", SECRET)}
    assert json.loads(second_run.rows("select options from iamsql.run")[0][0])["roles"] == ["iamsql-audit"]


@pytest.mark.slow
def test_the_default_roles_can_be_given(run_file: Path) -> None:
    edit(run_file, {"roles": ["attacker"]})
    typed = [word for role in DEFAULT_ROLES for word in ("--role", role)]
    args = ["--demo", "--retry-gaps", "--runs", str(run_file.parent)]
    assert cli(*args).exit_code == 2
    result = cli(*args, *typed)
    assert result.exit_code == 0 and "Not taken from the run: --role attacker" in result.stderr


@pytest.mark.slow
def test_a_profile_comes_from_the_command_line_or_the_environment(
    run_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(run_file, {"profile": "prod-admin"})
    assert "--profile prod-admin" in error_of(run_file)
    options, lines = starting_options(run_file, profile="other")
    assert options.profile == "other" and "Not taken from the run: --profile prod-admin" in lines
    monkeypatch.setenv("AWS_PROFILE", "mine")
    options, lines = starting_options(run_file)
    assert options.profile is None and "Not taken from the run: --profile prod-admin" in lines


@pytest.mark.slow
def test_a_run_is_resumed_with_the_options_it_began_with(tmp_path: Path) -> None:
    identity: dict[str, Any] = {"org_role": READER, "roles": ("iamsql-audit",), "trail": ORG_TRAIL}
    with pytest.raises(KeyboardInterrupt) as stopped:
        run_sync(tmp_path, aws=interrupt_at(FakeAws(DAY), 40), events=("none",), **identity)
    command = str(stopped.value).partition("Resume with: iamsql sync ")[2]
    expected = ["--resume", "--demo", "--trail", ORG_TRAIL, "--role", "iamsql-audit"]
    assert shlex.split(command) == [*expected, "--runs", str(tmp_path)]
    message = error_of(next(tmp_path.glob("*.partial")), resume=True, retry_gaps=False)
    assert sorted(command_of(message)) == sorted(shlex.split(command))
    resumed = run_sync(tmp_path, resume=True, **identity)
    assert READER in {arn for arn, _ in assumed(resumed.aws)}
    assert resumed.rows("select count(*) from aws_cloudtrail_event where data_source = 'trail'") > [(0,)]


@pytest.mark.slow
def test_the_printed_command_resumes_the_run(run_file: Path) -> None:
    edit(run_file, {"profile": "it's $(id)"})
    first = cli("--demo", "--retry-gaps", "--strict", "--runs", str(run_file.parent))
    assert first.exit_code == 2 and len(first.stderr.splitlines()) == 4
    command = command_of(first.stderr)
    assert command[command.index("--profile") :][:2] == ["--profile", "it's $(id)"] and "--strict" in command
    assert cli(*command).exit_code == 0
    assert len([*run_file.parent.glob("*.duckdb")]) == 2


@pytest.mark.slow
def test_an_empty_profile_resumes_without_a_profile(run_file: Path) -> None:
    edit(run_file, {"profile": "prod-admin"})
    result = cli("--demo", "--retry-gaps", "--profile", "", "--runs", str(run_file.parent))
    assert result.exit_code == 0, result.stderr
    assert "Not taken from the run: --profile prod-admin" in result.stderr


@pytest.mark.slow
def test_the_role_of_the_file_replaces_that_of_the_run(run_file: Path) -> None:
    edit(run_file, {"org_role": ATTACKER})
    file = run_file.with_name("own.toml")
    file.write_text(f"[sync]\norg_role = '{READER}'\n")
    result = cli("--demo", "--retry-gaps", "--config", str(file), "--runs", str(run_file.parent))
    assert result.exit_code == 0, result.stderr
    assert f'Not taken from the run: org_role = "{ATTACKER}"' in result.stderr


@pytest.mark.slow
def test_the_selection_comes_from_the_file_and_is_printed(run_file: Path) -> None:
    edit(run_file, {"trail": "auto", "fresh": True, "skip_accounts": [f"{number:012}" for number in range(40)]})
    options, lines = starting_options(run_file)
    assert (options.trail, options.fresh, options.accounts) == ("auto", True, (MANAGEMENT, WEB))
    assert f"Taken from the run: --account {MANAGEMENT} --account {WEB}" in lines
    assert {"Taken from the run: --trail auto", "Taken from the run: fresh = true"} <= {*lines}
    assert [line for line in lines if line.endswith('"000000000005" and 34 more')]
    assert [line for line in lines if line.startswith("Taken from the run: events from ")]


@pytest.mark.slow
def test_the_selection_may_be_given_again(run_file: Path) -> None:
    options, lines = starting_options(
        run_file, tables=("aws_account", "AWS_IAM_ACCOUNT_SUMM*")
    )  # the file stores full names
    assert options.tables == ("aws_account", "AWS_IAM_ACCOUNT_SUMM*") and not [
        line for line in lines if "--table" in line
    ]
    assert "--table cannot be changed now" in error_of(run_file, tables=("aws_iam_user",))


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("options", "message"),
    slow_but_every(
        4,
        [
            ("[]", "options"),
            ('"text"', "options"),
            (DEEP, "options"),
            ('{"accounts": ' + DEEP, "options"),
            ("{", "cannot be read as a run"),
            ({"accounts": "555566667777"}, "--account has another type"),
            ({"accounts": [5]}, "--account has another type"),
            ({"accounts": ["5"]}, "--account takes an account ID of 12 digits, not '5'"),
            ({"skip_accounts": {"a": 1}}, "skip_accounts has another type"),
            ({"fresh": "yes"}, "fresh has another type"),
            ({"demo": 1}, "--demo has another type"),
            ({"days": True}, "--days has another type"),
            ({"days": 0, "fresh": True, "start_date": "yesterday"}, "--start-date takes a date"),
            ({"days": -1}, "--days must be 1 or more"),
            (
                {"states": ["GONE\x1b[2J"]},
                r"states takes PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE or CLOSED",
            ),
            ({"regions": ["../x"]}, "--region takes a region such as us-east-1"),
            ({"regions": ["all", "us-east-1"]}, "--region all cannot be combined with other regions"),
            ({"events": ["Create User"]}, "--event takes the name of an event"),
            ({"tables": ["aws_nothing_at_all"]}, "aws_nothing_at_all"),
            ({"queries": ["x"], "query_tables": ["'; drop table x; --"]}, "There is no table"),
            ({"org_role": "https://evil.example"}, "org_role takes a role such as"),
            ({"org_role": f"{ATTACKER}\n--org-role {READER}"}, "org_role takes a role such as"),
            ({"profile": "\x1b[2J"}, "--profile takes up to 1024 printable characters"),
            ({"profile": "\ud800"}, "--profile takes up to 1024 printable characters"),
            ({"profile": "p" * 2000}, "--profile takes up to 1024 printable characters"),
            ({"roles": ["x:role/../../666666666666"]}, "--role takes the name of a role"),
            ({"roles": ["attacker"] * 1000}, "they are too long"),
            ({"trail": "https://evil.example"}, "is not an S3 URL with a bucket"),
            ({"trail": {"s3": "x"}}, "--trail has another type"),
        ],
    ),
    ids=lambda value: repr(value)[:40],
)
def test_options_that_no_command_line_gives_are_an_error(
    run_file: Path, options: dict[str, Any] | str, message: str
) -> None:
    edit(run_file, options)
    before = run_file.read_bytes()
    result = cli("--demo", "--retry-gaps", "--runs", str(run_file.parent))
    assert result.exit_code == 2 and not isinstance(result.exception, RecursionError | ValueError | TypeError), (
        result.stderr
    )
    assert message in result.stderr and len(result.stderr) < 700 and len(result.stderr.splitlines()) <= 3
    assert result.stderr.replace("\n", "").isprintable()
    assert run_file.read_bytes() == before and len([*run_file.parent.glob("*.duckdb*")]) == 1


@pytest.mark.slow
def test_unknown_units_in_the_file_change_nothing(run_file: Path) -> None:
    edit(run_file, {"ous": ["ou-$(id)\x1b[2J"]})
    result = cli("--demo", "--retry-gaps", "--runs", str(run_file.parent))
    assert result.exit_code == 2 and "lists no organizational unit with accounts" in result.stderr
    assert r"Taken from the run: --ou 'ou-$(id)\x1b[2J'" in result.stderr and "\x1b" not in result.stderr
    assert len([*run_file.parent.glob("*.duckdb*")]) == 1


@pytest.mark.parametrize(
    "run_id", slow_after(2, ["/elsewhere/x-o-demo123456", "../x-o-demo123456", "x-o-demo123456", "x\x1b-o"])
)
def test_a_run_id_with_a_path_is_an_error(run_file: Path, run_id: str) -> None:
    path = run_file.rename(f"{run_file}.partial")
    inside = f"{path.parent}{run_id}" if run_id.startswith("/") else run_id
    edit(path, {}, "update iamsql.run set status = 'running', run_id = '" + inside + "'")
    assert "claims to be another run" in error_of(path, resume=True, retry_gaps=False)
    assert not (path.parent / "elsewhere").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "update iamsql.run set window_start = 'infinity'",
        "update iamsql.run set window_end = '9999-12-31'",
        "update iamsql.run set window_end = window_start - interval 1 day",
        "alter table iamsql.run alter column window_start type timestamp",
    ],
)
def test_times_that_no_sync_writes_are_an_error(run_file: Path, statement: str) -> None:
    edit(run_file, {}, statement)
    error = error_of(run_file)
    assert "has invalid times in iamsql.run" in error or "its window_start is not a time" in error


@pytest.mark.slow
def test_coverage_of_other_types_is_an_error(run_file: Path) -> None:
    edit(
        run_file,
        {},
        "drop view if exists iamsql.api_calls; drop view if exists iamsql.gaps",
        "alter table iamsql.coverage alter column items type varchar",
        "update iamsql.coverage set items = 'many'",
    )
    assert "many" in error_of(run_file)


@pytest.mark.slow
def test_names_in_the_file_are_not_executed_as_sql(run_file: Path) -> None:
    hostile = "x\"; drop table iamsql.run; --' "
    table, text = hostile.replace('"', '""'), hostile.replace("'", "''")
    columns = "status, error_code, error_message, items, requests, throttles, retries, seconds, started_at, reused_from"
    row = f"{columns} from iamsql.coverage where status = 'ok' limit 1"
    edit(
        run_file,
        {},
        f'create table raw."{table}" as from raw.iam_get_account_summary',
        f"insert into iamsql.coverage select '{WEB}', 'web', '{text}', 'iam', 'GetAccountSummary', {row}",
        f"insert into iamsql.coverage select '{WEB}', 'web', 'global', '{text}', '{text}', {row}",
    )
    lines: list[str] = []
    plain = RunWriter.execute

    def executed(self: RunWriter, statement: str, values: Any = ()) -> None:
        lines.append(statement)
        plain(self, statement, values)

    with patch.object(RunWriter, "execute", executed):
        second_run = retried(run_file)
    assert [statement for statement in lines if "from source.raw." in statement]
    assert not [statement for statement in lines if "drop table iamsql" in statement]
    assert second_run.rows("select count(*) from iamsql.run") == [(1,)]
    assert query(run_file, "select count(*) from iamsql.run") == [(1,)]


def test_each_option_is_classified_by_whether_a_file_may_give_it() -> None:
    kinds: dict[str, set[str]] = {"-": {item.name for item in fields(Options)}}
    for option in options_of(Options):
        kinds.setdefault(option.declared.stored, set()).add(option.name)
        kinds["-"].remove(option.name)
    assert kinds[CALLER] == {"profile", "roles", "org_role", "trail_role"}
    assert kinds[SOURCE] == {"demo", "trail"}
    assert kinds[""] == {
        "external_id",
        "no_reuse",
        "no_session_policy",
        "dry_run",
        "resume",
        "retry_gaps",
        "max_calls",
        "strict",
        "quiet",
        "transport",
    }
    assert kinds["-"] == {"runs", "given_options", "selection"}
    assert set(kinds) == {CALLER, SOURCE, SCOPE, "", "-"}
