"""Group findings by the account that imports them, in requests that Security Hub accepts, with bounded memory.

Findings come in the order of the controls, and a request has the findings of one account. Waiting findings are compressed;
if they exceed the limit, the account with the most of them gets a request before it has a full one.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# Security Hub Partner Integration Guide, guidelines for BatchImportFindings: 100 findings and 6 MB a request, 240 KB a finding.
MOST_FINDINGS = 100
LARGEST_BATCH = 5_500_000
LARGEST_FINDING = 240_000
WAITING = 32_000_000  # bytes of compressed findings that wait


@dataclass(frozen=True)
class Batch:
    """Findings of one account, and what each of them settles."""

    findings: list[dict[str, Any]]
    settles: list[str]


@dataclass
class _Account:
    """The waiting findings of an account: compressed, with what they settle, and their bytes before and after compression."""

    findings: list[bytes] = field(default_factory=list)
    settles: list[str] = field(default_factory=list)
    size: int = 0
    packed: int = 0


class FindingBatches:
    """Findings that wait until their account has a full request."""

    def __init__(self, waiting: int = WAITING) -> None:
        """Start empty. `waiting` is the limit of compressed bytes."""
        self.limit = waiting
        self.packed = 0
        self._accounts: dict[str, _Account] = defaultdict(_Account)

    def add(self, finding: dict[str, Any], settles: str) -> Iterator[Batch]:
        """Add a finding, and yield the batches that are due."""
        name, content = finding["AwsAccountId"], json.dumps(finding).encode()
        if self._accounts[name].size + len(content) > LARGEST_BATCH:
            yield self._take_batch(name)
        account, packed = self._accounts[name], zlib.compress(content, 1)
        account.findings.append(packed)
        account.settles.append(settles)
        account.size += len(content)
        account.packed += len(packed)
        self.packed += len(packed)
        if len(account.findings) == MOST_FINDINGS:
            yield self._take_batch(name)
        while self.packed > self.limit:
            yield self._take_batch(max(self._accounts, key=lambda name: len(self._accounts[name].findings)))

    def rest(self) -> Iterator[Batch]:
        """Yield the findings that wait, account by account."""
        for name in list(self._accounts):
            yield self._take_batch(name)

    def _take_batch(self, name: str) -> Batch:
        account = self._accounts.pop(name)
        self.packed -= account.packed
        return Batch([json.loads(zlib.decompress(packed)) for packed in account.findings], account.settles)
