"""The templates of the roles are valid, have the policies of `iamsql role`, and trust the right principal only."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy import policies as deploy_policies
from iamsql.automation.deploy.stackset import MAX_TEMPLATE_BODY_BYTES, member_template, stackset_template
from iamsql.model import IamsqlError
from iamsql.tables.required_policies import policy, trust_policy
from tests.automation.deploy.evaluation import ACCOUNT, Template, statements
from tests.automation.deploy.lint import EVERY_TARGET, FULL, problems

AUDITOR = "arn:aws:iam::222233334444:role/auditor"
KEYS = [name for name in FULL if name not in ("secrets", "configuration", "statements")]
COMBINATIONS = [
    dict(zip(selected, (FULL[name] for name in selected), strict=True))
    for size in range(len(KEYS) + 1)
    for selected in itertools.combinations(KEYS, size)
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stackset", "fargate", pytest.param("lambda", marks=pytest.mark.slow)])
def test_cfn_lint_reports_nothing(kind: str) -> None:
    assert problems(kind, Deployment(**EVERY_TARGET)) == []


@pytest.mark.slow
def test_cfn_lint_reports_nothing_for_any_combination_of_options() -> None:
    assert len(COMBINATIONS) == 64
    for options in COMBINATIONS:
        assert problems("member", Deployment(**options)) == [], options
        if len(options) < 2:
            assert problems("stackset", Deployment(**options), "json") == [], options
    for name in FULL:
        for kind in ("fargate", "lambda"):
            assert problems(kind, Deployment(**{name: FULL[name]}), "json") == [], name
    assert problems("lambda", Deployment(is_image=True)) == []


def member(deployment: Deployment, **values: str) -> Template:
    return Template(member_template(deployment), **({"Principal": AUDITOR} | values))


@pytest.mark.parametrize("options", [{}, {"is_minimal": True}, {"tables": ("aws_iam_user",)}, {"tables": ("all",)}])
def test_the_role_has_the_policy_of_iamsql_role(options: dict[str, Any]) -> None:
    role = member(Deployment(**options)).properties("AuditRole")
    expected = policy("member", options.get("tables", ()), minimal=options.get("is_minimal", False))
    assert [item["PolicyDocument"] for item in role["Policies"]] == [expected]
    assert role["RoleName"] == "iamsql-audit"


def test_the_role_trusts_the_principal_and_nobody_else() -> None:
    role = member(Deployment(external_id="acme-7f3a", organization="o-ab12cd34ef")).properties("AuditRole")
    assert role["AssumeRolePolicyDocument"] == trust_policy(AUDITOR, "acme-7f3a", "o-ab12cd34ef")
    plain = member(Deployment()).properties("AuditRole")["AssumeRolePolicyDocument"]
    assert plain == trust_policy(AUDITOR)
    [statement] = plain["Statement"]
    assert statement["Principal"] == {"AWS": AUDITOR}
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}


def test_the_principal_must_be_given_unless_an_option_names_it() -> None:
    [plain] = member_template(Deployment())["Parameters"].values()
    assert "Default" not in plain
    with_principal = Deployment(principal=AUDITOR)
    assert Template(member_template(with_principal)).properties("AuditRole")[
        "AssumeRolePolicyDocument"
    ] == trust_policy(AUDITOR)


def test_the_role_of_security_hub_can_only_import_findings_into_its_account() -> None:
    assert "SecurityHubRole" not in member_template(Deployment())["Resources"]
    role = member(Deployment(has_securityhub=True, external_id="acme-7f3a")).properties("SecurityHubRole")
    [statement] = statements(role)
    assert statement["Action"] == "securityhub:BatchImportFindings"
    assert statement["Resource"] == f"arn:aws:securityhub:*:{ACCOUNT}:product/{ACCOUNT}/default"
    assert role["AssumeRolePolicyDocument"] == trust_policy(AUDITOR, "acme-7f3a")


# -- the stack set ---------------------------------------------------------------------------------------------------------


def stackset(**values: Any) -> Template:
    parameters = {"Principal": AUDITOR, "OrganizationalUnits": ["r-ab12"]} | values
    return Template(stackset_template(Deployment(has_securityhub=True)), **parameters)


def test_the_stack_set_deploys_the_member_template_to_the_units() -> None:
    item = stackset().properties("Roles")
    assert json.loads(item["TemplateBody"]) == member_template(Deployment(has_securityhub=True))
    assert item["PermissionModel"] == "SERVICE_MANAGED" and item["AutoDeployment"]["Enabled"] is True
    assert item["ManagedExecution"] == {"Active": True} and "CallAs" not in item
    [group] = item["StackInstancesGroup"]
    assert group["DeploymentTargets"] == {"OrganizationalUnitIds": ["r-ab12"]} and len(group["Regions"]) == 1
    assert item["Parameters"] == [{"ParameterKey": "Principal", "ParameterValue": AUDITOR}]


def test_the_management_account_has_the_roles_and_the_account_of_a_delegated_administrator_has_not() -> None:
    # The stack set deploys to the account of a delegated administrator, and a second role of the name would fail.
    assert {"AuditRole", "SecurityHubRole"} <= set(stackset().resources())
    delegated = stackset(CallAs="DELEGATED_ADMIN")
    assert {name for name in delegated.resources() if name.endswith("Role")} == set()
    assert delegated.properties("Roles")["CallAs"] == "DELEGATED_ADMIN"


def test_the_policy_of_the_credentials_reads_the_organization_and_its_own_account() -> None:
    document = stackset().properties("RunnerPolicy1")["PolicyDocument"]
    expected = [*policy("management")["Statement"], *policy("member")["Statement"]]
    assert document["Statement"] == expected
    assert deploy_policies.document_length(document) <= deploy_policies.MAX_MANAGED_CHARACTERS


def test_a_template_that_is_too_long_for_a_stack_set_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(json.dumps(member_template(Deployment(**FULL)))) < MAX_TEMPLATE_BODY_BYTES
    monkeypatch.setattr("iamsql.automation.deploy.stackset.MAX_TEMPLATE_BODY_BYTES", 1000)
    with pytest.raises(IamsqlError, match="more than 1000 bytes"):
        stackset_template(Deployment())
