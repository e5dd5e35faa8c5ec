"""Clients for the requests that write: they deliver notifications and files, and retry as botocore does.

The requests that read an organization go through `client`, which has rate limits and never writes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from iamsql.aws.errors import classify, request_id
from iamsql.logs import fields
from iamsql.logs.redaction import hide_values
from iamsql.model import IamsqlError

LOG = logging.getLogger(__name__)
MAX_ATTEMPTS = 6
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
    connect_timeout=10,
    read_timeout=60,
    user_agent_appid="iamsql",
)
# Version 4: S3 accepts no other signature for objects that are encrypted with KMS, and presigned URLs of clients without this
# option have the older one in some regions.
SERVICE_CONFIGS = {"s3": CLIENT_CONFIG.merge(Config(signature_version="s3v4"))}
AWS_EXCEPTIONS = (BotoCoreError, ClientError)
MAX_CACHED_CLIENTS = 32  # a client takes hundreds of kilobytes, and an organization has thousands of accounts
RENEW_BEFORE = 300.0  # seconds before their expiration at which the credentials of a role are renewed
PRESIGNED_URL_LIFETIME = timedelta(
    days=7
)  # the longest that signature version 4 allows (S3 User Guide, presigned URLs)
MAX_UPLOAD_CONNECTIONS = 4  # parts of a file that are uploaded at a time


@dataclass(frozen=True)
class PresignedUrl:
    """A URL that lets everyone read an object until `expires`, or until temporary credentials expire if that is sooner.

    `is_certain` is false if the credentials are temporary and their expiration is unknown.
    """

    url: str = field(repr=False)
    expires: datetime
    is_temporary: bool
    is_certain: bool


class Clients:
    """Creates clients with the credentials of the caller or of a role, and caches the clients that were used last."""

    def __init__(self, profile: str | None = None, region: str | None = None) -> None:
        """Load the profile. Raise IamsqlError if it does not exist."""
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
        except ProfileNotFound as error:
            raise IamsqlError(f"{error}.\nList the profiles with: aws configure list-profiles") from error
        self._lock = threading.RLock()  # a session cannot create clients in several threads
        self._clients: OrderedDict[tuple[str, str, str], tuple[Any, float]] = OrderedDict()
        self._roles: dict[str, tuple[dict[str, str], float]] = {}
        self._regions: dict[str, str] = {}  # of buckets outside the region of the session
        self._account = ""

    @property
    def region(self) -> str:
        """Return the region of the session; us-east-1 if it has none."""
        return str(self._session.region_name or "us-east-1")

    def require_credentials(self) -> None:
        """Raise IamsqlError if no credentials are configured. AWS receives no request: they can still be expired."""
        try:
            credentials = self._session.get_credentials()
        except (BotoCoreError, OSError) as error:  # OSError: the command of credential_process does not exist
            raise IamsqlError(f"The credentials cannot be read: {error}") from error
        if credentials is None:
            raise IamsqlError("No AWS credentials found.\nSet AWS_PROFILE or --profile.")

    @property
    def account(self) -> str:
        """Return the account of the caller's credentials. STS is asked once."""
        with self._lock:
            self._account = self._account or str(self.client("sts").get_caller_identity()["Account"])
        return self._account

    def client(self, service: str, region: str = "", role_arn: str = "", external_id: str = "") -> Any:
        """Return the client of a service, with the credentials of a role if its ARN is given."""
        key = (service, region or self.region, role_arn)
        with self._lock:
            client, expires = self._clients.pop(key, (None, 0.0))
            if client is None or (role_arn and time.time() > expires - RENEW_BEFORE):
                credentials, expires = self._assume_role(role_arn, external_id) if role_arn else ({}, 0.0)
                config = SERVICE_CONFIGS.get(service, CLIENT_CONFIG)
                client = self._session.client(service, region_name=key[1], config=config, **credentials)
            self._clients[key] = (client, expires)
            while len(self._clients) > MAX_CACHED_CLIENTS:
                self._clients.popitem(last=False)
        return client

    def upload(self, bucket: str, key: str, path: Path, arguments: Mapping[str, Any], region: str = "") -> None:
        """Upload a file with checksums, a large file in parts. `arguments` are arguments of PutObject."""
        config = TransferConfig(max_concurrency=MAX_UPLOAD_CONNECTIONS)
        extra_arguments = {"ChecksumAlgorithm": "SHA256"} | dict(arguments)
        client, event = self.client("s3", region), "response-received.s3"

        def remember_region(parsed_response: dict[str, Any] | None = None, **_: Any) -> None:
            """Store the region that S3 redirects to; botocore follows the redirect, but does not sign links for the region."""
            response = parsed_response or {}
            header = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
            if bucket_region := header or response.get("Error", {}).get("Region"):
                self._regions[bucket] = str(bucket_region)

        client.meta.events.register(event, remember_region)
        try:
            with path.open("rb") as stream:
                client.upload_fileobj(stream, bucket, key, ExtraArgs=extra_arguments, Config=config)
        finally:
            client.meta.events.unregister(event, remember_region)

    def presign(self, bucket: str, key: str) -> PresignedUrl:
        """Return a URL that reads an object for seven days, or for as long as temporary credentials are valid.

        The URL has the region of the bucket if an upload has learned it.
        """
        now = datetime.now(UTC)
        credentials = self._session.get_credentials()
        is_temporary = bool(credentials and credentials.get_frozen_credentials().token)
        # botocore has no public attribute for the expiration; credentials that it does not renew have none.
        expiry: datetime | None = getattr(credentials, "_expiry_time", None)
        expires = min(now + PRESIGNED_URL_LIFETIME, expiry or now + PRESIGNED_URL_LIFETIME)
        seconds = max(1, int((expires - now).total_seconds()))
        parameters = {"Bucket": bucket, "Key": key}
        client = self.client("s3", self._regions.get(bucket, ""))
        url = client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
        return PresignedUrl(url, expires, is_temporary, not is_temporary or expiry is not None)

    def _assume_role(self, role_arn: str, external_id: str) -> tuple[dict[str, str], float]:
        """Return the credentials of a role and the time when they expire."""
        credentials, expires = self._roles.get(role_arn, ({}, 0.0))
        if time.time() > expires - RENEW_BEFORE:
            hide_values(external_id)
            optional_arguments = {"ExternalId": external_id} if external_id else {}
            role_credentials = self.client("sts").assume_role(
                RoleArn=role_arn, RoleSessionName="iamsql", **optional_arguments
            )["Credentials"]
            expires = role_credentials["Expiration"].timestamp()
            credentials = {
                "aws_access_key_id": role_credentials["AccessKeyId"],
                "aws_secret_access_key": role_credentials["SecretAccessKey"],
                "aws_session_token": role_credentials["SessionToken"],
            }
            self._roles[role_arn] = (credentials, expires)
        return credentials, expires


def describe_error(error: Exception) -> str:
    """Return the error of a request in a line, with the code and the request ID of AWS; raise any other exception again.

    The error is also a record of the log.
    """
    if isinstance(error, ClientError):
        details, aws_id = error.response.get("Error", {}), request_id(error)
        code, message = str(details.get("Code", "Unknown")), str(details.get("Message", ""))
        record = fields(operation=error.operation_name, code=code, error=message, request_id=aws_id)
        LOG.warning("The request failed and is given up.", extra=record)
        suffix = f" (request {aws_id})" if aws_id else ""
        return f"{error.operation_name}: {code}: {message}{suffix}"
    if isinstance(error, BotoCoreError):
        LOG.warning("The request failed and is given up.", extra=fields(code=type(error).__name__, error=str(error)))
        return f"{type(error).__name__}: {error}"
    raise error


def error_code(error: Exception) -> str:
    """Return the code of AWS's error response, such as PreconditionFailed; 'None' for an exception without one."""
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code"))


def describe_fault(error: Exception) -> tuple[str, str]:
    """Return the kind of an error (denied, expired, throttled …, see `errors`) and its code; raise other exceptions again."""
    fault = classify(error)
    return fault.fault_type, fault.code
