"""The template of Fargate: a task that can write only to its volume, its schedule, its archive and its alarms."""

from __future__ import annotations

import subprocess
from pathlib import Path

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.fargate import RUN_SCRIPT
from tests.automation.deploy.fargate import fargate
from tests.automation.deploy.lint import EXTERNAL_ID, FULL


def test_the_container_is_read_only_and_not_root() -> None:
    [container] = fargate().properties("Task")["ContainerDefinitions"]
    assert container["ReadonlyRootFilesystem"] is True and container["User"] == "10001:10001"
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert [mount["ContainerPath"] for mount in container["MountPoints"]] == ["/data"]
    environment = {each["Name"]: each["Value"] for each in container["Environment"]}
    assert environment["IAMSQL_ARCHIVE"] == "s3://ref-Bucket/iamsql"


def test_secrets_come_from_their_arns_and_are_not_in_the_environment_of_the_template() -> None:
    [container] = fargate(Deployment(**FULL)).properties("Task")["ContainerDefinitions"]
    secrets = {each["Name"]: each["ValueFrom"] for each in container["Secrets"]}
    assert secrets["IAMSQL_EXTERNAL_ID"] == EXTERNAL_ID and secrets["IAMSQL_CONFIGURATION"] == "ref-Configuration"
    assert not secrets.keys() & {each["Name"] for each in container["Environment"]}


def test_the_script_writes_a_private_configuration_and_starts_the_run(tmp_path: Path) -> None:
    program = tmp_path / "iamsql"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nenv\n')
    program.chmod(0o755)
    text = '[notify]\nto = ["slack"]  # "$HOME" `id` %s'
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "IAMSQL_CONFIGURATION": text,
        "IAMSQL_CONFIG": str(tmp_path / "iamsql.toml"),
        "IAMSQL_ARCHIVE": "s3://bucket/a prefix",
    }
    result = subprocess.run(["/bin/sh", "-c", RUN_SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[:3] == ["run", "--archive", "s3://bucket/a prefix"]
    assert "IAMSQL_CONFIGURATION" not in result.stdout
    written = tmp_path / "iamsql.toml"
    assert written.read_text() == text + "\n" and written.stat().st_mode & 0o777 == 0o600
