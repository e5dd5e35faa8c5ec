"""The properties of a terminal, and its colors by meaning. A color never carries a meaning that the text lacks."""

from __future__ import annotations

from dataclasses import dataclass

RESET = "\x1b[0m"
# Select Graphic Rendition parameters of ECMA-48. An unknown result has a color of its own, so that it never looks like ok.
COLORS = {
    "critical": "1;31", "high": "31", "medium": "33", "low": "36",
    "alarm": "31", "error": "35", "unknown": "35", "ok": "32", "info": "36", "skip": "2", "muted": "2",
    "heading": "1", "dim": "2",
    "series-1": "34", "series-2": "33", "series-3": "36", "series-4": "35", "series-5": "32", "series-6": "37",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """A terminal: its width in columns, whether it has colors, and whether lines may be wider than the terminal."""

    width: int
    color: bool = False
    wide: bool = False

    def paint(self, text: str, meaning: str) -> str:
        """Return the text in the color of a meaning; unchanged without colors, and for a meaning without a color."""
        code = COLORS.get(meaning) if self.color else None
        return f"\x1b[{code}m{text}{RESET}" if code else text
