"""A sync that kills itself, as nobody can catch it: at a call of AWS, or at a statement that its file is told.

Run as a program: folder, "call" or "statement", its number, and how: new or resume; typed for the typed tables too.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from iamsql.store.writer import RunWriter
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.syncs import run_sync


class Mortal:
    """Counts, and dies at a number."""

    def __init__(self, number: int) -> None:
        self.left = number

    def count(self) -> None:
        """Count one more."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(runs: str, where: str, number: str, how: str, typed: str = "") -> None:
    """Sync the demo organization until it ends or dies."""
    mortal, room, plain = Mortal(int(number)), FakeAws(DAY), RunWriter.execute
    answer = room.answer

    def answered(request: Any, **more: Any) -> Any:
        mortal.count()
        return answer(request, **more)

    def executed(self: RunWriter, statement: str, values: Any = ()) -> None:
        mortal.count()
        plain(self, statement, values)

    if where == "call":
        room.answer = answered  # type: ignore[method-assign]
    with (
        patch.object(RunWriter, "execute", executed if where == "statement" else plain),
        patch("iamsql.store.writer.FLUSH_INTERVAL", 0.05),
    ):
        run_sync(Path(runs), aws=room, typed=bool(typed), resume=how == "resume")


if __name__ == "__main__":
    main(*sys.argv[1:])
