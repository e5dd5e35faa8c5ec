"""The text of an answer."""

from __future__ import annotations

from iamsql.api import Answer
from iamsql.model import Result
from iamsql.render.provenance import Provenance
from tests.query.test_frames import CAVEAT


def test_the_text_begins_with_the_caveats() -> None:
    lines = repr(
        Answer(Result(("n",), [(n,) for n in range(25)], ("BIGINT",)), Provenance(notes=[CAVEAT]))
    ).splitlines()
    assert lines[0] == f"! {CAVEAT}"
    assert lines[-1] == "… 5 further rows"
    assert len(lines) == 1 + 2 + 20 + 1
