"""The words of the page in each language, from phrases.csv. A key that a language lacks is an error, never an empty text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

LANGUAGES = ("en", "es")
_FILE = Path(__file__).with_name("phrases.csv")
_SEPARATORS = {"en": ",", "es": "."}


class Phrases(NamedTuple):
    """The phrases of a language by key."""

    language: str
    texts: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """Return a phrase with its placeholders filled in; raise KeyError for an unknown key."""
        return self.texts[key].format_map(values) if values else self.texts[key]

    def word(self, value: str) -> str:
        """Return the word for a value of a column such as status; the value itself without a word of its own."""
        return self.texts.get(f"word.{value}", value.replace("_", " "))

    def label(self, column: str) -> str:
        """Return the label of a column."""
        return self.texts.get(f"column.{column}") or self.texts.get(column) or column.replace("_", " ")

    def number(self, value: int) -> str:
        """Return an integer with the separators of the language."""
        return f"{value:,}".replace(",", _SEPARATORS[self.language])


def phrases(language: str) -> Phrases:
    """Return the phrases of a language."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return Phrases(language, {row["key"]: row[language] for row in csv.DictReader(stream)})
