"""The properties of a terminal, and its colors by meaning. A color never carries a meaning that is not in the text."""

from __future__ import annotations

from dataclasses import dataclass

RESET_CODE = "\x1b[0m"
_RED, _GREEN, _YELLOW, _CYAN, _BOLD, _DIM = "31", "32", "33", "36", "1", "2"
_MAGENTA = "35"  # only of what was not read or could not be evaluated, so it never looks like ok
# Select Graphic Rendition parameters of ECMA-48, by the words of severity, status, outcome, verdict, certainty and change.
COLOR_CODES = {
    "critical": "1;31", "high": _RED, "medium": _YELLOW, "low": _CYAN,
    "alarm": _RED, "error": _MAGENTA, "ok": _GREEN, "info": _CYAN, "skip": _DIM, "muted": _DIM,
    "unknown": _MAGENTA, "incomplete": _MAGENTA, "interrupted": _MAGENTA, "partial": _MAGENTA, "partly": _MAGENTA,
    "denied": _MAGENTA, "skipped": _MAGENTA,
    "not collected": _MAGENTA, "not compared": _MAGENTA, "not requested": _MAGENTA, "not tried": _MAGENTA, "at least": _MAGENTA,
    "assumerole failed": _MAGENTA, "assume role failed": _MAGENTA, "not read": _MAGENTA, "empty": _MAGENTA,
    "complete": _GREEN, "intact": _GREEN, "succeeded": _GREEN, "failed": _YELLOW, "corrupt": _RED, "running": _CYAN,
    "certain": _RED, "allowed": _RED, "conditional": _YELLOW,
    "newly privileged": "1;31", "opened": _RED, "still open": _RED, "newly used": _YELLOW, "new": _YELLOW, "changed": _YELLOW,
    "rotated": _GREEN, "resolved": _GREEN, "gone": _DIM,
    "heading": _BOLD, "dim": _DIM,
    "series-1": "34", "series-2": _YELLOW, "series-3": _CYAN, "series-4": "94", "series-5": _GREEN, "series-6": "37",
}  # fmt: skip
MEANINGFUL_COLUMNS = ("severity", "status", "outcome", "verdict", "certainty", "change", "state")


@dataclass(frozen=True)
class Style:
    """A terminal: its width in columns, whether it has colors, and whether lines may be wider than the terminal."""

    width: int
    color: bool = False
    wide: bool = False

    def paint(self, text: str, meaning: str) -> str:
        """Return the text in the color of a meaning; unchanged without colors, and for a meaning without a color."""
        code = COLOR_CODES.get(meaning) if self.color and text else None
        return f"\x1b[{code}m{text}{RESET_CODE}" if code else text


def cell_meaning(column: str, text: str) -> str:
    """Return the meaning of a cell for `Style.paint`, '' for none: `unknown` in any column, other words in MEANINGFUL_COLUMNS.

    `denied in 12 of 12 accounts` and `partly: …` have the meaning of their first words. A call that was denied is data that was
    not read; the verdict `denied` is good news.
    """
    if column == "verdict" and text == "denied":
        return "ok"
    if column not in MEANINGFUL_COLUMNS:
        return "unknown" if text == "unknown" else ""
    return text.lower().replace("_", " ").partition(":")[0].partition(" in ")[0]
