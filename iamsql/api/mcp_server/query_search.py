"""Find queries by the words of a question, and list all of them by theme in few characters."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamsql import catalog
from iamsql.model import Query, Result

MAX_QUERIES = 20  # queries that a search returns
WORD = re.compile(r"[a-z0-9]+")
SHORTEST_STEM = 4  # characters of a word that another one may continue, such as admin and administrators
# Words of questions that say nothing about their subject.
COMMON = frozenset(
    "a an and any anybody are as at be by do does for from has have how in is it my of on or our the there to what which "
    "with".split()
)
# Words of the queries for words that people use instead. They count less than the word itself.
SYNONYMS = {
    "become": ("escalation",), "did": ("timeline", "activity"), "old": ("stale", "age"), "older": ("old", "stale", "age"),
    "outside": ("external",), "used": ("unused",), "use": ("activity",),
}  # fmt: skip
FOR_SYNONYMS, FOR_LONGER, FOR_REPORTS = 0.8, 0.8, 2.0  # a report answers a question; a control judges the answer
# How much a word counts in each part of a query.
NAME, TITLE, TAGS, PARAMETERS, ABOUT = 3.0, 3.0, 1.5, 1.0, 1.0
COLUMNS = ("name", "kind", "severity", "title", "parameters")


@dataclass(frozen=True)
class Indexed:
    """A query with the weight of each of its words."""

    query: Query
    words: dict[str, float]


def search(query_dirs: Sequence[str], text: str, kind: str = "") -> Result:
    """Return the queries that have words of a text, sorted by relevance: more words and rarer words count more."""
    indexed = [_index_query(query) for query in _newest_queries(query_dirs, kind)]
    searched_words = set(_split_words(text)) - COMMON
    weighted_queries = [
        ({word: _match_weight(word, item.words) for word in searched_words}, item.query) for item in indexed
    ]
    frequency = Counter(word for weights, _ in weighted_queries for word, weight in weights.items() if weight)
    rarity = {word: math.log(1 + len(indexed) / frequency[word]) for word in frequency}
    scored = [
        (
            sum(weight * rarity[word] for word, weight in weights.items() if weight)
            * (FOR_REPORTS if query.kind == "report" else 1.0),
            query,
        )
        for weights, query in weighted_queries
    ]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1].name))
    rows = [
        (query.name, query.kind, query.severity or None, query.title, [param.name for param in query.params])
        for _, query in best[:MAX_QUERIES]
    ]
    return Result(COLUMNS, rows, ("VARCHAR",) * 4 + ("VARCHAR[]",))


def by_theme(query_dirs: Sequence[str], kind: str = "") -> Result:
    """Return the names of all queries, a row for each kind and theme, which is the folder of the files."""
    themes: dict[tuple[str, str], list[str]] = {}
    for query in _newest_queries(query_dirs, kind):
        themes.setdefault((query.kind, Path(query.path).parent.name.replace("_", " ")), []).append(query.name)
    rows = [(*theme, ", ".join(sorted(names))) for theme, names in sorted(themes.items())]
    return Result(("kind", "theme", "names"), rows, ("VARCHAR",) * 3)


def _newest_queries(query_dirs: Sequence[str], kind: str) -> list[Query]:
    """Return the newest version of each query."""
    newest = [versions[-1] for versions in catalog.read_catalog(catalog.folders(query_dirs)).queries.values()]
    return [query for query in newest if kind in ("", query.kind)]


def _index_query(query: Query) -> Indexed:
    words: dict[str, float] = {}
    parameters = " ".join(f"{param.name} {param.about}" for param in query.params)
    parts = (
        (query.name, NAME),
        (query.title, TITLE),
        (" ".join(query.tags), TAGS),
        (parameters, PARAMETERS),
        (query.about, ABOUT),
    )
    for text, weight in parts:
        for word in set(_split_words(text)):
            words[word] = max(words.get(word, 0.0), weight)
    return Indexed(query, words)


def _split_words(text: str) -> Iterable[str]:
    """Return the words of a text without the endings of plurals; `_` is a space."""
    for word in WORD.findall(text.lower()):
        yield word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _match_weight(word: str, words: dict[str, float]) -> float:
    """Return the weight of a word, of a longer form of it, or of a synonym in a query; 0 if it has none."""
    alike = [weight * FOR_LONGER for other, weight in words.items() if _continues(word, other)]
    synonyms = [words.get(other, 0.0) * FOR_SYNONYMS for other in SYNONYMS.get(word, ())]
    return max([words.get(word, 0.0), *alike, *synonyms])


def _continues(word: str, other: str) -> bool:
    """Return whether one word continues the other, such as admin and administrators."""
    return min(len(word), len(other)) >= SHORTEST_STEM and (other.startswith(word) or word.startswith(other))
