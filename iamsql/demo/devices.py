"""MFA devices and service-specific credentials, as IAM lists them.

A user's `mfa` is 'virtual' (its serial says so), 'phone' (virtual too, but the serial does not say it), 'hardware' or
'passkey'; only the first two are in ListVirtualMFADevices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from iamsql.demo.people import ServiceKey, Site, User, mark

Item = dict[str, Any]
VIRTUAL = ("virtual", "phone")


def serial(site: Site, user: User) -> str:
    """Name a user's device."""
    if user.mfa == "hardware":
        return mark("GAHT", site.account_id, user.name, size=8)
    if user.mfa == "passkey":
        return site.arn("u2f", "/user/", f"{user.name}/{mark('key-', site.account_id, user.name)}")
    return site.arn("mfa", "/", f"virtual-{user.name}" if user.mfa == "virtual" else user.name)


def enabled(site: Site, user: User) -> Any:
    """Give the time a user's device was set up: an hour after the user."""
    return site.made(user) + timedelta(hours=1)


def user_devices(site: Site, user: User) -> list[Item]:
    """Write a user's devices as ListMFADevices does."""
    if not user.mfa:
        return []
    return [{"UserName": user.name, "SerialNumber": serial(site, user), "EnableDate": enabled(site, user)}]


def virtual_devices(site: Site, status: str) -> Sequence[Item]:
    """Write the account's virtual devices, root's and the unassigned ones included."""
    found: list[Item] = []
    if status != "Unassigned":
        found += _root_device(site)
        found += [_assigned(site, user) for user in site.users if user.mfa in VIRTUAL]
    if status != "Assigned":
        found += [{"SerialNumber": site.arn("mfa", "/", f"spare-{place}")} for place in range(site.spare_devices)]
    return found


def _root_device(site: Site) -> list[Item]:
    if site.root.mfa != "virtual":
        return []
    root = {
        "UserId": site.account_id,
        "Arn": f"arn:{site.partition}:iam::{site.account_id}:root",
        "CreateDate": site.at(site.joined, "account"),
    }
    made = site.at(site.joined - 1, "root/mfa")
    return [{"SerialNumber": site.arn("mfa", "/", "root-account-mfa-device"), "User": root, "EnableDate": made}]


def _assigned(site: Site, user: User) -> Item:
    owner = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": mark("AIDA", site.account_id, user.name, size=17),
        "Arn": site.arn("user", user.path, user.name),
        "CreateDate": site.made(user),
    }
    return {"SerialNumber": serial(site, user), "User": owner, "EnableDate": enabled(site, user)}


def service_keys(site: Site, name: str, service: str) -> list[Item]:
    """Write service-specific credentials, of one user or of all."""
    users = [user for user in site.users if not name or user.name == name]
    pairs = [(user, one) for user in users for one in user.credentials]
    return [_service_key(site, user, one) for user, one in pairs if service in ("", one.service)]


def _service_key(site: Site, user: User, one: ServiceKey) -> Item:
    key_id = mark("ACCA", site.account_id, user.name, one.service)
    bearer = one.service.startswith("bedrock")
    return {
        "UserName": user.name,
        "Status": "Active" if one.active else "Inactive",
        "ServiceUserName": None if bearer else f"{user.name}-at-{site.account_id}",
        "ServiceCredentialAlias": f"BedrockAPIKey-{key_id[4:8].lower()}" if bearer else None,
        "CreateDate": site.at(one.age, f"{user.name}/{one.service}"),
        "ExpirationDate": None
        if one.expires_in is None
        else site.at(-one.expires_in, f"{user.name}/{one.service}/end"),
        "ServiceSpecificCredentialId": key_id,
        "ServiceName": one.service,
    }
