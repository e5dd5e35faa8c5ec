"""The IAM documents of the templates. Permissions to read AWS come from `required_policies`, never from a list of this package."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from iamsql.automation.deploy.settings import Deployment
from iamsql.model import IamsqlError
from iamsql.tables.required_policies import Document, allow_statement, document, policy, trust_policy

RUNNER_ROLE = "iamsql-runner"
SECURITYHUB_ROLE = "iamsql-securityhub"
# IAM quotas: characters of all inline policies of a role, and of a managed policy, without white space.
MAX_INLINE_CHARACTERS, MAX_MANAGED_CHARACTERS = 10_240, 6_144
PRINCIPAL_PLACEHOLDER = "<Principal>"
# AWS documents a policy of this action for the product of an account; in mode `member`, each account is its own product.
IMPORT_FINDINGS = "securityhub:BatchImportFindings"
PARAMETER_ARN = "arn:<Partition>:ssm:<Region>:<Account>:parameter"
CONFIGURATION_ARN = f"{PARAMETER_ARN}/iamsql/<StackName>/configuration"
SECRET_SOURCE_PATTERN = re.compile(
    r"[a-z]+:(?P<source>(?:ssm|secretsmanager):.+)"
)  # of the secret of a target of notifications
TASK_FAMILY_ARN = "arn:<Partition>:ecs:<Region>:<Account>:task-definition/<StackName>-iamsql"
ECS_SOURCE_ARN = "arn:<Partition>:ecs:<Region>:<Account>:*"
LOG_GROUP_ARN = "arn:<Partition>:logs:<Region>:<Account>:log-group:/iamsql/<StackName>"


def document_length(policy_document: Document) -> int:
    """Return the characters of a document as IAM counts them."""
    return len(json.dumps(policy_document, separators=(",", ":")))


def split_to_fit(policy_document: Document, limit: int = MAX_MANAGED_CHARACTERS) -> list[Document]:
    """Return the document, or several documents of at most `limit` characters that together allow the same.

    Raise IamsqlError if a statement with a single action is longer than the limit.
    """
    if document_length(policy_document) <= limit:
        return [policy_document]
    statements = policy_document["Statement"]
    if len(statements) > 1:
        middle = len(statements) // 2
        parts = [statements[:middle], statements[middle:]]
    else:
        actions = statements[0]["Action"]
        if isinstance(actions, str) or len(actions) < 2:
            raise IamsqlError(
                f"A statement is longer than {limit} characters, the limit of IAM.\nName fewer resources."
            )
        middle = len(actions) // 2
        parts = [[statements[0] | {"Action": part}] for part in (actions[:middle], actions[middle:])]
    return [fit for part in parts for fit in split_to_fit(document(*part), limit)]


# -- roles -----------------------------------------------------------------------------------------------------------------


def audit_policy(deployment: Deployment) -> Document:
    """Return the permissions of the role in each account."""
    return policy("member", deployment.tables, minimal=deployment.is_minimal)


def audit_trust(deployment: Deployment) -> Document:
    """Return the trust policy of the roles that iamsql assumes; the principal is a parameter of the template."""
    return trust_policy(PRINCIPAL_PLACEHOLDER, deployment.external_id, deployment.organization)


def securityhub_policy() -> Document:
    """Return the permissions of the role that imports findings into the Security Hub of its account."""
    return document(
        allow_statement(IMPORT_FINDINGS, "arn:<Partition>:securityhub:*:<Account>:product/<Account>/default", "Import")
    )


def organization_policy(deployment: Deployment) -> Document:
    """Return the permissions to read the organization, to assume roles, and to read the own account, as a run needs them."""
    management = policy("management", deployment.tables, minimal=deployment.is_minimal)
    return document(*management["Statement"], *audit_policy(deployment)["Statement"])


def runner_policy(deployment: Deployment) -> Document:
    """Return the permissions of a scheduled run: reading AWS, its archive and key, and the targets of notifications."""
    read_statements = organization_policy(deployment)["Statement"]
    archive_statements = [
        allow_statement("s3:ListBucket", "<BucketArn>", "ListArchive", {"StringLike": {"s3:prefix": "<Prefix>/*"}}),
        allow_statement(
            ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], "<BucketArn>/<Prefix>/*", "Archive"
        ),
        allow_statement(["kms:Decrypt", "kms:GenerateDataKey"], "<KeyArn>", "EncryptArchive"),
    ]
    return document(*_with_different_sids([*read_statements, *archive_statements, *deployment.statements]))


def _with_different_sids(statements: Sequence[Document]) -> list[Document]:
    """Return statements with different Sids, as IAM requires of a policy: the second statement of a Sid gets the number 2."""
    sid_counts: Counter[str] = Counter()
    renamed_statements = []
    for statement in statements:
        sid = str(statement.get("Sid", ""))
        sid_counts[sid] += 1
        renamed_statements.append(
            statement | ({"Sid": f"{sid}{sid_counts[sid]}"} if sid and sid_counts[sid] > 1 else {})
        )
    return renamed_statements


def secrets_policy(deployment: Deployment, *, batch: bool) -> Document:
    """Return the permissions to read the configuration and the secrets; ECS reads parameters in a `batch`."""
    read_action = "ssm:GetParameters" if batch else "ssm:GetParameter"
    arns = sorted(set(deployment.secrets.values()))
    parameters = [CONFIGURATION_ARN, *(arn for arn in arns if ":ssm:" in arn)]
    secrets = [arn for arn in arns if ":secretsmanager:" in arn]
    statements = [allow_statement(read_action, parameters, "ReadParameters")]
    if secrets:
        statements.append(allow_statement("secretsmanager:GetSecretValue", secrets, "ReadSecrets"))
    if arns:  # their keys are unknown here; the key policy also decides
        via_services = [f"{service}.<Region>.<UrlSuffix>" for service in ("secretsmanager", "ssm")]
        key_arn = "arn:<Partition>:kms:<Region>:<Account>:key/*"
        statements.append(
            allow_statement(
                "kms:Decrypt", key_arn, "DecryptSecrets", {"StringEquals": {"kms:ViaService": via_services}}
            )
        )
    return document(*statements)


def source_statements(targets: Sequence[str]) -> list[Document]:
    """Return the statements for targets whose secrets a run reads itself, such as slack:ssm:NAME; none for other targets."""
    sources = sorted({match["source"] for target in targets if (match := SECRET_SOURCE_PATTERN.fullmatch(target))})
    return [_read_secret_statement(source) for source in sources]


def _read_secret_statement(source: str) -> Document:
    service, _, name = source.partition("#")[0].partition(":")
    if service == "ssm":
        arn = name if name.startswith("arn:") else f"{PARAMETER_ARN}/{name.removeprefix('/')}"
        return allow_statement("ssm:GetParameter", arn, "ReadParameter")
    # Secrets Manager adds a hyphen and six characters to the name of a secret in its ARN.
    arn = name if name.startswith("arn:") else f"arn:<Partition>:secretsmanager:<Region>:<Account>:secret:{name}-??????"
    return allow_statement("secretsmanager:GetSecretValue", arn, "ReadSecret")


def logs_policy() -> Document:
    """Return the permissions to write to the log group."""
    return document(allow_statement(["logs:CreateLogStream", "logs:PutLogEvents"], f"{LOG_GROUP_ARN}:*", "WriteLogs"))


def service_trust(service: str, source: str = "") -> Document:
    """Return the trust policy for a service of AWS; `source` is the ARN, or pattern, on whose behalf the service acts."""
    trust_statement: Document = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    conditions = {"StringEquals": {"aws:SourceAccount": "<Account>"}, "ArnLike": {"aws:SourceArn": source}}
    return document(trust_statement | ({"Condition": conditions} if source else {}))


def start_task_statements() -> list[Document]:
    """Return the statements that allow starting the task in its cluster, with its roles."""
    in_cluster: Document = {"ArnEquals": {"ecs:cluster": "<ClusterArn>"}}
    to_tasks: Document = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    roles = ["<RunnerRoleArn>", "<ExecutionRoleArn>"]
    return [
        allow_statement("ecs:RunTask", f"{TASK_FAMILY_ARN}:*", "StartTasks", in_cluster),
        allow_statement("iam:PassRole", roles, "GiveRoles", to_tasks),
    ]


def run_task_statements() -> list[Document]:
    """Return the statements that let Step Functions run the task and wait for its end."""
    # Step Functions creates this rule for tasks (its Developer Guide, "IAM policies for Amazon ECS").
    rule_arn = "arn:<Partition>:events:<Region>:<Account>:rule/StepFunctionsGetEventsForECSTaskRule"
    in_cluster: Document = {"ArnEquals": {"ecs:cluster": "<ClusterArn>"}}
    task_arn = "arn:<Partition>:ecs:<Region>:<Account>:task/*"
    return [
        *start_task_statements(),
        allow_statement(["ecs:StopTask", "ecs:DescribeTasks"], task_arn, "WaitForTasks", in_cluster),
        allow_statement(["events:PutTargets", "events:PutRule", "events:DescribeRule"], rule_arn, "ReceiveEnds"),
    ]


def start_execution_statements() -> list[Document]:
    """Return the statement that allows starting the state machine."""
    return [allow_statement("states:StartExecution", "<StateMachineArn>", "StartExecutions")]


def start_function_statements() -> list[Document]:
    """Return the statement that allows invoking the function."""
    return [allow_statement("lambda:InvokeFunction", "<FunctionArn>", "StartFunction")]


# -- resources -------------------------------------------------------------------------------------------------------------


def key_policy() -> Document:
    """Return the policy of the key: its account administers it; log group and topic use it."""
    log_services: Document = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": LOG_GROUP_ARN}}
    encrypt = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:DescribeKey"]
    return document(
        _principal_statement("Administer", {"AWS": "arn:<Partition>:iam::<Account>:root"}, "kms:*", "*"),
        _principal_statement("EncryptLogs", {"Service": "logs.<Region>.<UrlSuffix>"}, encrypt, "*", log_services),
        *_alarm_statements(["kms:Decrypt", "kms:GenerateDataKey*"], "*", is_key=True),
    )


def bucket_policy() -> Document:
    """Return the policy of the bucket, which denies requests without TLS."""
    http_statement = _principal_statement("DenyPlainHttp", "*", "s3:*", ["<BucketArn>", "<BucketArn>/*"])
    return document(http_statement | {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})


def topic_policy() -> Document:
    """Return the policy of the topic: alarms and the rule for failed tasks publish."""
    return document(*_alarm_statements("sns:Publish", "<Topic>"))


def scheduler_policy(*statements: Document) -> Document:
    """Return the permissions of the schedule: to start what the statements allow, and to queue a failed start."""
    return document(*statements, allow_statement("sqs:SendMessage", "<QueueArn>", "QueueFailedStarts"))


def _alarm_statements(actions: str | list[str], resource: str, *, is_key: bool = False) -> list[Document]:
    """Return the statements for CloudWatch and EventBridge.

    EventBridge documents aws:SourceAccount for the policies of targets, but not for their keys.
    """
    condition: Document = {"StringEquals": {"aws:SourceAccount": "<Account>"}}
    return [
        _principal_statement("Alarms", {"Service": "cloudwatch.amazonaws.com"}, actions, resource, condition),
        _principal_statement(
            "Events", {"Service": "events.amazonaws.com"}, actions, resource, None if is_key else condition
        ),
    ]


def _principal_statement(
    sid: str, principal: Any, actions: str | Sequence[str], resource: str | list[str], condition: Document | None = None
) -> Document:
    return {"Sid": sid, "Principal": principal} | allow_statement(
        actions if isinstance(actions, str) else list(actions), resource, condition=condition
    )
