"""Each resource type has the expected rows: new, gone and changed.

`make expected` writes the expected files. Read every line that changes.
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

import pytest

from iamsql.check.diff import DiffResult
from iamsql.check.diff.resource_type import resource_types
from iamsql.model import IamsqlError, Result
from iamsql.render.csv_rows import write_csv
from tests.check.diff.run_pairs import (
    GREEN,
    NETWORK,
    SHARED,
    WEB,
    compare,
    copy,
    insert_sql,
    pair,
    row_values,
)
from tests.conftest import sample_run

# Every kind has an expected file. A kind that differs in nothing has one with its columns alone.
HERE = Path(__file__).parent
CASES = sorted(resource_types())
COLUMNS = ("change", "account_id", "region", "name", "resource", "column_name", "old_value", "new_value", "reason")


def statements() -> list[str]:
    """Return the statements of changes.sql, which create the differences of the second run."""
    text = re.sub(r"^--.*\n", "", (HERE / "changes.sql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [statement.strip() for statement in text.split(";\n") if statement.strip()]


def csv(kind: str, comparison: DiffResult) -> str:
    """Write the rows of a resource type as `--output csv` does."""
    rows = [row[1:] for row in row_values(comparison, "kind", *COLUMNS) if row[0] == kind]
    stream = io.StringIO(newline="")
    write_csv(Result(COLUMNS, rows), stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def changed(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two runs, between which changes.sql changed each resource type."""
    return pair(demo_run, tmp_path_factory.mktemp("pair"), statements())


@pytest.fixture(scope="module")
def differing(changed: tuple[Path, Path]) -> DiffResult:
    """Compare the two runs."""
    return compare(*changed, *CASES)


@pytest.mark.parametrize("kind", CASES)
def test_a_resource_type_has_the_rows_of_its_expected_file(kind: str, differing: DiffResult) -> None:
    expected = (HERE / "expected" / f"{kind}.csv").read_bytes().decode()
    assert csv(kind, differing) == expected


def test_each_expected_file_has_a_resource_type_and_each_change_is_found(differing: DiffResult) -> None:
    assert {path.stem for path in (HERE / "expected").glob("*.csv")} == set(CASES)
    changed_kinds = {row[0] for row in row_values(differing, "kind")}
    commented = re.findall(r"^-- ([a-z_]+)$", (HERE / "changes.sql").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(commented) <= changed_kinds


@pytest.mark.slow
def test_new_resources_are_gone_in_the_reverse_comparison(changed: tuple[Path, Path], differing: DiffResult) -> None:
    columns = ("change", "kind", "account_id", "resource", "column_name", "old_value", "new_value")
    turned = {"new": "gone", "gone": "new", "changed": "changed"}
    there = [row for row in row_values(differing, *columns) if row[0] in turned]
    back = [row for row in row_values(compare(*reversed(changed), *CASES), *columns) if row[0] in turned]
    mirrored = [(turned[row[0]], *row[1:5], row[6], row[5]) for row in there]
    assert sorted(mirrored, key=str) == sorted(back, key=str)
    assert {row[0] for row in there} == set(turned) and len(there) > len(CASES)


@pytest.mark.slow
def test_equal_runs_have_no_differences(demo_run: Path, tmp_path: Path) -> None:
    old, new = pair(demo_run, tmp_path, [])
    for earlier, later in ((old, old), (old, new)):
        comparison = compare(earlier, later)
        assert not comparison.result.rows
        assert comparison.summary == "No change; 5 accounts not read in full in either run."


@pytest.mark.slow
def test_equivalent_policy_documents_are_not_a_change(demo_run: Path, tmp_path: Path) -> None:
    turned = (
        'update raw.iam_get_account_authorization_details_roles set item = replace(item::varchar, \'"Effect":"Allow"\','
        ' \'"Effect": "Allow"\')::json'
    )
    other = "update iamsql.run set schema_fingerprint = 'another'"
    old, new = pair(demo_run, tmp_path, [turned, other], [other])
    assert not compare(old, new, "trust_policy", "role", "inline_policy").result.rows


KEYS = "aws_iam_access_key"
DEPLOY, PURGE = "AKIAAB4GC4CAZF4B5HNX", "AKIA4BWV7NVGPFCC4K4C"
MADE = insert_sql(
    KEYS,
    f"access_key_id = '{DEPLOY}'",
    access_key_id="'AKIANEW'",
    create_date="as_of()",
    access_key_last_used_date="null",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("went", "why"),
    [
        (f"delete from {KEYS} where access_key_id = '{DEPLOY}'", "the old key is gone"),
        (f"update {KEYS} set status = 'Inactive' where access_key_id = '{DEPLOY}'", "the old key is inactive"),
    ],
)
def test_a_key_that_replaces_another_is_one_row(went: str, why: str, demo_run: Path, tmp_path: Path) -> None:
    comparison = compare(*pair(demo_run, tmp_path, [MADE, went]), "access_key")
    assert row_values(comparison, "change", "name", "resource", "old_value", "new_value", "reason") == [
        ("rotated", "deploy", "AKIANEW", DEPLOY, "AKIANEW", why)
    ]


@pytest.mark.slow
def test_a_second_key_of_a_user_is_new(demo_run: Path, tmp_path: Path) -> None:
    comparison = compare(*pair(demo_run, tmp_path, [MADE]), "access_key")
    assert row_values(comparison, "change", "name", "resource") == [("new", "deploy", "AKIANEW")]


@pytest.mark.slow
def test_the_first_use_is_a_change_and_later_uses_are_not(demo_run: Path, tmp_path: Path) -> None:
    comparison = compare(
        *pair(
            demo_run,
            tmp_path,
            [
                f"update {KEYS} set access_key_last_used_date = as_of() where access_key_id in ('{DEPLOY}', '{PURGE}')",
                "update aws_iam_role set role_last_used_date = as_of()"
                f" where account_id = '{WEB}' and name in ('github-anyone', 'inventory')",
                "update aws_iam_user set password_last_used = as_of() where password_enabled",
            ],
        ),
        "access_key",
        "role",
        "user",
    )
    rows = row_values(comparison, "change", "kind", "name", "column_name", "old_value")
    assert {row for row in rows if row[1] != "user"} == {
        ("newly_used", "access_key", "cdn-purge", "last_used", "never"),
        ("newly_used", "role", "github-anyone", "last_used", "never"),
    }
    assert {row[0] for row in rows} == {"newly_used"} and {row[4] for row in rows} == {"never"}
    assert ("newly_used", "user", "hugo", "password_last_used", "never") in rows


@pytest.mark.slow
def test_a_new_administrator_is_newly_privileged(demo_run: Path, tmp_path: Path) -> None:
    other_fingerprint = "update iamsql.run set schema_fingerprint = 'another'"
    attached = (
        "update raw.iam_get_account_authorization_details_roles set item = replace(item::varchar,"
        " 'policy/ReadOnlyAccess', 'policy/AdministratorAccess')::json"
        f" where account_id = '{SHARED}'"
    )
    less = (
        "update raw.iam_get_account_authorization_details_users set item = replace(item::varchar,"
        f" '\"admins\"', '\"developers\"')::json where account_id = '{NETWORK}'"
    )
    comparison = compare(*pair(demo_run, tmp_path, [attached, less, other_fingerprint]), "privilege")
    rows = row_values(comparison, "change", "kind", "account_id", "name", "column_name", "old_value", "new_value")
    assert ("gone", "privilege", NETWORK, "vpn-admin", None, "certain", None) in rows
    privileged = [row for row in rows if row[0] == "newly_privileged"]
    assert privileged and {row[2] for row in privileged} == {SHARED} and len(rows) == len(privileged) + 1


@pytest.mark.slow
def test_an_account_that_left_is_one_row_with_the_number_of_its_resources(demo_run: Path, tmp_path: Path) -> None:
    departure = [
        f"delete from {table} where account_id = '{GREEN}'"
        for table in (
            "iamsql.accounts",
            "iamsql.coverage",
            "aws_iam_user",
            KEYS,
            "aws_iam_role",
            "aws_iam_policy",
            "aws_iam_group",
        )
    ]
    old, new = pair(demo_run, tmp_path, departure)
    comparison = compare(old, new, "account", "user", KEYS.removeprefix("aws_iam_"), "role", "policy")
    ((change, kind, name, reason),) = row_values(comparison, "change", "kind", "name", "reason")
    assert (change, kind, name) == ("gone", "account", "greenfield")
    assert reason.startswith("left the organization, and with it ") and reason.endswith(
        "5 policies, 4 roles, 2 users, 1 access key"
    )
    back = row_values(compare(new, old, "account", "user"), "change", "kind", "name")
    assert ("new", "account", "greenfield") in back and ("new", "user", "ci-runner") in back


@pytest.mark.slow
def test_an_unknown_resource_type_is_an_error(demo_run: Path, tmp_path: Path) -> None:
    old = copy(demo_run, tmp_path)
    with pytest.raises(IamsqlError, match="unknown resource type 'usr'; did you mean user"):
        compare(old, old, "usr")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        compared = compare(*pair(sample_run(), Path(folder), statements()), *CASES)
    for each in CASES:
        (HERE / "expected" / f"{each}.csv").write_bytes(csv(each, compared).encode())
