"""Read benchmarks: TOML files whose sections list controls or folders of controls. Errors name the path and the section."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from iamsql.catalog.invalid import InvalidFile
from iamsql.catalog.params import bind, did_you_mean
from iamsql.catalog.settings.toml_file import read_toml
from iamsql.catalog.settings.untrusted_files import leads_out, list_files
from iamsql.catalog.shipped_copies import is_copy
from iamsql.catalog.versions import find_control
from iamsql.model import IamsqlError, Query

BENCHMARKS_FOLDER, BENCHMARK_SUFFIX = "benchmarks", ".toml"
BENCHMARK_NAME_PATTERN = re.compile(r"[a-z_][a-z0-9_]*([.-][a-z0-9_]+)*")
BENCHMARK_KEYS = ("title", "about", "section")
SECTION_KEYS = ("id", "title", "about", "section", "control", "controls", "folder")
MAX_VALUE_CHARACTERS = 80  # characters of a value that an error repeats
ENTRY_KEYS = ("id", "control", "title", "args")
NO_INVALID_FILES: Mapping[str, InvalidFile] = {}


@dataclass(frozen=True)
class Entry:
    """A control in a benchmark, with the benchmark's number, title and parameter values for it."""

    control: str
    id: str = ""
    title: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A section of a benchmark: controls, and subsections, which come first if they do in the file."""

    title: str
    id: str = ""
    about: str = ""
    entries: tuple[Entry, ...] = ()
    sections: tuple[Section, ...] = ()
    sections_first: bool = False

    @property
    def label(self) -> str:
        """Return the number and the title."""
        return f"{self.id} {self.title}".strip()

    def controls(self, above: tuple[Section, ...] = ()) -> Iterator[tuple[tuple[Section, ...], Entry]]:
        """Yield each control with this section and the sections above it, in the order of the file."""
        path = (*above, self)
        entries = ((path, entry) for entry in self.entries)
        below = (item for section in self.sections for item in section.controls(path))
        yield from chain(below, entries) if self.sections_first else chain(entries, below)


@dataclass(frozen=True)
class Benchmark:
    """A tree of controls; `name` is the argument of `iamsql check`, and '' for controls that the user named."""

    name: str
    title: str
    about: str = ""
    path: str = ""
    sections: tuple[Section, ...] = ()

    def controls(self) -> Iterator[tuple[tuple[Section, ...], Entry]]:
        """Yield each control with the sections above it, in the order of the file."""
        return (item for section in self.sections for item in section.controls())


def read_benchmarks(
    folders: Sequence[Path],
    queries: Mapping[str, Sequence[Query]],
    without: Mapping[str, InvalidFile] = NO_INVALID_FILES,
    shipped: Path | None = None,
) -> tuple[dict[str, Benchmark], dict[str, InvalidFile], list[str]]:
    """Read every benchmarks/NAME.toml of the folders. Return the benchmarks, the invalid files, and lines on paths not read.

    `without` are the invalid controls by name; a benchmark may list these. Copies of files of `shipped` are left out.
    """
    benchmarks: dict[str, Benchmark] = {}
    invalid: dict[str, InvalidFile] = {}
    refused: list[str] = []
    for path in _benchmark_paths(folders, refused, shipped):
        name = path.name.removesuffix(BENCHMARK_SUFFIX)
        try:
            if name in benchmarks:
                raise IamsqlError(
                    f"two files define the benchmark {name}: {benchmarks[name].path} and {path}; rename one of them"
                )
            benchmarks[name] = read_benchmark(path, queries, without)
        except IamsqlError as error:
            # The first error stays: a second file of the same name must not hide why the first is invalid.
            invalid.setdefault(name, InvalidFile(str(error), str(path)))
    return benchmarks, invalid, refused


def _benchmark_paths(folders: Sequence[Path], refused: list[str], shipped: Path | None) -> list[Path]:
    """Return the paths of the benchmark files, each once."""
    unique_paths: dict[str, Path] = {}
    for folder in folders:
        if (benchmarks_folder := folder / BENCHMARKS_FOLDER).is_dir():
            if leads_out(benchmarks_folder, folder):
                refused.append(f"{benchmarks_folder} is a link that leads out of {folder}: not read.")
                continue
            for path in list_files(benchmarks_folder, BENCHMARK_SUFFIX, refused, inside=folder):
                if shipped and folder.resolve() != shipped and is_copy(path, folder, shipped):
                    continue
                if (
                    path.parent == benchmarks_folder
                ):  # list_files also returns the files of subfolders, which are not benchmarks
                    unique_paths.setdefault(os.path.realpath(path), path)
    return list(unique_paths.values())


def read_benchmark(
    path: Path, queries: Mapping[str, Sequence[Query]], without: Mapping[str, InvalidFile] = NO_INVALID_FILES
) -> Benchmark:
    """Read a benchmark; raise IamsqlError for an unknown key, control or parameter."""
    name = path.name.removesuffix(BENCHMARK_SUFFIX)
    if not BENCHMARK_NAME_PATTERN.fullmatch(name):
        raise IamsqlError(
            f"{path}: the file name of a benchmark has lower-case letters, digits, _ and dots, such as cis_v7.0.toml"
        )
    tree = read_toml(path)
    parser = _Parser(path, queries, without)
    parser.require_keys(tree, BENCHMARK_KEYS, "")
    try:
        sections = tuple(parser.section(table, "") for table in parser.tables(tree, "section", ""))
        benchmark = Benchmark(name, **parser.texts(tree, "", "title", "about"), path=str(path), sections=sections)
        if not any(benchmark.controls()):
            parser.fail("", "no controls")
    except RecursionError:
        raise IamsqlError(f"{path}: nested too deeply") from None
    return benchmark


@dataclass(frozen=True)
class _Parser:
    """Parse a file that may list the controls of `queries`, and the invalid controls in `without`."""

    path: Path
    queries: Mapping[str, Sequence[Query]]
    without: Mapping[str, InvalidFile]

    @cached_property
    def control_names(self) -> list[str]:
        """Return the names of the controls."""
        return [name for name, versions in self.queries.items() if versions[-1].kind == "control"]

    @cached_property
    def names_by_folder(self) -> Mapping[Path, list[str]]:
        """Return the names of the controls, including invalid controls, by the folder of their file."""
        paths = [(name, query.path) for name in self.control_names for query in self.queries[name]]
        paths += [(name, file.path) for name, file in self.without.items() if file.kind == "control"]
        names: dict[Path, set[str]] = defaultdict(set)
        for name, path in paths:
            names[Path(path).parent].add(name)
        return {folder: sorted(group) for folder, group in names.items()}

    def fail(self, at: str, message: str) -> NoReturn:
        raise IamsqlError(f"{self.path}: {f'section {at}: ' if at else ''}{message}")

    def section(self, tree: Mapping[str, Any], above: str) -> Section:
        """Return a section with its controls and subsections."""
        at = str(tree.get("id") or tree.get("title") or above or "without a title")
        self.require_keys(tree, SECTION_KEYS, at)
        texts = self.texts(tree, at, "title", "id", "about")
        entries = (
            *self.named_entries(tree, at),
            *self.folder_entries(tree, at),
            *(self.entry(table, at) for table in self.tables(tree, "control", at)),
        )
        sections = tuple(self.section(table, at) for table in self.tables(tree, "section", at))
        # TOML keeps the order of the first tables.
        order = [key for key in tree if key in ("section", "control", "controls", "folder")]
        return Section(**texts, entries=entries, sections=sections, sections_first=order[:1] == ["section"])

    def named_entries(self, tree: Mapping[str, Any], at: str) -> Iterator[Entry]:
        """Yield the controls that a section names in `controls`; they have the number of the section."""
        names = tree.get("controls", [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.fail(at, 'controls must be a list of names such as ["root_mfa"]')
        for name in names:
            yield self.entry({"control": name, "id": str(tree.get("id", ""))}, at)

    def folder_entries(self, tree: Mapping[str, Any], at: str) -> Iterator[Entry]:
        """Yield the controls of the folder that a section names in `folder`, by name."""
        if "folder" not in tree:
            return
        queries = self.path.parent.parent
        folder = self.texts(tree, at, "folder")["folder"]
        names = self.names_by_folder.get(queries / folder)
        if not names:
            self.fail(at, f"no controls in the folder {folder!r} of {queries}")
        for name in names:
            yield self.entry({"control": name}, at)

    def entry(self, tree: Mapping[str, Any], above: str) -> Entry:
        """Return a control of a section."""
        at = str(tree.get("id") or tree.get("control") or above)
        self.require_keys(tree, ENTRY_KEYS, at)
        texts = self.texts(tree, at, "control", "id", "title")
        args = tree.get("args", {})
        if not isinstance(args, dict):
            self.fail(at, "args must be a table such as { days = 45 }")
        if texts["control"].partition("@")[0] not in self.without:
            try:
                bind(find_control(self.queries, texts["control"], self.control_names), args)
            except IamsqlError as error:
                self.fail(at, str(error))
        return Entry(**texts, args=args)

    def require_keys(self, tree: Mapping[str, Any], keys: Sequence[str], at: str) -> None:
        """Raise IamsqlError for a key that is not in `keys`."""
        for key in tree:
            if key not in keys:
                self.fail(at, f"unknown key {key!r}{did_you_mean(key, keys)} (keys are {', '.join(keys)})")

    def texts(self, tree: Mapping[str, Any], at: str, required: str, *optional: str) -> dict[str, str]:
        """Return texts by key; '' for an optional key that is missing."""
        values = {key: tree.get(key, "") for key in (required, *optional)}
        for key, value in values.items():
            if not isinstance(value, str):
                text = repr(value)
                shortened = text if len(text) <= MAX_VALUE_CHARACTERS else text[:MAX_VALUE_CHARACTERS] + "…"
                self.fail(at, f"{key} must be a string, not {shortened}")
        if not values[required].strip():
            self.fail(at, f"no {required}")
        return {key: value.strip() for key, value in values.items()}

    def tables(self, tree: Mapping[str, Any], key: str, at: str) -> list[dict[str, Any]]:
        """Return a list of tables; [] if the key is missing."""
        value = tree.get(key, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            self.fail(at, f"{key} must be a list of tables: each begins with [[…{key}]]")
        return value
