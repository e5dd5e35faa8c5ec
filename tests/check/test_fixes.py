"""`iamsql check --fix`: the commands for alarms and for unknown results, in each output format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.check.example_controls import ALIAS, MFA, A, B, control, make, run
from tests.minimal_run import COMPLETE

DELETE = "aws iam delete-login-profile --user-name {user_name}"
FIXES = (
    f"iamsql query user_history --arg user_name={{user_name}} --arg account={{account_id}}\n-- remediation: {DELETE}"
)
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def _fixes(folder: Path) -> None:
    control(folder, "mfa", MFA, severity="high", tags="mfa, first", remediation=FIXES)


def fix_of(control_name: str, resource: str) -> str:
    """Return the column `remediation` of the CSV output for a resource."""
    csv_rows = csv.DictReader(io.StringIO(run(control_name, "--fix", "-o", "csv").stdout))
    [text] = [row["remediation"] for row in csv_rows if row["resource"].endswith(resource)]
    return text


@pytest.mark.slow
def test_the_tree_has_the_commands_below_each_result() -> None:
    assert run("mfa", "--fix").stdout.splitlines()[3:14] == [
        f"| | |   ALARM: No MFA.  main {A}  arn:aws:iam::{A}:user/bo",
        f"| | |       iamsql query user_history --arg user_name=bo --arg account={A}",
        "| | |       aws iam delete-login-profile --user-name bo",
        f"| | |   ALARM: No MFA.  app {B}  arn:aws:iam::{B}:user/eve",
        f"| | |       iamsql query user_history --arg user_name=eve --arg account={B}",
        "| | |       aws iam delete-login-profile --user-name eve",
        f"| | |   ERROR: Unknown: no devices.  main {A}  arn:aws:iam::{A}:user/cy",
        f"| | |   ERROR: Unknown: iam:GetAccountAuthorizationDetails denied (AccessDenied).  app {B}",
        "| | |   ERROR: Unknown: AssumeRole failed (AccessDenied).  shut 333333333333",
        "| | |       iamsql query skipped_accounts",
        "| | |       iamsql sync --retry-gaps",
    ]


@pytest.mark.slow
def test_without_the_option_the_tree_has_no_commands() -> None:
    with_fixes, without = (run("mfa", *option).stdout.splitlines() for option in (("--fix",), ()))
    assert without == [line for line in with_fixes if "iamsql" not in line and "aws iam" not in line]


@pytest.mark.slow
def test_the_column_has_a_command_on_each_line() -> None:
    assert fix_of("mfa", "user/bo") == (
        f"iamsql query user_history --arg user_name=bo --arg account={A}\naws iam delete-login-profile --user-name bo"
    )
    assert fix_of("mfa", "user/ana") == ""
    assert fix_of("mfa", "user/cy") == "iamsql query skipped_accounts\niamsql sync --retry-gaps"


@pytest.mark.slow
def test_remediation_is_the_last_column_in_each_format() -> None:
    lines = [json.loads(line) for line in run("mfa", "--fix", "-o", "jsonl").stdout.splitlines()]
    assert json.loads(run("mfa", "--fix", "-o", "json").stdout) == lines
    assert {list(line)[-1] for line in lines} == {"remediation"}
    assert [line["remediation"] for line in lines if line["status"] == "ok"] == [None]
    head, _, *rows = run("mfa", "--fix", "-o", "markdown").stdout.splitlines()
    assert head.endswith("| remediation |") and sum("delete-login-profile --user-name bo" in row for row in rows) == 1


@pytest.mark.slow
def test_a_file_has_the_column_too() -> None:
    run("mfa", "--fix", "--export", "x.csv")
    assert Path("x.csv").read_text().startswith("benchmark,") and DELETE[:20] in Path("x.csv").read_text()


@pytest.mark.slow
def test_a_line_about_several_accounts_has_the_values_of_none(folder: Path) -> None:
    make(folder, COMPLETE, statements=("update iamsql.accounts set outcome = 'complete'",))
    fix = "# In account {account_id}, for {want} and {resource:name}:"
    control(folder, "alias", ALIAS, param="want text = 'x' # What is wanted", remediation=fix)
    lines = [line.strip("| ") for line in run("alias", "--arg", "want=y z", "--fix").stdout.splitlines()]
    line_index = lines.index("ALARM: Wanted y z.  4 accounts: main, app, shut, …")
    assert lines[line_index + 1] == "# In account ACCOUNT_ID, for 'y z' and RESOURCE:"
    rows = csv.DictReader(io.StringIO(run("alias", "--arg", "want=y z", "--fix", "-o", "csv").stdout))
    assert next(rows)["remediation"] == f"# In account {A}, for 'y z' and {A}:"


@pytest.mark.slow
def test_data_that_the_run_did_not_collect_has_the_command_that_collects_it(folder: Path) -> None:
    make(
        folder,
        COMPLETE,
        statements=("delete from iamsql.coverage where operation = 'GetAccountAuthorizationDetails'",),
    )
    lines = [line.strip("| ") for line in run("mfa", "--fix").stdout.splitlines()]
    assert "iamsql sync --for mfa" in lines and "iamsql sync --retry-gaps" not in lines


@pytest.mark.slow
def test_a_hostile_name_is_one_word_or_a_placeholder(folder: Path) -> None:
    names = ("$(reboot); 'x'", "two\nlines", "--debug", "\x1b[201~")
    quoted = ", ".join("('{}', '{}', false)".format(A, name.replace("'", "''")) for name in names)
    make(folder, statements=(f"insert into people values {quoted}",))
    control(folder, "mfa", MFA, remediation=DELETE)
    lines = [line.strip("| ") for line in run("mfa", "--fix").stdout.splitlines()]
    assert [line for line in lines if line.startswith("aws")] == [
        "aws iam delete-login-profile --user-name USER_NAME",
        "aws iam delete-login-profile --user-name '$(reboot); '\"'\"'x'\"'\"''",
        "aws iam delete-login-profile --user-name=--debug",
        "aws iam delete-login-profile --user-name bo",
        "aws iam delete-login-profile --user-name USER_NAME",
        "aws iam delete-login-profile --user-name eve",
    ]


@pytest.mark.parametrize("output", ["brief", "junit"])
def test_a_format_without_commands_is_refused(output: str) -> None:
    result = run("mfa", "--fix", "-o", output)
    assert result.exit_code == 2 and f"--fix has no effect on the format {output}" in result.stderr


@pytest.mark.slow
def test_sarif_has_the_commands_without_the_option() -> None:
    [document] = json.loads(run("mfa", "alias", "-o", "sarif").stdout)["runs"]
    mfa, alias = document["tool"]["driver"]["rules"]
    commands = FIXES.replace("-- remediation: ", "")
    head = "The property `remediation` of each result has these commands with its own values:"
    assert mfa["help"] == {"text": f"{head}\n\n{commands}", "markdown": f"{head}\n\n```sh\n{commands}\n```"}
    assert "help" not in alias
    by_name = {
        result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]: result for result in document["results"]
    }
    assert by_name[f"arn:aws:iam::{A}:user/bo"]["properties"]["remediation"] == [
        f"iamsql query user_history --arg user_name=bo --arg account={A}",
        "aws iam delete-login-profile --user-name bo",
    ]
    assert by_name[f"arn:aws:iam::{A}:user/cy"]["properties"]["remediation"][-1] == "iamsql sync --retry-gaps"
