"""The queries of the query folders, and the invalid files. An invalid file makes only its own name unavailable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from iamsql.catalog.settings.query_values import Config, read_config
from iamsql.catalog.settings.untrusted_files import read_text
from iamsql.model import IamsqlError, Query

# Searched in a file that cannot be parsed: `check all` fails for an invalid control, not for an invalid report.
KIND_LINE_PATTERN = re.compile(r"^--\s*kind\s*:\s*(report|control|detection)\s*$", re.MULTILINE)
TAGS_LINE_PATTERN = re.compile(r"^--\s*tags\s*:(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class InvalidFile:
    """An invalid file, and the reason. `kind` is '' if the file does not declare a kind."""

    reason: str
    path: str
    kind: str = ""
    tags: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """Return the line that a command prints if its answer does not need the file."""
        return f"{self.reason}. The file {self.path} is skipped."


@dataclass(frozen=True)
class Catalog:
    """The valid queries by name, each with its versions, oldest first; the invalid files by name; and the paths not read.

    The queries of an invalid name are its shipped versions only, for the benchmarks that list them.
    """

    queries: Mapping[str, Sequence[Query]] = field(default_factory=dict)
    invalid: Mapping[str, InvalidFile] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    def notes(self) -> Iterator[str]:
        """Yield a line for each file that is skipped."""
        yield from self.refused
        yield from (file.note for file in self.invalid.values())

    def read_config(self, path: Path | None) -> Config:
        """Read --config, or ./iamsql.toml if it exists. Raise IamsqlError for values that no query can take."""
        config = read_config(path, [*self.queries, *self.invalid])
        config.validate_all([query for versions in self.queries.values() for query in versions], self.invalid)
        return config


def invalid_file(path: Path, error: IamsqlError) -> InvalidFile:
    """Describe a file that cannot be parsed, with the kind and the tags of its front matter."""
    # The file may have become unreadable since; the first error is the one to report.
    text = ""
    with suppress(IamsqlError):
        text = read_text(path)
    kind, tags = KIND_LINE_PATTERN.search(text), TAGS_LINE_PATTERN.search(text)
    tag_names = [tag.strip() for tag in tags[1].split(",")] if tags else []
    return InvalidFile(str(error), str(path), kind[1] if kind else "", tuple(filter(None, tag_names)))
