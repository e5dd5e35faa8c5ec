"""Small random organizations, as objects for the closure and as AWS responses for an import."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.tables.permissions.escalation.case import bounded, of
from tests.tables.permissions.escalation.closure import EVERYTHING, LAMBDA, Group, Identity, Organization, Statement
from tests.tables.permissions.policy_builders import MEMBER, OTHER, Document, account, group, policy, role, trust, user

PASS = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]
# Actions by the kind of their resource; the Lambda actions are allowed on every resource.
ACTIONS = {
    "user": [
        *("iam:CreateAccessKey", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary"),
        *("iam:DetachUserPolicy", "iam:DeleteUserPolicy"),
    ],
    "role": [
        *("sts:AssumeRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"),
        *("iam:DeleteRolePermissionsBoundary", "iam:PassRole", "iam:DetachRolePolicy", "iam:DeleteRolePolicy"),
    ],
    "group": ["iam:AddUserToGroup", "iam:PutGroupPolicy"],
    "policy": ["iam:CreatePolicyVersion"],
}
EVERY_ACTION = sorted({action for actions in ACTIONS.values() for action in actions} | set(PASS))
# With these actions denied on every resource, nobody would be an administrator. With sts:AssumeRole denied, it would be open
# which principal a changed trust policy should contain.
NOT_DENIED_EVERYWHERE = {"iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:CreatePolicyVersion", "sts:AssumeRole"}
ARN = str


@st.composite
def allows(draw: st.DrawFn, arns: list[ARN]) -> Statement:
    """Draw an Allow of a single action, or of the actions that passing a role needs."""
    arn = draw(st.sampled_from(arns))
    action = draw(st.sampled_from([*ACTIONS[arn.split(":")[5].split("/")[0]], "s3:GetObject"]))
    if action == "iam:PassRole":
        return Statement(PASS)
    return Statement([action], draw(st.sampled_from([arn, arn, "*"])))


@st.composite
def denies(draw: st.DrawFn, arns: list[ARN]) -> Statement:
    """Draw a Deny."""
    arn = draw(st.sampled_from(arns))
    action = draw(
        st.sampled_from([action for action in ACTIONS[arn.split(":")[5].split("/")[0]] if action != "sts:AssumeRole"])
    )
    resource = arn if action in NOT_DENIED_EVERYWHERE else draw(st.sampled_from([arn, "*"]))
    return Statement([action], resource, "Deny")


@st.composite
def boundaries(draw: st.DrawFn) -> list[Statement]:
    """Draw the statements of a boundary; a boundary that allows a change of trust policies allows sts:AssumeRole too."""
    actions = draw(st.lists(st.sampled_from(EVERY_ACTION), min_size=1, max_size=5, unique=True))
    return [
        Statement(["s3:GetObject", *actions, *(["sts:AssumeRole"] if "iam:UpdateAssumeRolePolicy" in actions else [])])
    ]


@st.composite
def identities(draw: st.DrawFn, kind: str, owner: str, name: str, arns: list[ARN]) -> Identity:
    """Draw a user or role without its policies' ARNs, groups and boundary."""
    statements = draw(st.lists(allows(arns), max_size=3))
    if draw(st.integers(0, 7)) == 0:
        statements = [EVERYTHING]
    identity = Identity(kind, owner, name, statements)
    if draw(st.integers(0, 2)) == 0:
        draw(st.sampled_from([identity.statements, identity.denies])).append(draw(denies(arns)))
    if kind == "role":
        people = [arn for arn in arns if ":user/" in arn or ":role/" in arn]
        trusts = st.sampled_from([MEMBER, OTHER, LAMBDA, *people])
        identity.trusts = [
            principal
            for principal in draw(st.lists(trusts, min_size=1, max_size=2, unique=True))
            if principal != identity.arn
        ]
    return identity


@st.composite
def organizations(draw: st.DrawFn) -> Organization:
    """Draw two to six users and roles in one or two accounts, some with groups, boundaries and managed policies."""
    kinds = draw(
        st.lists(st.sampled_from([("user", MEMBER), ("role", MEMBER), ("role", OTHER)]), min_size=2, max_size=6)
    )
    people = [of(kind, f"{kind[0]}{number}", owner) for number, (kind, owner) in enumerate(kinds)]
    groups, policies, caps, denying = of("group", "g"), of("policy", "p"), of("policy", "cap"), of("policy", "d")
    arns = [*people, groups, policies, caps, denying]
    organization = Organization(
        {}, {groups: Group(MEMBER, "g", draw(st.lists(allows(arns), min_size=1, max_size=2)))},
        {
            policies: draw(st.lists(allows(arns), min_size=1, max_size=2)), caps: draw(boundaries()),
            denying: draw(st.lists(denies(arns), min_size=1, max_size=2)),
        },
    )  # fmt: skip
    for arn, (kind, owner) in zip(people, kinds, strict=True):
        identity = draw(identities(kind, owner, arn.split("/")[-1], arns))
        organization.identities[arn] = identity
        if owner == MEMBER:
            identity.policies = draw(st.sampled_from([[], [], [policies], [denying], [policies, denying]]))
            identity.boundary = draw(st.sampled_from([None, None, None, caps]))
            identity.groups = draw(st.sampled_from([[], [], [groups]])) if kind == "user" else []
    return organization


def written(statements: list[Statement]) -> list[Document]:
    """Return statements as JSON."""
    return [
        {"Effect": statement.effect, "Action": statement.actions, "Resource": statement.resource}
        for statement in statements
    ]


def trusted(trusts: list[str]) -> list[Document]:
    """Return a trust policy."""
    return [
        trust({"Service" if principal.endswith(".com") else "AWS": principal})
        for principal in trusts or ["ec2.amazonaws.com"]
    ]


def inline_policies(identity: Identity) -> Document:
    """Return both inline policies of a user or role."""
    policies = [
        {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": written(statements)}}
        for name, statements in (("own", identity.statements), ("denies", identity.denies))
    ]
    return {f"{identity.kind.title()}PolicyList": policies}


def account_details(organization: Organization) -> dict[str, Document]:
    """Return the authorization details of the accounts."""
    lists: dict[str, dict[str, list[Any]]] = {MEMBER: {}, OTHER: {}}
    for identity in organization.identities.values():
        attached = {
            "AttachedManagedPolicies": [
                {"PolicyName": arn.split("/")[-1], "PolicyArn": arn} for arn in identity.policies
            ]
        }
        cap = bounded(identity.boundary.split("/")[-1]) if identity.boundary else {}
        if identity.denies:
            cap |= inline_policies(identity)
        if identity.kind == "user":
            more: Document = {"GroupList": [arn.split("/")[-1] for arn in identity.groups]} | attached | cap
            lists[identity.account].setdefault("UserDetailList", []).append(
                user(identity.name, written(identity.statements), **more)
            )
        else:
            item = (
                role(identity.account, identity.name, trusted(identity.trusts), written(identity.statements))
                | attached
                | cap
            )
            lists[identity.account].setdefault("RoleDetailList", []).append(item)
    lists[MEMBER]["GroupDetailList"] = [
        group(member_group.name, [], written(member_group.statements)) for member_group in organization.groups.values()
    ]
    lists[MEMBER]["Policies"] = [
        policy(arn.split("/")[-1], written(statements)) for arn, statements in organization.policies.items()
    ]
    return {owner: account(**details) for owner, details in lists.items()}
