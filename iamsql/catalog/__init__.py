"""Read the query folders: each .sql file is a query, its folder is the theme, and its file stem is the query's name."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from iamsql.catalog.frontmatter import KEYS, parse, read_query, split_file_name
from iamsql.catalog.invalid import Catalog, InvalidFile, invalid_file
from iamsql.catalog.lexer import find_parameters
from iamsql.catalog.lock import check_lock, digest, lock_text
from iamsql.catalog.macro import macro_sql, run_file_macro_sql
from iamsql.catalog.params import bind, defaults, did_you_mean, set_parameter_types
from iamsql.catalog.settings.file import CONFIG_FILE_NAME
from iamsql.catalog.settings.local_files import local_path, query_notes, shortened_list
from iamsql.catalog.settings.query_values import Config, read_config
from iamsql.catalog.settings.untrusted_files import LOCAL_QUERIES_FOLDER, list_files, read_text
from iamsql.catalog.shipped_copies import is_copy
from iamsql.catalog.usage import with_positional
from iamsql.catalog.versions import find_control, find_version
from iamsql.model import IamsqlError, Param, Query

SHIPPED = "shipped"  # the name of the folder of shipped queries in `iamsql test` and `iamsql lint`
__all__ = [
    "CONFIG_FILE_NAME",
    "SHIPPED",
    "Catalog",
    "Config",
    "InvalidFile",
    "bind",
    "check_lock",
    "chosen_folders",
    "configured_query_folders",
    "defaults",
    "digest",
    "files",
    "find",
    "find_control",
    "find_parameters",
    "folders",
    "is_name",
    "load",
    "load_query",
    "local_path",
    "lock_text",
    "macro_sql",
    "names",
    "parse",
    "query_from_sql",
    "query_notes",
    "read_catalog",
    "read_config",
    "read_file",
    "run_file_macro_sql",
    "set_parameter_types",
    "shipped_folder",
    "shortened_list",
    "with_positional",
]


def shipped_folder() -> Path:
    """Return the folder of the queries that iamsql ships: next to the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    packaged_folder = package / "queries"
    return packaged_folder if packaged_folder.is_dir() else package.parent / "queries"


def configured_query_folders(extra: Sequence[str] = ()) -> list[Path]:
    """Return the query folders of --queries and IAMSQL_QUERIES, whether they exist or not."""
    return [Path(name) for name in (*extra, *os.environ.get("IAMSQL_QUERIES", "").split(os.pathsep)) if name]


def folders(extra: Sequence[str] = ()) -> list[Path]:
    """Return the query folders, each once: shipped, --queries, IAMSQL_QUERIES, ./queries.

    Raise IamsqlError for a folder that does not exist.
    """
    requested_folders = configured_query_folders(extra)
    for folder in requested_folders:
        if not folder.is_dir():
            raise IamsqlError(f"no query folder {folder} (from --queries, IAMSQL_QUERIES or {CONFIG_FILE_NAME})")
    local_folders = [LOCAL_QUERIES_FOLDER] if LOCAL_QUERIES_FOLDER.is_dir() else []
    unique_folders: dict[Path, Path] = {}
    for folder in (shipped_folder(), *requested_folders, *local_folders):
        unique_folders.setdefault(folder.resolve(), folder)
    return list(unique_folders.values())


def chosen_folders(names: Sequence[str], extra: Sequence[str] = ()) -> list[Path]:
    """Return the folders that a user names, `shipped` for the shipped queries; without names, all folders except the shipped one.

    Raise IamsqlError for a folder that does not exist, and if there is none.
    """
    selected_folders = [shipped_folder() if name == SHIPPED else Path(name) for name in names]
    for folder in selected_folders:
        if not folder.is_dir():
            raise IamsqlError(f"no file or folder {folder}\nName a .sql file, a folder of .sql files, or: {SHIPPED}")
    if not names and not (selected_folders := folders(extra)[1:]):  # the first one has the shipped queries
        raise IamsqlError(
            f"no queries of your own: there is no folder ./{LOCAL_QUERIES_FOLDER}\nName a folder of .sql files, or: {SHIPPED}"
        )
    return selected_folders


def files(folders: Sequence[Path], refused: list[str] | None = None, name: str = "") -> list[tuple[Path, bool]]:
    """Return the .sql files of the folders, or of one query, each once, and whether iamsql ships them.

    Append a line to `refused` for each path that is not read; see `list_files`. A copy of a shipped file is left out if the shipped
    folder is one of the folders.
    """
    shipped = shipped_folder()
    has_shipped = any(folder.resolve() == shipped for folder in folders)
    # By the path without links, because one folder can contain another, or a link to a file of another.
    unique_files: dict[Path, tuple[Path, bool]] = {}
    for folder in folders:
        resolved_folder = folder.resolve()
        trusted = resolved_folder == shipped
        inside = Path(shipped.anchor) if trusted else folder  # some installers install links into a cache
        for path in list_files(folder, ".sql", [] if refused is None else refused, inside=inside, stem=name):
            if has_shipped and not trusted and is_copy(path, folder, shipped):
                continue
            # Only the file itself can be a link, and resolving every path takes long. realpath, because resolve() refuses loops.
            real_path = os.path.realpath(path) if path.is_symlink() else resolved_folder / path.relative_to(folder)
            unique_files.setdefault(Path(real_path), (path, trusted))
    return list(unique_files.values())


def read_catalog(folders: Sequence[Path]) -> Catalog:
    """Read every query. An invalid file makes only its own name unavailable; raise IamsqlError for an invalid shipped file."""
    refused: list[str] = []
    versions_by_name: dict[str, list[Query]] = defaultdict(list)
    invalid: dict[str, InvalidFile] = {}
    for path, shipped in files(folders, refused):
        try:
            query = read_query(path, shipped)
            versions_by_name[query.name].append(query)
        except IamsqlError as error:
            if shipped:
                raise
            invalid.setdefault(_query_name(path), invalid_file(path, error))
    queries = {name: _usable_versions(versions, invalid) for name, versions in sorted(versions_by_name.items())}
    return Catalog({name: versions for name, versions in queries.items() if versions}, invalid, tuple(refused))


def _usable_versions(versions: list[Query], invalid: dict[str, InvalidFile]) -> list[Query]:
    """Return the versions of a query, oldest first; only the shipped versions if a user's file of that name is invalid."""
    try:
        ranked = _sort_versions(versions)
    except IamsqlError as error:
        user_query = next(query for query in reversed(versions) if not query.shipped)
        invalid.setdefault(user_query.name, InvalidFile(str(error), user_query.path, user_query.kind, user_query.tags))
    if versions[0].name not in invalid:
        return ranked
    return _sort_versions([query for query in versions if query.shipped])


def load(folders: Sequence[Path]) -> Mapping[str, Sequence[Query]]:
    """Read every query. Map each name to its versions, oldest first.

    Raise IamsqlError for the first invalid file.
    """
    catalog = read_catalog(folders)
    for invalid in catalog.invalid.values():
        raise IamsqlError(invalid.reason)
    return catalog.queries


def load_query(folders: Sequence[Path], reference: str) -> Query:
    """Read one query by `name` or `name@version` without opening the files of other queries."""
    name = reference.partition("@")[0]
    files_of_name = files(folders, name=name) if name else []
    if len(files_of_name) == 1 and files_of_name[0][1] and name == reference:
        return replace(read_query(files_of_name[0][0], shipped=True, is_checked=True), latest=True)
    if files_of_name:
        return find_version(_sort_versions([read_query(path, shipped) for path, shipped in files_of_name]), reference)
    refused: list[str] = []
    error = _unknown_query_error(name, sorted({_query_name(path) for path, _ in files(folders, refused)}))
    raise IamsqlError("\n".join([str(error), *refused]))


def find(queries: Mapping[str, Sequence[Query]], reference: str) -> Query:
    """Return a query by `name`, in its newest version, or by `name@version`.

    Raise IamsqlError for an unknown name or version, with near names.
    """
    name = reference.partition("@")[0]
    if name not in queries:
        raise _unknown_query_error(name, queries)
    return find_version(queries[name], reference)


def names(folders: Sequence[Path]) -> list[str]:
    """Return the names of all queries, from the file names only."""
    return sorted({_query_name(path) for path, _ in files(folders)})


def is_name(text: str) -> bool:
    """Return whether text is a query name, a word with an optional @version, and not SQL."""
    return re.fullmatch(r"[\w-]+(@\w*)?", text.strip()) is not None


def query_from_sql(sql: str, name: str = "query", path: str = "") -> Query:
    """Return a query of bare SQL. Its parameters are required and of type text."""
    params = tuple(Param(param, "text", required=True) for param in find_parameters(sql))
    return Query(name, name, sql, path, params=params, shipped=False)


def read_file(path: Path) -> Query:
    """Read a .sql file by path: with front matter if its first comment has `-- title:`, otherwise as bare SQL.

    A file whose first line has an unknown key, such as `-- id:`, has the front matter of another tool: all of it is SQL.
    """
    text = read_text(path)
    first_key = re.match(r"\s*--\s*([a-z_]+)\s*:", text)
    has_foreign_key = first_key is not None and first_key[1] not in KEYS
    if not has_foreign_key and re.match(r"\s*(--[^\n]*\n)*?--\s*title\s*:", text):
        return parse(text, path)
    return query_from_sql(text, path.stem, str(path))


def _sort_versions(versions: Sequence[Query]) -> list[Query]:
    """Return the versions of one name, oldest first. Raise IamsqlError if two files have the same version or no suffix."""
    ordered_versions = sorted(versions, key=lambda query: query.version)
    unversioned_queries = [query for query in ordered_versions if split_file_name(Path(query.path))[1] is None]
    duplicates = [pair for pair in pairwise(ordered_versions) if pair[0].version == pair[1].version]
    for first, other in [*duplicates, *pairwise(unversioned_queries)]:
        raise IamsqlError(f"two files define the query {first.name}: {first.path} and {other.path}; rename one of them")
    if unversioned_queries and (unversioned := unversioned_queries[0]) is not (newest := ordered_versions[-1]):
        raise IamsqlError(
            f"{unversioned.path}:1: {unversioned.name} is version {unversioned.version}, but {newest.path} is newer; "
            "the newest version is the file without .vN"
        )
    return [replace(query, latest=query is ordered_versions[-1]) for query in ordered_versions]


def _query_name(path: Path) -> str:
    return path.name.split(".", 1)[0]


def _unknown_query_error(name: str, known_names: Sequence[str] | Mapping[str, Sequence[Query]]) -> IamsqlError:
    return IamsqlError(
        f"no query named {name!r}{did_you_mean(name, list(known_names))} (list the queries with: iamsql queries)"
    )
