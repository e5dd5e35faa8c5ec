"""Write the resources of sample organizations into the tables of a run: aws_resource_policy, documents and statements."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from iamsql.sync.importer.write import import_files
from tests.conftest import SHARED
from tests.sync.importer import resource_dumps
from tests.tables.permissions import organization_dumps
from tests.tables.permissions.policy_builders import imported

Item = dict[str, Any]
ESTATES = SHARED / "permissions" / "resources" / "estates"
QUESTIONS = ESTATES.parent / "questions"
ROWS = """
insert into aws_resource_policy by name
select i.item ->> '$.account_id' as account_id, i.item ->> '$.region' as region, 'aws' as "partition",
    i.item ->> '$.resource_type' as resource_type, i.item ->> '$.arn' as arn, i.item ->> '$.name' as name,
    nullif(document(i.item -> '$.policy'), 'null') as policy, policy_document_id(nullif(document(i.item -> '$.policy'), 'null'))
        as document_id, duplicate_key(nullif(document(i.item -> '$.policy'), 'null')) as duplicate_key,
    case
        when duplicate_key(nullif(document(i.item -> '$.policy'), 'null')) is not null then 'unread'
        else i.item ->> '$.policy_status'
    end as policy_status, (i.item ->> '$.block_public_acls')::boolean as block_public_acls,
    (i.item ->> '$.ignore_public_acls')::boolean as ignore_public_acls,
    (i.item ->> '$.block_public_policy')::boolean as block_public_policy,
    (i.item ->> '$.restrict_public_buckets')::boolean as restrict_public_buckets,
    i.item ->> '$.object_ownership' as object_ownership, nullif(i.item -> '$.grants', 'null') as grants,
    i.item ->> '$.vpc_id' as vpc_id
from (select unnest(cast(? as json[])) as item) as i
"""
DOCUMENTS = """
insert into aws_iam_document by name
select r.account_id, r."partition", 'resource' as source, r.arn as owner_arn, r.resource_type as owner_type,
    null as policy_name, false as is_aws_managed, true as is_attached, r.document_id
from aws_resource_policy as r where r.document_id is not null
"""
KEYS = """
insert into aws_kms_key by name
select i.item ->> '$.account_id' as account_id, i.item ->> '$.region' as region, i.item ->> '$.arn' as arn,
    i.item ->> '$.key_manager' as key_manager
from (select unnest(cast(? as json[])) as item) as i where i.item ->> '$.key_manager' is not null
"""
STATEMENTS = """
insert into aws_iam_statement by name from iam_parsed_statements((
    select list({'document_id': d.document_id, 'document': d.policy})
    from (
        select r.document_id, any_value(r.policy) as policy from aws_resource_policy as r
        where r.document_id is not null and r.document_id not in (select s.document_id from aws_iam_statement as s)
        group by r.document_id
    ) as d
))
"""


def resource(arn: str, kind: str, account_id: str, policy: Any = None, **more: Any) -> Item:
    """Return a row of aws_resource_policy. Without `policy_status`, a resource without a policy has the status none."""
    item = {
        "account_id": account_id, "region": arn.split(":")[3] or "us-east-1", "resource_type": kind, "arn": arn,
        "name": arn.rpartition(":")[2].rpartition("/")[2], "policy": policy, "policy_status": "read" if policy else "none",
        "grants": [] if kind == "kms_key" else None,
    }  # fmt: skip
    return item | more


def bucket(name: str, account_id: str, policy: Any = None, **more: Any) -> Item:
    """Return the row of a bucket, whose public access is not blocked and which owns its objects."""
    switches = dict.fromkeys(
        ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"), False
    )
    owned = {"object_ownership": "BucketOwnerEnforced"}
    return resource(f"arn:aws:s3:::{name}", "s3_bucket", account_id, policy, **switches | owned | more)


def add_resources(path: Path, resources: Iterable[Item]) -> None:
    """Add resources to a run file."""
    with duckdb.connect(str(path)) as con:
        con.execute("load json")
        items = [json.dumps(item) for item in resources]
        con.execute(ROWS, [items])
        con.execute(KEYS, [items])
        con.execute(DOCUMENTS)
        con.execute(STATEMENTS)


def run_with_resources(
    organization: Item, resources: Iterable[Item], folder: Path, without: Sequence[str] = ()
) -> Path:
    """Import an organization, and return a run file that has the resources too."""
    copy = folder / "resources.duckdb"
    shutil.copy(imported(organization, folder, without), copy)
    copy.chmod(0o600)
    add_resources(copy, resources)
    return copy


def names() -> list[str]:
    """List the names of the shared organizations with resources."""
    return sorted(path.stem for path in ESTATES.glob("*.json"))


def imported_estate(name: str, folder: Path) -> Path:
    """Write a shared organization with its resources as files of the AWS CLI, import them, and return the run file."""
    result = import_files(
        [resource_dumps.write_dumps(resource_dumps.read(name), folder / "dumps")], None, folder / "runs"
    )
    assert result.path
    return result.path


def questions_of(name: str) -> list[Item]:
    """Return the questions about a shared organization."""
    questions: list[Item] = json.loads((QUESTIONS / f"{name}.json").read_text(encoding="utf-8"))
    return [question | {"verdict": organization_dumps.VERDICTS[question["verdict"]]} for question in questions]


# The questions with the ARN of the role of a session, and the arguments of iam_evaluation for them.
NAMED_QUESTIONS = """
with listed as materialized (
    select unnest($questions::json[]) as q, generate_subscripts($questions::json[], 1) as place
), named as materialized (
    select l.place, l.q ->> '$.action' as action, l.q ->> '$.resource' as resource,
        (l.q -> '$.session_policy')::varchar as session_policy, (l.q -> '$.session_tags')::varchar as session_tags,
        l.q ->> '$.source_arn' as source_arn, l.q ->> '$.source_account' as source_account,
        l.q ->> '$.principal' as principal, concat(l.q ->> '$.principal', ' ', l.place) as subject, (
            select min(p.principal_arn) from aws_iam_principal as p
            where p.account_id = split_part(l.q ->> '$.principal', ':', 5) and p.type = 'AssumedRole'
                and p.name = split_part(l.q ->> '$.principal', '/', 2) and (l.q ->> '$.principal') like 'arn:%:sts:%'
        ) as role_arn
    from listed as l
)
"""
ARGUMENTS = """
    (
        select list(iam_subject_question(subject, action, resource, iam_source_context(source_arn, source_account)))
        from named
    ),
    (select list(struct_update(s, subject := subject)) from (
        select subject, iam_requester(principal, role_arn, session_policy, session_tags) as s from named
    )), true, (select list(r.item) from iam_known_resources((select list(resource) from named)) as r)
"""
EVALUATION = f"""
{NAMED_QUESTIONS}
select j.verdict, j.reason
from named as n
left join iam_evaluation({ARGUMENTS}) as j on j.principal = n.subject and j.action = n.action and j.resource = n.resource
order by n.place
"""
CAN = """
select verdict, reason from can(
    principal := $principal, action := $action, resource := $resource, session_policy := $session_policy,
    session_tags := $session_tags, source_arn := $source_arn, source_account := $source_account
)
"""


def evaluate(con: duckdb.DuckDBPyConnection, questions: Iterable[Item]) -> list[tuple[str | None, str | None]]:
    """Return verdict and reason of each question, all evaluated at once."""
    return con.execute(EVALUATION, {"questions": [json.dumps(question) for question in questions]}).fetchall()


def can(con: duckdb.DuckDBPyConnection, question: Item) -> tuple[str | None, str | None]:
    """Return verdict and reason of a question, as the query `can` gives them."""
    names = ("principal", "action", "resource", "session_policy", "session_tags", "source_arn", "source_account")
    values = {name: question.get(name) for name in names}
    for name in ("session_policy", "session_tags"):
        values[name] = json.dumps(values[name]) if values[name] is not None else None
    ((verdict, reason),) = con.execute(CAN, values).fetchall()
    return verdict, reason
