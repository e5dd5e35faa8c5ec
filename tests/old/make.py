"""How the old run files were made: by the iamsql of a commit, over its own made-up organization, on the day of the tests.

    git worktree add --detach TREE a66b043
    PYTHONPATH=TREE python tests/old/make.py TREE tests/old/a66b043.duckdb.xz

It is run once a schema, by that schema's own code, and never again: a file made later would not be an old one.
"""

from __future__ import annotations

import lzma
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

DAY = date(2026, 3, 2)
ACCOUNTS = ("111122223333", "555566667777", "999900001111")  # management, payments, and one that lets nobody in


def make(tree: Path, packed: Path) -> None:
    """Sync three accounts with the iamsql of `tree`, and pack the run file."""
    import iamsql
    from iamsql.demo import Room
    from iamsql.sync import Options, sync
    from iamsql.sync.run import Silent

    assert Path(iamsql.__file__).is_relative_to(tree.resolve()), iamsql.__file__
    with TemporaryDirectory() as runs:
        outcome = sync(Options(runs=Path(runs), demo=True, accounts=ACCOUNTS), Silent(), Room(DAY))
        assert outcome.path is not None
        packed.write_bytes(lzma.compress(outcome.path.read_bytes(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
