"""A CloudFormation template that runs iamsql on schedule as a task of ECS on Fargate, which has no limit of time."""

from __future__ import annotations

from typing import Any

from iamsql.automation.deploy.alarms import failed_task_rule
from iamsql.automation.deploy.cloudformation import Resources, parameter, role, template
from iamsql.automation.deploy.policies import (
    ECS_SOURCE_ARN,
    logs_policy,
    secrets_policy,
    service_trust,
    start_task_statements,
)
from iamsql.automation.deploy.schedule import (
    ARCHIVE_URL,
    run_conditions,
    run_outputs,
    run_parameters,
    run_resources,
    schedule_resources,
)
from iamsql.automation.deploy.settings import Deployment

ECS_TASKS_SERVICE = "ecs-tasks.amazonaws.com"
PULL_IMAGES_POLICY_ARN = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
CONTAINER_USER = "10001:10001"  # of the image: docker/Dockerfile
CONFIGURATION_VARIABLE = "IAMSQL_CONFIGURATION"
# The configuration has the permissions that iamsql requires of a file with credentials.
CONFIGURE_COMMAND = (
    f'umask 077 && printf "%s\\n" "${CONFIGURATION_VARIABLE}" > "$IAMSQL_CONFIG" && unset {CONFIGURATION_VARIABLE}'
)
RUN_SCRIPT = f'{CONFIGURE_COMMAND} && exec iamsql run --archive "$IAMSQL_ARCHIVE"'
CPU_UNITS = ["512", "1024", "2048", "4096", "8192", "16384"]


def fargate_template(deployment: Deployment) -> Resources:
    """Return the template of the cluster, the task, its schedule, archive and alarms."""
    return template(
        "Runs iamsql on schedule as a task on Fargate, with an archive in S3 and alarms",
        {
            "Parameters": {**task_parameters(), **run_parameters()},
            "Conditions": run_conditions(),
            "Resources": {**task_resources(deployment, RUN_SCRIPT), **_schedule_resources()},
            "Outputs": run_outputs()
            | {"TaskDefinition": {"Value": {"Ref": "Task"}, "Description": "The task definition"}},
        },
    )


def task_parameters() -> Resources:
    """Return the parameters of the task."""
    return {
        "Image": parameter(
            "The URI of the image, with its digest: REGISTRY/NAME@sha256:DIGEST", AllowedPattern=r"\S{3,512}"
        ),
        "Subnets": parameter(
            "The subnets of the task, with a route to the APIs of AWS", parameter_type="List<AWS::EC2::Subnet::Id>"
        ),
        "SecurityGroups": parameter(
            "The security groups of the task, which need outbound HTTPS only",
            parameter_type="List<AWS::EC2::SecurityGroup::Id>",
        ),
        "AssignPublicIp": parameter(
            "ENABLED in public subnets without a NAT gateway", "DISABLED", AllowedValues=["ENABLED", "DISABLED"]
        ),
        "Cpu": parameter("CPU units of the task; 1024 is a vCPU", "1024", AllowedValues=CPU_UNITS),
        "Memory": parameter("MiB of memory of the task, a size that Fargate has for its CPU", "4096"),
        "Architecture": parameter("The architecture of the image", "X86_64", AllowedValues=["X86_64", "ARM64"]),
        "StorageGiB": parameter("GiB of storage for run files", 30, "Number", MinValue=21, MaxValue=200),
    }


def task_resources(deployment: Deployment, script: str) -> Resources:
    """Return the cluster, the task that executes a shell script, its roles, its archive and its alarms."""
    trust = service_trust(ECS_TASKS_SERVICE, ECS_SOURCE_ARN)
    # ECS pulls the image, reads the secrets and writes logs with the execution role; the program has only the runner's.
    policies = {"read-secrets": secrets_policy(deployment, batch=True), "write-logs": logs_policy()}
    description = "Pulls the image of iamsql, reads its secrets and writes its logs."
    execution_role = role("ExecutionRole", "", trust, policies, description)
    execution_role["ExecutionRole"]["Properties"]["ManagedPolicyArns"] = [{"Fn::Sub": PULL_IMAGES_POLICY_ARN}]
    return {
        **run_resources(deployment, trust),
        **execution_role,
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Task": _task_definition(deployment, script),
        "FailedTask": failed_task_rule(),
    }


def _task_definition(deployment: Deployment, script: str) -> Resources:
    properties = {
        "Family": {"Fn::Sub": "${AWS::StackName}-iamsql"},
        "RequiresCompatibilities": ["FARGATE"],
        "NetworkMode": "awsvpc",
        "Cpu": {"Ref": "Cpu"},
        "Memory": {"Ref": "Memory"},
        "EphemeralStorage": {"SizeInGiB": {"Ref": "StorageGiB"}},
        "RuntimePlatform": {"OperatingSystemFamily": "LINUX", "CpuArchitecture": {"Ref": "Architecture"}},
        "TaskRoleArn": {"Fn::GetAtt": ["RunnerRole", "Arn"]},
        "ExecutionRoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]},
        "Volumes": [{"Name": "data"}],
        "ContainerDefinitions": [_container_definition(deployment, script)],
    }
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}


def _container_definition(deployment: Deployment, script: str) -> dict[str, Any]:
    secrets = {CONFIGURATION_VARIABLE: {"Ref": "Configuration"}} | dict(deployment.secrets)
    environment = {
        "IAMSQL_CONFIG": "/data/iamsql.toml",
        "IAMSQL_ARCHIVE": ARCHIVE_URL,
        "AWS_REGION": {"Ref": "AWS::Region"},
    }
    logs = {"awslogs-group": {"Ref": "Logs"}, "awslogs-region": {"Ref": "AWS::Region"}, "awslogs-stream-prefix": "run"}
    return {
        "Name": "iamsql",
        "Image": {"Ref": "Image"},
        "Essential": True,
        "User": CONTAINER_USER,
        "ReadonlyRootFilesystem": True,
        "LinuxParameters": {"InitProcessEnabled": True, "Capabilities": {"Drop": ["ALL"]}},
        "MountPoints": [{"SourceVolume": "data", "ContainerPath": "/data", "ReadOnly": False}],
        "StopTimeout": 120,  # seconds that an interrupted sync has to write what it has read
        "EntryPoint": ["/bin/sh", "-c"],
        "Command": [script],
        "Environment": [{"Name": name, "Value": value} for name, value in environment.items()],
        "Secrets": [{"Name": name, "ValueFrom": arn} for name, arn in secrets.items()],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": logs},
    }


def _schedule_resources() -> Resources:
    network = {
        "Subnets": {"Ref": "Subnets"},
        "SecurityGroups": {"Ref": "SecurityGroups"},
        "AssignPublicIp": {"Ref": "AssignPublicIp"},
    }
    task = {
        "TaskDefinitionArn": {"Ref": "Task"},
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {"AwsvpcConfiguration": network},
    }
    target = {"Arn": {"Fn::GetAtt": ["Cluster", "Arn"]}, "EcsParameters": task}
    return schedule_resources(target, start_task_statements())
