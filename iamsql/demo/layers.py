"""The data files on a day of the story: the files of day 1 with the changes of later days, and with hostile names on request.

The folder of a later day has changes.json, and an events.jsonl for each account with new events. A change has the members:

    File    the file that is changed
    At      the path to an object or a list in the file: a name selects a member, an object selects the item with its members
    Set     members to replace in the object
    Add     items to append to the list
    Remove  the members that identify the item to delete

For example, {"File": "x.json", "At": ["Users", {"UserName": "ana"}], "Set": {"Path": "/ops/"}} replaces the path of ana.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from iamsql.demo.files import read_data

LAST_DAY = 3
CHANGES_FILE, HOSTILE_NAMES_FILE, EVENTS_FILE = "changes.json", "hostile-names.json", "events.jsonl"
Change = dict[str, Any]


class Layers:
    """The layers over the files of day 1."""

    def __init__(self, day: int = 1, *, hostile: bool = False) -> None:
        self.folders = [f"day{number}" for number in range(2, day + 1)]
        self.names: dict[str, str] = json.loads(read_data(HOSTILE_NAMES_FILE)) if hostile else {}

    def read(self, path: str) -> str:
        """Return the text of a file, '' if it does not exist."""
        text = read_data(path)
        if path.endswith(EVENTS_FILE):
            text += "".join(read_data(folder, path) for folder in self.folders)
        changes = [change for folder in self.folders for change in _read_changes(folder) if change["File"] == path]
        if path.endswith(".csv"):
            return _change_csv(text, changes, self.names) if changes or self.names else text
        if changes:
            text = json.dumps(apply_changes(json.loads(text), changes), ensure_ascii=False)
        for name, hostile in self.names.items():
            text = text.replace(name, json.dumps(hostile)[1:-1])
        return text


def apply_changes(content: Any, changes: Sequence[Change]) -> Any:
    """Apply changes to the content of a file, and return it. Raise LookupError for an item that does not exist."""
    for change in changes:
        target = content
        for step in change["At"]:
            target = target[step] if isinstance(step, str) else target[_find_position(target, step)]
        if "Set" in change:
            target.update(deepcopy(change["Set"]))  # a later change can be of an item that this one adds
        elif "Add" in change:
            target.extend(deepcopy(change["Add"]))
        else:
            del target[_find_position(target, change["Remove"])]
    return content


@cache
def _read_changes(folder: str) -> list[Change]:
    changes: list[Change] = json.loads(read_data(folder, CHANGES_FILE))
    return changes


def _find_position(items: Sequence[dict[str, Any]], identity: dict[str, Any]) -> int:
    """Return the position of the only item with these members. Raise LookupError for none and for several."""
    positions = [number for number, item in enumerate(items) if identity.items() <= item.items()]
    if len(positions) != 1:
        raise LookupError(f"{len(positions)} items have {identity}")
    return positions[0]


def _change_csv(text: str, changes: Sequence[Change], names: dict[str, str]) -> str:
    """Return a CSV with the changes of its rows, and with hostile names in its cells."""
    if not text:
        return text
    rows: list[dict[str, str]] = apply_changes(list(csv.DictReader(io.StringIO(text))), changes)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _replace_names(value, names) for column, value in row.items()} for row in rows)
    return stream.getvalue()


def _replace_names(value: str, names: dict[str, str]) -> str:
    for name, hostile in names.items():
        value = value.replace(name, hostile)
    return value


def changed_files(day: int) -> Iterator[str]:
    """Yield the files that changes of a day name."""
    yield from dict.fromkeys(change["File"] for change in _read_changes(f"day{day}"))
