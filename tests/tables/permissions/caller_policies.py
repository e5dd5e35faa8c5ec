"""Policies, each with the side of the callers that it admits, for an account of an organization.

Each case is a policy of a role and of a queue of MEMBER: statements for `principal` under conditions, with Deny statements for
everyone. The expected sides follow from the documentation of AWS on global condition keys, operators and set operators; no case is
derived from iamsql's code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.tables.permissions.policy_builders import MEMBER, ORGANIZATION, OTHER

Conditions = dict[str, dict[str, Any]]  # by operator and key
OURS, FOREIGN, FOREIGN_ORGANIZATION = ORGANIZATION["id"], "666666666666", "o-evil567890"
OWN_ROLE, OTHER_ROLE, STRANGE_ROLE = "AROAMEMBER000000001", "AROAOTHER0000000001", "AROASTRANGE00000001"
NOBODY, ACCOUNT, ORG, UNKNOWN, OUTSIDER, EVERYONE = (
    "nobody", "own account", "own organization", "unknown", "outsider", "everyone",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A policy: `allow` and `deny` are the conditions of its Allow statement and its Deny statements, or whole statements."""

    name: str
    side: str
    allow: Conditions | None = None
    deny: tuple[Any, ...] = ()
    principal: Any = "*"
    not_principal: Any = None

    def statements(self, action: str) -> list[dict[str, Any]]:
        """Return the statements of the policy for an action."""
        whom = {"NotPrincipal": self.not_principal} if self.not_principal else {"Principal": self.principal}
        stated = {"Effect": "Allow", **whom, "Action": action} | ({"Condition": self.allow} if self.allow else {})
        base = {"Effect": "Deny", "Principal": "*", "Action": action}
        denied = [base | deny.get("statement", {"Condition": deny}) for deny in self.deny]
        # a Deny with NotPrincipal has Principal None here
        return [{name: value for name, value in item.items() if value is not None} for item in (stated, *denied)]


PRINCIPAL_ACCOUNT, PRINCIPAL_ARN = "aws:PrincipalAccount", "aws:PrincipalArn"
ORG_ID, ORG_PATHS, USER_ID = "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:userid"
# Values for each key, as one of the conditions of an Allow with StringLike, or as the only one of a Deny with StringNotLike: the
# callers that match a value are those that an Allow admits, and those that a Deny leaves.
VALUES: dict[str, list[tuple[Any, str]]] = {
    PRINCIPAL_ACCOUNT: [
        (MEMBER, ACCOUNT), (OTHER, ORG), (FOREIGN, OUTSIDER), ([MEMBER, OTHER], ORG), ([OTHER, FOREIGN], OUTSIDER),
        ("6*", EVERYONE), ("*", EVERYONE), ("????????????", EVERYONE), (f"{FOREIGN[:-1]}?", EVERYONE), ([MEMBER, "*"], EVERYONE),
        ("${aws:ResourceAccount}", ACCOUNT), ("${aws:PrincipalAccount}", EVERYONE), (f"{MEMBER[:-1]}*", EVERYONE),
    ],
    PRINCIPAL_ARN: [
        (f"arn:aws:iam::{MEMBER}:role/*", ACCOUNT), (f"arn:aws:iam::{OTHER}:*", ORG), (f"arn:aws:iam::{OTHER}:root", ORG),
        (f"arn:aws:iam::{FOREIGN}:*", OUTSIDER), (f"arn:aws:sts::{FOREIGN}:assumed-role/x/*", OUTSIDER),
        ("arn:aws:iam::*:role/admin", EVERYONE), ("arn:aws:iam::6*:role/admin", EVERYONE), ("*", EVERYONE), ("arn:aws:*", EVERYONE),
        ([f"arn:aws:iam::{MEMBER}:role/a", f"arn:aws:iam::{FOREIGN}:role/a"], OUTSIDER),
        ("arn:aws:iam::${aws:ResourceAccount}:role/*", ACCOUNT), ("arn:aws:iam::${aws:PrincipalAccount}:role/*", EVERYONE),
        # the wildcard of a string operator also matches colons, which paths of roles may contain
        (f"arn:aws:*::{MEMBER}:*", EVERYONE), (f"*:{MEMBER}:*", EVERYONE), (f"arn:aws:iam::*/::{MEMBER}:/*", EVERYONE),
    ],
    ORG_ID: [
        (OURS, ORG), (FOREIGN_ORGANIZATION, OUTSIDER), ([OURS, FOREIGN_ORGANIZATION], OUTSIDER), ("o-*", EVERYONE), ("*", EVERYONE),
        (f"{OURS}*", EVERYONE), ("${aws:ResourceOrgID}", ORG), ("${aws:PrincipalOrgID}", EVERYONE), (f"{OURS[:-1]}?", EVERYONE),
        ("${aws:ResourceOrgID, 'o-evil567890'}", EVERYONE),
    ],
    USER_ID: [
        (f"{OWN_ROLE}:*", ACCOUNT), (OWN_ROLE, ACCOUNT), (f"{OTHER_ROLE}:*", ORG), (f"{STRANGE_ROLE}:*", UNKNOWN), ("A*", EVERYONE),
        ("*", EVERYONE), (f"{OWN_ROLE[:-1]}?:*", EVERYONE), (MEMBER, ACCOUNT), (FOREIGN, OUTSIDER),
        ([f"{OWN_ROLE}:*", "A*"], EVERYONE),
    ],
}  # fmt: skip
PATHS: list[tuple[Any, str]] = [
    (f"{OURS}/*", ORG), (f"{OURS}/r-acme/ou-acme-00000002/*", ORG), (f"{FOREIGN_ORGANIZATION}/*", OUTSIDER), ("o-*/*", EVERYONE),
    ("*/r-acme/*", EVERYONE), ([f"{OURS}/*", f"{FOREIGN_ORGANIZATION}/*"], OUTSIDER), (f"{OURS}*/r-acme/*", EVERYONE),
]  # fmt: skip


def equals(value: Any = OURS, key: str = ORG_ID) -> dict[str, Any]:
    """Return the keys of a condition."""
    return {key: value}


# Operators of an Allow on the own organization, and the side.
OPERATORS: list[tuple[str, str]] = [
    ("StringEquals", ORG), ("stringequals", ORG), ("StringEqualsIgnoreCase", ORG), ("ForAnyValue:StringEquals", ORG),
    ("ForAnyValue:StringLike", ORG), ("StringEqualsIfExists", EVERYONE), ("ForAllValues:StringEquals", EVERYONE),
    ("ForAnyValue:StringEqualsIfExists", EVERYONE), ("StringNotEquals", EVERYONE), ("StringNotLike", EVERYONE),
    ("ForAllValues:StringNotEquals", EVERYONE), ("NumericEquals", EVERYONE), ("Bool", EVERYONE), ("IpAddress", EVERYONE),
]  # fmt: skip
# Operators of a Deny on the own organization, and the side of an Allow for everyone.
DENYING: list[tuple[str, str]] = [
    ("StringNotEquals", ORG), ("StringNotEqualsIgnoreCase", ORG), ("StringNotEqualsIfExists", ORG), ("StringNotLikeIfExists", ORG),
    ("ForAllValues:StringNotEquals", ORG), ("ForAnyValue:StringNotEquals", EVERYONE), ("ForAnyValue:StringNotLike", EVERYONE),
    ("StringEquals", EVERYONE), ("StringLike", EVERYONE), ("ForAllValues:StringEquals", EVERYONE), ("Bool", EVERYONE),
]  # fmt: skip
NOT_OURS: Conditions = {"StringNotEquals": equals()}
IF_A_PRINCIPAL = {"aws:PrincipalIsAWSService": "false"}
TLS = {"aws:SecureTransport": "true"}
ROOT = f"arn:aws:iam::{FOREIGN}:root"
MORE: list[Case] = [
    # principals
    Case("everyone", EVERYONE),
    Case("everyone-aws", EVERYONE, principal={"AWS": "*"}),
    Case("everyone-list", EVERYONE, principal={"AWS": [MEMBER, "*"]}),
    Case("own-account", ACCOUNT, principal={"AWS": MEMBER}),
    Case("own-organization", ORG, principal={"AWS": f"arn:aws:iam::{OTHER}:root"}),
    Case("foreign-account", OUTSIDER, principal={"AWS": FOREIGN}),
    Case("foreign-root", OUTSIDER, principal={"AWS": ROOT}),
    Case("foreign-user", OUTSIDER, principal={"AWS": f"arn:aws:iam::{FOREIGN}:user/x"}),
    Case("foreign-beside-own", OUTSIDER, principal={"AWS": [OTHER, FOREIGN]}),
    Case("all-but-own", EVERYONE, not_principal={"AWS": MEMBER}),
    Case("all-but-own-of-the-organization", ORG, {"StringEquals": equals()}, not_principal={"AWS": MEMBER}),
    # several conditions: a caller has to match all
    Case("both-ours", ACCOUNT, {"StringEquals": equals() | equals(MEMBER, PRINCIPAL_ACCOUNT)}),
    Case("foreign-account-of-ours", ORG, {"StringEquals": equals() | equals(FOREIGN, PRINCIPAL_ACCOUNT)}),
    Case("foreign-twice", OUTSIDER, {"StringEquals": equals(FOREIGN_ORGANIZATION) | equals(FOREIGN, PRINCIPAL_ACCOUNT)}),
    Case("ours-or-any", ORG, {"StringEquals": equals(), "StringLike": equals("*")}),
    Case("foreign-and-address", OUTSIDER, {"StringEquals": equals(FOREIGN, PRINCIPAL_ACCOUNT), "Bool": TLS}),
    Case("external-id", EVERYONE, {"StringEquals": {"sts:ExternalId": "x"}}),
    Case("tag", EVERYONE, {"StringEquals": {"aws:PrincipalTag/team": "x"}}),
    Case("address", EVERYONE, {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    Case("endpoint", EVERYONE, {"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
    Case("no-values", EVERYONE, {"StringEquals": equals([])}),
    # Null: whether the request has the key
    Case("in-any-organization", EVERYONE, {"Null": {ORG_ID: "false"}}),
    Case("in-no-organization", EVERYONE, {"Null": {ORG_ID: "true"}}),
    Case("all-values-of-a-key-that-is-there", ORG, {"ForAllValues:StringEquals": equals(), "Null": {ORG_ID: "false"}}),
    Case("if-exists-of-a-key-that-is-there", ORG, {"StringEqualsIfExists": equals(), "Null": {ORG_ID: "false"}}),
    Case("if-exists-of-a-key-that-is-not", EVERYONE, {"StringEqualsIfExists": equals(), "Null": {ORG_ID: "true"}}),
    Case("if-exists-beside-another-key", EVERYONE, {"StringEqualsIfExists": equals(), "StringEquals": {"aws:PrincipalTag/x": "1"}}),
    Case("foreign-values-of-a-key-that-is-there", OUTSIDER, {
        "ForAllValues:StringEquals": equals(FOREIGN_ORGANIZATION), "Null": {ORG_ID: "false"},
    }),
    # ARN operators compare the parts between colons
    Case("arn-like", ACCOUNT, {"ArnLike": {PRINCIPAL_ARN: f"arn:*:iam::{MEMBER}:role/*"}}),
    Case("arn-equals", ACCOUNT, {"ArnEquals": {PRINCIPAL_ARN: f"arn:aws:*::{MEMBER}:*"}}),
    Case("arn-like-foreign", OUTSIDER, {"ArnLike": {PRINCIPAL_ARN: f"arn:*:*:*:{FOREIGN}:*"}}),
    Case("arn-like-any-account", EVERYONE, {"ArnLike": {PRINCIPAL_ARN: "arn:aws:iam::*:role/ok"}}),
    Case("arn-like-account-pattern", EVERYONE, {"ArnLike": {PRINCIPAL_ARN: f"arn:aws:iam::{MEMBER[:-1]}?:role/ok"}}),
    Case("arn-like-variable-before-the-account", EVERYONE, {
        "ArnLike": {PRINCIPAL_ARN: f"arn:aws:iam:${{a:{MEMBER}:, ''}}:{FOREIGN}:role/x"},
    }),
    # the resource compared with the caller
    Case("resource-account", ACCOUNT, {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
    Case("resource-organization", ORG, {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}),
    Case("resource-account-if-exists", EVERYONE, {"StringEqualsIfExists": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
    Case("resource-account-of-somebody", EVERYONE, {"StringEquals": {"aws:ResourceAccount": MEMBER}}),
    Case("number-of-an-account", OUTSIDER, {"NumericEquals": equals(FOREIGN, PRINCIPAL_ACCOUNT)}),
    Case("numbers-of-accounts", EVERYONE, {"NumericLessThan": equals(FOREIGN, PRINCIPAL_ACCOUNT)}),
    # Deny statements
    Case("denied", NOBODY, deny=({"statement": {}},)),
    Case("foreign-root-denied", NOBODY, principal={"AWS": ROOT}, deny=({"statement": {}},)),
    Case("foreign-root-denied-by-organization", ORG, principal={"AWS": ROOT}, deny=(NOT_OURS,)),
    Case("foreign-root-denied-by-foreign-organization", OUTSIDER, principal={"AWS": ROOT}, deny=(
        {"StringNotEquals": equals(FOREIGN_ORGANIZATION)},
    )),
    Case("denied-but-principals-of-ours", ORG, deny=({"StringNotEquals": equals(), "BoolIfExists": IF_A_PRINCIPAL},)),
    Case("denied-for-requests-without-tls", EVERYONE, deny=(NOT_OURS | {"Bool": {"aws:SecureTransport": "false"}},)),
    Case("denied-but-through-services", EVERYONE, deny=(NOT_OURS | {"Bool": {"aws:ViaAWSService": "false"}},)),
    Case("denied-twice", ACCOUNT, deny=(NOT_OURS, {"StringNotEquals": equals(MEMBER, PRINCIPAL_ACCOUNT)})),
    Case("denied-but-ours-or-a-foreign-role", OUTSIDER, deny=({
        "StringNotEquals": equals(), "ArnNotLike": {PRINCIPAL_ARN: f"arn:aws:iam::{FOREIGN}:role/x"},
    },)),
    Case("denied-but-ours-or-an-own-role", ORG, deny=({
        "StringNotEquals": equals(), "ArnNotLike": {PRINCIPAL_ARN: f"arn:aws:iam::{MEMBER}:role/x"},
    },)),
    Case("denied-in-no-organization", EVERYONE, deny=({"Null": {ORG_ID: "true"}},)),
    Case("denied-another-action", EVERYONE, deny=({"statement": {"Action": "sts:SetSourceIdentity"} | {"Condition": NOT_OURS}},)),
    Case("denied-to-others", EVERYONE, deny=({"statement": {"Principal": {"AWS": FOREIGN}}},)),
    Case("foreign-denied-by-name", NOBODY, principal={"AWS": ROOT}, deny=({"statement": {"Principal": {"AWS": FOREIGN}}},)),
    Case("foreign-user-denied-by-account", NOBODY, principal={"AWS": f"arn:aws:iam::{FOREIGN}:user/x"}, deny=(
        {"statement": {"Principal": {"AWS": ROOT}}},
    )),
    Case("foreign-denied-beside", OUTSIDER, principal={"AWS": ROOT}, deny=({"statement": {"Principal": {"AWS": "777777777777"}}},)),
    Case("denied-but-principals-by-name", OUTSIDER, deny=({"statement": {"Principal": None, "NotPrincipal": {"AWS": [ROOT]}}},)),
    Case("denied-but-own-principals-by-name", ACCOUNT, deny=(
        {"statement": {"Principal": None, "NotPrincipal": {"AWS": [MEMBER]}}},
    )),
    Case("denied-but-ours-by-name", ORG, deny=({"statement": {"Principal": None, "NotPrincipal": {"AWS": [MEMBER, OTHER]}}},)),
    Case("foreign-but-by-name", OUTSIDER, principal={"AWS": ROOT}, deny=(
        {"statement": {"Principal": None, "NotPrincipal": {"AWS": [MEMBER, FOREIGN]}}},
    )),
    Case("denied-resource-of-others", EVERYONE, deny=({"StringNotEquals": {"aws:ResourceAccount": MEMBER}},)),
    # services that make requests for resources
    Case("source-account", ACCOUNT, {"StringEquals": {"aws:SourceAccount": MEMBER}}),
    Case("source-account-of-ours", ORG, {"StringEquals": {"aws:SourceAccount": OTHER}}),
    Case("source-account-foreign", OUTSIDER, {"StringEquals": {"aws:SourceAccount": FOREIGN}}),
    Case("source-account-any", EVERYONE, {"StringLike": {"aws:SourceAccount": "*"}}),
    Case("source-organization", ORG, {"StringEquals": {"aws:SourceOrgID": OURS}}),
    Case("source-organization-foreign", OUTSIDER, {"StringEquals": {"aws:SourceOrgID": FOREIGN_ORGANIZATION}}),
    Case("source-arn", ACCOUNT, {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{MEMBER}:t"}}),
    Case("source-arn-foreign", OUTSIDER, {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{FOREIGN}:t"}}),
    Case("source-arn-any", EVERYONE, {"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*:t"}}),
]  # fmt: skip


def _listed() -> Iterator[Case]:
    for key, values in VALUES.items():
        for number, (value, side) in enumerate(values):
            name = f"{key.rpartition(':')[2].lower()}-{number}"
            yield Case(f"{name}-allowed", side, {"StringLike": {key: value}})
            yield Case(f"{name}-not-denied", side, deny=({"StringNotLike": {key: value}},))
    for number, (value, side) in enumerate(PATHS):
        yield Case(f"paths-{number}-allowed", side, {"ForAnyValue:StringLike": {ORG_PATHS: value}})
        yield Case(f"paths-{number}-not-denied", side, deny=({"ForAllValues:StringNotLike": {ORG_PATHS: value}},))
    for operator, side in OPERATORS:
        yield Case(f"operator-{operator.replace(':', '-')}", side, {operator: equals()})
    for operator, side in DENYING:
        yield Case(f"denying-{operator.replace(':', '-')}", side, deny=({operator: equals()},))
    yield from MORE


CASES = list(_listed())
