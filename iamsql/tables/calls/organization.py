"""The calls that read the organization's policies. Only service and resource control policies are read by default."""

import json
from typing import Any

from iamsql.model import Call
from iamsql.tables.calls.account import for_each

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
PAGE = (("MaxResults", 20),)
_ID = {"PolicyId": "$.Id"}


def _policy_calls(types: tuple[str, ...], **options: Any) -> tuple[Call, Call, Call]:
    """Declare the calls that list the policies of some types, and that read the document and the targets of each policy."""
    filters = tuple(json.dumps({"Filter": policy_type}) for policy_type in types)
    each: dict[str, Any] = {"empty_on": ("PolicyNotFoundException",), **options}
    policies = Call(
        "organizations",
        "ListPolicies",
        "Policies",
        params=PAGE,
        variants=filters,
        empty_on=_NO_TYPE,
        org=True,
        **options,
    )
    return (
        policies,
        for_each(policies, "DescribePolicy", "Policy", _ID, **each),
        for_each(policies, "ListTargetsForPolicy", "Targets", _ID, params=PAGE, **each),
    )


# The evaluation of permissions needs these two types.
POLICIES, POLICY, POLICY_TARGETS = _policy_calls(GUARDRAILS)
OTHER_POLICIES, OTHER_POLICY, OTHER_TARGETS = _policy_calls(OTHER_TYPES, part="others", on_demand=True)
