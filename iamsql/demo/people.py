"""The nouns of the made-up organization: ages are days before the room's day, so the same cast is young every day.

Ids and times of day are drawn from names by a hash, so that expected files change by their dates alone.
"""

from __future__ import annotations

import json
import zlib
from abc import abstractmethod
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
REGIONLESS = ("s3", "iam", "sts")
REPORT_HOUR = timedelta(hours=-2)


def mark(prefix: str, *words: str, size: int = 16) -> str:
    """Draw an id from words: the prefix and `size` letters of A-Z2-7."""
    return prefix + b32encode(sha256("/".join(words).encode()).digest()).decode()[:size]


@dataclass(frozen=True)
class Key:
    """An access key; keys with the same `clock` and age share their second. `hidden`: the report shows none."""

    age: int
    used: int | None = None
    service: str = "s3"
    region: str = "us-east-1"
    active: bool = True
    hidden: bool = False
    clock: str = ""
    key_id: str = ""


@dataclass(frozen=True)
class Password:
    """A console password: when it was set, and last used (None: never)."""

    age: int
    used: int | None = None
    reset: bool = False


@dataclass(frozen=True)
class ServiceKey:
    """A service-specific credential, such as a CodeCommit password or a Bedrock API key."""

    service: str
    age: int
    expires_in: int | None = None
    active: bool = True


@dataclass(frozen=True)
class Group:
    """An IAM group."""

    name: str
    age: int
    path: str = "/"
    attached: tuple[str, ...] = ()
    inline: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class User:
    """An IAM user; attached policies are local names or, for AWS's own, 'aws/…'."""

    name: str
    age: int
    path: str = "/"
    password: Password | None = None
    mfa: str = ""
    keys: tuple[Key, ...] = ()
    groups: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()
    inline: tuple[tuple[str, Any], ...] = ()
    boundary: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    credentials: tuple[ServiceKey, ...] = ()
    after_report: bool = False


@dataclass(frozen=True)
class Role:
    """An IAM role; `trust` is its whole trust document."""

    name: str
    age: int
    trust: Any
    path: str = "/"
    used: int | None = None
    attached: tuple[str, ...] = ()
    inline: tuple[tuple[str, Any], ...] = ()
    boundary: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Policy:
    """A local policy with its versions, oldest first; `default` is the number of the one in force."""

    name: str
    age: int
    versions: tuple[Any, ...]
    path: str = "/"
    default: int = 0
    about: str = ""


@dataclass(frozen=True)
class Root:
    """The root user: password (None: no root credentials), MFA, key slots, and what the summary says of keys."""

    password: Password | None = Password(1200)
    mfa: str = "virtual"
    keys: tuple[Key, ...] = ()
    summary_keys: int = 0
    sign_ins: tuple[tuple[int, bool], ...] = ()
    style: str = "TRUE"


class Crowd(Sequence[User]):
    """Users that are made when asked for."""

    @abstractmethod
    def named(self, name: str) -> User | None:
        """Find a user by name."""

    @abstractmethod
    def owner(self, key_id: str) -> tuple[User, int] | None:
        """Find whose key it is, and which."""


@dataclass(frozen=True, eq=False)
class Site:
    """An account with all that is in it."""

    account_id: str
    name: str
    units: tuple[str, ...] = ()
    state: str = "ACTIVE"
    doors: tuple[str, ...] = ("iamsql-audit",)
    external_id: str = ""
    denies: frozenset[str] = frozenset()
    denies_in: frozenset[tuple[str, str]] = frozenset()
    opted: frozenset[str] = frozenset()
    root: Root = Root()
    users: Sequence[User] = ()
    groups: tuple[Group, ...] = ()
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()
    password_policy: tuple[tuple[str, Any], ...] = ()
    aliases: tuple[str, ...] = ()
    spare_devices: int = 0
    extra_column: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    gone: tuple[tuple[str, str, int], ...] = ()
    joined: int = 2100
    administers: tuple[str, ...] = ()
    email: str = ""
    day: date = date(2026, 1, 1)
    partition: str = "aws"
    small: bool = True
    _names: dict[str, User] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def midnight(self) -> datetime:
        """Give the first second of the room's day."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)

    @cached_property
    def report_time(self) -> datetime:
        """Give the time the stored credential report was made: the evening before."""
        return self.midnight + REPORT_HOUR

    @cached_property
    def home(self) -> str:
        """Name the region in which the partition's IAM writes its trail."""
        return HOMES[self.partition]

    def at(self, age: int, seed: str) -> datetime:
        """Give the moment `age` days ago, in the morning, at a time drawn from the seed."""
        return self.midnight + timedelta(days=-age, seconds=zlib.crc32(f"{self.account_id}/{seed}".encode()) % 43200)

    def arn(self, kind: str, path: str, name: str) -> str:
        """Give the ARN of an IAM thing of this account."""
        return f"arn:{self.partition}:iam::{self.account_id}:{kind}{path}{name}"

    def policy_arn(self, name: str) -> str:
        """Give the ARN of a local policy, or of AWS's own ('aws/…')."""
        if name.startswith("aws/"):
            return f"arn:{self.partition}:iam::aws:policy/{name[4:]}"
        return self.arn("policy", next((one.path for one in self.policies if one.name == name), "/"), name)

    def text(self, document: Any) -> str:
        """Write a policy document, its ARNs in this partition and this account's id for ACCOUNT."""
        written = json.dumps(document, separators=(",", ":"))
        return written.replace("arn:aws:", f"arn:{self.partition}:").replace("ACCOUNT", self.account_id)

    def user(self, name: str) -> User | None:
        """Find a user."""
        if isinstance(self.users, Crowd):
            return self.users.named(name)
        if not self._names:
            self._names.update({one.name: one for one in self.users})
        return self._names.get(name)

    @cached_property
    def _owners(self) -> dict[str, tuple[User, int]]:
        return {self.key_id(user, place): (user, place) for user in self.users for place in range(len(user.keys))}

    def owner(self, key_id: str) -> tuple[User, int] | None:
        """Find whose key it is, and which."""
        return self.users.owner(key_id) if isinstance(self.users, Crowd) else self._owners.get(key_id)

    def key_id(self, user: User, place: int) -> str:
        """Name the user's key at a place."""
        return user.keys[place].key_id or mark("AKIA", self.account_id, user.name, str(place))

    def made(self, user: User) -> datetime:
        """Give a user's creation; one made after the report is younger than it."""
        return self.report_time + timedelta(minutes=30) if user.after_report else self.at(user.age, user.name)

    def key_made(self, user: User, place: int) -> datetime:
        """Give a key's creation."""
        if user.after_report:
            return self.report_time + timedelta(minutes=31 + place)
        key = user.keys[place]
        return max(self.made(user), self.at(key.age, key.clock or f"{user.name}/{place}"))

    def key_used(self, user: User, place: int) -> datetime | None:
        """Give a key's last use."""
        used = user.keys[place].used
        return None if used is None else max(self.key_made(user, place), self.at(used, f"{user.name}/{place}/used"))

    def region(self, key: Key) -> str:
        """Name the region of a key's last use: none for some services, the home one in other partitions."""
        if key.service in REGIONLESS:
            return "N/A"
        return key.region if self.partition == "aws" else self.home
