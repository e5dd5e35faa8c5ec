"""Select controls by benchmark, tag and name, with the values of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.catalog import Config, InvalidFile
from iamsql.catalog.benchmarks import Benchmark, Entry, Section, read_benchmarks
from iamsql.catalog.params import did_you_mean
from iamsql.catalog.settings import option_types
from iamsql.check.arguments import require_arguments, select_arguments
from iamsql.model import IamsqlError, Query, Result

ALL_CONTROLS_NAMES = ("all", "controls")  # names for all controls
DETECTIONS = "detections"
LEVELS = option_types.LEVELS
LISTS_HINT = "(see: iamsql check --list, iamsql queries --kind control, iamsql queries --kind detection)"
Job = tuple[str, int, str]  # a control, its version and the repr of its parameter values, which can be lists


@dataclass(frozen=True)
class CheckCatalog:
    """The queries and benchmarks by name, the invalid ones, and a line for each file that was not read."""

    queries: Mapping[str, Sequence[Query]]
    benchmarks: Mapping[str, Benchmark]
    invalid: Mapping[str, InvalidFile] = field(default_factory=dict)
    invalid_benchmarks: Mapping[str, InvalidFile] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @cached_property
    def controls(self) -> dict[str, Query]:
        """Map the name of each control to its newest version."""
        return self._newest_versions("control")

    @cached_property
    def detections(self) -> dict[str, Query]:
        """Map the name of each detection to its newest version."""
        return self._newest_versions("detection")

    @cached_property
    def tags(self) -> dict[str, list[str]]:
        """Map each tag to the names of its controls."""
        names_by_tag: dict[str, list[str]] = {}
        for name, query in self.controls.items():
            for tag in query.tags:
                names_by_tag.setdefault(tag, []).append(name)
        return names_by_tag

    def _newest_versions(self, kind: str) -> dict[str, Query]:
        return {name: versions[-1] for name, versions in self.queries.items() if versions[-1].kind == kind}

    def named(self, name: str) -> str:
        """Return the name of a benchmark, which may be given in any case; another name as it is."""
        return name.lower() if name.lower() in self.benchmarks and name not in self.queries else name

    def names_of_valid_files(self, names: Iterable[str]) -> list[str]:
        """Return the names whose files are valid."""
        return [name for name in names if name not in self.invalid]

    def require(self, names: Iterable[str]) -> None:
        """Raise IamsqlError for the first name of a query or benchmark whose file is invalid."""
        for name in names:
            if file := self.invalid_benchmarks.get(name) or self.invalid.get(name.partition("@")[0]):
                raise IamsqlError(file.reason)

    def failures(self, names: Sequence[str]) -> list[str]:
        """Return the errors of the invalid files that `names` include: by a tag, or by a name for all controls or detections."""
        all_kinds = {"control", "detection"}
        has_all_controls = bool(set(names) & {*ALL_CONTROLS_NAMES})
        query_kinds = {"control"} if has_all_controls else {"detection"} if set(names) <= {DETECTIONS} else set()
        return [  # a file without a kind may be a control or a detection
            file.reason
            for file in self.invalid.values()
            if query_kinds & ({file.kind} if file.kind else all_kinds) or set(file.tags) & set(names)
        ]

    def notes(self, names: Sequence[str] | None = None) -> list[str]:
        """Return a line for each invalid file that `names` do not include."""
        failures = [] if names is None else self.failures(names)
        others = [*self.invalid.values(), *self.invalid_benchmarks.values()]
        return [*self.refused, *(file.note for file in others if file.reason not in failures)]

    def selects_detections(self, names: Sequence[str]) -> bool:
        """Return whether the names select detections; [] selects all of them. Raise IamsqlError for detections and controls."""
        self.require(names)
        bare_names = [name.partition("@")[0] for name in names]
        selected_names = [name for name in bare_names if name == DETECTIONS or name in self.detections]
        if 0 < len(selected_names) < len(names):
            other = next(name for name in bare_names if name not in selected_names)
            if other in self.queries or other in self.benchmarks or other in (*ALL_CONTROLS_NAMES, *self.tags):
                raise IamsqlError(
                    f"{selected_names[0]} returns findings and {other} does not; run them separately: their columns differ."
                )
            raise self.unknown_name_error(other)
        return len(selected_names) == len(names)

    def unknown_name_error(self, name: str) -> IamsqlError:
        """Return the error for an unknown name, with similar names."""
        return IamsqlError("\n".join([self._unknown_name_message(name), *self.refused]))

    def _unknown_name_message(self, name: str) -> str:
        if name in self.queries:
            query_kind = self.queries[name][-1].kind
            return f"{name} is a {query_kind}, not a control or detection; run it with: iamsql query {name}"
        if versions := [names for names in self.benchmarks if names.startswith(f"{name.lower()}_v")]:
            newest = max(versions, key=lambda names: [int(part) for part in re.findall(r"\d+", names)])
            return f"no benchmark, control, tag or detection named {name!r}; did you mean {newest}? {LISTS_HINT}"
        names = [*self.benchmarks, *ALL_CONTROLS_NAMES, DETECTIONS, *self.controls, *self.detections, *self.tags]
        return f"no benchmark, control, tag or detection named {name!r}{did_you_mean(name, names)} {LISTS_HINT}"

    def read_config(self, path: Path | None) -> Config:
        """Read --config, or ./iamsql.toml if it exists. Raise IamsqlError for values that no query can take."""
        return catalog.Catalog(self.queries, self.invalid).read_config(path)

    def benchmark_list(self) -> Result:
        """Return the benchmarks with the number of their controls."""
        rows = [
            (name, benchmark.title, len({(entry.control, repr(entry.args)) for _, entry in benchmark.controls()}))
            for name, benchmark in sorted(self.benchmarks.items())
        ]
        return Result(("benchmark", "title", "controls"), rows, ("VARCHAR", "VARCHAR", "BIGINT"))


def load_catalog(query_dirs: Sequence[str] = ()) -> CheckCatalog:
    """Read the queries and benchmarks of the query folders, and the queries and benchmarks of iamsql."""
    query_files = catalog.read_catalog(folders := catalog.folders(query_dirs))
    benchmarks, broken, refused = read_benchmarks(
        folders, query_files.queries, query_files.invalid, catalog.shipped_folder()
    )
    not_read = tuple(dict.fromkeys([*query_files.refused, *refused]))
    return CheckCatalog(query_files.queries, benchmarks, query_files.invalid, broken, not_read)


def has_severity(query: Query, minimum: str) -> bool:
    """Return whether the severity of a query is `minimum` or higher; a query without severity has the lowest."""
    return LEVELS.index(query.severity or LEVELS[-1]) <= LEVELS.index(minimum)


@dataclass(frozen=True)
class ControlRef:
    """A control that a benchmark, a tag or a name selects, with its number, title and parameter values."""

    benchmark: str
    sections: tuple[Section, ...]
    id: str
    title: str
    query: Query
    values: Mapping[str, Any]

    @property
    def job(self) -> Job:
        """Return what identifies the results: the same control with the same values is evaluated once."""
        return self.query.name, self.query.version, repr(sorted(self.values.items()))

    @property
    def severity(self) -> str:
        """Return the control's severity; the lowest for a control without one."""
        return self.query.severity or LEVELS[-1]

    @property
    def columns(self) -> dict[str, str | None]:
        """Return the columns that are the same in all rows of the control."""
        return {
            "benchmark": self.benchmark or None,
            "section": " / ".join(section.label for section in self.sections) or None,
            "id": self.id or None,
            "control": self.query.name,
            "title": self.title,
            "severity": self.severity,
        }


@dataclass(frozen=True)
class Selection:
    """The selected benchmarks, each with its controls in their order."""

    trees: Sequence[tuple[Benchmark, Sequence[ControlRef]]]

    @property
    def all_controls(self) -> Iterator[ControlRef]:
        """Yield the controls of all benchmarks. A control that two benchmarks contain comes twice."""
        return (control for _, controls in self.trees for control in controls)

    @property
    def queries(self) -> list[Query]:
        """Return the query of each control."""
        return [control.query for control in self.all_controls]

    def origin_notes(self) -> list[str]:
        """Return a sentence if benchmarks are from ./queries."""
        local = [path for tree, _ in self.trees if (path := catalog.local_path(tree.path))]
        return [f"From ./queries: {catalog.shortened_list(local)}."] if local else []


def select_controls(
    checks: CheckCatalog, names: Sequence[str], *, severity: str, args: Mapping[str, str], settings: Config
) -> Selection:
    """Return the controls of this severity or higher that the names select. Raise IamsqlError for invalid names and values."""
    trees = _selected_benchmarks(checks, names)
    entries = [(tree, above, entry) for tree in trees for above, entry in tree.controls()]
    checks.require(entry.control for *_, entry in entries)
    queries = [catalog.find_control(checks.queries, entry.control, list(checks.controls)) for *_, entry in entries]
    require_arguments(queries, args, "controls")
    selected_controls: dict[str, list[ControlRef]] = {tree.name: [] for tree in trees}
    for (tree, above, entry), query in zip(entries, queries, strict=True):
        if has_severity(query, severity):
            values = catalog.bind(query, {**entry.args, **settings.of(query), **select_arguments(query, args)})
            title = entry.title or query.title
            selected_controls[tree.name].append(ControlRef(tree.name, above, entry.id, title, query, values))
    return Selection([(tree, selected_controls[tree.name]) for tree in trees])


def _selected_benchmarks(checks: CheckCatalog, names: Sequence[str]) -> list[Benchmark]:
    """Return the named benchmarks, each once, then one benchmark of the controls that names and tags select."""
    trees: dict[str, Benchmark] = {}
    control_names: dict[str, None] = {}
    for name in map(checks.named, names):
        bare_name = name.partition("@")[0]
        if name in checks.benchmarks:
            trees[name] = checks.benchmarks[name]
        elif name in ALL_CONTROLS_NAMES:
            control_names |= dict.fromkeys(checks.names_of_valid_files(checks.controls))
        elif bare_name in checks.controls:
            control_names[name] = None
        elif name in checks.tags:
            control_names |= dict.fromkeys(checks.names_of_valid_files(checks.tags[name]))
        else:
            raise checks.unknown_name_error(name)
    return [*trees.values(), *([_find_benchmark(checks, list(control_names))] if control_names else [])]


def _find_benchmark(checks: CheckCatalog, names: Sequence[str]) -> Benchmark:
    """Return a benchmark of the named controls, with a section for each folder of queries/controls."""
    themes: dict[str, list[Entry]] = {}
    for name in names:
        query = catalog.find_control(checks.queries, name, list(checks.controls))
        themes.setdefault(Path(query.path).parent.name.replace("_", " "), []).append(Entry(name))
    sections = tuple(Section(theme, entries=tuple(entries)) for theme, entries in themes.items())
    return Benchmark("", "Controls", sections=sections)
