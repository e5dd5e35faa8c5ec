"""The cases of query files: defaults, tables of the sidecar, and what is not valid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from iamsql.check.testing.cases import QueryFile, find_tests
from iamsql.model import IamsqlError

Write = Callable[[str, str], Path]
DAYS = "-- title: A\n-- param: days integer = 30\n-- param: names text[] = a,b\nselect $days as days, $names as names"
NEEDS = "-- title: A\n-- param: days integer\nselect $days as days"


def only(*names: str) -> QueryFile:
    """Return the only file of the folders."""
    (file,) = find_tests(names).files
    return file


def test_a_query_has_a_case_with_its_defaults_and_each_case_of_the_sidecar(write: Write) -> None:
    write("recent.sql", DAYS)
    write("recent.cases.toml", "[short]\ndays = 3\nnames = ['x', 'y,z']\n")
    first, second = only().cases
    assert (first.name, dict(first.values), first.expected.name) == (
        "", {"days": 30, "names": ["a", "b"]}, "recent.expected.csv",
    )  # fmt: skip
    assert (second.name, dict(second.values), second.expected.name) == (
        "short", {"days": 3, "names": ["x", "y,z"]}, "recent.short.expected.csv",
    )  # fmt: skip
    assert first.expected.parent == Path("queries") and first.key == ("recent", "")


def test_a_required_parameter_needs_a_case(write: Write) -> None:
    path = write("recent.sql", NEEDS)
    assert only().errors == (f"{path}: days has no default\nAdd the values of a case to recent.cases.toml: [case]",)
    write("recent.cases.toml", "[week]\ndays = 7\n")
    assert [(case.name, case.values) for case in only().cases] == [("week", {"days": 7})]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[Week]\ndays = 7", "the name of a case has lower-case letters"),
        ("[v2]\ndays = 7", "the name of a case has lower-case letters"),
        ("days = 7", "days must be a table"),
        ("[week]\ndaze = 7", "recent has no parameter 'daze' (it takes days"),
        ("[week]\ndays = 'x'", "recent: days must be an integer, not 'x'"),
        ("[week", "recent.cases.toml: "),
    ],
)
def test_a_sidecar_that_is_not_valid_is_an_error(write: Write, text: str, error: str) -> None:
    write("recent.sql", DAYS)
    write("recent.cases.toml", text)
    (message,) = only().errors
    assert error in message


def test_expected_rows_of_no_case_are_an_error(write: Write) -> None:
    write("recent.sql", DAYS)
    write("recent.week.expected.csv", "days\n7\n")
    (message,) = only().errors
    assert "recent.week.expected.csv: expected rows of no case" in message and "recent.cases.toml: [week]" in message


def test_the_rows_of_an_earlier_version_and_of_another_query_belong_to_these(write: Write) -> None:
    write("recent.sql", DAYS.replace("-- param: days", "-- version: 2\n-- param: days"))
    write("recent.v1.sql", DAYS)
    write("recent_users.sql", DAYS)
    for name in ("recent", "recent.v1", "recent_users"):
        write(f"{name}.expected.csv", "days\n")
    assert [(file.name, [case.expected.name for case in file.cases]) for file in find_tests([]).files] == [
        (name, [f"{name}.expected.csv"]) for name in ("recent", "recent.v1", "recent_users")
    ]


def test_files_that_are_not_valid_have_their_error(write: Write) -> None:
    write("Users.sql", "-- title: A\nselect 1")
    write("stale_keys.sql", "-- title: A\nselect 1")
    write("untitled.sql", "select 1")
    errors = {file.name: file.errors[0] for file in find_tests([]).files}
    assert "the file name of a query has lower-case letters" in errors["Users"]
    assert errors["stale_keys"].startswith("two files define the query stale_keys")
    assert "no title" in errors["untitled"]


@pytest.mark.slow
def test_a_file_and_a_folder_can_be_named(write: Write, queries: Path) -> None:
    one, two = write("one.sql", "-- title: A\nselect 1"), write("two.sql", "-- title: A\nselect 1")
    assert [file.path for file in find_tests([str(one)]).files] == [one]
    assert [file.path for file in find_tests([str(two), str(queries)]).files] == [two, one]
    assert all(file.cases for file in find_tests(["shipped"]).files)


def test_paths_without_a_query_are_errors(queries: Path) -> None:
    with pytest.raises(IamsqlError, match=r"there is no \.sql file"):
        find_tests([])
    with pytest.raises(IamsqlError, match="no file or folder nothing"):
        find_tests(["nothing"])
    queries.rmdir()
    with pytest.raises(IamsqlError, match=r"there is no folder \./queries"):
        find_tests([])


def test_a_sidecar_that_leads_out_is_refused(write: Write, tmp_path: Path) -> None:
    path = write("recent.sql", DAYS)
    (tmp_path / "other.toml").write_text("[week]\ndays = 7\n")
    path.with_name("recent.cases.toml").symlink_to(tmp_path / "other.toml")
    (message,) = only().errors
    assert "is a link that leads out of queries" in message
