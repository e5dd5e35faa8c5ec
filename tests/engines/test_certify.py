"""What the list of Sail certifies, the comparison with DuckDB still finds, also on Sail's local cluster."""

from __future__ import annotations

import pytest

from iamsql.engines.certified import certificates
from tests.engines.catalogue import newest
from tests.engines.certify import certify, sail_servers

pytestmark = [pytest.mark.slow, pytest.mark.lists]


def test_the_certified_queries_of_sail_answer_as_duckdb_does() -> None:
    with sail_servers() as urls:
        found = {row.query: row.reason for row in certify(urls)}
    listed = certificates("sail")
    certified = [name for name, query in newest().items() if name in listed and listed[name].is_current(query)]
    assert {name: found[name] for name in certified if listed[name].result == "ok" and found[name]} == {}
