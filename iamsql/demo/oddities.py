"""Roles and policies of single accounts, most of which should not be as they are; beside each kind one that is well made."""

from __future__ import annotations

from iamsql.demo import papers
from iamsql.demo.people import Policy, Role

BOUNDED = (("boundary-required", "yes"),)
OWNED = (("owner", "platform"),)
POLICIES = (
    Policy("all-but-iam", 500, (papers.ALL_BUT_IAM,)),
    Policy("all-but-ledger", 420, (papers.ALL_BUT_LEDGER,)),
    Policy("trail-keeper", 610, (papers.TRAIL_KEEPER,)),
    Policy("any-role", 90, (papers.ANY_ROLE,), about="For operators who hop between accounts"),
    Policy("placeholder", 15, (papers.NOTHING,)),
)
KEEPERS = (
    Role("support", 880, papers.FROM_MANAGEMENT, used=70, attached=("aws/AWSSupportAccess",), tags=OWNED),
    Role("config-recorder", 870, papers.service("config"), used=0, inline=(("record", papers.RECORD),)),
    Role("trail-to-logs", 860, papers.FOR_THIS_ACCOUNT, used=0, tags=OWNED),
)
FEDERATED = (
    Role("okta-engineers", 690, papers.FROM_OKTA, used=1, attached=("aws/PowerUserAccess",), tags=OWNED),
    Role("adfs-operators", 1490, papers.FROM_ADFS, used=300, attached=("aws/job-function/ViewOnlyAccess",)),
)
PIPELINES = (
    Role("github-release", 110, papers.FROM_ONE_BRANCH, used=2, path="/ci/", attached=("bucket-writers",), tags=OWNED),
    Role("github-anyone", 100, papers.FROM_ALL_OF_GITHUB, path="/ci/", attached=("all-but-ledger",)),
    Role("build-runner", 240, papers.service("codebuild"), used=1, inline=(("all", papers.ADMIN),), tags=BOUNDED),
    Role("inventory", 330, papers.service("lambda"), used=6, attached=("aws/ReadOnlyAccess",), tags=OWNED),
)
BATCH = (Role("night-batch", 200, papers.service("ec2"), used=1, path="/batch/", attached=("bucket-writers",)),)
FORGOTTEN = (
    Role("legacy-share", 290, papers.FROM_EVERYONE, inline=(("decrypt", papers.DECRYPT),)),
    Role("adviser", 280, papers.FROM_ADVISER, used=150, attached=("aws/AdministratorAccess",)),
    Role("once-shared", 270, papers.FROM_THE_GONE, attached=("pass-any-role",)),
    Role(
        "workshop",
        20,
        papers.FROM_MANAGEMENT,
        attached=("aws/AWSCloudShellFullAccess",),
        boundary="everything",
        tags=(*BOUNDED, ("note", '"><script>alert(1)</script>')),
    ),
)
