"""A query without a translation is an error of two lines that names the reason."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from iamsql.lake.engines.translation import translate, translation_hash
from iamsql.model import IamsqlError
from tests.lake.engines.catalogue import newest


def test_the_tables_that_the_translation_reads_are_named() -> None:
    query = replace(newest()["root_activity"], sql="select a.account_id from iamsql.accounts as a")
    assert translate(query, {}, is_sail=True).tables == ("iamsql.accounts",)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select now()", "reads the clock"),
        ("select $days as days", "no value for .days"),
    ],
)
def test_the_error_names_the_reason(sql: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=rf"root_activity cannot run on Spark: .*{reason}.*\nOmit --engine"):
        translate(replace(newest()["root_activity"], sql=sql), {}, is_sail=True)


def test_the_hash_is_the_start_of_the_sha_256() -> None:
    assert translation_hash("select 'é'") == hashlib.sha256("select 'é'".encode()).hexdigest()[:16]
