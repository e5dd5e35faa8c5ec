"""The queries that another engine is known to answer as DuckDB does, from the files that `make certify` writes.

A file lists versions of shipped queries with the hash of their SQL: a query that is not listed, or has changed since, is refused.
The hash of the translation also changes with the macros, the queries that it calls, and the writers of the translation.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

from iamsql.catalog import digest
from iamsql.model import IamsqlError, Query

PRODUCT_NAMES = {"sail": "Sail", "spark": "Apache Spark"}
OMIT_ENGINE_HINT = "Omit --engine to run the query with DuckDB."


@dataclass(frozen=True)
class Server:
    """The product that answers at an address, sail or spark, and its version."""

    product: str
    version: str

    @property
    def release(self) -> str:
        """Return major and minor of the version."""
        return ".".join(self.version.split(".")[:2])


@dataclass(frozen=True)
class Certificate:
    """The result for a version of a query: ok, or refused for a reason.

    - `translation`: the hash of the SQL of Spark with the `default_values` of the parameters; '' if the query has no translation.
    - `runs`: the number of runs where the query was compared, with each set of arguments.
    - `runs_with_rows`: the number of these runs where DuckDB returned rows. An empty answer proves little.
    """

    query: str
    version: str
    hash: str
    translation: str
    engine: str
    engine_version: str
    result: str
    runs: str
    runs_with_rows: str
    reason: str

    def is_current(self, query: Query) -> bool:
        """Return whether the certificate is for the current SQL of a query. Macros that the query calls can have changed."""
        return (self.query, self.version, self.hash) == (query.name, str(query.version), digest(query)[:16])


def certificate_text(certificates: Iterable[Certificate]) -> str:
    """Return the text of a file."""
    text = StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Certificate)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(certificate) for certificate in certificates)
    return text.getvalue()


@cache
def certificates(product: str) -> Mapping[str, Certificate]:
    """Return the certificates of a product by the name of the query."""
    file = files("iamsql.lake.engines") / "certified" / f"{product}.csv"
    rows = csv.DictReader(StringIO(file.read_text(encoding="utf-8"))) if file.is_file() else ()
    return {row["query"]: Certificate(**row) for row in rows}


def refusal_reason(query: Query, server: Server) -> str:
    """Return why a query is not offered on a server; '' if it is."""
    product = PRODUCT_NAMES.get(server.product, server.product)
    certificate = certificates(server.product).get(query.name)
    if not query.shipped or query.dialect != "duckdb":
        return "only queries that iamsql ships are compared with DuckDB"
    if certificate is None or certificate.version != str(query.version):
        return f"it was not compared with DuckDB on {product}"
    if not certificate.is_current(query):
        return f"it has changed since it was compared with DuckDB on {product}"
    if Server(certificate.engine, certificate.engine_version).release != server.release:
        tested_release = Server(certificate.engine, certificate.engine_version).release
        return f"it was compared with DuckDB on {product} {tested_release}, and the server has version {server.version}"
    return (
        ""
        if certificate.result == "ok"
        else f"its answer on {product} is not known to equal DuckDB's ({certificate.reason})"
    )


def require_certified(query: Query, server: Server) -> None:
    """Raise IamsqlError if a server is not known to answer a query as DuckDB does."""
    if reason := refusal_reason(query, server):
        raise IamsqlError(f"{query.name} is not offered on this engine: {reason}.\n{OMIT_ENGINE_HINT}")


def default_values(query: Query) -> Mapping[str, Any]:
    """Return the values of the parameters in the translation whose hash is listed: NULL for a required one."""
    return {param.name: param.default for param in query.params}


def require_compared_translation(query: Query, server: Server, translation_hash: str) -> None:
    """Raise IamsqlError if the hash of the translation for `default_values` differs from the compared translation's.

    It differs after a change of a macro or of a writer, and with another version of sqlglot.
    """
    certificate = certificates(server.product).get(query.name)
    if certificate is None or certificate.translation != translation_hash:
        product = PRODUCT_NAMES.get(server.product, server.product)
        raise IamsqlError(
            f"{query.name} is not offered on this engine: its translation has changed since it was compared with DuckDB on "
            f"{product}.\n{OMIT_ENGINE_HINT}"
        )
