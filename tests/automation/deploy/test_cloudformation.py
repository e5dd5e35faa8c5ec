"""A role's policies are inline if they fit and managed otherwise; templates are written as YAML and JSON."""

from __future__ import annotations

import json

import pytest
import yaml

from iamsql.automation.deploy import TEMPLATES, Deployment, template_text
from iamsql.automation.deploy.cloudformation import role
from iamsql.automation.deploy.policies import MAX_MANAGED_CHARACTERS, document_length
from iamsql.tables.required_policies import allow_statement, document
from tests.automation.deploy.lint import FULL

TRUST = document(allow_statement("sts:AssumeRole"))
MANY = sorted(f"iam:GetSomethingThatHasANameOfSomeLength{number:04}" for number in range(400))


@pytest.mark.parametrize("kind", list(TEMPLATES))
def test_yaml_and_json_have_the_same_content(kind: str) -> None:
    text = template_text(kind, Deployment(**FULL))
    assert yaml.safe_load(text) == json.loads(template_text(kind, Deployment(**FULL), "json"))
    assert "&id" not in text and "*id" not in text  # YAML anchors, which reviewers have to resolve


@pytest.mark.parametrize("kind", list(TEMPLATES))
def test_a_template_is_ascii(kind: str) -> None:
    # CloudFormation replaces other characters of descriptions by question marks.
    assert template_text(kind, Deployment(**FULL)).isascii()


def test_a_text_of_several_lines_is_a_block() -> None:
    text = template_text("fargate", Deployment(configuration='[run]\nkeep = "30"\n'))
    assert "Value: |\n        [run]\n        keep" in text


def test_policies_that_fit_are_inline() -> None:
    resources = role("Reader", "reader", TRUST, {"read": document(allow_statement(MANY[:10]))}, "Reads.")
    assert list(resources) == ["Reader"]
    [policy] = resources["Reader"]["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Statement"][0]["Action"] == MANY[:10]


def test_policies_that_do_not_fit_are_managed_and_attached_to_the_role() -> None:
    resources = role("Reader", "", TRUST, {"read": document(allow_statement(MANY))}, "Reads.")
    assert "Policies" not in resources["Reader"]["Properties"] and "RoleName" not in resources["Reader"]["Properties"]
    managed = [resource["Properties"] for name, resource in resources.items() if name != "Reader"]
    assert len(managed) > 2
    assert all(properties["Roles"] == [{"Ref": "Reader"}] for properties in managed)
    assert all(document_length(properties["PolicyDocument"]) <= MAX_MANAGED_CHARACTERS for properties in managed)
    actions = [action for properties in managed for action in properties["PolicyDocument"]["Statement"][0]["Action"]]
    assert actions == MANY
