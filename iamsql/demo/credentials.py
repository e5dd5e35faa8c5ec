"""SSH keys and signing certificates of users of the made-up organization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from typing import Any

from iamsql.demo.errors import AwsError, not_found
from iamsql.demo.people import Site, User, mark
from iamsql.demo.providers import pem

Item = dict[str, Any]
Params = dict[str, Any]


@dataclass(frozen=True)
class Credential:
    """An SSH key or a signing certificate."""

    age: int
    active: bool = True


SSH_KEYS = {
    ("444455556666", "git.mirror"): (Credential(600), Credential(40), Credential(20, active=False)),
    ("666677778888", "deploy"): (Credential(880),),
    ("101010101010", "=cmd,+@calc"): (Credential(150, active=False),),
}
CERTIFICATES = {
    ("111122223333", "terraform"): (Credential(1200),),
    ("333344445555", "siem"): (Credential(30),),
    ("012345678901", "router"): (Credential(930, active=False), Credential(400)),
}


def ssh_keys(site: Site, params: Params) -> Sequence[tuple[User, int]]:
    """List a user's SSH keys; the caller is a role, so a name is needed."""
    user = _named(site, params)
    return [(user, place) for place in range(len(_of(SSH_KEYS, site, user)))]


def ssh_key_item(site: Site, owner: tuple[User, int]) -> Item:
    """Write an SSH key as ListSSHPublicKeys does."""
    user, place = owner
    one = _of(SSH_KEYS, site, user)[place]
    return {
        "UserName": user.name,
        "SSHPublicKeyId": mark("APKA", site.account_id, user.name, str(place)),
        "Status": "Active" if one.active else "Inactive",
        "UploadDate": site.at(one.age, f"{user.name}/ssh/{place}"),
    }


def ssh_key(site: Site, params: Params) -> Item:
    """Answer GetSSHPublicKey."""
    key_id = params.get("SSHPublicKeyId", "")
    for owner in ssh_keys(site, params):
        item = ssh_key_item(site, owner)
        if item["SSHPublicKeyId"] == key_id:
            body = mark("AAAAB3NzaC1yc2E", key_id, size=40)
            print_ = md5(body.encode(), usedforsecurity=False).hexdigest()
            pairs = ":".join(print_[place : place + 2] for place in range(0, 32, 2))
            more = {"Fingerprint": pairs, "SSHPublicKeyBody": f"ssh-rsa {body} {owner[0].name}@example.com"}
            return {"SSHPublicKey": item | more}
    raise AwsError("NoSuchEntity", f"The Public Key with id {key_id} cannot be found.", 404)


def signing_certificates(site: Site, params: Params) -> Sequence[tuple[User, int]]:
    """List a user's signing certificates; the caller is a role, so a name is needed."""
    user = _named(site, params)
    return [(user, place) for place in range(len(_of(CERTIFICATES, site, user)))]


def signing_certificate(site: Site, owner: tuple[User, int]) -> Item:
    """Write a signing certificate."""
    user, place = owner
    one = _of(CERTIFICATES, site, user)[place]
    return {
        "UserName": user.name,
        "CertificateId": mark("", site.account_id, user.name, "certificate", str(place), size=32),
        "CertificateBody": pem(site.account_id, user.name, str(place)),
        "Status": "Active" if one.active else "Inactive",
        "UploadDate": uploaded(site, user, place),
    }


def uploaded(site: Site, user: User, place: int) -> datetime:
    """Give the time a signing certificate was uploaded."""
    return site.at(_of(CERTIFICATES, site, user)[place].age, f"{user.name}/certificate/{place}")


def certificate_slots(site: Site, user: User) -> list[tuple[bool, datetime]]:
    """Give what the credential report tells of a user's signing certificates: active, and when it was uploaded."""
    held = _of(CERTIFICATES, site, user)
    return [(one.active, uploaded(site, user, place)) for place, one in enumerate(held)]


def _of(held: dict[tuple[str, str], tuple[Credential, ...]], site: Site, user: User) -> tuple[Credential, ...]:
    return held.get((site.account_id, user.name), ())


def _named(site: Site, params: Params) -> User:
    if "UserName" not in params:
        raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
    user = site.user(params["UserName"])
    if user is None:
        raise not_found("user", params["UserName"])
    return user
