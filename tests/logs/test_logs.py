"""A record is one line of text or JSON; the log file is private, never a link, and its loss does not stop a command."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql import logs
from iamsql.model import IamsqlError
from tests.hostile.names import NAMES, UNSEEN

LOG = logging.getLogger("iamsql.tests")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    logs.close()


def lines(path: Path) -> list[str]:
    """Return the lines of a log; only \\n ends a line."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return text[:-1].split("\n")


def test_a_record_of_text_has_time_level_logger_message_and_fields(tmp_path: Path) -> None:
    logs.configure(file=tmp_path / "a.log")
    LOG.warning(
        "A request failed.", extra=logs.fields(account_id="111122223333", error='He said "no".', attempt=2, code="")
    )
    LOG.debug("not written")
    time, remaining = lines(tmp_path / "a.log")[0].split(" ", 1)
    assert (
        remaining
        == 'WARNING iamsql.tests A request failed. account_id=111122223333 error="He said \\"no\\"." attempt=2'
    )
    assert len(time) == 24 and time.endswith("Z") and time[10] == "T" and time[19] == "."


def test_a_record_of_json_has_the_same_values(tmp_path: Path) -> None:
    logs.configure(file=str(tmp_path / "a.log"), fmt="json", debug=True)
    try:
        raise ValueError("a\nb")
    except ValueError:
        LOG.debug("Read %s.", "x", exc_info=True, extra=logs.fields(options={"--account": ("1", "2")}, seconds=0.5))
    record = json.loads(lines(tmp_path / "a.log")[0])
    assert (record["level"], record["logger"], record["message"]) == ("DEBUG", "iamsql.tests", "Read x.")
    assert (record["options"], record["seconds"]) == ({"--account": ["1", "2"]}, 0.5)
    assert record["exception"].startswith("Traceback") and record["exception"].endswith("ValueError: a\nb")


@pytest.mark.parametrize("fmt", logs.FORMATS)
def test_a_hostile_name_is_one_visible_line(tmp_path: Path, fmt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The handlers of pytest cannot send lone surrogates to its main process.
    monkeypatch.setattr(logging.getLogger(logs.ROOT_LOGGER), "propagate", False)
    logs.configure(file=tmp_path / "a.log", fmt=fmt)
    names = [*NAMES, *UNSEEN]
    for name in names:
        LOG.info("%s", name, extra=logs.fields(error=name, key=name))
    written = lines(tmp_path / "a.log")
    assert len(written) == len(names) and all(line.isprintable() for line in written)
    if fmt == "json":
        read = [json.loads(line) for line in written]
        short_names = [name for name in names if len(name) < 99]
        assert [each.get("error", "") for each, name in zip(read, names, strict=True) if len(name) < 99] == short_names


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    logs.configure(file=tmp_path / "a.log")
    LOG.info("x", extra=logs.fields(statement="select 1, " * 100_000))
    assert len(lines(tmp_path / "a.log")[0]) < logs.MAX_FIELD_CHARACTERS + 200


def test_debug_records_go_to_stderr(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    logs.configure(debug=True, file=tmp_path / "a.log")
    LOG.debug("One.")
    assert capsys.readouterr().err == "\n".join(lines(tmp_path / "a.log")) + "\n"
    logs.close()
    LOG.warning("Two.")
    assert capsys.readouterr() == ("", "") and len(lines(tmp_path / "a.log")) == 1


def test_without_a_log_a_warning_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    LOG.warning("Nothing.")
    assert not LOG.isEnabledFor(logging.INFO) and capfd.readouterr() == ("", "")


def test_the_loggers_of_other_packages_have_no_handler(tmp_path: Path) -> None:
    logs.configure(debug=True, file=tmp_path / "a.log")
    for name in ("botocore", "urllib3", "boto3", "duckdb", "asyncio"):
        logger = logging.getLogger(name)
        assert not logger.isEnabledFor(logging.DEBUG)
        assert all(isinstance(handler, logging.NullHandler) for handler in logger.handlers)
        logger.warning("Authorization: s3cr3t")
    assert (tmp_path / "a.log").read_text() == ""


def test_the_file_is_appended_to_with_mode_0600(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("earlier\n")
    path.chmod(0o644)
    logs.configure(file=path)
    LOG.info("later")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line.split(" ")[-1] for line in lines(path)] == ["earlier", "later"]
    logs.configure(file=tmp_path / "new.log")
    assert stat.S_IMODE((tmp_path / "new.log").stat().st_mode) == 0o600


def test_a_link_a_folder_a_pipe_and_a_missing_folder_are_errors_of_two_lines(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "dangling", ".", "pipe", "missing/a.log", "a\0b"):
        with pytest.raises(IamsqlError, match="cannot write the log file") as caught:
            logs.configure(file=f"{tmp_path}/{name}")
        assert len(str(caught.value).splitlines()) == 2
    assert (tmp_path / "target").read_text() == "" and not (tmp_path / "nothing").exists()


def test_a_file_of_another_user_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.log").write_text("")
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    with pytest.raises(IamsqlError, match="belongs to another user"):
        logs.configure(file=tmp_path / "a.log")


def test_a_full_disk_is_an_error_at_the_start_and_one_line_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    write = os.write
    logs.configure(file=tmp_path / "a.log")
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(IamsqlError, match="No space left on device"):
        LOG.info("1")
    monkeypatch.setattr(os, "write", write)
    LOG.info("2")
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:5]))
    LOG.info("3")
    monkeypatch.setattr(os, "write", full)
    LOG.info("4")
    LOG.info("5")
    assert capsys.readouterr().err == f"The log file {tmp_path / 'a.log'} lacks records: No space left on device.\n"
    monkeypatch.setattr(os, "write", write)
    LOG.info("6")
    assert [line[-1] for line in lines(tmp_path / "a.log") if line] == ["2", "-", "6"]


def test_an_argument_that_does_not_fit_the_message_prints_no_argument(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(logs.ROOT_LOGGER), "propagate", False)  # pytest's handlers raise the error
    logs.configure(file=tmp_path / "a.log")
    LOG.info("first")
    LOG.info("%d", "s3cr3t", "s3cr3t")
    assert capfd.readouterr().err == f"The log file {tmp_path / 'a.log'} lacks records: TypeError.\n"


def test_a_message_for_the_user_is_on_stderr_without_a_log_and_other_warnings_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    LOG.warning("for the %s", "log")
    LOG.warning("for the %s", "user", extra=logs.FOR_USER)
    assert capsys.readouterr().err == "for the user\n"
