"""Two runs of the sample organization on a fixed day, so every test has the same rows. Each run is made once and cached.

`sample` has every table and the events of the trail; some accounts and calls are denied. In `denied`, all calls are denied
except the calls that list the accounts. The cache is a folder of the user for each version of iamsql and of its tables.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from platformdirs import user_cache_dir

from iamsql.demo import SampleOrganization
from iamsql.demo.data import DataFiles
from iamsql.demo.errors import access_denied_error
from iamsql.model import IamsqlError
from iamsql.render.files import make_private
from iamsql.runs.file.template import checked_template
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from iamsql.version import __version__

SAMPLE_DAY = date(2026, 3, 2)  # the day of the sample organization; its runs start at noon in UTC
SAMPLE_RUN, DENIED_RUN = "sample", "denied"
MAX_UNUSED_SECONDS = 30 * 86_400.0  # seconds after which the runs of another version are deleted
# The calls that find the accounts and their units, and assume the roles.
ALLOWED_OPERATIONS = {
    "DescribeOrganization",
    "ListAccounts",
    "ListRoots",
    "ListParents",
    "AssumeRole",
    "GetCallerIdentity",
}


class DeniedOrganization(SampleOrganization):
    """The sample organization for a caller who can only list its accounts."""

    def result(self, caller: Any, request: Any) -> dict[str, Any]:
        """Answer the operations in ALLOWED_OPERATIONS; raise the error of AWS for every other operation."""
        if request.operation not in ALLOWED_OPERATIONS:
            raise access_denied_error(request.service, request.operation, caller.arn)
        return super().result(caller, request)


ORGANIZATIONS: dict[str, tuple[type[SampleOrganization], str]] = {  # with the trail that is read
    SAMPLE_RUN: (SampleOrganization, "auto"),
    DENIED_RUN: (DeniedOrganization, ""),
}


def sample_run(name: str, say: Callable[[str], object] = lambda _line: None) -> Path:
    """Return the run file SAMPLE_RUN or DENIED_RUN; `say` gets a line if it has to be made, which takes some seconds.

    Raise IamsqlError if the cache cannot be written.
    """
    folder = cache_folder()
    path = folder / f"{name}.duckdb"
    try:
        make_private(folder)
        if path.is_file():
            folder.touch()
            return path
        say(f"Making the run {name} of the sample organization in {folder}.")
        _delete_unused(folder)
        building = Path(mkdtemp(prefix=f".{name}-", dir=folder))
        try:
            _build_run(name, building).replace(path)  # the files of two processes are alike
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        raise IamsqlError(
            f"cannot write the sample runs to {folder}: {error.strerror or error}\nSet another cache folder with XDG_CACHE_HOME."
        ) from None
    return path


def cache_folder() -> Path:
    """Return the folder of the sample runs of this version, which may not exist."""
    # The digest of the template changes with every table, macro and shipped query.
    version = f"{__version__}-{checked_template().sha256[:16]}"
    return Path(user_cache_dir("iamsql", appauthor=False)) / "sample-runs" / version


def _build_run(name: str, folder: Path) -> Path:
    organization, trail = ORGANIZATIONS[name]
    options = Options(folder, demo=True, tables=("all",), trail=trail, no_reuse=True)
    with _suppress_warnings():
        result = sync(options, Progress(), organization(DataFiles(SAMPLE_DAY)))
    if result.path is None:
        raise IamsqlError(
            f"the sync of the sample organization wrote no run to {folder}\nFree some space on this disk."
        )
    return result.path


@contextmanager
def _suppress_warnings() -> Iterator[None]:
    """Log no warnings: the denied calls of the sample organization are intended."""
    logger = logging.getLogger("iamsql")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _delete_unused(current: Path) -> None:
    """Delete the runs of other versions that were not used for a long time. File errors are ignored."""
    with suppress(OSError):
        for other in current.parent.iterdir():
            if other != current and time.time() - other.lstat().st_mtime > MAX_UNUSED_SECONDS:
                shutil.rmtree(other, ignore_errors=True)
