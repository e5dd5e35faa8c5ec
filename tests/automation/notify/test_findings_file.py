"""Findings on disk are the findings that were written, for several readers at a time."""

from __future__ import annotations

from itertools import zip_longest
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.automation.notify import findings_file as module
from iamsql.automation.notify.findings_file import FindingsFile
from iamsql.check.finding_record import FindingRecord, Rule
from iamsql.model import Query

RULES = [Rule(name, cast(Query, None), "high", ("cis_v7.0:1.1",)) for name in ("user_mfa", "root_mfa/days=3")]
RECORDS = st.builds(
    FindingRecord, st.sampled_from(RULES), st.text(), st.just("alarm"), st.text(), st.text(), st.text(),
    dimensions=st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text())), muted=st.text(),
    fixes=st.lists(st.text()),
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(RECORDS, max_size=5))
@settings(max_examples=50, deadline=None)
def test_every_finding_is_read_as_it_was_written(records: list[FindingRecord]) -> None:
    findings_file = FindingsFile()
    for record in records:
        findings_file.add(record)
    assert list(findings_file) == records == list(findings_file)
    findings_file.close()


def test_readers_do_not_disturb_each_other() -> None:
    findings_file = FindingsFile()
    numbers = [str(number) for number in range(3 * module.READ_BYTES // 1000)]
    for number in numbers:
        findings_file.add(FindingRecord(RULES[0], number, "alarm", "n" * 1000, "", ""))
    pairs = list(zip_longest(findings_file, findings_file))
    assert [(first.fingerprint, second.fingerprint) for first, second in pairs] == list(
        zip(numbers, numbers, strict=True)
    )
    findings_file.close()
