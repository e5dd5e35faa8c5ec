"""IAM documents name resources of a template as <Name>, so CloudFormation and Terraform share the documents.

A policy variable such as ${aws:PrincipalOrgID} has the syntax of both languages, and is escaped in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from iamsql.render.hcl import Expression

PLACEHOLDER_PATTERN = re.compile(r"<([A-Z][A-Za-z]+)>")
PSEUDO_PARAMETERS = {
    "Account": "AWS::AccountId",
    "Partition": "AWS::Partition",
    "Region": "AWS::Region",
    "StackName": "AWS::StackName",
    "UrlSuffix": "AWS::URLSuffix",
}


def map_texts(value: Any, convert: Callable[[str], Any]) -> Any:
    """Return a document with each text, but no key, converted."""
    if isinstance(value, dict):
        return {key: map_texts(item, convert) for key, item in value.items()}
    if isinstance(value, list):
        return [map_texts(item, convert) for item in value]
    return convert(value) if isinstance(value, str) else value


def to_cloudformation(document: Any, names: Mapping[str, str] | None = None) -> Any:
    """Return a document with Ref, Fn::GetAtt and Fn::Sub for its placeholders.

    `names` has the resource or its attribute by placeholder, as Fn::Sub has them; others are parameters or resources of the name.
    """
    references = {**PSEUDO_PARAMETERS, **(names or {})}

    def convert(text: str) -> Any:
        if not PLACEHOLDER_PATTERN.search(text):
            return text
        match = PLACEHOLDER_PATTERN.fullmatch(text)
        if match:
            return _resource_reference(references.get(match[1], match[1]))
        escaped = text.replace("${", "${!")
        return {"Fn::Sub": PLACEHOLDER_PATTERN.sub(lambda match: f"${{{references.get(match[1], match[1])}}}", escaped)}

    return map_texts(document, convert)


def _resource_reference(name: str) -> dict[str, Any]:
    resource, separator, attribute = name.partition(".")
    return {"Fn::GetAtt": [resource, attribute]} if separator else {"Ref": name}


def to_terraform(document: Any, names: Mapping[str, str]) -> Any:
    """Return a document with expressions and interpolations instead of placeholders; `names` has the expression of each."""

    def convert(text: str) -> str:
        match = PLACEHOLDER_PATTERN.fullmatch(text)
        if match:
            return Expression(names[match[1]])
        escaped = text.replace("${", "$${")
        return PLACEHOLDER_PATTERN.sub(lambda match: f"${{{names[match[1]]}}}", escaped)

    return map_texts(document, convert)
