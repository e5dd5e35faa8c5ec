"""A trail of any size for benchmarks: keys are made at once, a file when it is asked for, from one text for all."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from iamsql.demo.directory import ORGANIZATION, Directory
from iamsql.demo.logs import name_of, packed
from iamsql.demo.people import Site
from iamsql.demo.records import Record, Who, record
from iamsql.demo.vaults import ORG_BUCKET, ORG_PREFIX, Thing, Vault

DAYS, SLACK = 30, 600
LETTERS = "ABCDEFGHIJKLMNOP"
ACCOUNT, REGION, DATE, HOUR, NUMBER = "000000000000", "zz-region-0", "2001-01-01", "T23:", "feedc0de"
CALLS = (
    *("sts:AssumeRole", "ec2:DescribeInstances", "s3:GetBucketAcl", "kms:Decrypt", "iam:ListRoles", "iam:CreateUser"),
    *("ec2:RunInstances", "ssm:GetParameters", "logs:CreateLogStream", "secretsmanager:GetSecretValue"),
)


class SyntheticTrail:
    """So many log files of so many events, spread over the accounts, two regions and the last thirty days."""

    def __init__(self, directory: Directory, objects: int, events: int) -> None:
        self.directory, self.objects = directory, objects
        self.sites = [site for site in directory.sites if site.state == "ACTIVE"]
        self.regions = ("us-east-1", "eu-west-1") if self.sites[0].partition == "aws" else (self.sites[0].home,)
        self.midnight = directory.management.midnight
        self.text = json.dumps({"Records": self._records(self.sites[0], events)}, separators=(",", ":"))
        self.bulk = len(self._body(self._key(0), 0, 0)) + SLACK

    def _records(self, site: Site, events: int) -> list[Record]:
        found = []
        for place in range(events):
            when = datetime.fromisoformat(f"{DATE}T23:{place * 60 // events:02}:{place % 60:02}")
            who = Who("AssumedRole", f"job-{place % 7}", role="deployer", key=f"ASIAFLOOD{place:A>11}", mfa="false")
            one = record(site, CALLS[place % len(CALLS)], when, who, seed=f"flood/{place}", region=REGION)
            one["eventID"] = f"{NUMBER}-{place >> 16 & 0xFFFF:04x}-4000-8000-{place:012x}"
            one["requestParameters"] = {"roleName": f"deployer-{place % 11}", "policyName": "readers"}
            found.append(one)
        text = json.dumps(found).replace(site.account_id, ACCOUNT)
        back: list[Record] = json.loads(text)
        return back

    def vault(self) -> Vault:
        """Make the bucket of the organization's trail."""
        management = self.directory.management
        region = "eu-west-1" if management.partition == "aws" else management.home
        readers = ((management.account_id, ""),)
        return Vault(ORG_BUCKET, region, management.account_id, readers, tuple, self.find, self.keys)

    def keys(self) -> list[str]:
        """Sort all keys."""
        return sorted(map(self._key, range(self.objects)))

    def _key(self, number: int) -> str:
        site = self.sites[number % len(self.sites)]
        region = self.regions[number // len(self.sites) % len(self.regions)]
        letters = "".join(LETTERS[number >> shift & 15] for shift in range(60, -4, -4))
        name = name_of(site.account_id, region, self._when(number), letters)
        return f"{ORG_PREFIX}/AWSLogs/{ORGANIZATION}/{name}"

    def _when(self, number: int) -> datetime:
        minutes = DAYS * 24 * 60 * (number + 1) // (self.objects + 1)
        return self.midnight - timedelta(minutes=minutes)

    def find(self, key: str) -> Thing | None:
        """Make the file of a key."""
        letters = re.search(r"_([A-P]{16})\.json\.gz$", key)
        if letters is None:
            return None
        number = int(letters[1].translate(str.maketrans(LETTERS, "0123456789abcdef")), 16)
        if number >= self.objects or self._key(number) != key:
            return None
        return Thing(key, self._when(number), lambda: self._body(key, number, self.bulk), bulk=self.bulk)

    def _body(self, key: str, number: int, bulk: int) -> bytes:
        account, _, region = key.split("/")[3:6]
        hour = self._when(number) - timedelta(hours=1)
        text = self.text.replace(ACCOUNT, account).replace(REGION, region).replace(NUMBER, f"{number:08x}")
        for written, back in ((HOUR, 0), ("T22:", 1)):
            text = text.replace(f"{DATE}{written}", f"{hour - timedelta(hours=back):%Y-%m-%dT%H:}")
        content = packed(text.encode(), 1)
        return _named(content, bulk) if bulk else content


def _named(content: bytes, bulk: int) -> bytes:
    """Put a file name into the header that fills the file to a size known beforehand, so that lists need no bodies."""
    return content[:3] + b"\x08" + content[4:10] + b"x" * (bulk - len(content) - 1) + b"\0" + content[10:]
