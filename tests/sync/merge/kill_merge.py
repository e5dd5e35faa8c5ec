"""A merge that kills itself with SIGKILL at a SQL statement. Arguments: folder, number of the statement."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from iamsql.runs.store.writer import RunWriter
from iamsql.sync.merge.merge import merge


def main(runs: str, number: str) -> None:
    """Merge the shards of a folder until the kill."""
    execute, remaining = RunWriter.execute, [int(number)]

    def executed(self: RunWriter, statement: str, values: Any = ()) -> None:
        remaining[0] -= 1
        if not remaining[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        execute(self, statement, values)

    with patch.object(RunWriter, "execute", executed):
        merge(Path(runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
