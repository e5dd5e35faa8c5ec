"""The certified lists name every shipped query with the hashes of its present SQL and translation.

A change of a query, a macro or a rule needs no certificate. Until `make certify` and `make certify-spark` write the lists again, a
changed query is refused on the engine. The nightly workflow runs both, and `make test-slow` leaves these tests out.
"""

from __future__ import annotations

import pytest

from iamsql.lake.engines.certified import PRODUCT_NAMES, certificates
from tests.lake.engines.catalogue import newest, reads_only_tables
from tests.lake.engines.translations import translation_hashes

pytestmark = [pytest.mark.slow, pytest.mark.lists]

SHARES = {"sail": 0.90, "spark": 0.85}  # of the queries that read only tables
COMMANDS = {"sail": "make certify", "spark": "make certify-spark"}


@pytest.mark.parametrize("product", PRODUCT_NAMES)
def test_every_query_has_a_certificate_of_its_present_sql(product: str) -> None:
    certified = certificates(product)
    missing = [
        name for name, query in newest().items() if name not in certified or not certified[name].is_current(query)
    ]
    deleted = sorted(set(certified) - set(newest()))
    hint = f"New, changed and deleted queries. Write the list again: {COMMANDS[product]}"
    assert missing + deleted == [], hint


def test_every_query_is_translated_as_when_it_was_compared() -> None:
    changed: dict[str, list[str]] = {product: [] for product in PRODUCT_NAMES}
    for name, query in newest().items():
        hashes = translation_hashes(query)
        for product, names in changed.items():
            certificate = certificates(product).get(name)
            if certificate and certificate.is_current(query) and certificate.translation != hashes[product]:
                names.append(name)
    assert not any(changed.values()), "A macro or a rule changed translations. Write the lists again:\n" + "\n".join(
        f"{COMMANDS[product]}  # {', '.join(names)}" for product, names in changed.items() if names
    )


@pytest.mark.parametrize("product", PRODUCT_NAMES)
def test_most_queries_that_read_only_tables_are_certified(product: str) -> None:
    names = [name for name, query in newest().items() if reads_only_tables(query)]
    certified = [name for name in names if name in certificates(product) and certificates(product)[name].result == "ok"]
    assert len(certified) >= SHARES[product] * len(names)
