"""Batches of findings: no finding is lost or divided in any order, and every limit holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.automation.notify import finding_batches
from iamsql.automation.notify.finding_batches import Batch, FindingBatches


def batched(findings: list[dict[str, Any]], limit: int = 1_000_000) -> list[Batch]:
    """Return the batches of findings, whose IDs are what they settle."""
    batches = FindingBatches(limit)
    done = [batch for finding in findings for batch in batches.add(finding, finding["Id"])]
    return [*done, *batches.take_all()]


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=20)), max_size=40), st.integers(0, 500))
def test_every_finding_is_in_one_batch_of_its_account(pairs: list[tuple[str, str]], limit: int) -> None:
    findings = [{"Id": str(at), "AwsAccountId": account, "Title": text} for at, (account, text) in enumerate(pairs)]
    batches = batched(findings, limit)
    assert (
        sorted((finding for batch in batches for finding in batch.findings), key=lambda finding: int(finding["Id"]))
        == findings
    )
    for batch in batches:
        assert batch.settles == [finding["Id"] for finding in batch.findings]
        assert len({finding["AwsAccountId"] for finding in batch.findings}) == 1


def test_a_batch_has_a_hundred_findings_at_most() -> None:
    findings = [{"Id": str(number), "AwsAccountId": "a"} for number in range(250)]
    assert [len(batch.findings) for batch in batched(findings)] == [100, 100, 50]


def test_a_batch_keeps_the_limit_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_batches, "MAX_BATCH_BYTES", 1_000)
    findings = [{"Id": str(number), "AwsAccountId": "a", "Title": "x" * 280} for number in range(7)]
    batches = batched(findings)
    assert [len(batch.findings) for batch in batches] == [3, 3, 1]
    assert max(len(json.dumps(batch.findings)) for batch in batches) < 1_100


def test_the_account_with_the_most_findings_is_sent_first_when_too_many_wait() -> None:
    batches = FindingBatches(100)
    added = [("a", 1), ("b", 2), ("b", 3)]
    done = [batch for account, at in added for batch in batches.add({"Id": str(at), "AwsAccountId": account}, str(at))]
    assert [batch.settles for batch in done] == [["2", "3"]]
    assert [batch.settles for batch in batches.take_all()] == [["1"]] and batches.packed_bytes == 0
