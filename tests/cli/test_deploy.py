"""`iamsql deploy` prints templates on stdout and the next step on stderr, or writes files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from iamsql import cli
from iamsql.automation.deploy import Deployment, template_text, terraform_files
from iamsql.automation.deploy.bundle import Bundle
from tests.automation.deploy.lint import EXTERNAL_ID, SLACK
from tests.minimal_run import make_run


def deploy(*words: str, runs: Path = Path("/nowhere")) -> Result:
    return CliRunner().invoke(cli.main, ["deploy", *words], env={"IAMSQL_RUNS": str(runs)})


@pytest.mark.parametrize("kind", ["stackset", "fargate", "lambda"])
def test_a_template_is_printed_as_yaml_and_as_json(kind: str) -> None:
    done = deploy(kind)
    assert done.exit_code == 0 and done.stdout == template_text(kind, Deployment())
    assert json.loads(deploy(kind, "--output", "json").stdout) == yaml.safe_load(done.stdout)
    assert "aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM" in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_the_options_of_the_role_select_its_permissions_and_its_trust() -> None:
    words = ["--member", "--table", "aws_iam_user", "--minimal", "--external-id", "acme-7f3a", "--securityhub"]
    more = ["--principal", "arn:aws:iam::111122223333:role/auditor", "--organization", "o-ab12cd34ef"]
    deployment = Deployment(
        tables=("aws_iam_user",),
        is_minimal=True,
        principal="arn:aws:iam::111122223333:role/auditor",
        external_id="acme-7f3a",
        organization="o-ab12cd34ef",
        has_securityhub=True,
    )
    assert deploy("stackset", *words, *more).stdout == template_text("member", deployment)


@pytest.mark.parametrize(("options", "known"), [("{}", True), ('{"demo": true}', False), ('{"import": true}', False)])
def test_trust_policies_name_the_organization_of_the_newest_run(tmp_path: Path, options: str, known: bool) -> None:
    statements = (f"update iamsql.run set organization_id = 'o-ab12cd34ef', options = '{options}'",)
    make_run(tmp_path / "20260301T100000Z-o-ab12cd34ef.duckdb", statements=statements)
    for words in (["stackset", "--output", "json"], ["stackset", "--member"], ["terraform"]):
        done = deploy(*words, runs=tmp_path)
        assert ("o-ab12cd34ef" in done.stdout) == known
        assert ("aws:ResourceOrgID}" in done.stdout.replace('aws:ResourceOrgID": "$', "")) != known or words == [
            "terraform"
        ]
        assert ("organization o-ab12cd34ef of run 20260301T100000Z" in done.stderr) == known
        assert ("because no run has its ID" in done.stderr) != known
    named = deploy("stackset", "--organization", "o-zz99zz99zz", runs=tmp_path)
    assert "o-zz99zz99zz" in named.stdout and "o-ab12cd34ef" not in named.stdout + named.stderr


def test_a_template_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "fargate.yaml"
    done = deploy("fargate", "--out", str(path))
    assert done.stdout == "" and path.read_text() == template_text("fargate", Deployment())
    assert f"--template-file {path}" in done.stderr


def test_secrets_and_the_configuration_are_in_the_template(tmp_path: Path) -> None:
    path = tmp_path / "iamsql.toml"
    path.write_text('[sync]\nroles = ["iamsql-audit"]\n')
    words = ["--secret", f"IAMSQL_EXTERNAL_ID={EXTERNAL_ID}", "--secret", f"SLACK={SLACK}", "--config", str(path)]
    deployment = Deployment(secrets={"IAMSQL_EXTERNAL_ID": EXTERNAL_ID, "SLACK": SLACK}, configuration=path.read_text())
    for kind in ("fargate", "lambda"):
        assert deploy(kind, *words).stdout == template_text(kind, deployment)


def test_a_module_is_printed_or_written_to_a_folder(tmp_path: Path) -> None:
    files = terraform_files(Deployment())
    printed = deploy("terraform")
    assert all(f"# {name}\n\n{text}" in printed.stdout for name, text in files.items())
    folder = tmp_path / "module"
    done = deploy("terraform", "--out", str(folder))
    assert done.stdout == "" and "terraform init" in done.stderr
    assert {path.name: path.read_text() for path in folder.iterdir()} == files


def test_a_bundle_is_reported_with_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def build(path: Path, platform: str, python: str) -> Bundle:
        given.extend([platform, python])
        return Bundle(path, 35_100_000, 106_000_000)

    monkeypatch.setattr("iamsql.cli.deploy.build_bundle", build)
    done = deploy("bundle", "iamsql.zip", "--platform", "aarch64")
    assert given == ["aarch64", "3.13"]
    assert done.stdout == "iamsql.zip: 35.1 MB, 106 MB unzipped.\n"
    assert "aws s3 cp iamsql.zip s3://" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["stackset", "--table", "aws_iam_usr"], "aws_iam_user"),
        (["stackset", "--principal", "*"], "--principal takes the ARN of a role or user, or an account ID"),
        (["fargate", "--secret", "SLACK=hooks.example.com"], "--secret takes NAME=ARN"),
        (["fargate", "--config", "none.toml"], "cannot read none.toml"),
        (["lambda", "--output", "xml"], "'xml' is not one of"),
        (["bundle", "iamsql.zip", "--python", "3.11"], "'3.11' is not one of"),
    ],
)
def test_a_value_that_is_not_valid_is_an_error(words: list[str], says: str) -> None:
    done = deploy(*words)
    assert done.exit_code == 2 and done.stdout == "" and says in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_the_targets_of_notifications_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "iamsql.toml"
    path.write_text('[notify]\nto = ["sns:arn:aws:sns:eu-west-1:111122223333:findings", "slack:ssm:/iamsql/slack"]\n')
    done = deploy("fargate", "--config", str(path), "--to", "eventbridge:security", "--output", "json")
    assert done.exit_code == 0, done.stderr
    roles = json.loads(done.stdout)["Resources"]
    [policy] = roles["RunnerRole"]["Properties"]["Policies"]
    actions = {str(each["Action"]) for each in policy["PolicyDocument"]["Statement"]}
    assert {"sns:Publish", "ssm:GetParameter", "events:PutEvents"} <= actions
    plain = json.loads(deploy("fargate", "--output", "json").stdout)["Resources"]["RunnerRole"]["Properties"][
        "Policies"
    ]
    assert "sns:Publish" not in json.dumps(plain)
    wrong = deploy("fargate", "--to", "slak")
    assert wrong.exit_code == 2 and "did you mean slack" in wrong.stderr
