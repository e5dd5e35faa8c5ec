"""Groups whose policies make their members administrators, or allow the next step."""

from __future__ import annotations

from tests.tables.permissions.escalation.case import (
    ADMINISTRATOR_ACCESS,
    NONE,
    Case,
    administrator,
    assume,
    attached,
    bounded,
    certain,
    member,
    of,
    only,
)
from tests.tables.permissions.policy_builders import Document, allow, deny, group, policy

JOIN = allow("iam:AddUserToGroup", of("group", "g"))
JOINED = "user/a -[add_user_to_group group/g]-> administrator"


def joins(name: str, group_document: Document, **more: list[Document]) -> Case:
    """Return a case whose user may join a group of administrators."""
    accounts = member([only("a", JOIN)], GroupDetailList=[group_document], **more)
    return Case(name, "A3", accounts, {"user/a": certain("add_user_to_group", 1, JOINED)})


def gains_nothing(name: str, *statements: Document, group_allows: Document, **more: list[Document]) -> Case:
    """Return a case whose user may not join the group, or gains nothing by it."""
    accounts = member([only("a", *statements)], GroupDetailList=[group("g", [], [group_allows])], **more)
    return Case(name, "A3", accounts, {"user/a": NONE})


CASES = [
    joins("an inline policy", group("g", [], [allow()])),
    joins("a customer-managed policy", group("g", [], []) | attached("wide"), Policies=[policy("wide", [allow()])]),
    joins("every ARN in an inline policy", group("g", [], [allow("*", "arn:aws:*:*:*:*")])),
    joins("every ARN in a customer-managed policy", group("g", [], []) | attached("wide"),
          Policies=[policy("wide", [allow("*:*", "arn:aws:*")])]),
    joins("AdministratorAccess without its document", group("g", [ADMINISTRATOR_ACCESS], [])),
    joins("two statements that together allow everything", group("g", [], [allow("s3:*"), allow("*")])),
    gains_nothing("a group that may only read", JOIN, group_allows=allow("s3:Get*")),
    gains_nothing("every action on one service's resources", JOIN, group_allows=allow("*", "arn:aws:s3:::*")),
    gains_nothing("everything but IAM", JOIN, group_allows={"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    gains_nothing("another group", allow("iam:AddUserToGroup", of("group", "others")), group_allows=allow()),
    gains_nothing("joining is denied", JOIN, deny("iam:AddUserToGroup"), group_allows=allow()),
    Case(
        "the boundary stays after joining", "A4",
        member(
            [only("a", JOIN, **bounded("cap"))],
            GroupDetailList=[group("g", [], [allow()])], Policies=[policy("cap", [allow(["s3:*", "iam:AddUserToGroup"])])],
        ),
        {"user/a": NONE},
    ),
    Case(
        "the group lets its members attach policies", "A3",
        member([only("a", JOIN)], GroupDetailList=[group("g", [], [allow("iam:AttachUserPolicy")])]),
        {"user/a": certain(
            "add_user_to_group", 2, "user/a -[add_user_to_group group/g]-> user/a -[attach_user_policy]-> administrator"
        )},
    ),
    Case(
        "the group lets its members attach policies to another user", "A3",
        member([only("a", JOIN)], GroupDetailList=[group("g", [], [allow("iam:AttachUserPolicy", of("user", "gone"))])]),
        {"user/a": NONE},
    ),
    Case(
        "the group lets its members assume an administrator", "A3",
        member([only("a", JOIN)], [administrator()], GroupDetailList=[group("g", [], [assume("adm")])]),
        {"user/a": certain("add_user_to_group", 2)},
    ),
    Case(
        "the group lets its members assume an administrator that trusts others", "A3",
        member(
            [only("a", JOIN), only("ops", allow("s3:*"))],
            [administrator({
                "Effect": "Allow", "Principal": {"AWS": of("user", "ops")}, "Action": "sts:AssumeRole",
            })],
            GroupDetailList=[group("g", [], [assume("adm")])],
        ),
        {"user/a": NONE, "user/ops": certain("assume_role", 1)},
    ),
    Case(
        "a new user of a group that lets its members create a role", "A3",
        member(
            [only("a", allow(["iam:CreateUser", "iam:CreateAccessKey"], of("user", "new-*")), JOIN)],
            GroupDetailList=[group("g", [], [allow(["iam:CreateRole", "iam:PutRolePolicy", "sts:AssumeRole"])])],
        ),
        {"user/a": certain("create_user_in_group", 2)},
    ),
    Case(
        "two groups, each with half of the step", "A3",
        member(
            [only("a", allow("iam:AddUserToGroup"))],
            [administrator({
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
            })],
            GroupDetailList=[
                group("g", [], [allow("iam:PassRole")]), group("h", [], [allow("lambda:*")]),
            ],
        ),
        {"user/a": certain("add_user_to_group")},
    ),
    Case(
        "two groups, only the first of which may be joined", "A3",
        member(
            [only("a", JOIN)],
            [administrator({
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
            })],
            GroupDetailList=[
                group("g", [], [allow("iam:PassRole")]), group("h", [], [allow("lambda:*")]),
            ],
        ),
        {"user/a": NONE},
    ),
]  # fmt: skip
