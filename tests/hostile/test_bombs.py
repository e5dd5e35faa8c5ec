"""Files that would fill the memory are reported, each with a row of coverage and a message, and all else is imported."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.sync import gunzip, json_stream
from iamsql.sync.cloudtrail import log_files
from iamsql.sync.importer import files, items
from iamsql.sync.importer.read import read
from iamsql.sync.importer.write import import_files
from tests.sync.cloudtrail.loaded_events import record
from tests.sync.importer.test_write import USER, rows
from tests.tiers import slow_but_every

ME = "123456789012"
LOG = f"{ME}_CloudTrail_us-east-1_20260301T0000Z_{{}}.json.gz"
GOOD = gzip.compress(json.dumps({"Records": [record(1)]}).encode())
# A process in between, because the peak memory of a child starts at the peak of its parent.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, *sys.argv[1:]], stdout=sys.stderr).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
MEMORY = 1024  # MiB that an import may take
COVERAGE = "select status, error_code, error_message from iamsql.coverage where error_code <> 'not_imported'"


def bomb(path: Path, parts: Iterable[tuple[bytes, int]], trailer: int | None = None) -> Path:
    """Write a gzip file of texts, each repeated a number of times; `trailer` is the size that the file claims."""
    packer = zlib.compressobj(6, wbits=31)
    with path.open("wb") as file:
        for text, times in parts:
            many = max(1, min(times, 2**20 // len(text)))
            block = text * many
            for _ in range(times // many):
                file.write(packer.compress(block))
        file.write(packer.flush())
    if trailer is not None:
        path.write_bytes(path.read_bytes()[:-4] + trailer.to_bytes(4, "little"))
    return path


def with_member(text: bytes, times: int, end: bytes, start: bytes = b"") -> list[tuple[bytes, int]]:
    """Return the parts of a record with a member of any size."""
    return [(json.dumps(record(2)).encode()[:-1] + b', "x": ' + start, 1), (text, times), (end + b"}", 1)]


def log_of(*texts: list[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    """Return the parts of a log with records."""
    between = [part for text in texts for part in ((b",", 1), *text)][1:]
    return [(b'{"Records": [', 1), *between, (b"]}", 1)]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limits, so small files exceed them."""
    monkeypatch.setattr(json_stream, "MAX_DOCUMENT", 20_000)
    monkeypatch.setattr(gunzip, "CHUNK", 4_000)
    monkeypatch.setattr(log_files, "LARGE_FILE", 30_000)
    monkeypatch.setattr(log_files, "PART_BYTES", 5_000)
    monkeypatch.setattr(log_files, "GROUP_BYTES", 10_000)
    monkeypatch.setattr(files, "FIRST_BYTES", 10_000)


def imported(folder: Path, runs: Path) -> tuple[list[tuple[Any, ...]], list[str], list[str]]:
    """Import a folder; return the rows of coverage with a fault, the event ids, and the messages."""
    result = import_files([folder], ME, runs)
    ids = sorted(event_id for (event_id,) in rows(result.path, "select event_id from iamsql.events"))
    return rows(result.path, COVERAGE), ids, result.lines


@pytest.mark.slow
@pytest.mark.usefixtures("small_limits")
def test_a_record_that_is_too_large_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    plain = [[(json.dumps(record(number)).encode(), 1)] for number in (1, 3)]
    path = bomb(dumps / LOG.format(1), log_of(plain[0], with_member(b"x", 100_000, b'"', b'"'), plain[1]))
    (dumps / LOG.format(2)).write_bytes(gzip.compress(json.dumps({"Records": [record(4)]}).encode()))
    faults, ids, lines = imported(dumps, tmp_path / "runs")
    assert ids == ["e-1", "e-3", "e-4"]
    message = f"{path}: 1 record of more than 16 MiB left out"
    assert faults == [("partial", "too_large", message)]
    assert f"  read in part: {message}" in lines and "Read 3 events in 2 CloudTrail log files." in lines


@pytest.mark.slow
@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(
    ("parts", "trailer", "code"),
    [
        (
            log_of(with_member(b"x", 40 * 2**20, b'"', b'"')),
            100,
            "corrupt",
        ),  # DuckDB reads documents of up to its buffer of 32 MiB
        (log_of([(b"[],", 50_000), (b"[]", 1)]), None, "not_a_log"),
        (log_of(with_member(b"[", 50_000, b"]")), None, "too_deep"),
        (log_of(with_member(b"[],", 50_000, b"", b"[")), None, "cut_short|not_json"),
        ([(b" ", 100_000)], None, "not_a_log"),
        ([(b"x", 100_000)], None, "not_json"),
    ],
    ids="record-and-trailer arrays deep unclosed spaces text".split(),
)
def test_a_log_that_expands_too_far_is_a_row_and_the_others_are_read(
    tmp_path: Path, parts: list[tuple[bytes, int]], trailer: int | None, code: str
) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    path = bomb(dumps / LOG.format(1), parts, trailer)
    (dumps / LOG.format(2)).write_bytes(GOOD)
    faults, ids, lines = imported(dumps, tmp_path / "runs")
    assert ids == ["e-1"]
    [(status, found_code, message)] = faults
    assert status == "error" and found_code in code.split("|") and message.startswith(f"{path}: ")
    assert f"  not read: {message}" in lines


@pytest.mark.slow
def test_a_log_that_is_too_large_is_an_error_and_leaves_no_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_limits: None
) -> None:
    monkeypatch.setattr(log_files, "MAX_LOG", 100_000)
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    text = json.dumps(record(1)).encode()
    bomb(dumps / LOG.format(1), log_of([(text + b",", 1000), (text, 1)]))
    (dumps / LOG.format(2)).write_bytes(gzip.compress(json.dumps({"Records": [record(4)]}).encode()))
    faults, ids, _ = imported(dumps, tmp_path / "runs")
    assert ids == ["e-4"]
    assert [(status, code) for status, code, _ in faults] == [("error", "too_large")]
    assert [path.suffix for path in (tmp_path / "runs").glob("*-*")] == [".duckdb"]


@pytest.mark.slow
@pytest.mark.usefixtures("small_limits")
def test_an_item_that_is_too_large_is_left_out_and_its_list_is_partial(tmp_path: Path) -> None:
    large = json.dumps(USER | {"Tags": "x" * 30_000})
    others = [json.dumps(USER | {"UserName": f"user-{n}", "Arn": f"{USER['Arn']}-{n}"}) for n in range(100)]
    path = tmp_path / "users.json"
    path.write_text('{"Users": [' + ",".join([*others[:50], large, *others[50:]]) + '], "IsTruncated": false}')
    result = import_files([path], None, tmp_path / "runs")
    assert rows(result.path, "select count(*), count(distinct name) from aws_iam_user") == [(100, 100)]
    [(status, code, message)] = rows(result.path, COVERAGE)
    assert (status, code) == ("partial", "too_large") and message.startswith(f"{path}: 1 item left out")
    assert any("read in part" in line for line in result.lines)


@pytest.mark.usefixtures("small_limits")
def test_items_that_do_not_fit_into_memory_are_the_same_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [{"UserName": f"u{n % 7}", "AccessKeyId": f"AKIA{n}", "Status": "Active"} for n in range(500)]
    (tmp_path / "keys.json").write_text(json.dumps({"AccessKeyMetadata": keys}))
    (tmp_path / "users.json").write_text(json.dumps({"Users": [USER]}))
    in_memory = [
        (response.operation, response.bound, list(response.items)) for response in read([tmp_path], ME).responses
    ]
    monkeypatch.setattr(items, "MAX_BYTES_IN_MEMORY", 5_000)
    on_disk = read([tmp_path], ME).responses
    assert [(response.operation, response.bound, list(response.items)) for response in on_disk] == in_memory
    assert len(on_disk) == 8 and len(on_disk[0].items) == len(in_memory[0][2])


@pytest.mark.parametrize(
    ("parts", "message"),
    slow_but_every(
        3,
        [
            ([(b"[],", 400_000), (b"[]", 1)], "not valid JSON"),
            ([(b'{"Users": [', 1), (b"{},", 400_000), (b"{}]}", 1)], "more than 300,000 items"),
            ([(b'{"x": "', 1), (b"x", 20_000_000), (b'"}', 1)], "more than 16 MiB in addition to its lists"),
            ([(b'{"x": ', 1), (b"[", 2_000_000)], "nested deeper"),
            ([(b'{"x": ', 1), (b"[", 100_000)], "nested deeper"),
            pytest.param([(b"{}", 400_000)] * 4, "more than 300,000 items", marks=pytest.mark.slow),
            ([(b'{"x": "', 1), (b"x", 5_000_000), (b'"}', 1)] * 10, "more than 32 MiB"),
            ([(b"user,arn,user_creation_time,", 1), (b"x,", 10_000_000)], "a credential report of more than 16 MiB"),
        ],
    ),
    ids="arrays items member deep deep-and-small documents bytes report".split(),
)
def test_a_dump_that_expands_too_far_is_an_error_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: list[tuple[bytes, int]], message: str
) -> None:
    monkeypatch.setattr(items, "MAX_ITEMS", 300_000)
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 32 * 2**20)
    path = bomb(tmp_path / "dump.json.gz", parts)
    with pytest.raises(IamsqlError) as error:
        read([path], ME)
    assert message in str(error.value) and str(error.value).startswith(str(path))
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.slow
def test_a_log_whose_name_is_a_glob_pattern_is_one_file(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    for number, name in enumerate(("*", "?", "[1]", "1", "{2,3}")):
        text = json.dumps({"Records": [record(number)]}).encode()
        (dumps / LOG.format(name)).write_bytes(gzip.compress(text))
    faults, ids, _ = imported(dumps, tmp_path / "runs")
    assert (faults, ids) == ([], [f"e-{number}" for number in range(5)])


def test_a_large_file_that_is_not_a_dump_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(2**40)
    (tmp_path / "users.json").write_text(json.dumps({"Users": [USER]}))
    dump = read([tmp_path])
    assert [(path.name, reason) for path, reason in dump.ignored] == [
        ("huge.bin", "neither JSON nor a credential report")
    ]


@pytest.mark.slow
def test_links_fifos_and_sockets_are_reported_and_not_read(tmp_path: Path) -> None:
    dumps, outside = tmp_path / "dumps", tmp_path / "outside"
    dumps.mkdir()
    outside.mkdir()
    (dumps / "users.json").write_text(json.dumps({"Users": [USER]}))
    (outside / "secret.json").write_text(json.dumps({"Users": [USER | {"UserName": "secret"}]}))
    (outside / "log").write_bytes(GOOD)
    (dumps / "file.json").symlink_to(outside / "secret.json")
    (dumps / "folder").symlink_to(outside)
    (dumps / "loop").symlink_to(dumps)
    (dumps / "gone").symlink_to(outside / "gone")
    (dumps / "zeros").symlink_to("/dev/zero")
    (dumps / LOG.format(1)).symlink_to(outside / "log")
    os.mkfifo(dumps / "fifo.json")
    os.mkfifo(dumps / LOG.format(2))
    with socket.socket(socket.AF_UNIX) as listening:
        try:
            listening.bind(str(dumps / "socket.json"))
        except OSError:  # a path that is too long for an address
            pytest.skip("the temporary folder has too long a name")
        faults, ids, lines = imported(dumps, tmp_path / "runs")
    assert ids == []
    reasons = {"a symbolic link, not followed", "a FIFO, not read"}
    assert {(code, message.split(": ")[1]) for _, code, message in faults} == {
        ("not_a_file", reason) for reason in reasons
    }
    skipped = {Path(line.split(": ")[1]).name: line.split(": ")[2] for line in lines if "skipped: " in line}
    links = {"file.json", "folder", "loop", "gone", "zeros", LOG.format(1)}
    assert skipped == dict.fromkeys(links, "a symbolic link, not followed") | {
        "fifo.json": "a FIFO, not read",
        LOG.format(2): "a FIFO, not read",
        "socket.json": "a socket, not read",
    }


def test_a_named_link_is_read_and_a_named_device_or_fifo_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text(json.dumps({"Users": [USER]}))
    (tmp_path / "link").symlink_to(tmp_path / "users.json")
    os.mkfifo(tmp_path / "fifo")
    assert len(read([tmp_path / "link"]).responses) == 1
    for path, kind in ((tmp_path / "fifo", "a FIFO"), (Path("/dev/zero"), "a device")):
        with pytest.raises(IamsqlError, match=f"{kind}, neither a file nor a folder"):
            read([path])


# -- files of full size ----------------------------------------------------------------------------------------------------


def spent(path: Path, runs: Path) -> tuple[int, float, str]:
    """Import a file in another process; return its exit code, its peak memory in MiB, and its messages."""
    command = ["-m", "iamsql", "import", str(path), "--account", ME, "--runs", str(runs)]
    process = subprocess.run([sys.executable, "-c", MEASURE, *command], check=True, capture_output=True, text=True)
    code, peak = process.stdout.split()
    return int(code), int(peak) / (2**20 if sys.platform == "darwin" else 2**10), process.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parts", "trailer", "code", "message"),
    [
        ("dump.json.gz", [(b"[],", 20_000_000), (b"[]", 1)], None, 2, "not valid JSON"),
        (LOG.format(1), log_of(with_member(b"x", 300 * 2**20, b'"', b'"')), 100, 0, "not read"),
        (LOG.format(1), log_of(with_member(b"[],", 14 * 2**18, b"[]]", b"[")), None, 0, "CloudTrail log files"),
        (
            "users.json.gz",
            [(b'{"Users": [{"x": [', 1), (b"[],", 14 * 2**18), (b"[]]}]}", 1)],
            None,
            0,
            "1 item left out",
        ),
    ],
    ids="arrays record-and-trailer nested-record nested-item".split(),
)
def test_an_import_stays_within_its_memory(
    tmp_path: Path, name: str, parts: list[tuple[bytes, int]], trailer: int | None, code: int, message: str
) -> None:
    actual_code, memory, messages = spent(bomb(tmp_path / name, parts, trailer), tmp_path / "runs")
    assert (actual_code, "Traceback" in messages) == (code, False), messages
    assert message in messages
    assert memory < MEMORY
