"""Benchmarks: a TOML file each, whose sections name controls; what it says wrong is told with its path and section."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from iamsql.catalog.files import leads_out, list_files, read_text
from iamsql.catalog.invalid import Broken
from iamsql.catalog.params import bind, near
from iamsql.model import IamsqlError, Query

FOLDER, ENDING = "benchmarks", ".toml"
NAME = re.compile(r"[a-z_][a-z0-9_]*([.-][a-z0-9_]+)*")
TOP = ("title", "about", "section")
SECTION = ("id", "title", "about", "section", "control")
DOTS = 50  # in a line of TOML: tomllib takes time quadratic in the parts of a key
SHOWN = 80  # letters of a value that an error repeats
ENTRY = ("id", "control", "title", "args")


@dataclass(frozen=True)
class Entry:
    """A control at its place in a benchmark, under the benchmark's own number, title and limits."""

    control: str
    id: str = ""
    title: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A part of a benchmark: controls, and parts of its own."""

    title: str
    id: str = ""
    about: str = ""
    entries: tuple[Entry, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def label(self) -> str:
        """Give its number and title."""
        return f"{self.id} {self.title}".strip()


@dataclass(frozen=True)
class Benchmark:
    """A tree of controls; `name` is what `iamsql check` calls it by, '' for controls that were named one by one."""

    name: str
    title: str
    about: str = ""
    path: str = ""
    sections: tuple[Section, ...] = ()

    def places(self) -> Iterator[tuple[tuple[Section, ...], Entry]]:
        """Give each control with the sections above it, in the order of the file."""
        return (place for section in self.sections for place in _places((section,)))


def _places(above: tuple[Section, ...]) -> Iterator[tuple[tuple[Section, ...], Entry]]:
    yield from ((above, entry) for entry in above[-1].entries)
    for section in above[-1].sections:
        yield from _places((*above, section))


def load_benchmarks(folders: Sequence[Path], shelf: Mapping[str, Sequence[Query]]) -> dict[str, Benchmark]:
    """Read the folders' benchmarks by name; raise IamsqlError for the first one that is broken."""
    found, broken, _ = read_benchmarks(folders, shelf)
    for one in broken.values():
        raise IamsqlError(one.why)
    return found


def read_benchmarks(
    folders: Sequence[Path], shelf: Mapping[str, Sequence[Query]], without: Collection[str] = ()
) -> tuple[dict[str, Benchmark], dict[str, Broken], list[str]]:
    """Read the folders' benchmarks, every NAME.toml of their folder `benchmarks`, by name; and those that are broken.

    The controls named in `without` are broken themselves, which is not the benchmark's fault. The lines that come last say
    what was not read.
    """
    found: dict[str, Benchmark] = {}
    broken: dict[str, Broken] = {}
    refused: list[str] = []
    for path in _paths(folders, refused):
        name = path.name.removesuffix(ENDING)
        try:
            if name in found:
                raise IamsqlError(
                    f"two files hold the benchmark {name}: {found[name].path} and {path}; rename one of them"
                )
            found[name] = read_benchmark(path, shelf, without)
        except IamsqlError as error:
            broken.setdefault(name, Broken(str(error), str(path)))
    return found, broken, refused


def _paths(folders: Sequence[Path], refused: list[str]) -> list[Path]:
    """List the files of benchmarks, each once."""
    once: dict[str, Path] = {}
    for folder in folders:
        if (inner := folder / FOLDER).is_dir():
            if leads_out(inner, folder):
                refused.append(f"{inner} is a link that leads out of {folder}: not read.")
                continue
            for path in list_files(inner, ENDING, refused, inside=folder):
                if path.parent == inner:
                    once.setdefault(os.path.realpath(path), path)
    return list(once.values())


def read_benchmark(path: Path, shelf: Mapping[str, Sequence[Query]], without: Collection[str] = ()) -> Benchmark:
    """Read a benchmark and hold it to controls and parameters that there are."""
    name = path.name.removesuffix(ENDING)
    if not NAME.fullmatch(name):
        raise IamsqlError(f"{path}: a benchmark is named like cis_v7.0.toml, in small letters, digits, _ and points")
    tree = read_toml(path)
    reading = _Reading(path, shelf, without)
    reading.closed(tree, TOP, "")
    try:
        sections = tuple(reading.section(one, "") for one in reading.tables(tree, "section", ""))
        told = {key: reading.text(tree, key, "") for key in ("title", "about")}
        if not told["title"]:
            reading.fail("", "no title")
        if not any(True for _ in Benchmark(name, "", sections=sections).places()):
            reading.fail("", "no control in it")
    except RecursionError:
        raise IamsqlError(f"{path}: nested too deeply") from None
    return Benchmark(name, told["title"], told["about"], str(path), sections)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; a fault is told with its line, as tomllib words it."""
    import tomllib

    text = read_text(path)
    if line := next((number for number, line in enumerate(text.split("\n"), 1) if line.count(".") > DOTS), 0):
        raise IamsqlError(f"{path}:{line}: more than {DOTS} dots in a line")
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, or a number of more digits than Python reads
        raise IamsqlError(f"{path}: {error}") from None
    except RecursionError:
        raise IamsqlError(f"{path}: nested too deeply") from None


@dataclass(frozen=True)
class _Reading:
    """The file that is read, and the queries that it may name."""

    path: Path
    shelf: Mapping[str, Sequence[Query]]
    without: Collection[str] = ()

    def fail(self, at: str, words: str) -> NoReturn:
        raise IamsqlError(f"{self.path}: {f'section {at}: ' if at else ''}{words}")

    def section(self, tree: Mapping[str, Any], above: str) -> Section:
        """Take in a section with all that is in it."""
        at = str(tree.get("id") or tree.get("title") or above or "without a title")
        self.closed(tree, SECTION, at)
        told = {key: self.text(tree, key, at) for key in ("title", "id", "about")}
        if not told["title"]:
            self.fail(at, "no title")
        entries = tuple(self.entry(one, at) for one in self.tables(tree, "control", at))
        return Section(
            **told, entries=entries, sections=tuple(self.section(s, at) for s in self.tables(tree, "section", at))
        )

    def entry(self, tree: Mapping[str, Any], above: str) -> Entry:
        """Take in a control."""
        at = str(tree.get("id") or tree.get("control") or above)
        self.closed(tree, ENTRY, at)
        told = {key: self.text(tree, key, at) for key in ("control", "id", "title")}
        args = tree.get("args", {})
        if not isinstance(args, dict):
            self.fail(at, "args is a table such as { days = 45 }")
        self.known(told["control"], args, at)
        return Entry(**told, args=args)

    def known(self, control: str, args: Mapping[str, Any], at: str) -> None:
        """Hold the control to one that there is, and its values to its parameters."""
        known = [name for name, versions in self.shelf.items() if versions[-1].kind == "control"]
        if not control:
            self.fail(at, "no control")
        if control.partition("@")[0] in self.without:
            return
        try:
            bind(find_control(self.shelf, control, known), args)
        except IamsqlError as error:
            self.fail(at, str(error))

    def closed(self, tree: Mapping[str, Any], keys: Sequence[str], at: str) -> None:
        """Hold the keys to those that there are."""
        for key in tree:
            if key not in keys:
                self.fail(at, f"unknown key {key!r}{near(key, keys)} (keys are {', '.join(keys)})")

    def text(self, tree: Mapping[str, Any], key: str, at: str) -> str:
        """Take in a text that may be missing."""
        value = tree.get(key, "")
        if not isinstance(value, str):
            self.fail(at, f"{key} is a text in quotes, not {_short(value)}")
        return value.strip()

    def tables(self, tree: Mapping[str, Any], key: str, at: str) -> list[dict[str, Any]]:
        """Take in a list of tables that may be missing."""
        value = tree.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fail(at, f"{key} is a list of tables: each begins with [[…{key}]]")
        return value


def _short(value: object) -> str:
    spelled = repr(value)
    return spelled if len(spelled) <= SHOWN else spelled[:SHOWN] + "…"


def find_control(shelf: Mapping[str, Sequence[Query]], reference: str, known: Sequence[str]) -> Query:
    """Find a control by name or name@1."""
    name, mark, version = reference.partition("@")
    if name not in known:
        kind = f"{name} is a {shelf[name][-1].kind}, not a control" if name in shelf else f"no control named {name!r}"
        raise IamsqlError(f"{kind}{near(name, known)} (iamsql queries --kind control lists them)")
    versions = {str(query.version): query for query in shelf[name]}
    if mark and version not in versions:
        raise IamsqlError(f"{name} has no version {version!r} (it has {', '.join(versions)})")
    return versions[version] if mark else shelf[name][-1]
