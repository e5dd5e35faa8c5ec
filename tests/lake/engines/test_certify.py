"""The answers that Sail's list certifies still equal DuckDB's, also on Sail's local cluster.

A share of the queries, which rotates, is compared. `make certify` compares all.
"""

from __future__ import annotations

import pytest

from iamsql.lake.engines.certified import certificates
from tests.lake.engines.catalogue import newest
from tests.lake.engines.certify import certify, sail_servers
from tests.tiers import share

pytestmark = pytest.mark.slow


def test_the_certified_queries_of_sail_answer_as_duckdb_does() -> None:
    by_name = certificates("sail")
    certified = [name for name, query in newest().items() if name in by_name and by_name[name].is_current(query)]
    names = share(24, [name for name in certified if by_name[name].result == "ok"])
    with sail_servers() as urls:
        reasons = {row.query: row.reason for row in certify(urls, names)}
    assert reasons == dict.fromkeys(names, "")
