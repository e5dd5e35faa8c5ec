"""The answers of a control: which accounts lack one, and which records are alarms."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.automation.notify import answers
from iamsql.automation.notify.answers import Answers, iter_answers
from iamsql.check.diff.findings import FindingSet
from iamsql.model import IamsqlError
from iamsql.runs.coverage.by_account import Accounts
from tests.automation.notify.findings import RULE, finding
from tests.automation.notify.notices import RUN

RESULTS: Any = None


def made(all_listed: bool = True, **lacking: str) -> Answers:
    accounts = Accounts({"a": "", "b": ""}, frozenset(), frozenset({"a"}), all_listed=all_listed)
    return Answers(RULE, RESULTS, FindingSet(RUN.started_at, accounts, lacking))


def test_an_account_without_data_has_no_answer_and_one_outside_the_organization_has_one() -> None:
    result = made(b="denied")
    assert [result.lacks(account) for account in "abc"] == [False, True, False]
    assert made(all_listed=False).lacks("c")
    assert all(made(**{"*": "failed"}).lacks(account) for account in "abc")


def test_only_alarms_are_records(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [finding(1), finding(2, status="error"), finding(3, muted="later")]
    monkeypatch.setattr(answers, "build_records", lambda results, rule, statuses, only: iter(records))
    assert [record.resource[-1] for record in made().records({"x"})] == ["1", "3"]


def test_a_file_without_a_time_is_not_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "make_rules", lambda control_run: {})
    control_run: Any = SimpleNamespace(
        reader=SimpleNamespace(path="x.duckdb", metadata=SimpleNamespace(started_at=None))
    )
    with pytest.raises(IamsqlError, match=r"x\.duckdb is not a run of iamsql"):
        next(iter_answers(control_run))
