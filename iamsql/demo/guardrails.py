"""What the organization forbids its accounts: policies of three types, their documents, and what they are attached to."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from iamsql.demo.directory import ORGANIZATION, RCP, SCP, TAG, Directory
from iamsql.demo.errors import AwsError
from iamsql.demo.papers import Document, allow
from iamsql.demo.people import mark

Item = dict[str, Any]
Params = dict[str, Any]
EVERYTHING = "everything"  # the root, every unit and every account, as AWS attaches its own
SANDBOX, ALICE = ("Workloads", "Test", "Sandbox"), "101010101010"
NOT_FROM_OUTSIDE: Document = {
    "Version": "2012-10-17",
    "Statement": {
        "Sid": "OnlyUs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*", "sts:AssumeRole"],
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    },
}
ANY: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
OWNERS = {
    "tags": {"owner": {"tag_key": {"@@assign": "Owner"}, "tag_value": {"@@assign": ["security", "payments", "web-*"]}}}
}
HOSTILE = '\'; drop table "policies"; --'


@dataclass(frozen=True)
class Guardrail:
    """A policy: `on` is the names of units from the root down, an account's id, or EVERYTHING."""

    name: str
    kind: str
    content: Any
    on: tuple[str | tuple[str, ...], ...] = ()
    about: str = ""
    policy_id: str = ""

    @property
    def aws_managed(self) -> bool:
        """Tell whether AWS keeps it: those with a fixed id."""
        return bool(self.policy_id)

    @property
    def id(self) -> str:
        """Give its id."""
        return self.policy_id or mark("p-", self.kind, self.name, size=10).lower()


GUARDRAILS = (
    Guardrail("FullAWSAccess", SCP, allow("*"), (EVERYTHING,), "Allows access to every operation", "p-FullAWSAccess"),
    Guardrail(
        "stay-in-the-organization", SCP, allow("organizations:LeaveOrganization", effect="Deny"), ((),), "Nobody leaves"
    ),
    Guardrail(
        "regions",
        SCP,
        allow("*", effect="Deny", when={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}),
        (("Workloads", "Prod"), SANDBOX),
    ),
    Guardrail(
        "keep-the-trail",
        SCP,
        allow("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", effect="Deny"),
        ((), "012345678901"),
    ),
    Guardrail("quarantine", SCP, allow("*", effect="Deny"), (("Suspended",),), "For accounts that are being closed"),
    Guardrail(HOSTILE, SCP, allow("iam:*", effect="Deny"), (ALICE,), '<script>alert("scp")</script>'),
    Guardrail("no-longer-used", SCP, allow("ec2:*", effect="Deny")),
    Guardrail("RCPFullAWSAccess", RCP, ANY, (EVERYTHING,), "Allows access to every resource", "p-RCPFullAWSAccess"),
    Guardrail("only-us", RCP, NOT_FROM_OUTSIDE, ((), ("Security",)), "Nobody from outside"),
    Guardrail("owners", TAG, OWNERS, (("Workloads",),), "Who owns what"),
)


class Guardrails:
    """Answers Organizations' questions about policies."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    def summary(self, one: Guardrail) -> Item:
        """Write a policy without its document."""
        owner = "aws" if one.aws_managed else self.directory.management.account_id
        place = "" if one.aws_managed else f"{ORGANIZATION}/"
        kind = one.kind.lower()
        return {
            "Id": one.id,
            "Arn": f"arn:{self.directory.management.partition}:organizations::{owner}:policy/{place}{kind}/{one.id}",
            "Name": one.name,
            "Type": one.kind,
            "AwsManaged": one.aws_managed,
        } | ({"Description": one.about} if one.about else {})

    def _found(self, params: Params) -> Guardrail:
        for one in GUARDRAILS:
            if one.id == params.get("PolicyId"):
                return one
        raise AwsError("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")

    def policies(self, params: Params) -> Sequence[Item]:
        """List the policies of a type."""
        return [self.summary(one) for one in GUARDRAILS if one.kind == params.get("Filter")]

    def policy(self, params: Params) -> Item:
        """Answer DescribePolicy."""
        one = self._found(params)
        return {"Policy": {"PolicySummary": self.summary(one), "Content": json.dumps(one.content, indent=1)}}

    @cached_property
    def _places(self) -> dict[str, Item]:
        """Write every root, unit and account as a target, by id."""
        directory = self.directory
        [root] = directory.roots({})
        units = [
            {"TargetId": unit, "Arn": directory.arn("ou", unit), "Name": path[-1], "Type": "ORGANIZATIONAL_UNIT"}
            for path, unit in directory.units.items()
            if path
        ]
        accounts = [
            {"TargetId": one["Id"], "Arn": one["Arn"], "Name": one["Name"], "Type": "ACCOUNT"}
            for one in directory.accounts({})
        ]
        whole = {"TargetId": root["Id"], "Arn": root["Arn"], "Name": root["Name"], "Type": "ROOT"}
        return {str(one["TargetId"]): one for one in (whole, *units, *accounts)}

    def _attached(self, one: Guardrail) -> list[Item]:
        if EVERYTHING in one.on:
            return list(self._places.values())
        ids = (place if isinstance(place, str) else self.directory.units.get(place, "") for place in one.on)
        return [self._places[place] for place in ids if place in self._places]

    def targets(self, params: Params) -> Sequence[Item]:
        """List what a policy is attached to."""
        return self._attached(self._found(params))

    def of_target(self, params: Params) -> Sequence[Item]:
        """List the policies of a type that are attached to a target itself."""
        target = params.get("TargetId", "")
        if target not in self._places:
            raise AwsError("TargetNotFoundException", "We can't find a root, OU, or account with that TargetId.")
        kept = [one for one in GUARDRAILS if one.kind == params.get("Filter")]
        return [self.summary(one) for one in kept if self._places[target] in self._attached(one)]

    @property
    def singles(self) -> dict[str, Callable[[Params], Item]]:
        """Name the operations that answer with one thing."""
        return {"DescribePolicy": self.policy}

    @property
    def lists(self) -> dict[str, tuple[str, Callable[[Params], Sequence[Item]]]]:
        """Name the paged operations: member and source."""
        return {
            "ListPolicies": ("Policies", self.policies),
            "ListTargetsForPolicy": ("Targets", self.targets),
            "ListPoliciesForTarget": ("Policies", self.of_target),
        }
