"""The Terraform module: it parses, refers only to what it declares, and has the policies of the other templates.

The attributes of resources cannot be validated without the provider, which is not available here.
"""

from __future__ import annotations

import io
import json
import re
from typing import Any

import hcl2
import pytest

from iamsql.automation.deploy import Deployment, terraform_files
from iamsql.automation.deploy.alarms import (
    DAY_SECONDS,
    MAX_STALE_DAYS,
    METRIC_NAMESPACE,
    SUCCESS_FILTER_PATTERN,
    SUCCESS_METRIC_NAME,
    SUCCESSFUL_EXIT_CODES,
)
from iamsql.automation.deploy.fargate import CONFIGURATION_VARIABLE, CONTAINER_USER
from iamsql.automation.deploy.policies import RUNNER_ROLE
from iamsql.tables.required_policies import AUDIT_ROLE
from tests.automation.deploy.lint import FULL
from tests.automation.deploy.terraform_text import whole

REFERENCE = re.compile(r"\b(?:data\.)?(aws_[a-z0-9_]+)\.([a-z0-9_]+)")
LOCALS = re.compile(r"^locals \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
DECLARATION = re.compile(r'^(?:resource|data) "(aws_[a-z0-9_]+)" "([a-z0-9_]+)"', re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, FULL])
def test_each_file_parses(options: dict[str, Any]) -> None:
    parsed = {name: hcl2.load(io.StringIO(text)) for name, text in terraform_files(Deployment(**options)).items()}
    assert set(parsed) == {
        *("main.tf", "archive.tf", "task.tf", "alarms.tf", "policies.tf"),
        *("variables.tf", "outputs.tf", "versions.tf"),
    }
    assert sum(len(content.get("resource", [])) for content in parsed.values()) >= 40


def test_each_reference_has_a_declaration(files: dict[str, str]) -> None:
    text = whole(files)
    declared = set(DECLARATION.findall(text))
    used = set(REFERENCE.findall(DECLARATION.sub("", text)))
    assert used - declared == set() and len(used) >= 15
    variables = set(re.findall(r'^variable "([a-z_]+)"', files["variables.tf"], re.MULTILINE))
    assert set(re.findall(r"\bvar\.([a-z_]+)", text)) == variables
    local_values = {name for block in LOCALS.findall(text) for name in re.findall(r"^  (\w+) +=", block, re.MULTILINE)}
    assert set(re.findall(r"\blocal\.([a-z_]+)", text)) == local_values


def test_the_files_of_the_module_have_the_values_of_the_cloudformation_templates(files: dict[str, str]) -> None:
    for name, value in (
        ("task.tf", f'= "{CONTAINER_USER}"'),
        ("task.tf", f'"{CONFIGURATION_VARIABLE}"'),
        ("main.tf", f'= "{AUDIT_ROLE}"'),
        ("alarms.tf", f'= "{METRIC_NAMESPACE}"'),
        ("alarms.tf", f'= "{SUCCESS_METRIC_NAME}-${{var.name}}"'),
        ("alarms.tf", "= " + json.dumps(SUCCESS_FILTER_PATTERN)),
        ("alarms.tf", f"anything-but = {SUCCESSFUL_EXIT_CODES}"),
        ("alarms.tf", f"= {14 * DAY_SECONDS}\n"),
        ("variables.tf", f'= "{RUNNER_ROLE}"'),
        ("variables.tf", f"var.stale_days <= {MAX_STALE_DAYS}\n"),
    ):
        assert value in files[name], value


def test_secrets_and_the_script_reach_the_task(files: dict[str, str]) -> None:
    assert "local.secrets" in files["task.tf"] and "[local.script]" in files["task.tf"]
    for name, arn in FULL["secrets"].items():
        assert re.search(rf'name += "{name}"\n +valueFrom = "{re.escape(arn)}"', files["policies.tf"])
    assert "exec iamsql run --archive" in files["policies.tf"]


def test_no_resource_is_declared_twice(files: dict[str, str]) -> None:
    declared = DECLARATION.findall(whole(files))
    assert len(declared) == len(set(declared))


def test_policy_variables_and_placeholders_are_resolved(files: dict[str, str]) -> None:
    assert "$${aws:ResourceOrgID}" not in whole(files), "the full deployment names its organization"
    plain = whole(terraform_files(Deployment()))
    assert "$${aws:ResourceOrgID}" in plain and "$${aws:PrincipalOrgID}" in plain
    assert not re.search(r"(?<!\$)\$\{aws:", plain)
    assert not re.search(r"<[A-Z][A-Za-z]+>", plain)


def test_a_configuration_is_not_interpolated() -> None:
    text = terraform_files(Deployment(configuration='a = "${file("/etc/passwd")}"\n'))["policies.tf"]
    assert "$${file(" in text
