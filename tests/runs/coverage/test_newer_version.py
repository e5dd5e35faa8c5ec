"""Run files of a newer iamsql are read as stored, with a note; if that fails, the error says to upgrade."""

from __future__ import annotations

import struct
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.model import IamsqlError
from iamsql.query import listing as describe
from iamsql.query import run_query as run
from iamsql.runs.status import table_of_runs
from iamsql.runs.store.open_errors import is_newer_version
from iamsql.runs.verify import check
from iamsql.tables.compiler import compiler
from iamsql.version import __version__
from tests.runs.file.earlier_schema.files import unpack

NOTE = f"This run was made by iamsql 99.0.0, newer than this version ({__version__}): its tables are used as stored"
FINGERPRINT = "0123456789abcdef"


def newer(folder: Path, *statements: str, fingerprint: str = FINGERPRINT, version: str = "99.0.0") -> Path:
    """Write a file as a newer iamsql might; `statements` change its tables."""
    path = unpack(folder)
    with duckdb.connect(str(path)) as con:
        con.execute("drop macro stale_keys; alter table aws_iam_access_key rename column created_at to create_date")
        con.execute("update iamsql.run set iamsql_version = ?, schema_fingerprint = ?", [version, fingerprint])
        for statement in statements:
            con.execute(statement)
    return path


def answer_of(path: Path, text: str) -> run.Answer:
    return run.run_query(text, {}, run.QueryRequest(str(path), path.parent))


def iamsql(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


RENAMED = "update aws_iam_user set name = 'of tomorrow' where name = 'terraform'"


@pytest.mark.slow
def test_tables_are_read_as_stored_and_a_note_names_the_version(tmp_path: Path) -> None:
    path = newer(tmp_path, RENAMED)
    answer = answer_of(path, "select name from aws_iam_user where name in ('terraform', 'of tomorrow')")
    assert answer.result.rows == [("of tomorrow",)]
    assert [note for note in answer.caveats if "99.0.0" in note] == [answer.caveats[-1]]
    assert answer.caveats[-1].startswith(NOTE) and answer.caveats[-1].endswith(
        "To read all of it, install a newer version of iamsql."
    )
    assert len(answer_of(path, "stale_keys").result.rows) == 8
    assert dict(describe.run(path).rows)["note"] == answer.caveats[-1]
    assert check(path).status == "intact"
    assert [row[5:] for row in table_of_runs(tmp_path).rows] == [
        (
            "incomplete",
            "accounts 111122223333, 555566667777, 999900001111",
            path.stat().st_size,
            "99.0.0",
            "made by a newer iamsql, 99.0.0",
        )
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "fingerprint", "name"),
    [("0.0.1", FINGERPRINT, "terraform"), (__version__, FINGERPRINT, "terraform"), ("99.0.0", "", "of tomorrow")],
)
def test_a_file_of_an_older_version_or_with_known_tables_is_not_newer(
    tmp_path: Path, version: str, fingerprint: str, name: str
) -> None:
    path = newer(tmp_path, RENAMED, version=version, fingerprint=fingerprint or compiler.fingerprint())
    answer = answer_of(path, "select name from aws_iam_user where name in ('terraform', 'of tomorrow')")
    assert answer.result.rows == [(name,)] and not [note for note in answer.caveats if "newer" in note]


@pytest.mark.slow
def test_an_error_about_a_missing_column_names_the_version(tmp_path: Path) -> None:
    path = newer(tmp_path, "alter table aws_iam_access_key rename column create_date to created_at")
    with pytest.raises(IamsqlError, match=r"There is no column create_date in .*did you mean created_at") as caught:
        answer_of(path, "stale_keys")
    assert NOTE in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "drop view iamsql.api_calls; drop view if exists iamsql.gaps; alter table iamsql.coverage rename column error_code to code",
        "drop table iamsql.table_calls",
        "alter table iamsql.accounts drop column outcome",
    ],
)
def test_a_file_that_cannot_be_read_says_to_upgrade(tmp_path: Path, statement: str) -> None:
    path = newer(tmp_path, statement)
    message = f"{path} was made by iamsql 99.0.0, newer than this one ({__version__}).\nTo read it, install "
    for command in (("query", "stale_keys", "--run", path), ("runs", "show", path), ("check", "--run", path)):
        result = iamsql(*command)
        assert result.exit_code == 2 and message in result.stderr and not result.stdout
    assert [row[5] for row in table_of_runs(tmp_path).rows] == ["newer"]
    assert check(path).status == "newer"
    pruned = iamsql("runs", "prune", "--keep", "0", "--yes", "--runs", tmp_path)
    assert f"{path.name} is kept: only a newer iamsql can read it." in pruned.stderr and path.exists()


def checksum(block: bytes) -> int:
    """Return the checksum of a block as DuckDB computes it: 8-byte words, each times a constant, combined by XOR."""
    total = 5381
    for (word,) in struct.iter_unpack("<Q", block):
        total ^= word * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return total


@pytest.mark.parametrize("version", [200, 500])
def test_an_unknown_storage_version_says_to_upgrade(tmp_path: Path, version: int) -> None:
    path = unpack(tmp_path)
    content = bytearray(path.read_bytes())
    assert struct.unpack_from("<Q", content) == (checksum(content[8:4096]),)
    struct.pack_into("<Q", content, 12, version)
    struct.pack_into("<Q", content, 0, checksum(content[8:4096]))
    path.write_bytes(content)
    result = iamsql("query", "stale_keys", "--run", path)
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {path} was written with a newer DuckDB, which this iamsql cannot read.\n"
        "To read it, install a newer version of iamsql.\n"
    )
    assert [row[5] for row in table_of_runs(tmp_path).rows] == ["newer"]
    assert iamsql("runs", "verify", path).exit_code == 1


@pytest.mark.parametrize(
    ("version", "newer_than_ours"),
    [
        ("", False),
        ("?", False),
        ("0.0.99", False),
        (__version__, False),
        (f"{__version__}+local.7", False),
        (f"{__version__}.1", True),
        ("99", True),
        ("99.0.0rc1", True),
        ("9" * 5000, True),
    ],
)
def test_versions_are_compared_as_numbers(version: str, newer_than_ours: bool) -> None:
    assert is_newer_version(version) is newer_than_ours
