"""A Terraform module of the stack set, the archive, the scheduled task and the alarms, like the CloudFormation templates.

The folder terraform_module has the files that are the same in every module. This module writes what depends on a deployment: the
roles with their policies, which CloudFormation templates share, and the local values to which the other files refer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iamsql.automation.deploy.fargate import RUN_SCRIPT
from iamsql.automation.deploy.placeholders import map_texts, to_terraform
from iamsql.automation.deploy.policies import bucket_policy, key_policy, topic_policy
from iamsql.automation.deploy.settings import Deployment
from iamsql.automation.deploy.stackset import member_template
from iamsql.automation.deploy.terraform_roles import PLACEHOLDER_EXPRESSIONS, role_blocks
from iamsql.render.hcl import Block, Expression, escape_interpolations, write_blocks

MODULE_FOLDER = Path(__file__).with_name("terraform_module")
POLICIES_FILE_HEADER = (
    "# The policies of the roles, and what else `iamsql deploy terraform` writes for its options.\n\n"
)
PRINCIPAL_DESCRIPTION = "The ARN of the principal that the roles trust; by default, the role that runs iamsql."


def terraform_files(deployment: Deployment) -> dict[str, str]:
    """Return the text of each file of the module by name."""
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(MODULE_FOLDER.glob("*.tf"))}
    files["variables.tf"] += "\n" + write_blocks([_principal_variable(deployment)])
    files["policies.tf"] = POLICIES_FILE_HEADER + write_blocks([_local_values(deployment), *role_blocks(deployment)])
    return files


def _principal_variable(deployment: Deployment) -> Block:
    attributes = {
        "description": PRINCIPAL_DESCRIPTION,
        "type": Expression("string"),
        "default": deployment.principal or None,
    }
    return Block("variable", ["principal"], attributes)


def _local_values(deployment: Deployment) -> Block:
    """Return the local values that the other files refer to."""
    values: dict[str, Any] = {
        "configuration": escape_interpolations(deployment.configuration),
        "script": escape_interpolations(RUN_SCRIPT),
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in deployment.secrets.items()],
        "key_policy": to_terraform(key_policy(), PLACEHOLDER_EXPRESSIONS),
        "bucket_policy": to_terraform(bucket_policy(), PLACEHOLDER_EXPRESSIONS),
        "topic_policy": to_terraform(topic_policy(), PLACEHOLDER_EXPRESSIONS),
        "stack_set_template": map_texts(member_template(deployment), escape_interpolations),
    }
    return Block("locals", (), values)
