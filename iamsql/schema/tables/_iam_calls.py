"""The IAM calls for tables that are collected on demand: one or two for each provider, certificate, profile or user.

GenerateServiceLastAccessedDetails starts a job for each user, group and role. GetServiceLastAccessedDetails returns the
report of a job.
"""

from dataclasses import replace

from iamsql.model import Call
from iamsql.schema.tables._calls import GROUP_DETAILS, NOT_FOUND, PAGE, ROLE_DETAILS, USER_DETAILS, for_each_user


def _list(operation: str, items: str, params: tuple[tuple[str, int], ...] = PAGE) -> Call:
    return Call("iam", operation, items, params=params, on_demand=True)


def _for_each(parent: Call, operation: str, items: str = "", **params_from: str) -> Call:
    """Declare a call for each item of the parent call; a resource that no longer exists has no items."""
    paths = tuple(params_from.items())
    return Call("iam", operation, items, parent=parent, params_from=paths, empty_on=NOT_FOUND, on_demand=True)


# -- identity providers, server certificates and instance profiles ---------------------------------------------------------
# The lists of providers are not paginated. They have no tags, so that each provider is read by itself.
SAML_PROVIDERS = _list("ListSAMLProviders", "SAMLProviderList", params=())
SAML_PROVIDER = _for_each(SAML_PROVIDERS, "GetSAMLProvider", SAMLProviderArn="$.Arn")
OIDC_PROVIDERS = _list("ListOpenIDConnectProviders", "OpenIDConnectProviderList", params=())
OIDC_PROVIDER = _for_each(OIDC_PROVIDERS, "GetOpenIDConnectProvider", OpenIDConnectProviderArn="$.Arn")
CERTIFICATES = _list("ListServerCertificates", "ServerCertificateMetadataList")
CERTIFICATE = _for_each(
    CERTIFICATES, "GetServerCertificate", "ServerCertificate", ServerCertificateName="$.ServerCertificateName"
)
PROFILES = _list("ListInstanceProfiles", "InstanceProfiles")
# ListInstanceProfiles does not return tags.
PROFILE = _for_each(PROFILES, "GetInstanceProfile", "InstanceProfile", InstanceProfileName="$.InstanceProfileName")

# -- credentials without IDs in the credential report ----------------------------------------------------------------------
# IAM has no operation that lists these credentials of all users, as ListServiceSpecificCredentials does.
SSH_KEYS = for_each_user("ListSSHPublicKeys", "SSHPublicKeys", params=PAGE, on_demand=True)
_SSH_KEY = {"UserName": "$.UserName", "SSHPublicKeyId": "$.SSHPublicKeyId"}
SSH_KEY = replace(_for_each(SSH_KEYS, "GetSSHPublicKey", "SSHPublicKey", **_SSH_KEY), params=(("Encoding", "SSH"),))
SIGNING_CERTIFICATES = for_each_user("ListSigningCertificates", "Certificates", params=PAGE, on_demand=True)


# -- service last accessed information -------------------------------------------------------------------------------------
def _job(parent: Call) -> tuple[Call, Call]:
    """Declare the calls that generate and get the report of each item; the report lists actions where AWS tracks them."""
    generate = replace(
        _for_each(parent, "GenerateServiceLastAccessedDetails", Arn="$.Arn"),
        params=(("Granularity", "ACTION_LEVEL"),),
        part=parent.part,
    )
    get = replace(
        _for_each(generate, "GetServiceLastAccessedDetails", "ServicesLastAccessed", JobId="$.JobId"),
        params=PAGE,
        part=parent.part,
    )
    return generate, get


JOBS = tuple(map(_job, (USER_DETAILS, GROUP_DETAILS, ROLE_DETAILS)))
