"""Findings of two runs, with the first run that had them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from iamsql.check.diff.finding_age import compare_findings
from iamsql.check.diff.findings import Finding, FindingSet
from iamsql.runs.coverage.by_account import Accounts

START = datetime(2026, 3, 1, tzinfo=UTC)


def run(day: int, *names: str, accounts: str = "ab", lacking: dict[str, str] | None = None) -> FindingSet:
    """Return the findings of a run; a name begins with its account."""
    known_accounts = Accounts(dict.fromkeys(accounts, ""), frozenset(), frozenset(accounts), all_listed=True)
    empty_finding_set = FindingSet(START + timedelta(days=day), known_accounts, lacking or {})
    for name in names:
        values: dict[str, Any] = {
            "account_id": name[0], "region": "global", "name": name, "resource": name, "value": "v", "reason": "why",
        }  # fmt: skip
        empty_finding_set.add(
            (name,), Finding(**{key: values[key] for key in Finding.__dataclass_fields__ if key in values})
        )
    return empty_finding_set


def compared(*runs: FindingSet) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Compare the last two runs; the others are earlier."""
    *_, old, new = runs
    rows = compare_findings("q", old, new, lambda: list(reversed(runs[:-1])))
    return {(row["change"], row.get("name") or row["account_id"]): row for row in rows}


def test_opened_resolved_and_still_open() -> None:
    changes = compared(run(0, "a1"), run(1, "a1", "a2"), run(3, "a1", "a3"))
    assert changes.keys() == {("still_open", "a1"), ("resolved", "a2"), ("opened", "a3")}
    assert [changes[key]["days_open"] for key in sorted(changes)] == ["0", "2", "3"]
    assert changes["resolved", "a2"]["old_value"] == "v" and changes["opened", "a3"]["new_value"] == "v"
    assert [changes[key]["quiet"] for key in sorted(changes)] == ["False", "False", "True"]


def test_a_run_without_the_account_does_not_end_the_search() -> None:
    changes = compared(run(0, "a1"), run(1, lacking={"a": "denied"}), run(2, "a1"), run(3, "a1"))
    assert changes["still_open", "a1"]["first_seen"] == START.isoformat()
    changes = compared(run(0, "a1"), run(1), run(2, "a1"), run(3, "a1"))
    assert changes["still_open", "a1"]["first_seen"] == (START + timedelta(days=2)).isoformat()


def test_an_account_that_one_run_lacks_is_not_compared() -> None:
    changes = compared(run(0, "a1", "b1", lacking={"a": "denied"}), run(1, "a2", "b2", lacking={"b": "denied"}))
    # What was seen in an incomplete answer was there; what is absent from a complete one is gone.
    assert changes.keys() == {("not_compared", "a"), ("not_compared", "b"), ("resolved", "a1"), ("opened", "b2")}
    assert (
        changes["not_compared", "a"]["reason"] == "old: denied"
        and changes["not_compared", "b"]["reason"] == "new: denied"
    )
    both = compared(run(0, lacking={"a": "denied"}), run(1, lacking={"a": "denied"}))
    assert both["not_compared", "a"]["reason"] == "old and new: denied" and both["not_compared", "a"]["quiet"] == "True"


def test_a_finding_of_an_account_that_left_is_resolved() -> None:
    changes = compared(run(0, "a1"), run(1, accounts="b"))
    assert changes["resolved", "a1"]["reason"] == "the account left the organization"
