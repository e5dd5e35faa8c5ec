"""Commands with the values of a finding: each value stays one word with any content."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from iamsql.catalog import remediation
from iamsql.catalog.frontmatter import parse
from iamsql.model import IamsqlError

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "remediation_cases.json").read_text(encoding="ascii"))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_values_of_a_row(case: dict[str, Any]) -> None:
    assert remediation.fill_in(case["template"], case["values"]) == case["expected"]


def test_each_value_is_one_word_of_a_shell() -> None:
    names = [case["values"]["name"] for case in CASES if case["template"] == "echo {name}"]
    filled_in = [remediation.fill_in("{name}", {"name": name}) for name in names]
    script = "; ".join(f"printf '%s\\0' {text}" for text in filled_in)
    printed = subprocess.run(["sh", "-c", script], capture_output=True, check=True, cwd="/").stdout.decode()
    expected = [name if text != "NAME" else text for name, text in zip(names, filled_in, strict=True)]
    assert printed.split("\0")[:-1] == expected and len(expected) > 15


@pytest.mark.parametrize("name", ["--debug", "-x", "-x y", "--'", "-$(id)"])
def test_a_value_never_becomes_an_option(name: str) -> None:
    words = shlex.split(remediation.fill_in("aws iam delete-user --user-name {user_name}", {"user_name": name}))
    assert words == ["aws", "iam", "delete-user", f"--user-name={name}"]


def test_placeholders() -> None:
    fixes = ("aws iam delete-user --user-name {resource:name}", "# Account {account_id}: {resource}")
    assert remediation.placeholders(fixes) == {"resource", "account_id"}


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("aws iam x --user-name {User}", "{User} is not a placeholder"),
        ("aws iam x --user-name {user name}", "{user name} is not a placeholder"),
        ("aws iam x --user-name {user:path}", "{user:path} is not a placeholder"),
        ("aws iam x --user-name {user", "{ is not a placeholder"),
        ("aws iam x --user-name '{user}'", "'{user}' has a placeholder between quotes"),
        ("aws iam x --query \"[?a=='{user}']\"", "\"[?a=='{user}']\" has a placeholder between quotes"),
        ("", "remediation has no value"),
    ],
)
def test_an_invalid_command_is_an_error_of_the_file(command: str, message: str) -> None:
    text = f"-- title: T\n-- remediation: aws iam get-user\n-- remediation: {command}\n--\n\nselect 1\n"
    with pytest.raises(IamsqlError) as raised:
        parse(text, Path("x.sql"))
    assert str(raised.value).startswith(f"x.sql:3: {message}")


def test_the_commands_of_a_query_file_keep_their_order() -> None:
    text = "-- title: T\n-- remediation: aws iam get-user\n-- remediation: # It's {a}: 'b'\n\nselect 1 as a\n"
    assert parse(text, Path("x.sql")).fixes == ("aws iam get-user", "# It's {a}: 'b'")
