"""What the checks of arguments read of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Returns the rows of a SELECT of iamsql with the values of its parameters.
Lookup = Callable[[str, Mapping[str, Any]], Sequence[tuple[Any, ...]]]

# Whether all users and roles of an account were read; no row for an account that is not in the run.
ACCOUNT_WAS_READ_SQL = """
select
    exists (select 1 from aws_iam_principal as p where p.account_id = $account)
    and (
        count(*) filter (where c.operation = 'GetAccountAuthorizationDetails' and c.status = 'ok') > 0
        or count(distinct c.operation) filter (where c.operation in ('ListUsers', 'ListRoles') and c.status = 'ok') = 2
    )
from iamsql.accounts as a
left join iamsql.coverage as c on c.account_id = a.account_id and c.service = 'iam'
where a.account_id = $account
group by a.account_id
"""
# The number of active accounts without all of their data or events, and the number of accounts.
INCOMPLETE_ACCOUNTS_SQL = """
select count(*) filter (where a.outcome not in ('complete', 'inactive') or not coalesce(v.is_complete, false)), count(*)
from iamsql.accounts as a
left join account_event_coverage() as v on v.account_id = a.account_id
"""


def incomplete_note(lookup: Lookup, subject: str) -> str:
    """Return a note about a value that the run does not contain, if some account was not read in full; '' if all were."""
    ((incomplete_accounts, accounts),) = lookup(INCOMPLETE_ACCOUNTS_SQL, {})
    if not incomplete_accounts:
        return ""
    unread = f"{incomplete_accounts} of {accounts} accounts were not read with all events"
    return f"{subject} is not in this run, but {unread}: it may exist."
