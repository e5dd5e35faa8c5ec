"""The credential report of an account, as AWS writes it: by header, with sentinels, slots by ascending key id."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

from iamsql.demo.credentials import certificate_slots
from iamsql.demo.people import Key, Site, User

KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
HEADER = (
    *("user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"),
    *("password_next_rotation", "mfa_active"),
    *(f"access_key_1_{name}" for name in KEY_COLUMNS),
    *(f"access_key_2_{name}" for name in KEY_COLUMNS),
    *("cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"),
)
NO_KEY = ("false", "N/A", "N/A", "N/A", "N/A")
NO_CERTIFICATES = ("false", "N/A", "false", "N/A")


def content(site: Site) -> bytes:
    """Write the whole report."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    extra = (site.extra_column,) if site.extra_column else ()
    writer.writerow((*HEADER, *extra))
    for row in _rows(site):
        writer.writerow((*row, *("N/A" for _ in extra)))
    return out.getvalue().encode()


def _rows(site: Site) -> Iterator[tuple[str, ...]]:
    yield _root_row(site)
    days = dict(site.password_policy).get("MaxPasswordAge", 0)
    for user in site.users:
        if not user.after_report:
            yield _user_row(site, user, days)


def _user_row(site: Site, user: User, max_age: int) -> tuple[str, ...]:
    slots = sorted(range(len(user.keys)), key=lambda place: site.key_id(user, place))
    shown = [place for place in slots if not user.keys[place].hidden]
    cells = [_slot(site, user.keys[place], site.key_made(user, place), site.key_used(user, place)) for place in shown]
    keys = (*cells, NO_KEY, NO_KEY)[:2]
    head = (user.name, site.arn("user", user.path, user.name), text(site.made(user)))
    certificates = [cell for active, made in certificate_slots(site, user) for cell in (flag(active), text(made))]
    cells_of_both = (*certificates, *NO_CERTIFICATES[len(certificates) :])
    return (*head, *_password(site, user, max_age), flag(bool(user.mfa)), *keys[0], *keys[1], *cells_of_both)


def _password(site: Site, user: User, max_age: int) -> tuple[str, ...]:
    if user.password is None:
        return ("false", "N/A", "N/A", "N/A")
    changed = password_set(site, user)
    rotation = text(changed + timedelta(days=max_age)) if max_age else "N/A"
    used = password_used(site, user)
    return ("true", text(used) if used else "no_information", text(changed), rotation)


def password_set(site: Site, user: User) -> datetime:
    """Give the time a user's password was set, never before the user."""
    age = user.password.age if user.password else user.age
    return max(site.made(user), site.at(age, f"{user.name}/password"))


def password_used(site: Site, user: User) -> datetime | None:
    """Give the last use of a user's password; it is that of the newest sign-in event."""
    if user.password is None or user.password.used is None:
        return None
    return max(password_set(site, user), site.at(user.password.used, f"{user.name}/sign-in"))


def root_used(site: Site) -> datetime | None:
    """Give root's last successful sign-in."""
    wins = [age for age, success in site.root.sign_ins if success]
    if wins:
        return site.at(min(wins), f"root/{min(wins)}/True")
    password = site.root.password
    return site.at(password.used, "root/used") if password and password.used is not None else None


def _root_row(site: Site) -> tuple[str, ...]:
    root = site.root
    made = site.at(site.joined, "account")
    head = ("<root_account>", f"arn:{site.partition}:iam::{site.account_id}:root", text(made))
    slots = [
        _slot(site, key, site.at(key.age, f"root/{place}"), root_key_used(site, place))
        for place, key in enumerate(root.keys)
    ]
    keys = (*slots, NO_KEY, NO_KEY)[:2]
    if root.password is None:
        password = ("FALSE", "N/A", "N/A", "not_supported")
    else:
        used = root_used(site)
        changed = (
            "not_supported" if root.style == "not_supported" else text(site.at(root.password.age, "root/password"))
        )
        password = (root.style, text(used) if used else "no_information", changed, "not_supported")
    return (*head, *password, flag(bool(root.mfa)), *keys[0], *keys[1], *NO_CERTIFICATES)


def root_key_used(site: Site, place: int) -> datetime | None:
    """Give the last use of a root key."""
    key = site.root.keys[place]
    return None if key.used is None else site.at(key.used, f"root/{place}/used")


def _slot(site: Site, key: Key, made: datetime, used: datetime | None) -> tuple[str, ...]:
    if used is None:
        return (flag(key.active), text(made), "N/A", "N/A", "N/A")
    return (flag(key.active), text(made), text(used), site.region(key), key.service)


def flag(value: bool) -> str:
    """Write a flag of a user's row."""
    return "true" if value else "false"


def text(value: datetime) -> str:
    """Write a time."""
    return value.isoformat(timespec="seconds")
