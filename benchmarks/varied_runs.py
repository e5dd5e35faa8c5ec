"""Run files of varied events, which are built once for each number of events and version of the generator."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import large_organization, varied_events

NAME = "20261125T120000Z-o-made.duckdb"
SOURCES = (
    *(Path(varied_events.__file__).with_suffix(suffix) for suffix in (".py", ".sql", ".csv")),
    *(Path(large_organization.__file__).with_suffix(suffix) for suffix in (".py", ".sql")),
)


def varied_run(events: int) -> Path:
    """Return the run file with this number of events, from the temporary folder of the machine if it was built before."""
    version = hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"iamsql-bench-{version}" / str(events)
    path = folder / NAME
    if not path.exists():
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        print(f"    building a run of {events:,} events", file=sys.stderr)
        for rest in folder.glob(f"{NAME}.*"):
            rest.unlink()
        line = [sys.executable, "-m", "benchmarks.varied_events", str(path), str(events)]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    return path
