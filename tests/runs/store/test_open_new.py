"""A full disk is recognized."""

from __future__ import annotations

from iamsql.model import IamsqlError
from iamsql.runs.store.open_new import is_disk_full


def test_a_full_disk_is_recognized_by_its_error_number_and_by_its_message() -> None:
    assert is_disk_full(OSError(28, "No space left on device")) and is_disk_full(OSError(122, "quota"))
    assert is_disk_full(IamsqlError("Could not write file")) and not is_disk_full(OSError(13, "denied"))
