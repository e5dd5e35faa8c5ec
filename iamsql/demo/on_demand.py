"""What IAM answers to the calls that are made only for a table that is named: providers, certificates, profiles, keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iamsql.demo import credentials, profiles, providers
from iamsql.demo.iam import Item, Params, role_item
from iamsql.demo.pagination import Listing
from iamsql.demo.people import Site

ROOT_CERTIFICATES = frozenset({"012345678901"})  # network: somebody once signed requests as root


def _profile(site: Site, profile: Any) -> Item:
    return profiles.profile_item(site, profile, role_item)


def _profile_whole(site: Site, params: Params) -> Item:
    return profiles.profile_whole(site, params, role_item)


def counts(site: Site) -> Item:
    """Count what there is for GetAccountSummary."""
    certificates = {"AccountSigningCertificatesPresent": int(site.account_id in ROOT_CERTIFICATES)}
    return {"InstanceProfiles": len(profiles.profiles(site)), **providers.provider_counts(site), **certificates}


LISTS: dict[str, Listing] = {
    "ListInstanceProfiles": Listing("InstanceProfiles", lambda site, _: profiles.profiles(site), _profile, 1),
    "ListSSHPublicKeys": Listing("SSHPublicKeys", credentials.ssh_keys, credentials.ssh_key_item, 2),
    "ListServerCertificates": Listing(
        "ServerCertificateMetadataList", providers.certificates, providers.certificate_item, 2
    ),
    "ListSigningCertificates": Listing(
        "Certificates", credentials.signing_certificates, credentials.signing_certificate, 1
    ),
}
SINGLES: dict[str, Callable[[Site, Params], Item]] = {
    "GetInstanceProfile": _profile_whole,
    "GetOpenIDConnectProvider": providers.oidc_provider,
    "GetSAMLProvider": providers.saml_provider,
    "GetSSHPublicKey": credentials.ssh_key,
    "GetServerCertificate": providers.certificate,
    "ListOpenIDConnectProviders": providers.oidc_list,
    "ListSAMLProviders": providers.saml_list,
}
