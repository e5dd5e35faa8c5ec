"""The roles of the Terraform module."""

from __future__ import annotations

import re

from iamsql.automation.deploy import Deployment, terraform_files
from iamsql.tables.required_policies import policy
from tests.automation.deploy.lint import FULL
from tests.automation.deploy.terraform_text import whole


def test_the_module_has_the_actions_of_the_policies() -> None:
    text = whole(terraform_files(Deployment()))
    for kind in ("member", "management"):
        for statement in policy(kind)["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert f'"{action}"' in text, action
    assert "iam:ListUsers" not in whole(terraform_files(Deployment(tables=("aws_account_contact",))))


def test_the_principal_is_the_runner_unless_an_option_names_another() -> None:
    plain = terraform_files(Deployment())
    assert "coalesce(var.principal, aws_iam_role.runner.arn)" in plain["main.tf"]
    [variable] = re.findall(r'variable "principal" \{.*?^\}', plain["variables.tf"], re.MULTILINE | re.DOTALL)
    assert "default     = null" in variable
    assert FULL["principal"] in terraform_files(Deployment(**FULL))["variables.tf"]
