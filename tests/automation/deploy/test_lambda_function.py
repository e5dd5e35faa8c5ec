"""The template of Lambda: a function with the longest timeout, from a zip file or an image."""

from __future__ import annotations

import json
from importlib import import_module

from iamsql.automation.deploy import Deployment
from iamsql.automation.deploy.lambda_function import HANDLER, lambda_template
from tests.automation.deploy.evaluation import Template, statements
from tests.automation.deploy.lint import FULL

ZIP = {"CodeBucket": "code-bucket", "CodeKey": "iamsql.zip"}


def test_the_function_runs_for_at_most_15_minutes() -> None:
    template = Template(lambda_template(Deployment()), **ZIP)
    function = template.properties("Function")
    assert function["Timeout"] == 900 and "ReservedConcurrentExecutions" not in function
    assert (
        function["Code"] == {"S3Bucket": "code-bucket", "S3Key": "iamsql.zip"} and function["Runtime"] == "python3.13"
    )
    assert function["EphemeralStorage"] == {"Size": 4096}
    assert template.properties("Invocations")["MaximumRetryAttempts"] == 0
    assert template.properties("FailedFunction")["MetricName"] == "Errors"


def test_concurrency_is_reserved_only_if_it_is_asked_for() -> None:
    reserved = Template(lambda_template(Deployment()), **ZIP, ReservedConcurrency="1").properties("Function")
    assert reserved["ReservedConcurrentExecutions"] == "1"


def test_the_handler_exists() -> None:
    module, _, name = HANDLER.rpartition(".")
    assert callable(getattr(import_module(module), name))


def test_a_function_can_be_an_image() -> None:
    template = Template(lambda_template(Deployment(is_image=True)), ImageUri="registry/iamsql@sha256:00")
    function = template.properties("Function")
    assert function["PackageType"] == "Image" and function["Code"] == {"ImageUri": "registry/iamsql@sha256:00"}
    assert "Handler" not in function and "Runtime" not in function
    assert "CodeBucket" not in template.body["Parameters"]


def test_the_environment_has_the_arns_of_secrets_and_not_their_values() -> None:
    variables = Template(lambda_template(Deployment(**FULL)), **ZIP).properties("Function")["Environment"]["Variables"]
    assert json.loads(variables["IAMSQL_SECRETS"]) == FULL["secrets"]
    assert variables["IAMSQL_CONFIGURATION_PARAMETER"] == "ref-Configuration"


def test_the_schedule_may_invoke_this_function_only() -> None:
    function_variables = {
        each["Sid"]: each
        for each in statements(Template(lambda_template(Deployment()), **ZIP).properties("SchedulerRole"))
    }
    assert function_variables["StartFunction"]["Action"] == "lambda:InvokeFunction"
    assert function_variables["StartFunction"]["Resource"] == "arn:aws:function"
