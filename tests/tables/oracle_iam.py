"""Expected rows of the tables of access keys, the credential report and last accessed services, from plain IAM calls."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.tables.boto3_oracle import Row, as_json, common_columns, listed, response_of
from tests.tables.oracle_iam_principals import IamAccount

NONE = ("N/A", "no_information", "not_supported", "")
SENTINELS = ("N/A", None)


def snake(name: str) -> str:
    """Return a member's name as a column name: AccountMFAEnabled → account_mfa_enabled."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def user_names(account: IamAccount) -> list[str]:
    """Return the names of the users."""
    return [item["UserName"] for item in listed(account.iam, "list_users", "Users")]


def access_keys(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_access_key."""
    for name in user_names(account):
        for position, item in enumerate(listed(account.iam, "list_access_keys", "AccessKeyMetadata", UserName=name), 1):
            last = account.iam.get_access_key_last_used(AccessKeyId=item["AccessKeyId"])["AccessKeyLastUsed"]
            yield {
                "access_key_id": item["AccessKeyId"],
                "user_name": name,
                "status": item["Status"],
                "create_date": item["CreateDate"],
                "access_key_last_used_date": last.get("LastUsedDate"),
                "access_key_last_used_service": None if last["ServiceName"] in SENTINELS else last["ServiceName"],
                "access_key_last_used_region": None if last["Region"] in SENTINELS else last["Region"],
                "title": item["AccessKeyId"],
                "akas": [f"arn:aws:iam::{account.account_id}:user/{name}/accesskey/{item['AccessKeyId']}"],
                "last_used_known": True,
                "position": position,
                **common_columns(account.account_id),
            }


def credential_report(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_credential_report."""
    if account.reported is None:
        return
    report = account.iam.get_credential_report()
    for row in csv.DictReader(io.StringIO(report["Content"].decode())):
        typed = {snake(name): _cell(value) for name, value in row.items() if name not in ("user", "arn")}
        typed.pop("access_key_1_note", None)
        yield {
            **typed,
            "user_name": row["user"],
            "user_arn": row["arn"],
            "generated_time": report["GeneratedTime"],
            "password_status": _password_status(row),
            "password_enabled": _flag(row["password_enabled"]),
            **common_columns(account.account_id),
        }


def _cell(text: str) -> Any:
    if text in NONE:
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return datetime.fromisoformat(text).astimezone(UTC) if re.match(r"\d{4}-", text) else text


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _password_status(row: dict[str, str]) -> str:
    if row["password_enabled"].lower() == "false":
        return "not_set"
    return "never_used" if row["password_last_used"] in NONE else "used"


def access_advisor(account: IamAccount) -> Iterator[Row]:
    """Return the rows of aws_iam_access_advisor; an account that denies the call has none."""
    lists = (("list_users", "Users"), ("list_groups", "Groups"), ("list_roles", "Roles"))
    for arn in [item["Arn"] for request in lists for item in listed(account.iam, *request)]:
        job = response_of(account.iam, "generate_service_last_accessed_details", Arn=arn, Granularity="ACTION_LEVEL")
        page: dict[str, Any] = {"IsTruncated": bool(job)}
        while page.get("IsTruncated") or page.get("JobStatus") == "IN_PROGRESS":
            page_parameters = {"Marker": page["Marker"]} if page.get("Marker") else {}
            page = account.iam.get_service_last_accessed_details(JobId=job and job["JobId"], **page_parameters)
            for item in page["ServicesLastAccessed"]:
                optional = ("last_authenticated", "last_authenticated_entity", "last_authenticated_region")
                columns = {snake(name): value for name, value in item.items()}
                tracked = as_json(item.get("TrackedActionsLastAccessed"))
                row = {
                    "principal_arn": arn,
                    **dict.fromkeys(optional),
                    **columns,
                    "tracked_actions_last_accessed": tracked,
                }
                yield row | common_columns(account.account_id)
