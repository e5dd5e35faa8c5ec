"""`iamsql runs verify`: changed bytes, and data that a run lists and does not have."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from iamsql.cli import main
from iamsql.runs.store.open_new import checkpoint, open_new
from iamsql.runs.verify import STORED, UNKNOWN, check, verify
from tests.runs.file.earlier_schema.files import content as run_file_content
from tests.runs.file.earlier_schema.files import unpack
from tests.runs.run_folders import WRITES, add_run, id_of, running
from tests.tiers import slow_but_every

BLOCK = 16_384
HEAD = 3 * 4096  # before the first block


def iamsql(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["runs", "verify", *map(str, args)])


def status_and_note(path: Path) -> tuple[str, str]:
    """Return the status and the note of a file that SHA256SUMS does not list."""
    verification = check(path)
    assert verification.digest in ("not listed", None)
    return verification.status, verification.note.removesuffix(UNKNOWN).removesuffix("; ")


@pytest.mark.slow
def test_an_intact_run_is_reported_with_its_metadata(demo_run: Path) -> None:
    verification = check(demo_run)
    assert (verification.status, verification.note) == ("intact", "")
    assert verification.size == demo_run.stat().st_size
    assert verification.sha256 == hashlib.sha256(demo_run.read_bytes()).hexdigest()
    with duckdb.connect(str(demo_run), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        counts = [con.execute(f'select count(*) from {schema}."{table}"').fetchone() for schema, table in tables]
    assert (verification.tables, verification.rows) == (len(tables), sum(count[0] for count in counts if count))


def used_blocks(path: Path) -> list[int]:
    """Return the blocks of a DuckDB file that contain rows; DuckDB does not check free blocks."""
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute(STORED).fetchall()
        blocks_by_table = [
            con.execute(f"select block_id from pragma_storage_info('{schema}.{table}') where persistent").fetchall()
            for schema, table in tables
        ]
    return sorted({block for rows in blocks_by_table for (block,) in rows if block is not None and block >= 0})


@pytest.mark.slow
def test_a_flipped_byte_is_found_in_any_block(tmp_path: Path) -> None:
    content = run_file_content()
    blocks = used_blocks(unpack(tmp_path))
    offsets = [HEAD + block * BLOCK + BLOCK // 2 for block in blocks[:: len(blocks) // 12]]
    for offset in (100, 4096 + 20, 8192 + 20, *offsets, len(content) - 1):
        flipped = bytearray(content)
        flipped[offset] ^= 0x10
        path = tmp_path / "flipped.duckdb"
        path.write_bytes(flipped)
        status, note = status_and_note(path)
        assert status == "damaged" and note, f"byte {offset} of {len(content)}"


@pytest.mark.parametrize("size", [0, 1, 4096, HEAD, HEAD + 100, -BLOCK, -1])
def test_a_truncated_file_is_damaged(tmp_path: Path, size: int) -> None:
    path = tmp_path / "cut.duckdb"
    path.write_bytes(run_file_content()[:size])
    assert status_and_note(path)[0] == "damaged"


@pytest.mark.slow
def test_a_partial_file_with_the_name_of_a_finished_run_is_incomplete(tmp_path: Path) -> None:
    partial = add_run(tmp_path, 1, partial=True)
    assert status_and_note(partial) == ("partial", "it was never finished: iamsql sync --resume")
    renamed = partial.rename(tmp_path / f"{id_of(1)}.duckdb")
    assert status_and_note(renamed) == ("unfinished", "it was never finished, though its name says so")
    assert iamsql("--runs", tmp_path).exit_code == 1


@pytest.mark.parametrize(
    ("statement", "note"),
    slow_but_every(
        3,
        [
            ("drop table iamsql.event_coverage", "there is no table iamsql.event_coverage"),
            ("drop table iamsql.queries", "queries"),
            ("alter table iamsql.coverage drop column error_code", "error_code"),
            ("delete from iamsql.accounts", "iamsql.accounts is empty"),
            ("delete from iamsql.coverage", "iamsql.coverage is empty"),
            ("insert into iamsql.run select * from iamsql.run", "iamsql.run has 2 rows, not one"),
            ("drop table aws_iam_role", "there is no table aws_iam_role"),
            (
                "create table raw.iam_get_account_authorization_details_users as select 1 as item; "
                "update iamsql.coverage set items = 2 where account_id = '111111111111'",
                "iam:GetAccountAuthorizationDetails returned 2 items, and 1 are stored",
            ),
        ],
    ),
)
def test_missing_data_of_a_run_is_reported(tmp_path: Path, statement: str, note: str) -> None:
    path = add_run(tmp_path, 1)
    with duckdb.connect(str(path)) as con:
        con.execute("create table aws_iam_credential_report (account_id varchar)")
    assert status_and_note(path) == ("intact", "")
    with duckdb.connect(str(path)) as con:
        con.execute(statement)
    status, actual_note = status_and_note(path)
    assert status == "damaged" and note in actual_note


@pytest.mark.slow
def test_other_and_unfinished_files_are_verified_only_when_named(tmp_path: Path) -> None:
    path = add_run(tmp_path, 1)
    with duckdb.connect(str(path)) as con:
        con.execute("create table aws_iam_credential_report (account_id varchar)")
    with duckdb.connect(str(tmp_path / "others.duckdb")) as con:
        con.execute("create table t as from range(5)")
    partial = add_run(tmp_path, 2, partial=True)
    with running(WRITES, add_run(tmp_path, 0, partial=True)):
        result, output = verify(tmp_path)
        assert output and [row[:2] for row in result.rows] == [
            (id_of(0), "running"),
            (id_of(1), "intact"),
            (id_of(2), "partial"),
            ("others", "foreign"),
        ]
        assert result.rows[0][5] is None and result.rows[3][2:4] == (1, 5)
        assert verify(tmp_path, ["latest"])[1]
        for name in (id_of(0), partial, tmp_path / "others.duckdb"):
            assert not verify(tmp_path, [str(name)])[1]


@pytest.mark.slow
def test_the_command(demo_run: Path, tmp_path: Path) -> None:
    fine = iamsql(demo_run, "-o", "csv")
    assert fine.exit_code == 0
    assert fine.stdout.splitlines()[0] == "run,status,tables,rows,bytes,sha256,digest,note"
    (tmp_path / f"{id_of(1)}.duckdb").write_bytes(b"")
    bad = iamsql("--runs", tmp_path)
    assert bad.exit_code == 1 and "damaged" in bad.stdout and "not a valid DuckDB database file" in bad.stdout
    assert iamsql("--runs", tmp_path / "none").exit_code == 0
    assert iamsql("nothing", "--runs", tmp_path).exit_code == 2


def storage(path: Path) -> int:
    """Return the storage version of a file: 64 is DuckDB 1.0 and 1.1, 65 is 1.2, 66 is 1.3."""
    head = path.read_bytes()[:20]
    assert head[8:12] == b"DUCK"
    return int.from_bytes(head[12:20], "little")


@pytest.mark.slow
def test_the_storage_version_of_new_and_resumed_runs_is_that_of_duckdb_1_2(demo_run: Path, tmp_path: Path) -> None:
    assert storage(demo_run) == 65
    partial = tmp_path / f"{id_of(1)}.duckdb.partial"
    open_new(partial).close()
    for turn in range(3):
        with duckdb.connect() as con:
            con.execute(f"attach '{partial}' as r")
            con.execute(f"create table r.t{turn} as select unnest(range(10000)) as i")
        if turn:
            checkpoint(partial)
        assert storage(partial) == 65
    with duckdb.connect(str(tmp_path / "plain.duckdb"), config={"storage_compatibility_version": "latest"}):
        pass
    assert storage(tmp_path / "plain.duckdb") != 65
