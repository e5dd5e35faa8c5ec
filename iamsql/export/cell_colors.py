"""The colors of cells by meaning. A color repeats what the text says; data that was not read has a color of its own."""

from __future__ import annotations

# Columns whose values have a color.
COLUMNS = frozenset({"severity", "status", "outcome", "verdict", "certainty", "change", "state"})
# Background and font by meaning.
COLORS = {
    "critical": ("#B3261E", "#FFFFFF"),
    "alarm": ("#F9D2CE", "#8C1D18"),
    "warning": ("#FDE8C8", "#7A4A00"),
    "notice": ("#DDEBF7", "#1F4E79"),
    "ok": ("#DFF0D8", "#2E6B2E"),
    "unknown": ("#E6DAF3", "#5B2A86"),
    "inactive": ("#E7E6E6", "#595959"),
}
_VALUES = {
    "critical": "critical",
    "alarm": "high alarm certain opened newly_privileged",
    "warning": "medium conditional changed rotated newly_used",
    "notice": "low info new",
    "ok": "ok read blocked resolved active",
    "unknown": "error unknown partial assume_role_failed not_reached not_tried not_compared denied throttled expired not_requested",
    "inactive": "skip skipped muted gone not_applicable suspended closed pending_activation pending_closure",
}
MEANINGS = {value: meaning for meaning, values in _VALUES.items() for value in values.split()}
