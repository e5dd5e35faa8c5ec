"""Fields of findings within the limits of Security Hub."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from iamsql.check.finding_record import FindingOrigin
from iamsql.check.outputs import asff_fields as fields

ORIGIN = FindingOrigin("r1", datetime(2026, 3, 1, tzinfo=UTC), "o-1", "aws", "9" * 12)


def test_a_text_is_visible_and_shortened() -> None:
    assert fields.shorten_text("a\n\u202e", 20) == r"a\n\u202e"
    assert fields.shorten_text("x" * 20, 20) == "x" * 20 and fields.shorten_text("x" * 21, 20) == "x" * 19 + "…"


def test_long_ids_stay_distinct() -> None:
    one, other = fields.shorten_id("x" * 600 + "a"), fields.shorten_id("x" * 600 + "b")
    assert len(one) == len(other) == fields.MAX_ID and one != other and fields.shorten_id("short\n") == r"short\n"


@pytest.mark.parametrize(
    ("account", "product", "importer"),
    [("1" * 12, "", "1" * 12), ("1" * 12, "2" * 12, "2" * 12), ("", "", "9" * 12)],
)
def test_the_importing_account_is_in_the_id(account: str, product: str, importer: str) -> None:
    head = fields.identity_fields("f1", (account, " "), ORIGIN, "eu-west-1", product)
    assert head["AwsAccountId"] == importer and head["Id"].endswith(f":product/{importer}/default/iamsql/f1")
    assert "AwsAccountName" not in head
    nobody = FindingOrigin("r1", ORIGIN.started_at)
    assert fields.identity_fields("f1", ("", "x"), nobody, "r", "")["AwsAccountId"] == fields.NO_ACCOUNT_ID


def recommended(*commands: str) -> str:
    remediation: Any = fields.remediation_fields(commands)
    return str(remediation["Remediation"]["Recommendation"]["Text"]) if remediation else ""


def test_commands_are_numbered_until_they_do_not_fit() -> None:
    assert recommended() == recommended(" ") == ""
    assert recommended("aws x\n") == "aws x\\n" and recommended("a", "b") == "1. a 2. b"
    many = recommended(*("x" * 100 for _ in range(9)))
    assert len(many) <= fields.MAX_RECOMMENDATION and many.endswith(" more: iamsql check --fix") and "… 5 more" in many
    assert len(recommended("x" * 1000)) == fields.MAX_RECOMMENDATION


def test_product_fields_are_few_and_short() -> None:
    product_fields = fields.product_fields(
        {"a": "1", "empty": " "}, {"n": 3, "none": None, "list": ["x"], "long": "y" * 9000}
    )
    assert product_fields == {
        "iamsql/a": "1", "iamsql/dimension/n": "3", "iamsql/dimension/list": '["x"]',
        "iamsql/dimension/long": "y" * (fields.MAX_VALUE - 1) + "…",
    }  # fmt: skip
    many = fields.product_fields({}, {f"d{number}": "é" * 2000 for number in range(80)})
    assert len(many) == fields.MAX_FIELDS and many["iamsql/more"] == "… 31 more"
    assert len(json.dumps(many)) <= fields.MAX_FIELD_BYTES
