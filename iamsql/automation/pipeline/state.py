"""Record the run of an unfinished pipeline in `.pipeline.json` of the runs folder, so a later pipeline continues with it.

The file is removed when every step has succeeded, and when a pipeline that continued has also failed: a step that always fails must
not prevent later syncs. A file that cannot be read is ignored: the pipeline then starts with a sync.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.render.files import atomic_write
from iamsql.runs.directory import read_regular

STATE_FILE = ".pipeline.json"
MAX_STATE_BYTES = 10_000
# Since the sync. An older run is not used again, because it no longer shows the current state.
MAX_AGE = timedelta(hours=1)


@dataclass
class PipelineState:
    """The run of a pipeline, as the name of its file ('' before the sync), the number of its gaps, and the end of its sync.

    `is_continued` is true if an earlier pipeline made the run.
    """

    folder: Path
    run: str = ""
    gaps: int = 0
    synced_at: str = ""
    is_continued: bool = False

    def write(self, now: datetime) -> None:
        """Record that the sync is done."""
        self.synced_at = now.isoformat()
        content = {"run": self.run, "gaps": self.gaps, "synced_at": self.synced_at}
        atomic_write(self.folder / STATE_FILE, lambda stream: json.dump(content, stream), follow=False)

    def remove(self) -> None:
        """Remove the file, so the next pipeline starts with a sync."""
        (self.folder / STATE_FILE).unlink(missing_ok=True)


def find_unfinished(folder: Path, now: datetime) -> PipelineState | None:
    """Return the state of a pipeline of the last hour that did not finish and whose run exists; None without one."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(read_regular(folder / STATE_FILE, MAX_STATE_BYTES))
        synced_at = datetime.fromisoformat(content["synced_at"]).astimezone(UTC)
        run, gaps = Path(str(content["run"])).name, int(content["gaps"])
        if timedelta() <= now - synced_at <= MAX_AGE and run and (folder / run).is_file():
            return PipelineState(folder, run, gaps, content["synced_at"], is_continued=True)
    return None
