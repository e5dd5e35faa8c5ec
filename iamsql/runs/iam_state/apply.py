"""Apply write requests of IAM to the state of an account, and list the requests that change other data only.

A sync takes minutes: it may have read the result of a request of that time. Such a request changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iamsql.runs.iam_state import identities, managed_policies, policies
from iamsql.runs.iam_state.account_state import AccountState, Change
from iamsql.runs.iam_state.request import CannotApplyError, IamRequest

Apply = Callable[[AccountState, IamRequest], Iterator[Change]]
APPLIED: dict[str, Apply] = {**identities.APPLIED, **policies.APPLIED, **managed_policies.APPLIED}
# The calls whose data other requests change, by a part of the name of the request. The data of these calls is unknown afterwards.
OTHER_DATA = {
    "LoginProfile": ("GetLoginProfile",),
    "ChangePassword": ("GetLoginProfile",),
    "MFADevice": ("ListMFADevices", "ListVirtualMFADevices"),
    "SSHPublicKey": ("ListSSHPublicKeys", "GetSSHPublicKey"),
    "ServiceSpecificCredential": ("ListServiceSpecificCredentials",),
    "SigningCertificate": ("ListSigningCertificates",),
    "ServerCertificate": ("ListServerCertificates", "GetServerCertificate"),
    "SAMLProvider": ("ListSAMLProviders", "GetSAMLProvider"),
    "OpenIDConnectProvider": ("ListOpenIDConnectProviders", "GetOpenIDConnectProvider"),
    "AccountPasswordPolicy": ("GetAccountPasswordPolicy",),
    "AccountAlias": ("ListAccountAliases",),
    "InstanceProfile": ("ListInstanceProfiles",),
    "OrganizationsRoot": ("ListOrganizationsFeatures",),
    "CredentialReport": (),
    "ServiceLastAccessedDetails": (),
    "OrganizationsAccessReport": (),
    "SecurityTokenServicePreferences": (),
    "OutboundWebIdentityFederation": (),
    # Data of ListRoles and ListPolicies that GetAccountAuthorizationDetails does not return.
    "UpdateRole": (),
    "TagPolicy": (),
    "UntagPolicy": (),
}


def apply_request(state: AccountState, request: IamRequest) -> list[Change]:
    """Apply a request to the state, and return the changes. A request whose result the state already has changes nothing.

    Raise CannotApplyError for a request that is not in APPLIED, is incomplete, or contradicts the state.
    """
    if request.name not in APPLIED:
        raise CannotApplyError(f"iamsql does not apply {request.name}")
    return list(APPLIED[request.name](state, request))


def other_calls(name: str) -> tuple[str, ...] | None:
    """Return the operations whose data a request changes apart from the state; None for a request that is not known."""
    return next((calls for part, calls in OTHER_DATA.items() if part in name), None)
