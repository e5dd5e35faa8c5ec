"""Identity providers and server certificates of the made-up organization, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from iamsql.demo.errors import AwsError, not_found
from iamsql.demo.papers import MANAGEMENT, TOOLS
from iamsql.demo.people import Site, mark

Item = dict[str, Any]
Params = dict[str, Any]
Tags = tuple[tuple[str, str], ...]
SHARED, PAYMENTS, WEB, DATA, HOSTILE = "444455556666", "555566667777", "666677778888", "777788889999", "121212121212"
GITHUB = "token.actions.githubusercontent.com"
THUMBPRINTS = ("6938fd4d98bab03faadb97b34396831e3780aea1", "1c58a3a8518e8759bf075b76b750d4f2df264fcd")


@dataclass(frozen=True)
class Saml:
    """A SAML provider; its metadata end in `days` from the room's day, or do not say when (None)."""

    name: str
    age: int
    days: int | None
    tags: Tags = ()
    encrypted: str = ""


@dataclass(frozen=True)
class Oidc:
    """An OpenID Connect provider."""

    url: str
    age: int
    clients: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: Tags = ()


@dataclass(frozen=True)
class Certificate:
    """A server certificate that ends in `days` from the room's day; below nothing it has ended."""

    name: str
    age: int
    days: int
    path: str = "/"
    chain: bool = False
    tags: Tags = ()


SAML = {
    MANAGEMENT: (Saml("AWSSSO", 800, 36500 - 800),),
    SHARED: (
        Saml("okta", 700, 12, (("owner", "platform"), ("note", '"><script>alert(1)</script>')), "Required"),
        Saml("adfs.old", 1500, -90),
        Saml("no-end", 90, None),
    ),
}
OIDC = {
    TOOLS: (Oidc("vault.example.com/identity", 300, thumbprints=THUMBPRINTS[1:]),),  # no client id: nobody is let in
    PAYMENTS: (Oidc(GITHUB, 130, ("sts.amazonaws.com",), THUMBPRINTS, (("owner", "payments"),)),),
    WEB: (
        Oidc(GITHUB, 125, ("sts.amazonaws.com", "https://git.example.com/=1+1"), THUMBPRINTS[:1]),
        Oidc("oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D4E5F", 80, ("sts.amazonaws.com",), THUMBPRINTS[1:]),
    ),
}
CERTIFICATES = {
    PAYMENTS: (
        Certificate("checkout-2023", 900, -170, chain=True, tags=(("owner", "payments"),)),
        Certificate("checkout-2026", 150, 215, chain=True),
        Certificate("ledger", 60, 29),
    ),
    WEB: (Certificate("www", 300, 65, path="/cloudfront/", chain=True),),
    HOSTILE: (Certificate("=cmd,+@x.509", 90, 3),),
}


# -- SAML ------------------------------------------------------------------------------------------------------------------


def _saml_arn(site: Site, one: Saml) -> str:
    return site.arn("saml-provider", "/", one.name)


def saml_list(site: Site, _: Params) -> Item:
    """Answer ListSAMLProviders, which has no pages."""
    return {"SAMLProviderList": [{"Arn": _saml_arn(site, one), **_saml_times(site, one)} for one in _of(SAML, site)]}


def _saml_times(site: Site, one: Saml) -> Item:
    ends = None if one.days is None else site.at(-one.days, f"saml/{one.name}/end")
    return {"CreateDate": site.at(one.age, f"saml/{one.name}"), "ValidUntil": ends}


def saml_provider(site: Site, params: Params) -> Item:
    """Answer GetSAMLProvider."""
    arn = params.get("SAMLProviderArn", "")
    one = next((one for one in _of(SAML, site) if _saml_arn(site, one) == arn), None)
    if one is None:
        raise not_found("SAML provider", arn)
    words = f'<EntityDescriptor entityID="https://{one.name}.example.com/saml?a=1&amp;b=2">\n  <!-- {"·" * 300} -->\n'
    return {
        "SAMLProviderUUID": mark("SAMLPROVIDER", site.account_id, one.name, size=16),
        "SAMLMetadataDocument": f"{words}</EntityDescriptor>\n",
        **_saml_times(site, one),
        "Tags": _tags(one.tags),
        "AssertionEncryptionMode": one.encrypted or None,
    }


# -- OpenID Connect --------------------------------------------------------------------------------------------------------


def _oidc_arn(site: Site, one: Oidc) -> str:
    return site.arn("oidc-provider", "/", one.url)


def oidc_list(site: Site, _: Params) -> Item:
    """Answer ListOpenIDConnectProviders, which has no pages and tells ARNs alone."""
    return {"OpenIDConnectProviderList": [{"Arn": _oidc_arn(site, one)} for one in _of(OIDC, site)]}


def oidc_provider(site: Site, params: Params) -> Item:
    """Answer GetOpenIDConnectProvider."""
    arn = params.get("OpenIDConnectProviderArn", "")
    one = next((one for one in _of(OIDC, site) if _oidc_arn(site, one) == arn), None)
    if one is None:
        raise not_found("OpenID Connect provider", arn)
    return {
        "Url": one.url,
        "ClientIDList": list(one.clients),
        "ThumbprintList": list(one.thumbprints),
        "CreateDate": site.at(one.age, f"oidc/{one.url}"),
        "Tags": _tags(one.tags),
    }


# -- server certificates -----------------------------------------------------------------------------------------------------


def certificates(site: Site, params: Params) -> Sequence[Certificate]:
    """List server certificates, under a path where asked."""
    return [one for one in _of(CERTIFICATES, site) if one.path.startswith(params.get("PathPrefix", "/"))]


def certificate_item(site: Site, one: Certificate) -> Item:
    """Write a certificate as ListServerCertificates does."""
    return {
        "Path": one.path,
        "ServerCertificateName": one.name,
        "ServerCertificateId": mark("ASCA", site.account_id, one.name, size=17),
        "Arn": site.arn("server-certificate", one.path, one.name),
        "UploadDate": site.at(one.age, f"certificate/{one.name}"),
        "Expiration": site.at(-one.days, f"certificate/{one.name}/end"),
    }


def certificate(site: Site, params: Params) -> Item:
    """Answer GetServerCertificate."""
    name = params.get("ServerCertificateName", "")
    one = next((one for one in _of(CERTIFICATES, site) if one.name == name), None)
    if one is None:
        raise AwsError("NoSuchEntity", f"The Server Certificate with name {name} cannot be found.", 404)
    return {
        "ServerCertificate": {
            "ServerCertificateMetadata": certificate_item(site, one),
            "CertificateBody": pem(site.account_id, one.name),
            "CertificateChain": pem(site.account_id, "authority") if one.chain else None,
            "Tags": _tags(one.tags),
        }
    }


def pem(*words: str) -> str:
    """Draw what looks like a certificate in PEM from words."""
    return f"-----BEGIN CERTIFICATE-----\n{mark('MII', *words, size=48)}=\n-----END CERTIFICATE-----"


# -- all of them -------------------------------------------------------------------------------------------------------------


def _of(held: dict[str, tuple[Any, ...]], site: Site) -> tuple[Any, ...]:
    return held.get(site.account_id, ()) if site.small else ()


def _tags(pairs: Tags) -> list[Item]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def provider_counts(site: Site) -> Item:
    """Count them for GetAccountSummary."""
    return {
        "Providers": len(_of(SAML, site)) + len(_of(OIDC, site)),
        "ServerCertificates": len(_of(CERTIFICATES, site)),
    }
