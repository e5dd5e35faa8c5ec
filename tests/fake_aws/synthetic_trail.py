"""A synthetic trail of any size for benchmarks. A file is generated on access, from one template of all files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from iamsql.demo.buckets import ORG_BUCKET, ORG_PREFIX, Bucket, StoredObject, compress, log_file_key
from iamsql.demo.data import Account, Item
from iamsql.demo.organizations import Organization
from tests.fake_aws.records import record, session

ORGANIZATION = "o-demo123456"
DAYS, SLACK = 30, 600
LETTERS = "ABCDEFGHIJKLMNOP"
ACCOUNT, REGION, DATE, HOUR, NUMBER = "000000000000", "zz-region-0", "2001-01-01", "T23:", "feedc0de"
CALLS = (
    *("sts:AssumeRole", "ec2:DescribeInstances", "s3:GetBucketAcl", "kms:Decrypt", "iam:ListRoles", "iam:CreateUser"),
    *("ec2:RunInstances", "ssm:GetParameters", "logs:CreateLogStream", "secretsmanager:GetSecretValue"),
)


class SyntheticTrail:
    """Log files with the same number of events, spread over the accounts, two regions and the last thirty days."""

    def __init__(self, organization: Organization, objects: int, events: int) -> None:
        self.organization, self.objects = organization, objects
        self.accounts = [account for account in organization.accounts if account.state == "ACTIVE"]
        self.regions = (
            ("us-east-1", "eu-west-1") if self.accounts[0].partition == "aws" else (self.accounts[0].home_region,)
        )
        self.midnight = organization.management.midnight
        self.text = json.dumps({"Records": self._records(self.accounts[0], events)}, separators=(",", ":"))
        self.bulk = len(self._body(self._key(0), 0, 0)) + SLACK

    def _records(self, account: Account, events: int) -> list[Item]:
        records = []
        for index in range(events):
            when = datetime.fromisoformat(f"{DATE}T23:{index * 60 // events:02}:{index % 60:02}Z")
            who = session(account, "deployer", f"job-{index % 7}", f"ASIAFLOOD{index:A>11}")
            source, _, name = CALLS[index % len(CALLS)].partition(":")
            event = record(account, source, name, when, who, region=REGION)
            event["eventID"] = f"{NUMBER}-{index >> 16 & 0xFFFF:04x}-4000-8000-{index:012x}"
            event["requestParameters"] = {"roleName": f"deployer-{index % 11}", "policyName": "readers"}
            records.append(event)
        text = json.dumps(records).replace(account.id, ACCOUNT)
        back: list[Item] = json.loads(text)
        return back

    def bucket(self) -> Bucket:
        """Return the bucket of the organization's trail."""
        management = self.organization.management
        region = "eu-west-1" if management.partition == "aws" else management.home_region
        return SyntheticBucket(ORG_BUCKET, region, management.id, ((management.id, ""),), tuple, self)

    def keys(self) -> list[str]:
        """Return all keys, sorted."""
        return sorted(map(self._key, range(self.objects)))

    def _key(self, number: int) -> str:
        account = self.accounts[number % len(self.accounts)]
        region = self.regions[number // len(self.accounts) % len(self.regions)]
        letters = "".join(LETTERS[number >> shift & 15] for shift in range(60, -4, -4))
        name = log_file_key(account.id, region, self._when(number), letters)
        return f"{ORG_PREFIX}/AWSLogs/{ORGANIZATION}/{name}"

    def _when(self, number: int) -> datetime:
        minutes = DAYS * 24 * 60 * (number + 1) // (self.objects + 1)
        return self.midnight - timedelta(minutes=minutes)

    def find(self, key: str) -> StoredObject | None:
        """Return the file of a key."""
        letters = re.search(r"_([A-P]{16})\.json\.gz$", key)
        if letters is None:
            return None
        number = int(letters[1].translate(str.maketrans(LETTERS, "0123456789abcdef")), 16)
        if number >= self.objects or self._key(number) != key:
            return None
        return StoredObject(key, self._when(number), lambda: self._body(key, number, self.bulk), length=self.bulk)

    def _body(self, key: str, number: int, bulk: int) -> bytes:
        account, _, region = key.split("/")[3:6]
        hour = self._when(number) - timedelta(hours=1)
        text = self.text.replace(ACCOUNT, account).replace(REGION, region).replace(NUMBER, f"{number:08x}")
        for written, back in ((HOUR, 0), ("T22:", 1)):
            text = text.replace(f"{DATE}{written}", f"{hour - timedelta(hours=back):%Y-%m-%dT%H:}")
        content = compress(text.encode(), 1)
        return _padded(content, bulk) if bulk else content


@dataclass(frozen=True, eq=False)
class SyntheticBucket(Bucket):
    """A bucket with objects that are generated from their keys."""

    trail: SyntheticTrail

    @cached_property
    def keys(self) -> list[str]:
        """Return the keys as ListObjectsV2 sorts them."""
        return self.trail.keys()

    def get(self, key: str) -> StoredObject | None:
        """Return an object."""
        return self.trail.find(key)


def _padded(content: bytes, bulk: int) -> bytes:
    """Pad the gzip header with a file name to a fixed size, so a list of objects needs no bodies."""
    return content[:3] + b"\x08" + content[4:10] + b"x" * (bulk - len(content) - 1) + b"\0" + content[10:]
