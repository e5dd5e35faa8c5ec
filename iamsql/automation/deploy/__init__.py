"""Templates that deploy iamsql: the audit role in each account, and scheduled runs on AWS."""

from __future__ import annotations

from collections.abc import Callable

from iamsql.automation.deploy.cloudformation import TEMPLATE_WRITERS, Resources
from iamsql.automation.deploy.fargate import fargate_template
from iamsql.automation.deploy.lambda_function import lambda_template
from iamsql.automation.deploy.settings import Deployment
from iamsql.automation.deploy.shards import shards_template
from iamsql.automation.deploy.stackset import member_template, stackset_template
from iamsql.automation.deploy.terraform import terraform_files

TEMPLATES: dict[str, Callable[[Deployment], Resources]] = {
    "stackset": stackset_template,
    "member": member_template,
    "fargate": fargate_template,
    "lambda": lambda_template,
    "shards": shards_template,
}
__all__ = ["TEMPLATES", "Deployment", "template_text", "terraform_files"]


def template_text(template: str, deployment: Deployment, language: str = "yaml") -> str:
    """Return a CloudFormation template by its name, as YAML or JSON."""
    return TEMPLATE_WRITERS[language](TEMPLATES[template](deployment))
