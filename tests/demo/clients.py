"""Boto3 clients of a fake AWS. They share a loader, because loading the models takes most of the time."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import create_loader

from tests.fake_aws import CREDENTIALS, FakeAws, Faults

LOADER = create_loader()
DAY = date(2026, 3, 14)
ONCE = Config(retries={"total_max_attempts": 1})
PAYMENTS, MANAGEMENT = "555566667777", "111122223333"


def session(aws: FakeAws, credentials: dict[str, Any] | None = None, region: str = "us-east-1") -> Any:
    """Return a boto3 session where the fake AWS answers every request; by default with the base credentials."""
    boto_session = boto3.Session(**(credentials or CREDENTIALS), region_name=region)
    boto_session._session.register_component("data_loader", LOADER)
    boto_session._session.get_component("event_emitter").register("before-send", aws.answer)
    return boto_session


def client(
    aws: FakeAws, service: str, account_id: str = "", role: str = "iamsql-audit", region: str = "us-east-1"
) -> Any:
    """Return a client that does not retry; with `account_id` it has the credentials of a role of the account."""
    credentials = assume(aws, account_id, role) if account_id else None
    return session(aws, credentials, region).client(service, config=ONCE)


def assume(aws: FakeAws, account_id: str, role: str = "iamsql-audit", **more: str) -> dict[str, str]:
    """Assume a role and return its credentials, as arguments of boto3.Session."""
    partition = aws.organization.management.partition
    arn = f"arn:{partition}:iam::{account_id}:role/{role}"
    response = client(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="iamsql", **more)
    issued = response["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }


def pages(boto_client: Any, operation: str, member: str, **params: Any) -> list[list[Any]]:
    """Return the items of each page of an operation."""
    return [page[member] for page in boto_client.get_paginator(operation).paginate(**params)]


def flat(lists: list[list[Any]]) -> list[Any]:
    """Concatenate lists."""
    return [item for items in lists for item in items]


def refusal(code: str) -> Any:
    """Expect a ClientError with an error code."""
    return pytest.raises(ClientError, match=re.escape(f"({code})"))


def fake_aws(**faults: object) -> FakeAws:
    """Return the sample organization with faults."""
    return FakeAws(DAY, faults=Faults(**faults))
