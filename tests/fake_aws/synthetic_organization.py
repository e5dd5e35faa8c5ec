"""A uniform organization of any size, made user by user when asked, so that a million users weigh nothing."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import overload

from iamsql.demo.people import Crowd, Group, Key, Password, Policy, Role, Root, Site, User

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::ACCOUNT:root"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Many(Crowd):
    """Users user-000000 and on: of twenty, nine have one key, three have two, eight none."""

    account_id: str
    size: int

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> User: ...
    @overload
    def __getitem__(self, place: slice) -> list[User]: ...
    def __getitem__(self, place: int | slice) -> User | list[User]:
        if isinstance(place, slice):
            return [self._make(one) for one in range(*place.indices(self.size))]
        if not -self.size <= place < self.size:
            raise IndexError(place)
        return self._make(place % self.size)

    def __iter__(self) -> Iterator[User]:
        return map(self._make, range(self.size))

    def named(self, name: str) -> User | None:
        """Find a user by name."""
        digits = name.removeprefix("user-")
        known = name != digits and digits.isdigit() and int(digits) < self.size
        return self._make(int(digits)) if known and name == f"user-{int(digits):06}" else None

    def owner(self, key_id: str) -> tuple[User, int] | None:
        """Find a key's user: the last seven letters of the id hold both numbers."""
        number = 0
        for letter in key_id[-7:]:
            number = number * 32 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter)
        user = self._make(number // 2) if 0 <= number // 2 < self.size else None
        known = user and number % 2 < len(user.keys) and user.keys[number % 2].key_id == key_id
        return (user, number % 2) if user and known else None

    def _make(self, place: int) -> User:
        kind = place % 20
        return User(
            f"user-{place:06}",
            100 + place % 900,
            password=Password(90 + place % 300, place % 60) if kind % 4 == 0 else None,
            mfa="virtual" if kind % 5 == 0 else "",
            keys=self._keys(place, kind),
            groups=("staff",),
        )

    def _keys(self, place: int, kind: int) -> tuple[Key, ...]:
        count = 2 if kind < 3 else 1 if kind < 12 else 0
        return tuple(
            Key(
                30 + (place * 7 + slot * 50) % 70,
                (place * 3 + slot) % 120 if place % 7 else None,
                active=bool((place + slot) % 6),
                key_id=self._key_id(place * 2 + slot),
            )
            for slot in range(count)
        )

    def _key_id(self, number: int) -> str:
        tail = b32encode((number << 5).to_bytes(5, "big")).decode()[:7]
        return f"AKIA{self.account_id[-9:].translate(LETTERS)}{tail}"


LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")


def sites(accounts: int, users: int) -> Iterator[Site]:
    """Make the uniform accounts; the first is the management account."""
    yield from (_site(place, users) for place in range(accounts))


def _site(place: int, users: int) -> Site:
    account_id = f"{100000000000 + place}"
    roles = tuple(Role(name, 400, TRUST, attached=("aws/ReadOnlyAccess",)) for name in ("iamsql-audit", "deployer"))
    return Site(
        account_id,
        f"account-{place:04}",
        units=("Workloads",) if place else (),
        doors=("iamsql-audit",) if place else (),
        root=Root(sign_ins=((20, True),)),
        users=Many(account_id, users),
        groups=(Group("staff", 800, attached=("readers",)),),
        roles=roles,
        policies=(Policy("readers", 800, (POLICY,)),),
        password_policy=(("MinimumPasswordLength", 14), ("ExpirePasswords", False)),
        email=f"account-{place:04}@example.com",
        small=False,
    )
