"""Who works in the made-up organization: users, groups, roles and policies, each there for a question that is asked.

Ages are days before the room's day; limits that queries know (45, 90) are passed by a few days on either side.
"""

from __future__ import annotations

from iamsql.demo import papers
from iamsql.demo.people import Group, Key, Password, Policy, Role, ServiceKey, User

BOUNDED = (("boundary-required", "yes"),)
STAFF = (
    Group("admins", 1100, attached=("aws/AdministratorAccess",)),
    Group(
        "developers", 1090, path="/teams/build/", attached=("bucket-writers",), inline=(("own-keys", papers.OWN_KEYS),)
    ),
    Group("auditors", 800, path="/teams/", attached=("aws/SecurityAudit",)),
    Group("empty-handed", 300),
)
POLICIES = (
    Policy("bucket-writers", 1000, (papers.READ_BUCKETS, papers.WRITE_BUCKETS), about="Buckets of the data team"),
    Policy("everything", 700, (papers.READ_BUCKETS, papers.DECRYPT, papers.ADMIN), default=3, path="/old/"),
    Policy("pass-any-role", 400, (papers.PASS_ANY,)),
    Policy("limits", 600, (papers.LIMIT,), path="/boundaries/", about="A boundary for machine users"),
    Policy("rolled-back", 350, (papers.READ_BUCKETS, papers.ADMIN), default=1),
)
ROLES = (
    Role("iamsql-audit", 500, papers.FROM_MANAGEMENT, used=1, attached=("aws/SecurityAudit",), about="Read by iamsql"),
    Role("OrganizationAccountAccessRole", 900, papers.FROM_MANAGEMENT, attached=("aws/AdministratorAccess",)),
    Role(
        "AWSServiceRoleForSupport",
        900,
        papers.service("support"),
        path="/aws-service-role/support.amazonaws.com/",
        attached=("aws/aws-service-role/AWSSupportServiceRolePolicy",),
    ),
    Role("operations", 900, papers.FROM_MANAGEMENT, used=4, attached=("aws/PowerUserAccess",)),
    Role("app-server", 450, papers.service("ec2"), used=3, attached=("bucket-writers",), boundary="limits"),
)
PARTNERS = (
    Role(
        "vendor-scanner",
        640,
        papers.FROM_VENDOR,
        used=12,
        attached=("aws/ReadOnlyAccess",),
        tags=(("vendor", "scanly"),),
    ),
    Role("open-to-the-organization", 210, papers.FROM_ANYONE, inline=(("decrypt", papers.DECRYPT),)),
    Role("github-deploy", 120, papers.FROM_GITHUB, used=2, path="/ci/", attached=("pass-any-role",)),
    Role("left-behind", 1200, papers.service("lambda"), about='<script>alert("role")</script>'),
)
MANAGEMENT = (
    User("break-glass", 1400, password=Password(380, 200), mfa="hardware", groups=("admins",)),
    User(
        "billing.export", 1000, path="/machines/", keys=(Key(95, 1, "s3", "us-east-1"),), attached=("bucket-writers",)
    ),
    User("carla.ops", 700, password=Password(60, 1), mfa="passkey", groups=("admins", "auditors")),
    User("diego.audit", 260, password=Password(120, 8), mfa="virtual", groups=("auditors",)),
    User("terraform", 1300, path="/machines/", keys=(Key(400, 2, "sts"), Key(20, 1, "sts")), groups=("admins",)),
)
LOGS = (
    User(
        "log-shipper",
        800,
        path="/machines/",
        keys=(Key(89, 1, "firehose", "eu-west-1"),),
        boundary="limits",
        tags=BOUNDED,
    ),
    User("log-reader", 620, keys=(Key(91, 46, "athena", "eu-west-1"),), attached=("aws/job-function/ViewOnlyAccess",)),
)
TOOLS = (
    User("scanner", 500, path="/machines/security/", keys=(Key(44, None),), attached=("aws/SecurityAudit",)),
    User("sofia.sec", 480, password=Password(200, 44), mfa="phone", groups=("auditors",)),
    User(
        "siem",
        470,
        keys=(Key(300, 3, "cloudtrail", "us-east-1"), Key(300, 60, "cloudtrail", "us-west-2", active=False)),
    ),
)
NETWORK = (
    User("vpn-admin", 950, password=Password(900, 130), groups=("admins",)),
    User("router", 940, path="/machines/", keys=(Key(700, None), Key(650, 90, "ec2", "eu-central-1", active=False))),
    User("flow-logs", 300, keys=(Key(45, 45, "logs", "eu-west-1"),), inline=(("stop-trail", papers.STOP_TRAIL),)),
)
SHARED = (
    User("artifactory", 640, path="/machines/", keys=(Key(180, 50, "ecr", "eu-west-1"),), tags=BOUNDED),
    User("git.mirror", 610, credentials=(ServiceKey("codecommit.amazonaws.com", 410),)),
    User(
        "marta.platform",
        600,
        password=Password(90, 3),
        mfa="virtual",
        keys=(Key(30, 2, "iam"),),
        groups=("developers",),
    ),
)
PAYMENTS = (
    User(
        "ana.torres",
        820,
        password=Password(150, 1),
        mfa="virtual",
        keys=(Key(120, 2, "dynamodb", "us-east-1"),),
        groups=("developers",),
    ),
    User("bruno", 780, password=Password(500, 300), keys=(Key(365, 200, "s3"),), groups=("admins",)),
    User(
        "checkout", 760, path="/machines/", keys=(Key(91, 0 + 1, "kms", "us-east-1"), Key(5, None)), boundary="limits"
    ),
    User("intern-2024", 650, password=Password(640, None), tags=(("until", "2025-01-31"),)),
    User("ledger", 1900, path="/machines/", keys=(Key(1890, 1, "sqs", "us-east-1"),), attached=("everything",)),
    User(
        "pos-terminal",
        420,
        keys=(Key(410, 44, "iot", "us-east-1", active=False),),
        inline=(("decrypt", papers.DECRYPT),),
    ),
    User("refunds", 33, path="/machines/", keys=(Key(33, None),)),
    User("twins", 330, keys=(Key(330, 10, "s3", clock="twins"), Key(330, 70, "ses", "us-east-1", clock="twins"))),
    User("zoe.late", 0, password=Password(0, None), keys=(Key(0, None),), after_report=True),
)
WEB = (
    User("cdn-purge", 310, keys=(Key(200, None), Key(100, 46, "cloudfront", "us-east-1"))),
    User(
        "deploy",
        900,
        path="/ci/",
        keys=(Key(89, 1, "sts", "us-east-1"), Key(400, 92, "s3", active=False, hidden=True)),
        attached=("pass-any-role",),
        inline=(("builds", papers.BUILDS),),
    ),
    User("hugo", 210, password=Password(210, None), groups=("developers",)),
    User(
        "irene",
        205,
        password=Password(45, 45),
        mfa="hardware",
        groups=("developers",),
        inline=(("help-desk", papers.HELP_DESK),),
    ),
    User(
        "seo-tool", 75, keys=(Key(75, 74, "s3"),), tags=(("note", '"><script>alert(1)</script>'), ("formula", "=1+1"))
    ),
)
DATA = (
    User("airflow", 560, path="/machines/", keys=(Key(250, 1, "glue", "eu-west-1"), Key(130, None))),
    User(
        "lucia",
        540,
        password=Password(70, 5),
        mfa="virtual",
        keys=(Key(88, 47, "athena", "eu-west-1"),),
        groups=("developers",),
    ),
    User(
        "notebook",
        130,
        keys=(Key(130, 120, "bedrock", "us-east-1"),),
        credentials=(ServiceKey("bedrock.amazonaws.com", 40, 30),),
    ),
    User("olga", 400, password=Password(400, None), keys=(Key(400, None, clock="olga"),)),
    User("pandas", 390, keys=(Key(390, 380, "s3", active=False),)),
)
PAYMENTS_TEST = (
    User("load-test", 240, keys=(Key(240, 239, "ec2", "us-east-1"),), attached=("pass-any-role",)),
    User("nico", 230, password=Password(100, 91), mfa="phone", groups=("developers",)),
    User("stub", 95, keys=(Key(95, None), Key(10, 1, "lambda", "us-east-1"))),
)
ALICE = (
    User(
        "=cmd,+@calc",
        160,
        password=Password(160, 10),
        keys=(Key(160, 100, "s3"),),
        attached=("aws/AdministratorAccess",),
    ),
    User("@SUM(1+1)".replace("(", "").replace(")", ""), 150, keys=(Key(150, None),)),
    User("alice", 190, password=Password(30, 2), mfa="virtual", groups=("admins",)),
    User(
        "bedrock-trial",
        61,
        credentials=(
            ServiceKey("bedrock.amazonaws.com", 61, -31),
            ServiceKey("codecommit.amazonaws.com", 60, active=False),
        ),
    ),
)
HOSTILE = (
    User("-minus", 140, keys=(Key(140, 46, "sns", "us-east-1"),)),
    User(
        "mallory",
        100,
        password=Password(100, 89),
        keys=(Key(100, 89, "s3"),),
        groups=("admins",),
        attached=("everything",),
    ),
)
GREEN = (
    User("ci-runner", 58, path="/machines/", keys=(Key(58, 1, "ecr", "us-east-1"),), attached=("bucket-writers",)),
    User("pilar", 56, password=Password(56, 4), mfa="passkey", groups=("developers",)),
)
LOCKED = (User("nobody-sees", 300, keys=(Key(300, 1, "s3"),)),)
