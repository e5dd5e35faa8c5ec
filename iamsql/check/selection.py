"""What a user names becomes places: each a control with its values, where a benchmark or the user put it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog import Benchmark, Broken, Entry, Section, Settings
from iamsql.catalog.params import near
from iamsql.model import SEVERITIES, IamsqlError, Query, Result

EVERY = ("all", "controls")  # the words for every control
DETECTIONS = "detections"
LEVELS = tuple(reversed(SEVERITIES))  # the gravest first
HINT = "(iamsql check --list, iamsql queries --kind control and --kind detection list them)"


@dataclass(frozen=True)
class Library:
    """The queries and benchmarks that there are, by name; those that cannot be used, and a line for what was not read."""

    shelf: Mapping[str, Sequence[Query]]
    benchmarks: Mapping[str, Benchmark]
    broken: Mapping[str, Broken] = field(default_factory=dict)
    broken_benchmarks: Mapping[str, Broken] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return the names of all queries, of those that are broken too."""
        return [*self.shelf, *self.broken]

    @cached_property
    def controls(self) -> dict[str, Query]:
        """Give the newest version of each control."""
        return self._of("control")

    @cached_property
    def detections(self) -> dict[str, Query]:
        """Give the newest version of each detection."""
        return self._of("detection")

    @cached_property
    def tags(self) -> dict[str, list[str]]:
        """Give the controls of each tag."""
        found: dict[str, list[str]] = {}
        for name, query in self.controls.items():
            for tag in query.tags:
                found.setdefault(tag, []).append(name)
        return found

    def _of(self, kind: str) -> dict[str, Query]:
        return {name: versions[-1] for name, versions in self.shelf.items() if versions[-1].kind == kind}

    def sound(self, names: Iterable[str]) -> list[str]:
        """Return the names whose files are not broken."""
        return [name for name in names if name not in self.broken]

    def require(self, names: Iterable[str]) -> None:
        """Raise IamsqlError for the first name, of a query or a benchmark, whose file is broken."""
        for name in names:
            if one := self.broken_benchmarks.get(name) or self.broken.get(name.partition("@")[0]):
                raise IamsqlError(one.why)

    def failures(self, names: Sequence[str]) -> list[str]:
        """Return why broken files fail an answer that was to include them: of everything, of detections, or of a tag."""
        every = {"control"} if set(names) & {*EVERY} else {"detection"} if set(names) <= {DETECTIONS} else set()
        return [
            one.why
            for one in self.broken.values()
            if every & ({one.kind} if one.kind else {"control", "detection"}) or set(one.tags) & set(names)
        ]

    def notes(self, names: Sequence[str] | None = None) -> list[str]:
        """Return a line for each file of the query folders that is left out of an answer which does not need it."""
        failures = [] if names is None else self.failures(names)
        others = [*self.broken.values(), *self.broken_benchmarks.values()]
        return [*self.refused, *(one.note for one in others if one.why not in failures)]

    def means_detections(self, names: Sequence[str]) -> bool:
        """Tell whether names mean detections, as none does, or controls; both at once is an error."""
        self.require(names)
        bare = [name.partition("@")[0] for name in names]
        found = [name for name in bare if name == DETECTIONS or name in self.detections]
        if found and len(found) < len(names):
            other = next(name for name in bare if name not in found)
            if other in self.shelf or other in self.benchmarks or other in (*EVERY, *self.tags):
                raise IamsqlError(
                    f"{found[0]} are findings and {other} is judged; ask them apart: their columns differ."
                )
            raise self.unknown(other)
        return len(found) == len(names)

    def unknown(self, name: str) -> IamsqlError:
        """Say that there is nothing of a name, and what is near."""
        return IamsqlError("\n".join([self._unknown(name), *self.refused]))

    def _unknown(self, name: str) -> str:
        if name in self.shelf:
            kind = self.shelf[name][-1].kind
            return f"{name} is a {kind}, not a control or detection; run it with: iamsql query {name}"
        if versions := [one for one in self.benchmarks if one.startswith(f"{name.lower()}_v")]:
            newest = max(versions, key=lambda one: [int(part) for part in re.findall(r"\d+", one)])
            return f"no benchmark, control, tag or detection named {name!r}; did you mean {newest}? {HINT}"
        known = [*self.benchmarks, *EVERY, DETECTIONS, *self.controls, *self.detections, *self.tags]
        return f"no benchmark, control, tag or detection named {name!r}{near(name, known)} {HINT}"

    def listed(self) -> Result:
        """List the benchmarks with how many controls they have."""
        rows = [
            (name, one.title, len({(entry.control, repr(entry.args)) for _, entry in one.places()}))
            for name, one in sorted(self.benchmarks.items())
        ]
        return Result(("benchmark", "title", "controls"), rows, ("VARCHAR", "VARCHAR", "BIGINT"))


def library(query_dirs: Sequence[str] = ()) -> Library:
    """Read the query folders."""
    folders = catalog.folders(query_dirs)
    held = catalog.survey(folders)
    benchmarks, broken, refused = catalog.read_benchmarks(folders, held.queries, held.broken)
    return Library(held.queries, benchmarks, held.broken, broken, tuple(dict.fromkeys([*held.refused, *refused])))


@dataclass(frozen=True)
class Place:
    """A control at a place of the answer, with the values that it runs with there."""

    benchmark: str
    sections: tuple[Section, ...]
    id: str
    title: str
    query: Query
    values: Mapping[str, Any]

    @property
    def job(self) -> tuple[str, int, str]:
        """Tell what has to be run for it: places of the same job share its verdicts."""
        return self.query.name, self.query.version, repr(sorted(self.values.items()))

    @property
    def severity(self) -> str:
        """Give the control's severity; one without has the least."""
        return self.query.severity or LEVELS[-1]

    @property
    def columns(self) -> dict[str, str | None]:
        """Give the columns that all its rows have in common."""
        section = " / ".join(one.label for one in self.sections)
        return {
            "benchmark": self.benchmark or None,
            "section": section or None,
            "id": self.id or None,
            "control": self.query.name,
            "title": self.title,
            "severity": self.severity,
        }


@dataclass(frozen=True)
class Chosen:
    """The trees that are meant, and every place in them in their order."""

    trees: tuple[Benchmark, ...]
    places: tuple[tuple[Place, ...], ...]  # those of each tree

    @property
    def every(self) -> Iterator[Place]:
        """Give the places of all trees."""
        return (place for places in self.places for place in places)

    def origin(self) -> list[str]:
        """Return a line on the benchmarks that are from ./queries."""
        local = [place for tree in self.trees if (place := catalog.place_of(tree.path))]
        return [f"From ./queries: {catalog.listed(local)}."] if local else []


def choose(
    library: Library, names: Sequence[str], *, severity: str, args: Mapping[str, str], settings: Settings
) -> Chosen:
    """Find what the names mean, those below a severity left out, each with its values."""
    trees = _trees(library, names)
    entries = [(tree, above, entry) for tree in trees for above, entry in tree.places()]
    library.require(entry.control for *_, entry in entries)
    queries = [catalog.find_control(library.shelf, entry.control, list(library.controls)) for *_, entry in entries]
    given = _Given(args, queries)
    least = LEVELS.index(severity)
    places: dict[str, list[Place]] = {tree.name: [] for tree in trees}
    for (tree, above, entry), query in zip(entries, queries, strict=True):
        if LEVELS.index(query.severity or LEVELS[-1]) <= least:
            values = catalog.bind(query, {**entry.args, **settings.of(query), **given.of(query)})
            places[tree.name].append(Place(tree.name, above, entry.id, entry.title or query.title, query, values))
    return Chosen(tuple(trees), tuple(tuple(found) for found in places.values()))


def _trees(library: Library, names: Sequence[str]) -> list[Benchmark]:
    """Give the benchmarks that are named, each once, then one of all controls that are named otherwise."""
    trees: dict[str, Benchmark] = {}
    alone: dict[str, None] = {}
    for name in names:
        bare = name.partition("@")[0]
        if name in library.benchmarks:
            trees[name] = library.benchmarks[name]
        elif name in EVERY:
            alone |= dict.fromkeys(library.sound(library.controls))
        elif bare in library.controls:
            alone[name] = None
        elif name in library.tags:
            alone |= dict.fromkeys(library.sound(library.tags[name]))
        else:
            raise library.unknown(name)
    return [*trees.values(), *([_alone(library, list(alone))] if alone else [])]


def _alone(library: Library, names: Sequence[str]) -> Benchmark:
    """Put controls that no benchmark brought under their themes, which are their folders."""
    themes: dict[str, list[Entry]] = {}
    for name in names:
        query = catalog.find_control(library.shelf, name, list(library.controls))
        themes.setdefault(Path(query.path).parent.name.replace("_", " "), []).append(Entry(name))
    sections = tuple(Section(theme, entries=tuple(entries)) for theme, entries in themes.items())
    return Benchmark("", "Controls", sections=sections)


class _Given:
    """What --arg gives: name=value to each control that has the parameter, control.name=value to that one."""

    def __init__(self, args: Mapping[str, str], queries: Sequence[Query]) -> None:
        self._args = args
        whole = {param.name for query in queries for param in query.params}
        own = {f"{query.name}.{param.name}" for query in queries for param in query.params}
        for name in args:
            if name not in (own if "." in name else whole):
                raise IamsqlError(f"none of the controls has a parameter {name!r}{near(name, [*whole, *own])}")

    def of(self, query: Query) -> dict[str, str]:
        """Give the values for a control; those for it alone go before those for all."""
        names = [param.name for param in query.params]
        wide = {name: self._args[name] for name in names if name in self._args}
        return wide | {name: self._args[key] for name in names if (key := f"{query.name}.{name}") in self._args}
