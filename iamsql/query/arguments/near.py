"""Names that resemble a misspelled one, in bounded time."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher, get_close_matches

FURTHER = 0.08  # how much less than the most similar name another one may resemble a text
LONGEST = 200  # characters of a text that is compared; the time of the comparison is quadratic


def near_names(text: str, known: Collection[str], *, limit: int = 3, at_least: float = 0.6) -> list[str]:
    """Return known names that resemble a text, the most similar first; the case does not matter."""
    if len(text) > LONGEST:
        return []
    spelled: dict[str, str] = {}
    for name in known:
        spelled.setdefault(name.lower(), name)
    lengths = range(int(len(text) * 0.5), int(len(text) * 2) + 2)  # others have no similarity of 0.6
    candidates = [name for name in spelled if len(name) in lengths]
    found = get_close_matches(text.lower(), candidates, n=limit, cutoff=at_least)
    likeness = [SequenceMatcher(None, name, text.lower()).ratio() for name in found]
    return [spelled[name] for name, ratio in zip(found, likeness, strict=True) if ratio > likeness[0] - FURTHER]
