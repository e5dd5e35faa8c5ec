"""The lock file: the hash of each query version, so the SQL of a released version does not change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from iamsql.catalog.params import sql_type
from iamsql.model import Query


def digest(query: Query) -> str:
    """Return the SHA-256 of everything that determines a query's rows: dialect, parameters with types and defaults, and SQL."""
    # Title, tags, severity and description may be corrected without a new version.
    params = [f"{param.name} {sql_type(param.type)} {param.required} {param.default!r}" for param in query.params]
    return sha256("\n".join([query.dialect, *params, query.sql.strip()]).encode()).hexdigest()


def lock_text(queries: Mapping[str, Iterable[Query]]) -> str:
    """Return the text of the lock file: a line `name@version sha256` for each query version, sorted."""
    return "".join(f"{key} {value}\n" for key, value in _digests_by_version(queries).items())


def check_lock(queries: Mapping[str, Iterable[Query]], text: str) -> list[str]:
    """Return a line for each difference between the queries and the text of the lock file."""
    locked_digests = dict(line.split(maxsplit=1) for line in text.splitlines() if len(line.split()) == 2)
    current_digests = _digests_by_version(queries)
    changed_keys = (key for key, value in current_digests.items() if locked_digests.get(key, value).strip() != value)
    return [
        *(f"{key} changed: raise its version and keep the old file as .vN.sql" for key in changed_keys),
        *(f"{key} is not in the lock file: run make lock" for key in current_digests if key not in locked_digests),
        *(
            f"{key} is in the lock file, but its .sql file does not exist"
            for key in locked_digests
            if key not in current_digests
        ),
    ]


def _digests_by_version(queries: Mapping[str, Iterable[Query]]) -> dict[str, str]:
    ordered_versions = sorted((query.name, query.version, query) for versions in queries.values() for query in versions)
    return {f"{name}@{version}": digest(query) for name, version, query in ordered_versions}
