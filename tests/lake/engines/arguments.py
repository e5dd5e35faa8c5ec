"""The arguments of the comparison of each query: the defaults of its parameters, and other values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iamsql.model import Query

REQUIRED: Mapping[str, Sequence[str]] = {
    "access_key_id": ("AKIAMMJ5447UKIG3DZDQ", "ASIAJSXMZYM6M65NBAG6"),
    "user_name": ("checkout", "mallory"),
    "principal": ("arn:aws:iam::111122223333:user/mallory", "arn:aws:iam::111122223333:role/operations"),
    "role": ("arn:aws:iam::111122223333:role/operations", "arn:aws:iam::111122223333:role/app-server"),
    "action": ("s3:GetObject", "iam:PassRole"),
    "requests": ('[{"action": "s3:GetObject"}]', '[{"action": "iam:PassRole"}, {"action": "sts:AssumeRole"}]'),
    "roles": ('["arn:aws:iam::111122223333:role/operations"]', '["arn:aws:iam::111122223333:role/app-server"]'),
    "questions": (
        '[{"principal": "arn:aws:iam::111122223333:user/mallory", "action": "s3:GetObject"}]',
        '[{"principal": "arn:aws:iam::111122223333:role/operations", "action": "iam:PassRole"}]',
    ),
}
OTHER: Mapping[str, str] = {
    "account": "222233334444",
    "accounts": "222233334444",
    "admin_like": "dev|ops|deploy",
    "allowed": "deploy, admin",
    "boundaries": "limits",
    "deployers": "deploy",
    "documents": "AWS-RunShellScript",
    "excluded": "admin|deploy",
    "instances": "1",
    "keys": "owner, team",
    "log_bucket": "logs",
    "names": "CreateUser, ConsoleLogin, CreateAccessKey",
    "own_account_services": "ec2.amazonaws.com",
    "own_addresses": "203.0.113.1,198.51.100.7",
    "own_buckets": "logs",
    "policies": "ReadOnlyAccess",
    "profiles": "app",
    "public_ports": "22,3389",
    "regions": "us-east-1, eu-central-1",
    "tables": "aws_iam_user",
    "tag": "owner",
    "tools": "deploy",
    "trusted": "999999999999",
    "units": "Workloads",
}


def arguments(query: Query) -> list[dict[str, str]]:
    """Return the sets of arguments of the comparison of a query: none if possible, and other values of each parameter."""
    first = {param.name: REQUIRED[param.name][0] for param in query.params if param.required}
    second = {
        param.name: _other(param.name, param.type, param.default, required=param.required) for param in query.params
    }
    return [first, second] if second else [first]


def _other(name: str, kind: str, default: Any, *, required: bool) -> str:
    if required:
        return REQUIRED[name][1]
    if kind == "integer":
        return str(default // 2 + 1)
    if kind == "boolean":
        return str(not default).lower()
    return OTHER.get(name, default if isinstance(default, str) else "")
