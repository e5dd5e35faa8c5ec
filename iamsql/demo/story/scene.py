"""How the story is told: scenes of one actor, whose records follow each other by seconds, and roles taken elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from iamsql.demo.people import Site, mark
from iamsql.demo.records import Record, Who, record, uuid_of

INTRUDER, STRANGER, FOREIGN = "198.18.21.9", "198.19.101.4", "999999999999"
KALI = "aws-cli/2.15.30 md/Botocore#2.4.5 ua/2.0 os/linux#6.5.0-kali3-amd64 lang/python#3.11.8"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
DONE = {"requestId": "00000000-0000-4000-8000-00000000d0fe", "_return": True}
EC2_DENIED = ("Client.UnauthorizedOperation", "You are not authorized to perform this operation.")


def clock(text: str) -> timedelta:
    """Read a time of day, such as 02:11:40."""
    hours, minutes, *seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def text(document: Any) -> str:
    """Write a policy document as it stands in a request."""
    return json.dumps(document, separators=(",", ":"))


def day(when: datetime) -> str:
    """Write a time as answers of IAM have it in records: Jan 2, 2026 3:04:05 AM."""
    return f"{when:%b} {when.day}, {when.year} {when.hour % 12 or 12}:{when:%M:%S %p}"


def resource(site: Site, kind: str, arn: str) -> Record:
    """Write one of a record's resources."""
    return {"accountId": site.account_id, "type": kind, "ARN": arn}


class Scene:
    """One actor's records in an account, `step` seconds apart from `age` days and a time of day on."""

    def __init__(
        self, site: Site, title: str, who: Who, age: int, at: str, *, region: str = "", step: int = 14
    ) -> None:
        self.site, self.title, self.who, self.region, self.step = site, title, who, region, step
        self.when = site.midnight - timedelta(days=age) + clock(at)
        self.records: list[Record] = []

    def did(
        self, call: str, request: Record | None = None, response: Record | None = None, *, wait: int = -1, **more: Any
    ) -> Record:
        """Add a record; `who` and `region` replace the scene's for this one."""
        self.when += timedelta(seconds=self.step if wait < 0 else wait)
        who, region = more.pop("who", self.who), more.pop("region", self.region)
        seed = f"{self.site.account_id}/{self.title}/{len(self.records)}"
        found = {"requestParameters": request, "responseElements": response} | more
        self.records.append(record(self.site, call, self.when, who, seed=seed, region=region, **found))
        return self.records[-1]

    def refused(self, call: str, request: Record | None = None, code: str = "", words: str = "", **more: Any) -> Record:
        """Add a record of a call that was refused: access denied where nothing else is said."""
        service, _, name = call.partition(":")
        if not code and service == "ec2":
            code, words = EC2_DENIED
        elif not code:
            code = "AccessDenied" if service in ("iam", "sts", "s3", "secretsmanager") else "AccessDeniedException"
        done = self.did(call, request, errorCode=code, **more)
        arn = done["userIdentity"].get("arn", "")
        action = f"{service}:{name.partition('2015')[0]}"
        plain = f"User: {arn} is not authorized to perform: {action} because no identity-based policy allows the action"
        done["errorMessage"] = words or plain
        return done

    def signed_in(
        self, success: bool = True, mfa: str = "No", words: str = "Failed authentication", **more: Any
    ) -> Record:
        """Add a sign-in to the console."""
        extra = {
            "LoginTo": "https://console.aws.amazon.com/console/home?region=us-east-1",
            "MobileVersion": "No",
            "MFAUsed": mfa,
        }
        done = self.did(
            "signin:ConsoleLogin",
            None,
            {"ConsoleLogin": "Success" if success else "Failure"},
            additionalEventData=extra,
            eventType="AwsConsoleSignIn",
            **more,
        )
        if not success:
            done["errorMessage"] = words
        return done


@dataclass(frozen=True)
class Crossing:
    """A role taken in another account: one call, recorded in both, under one shared event id."""

    caller: str
    user: str
    target: str
    role: str
    session: str
    age: int
    at: str
    region: str = "us-east-1"

    @property
    def key(self) -> str:
        """Name the access key of the session."""
        return mark("ASIA", self.target, self.role, self.session)

    def guest(self) -> Who:
        """Give the session as an actor in the other account."""
        return Who("AssumedRole", self.session, self.role, self.key, INTRUDER, KALI, "false")

    def taken(self, site: Site, key_id: str) -> Record:
        """Write the record of the caller's account."""
        return self._write(site, Who("IAMUser", self.user, key=key_id, address=INTRUDER, agent=KALI), "out")

    def given(self, site: Site) -> Record:
        """Write the record of the role's account, which does not know the caller's name."""
        principal = mark("AIDA", self.caller, self.user, size=17)
        return self._write(site, Who("AWSAccount", self.caller, key=principal, address=INTRUDER, agent=KALI), "in")

    def _write(self, site: Site, who: Who, side: str) -> Record:
        when = site.midnight - timedelta(days=self.age) + clock(self.at)
        arn = f"arn:aws:iam::{self.target}:role/{self.role}"
        seed = f"{self.caller}/{self.target}/{self.role}/{self.session}"
        user = {
            "assumedRoleId": f"{mark('AROA', self.target, self.role, size=17)}:{self.session}",
            "arn": f"arn:aws:sts::{self.target}:assumed-role/{self.role}/{self.session}",
        }
        expires = day(when + timedelta(hours=1))
        credentials = {"accessKeyId": self.key, "sessionToken": "hidden", "expiration": expires}
        return record(
            site,
            "sts:AssumeRole",
            when,
            who,
            seed=f"{seed}/{side}",
            region=self.region,
            requestParameters={"roleArn": arn, "roleSessionName": self.session},
            responseElements={"credentials": credentials, "assumedRoleUser": user},
            resources=[{"accountId": self.target, "type": "AWS::IAM::Role", "ARN": arn}],
            sharedEventID=uuid_of(seed),
        )
