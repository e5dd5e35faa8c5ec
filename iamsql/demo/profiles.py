"""Instance profiles of the made-up organization: one for each role that instances take, and one whose role has gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iamsql.demo.errors import not_found
from iamsql.demo.people import Role, Site, mark

Item = dict[str, Any]
Params = dict[str, Any]
WRITE_ROLE = Callable[[Site, Role], Item]
SERVER = "app-server"
TAGS = {"555566667777": ({"Key": "tier", "Value": "web"}, {"Key": "note", "Value": '<b title="=1+1">'})}


def profiles(site: Site) -> list[tuple[str, Role | None]]:
    """List an account's profiles, each with its role."""
    if not site.small or site.state != "ACTIVE":
        return []
    held: list[tuple[str, Role | None]] = [(role.name, role) for role in site.roles if role.name == SERVER]
    return [*held, ("retired-fleet", None)] if site.spare_devices else held


def profile_item(site: Site, profile: tuple[str, Role | None], write: WRITE_ROLE) -> Item:
    """Write a profile as ListInstanceProfiles does: without tags."""
    name, role = profile
    path = role.path if role else "/old/"
    return {
        "Path": path,
        "InstanceProfileName": name,
        "InstanceProfileId": mark("AIPA", site.account_id, name, size=17),
        "Arn": site.arn("instance-profile", path, name),
        "CreateDate": site.at(role.age - 1 if role else 900, f"instance-profile/{name}"),
        "Roles": [write(site, role)] if role else [],
    }


def profile_whole(site: Site, params: Params, write: WRITE_ROLE) -> Item:
    """Answer GetInstanceProfile; a profile without tags has no such member."""
    name = params.get("InstanceProfileName", "")
    for profile in profiles(site):
        if profile[0] == name:
            tags = list(TAGS.get(site.account_id, ()))
            return {"InstanceProfile": profile_item(site, profile, write) | ({"Tags": tags} if tags else {})}
    raise not_found("instance profile", name)


def of_role(site: Site, role: Role, write: WRITE_ROLE) -> list[Item]:
    """Write the profiles that hold a role, as GetAccountAuthorizationDetails does."""
    return [profile_item(site, one, write) for one in profiles(site) if one[1] is role]
