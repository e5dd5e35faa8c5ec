"""An iamsql.toml of somebody else in the working folder writes no file, sends nothing and gets no external ID."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from iamsql.catalog.settings import trust
from iamsql.cli import main
from iamsql.cli.run import write_summary
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.fake_aws.over_http import serving
from tests.trusted import trust_file

EXTERNAL_ID = "3f8c1a-canary"
ATTACKER = "arn:aws:iam::666666666666:role/attacker"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of somebody else, with a home folder that has files."""
    monkeypatch.setattr(trust, "user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    for name in ("work", "home", "home/.ssh"):
        (tmp_path / name).mkdir()
    for name in ("home/.bashrc", "home/mine.html", "home/mine.csv", "home/mine.json"):
        (tmp_path / name).write_text("mine\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IAMSQL_EXTERNAL_ID", EXTERNAL_ID)
    for name in ("IAMSQL_RUNS", "IAMSQL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def write(text: str) -> None:
    Path("iamsql.toml").write_text(text)
    Path("iamsql.toml").chmod(0o600)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def files(folder: Path) -> dict[str, str]:
    """Return the content of each file."""
    return {str(path): path.read_text() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


@pytest.mark.parametrize(
    "text",
    [
        "summary = '{home}/.bashrc'",
        "summary = '~/.bashrc'",
        "summary = '{home}/mine.json'",
        "summary = 'new.json'",
        "report = '{home}/mine.html'",
        "report = 'link.html'",
        "exports = ['{home}/mine.csv']",
        "exports = ['results.csv', 'link.csv']",
        "archive = 's3://attacker/runs'",
        "keep = 1",
        "older_than = '1d'",
    ],
)
@pytest.mark.parametrize("section", ["run", "organization.prod.run"])
def test_a_file_in_the_folder_chooses_no_files(here: Path, text: str, section: str) -> None:
    Path("link.html").symlink_to(here / "home/mine.html")
    Path("link.csv").symlink_to(here / "home/mine.csv")
    write(f'runs = "r$(cd;touch CODE-RAN)"\n[{section}]\n{text.format(home=here / "home")}\n')
    before = files(here)
    arguments = ("--organization", "prod") if "prod" in section else ()
    result = run("run", "--demo", *arguments)
    assert (result.exit_code, result.stdout) == (2, "") and files(here) == before
    assert "you trust it" in result.stderr or "must be a file whose name ends in .json" in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('summary = "{home}/.bashrc"', "run.summary must be a file whose name ends in .json"),
        ('report = "{home}/.bashrc"', "run.report must be a file whose name ends in .html"),
        ('exports = ["results.csv", "{home}/.bashrc"]', "cannot determine the format of"),
    ],
)
def test_a_trusted_file_writes_no_start_up_file_of_a_shell(here: Path, text: str, message: str) -> None:
    write(f'runs = "r$(cd;touch CODE-RAN)"\n[run]\n{text.format(home=here / "home")}\n')
    trust_file()
    before = files(here)
    for arguments in ((), ("--config", "iamsql.toml")):
        result = run("run", "--demo", *arguments)
        assert result.exit_code == 2 and message in result.stderr and files(here) == before


@pytest.mark.parametrize("target", ["home/mine.json", "work/mine.json", "home/new.json"])
def test_a_summary_replaces_a_link_and_not_its_target(here: Path, target: str) -> None:
    Path("mine.json").write_text("mine\n")
    Path("link.json").symlink_to(here / target)
    before = files(here)
    write_summary({"status": "succeeded"}, Path("link.json"), print)
    assert json.loads(Path("link.json").read_text()) == {"status": "succeeded"} and not Path("link.json").is_symlink()
    assert files(here) == before | {str(here / "work/link.json"): Path("link.json").read_text()}


@pytest.mark.slow
def test_a_run_replaces_links_and_not_their_targets(here: Path) -> None:
    for name in ("html", "csv", "json"):
        Path(f"mine.{name}").write_text("mine\n")
        Path(f"link.{name}").symlink_to(f"mine.{name}")
    options = ("--report", "link.html", "--export", "link.csv", "--summary", "link.json")
    result = run(
        "run", "--runs", "runs", "--benchmark", "root_mfa", *options, "--", "--demo", "--account", "111122223333"
    )
    assert result.exit_code == 0, result.stderr
    for name in ("html", "csv", "json"):
        assert Path(f"mine.{name}").read_text() == "mine\n" and len(Path(f"link.{name}").read_text()) > 9


ROLES = {
    "org_role": f"org_role = '{ATTACKER}'",
    "trail_role": f"trail = 's3://attacker/x'\ntrail_role = '{ATTACKER}'",
    "roles": "roles = ['attacker']",
}


@pytest.mark.parametrize("text", ROLES.values(), ids=list(ROLES))
@pytest.mark.parametrize("command", ["sync", "doctor", "run"])
def test_the_external_id_is_sent_to_no_role_of_the_folder(
    monkeypatch: pytest.MonkeyPatch, command: str, text: str
) -> None:
    write(f"[sync]\n{text}\n")
    with serving(FakeAws(DAY, accounts=2, users_per_account=1)) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        result = run(command)
        assert (result.exit_code, result.stdout, served.aws.calls) == (2, "", [])
        assert "A file that nobody named may do so only if you trust it." in result.stderr


@pytest.mark.slow
def test_the_external_id_is_sent_to_roles_of_a_named_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(f"[sync]\n{ROLES['org_role']}\n")
    with serving(FakeAws(DAY, accounts=2, users_per_account=1)) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        run("sync", "--runs", "runs", "--config", "iamsql.toml")
        requests = [dict(call.params) for call in served.aws.calls if call.operation == "AssumeRole"]
        assert [(each["RoleArn"], each["ExternalId"]) for each in requests] == [(ATTACKER, EXTERNAL_ID)]


@pytest.mark.slow
def test_an_account_of_the_folder_that_is_not_in_the_organization_gets_no_external_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("[sync]\naccounts = ['666666666666']\n")
    with serving(FakeAws(DAY, accounts=2, users_per_account=1)) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        result = run("sync", "--runs", "runs")
        assert result.exit_code == 2 and "The organization lists no account 666666666666." in result.stderr
        assert "AssumeRole" not in {call.operation for call in served.aws.calls}


def test_no_message_is_sent_to_a_target_of_the_folder() -> None:
    write("[notify]\nto = ['webhook:http://127.0.0.1:9/']\n")
    result = run("notify")
    assert result.exit_code == 2 and "sets notify.to. A file that nobody named" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["duckdb:{}/outside", "postgres:host=evil.example", "evil:x"])
def test_a_runs_folder_is_never_the_name_of_an_extension(here: Path, name: str) -> None:
    (here / "home" / "outside").mkdir()
    folder = name.format(here / "home")
    write(f'runs = "{folder}"\n')
    result = run("sync", "--demo", "--account", "555566667777")
    assert result.exit_code in (0, 3), result.output
    assert not list((here / "home" / "outside").iterdir())
    assert list(Path(folder).glob("*.duckdb"))
    assert run("query", "select count(*) from aws_iam_user").exit_code == 0


def test_a_link_instead_of_the_runs_of_an_organization_needs_trust(here: Path) -> None:
    (here / "home" / "victim").mkdir()
    Path("runs").mkdir()
    Path("runs/prod").symlink_to(here / "home" / "victim")
    write('runs = "runs"\n[organization.prod]\n')
    for command in (("sync", "--all", "--demo"), ("run", "--organization", "prod", "--demo")):
        result = run(*command)
        assert result.exit_code == 2 and "./iamsql.toml sets runs." in result.output
    assert not list((here / "home" / "victim").iterdir())
