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
MAX_BATCH_FINDINGS = 100
MAX_BATCH_BYTES = 5_500_000
MAX_FINDING_BYTES = 240_000
MAX_WAITING_BYTES = 32_000_000  # bytes of compressed findings that wait


@dataclass(frozen=True)
class Batch:
    """Findings of one account, and what each of them settles."""

    findings: list[dict[str, Any]]
    settles: list[str]


@dataclass
class _WaitingFindings:
    """The waiting findings of an account: compressed, with what they settle, and their bytes before and after compression."""

    findings: list[bytes] = field(default_factory=list)
    settles: list[str] = field(default_factory=list)
    size: int = 0
    packed_bytes: int = 0


class FindingBatches:
    """Findings that wait until their account has a full request."""

    def __init__(self, max_waiting_bytes: int = MAX_WAITING_BYTES) -> None:
        """Start empty. `waiting` is the limit of compressed bytes."""
        self.max_packed_bytes = max_waiting_bytes
        self.packed_bytes = 0
        self._accounts: dict[str, _WaitingFindings] = defaultdict(_WaitingFindings)

    def add(self, finding: dict[str, Any], settles: str) -> Iterator[Batch]:
        """Add a finding, and yield the batches that are due."""
        account_id, content = finding["AwsAccountId"], json.dumps(finding).encode()
        if self._accounts[account_id].size + len(content) > MAX_BATCH_BYTES:
            yield self._take_batch(account_id)
        account, compressed = self._accounts[account_id], zlib.compress(content, 1)
        account.findings.append(compressed)
        account.settles.append(settles)
        account.size += len(content)
        account.packed_bytes += len(compressed)
        self.packed_bytes += len(compressed)
        if len(account.findings) == MAX_BATCH_FINDINGS:
            yield self._take_batch(account_id)
        while self.packed_bytes > self.max_packed_bytes:
            yield self._take_batch(max(self._accounts, key=lambda account_id: len(self._accounts[account_id].findings)))

    def take_all(self) -> Iterator[Batch]:
        """Yield the findings that wait, account by account."""
        for name in list(self._accounts):
            yield self._take_batch(name)

    def _take_batch(self, account_id: str) -> Batch:
        account = self._accounts.pop(account_id)
        self.packed_bytes -= account.packed_bytes
        return Batch([json.loads(zlib.decompress(compressed)) for compressed in account.findings], account.settles)
