"""A value of --arg applies to each query with the parameter, or to one."""

from __future__ import annotations

import pytest

from iamsql.check.arguments import require_arguments, select_arguments
from iamsql.model import IamsqlError, Param, Query

DAYS = Param("days", "integer", 90)
OLD, UNUSED = (
    Query("old", "", "", params=(DAYS,)),
    Query("unused", "", "", params=(DAYS, Param("inactive", "boolean", False))),
)


def test_the_value_of_a_query_replaces_that_of_all() -> None:
    args = {"days": "1", "old.days": "2", "other.days": "3", "unused.inactive": "true"}
    assert select_arguments(OLD, args) == {"days": "2"}
    assert select_arguments(UNUSED, args) == {"days": "1", "inactive": "true"}
    assert select_arguments(OLD, {}) == {}


def test_a_value_that_no_query_takes_is_an_error() -> None:
    require_arguments([OLD, UNUSED], {"days": "1", "unused.inactive": "true"}, "controls")
    for name in ("dayz", "old.inactive", "other.days"):
        with pytest.raises(IamsqlError, match=f"none of the controls has a parameter '{name}'"):
            require_arguments([OLD, UNUSED], {name: "1"}, "controls")
