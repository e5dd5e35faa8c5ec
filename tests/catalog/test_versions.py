"""A name selects the newest version of a query, and name@version another one."""

from __future__ import annotations

import pytest

from iamsql.catalog.versions import find_control, find_version
from iamsql.model import IamsqlError, Query

VERSIONS = [Query("mfa", "", "", version=number, kind="control", latest=number == 3) for number in (1, 3)]
QUERIES = {"mfa": VERSIONS, "stale_keys": [Query("stale_keys", "", "")]}


def test_a_version_is_given_by_its_number() -> None:
    assert find_version(VERSIONS, "mfa") is VERSIONS[1] and find_version(VERSIONS, "mfa@1") is VERSIONS[0]
    assert find_control(QUERIES, "mfa@3", ["mfa"]) is VERSIONS[1]
    for text in ("mfa@2", "mfa@", "mfa@x"):
        with pytest.raises(IamsqlError, match=r"mfa has no version .* \(it has 1, 3\)"):
            find_version(VERSIONS, text)


@pytest.mark.parametrize(
    ("name", "message"),
    [("mfaa", "no control named 'mfaa'; did you mean mfa"), ("stale_keys", "is a report, not a control")],
)
def test_a_name_other_than_a_control_is_an_error(name: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        find_control(QUERIES, name, ["mfa"])
