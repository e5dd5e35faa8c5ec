"""Fields that the events of OCSF share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from iamsql.check.finding_record import FindingOrigin
from iamsql.check.outputs import ocsf_fields as fields
from iamsql.check.outputs.field_values import NEW_STATE, RESOLVED_STATE

STARTED = datetime(2026, 3, 1, 12, 0, 0, 1000, UTC)
ORIGIN = FindingOrigin("r1", STARTED, "o-1", "aws")
ALONE = FindingOrigin("r1", STARTED)


def test_a_time_is_milliseconds_and_text_in_utc() -> None:
    berlin = STARTED.astimezone(timezone(timedelta(hours=1)))
    assert fields.time_fields("time", berlin) == {"time": 1772366400001, "time_dt": "2026-03-01T12:00:00.001Z"}


def test_a_resolved_finding_is_closed_and_every_other_one_created() -> None:
    event = fields.EventClass(2003, "Compliance Finding")
    opened, closed = (fields.class_fields(event, "info", state) for state in (NEW_STATE, RESOLVED_STATE))
    assert (opened["activity_name"], opened["type_uid"], opened["severity"]) == ("Create", 200301, "Informational")
    assert (closed["activity_name"], closed["type_name"]) == ("Close", "Compliance Finding: Close")


def test_what_is_unknown_is_left_out() -> None:
    assert fields.metadata_object(ORIGIN, "1.3.0", "mfa")["tenant_uid"] == "o-1"
    assert "tenant_uid" not in fields.metadata_object(ALONE, "1.3.0", "mfa")
    assert fields.cloud_object(ALONE, "", "", "eu-west-1") == {"provider": "AWS", "region": "eu-west-1"}
    cloud = fields.cloud_object(ORIGIN, "1" * 12, "", "global")
    assert "name" not in cloud["account"] and cloud["org"] == {"uid": "o-1"} and cloud["region"] != "global"
    assert fields.unmapped_fields({"a": "", "b": None, "c": {}, "d": 0}) == {"unmapped": {"d": 0}}
    assert fields.unmapped_fields({"a": ""}) == {}


def test_a_text_has_a_limit() -> None:
    assert fields.shorten_text("x" * fields.MAX_STRING_CHARACTERS) == "x" * fields.MAX_STRING_CHARACTERS
    assert len(
        fields.shorten_text("x" * (fields.MAX_STRING_CHARACTERS + 1))
    ) == fields.MAX_STRING_CHARACTERS and fields.shorten_text("x" * 70_000).endswith("…")
