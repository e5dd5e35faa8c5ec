"""The controls to resolve first."""

from __future__ import annotations

from typing import Any

from iamsql.model import Result
from iamsql.report.contents import Control
from iamsql.report.controls import FINDING_COLUMNS, FINDING_TYPES
from iamsql.report.urgent import MAX_CONTROLS, urgent_controls


def control(name: str, severity: str, family: str, alarms: int, *fixes: str) -> Control:
    """Return a control with alarms."""
    counts = {"alarm": alarms} if alarms else {"ok": 1}
    return Control("all", (), "", name, f"Ensure {name}", severity, family, "", fixes, counts)


def findings(*controls: Control, **values: Any) -> Result:
    """Return the alarms of controls, each in another account."""
    rows = []
    for each in controls:
        for number in range(each.counts.get("alarm", 0)):
            row = {"control": each.name, "severity": each.severity, "status": "alarm", "account_id": f"{number:012}"}
            row |= {"resource": f"arn:aws:iam::{number:012}:user/ann", "reason": "Why.", **values}
            rows.append(tuple(row.get(column) for column in FINDING_COLUMNS))
    return Result(FINDING_COLUMNS, rows, FINDING_TYPES)


def test_the_most_severe_controls_of_several_families_come_first() -> None:
    controls = [
        control("few", "critical", "root", 1), control("many", "critical", "root", 5), control("other", "critical", "roles", 2),
        control("high", "high", "roles", 9), control("fine", "critical", "root", 0), control("medium", "medium", "root", 9),
        control("more", "high", "users", 1), control("last", "high", "groups", 1),
    ]  # fmt: skip
    urgent_list = urgent_controls(controls, findings(*controls), {})
    assert [each.name for each in urgent_list] == ["many", "other", "few", "high", "more"]
    assert (len(urgent_list), urgent_list[0].alarms, urgent_list[0].accounts) == (MAX_CONTROLS, 5, 5)


def test_a_command_that_changes_something_is_better_than_a_query() -> None:
    fixes = (
        "iamsql query x",
        "aws iam get-user --user-name {user}",
        "# Ask {user} first.",
        "aws iam delete-user --user-name {user}",
    )
    (first_control,) = urgent_controls(
        [each := control("c", "high", "f", 1, *fixes)], findings(each, dimensions='{"user": "a b"}'), {}
    )
    assert (first_control.command, first_control.advice) == ("aws iam delete-user --user-name 'a b'", "")
    (first_control,) = urgent_controls(
        [each := control("c", "high", "f", 1, *fixes[:3])], findings(each), {"c": {"user": "ann"}}
    )
    assert (first_control.command, first_control.advice) == ("", "Ask ann first.")
    (first_control,) = urgent_controls([each := control("c", "high", "f", 1, fixes[0])], findings(each), {})
    assert (first_control.command, first_control.advice) == ("iamsql query x", "")


def test_a_path_is_readable() -> None:
    path = (
        "ann can become one: arn:aws:iam::111122223333:user/ann -[assume_role]-> arn:aws:iam::111122223333:role/admin."
    )
    (first_control,) = urgent_controls([each := control("c", "high", "f", 1)], findings(each, reason=path), {})
    assert first_control.reason == "ann can become one: user/ann → assume role → role/admin."
