"""A notice counts its changes, and a message that can be repeated is not final."""

from __future__ import annotations

from iamsql.automation.notify.model import KINDS, DeliveryError, MessageError, no_findings
from tests.automation.notify.notices import change, notice, resolved


def test_changes_are_counted_by_kind_and_identified() -> None:
    result = notice([change(1), change(2), resolved()])
    assert result.counts == {"opened": 2, "resolved": 1} and result.counts["key"] == 0
    assert result.fingerprints == [f"{1:064x}", f"{2:064x}", f"{5:064x}"]
    assert {*result.counts} <= {*KINDS}


def test_by_default_a_notice_has_no_open_findings() -> None:
    assert list(notice().open_findings()) == list(no_findings()) == []


def test_a_message_error_is_a_delivery_error_that_is_repeated() -> None:
    assert issubclass(MessageError, DeliveryError) and MessageError("x").is_final is False
