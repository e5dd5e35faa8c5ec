"""CloudTrail log files by the thousand, from one text: what benchmarks of events read."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

NAMES = (
    "ec2:DescribeInstances iam:ListUsers s3:GetObject kms:Decrypt sts:AssumeRole logs:CreateLogStream s3:PutObject "
    "sts:GetCallerIdentity s3:ListBuckets secretsmanager:GetSecretValue iam:CreateUser iam:AttachUserPolicy "
    "signin:ConsoleLogin ec2:RunInstances cloudtrail:StopLogging s3:PutBucketPolicy"
).split()
WEIGHTS = [30, 10, 30, 30, 30, 10, 30, 5, 5, 2, 0.02, 0.02, 0.1, 0.1, 0.001, 0.02]
PLACE, ACCOUNT = "feedc0de", "000000000000"


def record(place: int, rng: random.Random) -> dict[str, Any]:
    """Make one record, of 1.1 kB as real ones are."""
    [name] = (
        rng.choices(NAMES, WEIGHTS) if place >= len(NAMES) else [NAMES[place]]
    )  # each in every file, for detections
    source, _, name = name.partition(":")
    asked = {"userName": "backup", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "name": "main"}
    role = f"arn:aws:iam::{ACCOUNT}:role/app-{place % 7}"
    issuer = {"type": "Role", "principalId": "AROAEXAMPLE", "arn": role, "accountId": ACCOUNT, "userName": "app"}
    attributes = {"creationDate": "2026-03-01T10:00:00Z", "mfaAuthenticated": "false"}
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE:session-{place % 50}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app-{place % 7}/session-{place % 50}",
            "accountId": ACCOUNT,
            "accessKeyId": f"ASIA{PLACE.upper()}{place % 300:08}",
            "sessionContext": {"sessionIssuer": issuer, "attributes": attributes},
        },
        "eventTime": f"2026-03-{1 + place % 28:02}T{place % 24:02}:{place % 60:02}:{place * 7 % 60:02}Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"198.51.100.{place % 200}",
        "userAgent": "aws-sdk-java/2.25 Linux/5.10 OpenJDK",
        "requestParameters": {"instancesSet": {"items": [{"instanceId": f"i-{PLACE}{place:x}"}]}, **asked},
        "responseElements": None,
        "requestID": f"{PLACE}-{place:012x}-{rng.getrandbits(32):08x}",
        "eventID": f"{PLACE}-0000-4000-8000-{place:012x}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }


def write(folder: Path, files: int, events: int) -> None:
    """Write so many gzip log files of so many events each, of twenty accounts; no two events are the same."""
    rng = random.Random(files)
    texts = [json.dumps({"Records": [record(place, rng) for place in range(events)]}, separators=(",", ":"))]
    texts.append(texts[0])
    for number in range(files):
        account = f"{111111111111 + number % 20}"
        text = texts[number % 2].replace(PLACE, f"{number:08x}").replace(PLACE.upper(), f"{number:08X}")
        data = gzip.compress(text.replace(ACCOUNT, account).encode(), compresslevel=1, mtime=0)
        name = f"{account}_CloudTrail_us-east-1_20260301T0000Z_{number:016}.json.gz"
        (folder / name).write_bytes(data)
