"""Principals of trust policies that stand for a service: regional names, other partitions, and federated principals."""

from __future__ import annotations

from tests.tables.permissions.escalation.case import (
    NONE,
    PASS_TO_LAMBDA,
    Case,
    ExpectedAnswer,
    administrator,
    certain,
    conditional,
    member,
    only,
)
from tests.tables.permissions.policy_builders import MEMBER, Document, allow, trust

COGNITO, PODS = "cognito-identity.amazonaws.com", "pods.eks.amazonaws.com"
SET_ROLES = allow(["iam:PassRole", "cognito-identity:SetIdentityPoolRoles"])
START_MACHINE = allow(["iam:PassRole", "states:CreateStateMachine", "states:StartExecution"])
ACCESS_ENTRY = allow(["eks:CreateAccessEntry", "eks:AssociateAccessPolicy"])
POD_IDENTITY = allow(["iam:PassRole", "eks:CreatePodIdentityAssociation"])


def oidc_provider(issuer: str) -> Document:
    """Return the principal of a trust policy for an OIDC provider of MEMBER."""
    return {"Federated": f"arn:aws:iam::{MEMBER}:oidc-provider/{issuer}"}


CLUSTER = oidc_provider("oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF")


def trust_case(name: str, expected: ExpectedAnswer, principal: Document, *statements: Document) -> Case:
    """Return a case with an administrator role that trusts the principal, and a user with the statements."""
    return Case(name, "A5", member([only("a", *statements)], [administrator(trust(principal))]), {"user/a": expected})


CASES = [
    trust_case("an identity pool", conditional("identity pool", "cognito_pool_roles"), {"Federated": COGNITO}, SET_ROLES),
    trust_case("an identity pool in AWS GovCloud (US)", conditional(method="cognito_pool_roles"),
        {"Federated": "cognito-identity-us-gov.amazonaws.com"}, SET_ROLES),
    trust_case("an identity provider with a similar name", NONE, {"Federated": "graph.cognito-identity.amazonaws.com"}, SET_ROLES),
    trust_case("an identity pool, by a principal that creates functions", NONE, {"Federated": COGNITO}, allow(PASS_TO_LAMBDA)),
    trust_case("a regional service", certain("step_functions_create"),
        {"Service": "states.eu-west-1.amazonaws.com"}, START_MACHINE),
    trust_case("a regional service in AWS GovCloud (US)", certain("step_functions_create"),
        {"Service": "states.us-gov-west-1.amazonaws.com"}, START_MACHINE),
    trust_case("a service in China", certain("lambda_create_invoke"), {"Service": "lambda.amazonaws.com.cn"},
        allow(PASS_TO_LAMBDA)),
    trust_case("a regional name of another service", NONE, {"Service": "logs.eu-west-1.amazonaws.com"}, START_MACHINE),
    trust_case("a service account of a cluster", conditional("pods.eks.amazonaws.com", "eks_access_entry"), CLUSTER, ACCESS_ENTRY),
    trust_case("a service account, by EKS Pod Identity", NONE, CLUSTER, POD_IDENTITY),
    trust_case("pods, by EKS Pod Identity", certain("eks_pod_identity"), {"Service": PODS}, POD_IDENTITY),
    trust_case("an OIDC provider outside AWS", NONE, oidc_provider("token.actions.githubusercontent.com"), ACCESS_ENTRY),
    trust_case("account access manager, in a member account", NONE, {"Service": "account-access.amazonaws.com"},
        allow("account-access:CreateEntitlement")),
]  # fmt: skip
