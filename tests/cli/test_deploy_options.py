"""The options of `iamsql deploy` become a deployment."""

from __future__ import annotations

import json
from pathlib import Path

from iamsql.automation.deploy import Deployment, template_text
from tests.automation.deploy.lint import EXTERNAL_ID, SLACK
from tests.cli.commands import deploy


def test_secrets_and_the_configuration_are_in_the_template(tmp_path: Path) -> None:
    path = tmp_path / "iamsql.toml"
    path.write_text('[sync]\nroles = ["iamsql-audit"]\n')
    arguments = ["--secret", f"IAMSQL_EXTERNAL_ID={EXTERNAL_ID}", "--secret", f"SLACK={SLACK}", "--config", str(path)]
    deployment = Deployment(secrets={"IAMSQL_EXTERNAL_ID": EXTERNAL_ID, "SLACK": SLACK}, configuration=path.read_text())
    for kind in ("fargate", "lambda"):
        assert deploy(kind, *arguments).stdout == template_text(kind, deployment)


def test_the_targets_of_notifications_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "iamsql.toml"
    path.write_text('[notify]\nto = ["sns:arn:aws:sns:eu-west-1:111122223333:findings", "slack:ssm:/iamsql/slack"]\n')
    result = deploy("fargate", "--config", str(path), "--to", "eventbridge:security", "--output", "json")
    assert result.exit_code == 0, result.stderr
    roles = json.loads(result.stdout)["Resources"]
    [policy] = roles["RunnerRole"]["Properties"]["Policies"]
    actions = {str(each["Action"]) for each in policy["PolicyDocument"]["Statement"]}
    assert {"sns:Publish", "ssm:GetParameter", "events:PutEvents"} <= actions
    plain = json.loads(deploy("fargate", "--output", "json").stdout)["Resources"]["RunnerRole"]["Properties"][
        "Policies"
    ]
    assert "sns:Publish" not in json.dumps(plain)
    wrong = deploy("fargate", "--to", "slak")
    assert wrong.exit_code == 2 and "did you mean slack" in wrong.stderr
