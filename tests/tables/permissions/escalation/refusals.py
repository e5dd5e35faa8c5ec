"""Changes that AWS refuses, as the data of the run shows: quotas that are reached, a password that exists, and MFA in the way."""

from __future__ import annotations

from typing import Any

from tests.tables.permissions.escalation.case import (
    NONE,
    Case,
    ExpectedAnswer,
    attached,
    certain,
    conditional,
    member,
    of,
    only,
    reported,
)
from tests.tables.permissions.policy_builders import Document, allow, group, policy

KEYS, TWO_KEYS = "iam:CreateAccessKey", "quota of access keys: the user has 2"
MFA, VERSIONS = "MFA of the user", "quota of versions: the policy has 5"
POLICIES, GROUPS = "quota of attached policies: the user has 10", "quota of groups: the user has 10"
BOSS = of("user", "boss")
READ = allow("s3:GetObject")
TEN = [f"p{number}" for number in range(10)]
FULL_POLICIES = [policy(name, [READ]) for name in TEN]
FULL_GROUPS = [group(f"g{number}", [], [READ]) for number in range(10)] + [group("chiefs", [], [allow()])]
IN_TEN = {"GroupList": [f"g{number}" for number in range(10)]}
FIVE = policy("p", *[[READ]] * 5)


def boss_case(name: str, expected: ExpectedAnswer, *actions: str | tuple[str, str], **report: Any) -> Case:
    """Return a case with an administrator in the credential report, and a user with actions on the administrator."""
    statements = [allow(action, BOSS) if isinstance(action, str) else allow(*action) for action in actions]
    accounts = reported(member([only("a", *statements), only("boss", allow())]), boss=report)
    return Case(name, "A7", accounts, {"user/a": expected})


def user_case(name: str, expected: ExpectedAnswer, *statements: Document, **more: Any) -> Case:
    """Return a case with a single user that has ten policies or is in ten groups, or one policy of five versions."""
    lists = {"Policies": [FIVE, *FULL_POLICIES], "GroupDetailList": FULL_GROUPS}
    return Case(name, "A7", member([only("a", *statements, **more)], **lists), {"user/a": expected})


ATTACH, JOIN = allow("iam:AttachUserPolicy"), allow("iam:AddUserToGroup")
VERSION = allow("iam:CreatePolicyVersion")

CASES = [
    boss_case("a user with one access key", certain("create_access_key", 1), KEYS, keys=1),
    boss_case("a user with two access keys", conditional(TWO_KEYS, "create_access_key"), KEYS, keys=2),
    boss_case("a user with two access keys, one of them inactive", conditional(TWO_KEYS), KEYS, keys=2, active=1),
    boss_case("a user with two access keys, which may be deleted", certain("create_access_key", 1), KEYS,
        "iam:DeleteAccessKey", keys=2),
    boss_case("a user with two access keys, where every key may be deleted", certain("create_access_key", 1), KEYS,
        ("iam:DeleteAccessKey", "*"), keys=2),
    boss_case("a user with two access keys, and permission to delete those of another user", conditional(TWO_KEYS), KEYS,
        ("iam:DeleteAccessKey", of("user", "other")), keys=2),
    boss_case("a user with two access keys, and permission to deactivate them", conditional(TWO_KEYS), KEYS,
        "iam:UpdateAccessKey", keys=2),
    Case("a user whose access keys were not read", "A7",
        member([only("a", allow(KEYS, BOSS)), only("boss", allow())]), {"user/a": certain("create_access_key", 1)}),
    boss_case("the password of a user without MFA", certain("update_login_profile", 1), "iam:UpdateLoginProfile", password=True),
    boss_case("the password of a user with MFA", conditional(MFA, "update_login_profile"), "iam:UpdateLoginProfile",
        password=True, mfa=True),
    boss_case("the password of a user with MFA, which may be deactivated", certain("update_login_profile", 1),
        "iam:UpdateLoginProfile", "iam:DeactivateMFADevice", password=True, mfa=True),
    boss_case("a first password of a user with MFA", conditional(MFA, "create_login_profile"), "iam:CreateLoginProfile", mfa=True),
    boss_case("a first password of a user that has one", NONE, "iam:CreateLoginProfile", password=True),
    boss_case("a first password of a user that has one, which may be deleted", certain("create_login_profile", 1),
        "iam:CreateLoginProfile", "iam:DeleteLoginProfile", password=True),
    boss_case("a first password of a user that has one, which may be deleted, and MFA", conditional(MFA),
        "iam:CreateLoginProfile", "iam:DeleteLoginProfile", password=True, mfa=True),
    user_case("a policy with five versions", conditional(VERSIONS, "create_policy_version"), VERSION, **attached("p")),
    user_case("a policy with five versions, which may be deleted", certain("create_policy_version", 1), VERSION,
        allow("iam:DeletePolicyVersion", of("policy", "p")), **attached("p")),
    user_case("a policy with one version", certain("create_policy_version", 1), VERSION, **attached("p0")),
    user_case("an earlier version of a policy with one version", NONE, allow("iam:SetDefaultPolicyVersion"), **attached("p0")),
    user_case("an earlier version of a policy with five versions", conditional("an earlier version"),
        allow("iam:SetDefaultPolicyVersion"), **attached("p")),
    user_case("a user with nine policies", certain("attach_user_policy", 1), ATTACH, **attached(*TEN[1:])),
    user_case("a user with ten policies", conditional(POLICIES, "attach_user_policy"), ATTACH, **attached(*TEN)),
    user_case("a user with ten policies, on itself", conditional(POLICIES, "attach_user_policy"),
        allow("iam:AttachUserPolicy", of("user", "a")), **attached(*TEN)),
    user_case("a user with ten policies, which may be detached", certain("attach_user_policy", 1), ATTACH,
        allow("iam:DetachUserPolicy", of("user", "a")), **attached(*TEN)),
    user_case("a user with ten policies and an inline policy", certain("put_user_policy", 1), ATTACH,
        allow("iam:PutUserPolicy"), **attached(*TEN)),
    user_case("a user in ten groups", conditional(GROUPS, "add_user_to_group"), JOIN, **IN_TEN),
    user_case("a user in ten groups, one of which may be left", certain("add_user_to_group", 1), JOIN,
        allow("iam:RemoveUserFromGroup", of("group", "g3")), **IN_TEN),
    user_case("a user in ten groups, and permission to leave another", conditional(GROUPS), JOIN,
        allow("iam:RemoveUserFromGroup", of("group", "chiefs")), **IN_TEN),
    user_case("a user in nine groups", certain("add_user_to_group", 1), JOIN, GroupList=IN_TEN["GroupList"][1:]),
]  # fmt: skip
