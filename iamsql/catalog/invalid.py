"""What the query folders hold: the queries, and the files that cannot be used, each of which costs its own name alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from iamsql.catalog.files import read_text
from iamsql.model import IamsqlError, Query

KIND = re.compile(r"^--\s*kind\s*:\s*(report|control|detection)\s*$", re.MULTILINE)
TAGS = re.compile(r"^--\s*tags\s*:(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Broken:
    """A file that cannot be used, and why; `kind` is '' where the file does not say it."""

    why: str
    path: str
    kind: str = ""
    tags: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """Return the line for a command whose answer does not need the file."""
        return f"{self.why}. The rest goes on without {self.path}."


@dataclass(frozen=True)
class Catalogue:
    """The queries by name, each with its versions, oldest first; what is broken, by name; a line for what was not read.

    A broken name has the shipped versions alone among the queries, for the benchmarks that name them.
    """

    queries: Mapping[str, list[Query]] = field(default_factory=dict)
    broken: Mapping[str, Broken] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    def notes(self) -> Iterator[str]:
        """Yield a line for each file that is left out."""
        yield from self.refused
        yield from (one.note for one in self.broken.values())


def broken_file(path: Path, error: IamsqlError) -> Broken:
    """Describe a file that cannot be parsed, by what its front matter says all the same."""
    text = ""
    with suppress(IamsqlError):
        text = read_text(path)
    kind, tags = KIND.search(text), TAGS.search(text)
    listed = [tag.strip() for tag in tags[1].split(",")] if tags else []
    return Broken(str(error), str(path), kind[1] if kind else "", tuple(filter(None, listed)))
