"""Evaluate the functions of a CloudFormation template for given values of its parameters, without CloudFormation."""

from __future__ import annotations

import re
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "iamsql",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


class Template:
    """A template and the values of its parameters; defaults apply to the others."""

    def __init__(self, body: dict[str, Any], **values: Any) -> None:
        defaults = {name: item["Default"] for name, item in body["Parameters"].items() if "Default" in item}
        self.body, self.values = body, PSEUDO | defaults | values

    def resources(self) -> dict[str, Any]:
        """Return the resources whose conditions are met, without functions."""
        return {
            name: self.evaluate({key: value for key, value in item.items() if key != "Condition"})
            for name, item in self.body["Resources"].items()
            if self.is_met(item.get("Condition", ""))
        }

    def properties(self, name: str) -> dict[str, Any]:
        """Return the properties of a resource."""
        return dict(self.resources()[name]["Properties"])

    def is_met(self, condition: str) -> bool:
        """Return whether a condition is met; '' means no condition."""
        return not condition or bool(self.evaluate(self.body["Conditions"][condition]))

    def evaluate(self, value: Any) -> Any:
        """Return a value without functions; members without a value are left out."""
        if isinstance(value, list):
            return [item for item in map(self.evaluate, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return getattr(self, f"_{name.removeprefix('Fn::').lower()}")(argument)
        evaluated = {key: self.evaluate(member) for key, member in value.items()}
        return {key: member for key, member in evaluated.items() if member is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.values:
            return self.values[name]
        assert name in self.body["Resources"], f"no parameter and no resource {name}"
        return f"ref-{name}"

    def _getatt(self, path: list[str]) -> str:
        assert path[0] in self.body["Resources"], f"no resource {path[0]}"
        return f"arn:aws:{path[0].lower()}" if path[1] == "Arn" else ".".join(path)

    def _sub(self, argument: str | list[Any]) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else (argument[0], self.evaluate(argument[1]))

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in variables:
                return str(variables[name])
            return str(self._getatt(name.split(".")) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", replace, text)

    def _if(self, argument: list[Any]) -> Any:
        return self.evaluate(argument[1] if self.is_met(argument[0]) else argument[2])

    def _equals(self, argument: list[Any]) -> bool:
        first, second = (str(self.evaluate(value)) for value in argument)
        return first == second

    def _not(self, argument: list[Any]) -> bool:
        return not self.evaluate(argument[0])

    def _join(self, argument: list[Any]) -> str:
        values = self.evaluate(argument[1])
        return str(argument[0]).join(values if isinstance(values, list) else [values])


def statements(properties: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a role's inline policies."""
    return [statement for policy in properties["Policies"] for statement in policy["PolicyDocument"]["Statement"]]
