"""Names that resemble a misspelled one, in bounded time."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher, get_close_matches

MAX_SIMILARITY_DIFFERENCE = 0.08  # how much lower the similarity of another match may be than the highest one
MAX_COMPARED_CHARACTERS = 200  # characters of a name that is compared; the time of the comparison is quadratic


def similar_names(text: str, names: Collection[str], *, limit: int = 3, at_least: float = 0.6) -> list[str]:
    """Return known names that resemble a name, the most similar first, ignoring case."""
    if len(text) > MAX_COMPARED_CHARACTERS:
        return []
    names_by_lowercase: dict[str, str] = {}
    for name in names:
        names_by_lowercase.setdefault(name.lower(), name)
    lengths = range(int(len(text) * 0.5), int(len(text) * 2) + 2)  # others have no similarity of 0.6
    candidates = [name for name in names_by_lowercase if len(name) in lengths]
    matches = get_close_matches(text.lower(), candidates, n=limit, cutoff=at_least)
    ratios = [SequenceMatcher(None, name, text.lower()).ratio() for name in matches]
    return [
        names_by_lowercase[name]
        for name, ratio in zip(matches, ratios, strict=True)
        if ratio > ratios[0] - MAX_SIMILARITY_DIFFERENCE
    ]
