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
WORD_PATTERN = re.compile(r"[a-z0-9]+")
MIN_STEM_CHARACTERS = 4  # characters of a word that another one may continue, such as admin and administrators
# Words of questions that say nothing about their subject.
STOP_WORDS = frozenset(
    "a an and any anybody are as at be by do does for from has have how in is it my of on or our the there to what which "
    "with".split()
)
# Words of the queries for words that people use instead. They count less than the word itself.
SYNONYMS = {
    "become": ("escalation",), "did": ("timeline", "activity"), "old": ("stale", "age"), "older": ("old", "stale", "age"),
    "outside": ("external",), "used": ("unused",), "use": ("activity",),
}  # fmt: skip
SYNONYM_FACTOR, STEM_FACTOR, REPORT_FACTOR = 0.8, 0.8, 2.0  # a report answers a question; a control judges the answer
# How much a word counts in each part of a query.
NAME_WEIGHT, TITLE_WEIGHT, TAGS_WEIGHT, PARAMETERS_WEIGHT, DESCRIPTION_WEIGHT = 3.0, 3.0, 1.5, 1.0, 1.0
COLUMNS = ("name", "kind", "severity", "title", "parameters")


@dataclass(frozen=True)
class IndexedQuery:
    """A query with the weight of each of its words."""

    query: Query
    words: dict[str, float]


def search(query_dirs: Sequence[str], text: str, kind: str = "") -> Result:
    """Return the queries that have words of a text, sorted by relevance: more words and rarer words count more."""
    indexed_queries = [_index_query(query) for query in _newest_queries(query_dirs, kind)]
    searched_words = set(_split_words(text)) - STOP_WORDS
    weighted_queries = [
        ({word: _match_weight(word, item.words) for word in searched_words}, item.query) for item in indexed_queries
    ]
    frequency = Counter(word for weights, _ in weighted_queries for word, weight in weights.items() if weight)
    rarity = {word: math.log(1 + len(indexed_queries) / frequency[word]) for word in frequency}
    scored_queries = [
        (
            sum(weight * rarity[word] for word, weight in weights.items() if weight)
            * (REPORT_FACTOR if query.kind == "report" else 1.0),
            query,
        )
        for weights, query in weighted_queries
    ]
    best_matches = sorted((pair for pair in scored_queries if pair[0]), key=lambda pair: (-pair[0], pair[1].name))
    rows = [
        (query.name, query.kind, query.severity or None, query.title, [param.name for param in query.params])
        for _, query in best_matches[:MAX_QUERIES]
    ]
    return Result(COLUMNS, rows, ("VARCHAR",) * 4 + ("VARCHAR[]",))


def names_by_theme(query_dirs: Sequence[str], kind: str = "") -> Result:
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


def _index_query(query: Query) -> IndexedQuery:
    words: dict[str, float] = {}
    parameters = " ".join(f"{param.name} {param.about}" for param in query.params)
    parts = (
        (query.name, NAME_WEIGHT),
        (query.title, TITLE_WEIGHT),
        (" ".join(query.tags), TAGS_WEIGHT),
        (parameters, PARAMETERS_WEIGHT),
        (query.about, DESCRIPTION_WEIGHT),
    )
    for text, weight in parts:
        for word in set(_split_words(text)):
            words[word] = max(words.get(word, 0.0), weight)
    return IndexedQuery(query, words)


def _split_words(text: str) -> Iterable[str]:
    """Return the words of a text without the endings of plurals; `_` is a space."""
    for word in WORD_PATTERN.findall(text.lower()):
        yield word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _match_weight(word: str, words: dict[str, float]) -> float:
    """Return the weight of a word, of a longer form of it, or of a synonym in a query; 0 if it has none."""
    stem_weights = [weight * STEM_FACTOR for other, weight in words.items() if _continues(word, other)]
    synonym_weights = [words.get(other, 0.0) * SYNONYM_FACTOR for other in SYNONYMS.get(word, ())]
    return max([words.get(word, 0.0), *stem_weights, *synonym_weights])


def _continues(word: str, other: str) -> bool:
    """Return whether one word continues the other, such as admin and administrators."""
    return min(len(word), len(other)) >= MIN_STEM_CHARACTERS and (other.startswith(word) or word.startswith(other))
