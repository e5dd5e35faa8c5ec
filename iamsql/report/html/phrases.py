"""The words of the page, from phrases.csv. A missing key is an error, never an empty text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_PHRASES_FILE = Path(__file__).with_name("phrases.csv")


class Phrases(NamedTuple):
    """The phrases by key."""

    texts: Mapping[str, str]

    def phrase(self, key: str, **values: object) -> str:
        """Return a phrase with its placeholders filled in; raise KeyError for an unknown key."""
        return self.texts[key].format_map(values) if values else self.texts[key]

    def word(self, value: str) -> str:
        """Return the word for a value of a column such as status; the value itself if it has no word."""
        return self.texts.get(f"word.{value}", value.replace("_", " "))

    def label(self, column: str) -> str:
        """Return the label of a column, which begins with a capital."""
        text = self.texts.get(f"column.{column}") or self.texts.get(column) or column.replace("_", " ")
        return text[:1].upper() + text[1:]


@cache
def phrases() -> Phrases:
    """Return the phrases."""
    with _PHRASES_FILE.open(encoding="utf-8", newline="") as stream:
        return Phrases({row["key"]: row["text"] for row in csv.DictReader(stream)})
