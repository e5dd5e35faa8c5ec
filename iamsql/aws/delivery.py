"""Clients for the requests that write: they deliver notifications and files, and retry as botocore does.

The requests that read an organization go through `client`, which has rate limits and never writes.
"""

from __future__ import annotations

import logging
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from iamsql.aws.errors import request_id
from iamsql.logs import fields
from iamsql.model import IamsqlError
from iamsql.redaction import hide

LOG = logging.getLogger(__name__)
TRIES = 6
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": TRIES},
    connect_timeout=10,
    read_timeout=60,
    user_agent_appid="iamsql",
)


class Clients:
    """Creates clients with the caller's credentials, or with those of a role, each once."""

    def __init__(self, profile: str | None = None, region: str | None = None) -> None:
        """Load the profile. Raises IamsqlError if it does not exist."""
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
        except ProfileNotFound as error:
            raise IamsqlError(f"{error}.\nList the profiles with: aws configure list-profiles") from error
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._roles: dict[str, dict[str, str]] = {}

    @property
    def region(self) -> str:
        """Return the region of the session; us-east-1 if it has none."""
        return str(self._session.region_name or "us-east-1")

    def client(self, service: str, region: str = "", role_arn: str = "", external_id: str = "") -> Any:
        """Return the client of a service, with the credentials of a role if its ARN is given."""
        key = (service, region or self.region, role_arn)
        if key not in self._clients:
            credentials = self._assume(role_arn, external_id) if role_arn else {}
            self._clients[key] = self._session.client(service, region_name=key[1], config=CONFIG, **credentials)
        return self._clients[key]

    def _assume(self, role_arn: str, external_id: str) -> dict[str, str]:
        if role_arn not in self._roles:
            hide(external_id)
            given = {"ExternalId": external_id} if external_id else {}
            keys = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="iamsql", **given)["Credentials"]
            self._roles[role_arn] = {
                "aws_access_key_id": keys["AccessKeyId"],
                "aws_secret_access_key": keys["SecretAccessKey"],
                "aws_session_token": keys["SessionToken"],
            }
        return self._roles[role_arn]


def failure(error: Exception) -> str:
    """Return the error of a request in a line, with the code and the request ID of AWS; raise any other exception again.

    The error is also a record of the log.
    """
    if isinstance(error, ClientError):
        details, aws_id = error.response.get("Error", {}), request_id(error)
        code, message = str(details.get("Code", "Unknown")), str(details.get("Message", ""))
        named = fields(operation=error.operation_name, code=code, error=message, request_id=aws_id)
        LOG.warning("The request failed and is given up.", extra=named)
        suffix = f" (request {aws_id})" if aws_id else ""
        return f"{error.operation_name}: {code}: {message}{suffix}"
    if isinstance(error, BotoCoreError):
        LOG.warning("The request failed and is given up.", extra=fields(code=type(error).__name__, error=str(error)))
        return f"{type(error).__name__}: {error}"
    raise error
