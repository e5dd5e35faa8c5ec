"""Run the checks in order; a check that needs one that failed is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from iamsql.aws.sessions import SessionFactory
from iamsql.model import IamsqlError
from iamsql.sync.context import SyncRun
from iamsql.sync.doctor import accounts, caller, machine, network, organization, trail
from iamsql.sync.doctor.model import (
    FAILED,
    SKIPPED,
    DoctorOptions,
    Report,
    Row,
    Rows,
    State,
    skipped_row,
    stopped_row,
)
from iamsql.sync.options import Progress, Source
from iamsql.sync.source import open_source

MAX_TRIES = 2  # of a request that failed for a transient reason
ROOTS = {"profile": "credentials"}  # the check that shows why the profile cannot be loaded
OFFLINE = "--offline was given."


@dataclass(frozen=True)
class Check:
    """A check: its name, its function, the names of the checks that it needs, and whether it uses the network.

    `section` is the heading of its rows on a terminal; `also` has the names of other checks that the function makes.
    """

    name: str
    section: str
    run: Callable[[State], Awaitable[Rows]]
    needs: tuple[str, ...] = ()
    online: bool = False
    also: tuple[str, ...] = ()


MACHINE, NETWORK, CALLER, ORGANIZATION = "This machine", "Network", "Credentials", "Organization"
ACCOUNTS, TRAIL = "Accounts", "Trail"
READY = ("identity", "organization role", "accounts", "regions")
CHECKS = (
    Check("configuration", MACHINE, machine.configuration),
    Check("versions", MACHINE, machine.versions),
    Check("runs folder", MACHINE, machine.runs_folder),
    Check("disk space", MACHINE, machine.disk_space),
    Check("temporary folder", MACHINE, machine.temporary_folder),
    Check("proxy", NETWORK, network.proxy),
    Check("CA certificates", NETWORK, network.certificates),
    Check("endpoint settings", NETWORK, network.endpoint_settings, ("profile",), online=True),
    Check("endpoints", NETWORK, network.endpoints, ("profile", "CA certificates", "proxy", "endpoint settings"), True),
    Check("credentials", CALLER, caller.credentials, online=True),
    Check(
        "identity",
        CALLER,
        caller.identity,
        ("endpoints", "credentials"),
        online=True,
        also=("credential expiry", "clock"),
    ),
    Check("organization role", ORGANIZATION, organization.organization_role, ("identity",), online=True),
    Check(
        "organization",
        ORGANIZATION,
        organization.organization,
        ("identity", "organization role"),
        online=True,
        also=("organization permissions", "accounts", "regions"),
    ),
    Check("role", ACCOUNTS, accounts.accounts, READY, online=True, also=("permissions",)),
    Check("trail", TRAIL, trail.trail, READY, online=True, also=(trail.STATUS, trail.LIST, trail.READ)),
)
SECTIONS = {name: check.section for check in CHECKS for name in (check.name, *check.also)}


def diagnose(options: DoctorOptions, progress: Progress | None = None) -> Report:
    """Make every check and return its rows; `progress` shows the accounts. Raise IamsqlError for invalid options of the sync."""
    state = State(options, progress or Progress())
    try:
        _prepare_sync(state)
        rows = asyncio.run(_run_checks(state))
    finally:
        state.progress.stop()
        if state.run:
            state.run.api.close()
    return Report(rows, _notes_on_sample(state))


def _prepare_sync(state: State) -> None:
    """Load the profile, and prepare the sync that the checks try. Nothing is requested yet."""
    options = state.options.sync
    if state.options.offline:
        return
    if options.demo:
        source = open_source(options)
        state.sessions, state.run = source.sessions, SyncRun(options, source, Progress())
        return
    try:
        state.sessions = SessionFactory(options.profile or None, requires_credentials=False)
    except IamsqlError as error:
        state.sessions_error = error
        state.failed.add("profile")
        return
    state.run = SyncRun(options, Source(state.sessions, datetime.now(UTC)), Progress())
    state.run.api.transient_tries = MAX_TRIES


async def _run_checks(state: State) -> list[Row]:
    all_rows: list[Row] = []
    for check in CHECKS:
        if state.options.sync.demo and check.section == NETWORK:
            continue  # the sample organization answers in this process
        rows = await _rows_of_check(check, state)
        state.failed |= {row.check for row in rows if row.status == FAILED}
        state.failed |= {row.check for row in rows if row.check == check.name and row.status == SKIPPED}
        all_rows += rows
    return all_rows


async def _rows_of_check(check: Check, state: State) -> Rows:
    """Return the rows of a check, or why it is skipped."""
    if check.section == TRAIL and not state.options.sync.trail:
        return []
    if check.online and state.options.offline:
        return [skipped_row(check.name, OFFLINE)]
    if failed_check := next((name for name in check.needs if name in state.failed), ""):
        root = state.roots.setdefault(
            check.name, ROOTS.get(failed_check) or state.roots.get(failed_check, failed_check)
        )
        return [stopped_row(check.name, ROOTS.get(failed_check, failed_check), root)]
    return await check.run(state)


def _notes_on_sample(state: State) -> list[str]:
    """Return a note on the accounts outside the sample."""
    if state.org is None or state.failed.intersection(READY):
        return []
    selected = [account for account in state.org.accounts if account.selected]
    tried = accounts.sample(state.org.accounts, state.org.caller_account, state.options)
    untried = len(selected) - len(tried)
    return [f"{len(tried)} of {len(selected)} accounts were tried; --all tries all of them."] if untried else []
