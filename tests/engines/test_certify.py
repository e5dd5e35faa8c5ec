"""The certified list of Sail is what the comparison with DuckDB finds now."""

from __future__ import annotations

import pytest

from iamsql.engines.certified import certificates
from tests.engines.certify import certify, sail_server

pytestmark = pytest.mark.slow


def test_the_list_of_sail_is_current() -> None:
    with sail_server() as url:
        found = {row.query: row.result for row in certify(url)}
    assert found == {name: row.result for name, row in certificates("sail").items()}
