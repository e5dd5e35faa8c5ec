"""Send requests in one account, with a session that is renewed before it expires."""

from __future__ import annotations

import asyncio
from typing import Any

from iamsql.aws.client import ApiClient, CallStats, Request
from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.sessions import AccountSession
from iamsql.aws.sts import renew_session
from iamsql.aws.transport import Read


class AccountClient:
    """The requests of one session."""

    def __init__(self, api: ApiClient, session: AccountSession, home_region: str) -> None:
        """Use a session. Credentials that AWS rejects are invalid in the home region; elsewhere the region may be disabled."""
        self.api, self.session, self.home_region = api, session, home_region
        self._renewal = asyncio.Lock()

    async def send(self, request: Request, stats: CallStats, read: Read = lambda answer: answer) -> Any:
        """Return `read(response)`; a session that AWS reports as expired is renewed once. Raise RequestFailedError."""
        for is_last in (False, True):
            session = await self.current_session()
            try:
                return await self.api.send(session, request, stats, read)
            except RequestFailedError as failed:
                if failed.fault.fault_type not in ("expired", "rejected"):
                    raise
                if failed.fault.fault_type == "rejected" and request.region != self.home_region:
                    # Credentials that one region alone rejects: the account has not enabled the region (assumed).
                    message = f"The region {request.region} is not enabled in this account ({failed})"
                    raise RequestFailedError(Fault("not_applicable", "region_not_enabled", message)) from failed
                # botocore renews the caller's credentials itself, so these cannot be used any more.
                if is_last or session.expires is None:
                    self.api.expired = failed.fault if session.expires is None else self.api.expired
                    raise
                # Not self.session, which another request may have renewed since this request was signed.
                session.expires = 0.0
        raise AssertionError("unreachable")

    async def current_session(self) -> AccountSession:
        """Return the session, renewed if it expires soon. Raise RequestFailedError."""
        # Requests that run at once would otherwise assume the role once each.
        async with self._renewal:
            if self.session.expires_soon():
                self.session = await renew_session(self.api, self.session)
            return self.session
