"""Write the catalog of IAM actions beside what AWS returns, if the user names its table."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.aws.organization import Organization
from iamsql.iam_actions import ActionCatalog, is_installed
from iamsql.runfile.rows import CoverageRow
from iamsql.schema.names import ALL_TABLES, match_tables
from iamsql.schema.tables._calls import ACTIONS
from iamsql.store.writer import RunWriter

TABLE = "aws_iam_action"


def open_catalog(tables: Sequence[str]) -> ActionCatalog | None:
    """Open the catalog if its table is selected; if only a pattern or `all` selects it, it need not be installed.

    Raises IamsqlError if the table is named and the catalog is not installed.
    """
    is_selected = TABLE in tables or (is_installed() and not {ALL_TABLES, TABLE}.isdisjoint(match_tables(tables)))
    return ActionCatalog() if is_selected else None


def write_catalog(
    catalog: ActionCatalog | None, org: Organization, writer: RunWriter, synced_at: str
) -> list[CoverageRow]:
    """Write every action under the account of the organization; return its row of coverage."""
    if catalog is None:
        return []
    account_id, items = org.management or org.caller_account, 0
    for service in catalog.services():
        writer.write_items(ACTIONS.raw, account_id, "global", service.bound, service.items, synced_at)
        items += len(service.items)
    name = next((account.name for account in org.accounts if account.account_id == account_id), "")
    return [CoverageRow(account_id, name, "global", ACTIONS.service, ACTIONS.operation, "ok", items=items)]
