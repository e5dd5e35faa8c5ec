"""Documents inside texts are spelt as items are: compact, keys by length and bytes, nothing lost."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.canonical_json import canonical_json
from iamsql.schema.views._canonical_documents import canonical_documents

# Control characters are the same text escaped in another way: DuckDB writes \u001F, Python \u001f.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5)
ATOMS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
KEYS = st.sampled_from(["a", "b", "ab", "é", "~", "/", "a.b", "$", "[0]", "", '"', "'", "Statement"]) | TEXTS
DOCUMENTS = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=12) | st.dictionaries(KEYS, inner, max_size=4))


def ordered(*documents: Any) -> dict[str, str]:
    """Spell documents that came with blanks and in any order, by their text."""
    texts = [json.dumps(one, indent=1, ensure_ascii=False) for one in documents]
    with duckdb.connect() as con:
        con.execute("create table t as select unnest(?::varchar[])::json as doc", [texts])
        ctes = canonical_documents("select doc from t")
        sql = f"with recursive {ctes} select cast(doc as varchar), cast(ordered as varchar) from canonical"
        return dict(con.execute(sql).fetchall())


@settings(max_examples=60, deadline=None)
@given(st.lists(DOCUMENTS, min_size=1, max_size=8))
def test_they_are_spelt_as_items_that_are_landed(documents: list[Any]) -> None:
    told = ordered(*documents)
    for one in documents:
        assert told[json.dumps(one, indent=1, ensure_ascii=False)] == canonical_json(one)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (
            {"Statement": [{"Resource": "*", "Action": []}], "Version": "1"},
            '{"Version":"1","Statement":[{"Action":[],"Resource":"*"}]}',
        ),
        ([], "[]"),
        ({}, "{}"),
        ({"a": {"bb": None, "c": {}}}, '{"a":{"c":{},"bb":null}}'),
        (list(range(11)), "[0,1,2,3,4,5,6,7,8,9,10]"),
    ],
)
def test_some_by_hand(document: Any, text: str) -> None:
    assert list(ordered(document).values()) == [text]


def test_what_is_no_document_is_left_out() -> None:
    with duckdb.connect() as con:
        ctes = canonical_documents("select null::json as doc")
        assert con.execute(f"with recursive {ctes} select * from canonical").fetchall() == []
