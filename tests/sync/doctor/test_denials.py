"""What follows from AWS's message about a denial: the policy that denies, and the statement to add."""

from __future__ import annotations

import pytest

from iamsql.aws.errors import Fault
from iamsql.sync.doctor.denials import allow_step, assume_step, denying_policy, parse_principal, trusted_principal

ROLE = "arn:aws:iam::222233334444:role/iamsql-audit"
HEAD = f"User: {ROLE} is not authorized to perform: iam:ListUsers on resource: * "
SCP = "arn:aws:organizations::111122223333:policy/o-demo123456/service_control_policy/p-abcd1234"
BASIC = '{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}'
CASES = [
    ("because no identity-based policy allows the iam:ListUsers action", "identity-based policy",
     f"Add to the policy of {ROLE}: {BASIC}"),
    ("because no permissions boundary allows the iam:ListUsers action", "permissions boundary",
     f"Add to the permissions boundary of {ROLE}: {BASIC}"),
    ("because no service control policy allows the iam:ListUsers action", "service control policy",
     f"Allow iam:ListUsers in the service control policy: {BASIC}"),
    (f"with an explicit deny in a service control policy: {SCP}", "service control policy",
     f"Exempt {ROLE} from the statement that denies iam:ListUsers in the service control policy {SCP}."),
    ("with an explicit deny in an identity-based policy", "identity-based policy",
     f"Exempt {ROLE} from the statement that denies iam:ListUsers in the identity-based policy."),
    ("because no session policy allows the iam:ListUsers action", "session policy", "no_session_policy = true"),
    ("because no VPC endpoint policy allows the iam:ListUsers action", "VPC endpoint policy", "Allow iam:ListUsers in the VPC"),
    ("", "", f"Add to the policy of {ROLE}: {BASIC}"),
]  # fmt: skip


@pytest.mark.parametrize(("tail", "policy", "step"), CASES)
def test_the_message_says_which_policy_denies(tail: str, policy: str, step: str) -> None:
    assert denying_policy(HEAD + tail) == policy
    assert step in allow_step("iam:ListUsers", ROLE, HEAD + tail)


def test_a_session_belongs_to_its_role_or_to_its_permission_set() -> None:
    session = "arn:aws:sts::111122223333:assumed-role/{}/me@example.com"
    assert parse_principal(session.format("scanner")) == "arn:aws:iam::111122223333:role/scanner"
    assert trusted_principal(session.format("scanner")) == "arn:aws:iam::111122223333:role/scanner"
    # The role of a permission set has a path that the session does not contain, so a trust policy names the account.
    permission_set = session.format("AWSReservedSSO_Auditor_0123456789abcdef")
    assert parse_principal(permission_set) == "the permission set Auditor"
    assert trusted_principal(permission_set) == "111122223333"
    assert parse_principal("arn:aws:iam::111122223333:user/me") == "arn:aws:iam::111122223333:user/me"


def test_a_role_that_cannot_be_assumed_is_created_or_trusts_the_caller() -> None:
    caller = "arn:aws:sts::111122223333:assumed-role/scanner/me"
    denied = Fault(
        "denied", "AccessDenied", f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    )
    step = assume_step(ROLE, caller, denied, None)
    assert "iamsql deploy stackset" in step
    assert "iamsql role --kind trust --principal arn:aws:iam::111122223333:role/scanner" in step
    assert "IAMSQL_EXTERNAL_ID" in step
    assert "If its condition has ${aws:ResourceOrgID}, replace this variable by the ID of the organization." in step
    with_organization = assume_step(ROLE, caller, denied, None, "o-ab12cd34ef")
    assert "iamsql deploy stackset --organization o-ab12cd34ef. " in with_organization
    assert "--principal arn:aws:iam::111122223333:role/scanner --organization o-ab12cd34ef. " in with_organization
    assert "by the ID of the organization, o-ab12cd34ef." in with_organization
    secret = "7-times-secret"
    assert secret not in assume_step(ROLE, caller, denied, secret)
    assert "Compare the external ID" in assume_step(ROLE, caller, denied, secret)
    identity_policy = Fault(
        "denied", "AccessDenied", "because no identity-based policy allows the sts:AssumeRole action"
    )
    assert f'"sts:AssumeRole", "Resource": "{ROLE}"' in assume_step(ROLE, caller, identity_policy, None)
    scp = Fault("denied", "AccessDenied", "with an explicit deny in a service control policy")
    assert "Exempt arn:aws:iam::111122223333:role/scanner" in assume_step(ROLE, caller, scp, None)
    packed = Fault("error", "PackedPolicyTooLarge", "")
    assert "no_session_policy = true" in assume_step(ROLE, caller, packed, None)
