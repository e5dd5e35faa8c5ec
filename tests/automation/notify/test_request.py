"""Requests of notifications: what is invalid, what identifies a selection, and the rows of a result."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.automation.notify.request import Delivery, NotifyRequest, NotifyResult
from iamsql.model import IamsqlError


@pytest.mark.parametrize(
    ("targets", "options", "message"),
    [
        ((), {}, "No target is given"),
        (("slack",), {"kinds": ("open",)}, "unknown kind of change 'open'; did you mean opened"),
        (("slack",), {"severity": "worst"}, "unknown severity 'worst'"),
        (("slack",), {"link": "javascript:alert(1)"}, "must begin with https://"),
    ],
)
def test_an_invalid_request_is_an_error(targets: tuple[str, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        NotifyRequest(targets, **options).validate()
    NotifyRequest(("slack",), link="https://reports.example").validate()


def test_a_selection_depends_on_what_is_selected_and_not_on_its_order() -> None:
    one = NotifyRequest(("slack",), kinds=("opened", "key"), benchmarks=("a", "b")).selection
    assert NotifyRequest(("x", "y"), kinds=("key", "opened", "key"), benchmarks=("b", "a")).selection == one
    others = [
        {"kinds": ("opened",), "benchmarks": ("a", "b")},
        {"kinds": ("opened", "key"), "benchmarks": ("a",)},
        {"kinds": ("opened", "key"), "benchmarks": ("a", "b"), "severity": "high"},
    ]
    assert len({one, *(NotifyRequest(("slack",), **options).selection for options in others)}) == 4


def test_only_settings_with_a_value_are_given_to_targets() -> None:
    assert NotifyRequest(("slack",)).settings == {}
    assert NotifyRequest(("slack",), securityhub_role="iamsql-securityhub").settings == {
        "securityhub_role": "iamsql-securityhub"
    }


def test_a_result_has_a_row_for_each_target_and_the_failures() -> None:
    result = NotifyResult([Delivery("slack", "sent", 2, 1, "ok"), Delivery("sns", "failed", 2, 0, "denied")])
    assert result.rows.rows == [("slack", "sent", 2, 1, "ok"), ("sns", "failed", 2, 0, "denied")]
    assert result.failures == ["sns: denied"] and NotifyResult([]).failures == []
    assert NotifyResult([Delivery("slack", "nothing new")]).rows.rows[0][-1] is None
