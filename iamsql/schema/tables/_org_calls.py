"""The calls behind the organization's policies and delegations, and behind each account's contacts.

All but those of service and resource control policies are made for tables that are named. The organization is asked once,
by whoever reads it; contacts are asked for in each account, of which it needs no more than a role in that account.
"""

import json

from iamsql.model import Call
from iamsql.schema.tables._calls import DELEGATED

# Every type that botocore's model names. Assumed: a type that is not enabled is answered with an empty list, with one of
# the codes of _NO_TYPE, or, by a partition that does not know it, with the reason that the type is no right value.
GUARDRAILS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
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
_NO_POLICY = ("PolicyNotFoundException",)
_PAGE = (("MaxResults", 20),)


def _policies(types: tuple[str, ...], part: str = "", on_demand: bool = False) -> tuple[Call, Call, Call]:
    """Give the calls that list the policies of some types, and that read each one's document and targets."""
    listed = Call(
        "organizations",
        "ListPolicies",
        "Policies",
        params=_PAGE,
        variants=tuple(json.dumps({"Filter": policy_type}) for policy_type in types),
        empty_on=_NO_TYPE,
        org=True,
        part=part,
        on_demand=on_demand,
    )

    def each(operation: str, items: str, params: tuple[tuple[str, int], ...] = ()) -> Call:
        return Call(
            "organizations",
            operation,
            items,
            params=params,
            parent=listed,
            params_from=(("PolicyId", "$.Id"),),
            empty_on=_NO_POLICY,
            org=True,
            part=part,
            on_demand=on_demand,
        )

    return listed, each("DescribePolicy", "Policy"), each("ListTargetsForPolicy", "Targets", _PAGE)


# What an account may do at all hangs on these two types: they are read in every sync that reads an organization.
POLICIES, POLICY, POLICY_TARGETS = _policies(GUARDRAILS)
OTHER_POLICIES, OTHER_POLICY, OTHER_TARGETS = _policies(OTHER_TYPES, "others", on_demand=True)
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

# -- contacts: without an AccountId they are those of the account that asks ------------------------------------------------
CONTACT_TYPES = ("BILLING", "OPERATIONS", "SECURITY")
_NONE = ("ResourceNotFoundException",)
CONTACT = Call("account", "GetContactInformation", "ContactInformation", empty_on=_NONE, on_demand=True)
ALTERNATE_CONTACT = Call(
    "account",
    "GetAlternateContact",
    "AlternateContact",
    variants=tuple(json.dumps({"AlternateContactType": contact_type}) for contact_type in CONTACT_TYPES),
    empty_on=_NONE,
    on_demand=True,
)
