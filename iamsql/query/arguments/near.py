"""Names that resemble a misspelled one, in bounded time."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher, get_close_matches

MAX_DISTANCE = 0.08  # how much lower the similarity of another match may be than the highest one
MAX_COMPARED = 200  # characters of a name that is compared; the time of the comparison is quadratic


def near_names(text: str, names: Collection[str], *, limit: int = 3, at_least: float = 0.6) -> list[str]:
    """Return known names that resemble a name, the most similar first, ignoring case."""
    if len(text) > MAX_COMPARED:
        return []
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(name.lower(), name)
    lengths = range(int(len(text) * 0.5), int(len(text) * 2) + 2)  # others have no similarity of 0.6
    candidates = [name for name in spelled if len(name) in lengths]
    matches = get_close_matches(text.lower(), candidates, n=limit, cutoff=at_least)
    ratios = [SequenceMatcher(None, name, text.lower()).ratio() for name in matches]
    return [spelled[name] for name, ratio in zip(matches, ratios, strict=True) if ratio > ratios[0] - MAX_DISTANCE]
