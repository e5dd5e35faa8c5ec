"""Documents inside text have the canonical form of items: compact, with keys ordered by length and bytes."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.canonical_json import canonical_json
from iamsql.tables.fragments.canonical_documents import canonical_documents

# Control characters are the same text escaped in another way: DuckDB writes \u001F, Python \u001f.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5)
ATOMS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
KEYS = st.sampled_from(["a", "b", "ab", "é", "~", "/", "a.b", "$", "[0]", "", '"', "'", "Statement"]) | TEXTS
DOCUMENTS = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=12) | st.dictionaries(KEYS, inner, max_size=4))


def ordered(*documents: Any) -> dict[str, str]:
    """Return the canonical form of documents with blanks and keys in any order, by their text."""
    texts = [json.dumps(document, indent=1, ensure_ascii=False) for document in documents]
    with duckdb.connect() as con:
        con.execute("create table t as select unnest(?::varchar[])::json as doc", [texts])
        ctes = canonical_documents("select doc from t")
        sql = f"with recursive {ctes} select cast(doc as varchar), cast(ordered as varchar) from canonical"
        return dict(con.execute(sql).fetchall())


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(DOCUMENTS, min_size=1, max_size=8))
def test_documents_have_the_canonical_form_of_stored_items(documents: list[Any]) -> None:
    canonical = ordered(*documents)
    for document in documents:
        assert canonical[json.dumps(document, indent=1, ensure_ascii=False)] == canonical_json(document)


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
def test_some_documents_have_the_form_written_here(document: Any, text: str) -> None:
    assert list(ordered(document).values()) == [text]


def test_text_that_is_not_a_document_is_left_out() -> None:
    with duckdb.connect() as con:
        ctes = canonical_documents("select null::json as doc")
        assert con.execute(f"with recursive {ctes} select * from canonical").fetchall() == []
