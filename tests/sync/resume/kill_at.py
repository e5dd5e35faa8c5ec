"""A sync that kills itself with SIGKILL at a given API call or SQL statement.

Arguments: folder, "call" or "statement", its number, and "new" or "resume"; "typed" fills the typed tables too,
and "resources" reads the policies of resources instead of the default tables."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from iamsql.runs.store.writer import RunWriter
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.syncs import DATA, PAYMENTS, SHARED, WEB, run_sync

RESOURCES: dict[str, Any] = {
    "tables": ("aws_resource_policy", "aws_s3_bucket", "aws_s3_access_point", "aws_kms_key"),
    "regions": ("us-east-1", "eu-west-1"),
    "events": ("none",),
    "accounts": (PAYMENTS, WEB, DATA, SHARED),
}


class KillCounter:
    """Counts events, and kills the process at a number."""

    def __init__(self, number: int) -> None:
        self.left = number

    def count(self) -> None:
        """Count an event."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(runs: str, event: str, number: str, mode: str, kind: str = "") -> None:
    """Sync the sample organization until the end or the kill."""
    options = RESOURCES if kind == "resources" and mode == "new" else {}
    counter, aws, execute = KillCounter(int(number)), FakeAws(DAY), RunWriter.execute
    plain_answer = aws.answer

    def answered(request: Any, **options: Any) -> Any:
        counter.count()
        return plain_answer(request, **options)

    def executed(self: RunWriter, statement: str, values: Any = ()) -> None:
        counter.count()
        execute(self, statement, values)

    if event == "call":
        aws.answer = answered  # type: ignore[method-assign]
    with (
        patch.object(RunWriter, "execute", executed if event == "statement" else execute),
        patch("iamsql.runs.store.writer.FLUSH_INTERVAL", 0.05),
    ):
        run_sync(Path(runs), aws=aws, typed=bool(kind), resume=mode == "resume", **options)


if __name__ == "__main__":
    main(*sys.argv[1:])
