"""The session in each account: the caller's, the session that reads the organization, or an assumed role."""

from __future__ import annotations

from iamsql.aws.account_client import AccountClient
from iamsql.aws.client import ApiClient, CallStats
from iamsql.aws.errors import MAX_CALLS_FAULT, Fault, RequestFailedError
from iamsql.aws.organization_model import Organization
from iamsql.aws.sessions import AccountSession
from iamsql.aws.sts import assume_role
from iamsql.model import Account
from iamsql.sync.options import Options


class AccountSessions:
    """Opens the sessions of one run; `roles_used` maps account IDs to the role that was assumed."""

    def __init__(self, api: ApiClient, org: Organization, options: Options, policy: str | None) -> None:
        """Try the roles of the options in their order. `policy` is the session policy of each session."""
        self._api, self._org, self._options, self._policy = api, org, options, policy
        self._reader = AccountClient(api, org.reader, org.home_region)
        self.roles_used: dict[str, str] = {}

    async def open(self, account: Account, stats: CallStats, refusals: list[str]) -> AccountSession | None:
        """Return a session in an account, or None with the reasons in `refusals` and the faults in `stats`.

        Raise RequestFailedError at the limit of --max-calls.
        """
        org, caller = self._org, self._api.sessions.caller
        if account.account_id == org.caller_account:
            return AccountSession(account.account_id, caller.credentials)
        reader = await self._renew_reader(stats, refusals) if org.reader.role_arn else None
        if org.reader.role_arn and account.account_id == org.reader.account_id:
            return reader
        # The roles of an account may trust the caller, or only the role that reads the organization.
        for session in filter(None, (caller, reader)):
            for role in self._options.roles:
                arn = f"arn:{org.partition}:iam::{account.account_id}:role/{role}"
                try:
                    external_id = self._options.external_id
                    assumed = await assume_role(self._api, session, arn, external_id, stats, self._policy)
                except RequestFailedError as failed:
                    if self._record_refusal(role, failed.fault, stats, refusals):
                        return None
                else:
                    self.roles_used[account.account_id] = role
                    return assumed
        return None

    async def _renew_reader(self, stats: CallStats, refusals: list[str]) -> AccountSession | None:
        try:
            return await self.reader()
        except RequestFailedError as failed:
            self._record_refusal(self._org.reader.role_arn.rpartition("/")[2], failed.fault, stats, refusals)
            return None

    def _record_refusal(self, role: str, fault: Fault, stats: CallStats, refusals: list[str]) -> bool:
        """Record why a role could not be assumed; return whether the credentials that assume roles are invalid.

        Raise RequestFailedError at the limit of --max-calls: no other role is tried.
        """
        if fault is MAX_CALLS_FAULT:
            raise RequestFailedError(fault)
        refusals.append(f"{role}: {fault.code}: {fault.message}")
        stats.faults.append(fault)
        is_invalid = fault.fault_type in ("expired", "rejected")
        if is_invalid:
            self._api.expired = fault
        return is_invalid

    async def reader(self) -> AccountSession:
        """Return the session that reads the organization, renewed if it expires soon. Raise RequestFailedError."""
        self._org.reader = await self._reader.current_session()
        return self._org.reader
