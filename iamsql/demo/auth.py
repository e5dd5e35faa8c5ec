"""Who may come in: the base credentials, the roles that let a caller through, and when what they gave ends."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from iamsql.demo.directory import Directory
from iamsql.demo.errors import QUERY, AwsError
from iamsql.demo.people import Site, mark
from iamsql.demo.protocol import Request
from iamsql.demo.session_policy import checked

BASE_KEY = "ASIADEMOBASEDEMOBASE"
CREDENTIALS = {
    "aws_access_key_id": BASE_KEY,
    "aws_secret_access_key": "not-a-secret",
    "aws_session_token": "not-a-token",
}
UNKNOWN = {
    "iam": "InvalidClientTokenId",
    "sts": "InvalidClientTokenId",
    "ec2": "AuthFailure",
    "s3": "InvalidAccessKeyId",
}
ROLE = "AWSReservedSSO_Auditor_0123456789abcdef"


@dataclass(frozen=True)
class Caller:
    """Whose credentials a request carries, and the session policy that limits them ('': none)."""

    site: Site
    arn: str
    user_id: str
    ends: float = float("inf")
    base: bool = False
    policy: str = ""


class Authenticator:
    """Knows every access key that was handed out."""

    def __init__(self, directory: Directory, account_id: str = "") -> None:
        self.directory, self.token_lifetime = directory, 3600.0
        site = directory.by_id[account_id] if account_id else directory.management
        arn = f"arn:{site.partition}:sts::{site.account_id}:assumed-role/{ROLE}/demo@example.com"
        user_id = f"{mark('AROA', site.account_id, ROLE, size=17)}:demo@example.com"
        self.callers = {BASE_KEY: Caller(site, arn, user_id, base=True)}
        self.lock = threading.Lock()

    def identify(self, asked: Request, number: int = 0) -> Caller:
        """Find who signed the request, or refuse; `number` is the call's."""
        caller = self.callers.get(asked.key_id)
        if caller is None:
            code = UNKNOWN.get(asked.service, "UnrecognizedClientException")
            raise AwsError(code, "The security token included in the request is invalid.", 403)
        if time.time() >= caller.ends or self.expired(caller, number):
            code = "ExpiredToken" if asked.service in (*QUERY, "s3") else "ExpiredTokenException"
            raise AwsError(code, "The security token included in the request is expired", 403)
        return caller

    def assume(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """Answer AssumeRole: let in whom a role's door is open to, refuse everyone else in the same words."""
        arn = params.get("RoleArn", "")
        parts = arn.split(":")
        site = self.directory.by_id.get(parts[4]) if len(parts) == 6 else None
        role = parts[-1].rpartition("/")[2]
        if site is None or parts[1] != site.partition or not self.opens(site, role, params.get("ExternalId", "")):
            words = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            raise AwsError("AccessDenied", words, 403)
        return self._admit(site, role, params.get("RoleSessionName", ""), checked(params.get("Policy", "")))

    def expired(self, caller: Caller, number: int) -> bool:
        """Return whether credentials have expired before their time: never here."""
        return False

    def opens(self, site: Site, role: str, external_id: str) -> bool:
        """Return whether a role trusts the caller."""
        if site.state != "ACTIVE" or role not in site.doors:
            return False
        return not site.external_id or role != site.doors[0] or external_id == site.external_id

    def _admit(self, site: Site, role: str, session: str, policy: str) -> dict[str, Any]:
        ends = time.time() + self.token_lifetime
        arn = f"arn:{site.partition}:sts::{site.account_id}:assumed-role/{role}/{session}"
        user_id = f"{mark('AROA', site.account_id, role, size=17)}:{session}"
        with self.lock:
            key_id = mark("ASIA", site.account_id, role, str(len(self.callers)))
            self.callers[key_id] = Caller(site, arn, user_id, ends, policy=policy)
        keys = {"AccessKeyId": key_id, "SecretAccessKey": "not-a-secret", "SessionToken": f"token-{key_id}"}
        expires = {"Expiration": datetime.fromtimestamp(ends, UTC)}
        return {"Credentials": keys | expires, "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": arn}}
