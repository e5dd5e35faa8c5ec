"""The calls of the organization's policies and delegated services, and of the contacts of each account.

A sync makes the calls for service and resource control policies always, and the others on demand. Calls of the organization
are made once, with the credentials that read the organization. Calls for contacts are made with the role in each account.
"""

import json
from typing import Any

from iamsql.model import Call
from iamsql.schema.tables._calls import DELEGATED

GUARDRAILS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
# All other types in botocore's model. Assumed: for a type that is not enabled, AWS returns an empty list or a code of
# _NO_TYPE; a partition that does not have the type returns InvalidInputException.
OTHER_TYPES = (
    *("TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY"),
    *("CHATBOT_POLICY", "DECLARATIVE_POLICY_EC2", "SECURITYHUB_POLICY", "SECURITYHUB_CSPM_POLICY", "INSPECTOR_POLICY"),
    *("UPGRADE_ROLLOUT_POLICY", "BEDROCK_POLICY", "S3_POLICY", "NETWORK_SECURITY_DIRECTOR_POLICY", "GUARDDUTY_POLICY"),
)
_NO_TYPE = (
    "InvalidInputException:INVALID_ENUM_POLICY_TYPE",
    "PolicyTypeNotAvailableForOrganizationException",
    "PolicyTypeNotEnabledException",
    "UnsupportedAPIEndpointException",
)
_PAGE = (("MaxResults", 20),)


def _policies(types: tuple[str, ...], **options: Any) -> tuple[Call, Call, Call]:
    """Declare the calls that list the policies of some types, and that read the document and the targets of each policy."""

    def call(operation: str, items: str, **more: Any) -> Call:
        return Call("organizations", operation, items, org=True, **more, **options)

    filters = tuple(json.dumps({"Filter": policy_type}) for policy_type in types)
    policies = call("ListPolicies", "Policies", params=_PAGE, variants=filters, empty_on=_NO_TYPE)
    each: dict[str, Any] = {
        "parent": policies,
        "params_from": (("PolicyId", "$.Id"),),
        "empty_on": ("PolicyNotFoundException",),
    }
    return (
        policies,
        call("DescribePolicy", "Policy", **each),
        call("ListTargetsForPolicy", "Targets", params=_PAGE, **each),
    )


# The evaluation of permissions needs these two types.
POLICIES, POLICY, POLICY_TARGETS = _policies(GUARDRAILS)
OTHER_POLICIES, OTHER_POLICY, OTHER_TARGETS = _policies(OTHER_TYPES, part="others", on_demand=True)
DELEGATED_SERVICES = Call(
    "organizations",
    "ListDelegatedServicesForAccount",
    "DelegatedServices",
    params=_PAGE,
    parent=DELEGATED,
    params_from=(("AccountId", "$.Id"),),
    empty_on=("AccountNotFoundException", "AccountNotRegisteredException"),
    org=True,
)

# -- contacts: without an AccountId, AWS returns those of the caller's account ---------------------------------------------
CONTACT_TYPES = ("BILLING", "OPERATIONS", "SECURITY")
_NO_CONTACT = ("ResourceNotFoundException",)
CONTACT = Call("account", "GetContactInformation", "ContactInformation", empty_on=_NO_CONTACT, on_demand=True)
ALTERNATE_CONTACT = Call(
    "account",
    "GetAlternateContact",
    "AlternateContact",
    variants=tuple(json.dumps({"AlternateContactType": contact_type}) for contact_type in CONTACT_TYPES),
    empty_on=_NO_CONTACT,
    on_demand=True,
)
