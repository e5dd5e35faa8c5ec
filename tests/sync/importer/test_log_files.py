"""Log files of CloudTrail, by path or by their first bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from iamsql.sync.cloudtrail.log_files import LogFile
from iamsql.sync.importer.files import InputFile
from iamsql.sync.importer.log_files import detect_log, log_from_path, skip_reason

ACCOUNT = "111111111111"
NAME = f"{ACCOUNT}_CloudTrail_eu-west-1_20261125T0800Z_abc.json.gz"
IN_FOLDER = f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/25/renamed.json"


@pytest.mark.parametrize("path", [NAME, f"logs/{NAME}", IN_FOLDER, f"/x/{IN_FOLDER}"])
def test_a_path_has_the_account_and_the_region(path: str) -> None:
    assert log_from_path(Path(path)) == LogFile(Path(path), path, ACCOUNT, "eu-west-1")


@pytest.mark.parametrize(
    "path",
    ["a.json", f"1{NAME}", NAME.replace("T0800Z", ""), IN_FOLDER.replace("/25/", "/"), f"a/CloudTrail-Digest/{NAME}"],
)
def test_other_paths_are_not_logs(path: str) -> None:
    assert log_from_path(Path(path)) is None


def test_digests_and_insights_are_skipped() -> None:
    assert skip_reason(Path("a/CloudTrail-Digest/b.json")) == "a CloudTrail digest, not a log"
    assert skip_reason(Path("a/CloudTrail-Insight/b.json")) == "CloudTrail Insights, not a log"
    assert skip_reason(Path("a/CloudTrail/b.json")) is None


@pytest.mark.parametrize(
    ("content", "is_log"),
    [
        (b'{"Records": [', True),
        (b'\xef\xbb\xbf \n{ "Records":[]}', True),
        (gzip.compress(b'{"Records":[]}', mtime=0), True),
        (b'{"eventVersion":"1","eventSource":"s","eventName":"n"}', True),
        (b'[{"eventVersion":"1","eventSource":"s","eventName":"n"}]', True),
        (b'{"eventVersion":"1","eventName":"n"}', False),
        (b'{"Users": []}', False),
        (b"", False),
        (b"\x1f\x8bnot gzip", False),
    ],
)
def test_first_bytes_show_a_log_of_the_named_account(content: bytes, is_log: bool, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    expected = LogFile(path, str(path), ACCOUNT) if is_log else None
    assert detect_log(InputFile(path, tmp_path, named=True), ACCOUNT) == expected


def test_a_damaged_file_with_the_path_of_a_log_is_a_log(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\x1f\x8bnot gzip")
    log = detect_log(InputFile(tmp_path / NAME, tmp_path, named=False), "222222222222")
    assert log is not None and log.account_id == ACCOUNT
