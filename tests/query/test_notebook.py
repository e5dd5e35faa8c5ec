"""The HTML of an answer in a notebook."""

from __future__ import annotations

from iamsql.api import Answer
from iamsql.model import Result
from iamsql.render.provenance import Provenance
from tests.query.test_frames import CAVEAT


def test_the_html_begins_with_the_caveats_and_escapes_names() -> None:
    hostile = [("<script>alert(1)</script>",), ("a\u202eb\x1b[0m",)]
    html = Answer(Result(("name",), hostile, ("VARCHAR",)), Provenance("a <title>", notes=[CAVEAT]))._repr_html_()
    assert html.startswith(
        "<div><p><b>Incomplete or limited data:</b></p><ul><li>1 of 16 accounts not read &lt;b&gt;in full"
    )
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert r"a\u202eb\x1b[0m" in html
    assert "2 rows" in html


def test_the_html_of_a_complete_answer_has_no_caveats_and_of_a_long_one_not_all_rows() -> None:
    html = Answer(Result(("n",), [(n,) for n in range(60)], ("BIGINT",)))._repr_html_()
    assert "Incomplete" not in html
    assert html.count("<tr>") == 51
    assert "60 rows; the first 50 are shown" in html
