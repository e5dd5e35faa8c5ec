"""Questions about the policies of resources in a large organization: who can use a resource, and who outside can use any."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.large_organization import Size
from benchmarks.measurement import Measurement
from benchmarks.processes import run_process

SIZE = Size()
PER_ACCOUNT = 20
DATA = f"{SIZE.accounts:,} accounts × {SIZE.users} users × {SIZE.roles} roles × {PER_ACCOUNT} resource policies"
ROWS = Path(__file__).with_name("resource_policies.sql")
FILL = (
    "insert into aws_resource_policy by name "
    "select r.*, md5(cast(r.policy as varchar)) as document_id from resource_rows as r",
    """insert into aws_iam_document by name
    select r.account_id, r."partition", 'resource' as source, r.arn as owner_arn, r.resource_type as owner_type,
        false as is_aws_managed, true as is_attached, r.document_id
    from aws_resource_policy as r""",
    """insert into aws_iam_statement by name from iam_parsed_statements((
        select list({'document_id': d.document_id, 'document': d.policy})
        from (select r.document_id, any_value(r.policy) as policy from aws_resource_policy as r group by r.document_id) as d
    ))""",
)
QUESTIONS = {
    "a bucket": ("s3:GetObject", "arn:aws:s3:::acme-100000000000-10/report.csv"),
    "a queue": ("sqs:SendMessage", "arn:aws:sqs:us-east-1:100000000000:queue-8"),
    "a key": ("kms:Decrypt", "arn:aws:kms:us-east-1:100000000000:key/00000000-0000-4000-8000-000000000002"),
}


def measure() -> Iterator[Measurement]:
    """Build the run file with the policies, and run each command in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.duckdb"
        line = [sys.executable, "-m", "benchmarks.large_organization", str(path)]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
        add_policies(path)
        for name, (action, resource) in QUESTIONS.items():
            arguments = ("who_can", "--arg", f"action={action}", "--arg", f"resource={resource}")
            yield measured(path, f"`who_can` {action} on {name}, {DATA}", arguments, 5)
        yield measured(
            path, f"`external_access`, {SIZE.accounts * PER_ACCOUNT:,} resource policies", ("external_access",), 10
        )


def add_policies(path: Path) -> None:
    """Add the policies to the tables of a finished run file."""
    with duckdb.connect(str(path)) as connection:
        text = ROWS.read_text(encoding="utf-8").replace("$per_account", str(PER_ACCOUNT))
        connection.execute(f"create temp table resource_rows as {text}")
        for statement in FILL:
            connection.execute(statement)


def measured(path: Path, name: str, arguments: tuple[str, ...], seconds: int) -> Measurement:
    """Run a query in a process of its own, and compare its time with the target."""
    line = [sys.executable, "-m", "iamsql", "query", *arguments, "--output", "csv", "--run", str(path)]
    cost = run_process(line)
    target = f"under {seconds} s"
    if cost.exit_code:
        return Measurement(name, f"failed with exit code {cost.exit_code}", "", "", target, False)
    return Measurement(name, f"{cost.wall:.1f} s, {cost.memory:,.0f} MiB", "", "", target, cost.wall < seconds)
