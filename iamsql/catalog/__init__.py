"""The catalogue: every .sql file of the query folders; a folder is a theme, a file's stem is the query's name."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from iamsql.catalog.benchmarks import Benchmark, Entry, Section, find_control, load_benchmarks, read_benchmarks
from iamsql.catalog.config import FILE, Settings, is_here, read_settings
from iamsql.catalog.files import list_files, read_text
from iamsql.catalog.frontmatter import KEYS, parse, read_query, stem_of
from iamsql.catalog.invalid import Broken, Catalogue, broken_file
from iamsql.catalog.lexer import parameters_used
from iamsql.catalog.lock import check_lock, digest, lock_text
from iamsql.catalog.macro import macro_sql
from iamsql.catalog.origin import listed, place_of, query_notes
from iamsql.catalog.params import bind, defaults, near
from iamsql.model import IamsqlError, Param, Query

__all__ = [
    "FILE", "Benchmark", "Broken", "Catalogue", "Entry", "Section", "Settings", "bind", "check_lock", "defaults", "digest",
    "files", "find", "find_control", "folders", "is_here", "is_name", "listed", "load", "load_benchmarks", "load_one",
    "lock_text", "macro_sql", "names", "parameters_used", "parse", "place_of", "plain", "query_notes", "read_benchmarks",
    "read_file", "read_settings", "shipped_folder", "survey",
]  # fmt: skip


def shipped_folder() -> Path:
    """Find the queries that come with iamsql: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "queries"
    return inside if inside.is_dir() else package.parent / "queries"


def folders(extra: Sequence[str] = ()) -> list[Path]:
    """List the query folders: shipped, --queries, IAMSQL_QUERIES, ./queries; each once."""
    named = [Path(name) for name in (*extra, *os.environ.get("IAMSQL_QUERIES", "").split(os.pathsep)) if name]
    for folder in named:
        if not folder.is_dir():
            raise IamsqlError(f"no query folder {folder} (from --queries or IAMSQL_QUERIES)")
    here = [Path("queries")] if Path("queries").is_dir() else []
    once: dict[Path, Path] = {}
    for folder in (shipped_folder(), *named, *here):
        once.setdefault(folder.resolve(), folder)
    return list(once.values())


def files(folders: Sequence[Path], refused: list[str] | None = None) -> list[tuple[Path, bool]]:
    """List the .sql files of the folders, each once, and whether they came with iamsql.

    A line is added to `refused` for what is not read; see `list_files`.
    """
    shipped = shipped_folder()
    found: dict[str, tuple[Path, bool]] = {}
    for folder in folders:
        trusted = folder.resolve() == shipped
        inside = Path(shipped.anchor) if trusted else folder  # an installer may have linked what it installed
        for path in list_files(folder, ".sql", [] if refused is None else refused, inside=inside):
            found.setdefault(os.path.realpath(path), (path, trusted))
    return list(found.values())


def survey(folders: Sequence[Path]) -> Catalogue:
    """Read every query; a file that cannot be used is broken and costs its own name alone. Raise for shipped files."""
    refused: list[str] = []
    found: dict[str, list[Query]] = defaultdict(list)
    broken: dict[str, Broken] = {}
    for path, shipped in files(folders, refused):
        try:
            query = read_query(path, shipped)
            found[query.name].append(query)
        except IamsqlError as error:
            if shipped:
                raise
            broken.setdefault(_name(path), broken_file(path, error))
    queries = {name: _usable(versions, broken) for name, versions in sorted(found.items())}
    return Catalogue({name: versions for name, versions in queries.items() if versions}, broken, tuple(refused))


def _usable(versions: list[Query], broken: dict[str, Broken]) -> list[Query]:
    """Order a name's versions; the shipped ones alone where the name is broken, which whoever asks for it is told."""
    try:
        ranked = _ranked(versions)
    except IamsqlError as error:
        own = next(query for query in reversed(versions) if not query.shipped)
        broken.setdefault(own.name, Broken(str(error), own.path, own.kind, own.tags))
    if versions[0].name not in broken:
        return ranked
    return _ranked([query for query in versions if query.shipped])


def load(folders: Sequence[Path]) -> Mapping[str, list[Query]]:
    """Read every query: name → its versions, oldest first; raise IamsqlError for the first broken file."""
    catalogue = survey(folders)
    for broken in catalogue.broken.values():
        raise IamsqlError(broken.why)
    return catalogue.queries


def load_one(folders: Sequence[Path], reference: str) -> Query:
    """Read one query, `name` or `name@1`, without opening the files of the others."""
    name = reference.partition("@")[0]
    refused: list[str] = []
    every = files(folders, refused)
    own = [(path, shipped) for path, shipped in every if _name(path) == name]
    if not own:
        error = _unknown(name, sorted({_name(path) for path, _ in every}))
        raise IamsqlError("\n".join([str(error), *refused]))
    return find({name: _ranked([read_query(path, shipped) for path, shipped in own])}, reference)


def find(queries: Mapping[str, Sequence[Query]], reference: str) -> Query:
    """Choose a query by `name` (its newest version) or `name@1`."""
    name, _, version = reference.partition("@")
    if name not in queries:
        raise _unknown(name, queries)
    versions = {str(query.version): query for query in queries[name]}
    if "@" not in reference:
        return queries[name][-1]
    if version not in versions:
        raise IamsqlError(f"{name} has no version {version!r} (it has {', '.join(versions)})")
    return versions[version]


def names(folders: Sequence[Path]) -> list[str]:
    """List the names of all queries, from the file names alone."""
    return sorted({_name(path) for path, _ in files(folders)})


def is_name(text: str) -> bool:
    """Tell whether text can only be meant as a query's name: one word, maybe with @version, is no SQL statement."""
    return re.fullmatch(r"[\w-]+(@\w*)?", text.strip()) is not None


def plain(sql: str, name: str = "query", path: str = "") -> Query:
    """Make a query of bare SQL: its parameters are required texts."""
    params = tuple(Param(param, "text", required=True) for param in parameters_used(sql))
    return Query(name, name, sql, path, params=params, shipped=False)


def read_file(path: Path) -> Query:
    """Read a .sql file by path: with front matter when its first comment says `-- title:`, else bare SQL.

    A first line with a key that is none of ours, such as `-- id:`, heads somebody else's file: all of it is SQL.
    """
    text = read_text(path)
    first = re.match(r"\s*--\s*([a-z_]+)\s*:", text)
    foreign = first is not None and first[1] not in KEYS
    if not foreign and re.match(r"\s*(--[^\n]*\n)*?--\s*title\s*:", text):
        return parse(text, path)
    return plain(text, path.stem, str(path))


def _ranked(versions: Sequence[Query]) -> list[Query]:
    """Order a name's versions, oldest first, and hold the files to one of each and the newest under the bare name."""
    ordered = sorted(versions, key=lambda query: query.version)
    bare = [query for query in ordered if stem_of(Path(query.path))[1] is None]
    twice = [pair for pair in pairwise(ordered) if pair[0].version == pair[1].version]
    for one, other in [*twice, *pairwise(bare)]:
        raise IamsqlError(f"two files hold the query {one.name}: {one.path} and {other.path}; rename one of them")
    if bare and bare[0] is not ordered[-1]:
        raise IamsqlError(
            f"{bare[0].path}:1: {bare[0].name} is version {bare[0].version}, but {ordered[-1].path} is newer; "
            "the newest version is the file without .vN"
        )
    return [replace(query, latest=query is ordered[-1]) for query in ordered]


def _name(path: Path) -> str:
    return path.name.split(".", 1)[0]


def _unknown(name: str, known: Sequence[str] | Mapping[str, Sequence[Query]]) -> IamsqlError:
    return IamsqlError(f"no query named {name!r}{near(name, list(known))} (iamsql queries lists them all)")
