"""A run file that was edited cannot choose who reads and from where: nothing is sent to AWS before the user confirms it."""

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

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.store.writer import RunWriter
from iamsql.sync import Options, sync
from iamsql.sync.options import CALLER, SCOPE, SOURCE, SilentProgress
from tests.conftest import DAY
from tests.fake_aws import ORG_TRAIL, FakeAws, Faults
from tests.sync.resume.test_resume import stop_at
from tests.sync.syncs import MANAGEMENT, TOOLS, WEB, Ran, ask, ran

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


class Said(SilentProgress):
    """Progress that keeps its lines."""

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
    """Give a finished run of one table and two accounts in which one call was denied."""
    denied = FakeAws(DAY, faults=Faults(deny=((WEB, "GetAccountSummary"),)))
    return ran(tmp_path_factory.mktemp("original"), room=denied, **few()).path


@pytest.fixture
def run_file(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path))


def few(**more: Any) -> dict[str, Any]:
    return {"tables": ("aws_account", "aws_iam_account_summary"), "accounts": (MANAGEMENT, WEB), **more}


def edit(path: Path, changes: dict[str, Any] | str, *statements: str) -> None:
    """Change what a run file says of its options; a text replaces them."""
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        row = con.execute("select options::varchar from iamsql.run").fetchone()
        assert row
        text = changes if isinstance(changes, str) else json.dumps(json.loads(row[0]) | changes)
        con.execute("alter table iamsql.run alter column options type varchar")
        con.execute("update iamsql.run set options = ?", [text])
        for statement in statements:
            con.execute(statement)


def retried(path: Path, progress: Any = None, **options: Any) -> Ran:
    """Retry the gaps of a run as a program would."""
    room = FakeAws(DAY)
    wanted = Options(**{"runs": path.parent, "demo": True, "retry_gaps": True, "external_id": SECRET} | options)
    return Ran(room, sync(wanted, progress or SilentProgress(), room))


def refused(path: Path, **options: Any) -> str:
    """Return the error of a resumed run; assert that nothing was sent, not even for the caller's identity."""
    room, before = FakeAws(DAY), held(path.parent)
    wanted = Options(**{"runs": path.parent, "demo": True, "retry_gaps": True, "external_id": SECRET} | options)
    with pytest.raises(IamsqlError) as error:
        sync(wanted, SilentProgress(), room)
    assert not room.calls
    assert held(path.parent) == before
    assert SECRET not in str(error.value)
    return str(error.value)


def held(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, the lock left out."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name != ".lock"}


def begins(path: Path, **options: Any) -> tuple[Options, list[str]]:
    """Return the options by which a resumed run opens its source, and what it said before; it ends there."""
    said, wanted = Said(), Options(**{"runs": path.parent, "demo": True, "retry_gaps": True} | options)
    with patch("iamsql.sync.open_source", side_effect=KeyboardInterrupt) as opening, pytest.raises(KeyboardInterrupt):
        sync(wanted, said)
    return opening.call_args.args[0], said.lines


def assumed(room: FakeAws) -> Iterator[tuple[str, str | None]]:
    """Yield the role and the external id of each AssumeRole request."""
    for call in room.calls:
        if call.operation == "AssumeRole":
            params = dict(call.params)
            yield params["RoleArn"], params.get("ExternalId")


def cli(*args: str) -> Result:
    return CliRunner().invoke(main, ["sync", *args])


def command_of(message: str) -> list[str]:
    """Return the arguments of the command that an error shows."""
    [line] = [line for line in message.splitlines() if "give them again" in line]
    return shlex.split(line.partition(": iamsql sync ")[2])


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("partial", [False, True])
def test_an_edited_identity_or_source_is_not_used(run_file: Path, name: str, partial: bool) -> None:
    also = {"trail": "auto"} if name == "trail_role" else {}
    edit(run_file, {name: IDENTITIES[name]} | also)
    if partial:
        edit(run_file, {}, "update iamsql.run set status = 'running'")
        run_file = run_file.rename(f"{run_file}.partial")
    said = refused(run_file, resume=partial, retry_gaps=not partial)
    flag = {"roles": "--role"}.get(name, f"--{name.replace('_', '-')}")
    value = IDENTITIES[name]
    typed = f"{flag} {value[0] if isinstance(value, list) else value}"
    assert f"  {typed}" in said.splitlines()
    assert typed in shlex.join(command_of(said)) and "the same --external-id" in said


def test_the_simulator_would_have_seen_the_attack(run_file: Path) -> None:
    edit(run_file, {"org_role": ATTACKER})
    room = FakeAws(DAY)
    with pytest.raises(IamsqlError, match="cannot be assumed"):
        sync(
            Options(run_file.parent, True, retry_gaps=True, external_id=SECRET, org_role=ATTACKER),
            SilentProgress(),
            room,
        )
    assert set(assumed(room)) == {(ATTACKER, SECRET)}


def test_demo_is_not_taken_from_a_file(run_file: Path) -> None:
    done = cli("--retry-gaps", "--runs", str(run_file.parent))
    assert done.exit_code == 2 and "\n  --demo\n" in done.stderr and "start a new run: iamsql sync" in done.stderr
    assert [one.name for one in run_file.parent.glob("*.duckdb*")] == [run_file.name]
    edit(run_file, "{}")
    assert "--demo cannot be changed now" in refused(run_file)


def test_the_roles_of_the_accounts_are_those_that_the_user_gave(run_file: Path) -> None:
    edit(run_file, {"roles": ["attacker", "iamsql-audit"]})
    again = retried(run_file, roles=("iamsql-audit",))
    assert set(assumed(again.room)) == {(f"arn:aws:iam::{WEB}:role/iamsql-audit", SECRET)}
    assert json.loads(again.rows("select options from iamsql.run")[0][0])["roles"] == ["iamsql-audit"]


def test_the_default_roles_can_be_typed(run_file: Path) -> None:
    edit(run_file, {"roles": ["attacker"]})
    typed = [word for role in DEFAULT_ROLES for word in ("--role", role)]
    args = ["--demo", "--retry-gaps", "--runs", str(run_file.parent)]
    assert cli(*args).exit_code == 2
    done = cli(*args, *typed)
    assert done.exit_code == 0 and "Not taken from the run: --role attacker" in done.stderr


def test_a_profile_comes_from_the_command_line_or_the_environment(
    run_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(run_file, {"profile": "prod-admin"})
    assert "--profile prod-admin" in refused(run_file)
    options, said = begins(run_file, profile="other")
    assert options.profile == "other" and "Not taken from the run: --profile prod-admin" in said
    monkeypatch.setenv("AWS_PROFILE", "mine")
    options, said = begins(run_file)
    assert options.profile is None and "Not taken from the run: --profile prod-admin" in said


def test_a_run_is_resumed_by_the_options_that_it_was_begun_with(tmp_path: Path) -> None:
    identity: dict[str, Any] = {"org_role": READER, "roles": ("iamsql-audit",), "trail": ORG_TRAIL}
    with pytest.raises(KeyboardInterrupt) as stopped:
        ran(tmp_path, room=stop_at(FakeAws(DAY), 40), events=("none",), **identity)
    shown = str(stopped.value).partition("Resume with: iamsql sync ")[2]
    wanted = ["--resume", "--demo", "--role", "iamsql-audit", "--org-role", READER, "--trail", ORG_TRAIL]
    assert shlex.split(shown) == [*wanted, "--runs", str(tmp_path)]
    said = refused(next(tmp_path.glob("*.partial")), resume=True, retry_gaps=False)
    assert sorted(command_of(said)) == sorted(shlex.split(shown))
    again = ran(tmp_path, resume=True, **identity)
    assert READER in {arn for arn, _ in assumed(again.room)}
    assert again.rows("select count(*) from aws_cloudtrail_event where found_by = 'trail'") > [(0,)]


def test_the_command_that_is_shown_resumes_the_run(run_file: Path) -> None:
    edit(run_file, {"org_role": READER, "profile": "it's $(id)"})
    first = cli("--demo", "--retry-gaps", "--strict", "--runs", str(run_file.parent))
    assert first.exit_code == 2 and len(first.stderr.splitlines()) == 5
    shown = command_of(first.stderr)
    assert shown[shown.index("--profile") :][:2] == ["--profile", "it's $(id)"] and "--strict" in shown
    assert cli(*shown).exit_code == 0
    assert len([*run_file.parent.glob("*.duckdb")]) == 2


def test_an_empty_value_resumes_without_a_role(run_file: Path) -> None:
    edit(run_file, {"org_role": ATTACKER, "profile": "prod-admin"})
    done = cli("--demo", "--retry-gaps", "--org-role", "", "--profile", "", "--runs", str(run_file.parent))
    assert done.exit_code == 0, done.stderr
    assert "Not taken from the run: --org-role arn:aws:iam::666666666666:role/attacker" in done.stderr


def test_what_is_read_comes_from_the_file_and_is_shown(run_file: Path) -> None:
    edit(run_file, {"trail": "auto", "fresh": True, "skip_accounts": [f"{number:012}" for number in range(40)]})
    options, said = begins(run_file)
    assert (options.trail, options.fresh, options.accounts) == ("auto", True, (MANAGEMENT, WEB))
    assert f"Taken from the run: --account {MANAGEMENT} --account {WEB}" in said
    assert {"Taken from the run: --trail auto", "Taken from the run: --fresh"} <= {*said}
    assert [line for line in said if line.endswith("--skip-account 000000000005 and 34 more")]
    assert [line for line in said if line.startswith("Taken from the run: events from ")]


def test_what_is_read_may_be_given_again_as_it_was_typed(run_file: Path) -> None:
    options, said = begins(run_file, tables=("aws_account", "AWS_IAM_ACCOUNT_SUMM*"))  # the file stores whole names
    assert options.tables == ("aws_account", "AWS_IAM_ACCOUNT_SUMM*") and not [one for one in said if "--table" in one]
    assert "--table cannot be changed now" in refused(run_file, tables=("aws_iam_user",))


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("[]", "options"),
        ('"text"', "options"),
        (DEEP, "options"),
        ('{"accounts": ' + DEEP, "options"),
        ("{", "cannot be read as a run"),
        ({"accounts": "555566667777"}, "--account has another type"),
        ({"accounts": [5]}, "--account has another type"),
        ({"accounts": ["5"]}, "--account takes an account id of 12 digits, not '5'"),
        ({"skip_accounts": {"a": 1}}, "--skip-account has another type"),
        ({"fresh": "yes"}, "--fresh has another type"),
        ({"demo": 1}, "--demo has another type"),
        ({"days": True}, "--days has another type"),
        ({"days": 0, "fresh": True, "start_date": "yesterday"}, "--start-date takes a date"),
        ({"days": -1}, "--days must be 1 or more"),
        (
            {"states": ["GONE\x1b[2J"]},
            r"--state takes PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE or CLOSED",
        ),
        ({"regions": ["../x"]}, "--region takes a region such as us-east-1"),
        ({"regions": ["all", "us-east-1"]}, "--region all stands alone"),
        ({"events": ["Create User"]}, "--event takes the name of an event"),
        ({"tables": ["aws_nothing_at_all"]}, "aws_nothing_at_all"),
        ({"asked": ["x"], "beside": ["'; drop table x; --"]}, "There is no table"),
        ({"org_role": "https://evil.example"}, "--org-role takes a role such as"),
        ({"org_role": f"{ATTACKER}\n--org-role {READER}"}, "--org-role takes a role such as"),
        ({"profile": "\x1b[2J"}, "--profile takes up to 1024 printable characters"),
        ({"profile": "\ud800"}, "--profile takes up to 1024 printable characters"),
        ({"profile": "p" * 2000}, "--profile takes up to 1024 printable characters"),
        ({"roles": ["x:role/../../666666666666"]}, "--role takes the name of a role"),
        ({"roles": ["attacker"] * 1000}, "they are too long"),
        ({"trail": "https://evil.example"}, "is not an S3 URL with a bucket"),
        ({"trail": {"s3": "x"}}, "--trail has another type"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_options_that_no_command_line_gives_are_one_error(
    run_file: Path, options: dict[str, Any] | str, words: str
) -> None:
    edit(run_file, options)
    before = run_file.read_bytes()
    done = cli("--demo", "--retry-gaps", "--runs", str(run_file.parent))
    assert done.exit_code == 2 and not isinstance(done.exception, RecursionError | ValueError | TypeError), done.stderr
    assert words in done.stderr and len(done.stderr) < 700 and len(done.stderr.splitlines()) <= 3
    assert done.stderr.replace("\n", "").isprintable()
    assert run_file.read_bytes() == before and len([*run_file.parent.glob("*.duckdb*")]) == 1


def test_units_that_the_organization_does_not_list_change_nothing(run_file: Path) -> None:
    edit(run_file, {"ous": ["ou-$(id)\x1b[2J"]})
    done = cli("--demo", "--retry-gaps", "--runs", str(run_file.parent))
    assert done.exit_code == 2 and "lists no unit with accounts" in done.stderr
    assert r"Taken from the run: --ou 'ou-$(id)\x1b[2J'" in done.stderr and "\x1b" not in done.stderr
    assert len([*run_file.parent.glob("*.duckdb*")]) == 1


@pytest.mark.parametrize("run_id", ["/elsewhere/x-o-demo123456", "../x-o-demo123456", "x-o-demo123456", "x\x1b-o"])
def test_a_run_id_cannot_name_another_file(run_file: Path, run_id: str) -> None:
    path = run_file.rename(f"{run_file}.partial")
    inside = f"{path.parent}{run_id}" if run_id.startswith("/") else run_id
    edit(path, {}, "update iamsql.run set status = 'running', run_id = '" + inside + "'")
    assert "claims to be another run" in refused(path, resume=True, retry_gaps=False)
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
def test_times_that_no_sync_writes_are_one_error(run_file: Path, statement: str) -> None:
    edit(run_file, {}, statement)
    error = refused(run_file)
    assert "has times that no sync writes" in error or "its window_start is no time" in error


def test_coverage_of_other_types_is_one_error(run_file: Path) -> None:
    edit(
        run_file,
        {},
        "drop view if exists iamsql.api_calls; drop view if exists iamsql.gaps",
        "alter table iamsql.coverage alter column items type varchar",
        "update iamsql.coverage set items = 'many'",
    )
    assert "many" in refused(run_file)


def test_names_in_the_file_cannot_become_sql(run_file: Path) -> None:
    hostile = "x\"; drop table iamsql.run; --' "
    table, text = hostile.replace('"', '""'), hostile.replace("'", "''")
    rest = "status, error_code, error_message, items, requests, throttles, retries, seconds, started_at, carried_from"
    row = f"{rest} from iamsql.coverage where status = 'ok' limit 1"
    edit(
        run_file,
        {},
        f'create table raw."{table}" as from raw.iam_get_account_summary',
        f"insert into iamsql.coverage select '{WEB}', 'web', '{text}', 'iam', 'GetAccountSummary', {row}",
        f"insert into iamsql.coverage select '{WEB}', 'web', 'global', '{text}', '{text}', {row}",
    )
    told: list[str] = []
    plain = RunWriter.execute

    def executed(self: RunWriter, statement: str, values: Any = ()) -> None:
        told.append(statement)
        plain(self, statement, values)

    with patch.object(RunWriter, "execute", executed):
        again = retried(run_file)
    assert [statement for statement in told if "from earlier.raw." in statement]
    assert not [statement for statement in told if "drop table iamsql" in statement]
    assert again.rows("select count(*) from iamsql.run") == [(1,)]
    assert ask(run_file, "select count(*) from iamsql.run") == [(1,)]


def test_every_option_says_whether_a_file_may_give_it() -> None:
    kinds: dict[str, set[str]] = {}
    for option in fields(Options):
        kinds.setdefault(option.metadata.get("kind", "-"), set()).add(option.name)
    assert kinds[CALLER] == {"profile", "roles", "org_role", "trail_role"}
    assert kinds[SOURCE] == {"demo", "trail"}
    assert kinds[""] == {
        "no_carry",
        "no_session_policy",
        "dry_run",
        "resume",
        "retry_gaps",
        "max_calls",
        "strict",
        "quiet",
    }
    assert kinds["-"] == {"runs", "external_id", "stated"}
    assert set(kinds) == {CALLER, SOURCE, SCOPE, "", "-"}
