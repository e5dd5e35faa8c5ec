"""The paths of a lake's files. A manifest is untrusted input: a path in it must not lead out of the lake."""

from __future__ import annotations

import re

from iamsql.escaping import printable
from iamsql.model import IamsqlError

RUN_ID_PATTERN = re.compile(r"\d{8}T\d{6}Z-[A-Za-z0-9_-]{1,64}")  # the IDs of runs sort by their start
# A manifest has its version in its name. The other names end with a random text, so no two writers use the same one.
MANIFEST_FOLDER = "manifest/"
# No character of a part has a meaning in a glob pattern or a URL.
PATH_PART_PATTERN = r"[A-Za-z0-9_=+,@-][A-Za-z0-9_.=+,@-]{0,199}"
PATH_PATTERN = re.compile(rf"{PATH_PART_PATTERN}(?:/{PATH_PART_PATTERN}){{0,9}}")
# Files of these paths, and the temporary files next to them, belong to the lake. Other files do not.
LAKE_FILE_PATTERN = re.compile(
    rf"(?:manifest/\d{{8}}\.json|runs/{PATH_PART_PATTERN}/{PATH_PART_PATTERN}\.json|state/table={PATH_PART_PATTERN}/organization={PATH_PART_PATTERN}/run={PATH_PART_PATTERN}/{PATH_PART_PATTERN}\.parquet"
    rf"|events/organization={PATH_PART_PATTERN}/event_region={PATH_PART_PATTERN}/event_day={PATH_PART_PATTERN}/{PATH_PART_PATTERN}\.parquet)"
)
TEMPORARY_FILE_PATTERN = re.compile(r"(?P<folder>(?:.*/)?)\.(?P<name>[^/]+)\.[0-9a-f]{8}\.tmp")
_UNSAFE_CHARACTER_PATTERN = re.compile(r"[^A-Za-z0-9_.=+,@-]|^\.")
MAX_PART_CHARACTERS = 120  # characters of a name that `path_part` returns


def checked_path(path: str) -> str:
    """Return a path of a lake: relative, with parts of safe characters. Raise IamsqlError for another path."""
    if not PATH_PATTERN.fullmatch(path):
        raise IamsqlError(
            f"{printable(path[:200])} is not the path of a file of a lake.\nVerify where the lake comes from."
        )
    return path


def path_part(text: str) -> str:
    """Convert text to a part of a path: unsafe characters become '_', and long text is cut."""
    return _UNSAFE_CHARACTER_PATTERN.sub("_", text)[:MAX_PART_CHARACTERS] or "_"


def is_lake_file(path: str) -> bool:
    """Return whether a file of this path belongs to a lake: in its layout, or the temporary file of such a file."""
    return LAKE_FILE_PATTERN.fullmatch(final_path(path)) is not None


def final_path(path: str) -> str:
    """Return the path that a temporary file gets when it is complete; another path unchanged."""
    temporary = TEMPORARY_FILE_PATTERN.fullmatch(path)
    return temporary["folder"] + temporary["name"] if temporary else path
