"""The JSON of manifests and of the files of a run. Everyone who can write the lake can write both, so every value is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, fields
from functools import cache, partial
from typing import Any, get_args, get_origin, get_type_hints

from iamsql.escaping import printable
from iamsql.lake.model import MANIFEST_FORMAT, LakeRun, Manifest, RunFiles
from iamsql.lake.paths import PATH_PATTERN
from iamsql.lake.table_names import MAX_NAME_CHARACTERS, unknown_table
from iamsql.model import IamsqlError
from iamsql.runs.store.open_errors import UPGRADE_HINT, is_newer_version
from iamsql.version import __version__

MAX_CHARACTERS = 2000  # characters of a string
MAX_STATE_CHARACTERS = 2**20  # characters of the status of a run, which lists the accounts that limit the run
SHA256_PATTERN = re.compile(r"[0-9a-f]{64}")
TIME_PATTERN = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z)?")
DAY_PATTERN = re.compile(r"\d{4}-\d\d-\d\d|unknown")  # an event can be without a time
FIELD_PATTERNS = {
    "path": PATH_PATTERN,
    "sha256": SHA256_PATTERN,
    "day": DAY_PATTERN,
    **dict.fromkeys(
        ("started_at", "finished_at", "window_start", "window_end", "added_at", "first", "last"), TIME_PATTERN
    ),
}


class _UnknownMemberError(ValueError):
    """A member that this version does not have."""


def manifest_text(manifest: Manifest, writer: str) -> bytes:
    """Return a manifest as JSON. `writer` is a random string that identifies the writer."""
    header = {"format": MANIFEST_FORMAT, "iamsql_version": __version__, "writer": writer}
    return _encode(header | asdict(manifest))


def run_files_text(files: RunFiles) -> bytes:
    """Return the files of the tables of a run as JSON."""
    return _encode({"format": MANIFEST_FORMAT, "iamsql_version": __version__, **asdict(files)})


def parse_manifest(content: bytes, version: int, lake: str) -> Manifest:
    """Return the manifest of this version. Raise IamsqlError for other content, or for a format of a newer iamsql."""
    manifest: Manifest = _parse(Manifest, content, f"The manifest {version} of the lake {lake}", ("writer",))
    if manifest.version != version:
        raise IamsqlError(
            f"The manifest {version} of the lake {lake} says that it is version {manifest.version}.\nRestore the folder manifest/."
        )
    return manifest


def parse_run_files(content: bytes, run: LakeRun, lake: str) -> RunFiles:
    """Return the files of the tables of a run.

    Raise IamsqlError for other content, for a format of a newer iamsql, and for a table that this version does not have.
    """
    files: RunFiles = _parse(RunFiles, content, f"{run.files.path} of the lake {lake}", ())
    if files.run_id != run.run_id:
        raise IamsqlError(
            f"{run.files.path} of the lake {lake} belongs to another run than {printable(run.run_id)}.\n"
            "Compare the lake with its manifest: iamsql lake verify"
        )
    if unknown_name := unknown_table(files.tables):
        if is_newer_version(run.iamsql_version):
            version = printable(run.iamsql_version[:MAX_NAME_CHARACTERS])
            next_step = f"iamsql {version}, newer than this one, added the run. To read it, {UPGRADE_HINT}."
        else:
            next_step = "Verify where the lake comes from."
        raise IamsqlError(
            f"{run.files.path} of the lake {lake} lists the table {unknown_name}, which iamsql {__version__} does not have.\n"
            f"{next_step}"
        )
    return files


def _encode(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode(errors="surrogatepass")


def _parse(object_type: type, content: bytes, name: str, other_members: tuple[str, ...]) -> Any:
    """Return an object of a dataclass from a JSON document. The document may also have `other_members`."""
    try:
        value = json.loads(content)
        if not isinstance(value, dict):
            raise ValueError("it is not an object")
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is not text
    except (ValueError, RecursionError) as error:
        raise _damaged_error(name, str(error)) from error
    written_by = str(value.pop("iamsql_version", "")) or "a newer version"
    newer_version_error = IamsqlError(
        f"{name} was written by iamsql {printable(written_by[:40])}, and {__version__} cannot read it.\nUpdate iamsql."
    )
    if value.pop("format", None) != MANIFEST_FORMAT:
        raise newer_version_error
    try:
        return _parse_object(object_type, {key: item for key, item in value.items() if key not in other_members})
    except _UnknownMemberError:
        raise newer_version_error from None
    except ValueError as error:
        raise _damaged_error(name, str(error).splitlines()[0]) from error


def _damaged_error(name: str, reason: str) -> IamsqlError:
    return IamsqlError(
        f"{name} is damaged: {printable(reason[:200])}.\nRestore the file from a backup, or from an older version of it."
    )


@cache
def _field_converters(object_type: type) -> tuple[dict[str, Callable[[Any], Any]], frozenset[str]]:
    """Return the function that converts each field of a dataclass, and the names of the fields that are required."""
    required_fields = (
        item.name for item in fields(object_type) if item.default is MISSING and item.default_factory is MISSING
    )
    return {name: _find_converter(name, hint) for name, hint in get_type_hints(object_type).items()}, frozenset(
        required_fields
    )


def _parse_object(object_type: type, value: Any) -> Any:
    """Return an object of a dataclass. Raise ValueError for a member that is missing or has another type or form."""
    converters, required_fields = _field_converters(object_type)
    if not isinstance(value, dict):
        raise ValueError(f"{object_type.__name__} is not an object")
    if missing_members := required_fields - value.keys():
        raise ValueError(f"{object_type.__name__} has no {min(missing_members)}")
    if unknown_members := value.keys() - converters.keys():
        raise _UnknownMemberError(min(unknown_members))
    return object_type(**{name: converters[name](item) for name, item in value.items()})


def _find_converter(name: str, hint: Any) -> Callable[[Any], Any]:
    """Return the function that converts and checks the JSON value of a field."""
    if get_origin(hint) is tuple:
        return partial(_parse_tuple, name, _find_converter(name, get_args(hint)[0]))
    if get_origin(hint) is dict:
        return partial(_parse_dict, name, _find_converter(name, get_args(hint)[1]))
    if hint is str:
        return partial(_check_text, name, FIELD_PATTERNS.get(name))
    return partial(_check_count, name) if hint is int else partial(_parse_object, hint)


def _parse_tuple(name: str, convert: Callable[[Any], Any], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return tuple(map(convert, value))


def _parse_dict(name: str, convert: Callable[[Any], Any], value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return {_check_text(name, None, key): convert(item) for key, item in value.items()}


def _check_text(name: str, pattern: re.Pattern[str] | None, value: Any) -> str:
    max_characters = MAX_STATE_CHARACTERS if name == "state" else MAX_CHARACTERS
    if type(value) is not str or len(value) > max_characters:
        raise ValueError(f"{name} is not a string of at most {max_characters} characters")
    if pattern and not pattern.fullmatch(value):
        raise ValueError(f"{name} has another form")
    return value


def _check_count(name: str, value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} is not a number from 0")
    return value
