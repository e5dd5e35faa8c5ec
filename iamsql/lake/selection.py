"""Select and group the entries of a manifest by organization, region and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby

from iamsql.escaping import printable
from iamsql.lake.model import EventFile, Manifest
from iamsql.model import IamsqlError

MAX_SHOWN = 20  # organizations that an error lists


def select_organization(manifest: Manifest, organization: str | None, name: str) -> Manifest:
    """Return the manifest with the runs and events of an organization only. Raise IamsqlError if the lake does not have it."""
    if organization is None:
        return manifest
    runs = tuple(run for run in manifest.runs if run.organization == organization)
    events = tuple(events for events in manifest.events if events.organization == organization)
    if not runs and not events:
        organizations = sorted({run.organization for run in manifest.runs})
        raise IamsqlError(
            f"The lake {name} has no organization {printable(organization)}.\n"
            f"It has: {printable(', '.join(organizations[:MAX_SHOWN])) or 'none'}."
        )
    return Manifest(manifest.version, runs, events)


def group_event_files(
    events: Iterable[EventFile], key: Callable[[EventFile], tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], list[EventFile]]]:
    """Yield each key with its files, in the order of the keys and, within a key, of the paths."""
    for value, files in groupby(sorted(events, key=lambda file: (key(file), file.file.path)), key):
        yield value, list(files)


def parse_time(text: str) -> datetime | None:
    """Return a time of the manifest; None for ''."""
    return datetime.fromisoformat(text) if text else None
