"""Boto3 clients of a fake AWS; all share one loader, because loading the models takes most of the time."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import create_loader

from tests.fake_aws import CREDENTIALS, FakeAws

LOADER = create_loader()
DAY = date(2026, 3, 14)
ONCE = Config(retries={"total_max_attempts": 1})
PAYMENTS, MANAGEMENT = "555566667777", "111122223333"


def session(aws: FakeAws, credentials: dict[str, Any] | None = None, region: str = "us-east-1") -> Any:
    made = boto3.Session(**(credentials or CREDENTIALS), region_name=region)
    made._session.register_component("data_loader", LOADER)
    made._session.get_component("event_emitter").register("before-send", aws.answer)
    return made


def client(
    aws: FakeAws, service: str, account_id: str = "", role: str = "iamsql-audit", region: str = "us-east-1"
) -> Any:
    credentials = assume(aws, account_id, role) if account_id else None
    return session(aws, credentials, region).client(service, config=ONCE)


def assume(aws: FakeAws, account_id: str, role: str = "iamsql-audit", **more: str) -> dict[str, str]:
    partition = aws.organization.management.partition
    arn = f"arn:{partition}:iam::{account_id}:role/{role}"
    answer = client(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="iamsql", **more)
    given = answer["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def pages(one: Any, operation: str, member: str, **params: Any) -> list[list[Any]]:
    return [page[member] for page in one.get_paginator(operation).paginate(**params)]


def flat(parts: list[list[Any]]) -> list[Any]:
    return [item for part in parts for item in part]


def refusal(code: str) -> Any:
    return pytest.raises(ClientError, match=re.escape(f"({code})"))
