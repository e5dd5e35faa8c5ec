"""The IAM calls that are made only for a table that is named: one or two for each provider, certificate, profile or user.

A service-last-accessed report is a job for each user, group and role: it is asked for, then fetched by its id.
"""

from iamsql.model import Call
from iamsql.schema.tables._calls import GROUP_DETAILS, NONE_HERE, PAGE, ROLE_DETAILS, USER, USER_DETAILS


def _list(operation: str, items: str, params: tuple[tuple[str, int], ...] = PAGE) -> Call:
    return Call("iam", operation, items, params=params, on_demand=True)


def _of(parent: Call, operation: str, items: str = "", **key: str) -> Call:
    """Ask for `items` of each of the parents, by the parameters and paths of `key`; what has gone meanwhile is none."""
    return Call(
        "iam", operation, items, parent=parent, params_from=tuple(key.items()), empty_on=NONE_HERE, on_demand=True
    )


# -- how others get in ---------------------------------------------------------------------------------------------------
SAML_PROVIDERS = _list("ListSAMLProviders", "SAMLProviderList", params=())
SAML_PROVIDER = _of(SAML_PROVIDERS, "GetSAMLProvider", SAMLProviderArn="$.Arn")
OIDC_PROVIDERS = _list("ListOpenIDConnectProviders", "OpenIDConnectProviderList", params=())
OIDC_PROVIDER = _of(OIDC_PROVIDERS, "GetOpenIDConnectProvider", OpenIDConnectProviderArn="$.Arn")
CERTIFICATES = _list("ListServerCertificates", "ServerCertificateMetadataList")
CERTIFICATE = _of(
    CERTIFICATES, "GetServerCertificate", "ServerCertificate", ServerCertificateName="$.ServerCertificateName"
)
# The list does not give tags.
PROFILES = _list("ListInstanceProfiles", "InstanceProfiles")
PROFILE = _of(PROFILES, "GetInstanceProfile", "InstanceProfile", InstanceProfileName="$.InstanceProfileName")

# -- credentials that the report does not tell by their ids ----------------------------------------------------------------
SSH_KEYS = Call(
    "iam",
    "ListSSHPublicKeys",
    "SSHPublicKeys",
    params=PAGE,
    parent=USER_DETAILS,
    params_from=USER,
    empty_on=NONE_HERE,
    on_demand=True,
)
SSH_KEY = Call(
    "iam",
    "GetSSHPublicKey",
    "SSHPublicKey",
    params=(("Encoding", "SSH"),),
    parent=SSH_KEYS,
    params_from=(*USER, ("SSHPublicKeyId", "$.SSHPublicKeyId")),
    empty_on=NONE_HERE,
    on_demand=True,
)
SIGNING_CERTIFICATES = Call(
    "iam",
    "ListSigningCertificates",
    "Certificates",
    params=PAGE,
    parent=USER_DETAILS,
    params_from=USER,
    empty_on=NONE_HERE,
    on_demand=True,
)

# -- services last accessed --------------------------------------------------------------------------------------------------


def _job(parent: Call) -> tuple[Call, Call]:
    """Give the calls that ask for the report of each of the parents, and that fetch it; actions are told where AWS can."""
    asked = Call(
        "iam",
        "GenerateServiceLastAccessedDetails",
        params=(("Granularity", "ACTION_LEVEL"),),
        parent=parent,
        params_from=(("Arn", "$.Arn"),),
        empty_on=NONE_HERE,
        part=parent.part,
        on_demand=True,
    )
    fetched = Call(
        "iam",
        "GetServiceLastAccessedDetails",
        "ServicesLastAccessed",
        params=PAGE,
        parent=asked,
        params_from=(("JobId", "$.JobId"),),
        empty_on=NONE_HERE,
        part=parent.part,
        on_demand=True,
    )
    return asked, fetched


JOBS = tuple(map(_job, (USER_DETAILS, GROUP_DETAILS, ROLE_DETAILS)))
