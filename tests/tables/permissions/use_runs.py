"""Run files with users, CloudTrail events, a trail and a short list of IAM actions, written with SQL on the template."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from iamsql.runs.file.template import template
from iamsql.tables.compiler import compiler
from iamsql.tables.fragments import events as _events
from iamsql.tables.registry import all_calls, all_tables

ACCOUNT = "111111111111"
START, END = "2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z"
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/all"
DERIVED = (
    "aws_iam_document", "aws_iam_statement", "aws_iam_principal_policy", "aws_organizations_account_policy", "aws_iam_principal",
)  # fmt: skip
MANAGEMENT_ACCOUNT, UNIT = "999999999999", "ou-acme-00000001"
MANAGEMENT = [{"Field": "eventCategory", "Equals": ["Management"]}]
OBJECTS = [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
]
# An action, its access level, and whether an API operation has its name.
ACTIONS = {
    "iam:CreateUser": ("Write", True),
    "iam:GetUser": ("Read", True),
    "iam:ListUsers": ("List", True),
    "iam:PassRole": ("Write", False),
    "iam:TagUser": ("Tagging", True),
    "kms:Decrypt": ("Write", True),
    "kms:ListKeys": ("List", True),
    "lambda:GetFunction": ("Read", True),
    "lambda:InvokeFunction": ("Write", False),
    "lambda:ListFunctions": ("List", True),
    "lambda:UpdateFunctionCode": ("Write", True),
    "s3:CreateBucket": ("Write", True),
    "s3:DeleteObject": ("Write", True),
    "s3:GetBucketPolicy": ("Read", True),
    "s3:GetObject": ("Read", True),
    "s3:GetObjectVersion": ("Read", False),
    "s3:ListAllMyBuckets": ("List", False),
    "s3:ListBucket": ("List", False),
    "s3:PutObject": ("Write", True),
    "cloudwatch:DescribeAlarms": ("Read", True),
    "cloudwatch:PutMetricAlarm": ("Write", True),
}
Row = Mapping[str, Any]


def user(name: str, *documents: Mapping[str, Any], **more: Any) -> Row:
    """Return a user with inline policies."""
    policies = [{"PolicyName": f"p{number}", "PolicyDocument": one} for number, one in enumerate(documents, 1)]
    return {"account_id": ACCOUNT, "name": name, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", "user_id": f"AIDA{name}",
            "path": "/", "inline_policies": policies, "tags_src": [], "tags": {}} | more  # fmt: skip


def boundary(name: str, document: Mapping[str, Any] | None) -> Row:
    """Return a managed policy, such as a permissions boundary; None is the document of a policy that was not read."""
    return {"account_id": ACCOUNT, "name": name, "arn": policy_arn(name), "path": "/", "is_aws_managed": False,
            "policy": document}  # fmt: skip


def policy_arn(name: str) -> str:
    """Return the ARN of a managed policy of the account."""
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


def organization(*policies: tuple[str, str, Mapping[str, Any] | None]) -> dict[str, list[Row]]:
    """Return the rows of an organization of the account and the management account, with policies at all levels.

    A policy is a pair of letters, s (SCP) or r (RCP) and r (root), u (unit) or a (account), its name, and its document.
    """
    targets = {"r": "r-acme", "u": UNIT, "a": ACCOUNT}
    kinds = {"s": "SERVICE_CONTROL_POLICY", "r": "RESOURCE_CONTROL_POLICY"}
    head = f"arn:aws:organizations::{MANAGEMENT_ACCOUNT}"
    attached = [
        {"id": f"p-{name}", "name": name, "type": kinds[where[0]], "aws_managed": False, "content": document,
         "arn": f"{head}:policy/o-acme/x/p-{name}", "target_id": targets[where[1]], "target_name": targets[where[1]]}
        for where, name, document in policies
    ]  # fmt: skip
    return {
        "aws_organizations_account": [
            {"id": id_, "name": id_, "parent_id": parent, "arn": f"{head}:account/o-acme/{id_}"}
            for id_, parent in ((ACCOUNT, UNIT), (MANAGEMENT_ACCOUNT, "r-acme"))
        ],
        "aws_organizations_root": [
            {"id": "r-acme", "name": "Root", "arn": f"{head}:root/o-acme/r-acme", "policy_types": [{"Type": kinds["s"]}]}
        ],
        "aws_organizations_organizational_unit": [{"id": UNIT, "name": "Unit", "parent_id": "r-acme"}],
        "aws_organizations_policy": [
            {name: value for name, value in row.items() if not name.startswith("target")} for row in attached
        ],
        "aws_organizations_policy_target": attached,
    }  # fmt: skip


def identity(name: str) -> Row:
    """Return the identity of a user in an event."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return {"type": "IAMUser", "userName": name, "accountId": ACCOUNT, "arn": arn}


def call(source: str, name: str, who: Row, number: int = 0, day: str = DAYS[1], **members: Any) -> Row:
    """Return a record of a log file."""
    return {"eventName": name, "eventSource": f"{source}.amazonaws.com", "eventTime": f"{day}T10:{number:02}:00Z",
            "eventID": f"{source}{name}{who.get('arn')}{day}{number}", "awsRegion": "us-east-1", "recipientAccountId": ACCOUNT,
            "eventType": "AwsApiCall", "readOnly": False, "userIdentity": who} | members  # fmt: skip


def daily(days: Iterable[str] = DAYS) -> list[Row]:
    """Return an event of an AWS service for each day, so no day is without log files."""
    return [call("kms", "RotateKey", {"invokedBy": "kms.amazonaws.com"}, day=day) for day in days]


def trail(*selectors: Any, **more: Any) -> Row:
    """Return the trail: it logs management events, and what further selectors select."""
    advanced_selectors = [{"FieldSelectors": fields} for fields in (MANAGEMENT, *selectors)]
    return {"account_id": ACCOUNT, "region": "us-east-1", "home_region": "us-east-1", "arn": TRAIL, "name": "all",
            "is_logging": True, "is_multi_region_trail": True, "is_organization_trail": False, "s3_bucket_name": "logs",
            "advanced_event_selectors": advanced_selectors} | more  # fmt: skip


def coverage(**more: Any) -> Row:
    """Return the coverage of the trail's log files."""
    return {"account_id": ACCOUNT, "region": "us-east-1", "source": "trail", "look_up": "s3://logs", "status": "ok",
            "window_start": START, "window_end": END, "events": 1, "objects": 1} | more  # fmt: skip


def make_use_run(
    path: Path,
    users: Sequence[Row],
    events: Sequence[Row],
    *,
    trails: Sequence[Row] = (trail(OBJECTS),),
    read: Sequence[Row] = (coverage(),),
    actions: Mapping[str, tuple[str, bool]] = ACTIONS,
    **tables: Sequence[Row],
) -> Path:
    """Write the run file; `tables` has the rows of more tables."""
    shutil.copy(template(), path)
    path.chmod(0o600)
    catalog = [
        {
            "action": name.lower(),
            "prefix": name.partition(":")[0],
            "name": name,
            "access_level": level,
            "has_operation": has,
        }
        for name, (level, has) in actions.items()
    ]
    run = {"run_id": "20260304T000000Z-o-1", "started_at": END, "finished_at": END, "status": "complete", "partition": "aws",
           "schema_fingerprint": compiler.fingerprint(), "options": {}, "window_start": START, "window_end": END}  # fmt: skip
    rows = {
        "iamsql.run": [run],
        "iamsql.accounts": [{"account_id": ACCOUNT, "name": "main", "state": "ACTIVE", "selected": True, "outcome": "complete",
                             "position": 0}],
        "iamsql.coverage": [
            {"account_id": ACCOUNT, "service": call.service, "operation": call.operation, "status": "ok"} for call in all_calls()
        ],
        "iamsql.event_coverage": read,
        "aws_iam_user": users,
        "aws_cloudtrail_trail": trails,
        "aws_iam_action": catalog,
        **tables,
    }  # fmt: skip
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        for table, table_rows in rows.items():
            _insert(con, table, table_rows)
        con.execute(_events.insert_events(_events.parse_records(_batch(events))))
        for name in DERIVED:
            con.execute(f"insert into {name} by name {compiler.select(all_tables()[name])}")
    return path


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    described = con.execute(f"describe {table}").fetchall()
    shape = json.dumps([{name: kind for name, kind, *_ in described}])
    sql = f"insert into {table} by name select unnest(from_json(?, ?), recursive := true)"
    con.execute(sql, [json.dumps([dict(row) for row in rows]), shape])


def _batch(events: Sequence[Row]) -> str:
    """Return the SELECT of a batch of records from log files."""
    text = json.dumps([dict(event) for event in events]).replace("'", "''")
    return f"""
select cast(null as varchar) as account_hint, cast(null as varchar) as region_hint, item as event, 'trail' as data_source,
  'x.json.gz' as log_file, cast(null as json) as lookup_resources, row_number() over () as position,
  timestamptz '{END}' as synced_at
from (select unnest(from_json('{text}', '["JSON"]')) as item)"""
