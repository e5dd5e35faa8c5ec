"""Options select the permissions and the trust of a role."""

from __future__ import annotations

from iamsql.automation.deploy import Deployment, template_text
from tests.cli.commands import deploy


def test_the_options_of_the_role_select_its_permissions_and_its_trust() -> None:
    arguments = ["--member", "--table", "aws_iam_user", "--minimal", "--external-id", "acme-7f3a", "--securityhub"]
    more = ["--principal", "arn:aws:iam::111122223333:role/auditor", "--organization", "o-ab12cd34ef"]
    deployment = Deployment(
        tables=("aws_iam_user",),
        is_minimal=True,
        principal="arn:aws:iam::111122223333:role/auditor",
        external_id="acme-7f3a",
        organization="o-ab12cd34ef",
        has_securityhub=True,
    )
    assert deploy("stackset", *arguments, *more).stdout == template_text("member", deployment)
