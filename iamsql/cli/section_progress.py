"""Show which section of a report is read, as the progress of a sync is shown: a report of a large organization takes minutes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from iamsql.cli.display import Display, stderr_display
from iamsql.escaping import printable

PART_PATTERN = re.compile(r", (\d+) of (\d+)$")  # of a section, such as "controls, 3 of 50"


@dataclass
class SectionProgress:
    """The progress of a report. `sections` are the names of its sections. A section may be read several times."""

    sections: Sequence[str]
    display: Display
    _begun: list[str] = field(default_factory=list)

    def show(self, name: str) -> None:
        """Show the section that is read now. The name may end with the part of the section that was read."""
        part = PART_PATTERN.search(name)
        section = name[: part.start()] if part else name
        if section in self.sections and section not in self._begun:
            self._begun.append(section)
        fraction = int(part[1]) / max(1, int(part[2])) if part and self._begun[-1:] == [section] else 0.0
        done = max(0, len(self._begun) - 1) + fraction
        self.display.update(done, len(self.sections), f"Reading {printable(name)}")

    def say(self, line: str) -> None:
        """Print a line."""
        self.display.say(line)


@contextmanager
def section_progress(quiet: bool, sections: Sequence[str]) -> Iterator[SectionProgress]:
    """Yield the progress of a report, which is removed from a terminal at the end of the block."""
    display = stderr_display(quiet)
    display.start(len(sections), "Opening the run")
    try:
        yield SectionProgress(sections, display)
    finally:
        display.stop()
