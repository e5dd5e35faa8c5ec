"""The catalogue of IAM's actions, landed beside what AWS answers, for those who name its table."""

from __future__ import annotations

from collections.abc import Sequence

from iamsql.aws.organization import Organization
from iamsql.iam_actions import Catalogue, is_there
from iamsql.runfile.build import CoverageRow
from iamsql.schema.names import ALL_TABLES, named
from iamsql.schema.tables._calls import ACTIONS
from iamsql.store.writer import RunWriter

TABLE = "aws_iam_action"


def opened(tables: Sequence[str]) -> Catalogue | None:
    """Open the catalogue where its table is named; where a pattern or `all` only fits it too, it may be missing.

    Raise IamsqlError when it was named and is not installed.
    """
    fits = TABLE in tables or (is_there() and not {ALL_TABLES, TABLE}.isdisjoint(named(tables)))
    return Catalogue() if fits else None


def land(catalogue: Catalogue | None, org: Organization, landing: RunWriter, synced_at: str) -> list[CoverageRow]:
    """Land every action under the account that reads the organization; give its row of coverage."""
    if catalogue is None:
        return []
    account, items = org.management or org.caller_account, 0
    for service in catalogue.services():
        landing.write_items(ACTIONS.raw, account, "global", service.bound, service.items, synced_at)
        items += len(service.items)
    name = next((one.name for one in org.accounts if one.account_id == account), "")
    return [CoverageRow(account, name, "global", ACTIONS.service, ACTIONS.operation, "ok", items=items)]
