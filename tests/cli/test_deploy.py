"""`iamsql deploy` prints templates on stdout and the next step on stderr, or writes files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from iamsql.automation.deploy import Deployment, template_text, terraform_files
from iamsql.automation.deploy.bundle import Bundle
from tests.cli.commands import deploy


@pytest.mark.parametrize("kind", ["stackset", "fargate", "lambda"])
def test_a_template_is_printed_as_yaml_and_as_json(kind: str) -> None:
    result = deploy(kind)
    assert result.exit_code == 0 and result.stdout == template_text(kind, Deployment())
    assert json.loads(deploy(kind, "--output", "json").stdout) == yaml.safe_load(result.stdout)
    assert "aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM" in result.stderr
    assert len(result.stderr.splitlines()) <= 3


def test_a_template_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "fargate.yaml"
    result = deploy("fargate", "--out", str(path))
    assert result.stdout == "" and path.read_text() == template_text("fargate", Deployment())
    assert f"--template-file {path}" in result.stderr


def test_a_module_is_printed_or_written_to_a_folder(tmp_path: Path) -> None:
    files = terraform_files(Deployment())
    printed = deploy("terraform")
    assert all(f"# {name}\n\n{text}" in printed.stdout for name, text in files.items())
    folder = tmp_path / "module"
    result = deploy("terraform", "--out", str(folder))
    assert result.stdout == "" and "terraform init" in result.stderr
    assert {path.name: path.read_text() for path in folder.iterdir()} == files


def test_a_bundle_is_reported_with_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: list[Any] = []

    def build(path: Path, platform: str, python: str) -> Bundle:
        options.extend([platform, python])
        return Bundle(path, 35_100_000, 106_000_000)

    monkeypatch.setattr("iamsql.cli.deploy.build_bundle", build)
    result = deploy("bundle", "iamsql.zip", "--platform", "aarch64")
    assert options == ["aarch64", "3.13"]
    assert result.stdout == "iamsql.zip: 35.1 MB, 106 MB unzipped.\n"
    assert "aws s3 cp iamsql.zip s3://" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stackset", "--table", "aws_iam_usr"], "aws_iam_user"),
        (["stackset", "--principal", "*"], "--principal takes the ARN of a role or user, or an account ID"),
        (["fargate", "--secret", "SLACK=hooks.example.com"], "--secret takes NAME=ARN"),
        (["fargate", "--config", "none.toml"], "cannot read none.toml"),
        (["lambda", "--output", "xml"], "'xml' is not one of"),
        (["bundle", "iamsql.zip", "--python", "3.11"], "'3.11' is not one of"),
    ],
)
def test_a_value_that_is_not_valid_is_an_error(arguments: list[str], message: str) -> None:
    result = deploy(*arguments)
    assert result.exit_code == 2 and result.stdout == "" and message in result.stderr
    assert len(result.stderr.splitlines()) <= 3
