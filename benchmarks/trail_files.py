"""Thousands of CloudTrail log files from one template, for the benchmarks of events."""

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
# Values that differ from file to file.
FILE_ID, ACCOUNT = "feedc0de", "000000000000"


def record(position: int, rng: random.Random) -> dict[str, Any]:
    """Return a record of 1.1 kB, the usual size. The first records of a file have one event name each."""
    # Each file has each event name, so all detections have events.
    [name] = rng.choices(NAMES, WEIGHTS) if position >= len(NAMES) else [NAMES[position]]
    source, _, name = name.partition(":")
    parameters = {"userName": "backup", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "name": "main"}
    role = f"arn:aws:iam::{ACCOUNT}:role/app-{position % 7}"
    issuer = {"type": "Role", "principalId": "AROAEXAMPLE", "arn": role, "accountId": ACCOUNT, "userName": "app"}
    attributes = {"creationDate": "2026-03-01T10:00:00Z", "mfaAuthenticated": "false"}
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE:session-{position % 50}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app-{position % 7}/session-{position % 50}",
            "accountId": ACCOUNT,
            "accessKeyId": f"ASIA{FILE_ID.upper()}{position % 300:08}",
            "sessionContext": {"sessionIssuer": issuer, "attributes": attributes},
        },
        "eventTime": f"2026-03-{1 + position % 28:02}T{position % 24:02}:{position % 60:02}:{position * 7 % 60:02}Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"198.51.100.{position % 200}",
        "userAgent": "aws-sdk-java/2.25 Linux/5.10 OpenJDK",
        "requestParameters": {"instancesSet": {"items": [{"instanceId": f"i-{FILE_ID}{position:x}"}]}, **parameters},
        "responseElements": None,
        "requestID": f"{FILE_ID}-{position:012x}-{rng.getrandbits(32):08x}",
        "eventID": f"{FILE_ID}-0000-4000-8000-{position:012x}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }


def write(folder: Path, files: int, events: int) -> None:
    """Write gzip log files of 20 accounts, with `events` different events each."""
    rng = random.Random(files)
    texts = [json.dumps({"Records": [record(position, rng) for position in range(events)]}, separators=(",", ":"))]
    texts.append(texts[0])
    for number in range(files):
        account = f"{111111111111 + number % 20}"
        text = texts[number % 2].replace(FILE_ID, f"{number:08x}").replace(FILE_ID.upper(), f"{number:08X}")
        data = gzip.compress(text.replace(ACCOUNT, account).encode(), compresslevel=1, mtime=0)
        name = f"{account}_CloudTrail_us-east-1_20260301T0000Z_{number:016}.json.gz"
        (folder / name).write_bytes(data)
