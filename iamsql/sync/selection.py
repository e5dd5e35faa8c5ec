"""Select accounts and check regions against what the organization and the partition have."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from iamsql.aws.organization_model import Organization
from iamsql.aws.plan import ALL_REGIONS
from iamsql.aws.sessions import SessionFactory
from iamsql.model import Account, IamsqlError
from iamsql.sync.options import Options
from iamsql.sync.shards import account_shard, parse_shard


def needs_all_accounts(options: Options) -> bool:
    """Return whether accounts can be selected only when all of them are listed: IDs that are not listed are an error."""
    return bool(options.accounts or options.skip_accounts or needs_units(options))


def needs_units(options: Options) -> bool:
    """Return whether accounts are selected by their organizational units."""
    return bool(options.ous or options.skip_ous)


def select_accounts(accounts: Sequence[Account], options: Options) -> list[Account]:
    """Return the accounts with `selected` set. Raise IamsqlError for an account or unit that is not listed."""
    account_ids = {account.account_id for account in accounts}
    parents = {parent for account in accounts for parent in account.parents}
    for names, listed_names, noun in (
        ((*options.accounts, *options.skip_accounts), account_ids, "account"),
        ((*options.ous, *options.skip_ous), parents, "organizational unit with accounts"),
    ):
        if unknown_names := [name for name in names if name not in listed_names]:
            raise IamsqlError(
                f"The organization lists no {noun} {', '.join(unknown_names)}.\nList its accounts with: iamsql sync --dry-run"
            )

    def is_selected(account: Account) -> bool:
        inside = set(account.parents)
        return (
            (not options.accounts or account.account_id in options.accounts)
            and account.account_id not in options.skip_accounts
            and (not options.ous or bool(inside & set(options.ous)))
            and not inside & set(options.skip_ous)
            and (not options.states or account.state in options.states)
        )

    return [_exclude_other_shard(replace(account, selected=is_selected(account)), options) for account in accounts]


def _exclude_other_shard(account: Account, options: Options) -> Account:
    """Return a selected account as not selected if another shard reads it."""
    shard = parse_shard(options.shard)
    if (
        shard is None
        or not account.selected
        or (other_shard := account_shard(account.account_id, shard.total)) == shard
    ):
        return account
    return replace(account, selected=False, shard=str(other_shard))


def check_regions(sessions: SessionFactory, org: Organization, regions: Sequence[str]) -> None:
    """Raise IamsqlError for a region that the partition does not have."""
    available = sessions.available_regions(org.partition)
    for name in () if tuple(regions) == ALL_REGIONS else regions:
        if name not in available:
            similar = difflib.get_close_matches(name, available, 3)
            hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
            raise IamsqlError(
                f"There is no region {name} in the partition {org.partition}.{hint}\nTo read all regions: --region all"
            )
