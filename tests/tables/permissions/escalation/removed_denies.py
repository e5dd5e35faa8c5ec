"""An explicit deny that a step removes: the policy is detached or deleted, gets another version, or the user leaves the group."""

from __future__ import annotations

from typing import Any

from tests.tables.permissions.escalation.case import (
    ADMINISTRATOR_ACCESS,
    NONE,
    TRUSTS_ACCOUNT,
    Case,
    ExpectedAnswer,
    assume,
    attached,
    bounded,
    certain,
    conditional,
    member,
    of,
    only,
)
from tests.tables.permissions.policy_builders import MEMBER, Document, allow, deny, group, policy, role, user, when

SELF = of("user", "a")
NO_IAM = {"Effect": "Deny", "NotAction": ["s3:*", "iam:De*", "iam:RemoveUserFromGroup"], "Resource": "*"}
NO_ATTACH = deny("iam:AttachUserPolicy")
ATTACH, DETACH = allow("iam:AttachUserPolicy", SELF), allow("iam:DetachUserPolicy", SELF)
DENYING, NOTHING, IN_G = policy("denying", [NO_IAM]), policy("nothing", [deny()]), {"GroupList": ["g"]}
POLICY_ARN, BOUNDARY = "iam:PolicyARN", "iam:PermissionsBoundary"


def inline(*names_and_statements: tuple[str, list[Document]]) -> Document:
    """Return inline policies of a user."""
    return {
        "UserPolicyList": [
            {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
            for name, statements in names_and_statements
        ]
    }


def user_case(name: str, expected: ExpectedAnswer, *statements: Document, **more: Any) -> Case:
    """Return a case with a single user, to which the policies `denying` and `second` can be attached."""
    lists = {"Policies": [DENYING, policy("second", [NO_ATTACH]), NOTHING, policy("cap", [allow(["s3:*", "iam:De*"])])]}
    return Case(name, "deny", member([only("a", *statements, **more)], **lists), {"user/a": expected})


def group_case(name: str, expected: ExpectedAnswer, *statements: Document, denies: Document, **more: Any) -> Case:
    """Return a case with a single user, which is in a group."""
    accounts = member([only("a", *statements, **IN_G)], GroupDetailList=[denies], Policies=[DENYING], **more)
    return Case(name, "deny", accounts, {"user/a": expected})


def weak(name: str = "weak") -> Document:
    """Return a role that is an administrator but for an attached policy that denies everything."""
    return role(MEMBER, name, TRUSTS_ACCOUNT, [allow()]) | attached("nothing")


ATTACHED_TO_GROUP, INLINE_OF_GROUP = group("g", [], []) | attached("denying"), group("g", [], [NO_IAM])

CASES = [
    user_case("the policy is detached from an administrator",
        certain("detach_user_policy", 1, "user/a -[detach_user_policy policy/denying]-> administrator"),
        allow(), **attached("denying")),
    user_case("the policy is detached, and the others allow the next step",
        certain("detach_user_policy", 2,
            "user/a -[detach_user_policy policy/denying]-> user/a -[attach_user_policy]-> administrator"),
        ATTACH, DETACH, **attached("denying")),
    user_case("the policy may not be detached", NONE, ATTACH, **attached("denying")),
    user_case("the policy is detached, and the others allow no further step", NONE, allow("s3:*"), DETACH, **attached("denying")),
    user_case("the policy denies that it is detached", NONE, ATTACH, DETACH, deny("iam:DetachUserPolicy"), **attached("denying")),
    user_case("another policy may be detached", NONE, ATTACH,
        allow("iam:DetachUserPolicy", SELF, **when("ArnEquals", POLICY_ARN, of("policy", "second"))), **attached("denying")),
    user_case("this policy may be detached", certain("detach_user_policy", 2), ATTACH,
        allow("iam:DetachUserPolicy", SELF, **when("ArnEquals", POLICY_ARN, of("policy", "denying"))), **attached("denying")),
    user_case("every policy but this may be detached", NONE, ATTACH, DETACH,
        deny("iam:DetachUserPolicy", **when("ArnEquals", POLICY_ARN, of("policy", "denying"))), **attached("denying")),
    user_case("policies of another user may be detached", NONE, ATTACH,
        allow("iam:DetachUserPolicy", of("user", "b")), **attached("denying")),
    user_case("two policies are detached", certain("detach_user_policy", 3), ATTACH, DETACH, **attached("denying", "second")),
    user_case("only one of two policies may be detached", NONE, ATTACH,
        allow("iam:DetachUserPolicy", SELF, **when("ArnEquals", POLICY_ARN, of("policy", "denying"))),
        **attached("denying", "second")),
    user_case("an inline policy is deleted", certain("delete_user_policy", 2),
        **inline(("denies", [NO_IAM]), ("allows", [ATTACH, allow("iam:DeleteUserPolicy", SELF)]))),
    user_case("an inline policy may not be deleted", NONE, **inline(("denies", [NO_IAM]), ("allows", [ATTACH]))),
    user_case("the inline policy allows the next step too", NONE,
        **inline(("both", [NO_IAM, ATTACH]), ("allows", [allow("iam:DeleteUserPolicy", SELF)]))),
    user_case("an inline policy cannot be detached", NONE, **inline(("denies", [NO_IAM]), ("allows", [ATTACH, DETACH]))),
    user_case("an inline policy is overwritten",
        certain("put_user_policy", 1, "user/a -[put_user_policy denies]-> administrator"),
        **inline(("denies", [NO_ATTACH, deny("iam:*Role*")]), ("allows", [allow("iam:PutUserPolicy", SELF)]))),
    user_case("an attached policy is not overwritten", NONE, allow("iam:PutUserPolicy", SELF),
        **attached("nothing")),
    user_case("the boundary stays", NONE, ATTACH, DETACH, **attached("denying"), **bounded("cap")),
    user_case("the boundary is removed too", certain(steps=3), ATTACH, DETACH, allow("iam:DeleteUserPermissionsBoundary", SELF),
        **attached("denying"), **bounded("cap")),
    user_case("the policy is detached where the caller's boundary is", certain("detach_user_policy", 2), ATTACH,
        allow("iam:DetachUserPolicy", SELF, **when("Null", BOUNDARY, "true")), **attached("denying")),
    user_case("the policy is detached only within a boundary that the user does not have", NONE, ATTACH,
        allow("iam:DetachUserPolicy", SELF, **when("StringEquals", BOUNDARY, of("policy", "cap"))), **attached("denying")),
    user_case("a deny of a harmless action is no reason", certain("attach_user_policy", 1), ATTACH, deny("s3:DeleteBucket")),
    Case(
        "a policy of AWS that denies everything is detached", "deny",
        member([only("a", allow(), AttachedManagedPolicies=[
            {"PolicyName": "AWSDenyAll", "PolicyArn": "arn:aws:iam::aws:policy/AWSDenyAll"}
        ]), only("ops", allow(["iam:DetachUserPolicy", "iam:CreateAccessKey"], SELF))], Policies=[
            policy("AWSDenyAll", [deny()]) | {"Arn": "arn:aws:iam::aws:policy/AWSDenyAll"}
        ]),
        {"user/a": NONE, "user/ops": certain("detach_user_policy", 2)},
    ),
    Case(
        "the policy is detached from a role, which is assumed then", "deny",
        member([only("a", allow("iam:DetachRolePolicy", of("role", "weak")), assume("weak"))], [weak()], Policies=[NOTHING]),
        {"user/a": certain("detach_role_policy", 2), "role/weak": NONE},
    ),
    Case(
        "the policy is detached from a role that others assume", "deny",
        member([only("a", allow("iam:DetachRolePolicy", of("role", "weak")))], [weak()], Policies=[NOTHING]),
        {"user/a": conditional("credentials of", "detach_role_policy"), "role/weak": NONE},
    ),
    Case(
        "a role deletes the inline policy that denies", "deny",
        member((), [role(MEMBER, "job", TRUSTS_ACCOUNT, [NO_IAM]) | {
            "AttachedManagedPolicies": [ADMINISTRATOR_ACCESS]
        }]),
        {"role/job": certain("delete_role_policy", 1)},
    ),
    Case(
        "the deny of a policy is removed by another version", "deny",
        member(
            [only("a", allow(), **attached("versioned"))],
            Policies=[policy("versioned", [{"Effect": "Deny", "NotAction": "iam:CreatePolicyVersion", "Resource": "*"}])],
        ),
        {"user/a": certain("create_policy_version", 1)},
    ),
    Case(
        "somebody else detaches the policy of a user whose keys it creates", "deny",
        member(
            [only("a", allow(["iam:DetachUserPolicy", "iam:CreateAccessKey"])), user("b", [allow()], MEMBER) | attached("denying")],
            Policies=[policy("denying", [deny()])],
        ),
        {"user/a": certain("detach_user_policy", 2), "user/b": NONE},
    ),
    group_case("the policy is detached from the group", certain("detach_group_policy", 2), ATTACH,
        allow("iam:DetachGroupPolicy", of("group", "g")), denies=ATTACHED_TO_GROUP),
    group_case("the policy is detached from another group", NONE, ATTACH,
        allow("iam:DetachGroupPolicy", of("group", "h")), denies=ATTACHED_TO_GROUP),
    group_case("the policy of the group is deleted", certain("delete_group_policy", 2), ATTACH,
        allow("iam:DeleteGroupPolicy", of("group", "g")), denies=INLINE_OF_GROUP),
    group_case("the inline policy of the group cannot be detached", NONE, ATTACH,
        allow("iam:DetachGroupPolicy", of("group", "g")), denies=INLINE_OF_GROUP),
    group_case("the user leaves the group", certain("remove_user_from_group", 2), ATTACH,
        allow("iam:RemoveUserFromGroup", of("group", "g")), denies=INLINE_OF_GROUP),
    group_case("the user leaves the group that also allows the next step", NONE,
        allow("iam:RemoveUserFromGroup", of("group", "g")), denies=group("g", [], [NO_IAM, ATTACH])),
]  # fmt: skip
