"""The template of Fargate with values."""

from __future__ import annotations

from typing import Any

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.fargate import fargate_template
from tests.automation.deploy.evaluation import Template

GIVEN: dict[str, Any] = {"Image": "registry/iamsql@sha256:00", "Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"]}


def fargate(deployment: Deployment | None = None, **values: Any) -> Template:
    return Template(fargate_template(deployment or Deployment()), **(GIVEN | values))
