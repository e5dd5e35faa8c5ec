"""The workforce of the made-up organization: who signs in through IAM Identity Center, in which groups, and with what sets.

Groups hold users only, as AWS's identity store has it; some users are in several of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from iamsql.demo.papers import ADMIN, DECRYPT, LOG_ARCHIVE, MANAGEMENT, TOOLS, Document, allow

PAYMENTS, WEB, ALICE = "555566667777", "666677778888", "101010101010"
STORE = "d-9367a1b2c3"
OWN_SESSION: Document = {
    "Version": "2012-10-17",
    "Statement": {
        "Sid": "ReadLogs",
        "Effect": "Allow",
        "Action": ["logs:Get*", "logs:FilterLogEvents", "cloudtrail:LookupEvents"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Team": ["web", "payments"]}},
    },
}


@dataclass(frozen=True)
class Person:
    """A user of the identity store; `more` are members that only some have."""

    name: str
    shown: str
    age: int
    groups: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Team:
    """A group of the identity store."""

    name: str
    age: int
    about: str = ""
    external: str = ""


@dataclass(frozen=True)
class Set:
    """A permission set; `given` are (account, USER or GROUP, name)."""

    name: str
    age: int
    about: str = ""
    session: str = "PT1H"
    relay: str = ""
    inline: Document | None = None
    managed: tuple[str, ...] = ()
    customer: tuple[tuple[str, str], ...] = ()
    boundary: dict[str, Any] = field(default_factory=dict)
    tags: tuple[tuple[str, str], ...] = ()
    given: tuple[tuple[str, str, str], ...] = ()


def _mail(name: str, primary: bool = True) -> dict[str, Any]:
    return {"Value": f"{name}@example.com", "Type": "work", "Primary": primary}


PEOPLE = (
    Person("carla", "Carla Ops", 900, ("platform", "auditors"), {"Emails": [_mail("carla")], "UserStatus": "ENABLED"}),
    Person(
        "diego",
        "Diego Audit",
        880,
        ("auditors",),
        {
            "Emails": [_mail("diego"), _mail("diego.old", primary=False)],
            "NickName": "didi",
            "Title": "Auditor",
            "UserType": "Employee",
            "PreferredLanguage": "es",
            "Locale": "es-ES",
            "Timezone": "Europe/Madrid",
            "ProfileUrl": "https://example.com/people?id=1&x=<y>",
            "ExternalIds": [{"Issuer": "https://idp.example.com/scim", "Id": "00u1diego"}],
            "PhoneNumbers": [{"Value": "+34 910 000 000", "Type": "work", "Primary": True}],
            "Addresses": [{"Locality": "Madrid", "Country": "ES", "Formatted": "Calle Uno 1\nMadrid", "Primary": True}],
            "UserStatus": "ENABLED",
        },
    ),
    Person("hugo", "Hugo", 400, ("developers",), {"Emails": [], "UserStatus": "ENABLED"}),
    Person("left.long.ago", "Left Long Ago", 850, ("platform", "developers"), {"UserStatus": "DISABLED"}),
    Person('\'; drop table "users"; --', '=1+"<script>alert(1)</script>', 30),
)
TEAMS = (
    Team("platform", 905, "Runs everything", "00gplatform"),
    Team("auditors", 904, "Reads everything"),
    Team("developers", 903),
    Team("\"Nobody\", '=1+1'", 20, "<b>empty</b>"),
)
SETS = (
    Set(
        "Administrator",
        899,
        "Everything",
        "PT4H",
        managed=("AdministratorAccess",),
        tags=(("tier", "0"), ("owner", "platform")),
        given=tuple((account, "GROUP", "platform") for account in (MANAGEMENT, LOG_ARCHIVE, TOOLS, PAYMENTS, WEB)),
    ),
    Set(
        "ReadOnly",
        898,
        session="PT8H",
        managed=("job-function/ViewOnlyAccess", "SecurityAudit", "ReadOnlyAccess"),
        given=(*((account, "GROUP", "auditors") for account in (LOG_ARCHIVE, PAYMENTS)), (PAYMENTS, "USER", "hugo")),
    ),
    Set(
        "Developer",
        500,
        "Develops, within limits",
        relay="https://console.aws.amazon.com/lambda?a=1&b=2",
        inline=OWN_SESSION,
        customer=(("bucket-writers", "/"), ("pass-any-role", "/teams/build/")),
        boundary={"CustomerManagedPolicyReference": {"Name": "limits", "Path": "/boundaries/"}},
        given=((WEB, "GROUP", "developers"), (ALICE, "GROUP", "developers"), (ALICE, "USER", "carla")),
    ),
    Set(
        "BreakGlass",
        300,
        inline=ADMIN,
        boundary={"ManagedPolicyArn": "arn:aws:iam::aws:policy/PowerUserAccess"},
        given=((MANAGEMENT, "USER", "carla"),),
    ),
    Set(
        "Unused+x=1,2@3", 100, '"><script>', inline=allow("s3:*", on=["arn:aws:s3:::b", "arn:aws:s3:::a"]) | {"Id": "x"}
    ),
    Set("Decrypt", 90, inline=DECRYPT, given=((PAYMENTS, "USER", '\'; drop table "users"; --'),)),
)


def digits(*words: str, size: int = 16) -> str:
    """Draw lower-case hexadecimal digits from words."""
    return sha256("/".join(words).encode()).hexdigest()[:size]


def ident(kind: str, name: str) -> str:
    """Give the id of a user, group or membership of the store."""
    text = digits(kind, name, size=32)
    return f"{STORE.removeprefix('d-')}-{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
