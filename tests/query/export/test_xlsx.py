"""The facts of the sheet About."""

from __future__ import annotations

from datetime import UTC, datetime

from iamsql.query.export.xlsx import build_notes, build_properties
from iamsql.render.provenance import Provenance

STARTED = datetime(2026, 3, 1, tzinfo=UTC)


def test_known_facts_are_listed_in_their_order() -> None:
    origin = Provenance("Stale keys", "stale_keys@1", {"days": 30, "account": "", "inactive": False}, "r1", STARTED)
    assert build_properties(origin) == [
        ("Title", "Stale keys"), ("Query", "stale_keys@1"), ("Parameter days", 30), ("Parameter inactive", False), ("Run", "r1"),
        ("Run started", STARTED),
    ]  # fmt: skip
    assert build_properties(Provenance()) == []


def test_the_first_note_has_the_name_and_no_notes_are_stated() -> None:
    assert build_notes(["a", "b"]) == [("Notes", "a"), ("", "b")]
    assert build_notes([]) == [("Notes", "None.")]
