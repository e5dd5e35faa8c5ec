"""The accounts of the made-up organization and what is peculiar to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from iamsql.demo import cast, oddities, papers
from iamsql.demo.people import Key, Password, Role, Root, Site

EXTERNAL_ID = "acme-audit"
AUDIT, ACCESS = "iamsql-audit", "OrganizationAccountAccessRole"
REPORT = frozenset({"GenerateCredentialReport", "GetCredentialReport"})
MADRID = frozenset({"eu-south-2"})
STRICT = (
    ("MinimumPasswordLength", 14),
    ("RequireSymbols", True),
    ("RequireNumbers", True),
    ("RequireUppercaseCharacters", True),
    ("RequireLowercaseCharacters", True),
    ("AllowUsersToChangePassword", True),
    ("ExpirePasswords", True),
    ("MaxPasswordAge", 90),
    ("PasswordReusePrevention", 24),
    ("HardExpiry", False),
)
LOOSE = (
    ("MinimumPasswordLength", 8),
    ("RequireSymbols", False),
    ("RequireNumbers", True),
    ("RequireUppercaseCharacters", False),
    ("RequireLowercaseCharacters", True),
    ("AllowUsersToChangePassword", True),
    ("ExpirePasswords", False),
)
LOCKING = (
    *LOOSE,
    ("AllowUsersToChangePassword", False),
    ("ExpirePasswords", True),
    ("MaxPasswordAge", 180),
    ("HardExpiry", True),
)
JOINED = Site.joined
PROD, TEST = ("Workloads", "Prod"), ("Workloads", "Test")
SANDBOX = (*TEST, "Sandbox")
HOSTILE_NAME = "\"Quoted\", '=1+1'\n<script>alert(1)</script>\x1b[31m ../../etc"
OWNED_BY_SECURITY = (("owner", "security"),)
NO_ROOT = Root(password=None, mfa="")
SSO = Role(
    "AWSReservedSSO_Auditor_0123456789abcdef",
    700,
    papers.trust(
        {"Federated": f"arn:aws:iam::{papers.MANAGEMENT}:saml-provider/AWSSSO"}, action="sts:AssumeRoleWithSAML"
    ),
    path="/aws-reserved/sso.amazonaws.com/",
    used=1,
    attached=("aws/SecurityAudit",),
)
READER = Role("org-reader", 300, papers.FROM_MANAGEMENT, used=1, attached=("aws/AWSOrganizationsReadOnlyAccess",))


def site(account_id: str, name: str, units: tuple[str, ...], people: Sequence[Any], **more: Any) -> Site:
    """Make an account with the groups, roles and policies that all have; only its own doors are among its roles."""
    doors = more.setdefault("doors", (AUDIT,))
    roles = tuple(role for role in cast.ROLES if role.name not in (AUDIT, ACCESS) or role.name in doors)
    plain = {"groups": cast.STAFF, "policies": cast.POLICIES, "password_policy": STRICT, "aliases": (f"acme-{name}",)}
    whole: dict[str, Any] = plain | more
    whole["roles"] = (*roles, *whole.get("roles", ()))
    for kind in ("groups", "roles", "policies"):
        whole[kind] = tuple(replace(one, age=min(one.age, whole.get("joined", JOINED) - 1)) for one in whole[kind])
    whole.setdefault("email", f"aws+{name}@example.com")
    return Site(account_id, name, units=units, users=tuple(people), **whole)


def bare(account_id: str, name: str, units: tuple[str, ...], state: str, joined: int) -> Site:
    """Make an account that nobody enters."""
    email = f"aws+{name}@example.com"
    return Site(account_id, name, units=units, state=state, doors=(), email=email, joined=joined)


def core() -> list[Site]:
    """Make the management account and those that serve the others."""
    return [
        site(
            papers.MANAGEMENT,
            "acme-management",
            (),
            cast.MANAGEMENT,
            doors=("org-reader",),
            roles=(SSO, READER),
            root=Root(Password(1500, 75), mfa="hardware", sign_ins=((75, True),)),
            joined=1600,
            gone=(("DeleteUser", "former.cto", 12), ("DeleteLoginProfile", "former.cto", 13)),
        ),
        site("222233334444", "log-archive", ("Security",), cast.LOGS, roles=oddities.KEEPERS, tags=OWNED_BY_SECURITY),
        site(
            "333344445555",
            "security-tooling",
            ("Security",),
            cast.TOOLS,
            root=NO_ROOT,
            administers=("guardduty.amazonaws.com", "iam.amazonaws.com"),
            roles=(READER,),
            doors=(AUDIT, "org-reader"),
            spare_devices=2,
        ),
        site(
            "012345678901",
            "network",
            ("Infrastructure",),
            cast.NETWORK,
            root=Root(Password(1000, 40), mfa="", sign_ins=((40, True), (41, False), (41, False))),
            opted=MADRID,
            password_policy=(),
            aliases=(),
        ),
        site(
            "444455556666",
            "shared-services",
            ("Infrastructure",),
            cast.SHARED,
            doors=(ACCESS,),
            roles=(*cast.PARTNERS[:2], *oddities.FEDERATED),
            password_policy=LOOSE,
        ),
    ]


def production() -> list[Site]:
    """Make the accounts that customers depend on."""
    return [
        site(
            "555566667777",
            "payments-prod",
            PROD,
            cast.PAYMENTS,
            root=Root(
                Password(1100, 9),
                keys=(Key(800, 15, "s3"),),
                summary_keys=1,
                sign_ins=((9, True), (30, False), (70, True)),
            ),
            roles=cast.PARTNERS,
            spare_devices=1,
            tags=(("owner", "payments"), ("pci", "yes")),
            gone=(
                ("DeleteAccessKey", "checkout", 4),
                ("DeleteUser", "old-gateway", 60),
                ("DeleteAccessKey", "old-gateway", 61),
            ),
        ),
        site(
            "666677778888",
            "web-prod",
            PROD,
            cast.WEB,
            root=Root(
                Password(1000),
                keys=(Key(950, 940, "ec2", "us-east-1", active=False),),
                summary_keys=1,
                style="not_supported",
            ),
            roles=(*cast.PARTNERS[2:3], *oddities.PIPELINES),
            policies=(*cast.POLICIES, *oddities.POLICIES),
            denies=frozenset({"ListRegions", "GetAlternateContact", "ListSSHPublicKeys", "GetServerCertificate"}),
            extra_column="access_key_1_note",
            gone=(
                ("CreateUser", "service:support-session", 22),
                ("DeleteLoginProfile", "deploy", 21),
                ("DeleteUser", "support-session", 20),
            ),
        ),
        site("777788889999", "data-prod", PROD, cast.DATA, denies=REPORT, password_policy=LOOSE, opted=MADRID),
        site("131313131313", "greenfield", PROD, cast.GREEN, root=NO_ROOT, joined=59),
    ]


def trials() -> list[Site]:
    """Make the accounts for tests, and those that cannot be read."""
    return [
        site(
            "888899990000",
            "payments-test",
            TEST,
            cast.PAYMENTS_TEST,
            doors=(AUDIT, ACCESS),
            external_id=EXTERNAL_ID,
            denies=frozenset({"GetAccountAuthorizationDetails"}),
            roles=oddities.BATCH,
            root=Root(Password(600), mfa="", sign_ins=((3, False), (3, False))),
        ),
        site("999900001111", "web-test", TEST, cast.LOCKED, doors=()),
        site(
            "101010101010",
            "sandbox-alice",
            SANDBOX,
            cast.ALICE,
            password_policy=LOCKING,
            tags=(("note", '=1+"<b>'),),
            denies_in=frozenset({("LookupEvents", "ap-southeast-2")}),
        ),
        site(
            "121212121212",
            HOSTILE_NAME,
            SANDBOX,
            cast.HOSTILE,
            denies=frozenset({"LookupEvents"}),
            email="aws+hostile@example.com",
            aliases=("acme-hostile",),
            roles=oddities.FORGOTTEN,
            root=Root(Password(300, 2), mfa="virtual", keys=(Key(250, 200, "iam"), Key(20)), summary_keys=1),
        ),
        bare("141414141414", "acquired-2021", ("Suspended",), "SUSPENDED", 1500),
        bare("151515151515", "poc-closed", ("Infrastructure",), "CLOSED", 400),
        bare("161616161616", "just-invited", (), "PENDING_ACTIVATION", 1),
    ]


def sites() -> list[Site]:
    """List all accounts, as Organizations does."""
    return [*core(), *production(), *trials()]
