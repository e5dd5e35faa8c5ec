"""The commands of shipped queries: AWS and iamsql accept each of them, and the findings of a query fill in its placeholders."""

from __future__ import annotations

import csv
import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from iamsql.catalog import load, remediation, shipped_folder
from iamsql.model import Query
from tests.catalog.command_lines import command_line, problems, words_to_replace
from tests.conftest import connect_run, sample_run

CONTROLS = Path(__file__).parents[1] / "controls" / "expected"
QUERIES = {
    name: versions[-1] for name, versions in load([shipped_folder()]).items() if versions[-1].kind != "detection"
}
WITH_FIXES = [query for query in QUERIES.values() if query.fixes]
OF_CONTROL = {"resource", "account_id", "region"}
# Words that the user replaces by hand, with the reason why no column has the value.
BY_HAND = {
    "ACCESS_KEY_ID": "The row is about a user or root user, who can have two keys.",
    "ALIAS": "The user chooses the name.",
    "AUDIENCE": "The reason has the audience.",
    "BUCKET_NAME": "The row has no bucket, or the user chooses the bucket.",
    "CODE1": "The MFA device shows the code.",
    "CODE2": "The MFA device shows the code.",
    "DESCRIPTION": "The user chooses the text.",
    "DOMAIN_NAME": "The command before shows the domain.",
    "EMAIL": "The contact is not known.",
    "GROUP_ID": "The user chooses the group that gets access.",
    "GROUP_NAME": "The user chooses the group.",
    "HANDSHAKE_ID": "The command before shows the ID.",
    "INSTANCE_ARN": "The command before shows the ARN.",
    "INSTANCE_ID": "EC2 instances are not read.",
    "INSTANCE_PROFILE": "The user chooses the role of the instance.",
    "KEY": "The user chooses the tag.",
    "KMS_KEY_ARN": "The user chooses the key.",
    "LAYER_ARN": "The reason has the ARN, and the user chooses the layer.",
    "LAYER_NAME": "The resource ends with the name and the version.",
    "LOG_GROUP_ARN": "The user chooses the log group.",
    "MEMBER_ACCOUNT_ID": "The row is about the organization.",
    "NAME": "The contact is not known.",
    "PARENT_ID": "The command before shows the ID.",
    "PERMISSION_SET_ARN": "The user chooses the permissions.",
    "PHONE": "The contact is not known.",
    "POLICY_ARN": "The user chooses the policy, or the command before shows the ARN.",
    "POLICY_ID": "The command before shows the ID, or the user chooses the policy.",
    "POLICY_NAME": "The row is about a principal, which can have several policies, or the user chooses the name.",
    "REGION": "The row is about an account, which has many Regions.",
    "ROLE_ARN": "The user chooses the role.",
    "ROLE_NAME": "The user chooses the role.",
    "ROOT_ID": "The command before shows the ID.",
    "SECONDS": "The user chooses the duration.",
    "SECURITY_ACCOUNT_ID": "The user chooses the account.",
    "SERIAL_NUMBER": "The command before shows the serial number.",
    "SERVICE_PRINCIPAL": "An account can be the administrator of several services.",
    "TARGET_ID": "The user chooses the account or organizational unit.",
    "TASK_POLICY_ARN": "The task is not known.",
    "TITLE": "The contact is not known.",
    "TRAIL_NAME": "The row is about an account, which can have several trails, or the user chooses the name.",
    "TYPE": "Several contacts can be missing.",
    "UNIT_ID": "The user chooses the organizational unit.",
    "UNIT_NAME": "The user chooses the name.",
    "USER_NAME": "The row is about an account, and the command before lists its users.",
    "VALUE": "The user chooses the tag.",
    "VERSION_ID": "The command before shows the versions.",
}
# Controls, and columns without a value in an alarm of the sample organization, with the reason.
LACKING: dict[tuple[str, str], str] = {}
HOSTILE = (
    "'",
    '"',
    "a b",
    "$(rm -rf ~)",
    "`id`",
    ";reboot",
    "&",
    "|",
    ">x",
    "\n",
    "*",
    "~",
    "#",
    "--debug",
    "-x y",
    "\\",
    "{a}",
)


WRONG = [
    ("rm -rf /", "rm is neither aws nor iamsql"),
    ("aws iamm delete-user --user-name x", "iamm is not a service"),
    ("aws iam delete-usr --user-name x", "iam has no operation delete-usr"),
    ("# In the console: aws iam delete-usr", "iam has no operation delete-usr"),
    ("aws iam delete-user", "--user-name is missing"),
    ("aws iam delete-login-profile --user {user_name}", "iam delete-login-profile has no option --user"),
    ("aws iam delete-login-profile --user-name", "--user-name needs one value"),
    ("aws iam delete-login-profile --user-name two words", "--user-name needs one value"),
    ("aws iam list-users | head", "| follows no option"),
    (
        "aws iam update-access-key --access-key-id x --status Off",
        "--status is not Off but one of Active, Inactive, Expired",
    ),
    ("aws iam update-account-password-policy --require-symbols true", "--require-symbols is a flag without a value"),
    ("aws iam update-account-password-policy --max-password-age long", "--max-password-age is a number, not long"),
    ("aws iam update-account-password-policy --no-max-password-age", "--no-max-password-age needs one value"),
    ("aws iam tag-user --user-name x --tags Name=a,Value=b", "--tags has no member Name"),
    ("aws organizations invite-account-to-organization --target Id=1", "--target needs Type=…"),
    ("iamsql qery stale_keys", "iamsql has no command qery"),
    ("iamsql query stale_kyes", "there is no query stale_kyes"),
    ("iamsql query stale_keys --arg dayz=1", "stale_keys has no parameter dayz"),
    ("iamsql query key_history", "key_history needs access_key_id"),
    ("iamsql sync --retry-gap", "No such option '--retry-gap'."),
    ("iamsql check root_mfaa --fix", "there is no control root_mfaa"),
]


@pytest.fixture(scope="module")
def run() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(connect_run(sample_run())) as opened:
        yield opened


def test_each_report_and_control_has_commands() -> None:
    assert [query.path for query in QUERIES.values() if not query.fixes] == []


@pytest.mark.parametrize("query", WITH_FIXES, ids=[query.name for query in WITH_FIXES])
def test_the_commands_are_valid_and_the_comments_run_nothing(query: Query) -> None:
    assert [problem for fix in query.fixes for problem in problems(fix)] == []
    assert {word for fix in query.fixes for word in words_to_replace(fix)} <= BY_HAND.keys()
    for comment in filter(remediation.is_comment, query.fixes):  # an interactive zsh reads `#` as the name of a command
        assert not set(comment) & set(";&|<>$`\n") and shlex.split(comment)[0] == "#", comment


@pytest.mark.parametrize(("fix", "problem"), WRONG)
def test_a_wrong_command_is_found(fix: str, problem: str) -> None:
    assert problem in problems(fix)


def test_each_word_to_replace_by_hand_is_in_a_command() -> None:
    assert BY_HAND.keys() == {word for query in WITH_FIXES for fix in query.fixes for word in words_to_replace(fix)}


@pytest.mark.slow
def test_each_placeholder_is_a_column_or_parameter(run: duckdb.DuckDBPyConnection) -> None:
    unknown = {}
    for query in WITH_FIXES:
        params = {param.name: "x" if param.required else param.default for param in query.params}
        names = {name for name, *_ in run.execute(f"describe {query.sql}", params).fetchall()}
        if (
            wrong := remediation.placeholders(query.fixes)
            - params.keys()
            - _usable(query, names)
            - {remediation.PARTITION_PLACEHOLDER}
        ):
            unknown[query.name] = wrong
    assert unknown == {}


def _usable(query: Query, names: set[str]) -> set[str]:
    """Return the columns whose values a command can have; the status of an alarm and its reason are sentences."""
    return names - {"status", "reason"} if query.kind == "control" else names


def test_each_alarm_of_the_sample_organization_fills_in_its_commands() -> None:
    lacking, alarms = set(), 0
    for query in WITH_FIXES:
        needed = remediation.placeholders(query.fixes)
        for values in _alarms(query) if query.kind == "control" else ():
            alarms += 1
            lacking |= {(query.name, name) for name in needed if _is_lacking(name, values)}
    assert lacking == LACKING.keys() and alarms > 200


def _is_lacking(name: str, values: Mapping[str, object]) -> bool:
    return remediation.fill_in(f"{{{name}}}", values) == name.upper()


def _alarms(query: Query) -> Iterator[Mapping[str, object]]:
    """Yield the values of each alarm, as `iamsql check --fix` fills them in."""
    defaults = {param.name: param.default for param in query.params}
    with (CONTROLS / f"{query.macro}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["status"] == "alarm":
                of_control = {name: row[name] for name in OF_CONTROL}
                yield {**defaults, **json.loads(row["dimensions"] or "{}"), **of_control}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_one_word(value: str) -> None:
    lines = [line for query in WITH_FIXES for fix in query.fixes if "{" in (line := command_line(fix))]
    for line in lines:
        names = remediation.placeholders([line])
        harmless, hostile = (
            remediation.fill_in(line.replace(":name}", "}"), dict.fromkeys(names, text)) for text in ("x", value)
        )
        # An option and its value are two words, or one if the value begins with a hyphen.
        words, expected = shlex.split(hostile), shlex.split(harmless)
        assert [word.partition("=")[0] for word in words if word.startswith("--")] == [
            word.partition("=")[0] for word in expected if word.startswith("--")
        ], line
        assert len(words) + sum(word.startswith("--") and "=-" in word for word in words) == len(expected), line
    assert len(lines) > 50


def test_a_shell_reads_the_words_of_each_command() -> None:
    lines = [
        remediation.fill_in(command_line(fix), {}) for query in WITH_FIXES for fix in query.fixes if command_line(fix)
    ]
    script = "".join(f"printf '%s\\0' {line}\nprintf '\\n\\0'\n" for line in lines)
    printed = subprocess.run(["sh", "-ec", script], capture_output=True, check=True, text=True).stdout
    assert [line.strip("\0").split("\0") for line in printed.split("\n\0")[:-1]] == [
        shlex.split(line) for line in lines
    ]
