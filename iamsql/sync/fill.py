"""Fill typed tables while the sync continues: each when all accounts have finished the calls that it needs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress

from iamsql.aws.organization_model import Organization
from iamsql.aws.plan import CallResult
from iamsql.model import Call
from iamsql.runs.file import build
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.phases import TABLES_PHASE, Phases
from iamsql.tables.calls.account import CALLER

DELAY = 0.1  # seconds when more calls may finish: each round of statements is a transaction
Operation = tuple[str, str]  # service and operation


class TableFiller:
    """Records which calls are finished, and fills the tables that need no other call."""

    def __init__(self, org: Organization, calls: Collection[Call], phases: Phases) -> None:
        """Start with nothing finished. `calls` are all calls of the run; tables wait for the calls that they read.

        The number of accounts in `org` may grow until `finish_list`.
        """
        self._org, self._phases = org, phases
        # The calls of the organization finish together, and the calls of accounts in each account. The identity in an account
        # is in the response to AssumeRole, so no call of the account writes it: it is written when the account is finished.
        self._operations = {build_operation(call) for call in calls if not call.org} | {build_operation(CALLER)}
        self._of_organization = {build_operation(call) for call in calls if call.org}
        self._by_account: dict[str, set[Operation]] = {}  # finished operations of accounts that are being collected
        self._accounts: Counter[Operation] = Counter()  # number of accounts that have finished an operation
        self._finished = 0  # accounts
        self._is_listed = self._is_organization_read = False
        self._changed, self._ended = asyncio.Event(), asyncio.Event()
        self.filled: frozenset[str] = frozenset()  # tables

    def finish_calls(self, account_id: str, results: Iterable[CallResult]) -> None:
        """Note that calls of an account are finished, and that their coverage is in the journal."""
        finished = self._by_account.setdefault(account_id, set())
        for operation in {build_operation(result.call) for result in results} - finished:
            finished.add(operation)
            self._accounts[operation] += 1
            if self._is_finished(operation):
                self._changed.set()

    def finish_account(self, account_id: str) -> None:
        """Note that an account is finished, read or not."""
        for operation in self._by_account.pop(account_id, ()):
            self._accounts[operation] -= 1
        self._finished += 1
        self._set_changed()

    def finish_list(self) -> None:
        """Note that the organization has no more accounts."""
        self._is_listed = True
        self._set_changed()

    def finish_organization(self) -> None:
        """Note that the calls of the organization are finished."""
        self._is_organization_read = True
        self._set_changed()

    async def run(self, writer: RunWriter) -> None:
        """Fill tables until all calls are finished."""
        while not self._ended.is_set():
            await self._changed.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), DELAY)
                return  # the remaining tables are filled when the file is finished
            self._changed.clear()
            names = build.fillable(self._unfinished_operations(), self.filled) if self._is_listed else ()
            if not names:
                continue
            writer.flush()
            with self._phases.phase(TABLES_PHASE):
                await asyncio.to_thread(build.fill, writer, names)
            self.filled |= frozenset(names)

    def _set_changed(self) -> None:
        self._changed.set()
        if self._is_listed and self._is_organization_read and self._finished == len(self._org.accounts):
            self._ended.set()

    def _unfinished_operations(self) -> set[Operation]:
        """Return the operations that are not finished in every account."""
        open_operations = {operation for operation in self._operations if not self._is_finished(operation)}
        return open_operations | (set() if self._is_organization_read else self._of_organization)

    def _is_finished(self, operation: Operation) -> bool:
        return self._accounts[operation] + self._finished == len(self._org.accounts)


def build_operation(call: Call) -> Operation:
    """Return the service and the operation of a call."""
    return call.service, call.operation
