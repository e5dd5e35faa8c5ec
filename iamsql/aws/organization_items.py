"""The items of the organization, which are read before the run file exists."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.aws.items import ItemWriter


class OrganizationItems:
    """The items of responses. They wait until the run file exists and the management account, their owner, is known."""

    def __init__(self, caller: str) -> None:
        """Start empty. `caller` is the raw table of the caller's identity, which belongs to the caller's account."""
        self._caller = caller
        self._waiting_responses: list[tuple[str, str, Sequence[str], str]] = []
        self._writer: ItemWriter | None = None
        self._owner = self._caller_account = ""

    def write_items(
        self, raw: str, account_id: str, region: str, bound: str, items: Sequence[str], synced_at: str
    ) -> None:
        """Write the items of one response, or store them until there is a file."""
        if self._writer is None:
            self._waiting_responses.append((raw, bound, items, synced_at))
        else:
            self._writer.write_items(raw, self._owner_of(raw), "global", bound, items, synced_at)

    def delete_items(self, raw: str, account_id: str, region: str, bound: str | None = None) -> None:
        """Delete the items of one list."""
        if self._writer is None:
            self._waiting_responses = [response for response in self._waiting_responses if response[:2] != (raw, bound)]
        else:
            self._writer.delete_items(raw, self._owner_of(raw), "global", bound)

    def write_to(self, writer: ItemWriter, caller_account: str, owner: str) -> None:
        """Write the stored items, and the items of each later response. `owner` is the account of the organization's items."""
        self._caller_account, self._owner = caller_account, owner
        self._writer, waiting_responses = writer, self._waiting_responses
        self._waiting_responses = []
        for raw, bound, items, synced_at in waiting_responses:
            self.write_items(raw, "", "", bound, items, synced_at)

    def _owner_of(self, raw: str) -> str:
        return self._caller_account if raw == self._caller else self._owner
