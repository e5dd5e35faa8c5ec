"""Write the list of IAM actions into an import with events or policies, which are compared with the list.

No file has the list. It takes 0.3 seconds, so an import of other files is without it, and so is every import if the package is
not installed.
"""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.model import Account
from iamsql.runs.file.rows import CoverageRow
from iamsql.runs.store.writer import RunWriter
from iamsql.sync.importer.responses import Response
from iamsql.tables.calls.account import ACTIONS, EVENTS
from iamsql.tables.fragments.policy_documents import CALLS
from iamsql.tables.iam_actions import ActionCatalog, is_installed

USES = frozenset((call.service, call.operation) for call in (*CALLS, EVENTS))


def write_actions(
    writer: RunWriter, account: Account, responses: Sequence[Response], synced_at: str, *, has_logs: bool
) -> list[CoverageRow]:
    """Write every IAM action under an account, and return the row of coverage; [] if the import does not need the list."""
    if not is_installed() or not (has_logs or any((item.service, item.operation) in USES for item in responses)):
        return []
    count = 0
    for service in ActionCatalog().services():
        writer.write_items(ACTIONS.raw, account.account_id, "global", service.bound, service.items, synced_at)
        count += len(service.items)
    return [
        CoverageRow(account.account_id, account.name, "global", ACTIONS.service, ACTIONS.operation, "ok", items=count)
    ]
