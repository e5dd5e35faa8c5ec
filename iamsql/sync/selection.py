"""Select accounts and on-demand tables, and check the regions that the user named."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from iamsql.aws.organization import Organization
from iamsql.aws.plan import ALL_REGIONS
from iamsql.aws.sessions import SessionFactory
from iamsql.model import Account, IamsqlError
from iamsql.schema.names import ALL_TABLES, raw_tables_of
from iamsql.schema.registry import all_tables
from iamsql.schema.tables import _calls as calls
from iamsql.sync.options import Options


def select_accounts(
    accounts: Sequence[Account],
    only: Sequence[str],
    without: Sequence[str],
    units: Sequence[str],
    skip_units: Sequence[str],
    states: Sequence[str],
) -> list[Account]:
    """Return the accounts with `selected` set. Raises IamsqlError for an account or unit that is not listed."""
    known = {account.account_id for account in accounts}
    parents = {parent for account in accounts for parent in account.parents}
    for given, listed, noun in (
        ((*only, *without), known, "account"),
        ((*units, *skip_units), parents, "unit with accounts"),
    ):
        if missing := [name for name in given if name not in listed]:
            raise IamsqlError(
                f"The organization lists no {noun} {', '.join(missing)}.\n`iamsql sync --dry-run` shows what it lists."
            )

    def is_selected(account: Account) -> bool:
        inside = set(account.parents)
        return (
            (not only or account.account_id in only)
            and account.account_id not in without
            and (not units or bool(inside & set(units)))
            and not inside & set(skip_units)
            and (not states or account.state in states)
        )

    return [replace(account, selected=is_selected(account)) for account in accounts]


def check_regions(sessions: SessionFactory, org: Organization, regions: Sequence[str]) -> None:
    """Raise IamsqlError for a region that the partition does not have."""
    known = sessions.available_regions(org.partition)
    for name in () if tuple(regions) == ALL_REGIONS else regions:
        if name not in known:
            similar = difflib.get_close_matches(name, known, 3)
            hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
            raise IamsqlError(
                f"There is no region {name} in the partition {org.partition}.{hint}\n`--region all` reads all."
            )


def on_demand_tables(options: Options) -> frozenset[str]:
    """Return the raw tables of the on-demand calls to make: those of named tables, of a trail, and of all regions."""
    tables = all_tables() if ALL_TABLES in options.tables else options.tables
    wanted = [*tables, *options.beside, *(["aws_cloudtrail_trail"] if options.trail else [])]
    regions = [calls.REGIONS, calls.EC2_REGIONS] if options.regions == ALL_REGIONS else []
    return raw_tables_of(wanted) | {call.raw for call in regions}
