"""Authentication: the base credentials, and the sessions of the roles that the caller may assume."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iamsql.demo.data import Account, unique_id
from iamsql.demo.errors import AwsError
from iamsql.demo.organizations import Organization
from iamsql.demo.protocol import Request

BASE_KEY_ID = "ASIADEMOBASEDEMOBASE"
CREDENTIALS = {
    "aws_access_key_id": BASE_KEY_ID,
    "aws_secret_access_key": "not-a-secret",
    "aws_session_token": "not-a-token",
}
CALLER_ROLE = "AWSReservedSSO_Auditor_0123456789abcdef"


@dataclass(frozen=True)
class Caller:
    """The principal that signed a request; `is_base` with the base credentials. `policy` is the session policy, '' for none."""

    account: Account
    arn: str
    user_id: str
    expires: float = float("inf")
    is_base: bool = False
    policy: str = ""


class Authenticator:
    """Issues temporary credentials, and finds the caller by the access key of a request."""

    def __init__(self, organization: Organization, account_id: str = "") -> None:
        self.organization, self.token_lifetime = organization, 3600.0
        account = organization.by_id[account_id] if account_id else organization.management
        arn = f"arn:{account.partition}:sts::{account.id}:assumed-role/{CALLER_ROLE}/demo@example.com"
        user_id = f"{unique_id('AROA', account.id, CALLER_ROLE, size=17)}:demo@example.com"
        self.callers = {BASE_KEY_ID: Caller(account, arn, user_id, is_base=True)}
        self.lock = threading.Lock()

    def identify(self, request: Request) -> Caller:
        """Return the caller that signed a request."""
        return self.callers[request.key_id]

    def assume(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """Answer AssumeRole; the error is the same for an unknown role and for a role that does not trust the caller."""
        arn = params.get("RoleArn", "")
        # An ARN that is not complete has empty parts, which no account and no role matches.
        _, partition, _, _, account_id, role = (*arn.split(":"), *[""] * 6)[:6]
        account, role = self.organization.by_id.get(account_id), role.rpartition("/")[2]
        is_known = account is not None and account.partition == partition
        if not (account and is_known and self.trusts(account, role, params.get("ExternalId", ""))):
            message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise AwsError("AccessDenied", message, 403)
        return self._issue(account, role, params.get("RoleSessionName", ""), params.get("Policy", ""))

    def trusts(self, account: Account, role: str, external_id: str) -> bool:
        """Return whether a role trusts the caller."""
        roles = account.item["AssumableRoles"] if account.state == "ACTIVE" else ()
        return any(item["RoleName"] == role and external_id == item.get("ExternalId", external_id) for item in roles)

    def _issue(self, account: Account, role: str, session: str, policy: str) -> dict[str, Any]:
        expires = time.time() + self.token_lifetime
        arn = f"arn:{account.partition}:sts::{account.id}:assumed-role/{role}/{session}"
        user_id = f"{unique_id('AROA', account.id, role, size=17)}:{session}"
        with self.lock:
            key_id = unique_id("ASIA", account.id, role, str(len(self.callers)))
            self.callers[key_id] = Caller(account, arn, user_id, expires, policy=policy)
        keys = {"AccessKeyId": key_id, "SecretAccessKey": "not-a-secret", "SessionToken": f"token-{key_id}"}
        expiration = {"Expiration": datetime.fromtimestamp(expires, UTC)}
        return {"Credentials": keys | expiration, "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": arn}}
