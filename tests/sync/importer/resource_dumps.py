"""Write the resources of a sample organization as files of the AWS CLI: a folder for each account and region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import SHARED
from tests.tables.permissions import organization_dumps

ESTATES = SHARED / "permissions" / "resources" / "estates"
Item = dict[str, Any]
# By resource type: the list with its member, and the command for the policy of each with the member of the policy.
COMMANDS = {
    "s3_bucket": ("list-buckets", "Buckets", "get-bucket-policy", "Policy"),
    "kms_key": ("list-keys", "Keys", "get-key-policy", "Policy"),
    "sqs_queue": ("list-queues", "QueueUrls", "get-queue-attributes", "Policy"),
    "sns_topic": ("list-topics", "Topics", "get-topic-attributes", "Policy"),
    "lambda_function": ("list-functions", "Functions", "get-policy", "Policy"),
    "secret": ("list-secrets", "SecretList", "get-resource-policy", "ResourcePolicy"),
    "ecr_repository": ("describe-repositories", "repositories", "get-repository-policy", "policyText"),
}


def names() -> list[str]:
    """List the names of the shared estates."""
    return sorted(path.stem for path in ESTATES.glob("*.json"))


def read(name: str) -> Item:
    """Read a shared estate."""
    data: Item = json.loads((ESTATES / f"{name}.json").read_text(encoding="utf-8"))
    return data


def write_dumps(data: Item, folder: Path) -> Path:
    """Write an estate to a new folder, which has no file for a resource without a policy. Return the folder."""
    organization_dumps.write_dumps(data, folder)
    return write_resources(data, folder)


def write_resources(data: Item, folder: Path) -> Path:
    """Write the resources of an estate to a folder. Return the folder."""
    lists: dict[tuple[Path, str], list[Any]] = {}
    for resource in data["resources"]:
        resource_type, arn, account = resource["type"], resource["arn"], resource["account"]
        target = folder / account / arn.split(":")[3] if resource_type != "s3_bucket" else folder / account
        name = name_of(resource)
        command, member, detail, policy = COMMANDS[resource_type]
        lists.setdefault((target / f"{command}.json", member), []).append(_listed(resource_type, arn, name, account))
        if resource["policy"] is not None:
            response = _answer(resource_type, arn, name, {policy: json.dumps(resource["policy"])})
            _write(target / f"{detail}-{name.replace('/', '-')}.json", response)
        if resource_type == "kms_key":
            grants = resource.get("grants", [])
            _write(
                target / f"describe-key-{name}.json",
                {"KeyMetadata": {"KeyId": name, "Arn": arn, "KeyManager": "CUSTOMER"}},
            )
            _write(target / f"list-grants-{name}.json", {"Grants": grants})
        if resource.get("public_access_block"):
            block = {"PublicAccessBlockConfiguration": resource["public_access_block"]}
            _write(target / f"get-public-access-block-{name}.json", block)
    for (path, member), items in lists.items():
        _write(path, {member: items})
    for account, block in data.get("public_access_blocks", {}).items():
        _write(folder / account / "get-public-access-block.json", {"PublicAccessBlockConfiguration": block})
    return folder


def name_of(resource: Item) -> str:
    """Return the name of a resource, as its service's commands take it."""
    last: str = resource["arn"].split(":", 5)[5]
    if resource["type"] == "secret":  # AWS adds six characters to the name
        return last.removeprefix("secret:")[:-7]
    return last.removeprefix("key/").removeprefix("repository/").removeprefix("function:")


def _listed(resource_type: str, arn: str, name: str, account: str) -> Any:
    """Return the item of a resource in the list."""
    region = arn.split(":")[3]
    items: dict[str, Any] = {
        "s3_bucket": {"Name": name, "CreationDate": "2024-05-01T10:00:00+00:00"},
        "kms_key": {"KeyId": name, "KeyArn": arn},
        "sqs_queue": f"https://sqs.{region}.amazonaws.com/{account}/{name}",
        "sns_topic": {"TopicArn": arn},
        "lambda_function": {"FunctionName": name, "FunctionArn": arn},
        "secret": {"ARN": arn, "Name": name},
        "ecr_repository": {"repositoryArn": arn, "repositoryName": name, "registryId": account},
    }
    return items[resource_type]


def _answer(resource_type: str, arn: str, name: str, policy: Item) -> Item:
    """Return the response with the policy of a resource."""
    if resource_type == "sqs_queue":
        return {"Attributes": policy | {"QueueArn": arn}}
    if resource_type == "sns_topic":
        return {"Attributes": policy | {"TopicArn": arn}}
    if resource_type == "secret":
        return policy | {"ARN": arn, "Name": name}
    return policy | ({"repositoryName": name} if resource_type == "ecr_repository" else {})


def _write(path: Path, response: Item) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(response, indent=4), encoding="utf-8")
