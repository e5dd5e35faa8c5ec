"""Spell values for a terminal: an ARN of the account of its row without the account, and an escalation path as its steps."""

from __future__ import annotations

import re
from collections.abc import Collection

ADMINISTRATOR = "administrator"
_ARN_PATTERN = re.compile(
    r"arn:[^:\s]*:(?P<service>[^:\s]*):(?P<region>[^:\s]*):(?P<account>[0-9]{12}):(?P<resource>.+)"
)
_IDENTITY_SERVICES = ("iam", "sts")  # the services whose ARNs have no region
_PATH_END_PATTERN = r"(?=;?(?: |$))"
_STEP_PATTERN = re.compile(rf" -\[(?P<method>[^\]]+)\]-> (?P<target>\S+?){_PATH_END_PATTERN}")
# A path begins a word: a search at other positions would take quadratic time.
_PATH_PATTERN = re.compile(rf"(?<!\S)(?P<first>arn:\S++)(?P<steps>(?: -\[[^\]]+\]-> \S+?{_PATH_END_PATTERN})+)")


def within_account(arn: str, account_id: str) -> str:
    """Return the ARN without its partition and account if it is an ARN of the account, such as `user/ci/deploy`.

    An ARN of any other service starts with service and region: `sqs:us-east-1:orders`. Other text is unchanged.
    """
    match = _ARN_PATTERN.fullmatch(arn)
    if match is None or match["account"] != account_id:
        return arn
    if match["service"] in _IDENTITY_SERVICES:
        return match["resource"]
    return ":".join(filter(None, (match["service"], match["region"], match["resource"])))


def with_account(arn: str, account_id: str = "") -> str:
    """Return an ARN of IAM or STS as `role/x (444455556666)`, without the account if it is `account_id`; others unchanged."""
    match = _ARN_PATTERN.fullmatch(arn)
    if match is None or match["service"] not in _IDENTITY_SERVICES:
        return arn
    return match["resource"] + ("" if match["account"] == account_id else f" ({match['account']})")


def steps_of_paths(text: str, account_id: str, principals: Collection[str]) -> str:
    """Return text whose escalation paths are steps: `assume role → role/x (444455556666) = administrator`.

    A path starts with its principal, unless another column of the row shows it: `principals`.
    """

    def steps(path: re.Match[str]) -> str:
        words = [] if path["first"] in principals else [with_account(path["first"], account_id)]
        for step in _STEP_PATTERN.finditer(path["steps"]):
            method, _, changed = step["method"].partition(" ")
            words.append(method.replace("_", " ") + (f" of {with_account(changed, account_id)}" if changed else ""))
            if step["target"] != ADMINISTRATOR:
                words.append(with_account(step["target"], account_id))
        return f"{' → '.join(words)} = {ADMINISTRATOR}"

    return _PATH_PATTERN.sub(steps, text) if "]-> " in text else text
