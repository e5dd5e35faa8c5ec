"""Parts of CloudFormation templates that several templates have: parameters, roles, and the template as YAML or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from iamsql.automation.deploy.placeholders import to_cloudformation
from iamsql.automation.deploy.policies import (
    MAX_INLINE_CHARACTERS,
    MAX_MANAGED_CHARACTERS,
    document_length,
    split_to_fit,
)
from iamsql.tables.required_policies import Document

Resources = dict[str, Any]
# Placeholders are replaced by ARNs when a template is deployed, which takes more characters.
ARN_LENGTH = 120
RESOURCE_REFERENCES = {
    "BucketArn": "Bucket.Arn",
    "ClusterArn": "Cluster.Arn",
    "ExecutionRoleArn": "ExecutionRole.Arn",
    "FunctionArn": "Function.Arn",
    "KeyArn": "Key.Arn",
    "QueueArn": "StartFailures.Arn",
    "RunnerRoleArn": "RunnerRole.Arn",
    "StateMachineArn": "StateMachine.Arn",
}
RETENTION_ATTRIBUTES = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
NO_VALUE = {"Ref": "AWS::NoValue"}


def template(description: str, parts: Mapping[str, Any]) -> Resources:
    """Return a template with the sections that are not empty."""
    sections = {name: section for name, section in parts.items() if section}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": description} | sections


def parameter(
    description: str, default: str | int | None = None, parameter_type: str = "String", **limits: Any
) -> Resources:
    """Return a parameter. Without a default, the user must give a value."""
    return (
        {"Type": parameter_type, "Description": description}
        | ({} if default is None else {"Default": default})
        | limits
    )


def when(condition: str, value: Any, otherwise: Any = None) -> dict[str, Any]:
    """Return a value that applies if a condition is met; otherwise, `otherwise`, or no value."""
    return {"Fn::If": [condition, value, NO_VALUE if otherwise is None else otherwise]}


def is_not(name: str, value: str) -> dict[str, Any]:
    """Return the condition that a parameter has a different value."""
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, value]}]}


def resolve_placeholders(document: Any) -> Any:
    """Return a document with references to the resources of the templates."""
    return to_cloudformation(document, RESOURCE_REFERENCES)


def role(
    logical_name: str, name: str | dict[str, str], trust: Document, policies: Mapping[str, Document], description: str
) -> Resources:
    """Return a role by its logical name, with its managed policies. CloudFormation chooses a name for ''.

    The policies are inline if they fit, and managed policies otherwise.
    """
    role_name = {"RoleName": name} if name else {}
    properties = {**role_name, "Description": description, "AssumeRolePolicyDocument": resolve_placeholders(trust)}
    if sum(_deployed_length(document) for document in policies.values()) <= MAX_INLINE_CHARACTERS:
        inline_policies = [
            {"PolicyName": title, "PolicyDocument": resolve_placeholders(document)}
            for title, document in policies.items()
        ]
        return {logical_name: {"Type": "AWS::IAM::Role", "Properties": properties | {"Policies": inline_policies}}}
    managed_policies = {
        f"{logical_name}{title.title().replace('-', '')}{number}": managed_policy(part, description, logical_name)
        for title, document in policies.items()
        for number, part in enumerate(split_to_fit(document, MAX_MANAGED_CHARACTERS - _extra_length(document)), 1)
    }
    return {logical_name: {"Type": "AWS::IAM::Role", "Properties": properties}, **managed_policies}


def managed_policy(document: Document, description: str, role_name: str = "") -> Resources:
    """Return a managed policy, which is attached to a role of the template if one is named."""
    role_attachment = {"Roles": [{"Ref": role_name}]} if role_name else {}
    properties = {"Description": description, "PolicyDocument": resolve_placeholders(document), **role_attachment}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def as_yaml(resources: Resources) -> str:
    """Return a template as YAML, with long strings over several lines."""
    return yaml.dump(resources, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


def as_json(resources: Resources) -> str:
    """Return a template as JSON."""
    return json.dumps(resources, indent=2, ensure_ascii=False) + "\n"


TEMPLATE_WRITERS: dict[str, Callable[[Resources], str]] = {"yaml": as_yaml, "json": as_json}


class _Dumper(yaml.SafeDumper):
    """Writes strings of several lines as blocks, and no anchors for values that occur twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _extra_length(document: Document) -> int:
    return json.dumps(document).count("<") * ARN_LENGTH


def _deployed_length(document: Document) -> int:
    return document_length(document) + _extra_length(document)
