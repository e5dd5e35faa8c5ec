"""Check a sample of the accounts, many at once: assume the role, and try each permission that a sync uses."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, zip_longest

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import CallStats
from iamsql.aws.errors import RequestFailedError
from iamsql.aws.sessions import AccountSession
from iamsql.model import Account
from iamsql.sync.account import ACCOUNTS_AT_ONCE
from iamsql.sync.account_sessions import AccountSessions
from iamsql.sync.coverage import UNAVAILABLE_STATES
from iamsql.sync.doctor.caller import sign_in_step
from iamsql.sync.doctor.denials import assume_step, parse_principal
from iamsql.sync.doctor.model import DoctorOptions, Row, Rows, State, failed_row, ok, present, skipped_row, stopped_row
from iamsql.sync.doctor.permission_rows import permission_rows
from iamsql.sync.doctor.permissions import PermissionTrial

ROLE, PERMISSIONS = "role", "permissions"


def sample(accounts: Sequence[Account], caller: str, options: DoctorOptions) -> list[Account]:
    """Return the accounts to try: the accounts of --account, all accounts, or the caller's and some of different units."""
    selected = [account for account in accounts if account.selected]
    if options.all_accounts or options.sync.accounts or options.sync.demo:
        return selected
    caller_accounts = [account for account in selected if account.account_id == caller]
    by_unit: dict[tuple[str, ...], list[Account]] = {}
    for account in selected:
        if account not in caller_accounts and account.state not in UNAVAILABLE_STATES:
            by_unit.setdefault(account.parents, []).append(account)
    rounds = zip_longest(*by_unit.values())
    others = [account for units in rounds for account in units if account is not None]
    return [*caller_accounts, *others[: options.sample]]


async def accounts(state: State) -> Rows:
    """Try the accounts of the sample; the rows are in the order of the organization."""
    run, org = present(state.run), present(state.org)
    sampled = sample(org.accounts, org.caller_account, state.options)
    sessions, limit = run.account_sessions(org), asyncio.Semaphore(ACCOUNTS_AT_ONCE)
    services = sorted({call.service for call in run.account_calls})
    await asyncio.to_thread(run.api.sessions.load_services, services, org.home_region)

    done, started = count(1), time.monotonic()

    async def attempt(account: Account) -> list[Row]:
        async with limit:
            rows = await _account_rows(state, sessions, account)
        number = next(done)
        remaining_seconds = (time.monotonic() - started) / number * (len(sampled) - number)
        state.progress.update(number, len(sampled), run.api.calls, run.api.throttles, remaining_seconds)
        return rows

    state.progress.start(len(sampled))
    account_rows = await asyncio.gather(*map(attempt, sampled))
    return [*(row for rows in account_rows for row in rows), *_unavailable_row(state, sampled)]


def _unavailable_row(state: State, sampled: Sequence[Account]) -> Iterator[Row]:
    """Yield a row for the accounts outside the sample that are not active: no role can be assumed in them."""
    others = [account for account in present(state.org).accounts if account.selected and account not in sampled]
    states = Counter(account.state for account in others if account.state in UNAVAILABLE_STATES)
    if states:
        state_counts = ", ".join(f"{number} {name}" for name, number in sorted(states.items()))
        yield skipped_row(ROLE, f"No role can be assumed in accounts that are not active: {state_counts}.")


async def _account_rows(state: State, sessions: AccountSessions, account: Account) -> list[Row]:
    """Return the rows of one account: its role, then its permissions."""
    account_id = account.account_id
    if account.state in UNAVAILABLE_STATES:
        detail = f"The account's state is {account.state}: no role can be assumed."
        return [skipped_row(ROLE, detail, account_id)]
    stats, refusals = CallStats(), list[str]()
    session = await sessions.open(account, stats, refusals)
    if session is None:
        step = _step_after_refusal(state, account_id, stats)
        detail = f"No role can be assumed: {_join_refusals(refusals)}"
        without = stopped_row(PERMISSIONS, ROLE, account=account_id)
        return [failed_row(ROLE, detail, step, account_id), without]
    return [ok(ROLE, _role_detail(session, sessions, account, refusals), account_id)] + await _permission_rows(
        state, session, account
    )


def _step_after_refusal(state: State, account_id: str, stats: CallStats) -> str:
    """Return the next step for an account without a session, by the fault of the first role to assume."""
    org, options = present(state.org), state.options.sync
    fault = stats.faults[0]
    if fault.fault_type in ("expired", "rejected"):
        return sign_in_step(state)
    arn = f"arn:{org.partition}:iam::{account_id}:role/{options.roles[0]}"
    return assume_step(arn, org.reader.role_arn or org.caller_arn, fault, options.external_id, org.organization_id)


def _join_refusals(refusals: Sequence[str]) -> str:
    """Return refusals of the form ROLE: CODE: MESSAGE in one line, with one message for all roles with the same code."""
    roles, messages = dict[str, list[str]](), dict[str, str]()
    for refusal in refusals:
        role, code, message = (*refusal.split(": ", 2), "", "")[:3]
        roles.setdefault(code, []).append(role)
        messages.setdefault(code, message)
    return "; ".join(f"{', '.join(names)}: {code}: {messages[code]}" for code, names in roles.items())


def _role_detail(session: AccountSession, sessions: AccountSessions, account: Account, refusals: Sequence[str]) -> str:
    if not session.role_arn:
        return "The caller's own account: its credentials are used."
    role = sessions.roles_used.get(account.account_id) or session.role_arn.rpartition("/")[2]
    earlier = dict.fromkeys(refusal.partition(":")[0] for refusal in refusals)
    return role + (f" (after {', '.join(earlier)} could not be assumed)" if earlier else "")


async def _permission_rows(state: State, session: AccountSession, account: Account) -> list[Row]:
    run, org = present(state.run), present(state.org)
    client = AccountClient(run.api, session, org.home_region)
    trial = PermissionTrial(client.send, run.plan(org), account.account_id, org.partition)
    try:
        outcomes = await trial.run(run.account_calls)
    except RequestFailedError as error:  # the role cannot be assumed again
        return [failed_row(PERMISSIONS, str(error), sign_in_step(state), account.account_id)]
    finally:
        run.api.release_account(account.account_id)
    principal = parse_principal(session.role_arn or org.caller_arn)
    fresh = state.options.sync.fresh
    return permission_rows(PERMISSIONS, account.account_id, principal, outcomes, fresh=fresh)
