"""A CloudFormation template that runs iamsql on schedule as a Lambda function, for organizations that are read in 15 minutes."""

from __future__ import annotations

import json

from iamsql.automation.deploy.alarms import failed_function_alarm
from iamsql.automation.deploy.bundle import PYTHON_VERSIONS
from iamsql.automation.deploy.cloudformation import Resources, is_not, parameter, template, when
from iamsql.automation.deploy.policies import logs_policy, secrets_policy, service_trust, start_function_statements
from iamsql.automation.deploy.schedule import (
    ARCHIVE_URL,
    run_conditions,
    run_outputs,
    run_parameters,
    run_resources,
    schedule_resources,
)
from iamsql.automation.deploy.settings import Deployment

TIMEOUT = 900  # seconds, the maximum of Lambda
RESERVED_CONCURRENCY_CONDITION = "HasReservedConcurrency"
HANDLER = "iamsql.aws_lambda.handler"
RUNTIMES = [f"python{version}" for version in PYTHON_VERSIONS]


def lambda_template(deployment: Deployment) -> Resources:
    """Return the template of the function, its schedule, archive and alarms."""
    return template(
        "Runs iamsql on schedule as a Lambda function, with an archive in S3 and alarms",
        {
            "Parameters": {**_function_parameters(deployment), **run_parameters()},
            "Conditions": run_conditions() | {RESERVED_CONCURRENCY_CONDITION: is_not("ReservedConcurrency", "")},
            "Resources": _function_resources(deployment),
            "Outputs": run_outputs() | {"FunctionName": {"Value": {"Ref": "Function"}, "Description": "The function"}},
        },
    )


def _function_parameters(deployment: Deployment) -> Resources:
    zip_parameters = {
        "CodeBucket": parameter(
            "The bucket with the zip file of iamsql deploy bundle, in the region of the stack",
            AllowedPattern="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        ),
        "CodeKey": parameter("The key of the zip file", AllowedPattern=".{1,1024}"),
        "Runtime": parameter(
            "The runtime of the zip file, which is its --python", "python3.13", AllowedValues=RUNTIMES
        ),
    }
    image_parameters = {
        "ImageUri": parameter("The URI of the image in Amazon ECR, with its digest", AllowedPattern=r"\S{3,512}")
    }
    return {
        **(image_parameters if deployment.is_image else zip_parameters),
        "Architecture": parameter("The architecture of the code", "x86_64", AllowedValues=["x86_64", "arm64"]),
        "MemoryMiB": parameter(
            "MiB of memory, which also decides the CPU", 2048, "Number", MinValue=512, MaxValue=10240
        ),
        # A reservation must leave the account 100 unreserved executions, or all of a smaller quota of a new account (Lambda
        # Developer Guide, "Configuring reserved concurrency"). Runs refuse to overlap without it.
        "ReservedConcurrency": parameter(
            "The concurrent executions to reserve, such as 1; empty for none", "", AllowedPattern="[1-9][0-9]{0,3}|"
        ),
        "StorageMiB": parameter("MiB of storage in /tmp for run files", 4096, "Number", MinValue=512, MaxValue=10240),
    }


def _function_resources(deployment: Deployment) -> Resources:
    other_policies = [secrets_policy(deployment, batch=False), logs_policy()]
    resources = run_resources(deployment, service_trust("lambda.amazonaws.com"), other_policies)
    resources["Function"] = _function_resource(deployment)
    # A second attempt could start while the first still writes its archive; the alarm reports the failure.
    invocation_config = {"FunctionName": {"Ref": "Function"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 0}
    resources["Invocations"] = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": invocation_config}
    resources["FailedFunction"] = failed_function_alarm()
    target = {"Arn": {"Fn::GetAtt": ["Function", "Arn"]}, "Input": "{}"}
    return resources | schedule_resources(target, start_function_statements())


def _function_resource(deployment: Deployment) -> Resources:
    environment = {
        "IAMSQL_ARCHIVE": ARCHIVE_URL,
        "IAMSQL_CONFIGURATION_PARAMETER": {"Ref": "Configuration"},
        "IAMSQL_SECRETS": json.dumps(dict(deployment.secrets)),
    }
    code_location = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    zip_package = {"PackageType": "Zip", "Code": code_location, "Handler": HANDLER, "Runtime": {"Ref": "Runtime"}}
    image_package = {"PackageType": "Image", "Code": {"ImageUri": {"Ref": "ImageUri"}}}
    properties = {
        "Description": "Runs iamsql",
        **(image_package if deployment.is_image else zip_package),
        "Architectures": [{"Ref": "Architecture"}],
        "Role": {"Fn::GetAtt": ["RunnerRole", "Arn"]},
        "Timeout": TIMEOUT,
        "MemorySize": {"Ref": "MemoryMiB"},
        "EphemeralStorage": {"Size": {"Ref": "StorageMiB"}},
        "ReservedConcurrentExecutions": when(RESERVED_CONCURRENCY_CONDITION, {"Ref": "ReservedConcurrency"}),
        "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
        "Environment": {"Variables": environment},
        "KmsKeyArn": {"Fn::GetAtt": ["Key", "Arn"]},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}
