"""Check the items of a recognized response: they have the identifiers that the importer reads, and the list has its last page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from iamsql.canonical_json import canonical_json
from iamsql.model import IamsqlError
from iamsql.sync.importer.files import WRITE_AGAIN
from iamsql.sync.importer.items import Items
from iamsql.sync.importer.responses import Response
from iamsql.tables.calls.account import ACCOUNTS, CHILDREN, DELEGATED, EVENTS, ROOTS, UNITS
from iamsql.tables.calls.organization import POLICIES, POLICY_TARGETS

# Members of responses that are set if there is a next page.
NEXT_PAGE = (
    *("IsTruncated", "Truncated"),
    *("ContinuationToken", "Marker", "NextMarker", "NextToken", "nextToken", "position"),
    "LastEvaluatedTableName",
)
IDENTIFIERS = {
    (call.service, call.operation): names
    for call, names in (
        (ACCOUNTS, ("Id",)),
        (CHILDREN, ("Id",)),
        (DELEGATED, ("Id",)),
        (POLICIES, ("Id",)),
        (POLICY_TARGETS, ("TargetId",)),
        (ROOTS, ("Id",)),
        (UNITS, ("Id", "Name")),
    )
}


def require_identifiers(path: Path, responses: Sequence[Response]) -> None:
    """Raise IamsqlError if an item of a response about the organization lacks one of its identifiers."""
    for response in responses:
        for name in IDENTIFIERS.get((response.service, response.operation), ()):
            if not all(isinstance(item, dict) and isinstance(item.get(name), str) for item in response.items):
                raise IamsqlError(f"{path}: an item of {response.operation} has no text as its {name}.\n{WRITE_AGAIN}")


def without_repeated_items(responses: Sequence[Response]) -> list[Response]:
    """Return the responses without items that another response to the same request has: a file may have been copied.

    Events are not compared here: the run file removes duplicate events.
    """
    sharing: dict[Any, list[int]] = defaultdict(list)
    for index, response in enumerate(responses):
        if response.operation == EVENTS.operation:
            continue
        request = (response.service, response.operation, response.part, response.account_id, response.region)
        sharing[*request, canonical_json(response.bound)].append(index)
    unique = [*responses]
    for indexes in sharing.values():
        seen_digests: set[bytes] = set()
        for index in indexes if len(indexes) > 1 else ():
            digests = [_digest(item) for item in responses[index].items]
            unique[index] = replace(
                responses[index], items=_select_unseen(responses[index].items, digests, seen_digests)
            )
            seen_digests.update(digests)
    return unique


def _digest(item: Any) -> bytes:
    return blake2b(canonical_json(item).encode(), digest_size=16).digest()


def _select_unseen(items: Items | list[Any], digests: Sequence[bytes], seen_digests: set[bytes]) -> Items | list[Any]:
    """Return the items with digests that have not been seen."""
    indexes = [index for index, digest in enumerate(digests) if digest not in seen_digests]
    return items.select(indexes) if isinstance(items, Items) else [items[index] for index in indexes]


def with_pages(document: Mapping[str, Any], responses: Sequence[Response]) -> list[Response]:
    """Return the responses of a document, marked if AWS has a next page of them."""
    is_truncated = any(document.get(name) for name in NEXT_PAGE)
    return [replace(response, is_truncated=True) for response in responses] if is_truncated else [*responses]
