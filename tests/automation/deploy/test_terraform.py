"""The Terraform module: it parses, refers only to what it declares, and has the policies of the other templates.

The attributes of resources cannot be validated without the provider, which is not available here.
"""

from __future__ import annotations

import io
import re
from typing import Any

import hcl2
import pytest

from iamsql.automation.deploy import Deployment, terraform_files
from iamsql.tables.required_policies import policy
from tests.automation.deploy.lint import FULL

REFERENCE = re.compile(r"\b(?:data\.)?(aws_[a-z0-9_]+)\.([a-z0-9_]+)")
DECLARATION = re.compile(r'^(?:resource|data) "(aws_[a-z0-9_]+)" "([a-z0-9_]+)"', re.MULTILINE)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Return the files of a module with every option."""
    return terraform_files(Deployment(**FULL))


@pytest.mark.slow
def test_each_file_parses(files: dict[str, str]) -> None:
    assert set(files) == {"main.tf", "variables.tf", "outputs.tf", "versions.tf"}
    for name in ("variables.tf", "outputs.tf", "versions.tf"):
        assert hcl2.load(io.StringIO(files[name]))


@pytest.mark.slow
def test_the_main_file_parses() -> None:
    for options in ({}, FULL):
        parsed: dict[str, Any] = hcl2.load(io.StringIO(terraform_files(Deployment(**options))["main.tf"]))
        assert len(parsed["resource"]) >= 40


def test_each_reference_has_a_declaration(files: dict[str, str]) -> None:
    declared = set(DECLARATION.findall(files["main.tf"]))
    text = files["main.tf"] + files["outputs.tf"]
    used = set(REFERENCE.findall(DECLARATION.sub("", text)))
    assert used - declared == set() and len(used) >= 15
    variables = set(re.findall(r'^variable "([a-z_]+)"', files["variables.tf"], re.MULTILINE))
    assert set(re.findall(r"\bvar\.([a-z_]+)", text)) == variables


def test_no_resource_is_declared_twice(files: dict[str, str]) -> None:
    declared = DECLARATION.findall(files["main.tf"])
    assert len(declared) == len(set(declared))


def test_the_module_has_the_actions_of_the_policies() -> None:
    text = terraform_files(Deployment())["main.tf"]
    for kind in ("member", "management"):
        for statement in policy(kind)["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert f'"{action}"' in text, action
    assert "iam:ListUsers" not in terraform_files(Deployment(tables=("aws_account_contact",)))["main.tf"]


def test_policy_variables_and_placeholders_are_resolved(files: dict[str, str]) -> None:
    assert "$${aws:ResourceOrgID}" not in files["main.tf"], "the full deployment names its organization"
    plain = terraform_files(Deployment())["main.tf"]
    assert "$${aws:ResourceOrgID}" in plain and "$${aws:PrincipalOrgID}" in plain
    assert not re.search(r"(?<!\$)\$\{aws:", plain)
    assert not re.search(r"<[A-Z][A-Za-z]+>", plain)


def test_a_configuration_is_not_interpolated() -> None:
    text = terraform_files(Deployment(configuration='a = "${file("/etc/passwd")}"\n'))["main.tf"]
    assert "$${file(" in text


def test_the_principal_is_the_runner_unless_an_option_names_another() -> None:
    plain = terraform_files(Deployment())
    assert "coalesce(var.principal, aws_iam_role.runner.arn)" in plain["main.tf"]
    [variable] = re.findall(r'variable "principal" \{.*?^\}', plain["variables.tf"], re.MULTILINE | re.DOTALL)
    assert "default     = null" in variable
    assert FULL["principal"] in terraform_files(Deployment(**FULL))["variables.tf"]
